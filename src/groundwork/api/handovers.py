"""What a person has in hand, and how their steps go to somebody else (移交)."""

from datetime import date
from hashlib import sha256
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Response

from groundwork.api.absences import AbsenceShape, of_others_unsaid
from groundwork.api.answers import answer, as_problem
from groundwork.api.bodies import Line, ShortLine
from groundwork.api.delegations import DelegationShape
from groundwork.api.documented import SIGNED_IN, WRITING, documented
from groundwork.api.errors import Problem
from groundwork.api.people import PersonId
from groundwork.api.rows import with_step_names
from groundwork.api.shapes import Shape
from groundwork.api.standing import about, judged_as
from groundwork.api.visit import Colleague, IdempotencyKey, Reassigner, Visit
from groundwork.domain.base import Frozen
from groundwork.domain.commands import Assign, Envelope
from groundwork.domain.model import Light, StepState
from groundwork.domain.rejections import Rejection
from groundwork.runtime.gateway import ChainNotFound, Refused
from groundwork.store.handovers import Handover, Planned
from groundwork.store.paging import Row

router = APIRouter(prefix="/people/{person_id}", tags=["people"])

AT_ONCE: Final = 25
"""How many steps one request moves; the rest waits for the next one with the same key."""


class HeldStep(Shape):
    """An open step in somebody's charge."""

    chain_id: str
    step: str
    step_name: str
    project_code: str
    project_name: str
    department: str
    state: StepState
    light: Light
    due_on: date | None
    due_provisional: bool


class WorkShape(Shape):
    """What a person has in hand: nothing of it may be orphaned when they leave."""

    person_id: str
    steps: list[HeldStep]
    standing_in: list[AbsenceShape]
    away: list[AbsenceShape]
    delegations: list[DelegationShape]


class ReassignBody(Frozen):
    """To whom the steps go, and why; with `preview` nothing moves."""

    to: ShortLine
    department: ShortLine | None = None
    reason: Line
    preview: bool = False


class MovedStep(Shape):
    """One step of a handover: still `open`, `done`, or `refused` with the problem's code."""

    chain_id: str
    step: str
    step_name: str
    state: StepState
    due_on: date | None
    outcome: Literal["open", "done", "refused"]
    code: str | None
    detail: str | None


class HandoverShape(Shape):
    """How far a handover has come. While `open` is not 0, send it again with the same key."""

    id: str | None
    source: str
    to: str
    preview: bool
    open: int
    done: int
    refused: int
    steps: list[MovedStep]


@router.get(
    "/work",
    response_model=WorkShape,
    responses=documented(*SIGNED_IN, "person_not_found", "other_person"),
)
async def get_work(
    visit: Colleague,
    person_id: PersonId,
    department: Annotated[str | None, Query(max_length=60)] = None,
) -> Response:
    """The open steps in a person's charge, for whom they stand in, and what was delegated."""
    await about(visit, "read_duties", person_id)
    work = await visit.resources.duties.work(person_id, visit.received_at, department)
    steps = with_step_names(work.steps, visit.resources.shelf, visit.language)
    standing_in = of_others_unsaid(person_id, work.standing_in)
    told = work._asdict() | {"steps": steps, "standing_in": standing_in}
    return answer({"person_id": person_id, **told})


