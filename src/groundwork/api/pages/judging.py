"""Trying commands on a chain as it stands now, without sending them.

What a page offers, what it previews and what it warns of all come from the core itself.
"""

from typing import Any, Final, Self

from pydantic import ValidationError

from groundwork.api.answers import as_problem
from groundwork.api.chains import find_chain
from groundwork.api.errors import Problem
from groundwork.api.pages.acting import KIND_OF
from groundwork.api.pages.forms import invalid
from groundwork.api.pages.frame import Page
from groundwork.api.previews import told
from groundwork.api.standing import judged_as
from groundwork.domain import core
from groundwork.domain.calendar import HorizonError
from groundwork.domain.commands import Envelope
from groundwork.domain.model import Chain, ChainState
from groundwork.domain.rejections import Rejection
from groundwork.domain.rules import Rules
from groundwork.store.paging import Row

Judged = core.Accepted | Problem

STAND_INS: Final = tuple(f"officer-{number}" for number in range(10))
"""As many people on site as anything takes, for a command that is only tried."""


class Bench:
    """One chain as it stands now, on which the reader's commands are tried."""

    def __init__(self, page: Page, row: Row, chain: Chain, rules: Rules) -> None:
        self.page = page
        self.row = row
        self.chain = chain
        self.rules = rules

    @classmethod
    async def of(cls, page: Page, chain_id: str) -> Self:
        """The bench for a chain. Raises Problem (chain_not_found)."""
        row, chain = await find_chain(page.visit, chain_id)
        return cls(page, row, chain, await page.resources.rules(chain))

    def as_of_now(self) -> Self:
        """The bench with everything done that is due by now, as the core does first of all.

        Who tries many commands need not have the same time pass before each of them.
        """
        try:
            ticked = core.tick(self.rules, self.chain, self.page.visit.received_at)
        except HorizonError:
            return self  # each command says so itself
        return type(self)(self.page, self.row, ticked.chain, self.rules)

    async def judge(self, verb: str, fields: dict[str, Any], *, sample: bool = False) -> Judged:
        """What the core would answer to that command of the reader's now, or why it is refused.

        A `sample` says what nobody has filled in yet; `STAND_INS` are on site for others.
        """
        visit = self.page.visit
        try:
            command = KIND_OF[verb].model_validate(fields)
            asked = {
                "key": f"preview-{visit.request_id}"[:120],
                "by": visit.actor,
                "received_at": visit.received_at,
                "command": command.model_dump() | {"type": verb},
            }
            envelope = Envelope.model_validate(asked)
            envelope = await judged_as(visit, self.chain.id, envelope, sample=sample)
            outcome = core.handle(self.rules, self.chain, envelope)
        except ValidationError as error:
            return invalid(error)
        except (Problem, Rejection, HorizonError) as error:
            return as_problem(error)
        if isinstance(outcome, core.Rejected):
            return as_problem(outcome.rejection)
        return outcome

    async def offers(self, verb: str, **fields: Any) -> bool:
        """Whether the reader could do this now: `fields` are filled in as somebody might."""
        if self.chain.state is not ChainState.RUNNING:
            return False
        return isinstance(await self.judge(verb, fields, sample=True), core.Accepted)

    def told(self, outcome: core.Accepted) -> dict[str, Any]:
        """What a command would do, in the reader's words: `events` and `changes`."""
        return told(self.page.visit, self.rules, self.chain, outcome)
