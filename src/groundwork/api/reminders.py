"""Reminders of many steps and deficiencies at once (批量催办): each is one command of its own."""

from hashlib import sha256
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from groundwork.api.answers import answer, as_problem
from groundwork.api.chains import find_chain
from groundwork.api.commands import carried
from groundwork.api.documented import WRITING, documented
from groundwork.api.errors import Problem
from groundwork.api.shapes import Shape
from groundwork.api.standing import judged_as
from groundwork.api.visit import IdempotencyKey, May, Visit
from groundwork.domain import core
from groundwork.domain.base import Frozen
from groundwork.domain.commands import Envelope, Remind
from groundwork.domain.commands.base import PRINTABLE, Id, Remark, StepKey
from groundwork.domain.rejections import Rejection
from groundwork.runtime.gateway import EngineSilent, Refused

router = APIRouter(tags=["work"])

MOST: Final = 50
"""How many reminders one request sends."""

Reminder = Annotated[Visit, Depends(May("remind", command=True))]


class Subject(Frozen):
    """What to remind of: a step or, if one is named, a deficiency of it."""

    chain: Annotated[str, Field(min_length=1, max_length=200, pattern=PRINTABLE)]
    step: StepKey
    deficiency: Id | None = None


class RemindersBody(Frozen):
    """What to remind of; with `preview` nothing is sent."""

    subjects: Annotated[tuple[Subject, ...], Field(min_length=1, max_length=MOST)]
    note: Remark = ""
    preview: bool = False


class ReminderShape(Shape):
    """One reminder: that it `would` be sent, was `sent`, is `open` while the engine is silent, or
    was `refused` with the problem's code."""

    chain: str
    step: str
    deficiency: str | None
    outcome: Literal["would", "sent", "open", "refused"]
    code: str | None
    detail: str | None


class RemindersShape(Shape):
    """What became of each, and how many were sent or would be."""

    preview: bool
    sent: int
    refused: int
    subjects: list[ReminderShape]


@router.post(
    "/reminders",
    response_model=RemindersShape,
    responses=documented(*WRITING),
)
async def send_reminders(visit: Reminder, key: IdempotencyKey, body: RemindersBody) -> Response:
    """Remind who has each step in hand, or who owes each material (催办).

    Nobody is reminded of the same twice a day: such a one is refused, the others are sent. Sent
    again with the same key, nothing is sent twice.
    """
    rows = [await _one(visit, key, body, one) for one in dict.fromkeys(body.subjects)]
    outcomes = [row["outcome"] for row in rows]
    return answer(
        {
            "preview": body.preview,
            "sent": sum(one in {"would", "sent", "open"} for one in outcomes),
            "refused": outcomes.count("refused"),
            "subjects": rows,
        }
    )


async def _one(visit: Visit, key: str, body: RemindersBody, subject: Subject) -> dict[str, Any]:
    command = Remind(step=subject.step, deficiency=subject.deficiency, note=body.note)
    asked = Envelope(
        key=_key(key, subject), by=visit.actor, received_at=visit.received_at, command=command
    )
    row = subject.model_dump() | {"code": None, "detail": None}
    try:
        envelope = await judged_as(visit, subject.chain, asked)
        if body.preview:
            return row | {"outcome": await _judged(visit, subject.chain, envelope)}
        seq = await carried(visit, subject.chain, envelope)
    except (Problem, Rejection, Refused, EngineSilent) as error:
        problem = as_problem(error)
        detail = problem.body(visit.language, visit.request_id)["detail"]
        return row | {"outcome": "refused", "code": problem.code, "detail": detail}
    return row | {"outcome": "open" if seq is None else "sent"}


async def _judged(visit: Visit, chain_id: str, envelope: Envelope) -> str:
    _, chain = await find_chain(visit, chain_id)
    outcome = core.handle(await visit.resources.rules(chain), chain, envelope)
    if isinstance(outcome, core.Rejected):
        raise outcome.rejection
    return "would"


def _key(key: str, subject: Subject) -> str:
    """The key of one reminder among several that were asked for under one key."""
    said = "\n".join((key, subject.chain, subject.step, subject.deficiency or ""))
    return f"remind.{sha256(said.encode()).hexdigest()[:32]}"
