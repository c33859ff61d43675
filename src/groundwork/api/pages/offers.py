"""What the reader could do now, judged by the core: no form promises what it would refuse."""

from typing import Any, Final

from groundwork.api.pages.cases import Case
from groundwork.api.standing import judged_as
from groundwork.domain import core
from groundwork.domain.commands import Envelope
from groundwork.domain.rejections import Rejection

_KEY: Final = "page.offered"


async def refusal(case: Case, verb: str, **sample: Any) -> Rejection | None:
    """Why the law would refuse this command of the reader now; None if it would be carried out.

    `sample` are its fields, filled in as somebody might. Nothing is written.
    """
    page = case.page
    envelope = Envelope.model_validate(
        {
            "key": _KEY,
            "by": page.actor,
            "received_at": page.visit.received_at,
            "command": sample | {"type": verb},
        }
    )
    try:
        envelope = await judged_as(page.visit, case.id, envelope)
    except Rejection as rejection:
        return rejection
    outcome = core.handle(case.rules, case.chain, envelope)
    return outcome.rejection if isinstance(outcome, core.Rejected) else None


async def offered(case: Case, verb: str, **sample: Any) -> bool:
    """Whether the reader could do this now."""
    return case.running and await refusal(case, verb, **sample) is None
