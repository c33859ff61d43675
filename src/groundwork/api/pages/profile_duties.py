"""Absences with substitutes and delegations (请假与代理、委托): set, looked up, ended."""

from collections.abc import Awaitable
from datetime import date
from http import HTTPStatus
from typing import Annotated, Final, NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, Depends, Response

from groundwork.api.absences import AbsenceBody, end_absence, set_absence
from groundwork.api.delegations import DelegationBody, delegate, end_delegation
from groundwork.api.pages.acting import back_to
from groundwork.api.pages.attempts import Attempt, attempt
from groundwork.api.pages.frame import Opened, Page
from groundwork.api.pages.profile import show_mine
from groundwork.api.standing import about
from groundwork.domain.mandates import DELEGABLE, authorise_for, may_stand_in
from groundwork.domain.names import ACTIONS, ROLES
from groundwork.domain.policy import permits
from groundwork.domain.rejections import Rejection
from groundwork.store.paging import Row
from groundwork.store.people import Person

router = APIRouter(include_in_schema=False)

Colleague = Annotated[Page, Depends(Opened("read_duties"))]

PLACE: Final = "/profile/duties"


class Colleagues(NamedTuple):
    """Everybody in office, and whose duties the reader may set."""

    everybody: dict[str, Person]
    mine: list[Person]


@router.get(PLACE)
async def get_duties(page: Colleague) -> Response:
    """Absences and delegations of the reader, or of somebody below them at their desk."""
    return await _page(page, page.request.query_params.get("person") or page.actor.id)


@router.post(PLACE + "/{person_id}/absences")
async def add_absence(page: Colleague, person_id: str) -> Response:
    """Register an absence."""
    return await _done(page, person_id, "absence", _absence(page, person_id))


@router.post(PLACE + "/{person_id}/absences/{absence_id}/end")
async def stop_absence(page: Colleague, person_id: str, absence_id: str) -> Response:
    """End an absence now."""
    ended = end_absence(page.visit, page.form.key, person_id, absence_id)
    return await _done(page, person_id, "absence", ended)


@router.post(PLACE + "/{person_id}/delegations")
async def add_delegation(page: Colleague, person_id: str) -> Response:
    """Delegate named actions."""
    return await _done(page, person_id, "delegation", _delegation(page, person_id))


@router.post(PLACE + "/{person_id}/delegations/{delegation_id}/end")
async def stop_delegation(page: Colleague, person_id: str, delegation_id: str) -> Response:
    """Take a delegation back."""
    ended = end_delegation(page.visit, page.form.key, person_id, delegation_id)
    return await _done(page, person_id, "delegation", ended)


async def colleagues(page: Page, action: str) -> Colleagues:
    """Everybody in office, and about whom the reader may do something; themselves first."""
    people = [one for one in await page.resources.people.all() if one.active]
    mine = [one for one in people if one.id == page.actor.id]
    mine += [one for one in people if one.id != page.actor.id and _may(page, action, one)]
    return Colleagues({one.id: one for one in people}, mine)


def called(page: Page, person: Person) -> str:
    """A person with their role, for lists to choose from."""
    return f"{person.name} · {page.said(ROLES[person.role])}"


def options(page: Page, people: list[Person]) -> list[tuple[str, str]]:
    """People to choose from."""
    return [("", page.say("请选择", "Choose")), *((one.id, called(page, one)) for one in people)]


def _may(page: Page, action: str, person: Person) -> bool:
    try:
        authorise_for(page.actor, action, person.actor)
    except Rejection:
        return False
    return True


async def _absence(page: Page, person_id: str) -> Response:
    body = page.form.read(AbsenceBody)
    return await set_absence(page.visit, page.form.key, person_id, body)


async def _delegation(page: Page, person_id: str) -> Response:
    body = page.form.read(DelegationBody)
    return await delegate(page.visit, page.form.key, person_id, body)


async def _done(page: Page, person_id: str, which: str, write: Awaitable[Response]) -> Response:
    done = await attempt(write)
    if done.problem is None:
        own = person_id == page.actor.id
        return back_to(page, PLACE if own else f"{PLACE}?person={quote(person_id)}", "said:saved")
    if done.problem.status_code == HTTPStatus.NOT_FOUND:
        raise done.problem
    return await _page(page, person_id, which, done)


async def _page(
    page: Page, person_id: str, failed: str = "", done: Attempt | None = None
) -> Response:
    person, _ = await about(page.visit, "read_duties", person_id)
    known = await colleagues(page, "set_absence")
    duties = page.resources.duties
    fit = [one for one in known.everybody.values() if may_stand_in(person.actor, one.actor)]
    today = page.moments.today
    absences = [_absent(one, known, today) for one in await duties.absences(person_id)]
    given = [_given(page, one, known, today) for one in await duties.delegations(person_id)]
    return show_mine(
        page,
        "profile-duties.html",
        PLACE,
        422 if failed else 200,
        person=person,
        person_name=called(page, person),
        own=person_id == page.actor.id,
        others=[(one.id, called(page, one)) for one in known.mine],
        substitutes=options(page, fit),
        absences=[one for one in absences if one["person_id"] == person_id],
        standing_in=[one for one in absences if one["substitute_id"] == person_id],
        given=[one for one in given if one["delegator_id"] == person_id],
        received=[one for one in given if one["delegate_id"] == person_id],
        delegable=_delegable(page, person),
        may_reassign=page.may("reassign"),
        today=today.isoformat(),
        failed=failed,
        mistakes=page.mistakes(done.problem if done else None),
        form=page.form,
    )


def _absent(row: Row, known: Colleagues, today: date) -> Row:
    return row | {
        "person": _name(row["person_id"], known),
        "substitute": _name(row["substitute_id"], known),
        "standing": _standing(row, today),
    }


def _given(page: Page, row: Row, known: Colleagues, today: date) -> Row:
    return row | {
        "delegator": _name(row["delegator_id"], known),
        "delegate": _name(row["delegate_id"], known),
        "named": [page.said(ACTIONS[one]) for one in row["actions"] if one in ACTIONS],
        "standing": _standing(row, today),
    }


def _standing(row: Row, today: date) -> str:
    """Whether something is to come, in force, or over."""
    if row["ended_at"] is not None or row["last_day"] < today:
        return "over"
    return "coming" if row["first_day"] > today else "now"


def _name(person_id: str, known: Colleagues) -> str:
    person = known.everybody.get(person_id)
    return person.name if person else person_id


def _delegable(page: Page, person: Person) -> list[tuple[str, str, str]]:
    """What the person may delegate; nothing without a desk of their own."""
    if (
        person.department is None
        or not permits(person.role, "delegate")
        or not page.may("delegate")
    ):
        return []
    return [
        (one, page.said(ACTIONS[one]), "") for one in sorted(DELEGABLE) if permits(person.role, one)
    ]
