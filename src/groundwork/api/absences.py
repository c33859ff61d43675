"""Out of office, with a substitute (请假与代理), and who is at a department's desks today."""

from datetime import date, datetime
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Path, Response

from groundwork.api.answers import answer
from groundwork.api.bodies import Line, ShortLine
from groundwork.api.documented import SIGNED_IN, WRITING, documented
from groundwork.api.errors import Problem
from groundwork.api.people import PersonId, wrong
from groundwork.api.receipts import PREFIX
from groundwork.api.shapes import Listed, Shape
from groundwork.api.standing import about
from groundwork.api.visit import AbsenceSetter, Colleague, IdempotencyKey, Visit
from groundwork.api.work import require_own
from groundwork.domain.base import Day, Frozen
from groundwork.domain.calendar import local_date
from groundwork.domain.definition import Text
from groundwork.domain.mandates import may_stand_in
from groundwork.domain.model import Role
from groundwork.store.duties import Written
from groundwork.store.errors import AbsenceClash, SubstituteLoop
from groundwork.store.paging import Row
from groundwork.store.people import Person

router = APIRouter(tags=["people"])

REVERSED: Final = Text(zh="不得早于起始日", en="must not be before the first day")
OVER: Final = Text(zh="不得早于今日", en="must not be before today")


class AbsenceBody(Frozen):
    """An absence to register: local dates, both included, and who takes the person's place."""

    first_day: Day
    last_day: Day
    substitute: ShortLine
    reason: Line


class AbsenceShape(Shape):
    """An absence; `ended_at` when it was ended before its last day was over."""

    id: str
    person_id: str
    substitute_id: str
    first_day: date
    last_day: date
    reason: str
    set_by: str
    set_at: datetime
    ended_at: datetime | None
    ended_by: str | None


class DeskShape(Shape):
    """Somebody at a desk; `deputy` acts for them now: themselves unless they are away."""

    id: str
    name: str
    role: Role
    deputy: str | None


def require_days(visit: Visit, first: date, last: date) -> None:
    """Raise Problem for days in the wrong order, or a period that is over."""
    if last < first:
        raise wrong("last_day", "days_reversed", REVERSED)
    if last < local_date(visit.received_at):
        raise wrong("last_day", "days_over", OVER)


async def require_fit(visit: Visit, person: Person, other_id: str) -> None:
    """Raise Problem unless somebody may act in the person's place."""
    other = await visit.resources.people.get(other_id)
    if other is None or not other.active or not may_stand_in(person.actor, other.actor):
        raise Problem("substitute_unfit", substitute=other_id, person=person.id)


@router.post(
    "/people/{person_id}/absences",
    status_code=201,
    response_model=AbsenceShape,
    responses=documented(
        *WRITING,
        "other_person",
        "person_not_found",
        "substitute_unfit",
        "absence_overlaps",
        "substitute_loop",
        "key_reused",
    ),
)
async def set_absence(
    visit: AbsenceSetter, key: IdempotencyKey, person_id: PersonId, body: AbsenceBody
) -> Response:
    """Register that a person is out of office, and who acts for them meanwhile.

    They do it themselves, or somebody above them in their department, or an administrator.
    """
    person, _ = await about(visit, "set_absence", person_id)
    require_days(visit, body.first_day, body.last_day)
    await require_fit(visit, person, body.substitute)
    if not person.active:
        raise Problem("substitute_unfit", substitute=body.substitute, person=person_id)

    async def write() -> bytes:
        days, written = (body.first_day, body.last_day), Written(visit.actor.id, body.reason)
        try:
            row = await visit.resources.duties.set_absence(
                person_id, body.substitute, days, written
            )
        except AbsenceClash:
            raise Problem("absence_overlaps", person=person_id) from None
        except SubstituteLoop:
            raise Problem("substitute_loop", person=person_id, substitute=body.substitute) from None
        visit.resources.standing.forget()
        return orjson.dumps(row, option=orjson.OPT_UTC_Z)

    asked = f"{person_id} absence {body.model_dump_json()}".encode()
    content = await visit.resources.replays.once(visit.actor.id, key, asked, write)
    place = f"{PREFIX}/people/{person_id}/absences"
    return Response(content, 201, {"Location": place}, media_type="application/json")


@router.get(
    "/people/{person_id}/absences",
    response_model=Listed[AbsenceShape],
    responses=documented(*SIGNED_IN, "person_not_found", "other_person"),
)
async def list_absences(visit: Colleague, person_id: PersonId) -> Response:
    """A person's absences and those in which they stand in, the latest first.

    Why others are away is not said to who stands in for them.
    """
    await about(visit, "read_duties", person_id)
    rows = await visit.resources.duties.absences(person_id)
    return answer({"items": of_others_unsaid(person_id, rows), "next": None})


def of_others_unsaid(person_id: str, rows: list[Row]) -> list[Row]:
    """Absences as whoever may look into a person's duties sees them: with this one's reasons."""
    return [row if row["person_id"] == person_id else row | {"reason": ""} for row in rows]


@router.delete(
    "/people/{person_id}/absences/{absence_id}",
    status_code=204,
    response_class=Response,
    responses=documented(*WRITING, "person_not_found", "other_person", "absence_not_found"),
)
async def end_absence(
    visit: AbsenceSetter,
    key: IdempotencyKey,  # not looked at: doing it twice is doing it once
    person_id: PersonId,
    absence_id: Annotated[str, Path(max_length=60)],
) -> Response:
    """End an absence now. What the substitute did stands."""
    await about(visit, "set_absence", person_id)
    row = await visit.resources.duties.absence(absence_id)
    if row is None or row["person_id"] != person_id:
        raise Problem("absence_not_found", absence=absence_id)
    await visit.resources.duties.end_absence(absence_id, Written(visit.actor.id, ""))
    visit.resources.standing.forget()
    return Response(status_code=204)


@router.get(
    "/departments/{department_id}/people",
    response_model=Listed[DeskShape],
    responses=documented(*SIGNED_IN, "department_not_found", "other_inbox"),
)
async def list_desks(
    visit: Colleague, department_id: Annotated[str, Path(max_length=60)]
) -> Response:
    """Who is in office in a department, and who acts for whom now. Its people see their own."""
    resources = visit.resources
    resources.shelf.department(department_id)
    require_own(visit, department_id)
    roster = await resources.standing.roster()
    items = [
        {
            "id": one.id,
            "name": one.name,
            "role": one.role,
            "deputy": roster.deputy(one.id, visit.received_at),
        }
        for one in await resources.people.all()
        if one.active and one.department == department_id
    ]
    return answer({"items": items, "next": None})