@router.post(
    "/reassign",
    response_model=HandoverShape,
    responses=documented(
        *WRITING, "person_not_found", "other_person", "substitute_unfit", "key_reused"
    ),
)
async def reassign(
    visit: Reassigner, key: IdempotencyKey, person_id: PersonId, body: ReassignBody
) -> Response:
    """Hand a person's open steps to somebody else of the department.

    Clock, stops, lights and dates of a step stay as they are. A handover that was cut short goes
    on when it is sent again with the same key; a step is never moved twice.
    """
    source, by = await about(visit, "reassign", person_id)
    target = await visit.resources.people.get(body.to)
    fit = target is not None and target.active and target.id != source.id
    if target is None or not fit or target.department != source.department:
        raise Problem("substitute_unfit", substitute=body.to, person=person_id)
    if body.preview:
        work = await visit.resources.duties.work(person_id, visit.received_at, body.department)
        steps = [row | {"outcome": "open", "refusal": None} for row in work.steps]
        return answer(_report(visit, person_id, body, steps, None))
    planned = await _planned(visit, key, person_id, body)
    for step in [one for one in planned.steps if one["outcome"] == "open"][:AT_ONCE]:
        await _move(visit, planned.handover, step, by.on_behalf_of)
    done = await visit.resources.handovers.find(planned.handover.id)
    steps = done.steps if done else []
    return answer(_report(visit, person_id, body, steps, planned.handover.id))


async def _planned(visit: Visit, key: str, person_id: str, body: ReassignBody) -> Planned:
    """The handover of that key as it was first planned. Raises Problem (key_reused)."""
    handovers = visit.resources.handovers
    handover = Handover(
        id=f"h-{_digest(visit.actor.id, key)}",
        by_id=visit.actor.id,
        source_id=person_id,
        target_id=body.to,
        department=body.department,
        reason=body.reason,
        received_at=visit.received_at,
    )
    known = await handovers.find(handover.id)
    if known is None:
        work = await visit.resources.duties.work(person_id, visit.received_at, body.department)
        plan = [(row["chain_id"], row["step"]) for row in work.steps]
        await handovers.plan(handover, plan)
        known = await handovers.find(handover.id)
    if known is None or known.handover.asked != handover.asked:
        raise Problem("key_reused")
    return known


async def _move(visit: Visit, handover: Handover, step: Row, wanted: str | None) -> None:
    """Move one step, for `wanted` if that is somebody, and note the outcome.

    While the engine is silent it stays open.
    """
    chain_id, resources = step["chain_id"], visit.resources
    command = Assign(
        step=step["step"],
        assignee=handover.target_id,
        former=handover.source_id,
        # The reason may tell of the person, and what is in a chain's record stays there for good.
        reason=f"移交 · handover {handover.id}",
    )
    asked = Envelope(
        key=f"{handover.id}-{_digest(chain_id, step['step'])}",
        by=visit.actor,
        received_at=visit.received_at,
        command=command,
    )
    try:
        envelope = await judged_as(visit, chain_id, asked, wanted)
        seq = await resources.delivery.carry(chain_id, envelope)
    except (Rejection, Refused, Problem) as refused:
        problem = as_problem(refused)
    except ChainNotFound:
        problem = Problem("chain_not_found", chain=chain_id)
    else:
        if seq is not None:
            await resources.handovers.note(step, "done")
        return
    params = {name: str(value) for name, value in problem.params.items()}
    refusal = {"code": problem.code, "params": params}
    await resources.handovers.note(step, "refused", refusal)


def _report(
    visit: Visit, source: str, body: ReassignBody, rows: list[Row], handover_id: str | None
) -> dict[str, Any]:
    rows = with_step_names(rows, visit.resources.shelf, visit.language)
    outcomes = [row["outcome"] for row in rows]
    return {
        "id": handover_id,
        "source": source,
        "to": body.to,
        "preview": body.preview,
        "open": outcomes.count("open"),
        "done": outcomes.count("done"),
        "refused": outcomes.count("refused"),
        "steps": [_moved(visit, row) for row in rows],
    }


def _moved(visit: Visit, row: Row) -> Row:
    shown = ("chain_id", "step", "step_name", "state", "due_on", "outcome")
    refusal = row["refusal"]
    told = None
    if refusal is not None:
        problem = Problem(refusal["code"], **refusal["params"])
        told = problem.body(visit.language, visit.request_id)["detail"]
    code = refusal["code"] if refusal else None
    return {name: row[name] for name in shown} | {"code": code, "detail": told}


def _digest(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()[:24]
