"""Commands from forms: carried out, held for a moment so that they can be taken back, or refused.

A page's command goes the very way of the API's (`commands`): judged by the same core, kept when the
engine is silent. What a person decides about somebody else is held for a few seconds first, because
what has been told cannot be untold; what counts by the moment of its receipt is sent at once.
"""

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from fastapi import Response
from fastapi.responses import RedirectResponse

from groundwork.api import denials
from groundwork.api.answers import as_problem
from groundwork.api.commands import KINDS, carried, verb_of
from groundwork.api.errors import Problem
from groundwork.api.pages.forms import Form
from groundwork.api.pages.frame import FLASH_COOKIE, Page, keep
from groundwork.api.receipts import seen
from groundwork.api.recent import GRAVE, require_recent
from groundwork.api.standing import judged_as
from groundwork.domain import core
from groundwork.domain.base import Frozen
from groundwork.domain.calendar import HorizonError
from groundwork.domain.commands import Envelope
from groundwork.domain.rejections import Rejection
from groundwork.runtime.gateway import EngineSilent, Refused

KIND_OF: Final[dict[str, type[Frozen]]] = {verb_of(kind): kind for kind in KINDS}

HELD: Final = frozenset(
    {
        "request_correction",
        "refuse_acceptance",
        "decide",
        "exempt",
        "revoke",
        "annul",
        "conclude_recheck",
        "request_rectification",
        "verify_commitment",
        "refuse_cure",
        "remind",
        "annul_escalation",
        "uphold_escalation",
        "decide_referral",
        "withdraw_step",
        "withdraw_chain",
        "terminate_chain",
    }
)
"""What is told to others and cannot be taken back once it is sent.

Nothing here gains or loses by the seconds: a command counts from when it was received. What starts
or stops a clock for others, such as receipt and acceptance, is not delayed.
"""

FLASH_SECONDS: Final = 60


class Outcome(NamedTuple):
    """What became of a command: done, held until then, not answered yet, or refused."""

    verb: str
    problem: Problem | None = None
    held_until: datetime | None = None
    pending: bool = False

    @property
    def ok(self) -> bool:
        """Whether it was carried out or will be."""
        return self.problem is None


async def act(page: Page, chain_id: str, verb: str, **given: Any) -> Outcome:
    """Carry out what the page's form asks of a chain; `given` are fields that the page knows.

    Nothing is raised for what the law or the validator refuses: the page shows it beside the form.
    Raises Problem (not_found) for a verb that does not exist, StoreUnavailable.
    """
    kind = KIND_OF.get(verb)
    if kind is None:
        raise Problem("not_found")
    return await send(page, chain_id, kind, page.form, given)


async def send(
    page: Page, chain_id: str, kind: type[Frozen], form: Form, given: dict[str, Any]
) -> Outcome:
    """Carry out a command of that kind. Raises Problem (confirmation_required)."""
    verb = verb_of(kind)
    page.request.state.action = verb
    if verb in GRAVE:
        await require_recent(page.visit)
    visit = page.visit
    try:
        command = form.read(kind, **given)
        asked = {
            "key": form.key,
            "by": visit.actor,
            "received_at": visit.received_at,
            "command": command.model_dump() | {"type": verb},
        }
        envelope = Envelope.model_validate(asked)
        envelope = await judged_as(visit, chain_id, envelope, form.get("on_behalf_of") or None)
        if verb in HELD and page.resources.settings.undo_seconds:
            return await _hold(page, chain_id, envelope)
        return await _carry(page, chain_id, envelope)
    except (Problem, Rejection, Refused, EngineSilent, HorizonError) as error:
        problem = as_problem(error)
        if (refusal := denials.refusal(problem)) is not None:
            await denials.note(page.request, refusal)
        return Outcome(verb, problem)


async def _hold(page: Page, chain_id: str, envelope: Envelope) -> Outcome:
    """Judge it now, on the record as it stands, and send it a little later."""
    verb = envelope.command.type
    row = await page.resources.reads.chain(chain_id)
    if row is None:
        return Outcome(verb, Problem("chain_not_found", chain=chain_id))
    rules = await page.resources.rules(row["snapshot"])
    judged = core.handle(rules, row["snapshot"], envelope)
    if isinstance(judged, core.Rejected):
        raise judged.rejection
    until = envelope.received_at + timedelta(seconds=page.resources.settings.undo_seconds)
    await page.resources.pending.keep(chain_id, envelope, not_before=until)
    return Outcome(verb, held_until=until)


async def _carry(page: Page, chain_id: str, envelope: Envelope) -> Outcome:
    verb = envelope.command.type
    seq = await carried(page.visit, chain_id, envelope)
    if seq is None:
        return Outcome(verb, pending=True)
    wanted = seq

    async def shows() -> bool:
        return await page.resources.reads.projected_seq(chain_id) >= wanted

    return Outcome(verb, pending=not await seen(shows))


def back_to(page: Page, address: str, outcome: Outcome | str) -> Response:
    """Show a page after a write, so that reloading it writes nothing; it says what became of it.

    The address must be one of ours.
    """
    response = RedirectResponse(inner(address), 303)
    code = outcome if isinstance(outcome, str) else _code(outcome)
    keep(page.request, response, FLASH_COOKIE, code, FLASH_SECONDS)
    return response


def inner(address: str, otherwise: str = "/") -> str:
    """An address within the site, whatever somebody put into a link to us."""
    plain = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if plain and "\\" not in address and address.isprintable() else otherwise


def _code(outcome: Outcome) -> str:
    if outcome.held_until:
        return f"held:{outcome.verb}"
    return f"{'pending' if outcome.pending else 'done'}:{outcome.verb}"
