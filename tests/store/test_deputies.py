"""Who receives what is addressed to a role, and who acts for whom, from the real tables."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.calendar import local_date
from groundwork.domain.deputies import Absence
from groundwork.domain.model import Actor, Role
from groundwork.store import deputies as deputies_log
from groundwork.store.deputies import Deputies, Roster, warn_if_replaced
from groundwork.store.duties import Duties, Written
from groundwork.store.people import People
from tests.domain.test_deputies import PEOPLE, registers
from tests.heard import heard

MONDAY = date(2026, 3, 2)
FRIDAY = date(2026, 3, 6)
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
BY = Written("p-admin", "test")


@pytest.fixture
def people(engine: AsyncEngine) -> People:
    return People(engine)


@pytest.fixture
def duties(engine: AsyncEngine) -> Duties:
    return Duties(engine)


@pytest.fixture
def deputies(engine: AsyncEngine) -> Deputies:
    return Deputies(engine)


async def receivers(
    deputies: Deputies, role: Role, department: str | None, at: datetime
) -> tuple[str, ...]:
    """Who receives what is addressed to a role at that moment."""
    found = (await deputies.roster()).receivers(role, department, at)
    warn_if_replaced(found, department)
    return found.people


async def hire(people: People, role: Role, department: str | None = "planning") -> str:
    return (await people.create("某人", role, department)).id


async def test_a_role_of_a_department_has_its_people_in_office(
    people: People, deputies: Deputies
) -> None:
    first, second = await hire(people, Role.OFFICER), await hire(people, Role.OFFICER)
    former = await hire(people, Role.OFFICER)
    await hire(people, Role.OFFICER, "fire")
    await hire(people, Role.SECTION_HEAD)
    await people.deactivate(former)
    assert await receivers(deputies, Role.OFFICER, "planning", NOON) == (first, second)


async def test_a_role_without_departments_has_one_list(people: People, deputies: Deputies) -> None:
    bureau = await hire(people, Role.DATA_BUREAU, None)
    assert await receivers(deputies, Role.DATA_BUREAU, "planning", NOON) == (bureau,)
    assert await receivers(deputies, Role.DATA_BUREAU, None, NOON) == (bureau,)


async def test_whoever_is_away_is_replaced_on_local_days_both_included(
    people: People, duties: Duties, deputies: Deputies
) -> None:
    away, stand_in = await hire(people, Role.OFFICER), await hire(people, Role.SECTION_HEAD)
    await duties.set_absence(away, stand_in, (MONDAY, FRIDAY), BY)
    # Monday begins in Heshan at 16:00 UTC on Sunday; Friday ends at 16:00 UTC.
    begins, ends = datetime(2026, 3, 1, 16, tzinfo=UTC), datetime(2026, 3, 6, 16, tzinfo=UTC)
    instant = timedelta(microseconds=1)
    for at, expected in (
        (begins - instant, away),
        (begins, stand_in),
        (ends - instant, stand_in),
        (ends, away),
    ):
        assert await receivers(deputies, Role.OFFICER, "planning", at) == (expected,)


async def test_two_who_are_away_with_one_substitute_are_told_once(
    people: People, duties: Duties, deputies: Deputies
) -> None:
    first, second, third = [await hire(people, Role.OFFICER) for _ in range(3)]
    await duties.set_absence(first, second, (MONDAY, FRIDAY), BY)
    await duties.set_absence(second, third, (MONDAY, MONDAY), BY)
    assert await receivers(deputies, Role.OFFICER, "planning", NOON) == (third,)
    roster = await deputies.roster()
    assert set(roster.stands_in_for(third, NOON)) == {first, second}
    assert roster.stands_in_for(second, NOON) == ()


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ((Role.SECTION_HEAD, Role.DIRECTOR), Role.SECTION_HEAD),
        ((Role.DEPUTY_LEADER, Role.DIRECTOR), Role.DIRECTOR),
        ((Role.DEPUTY_LEADER,), Role.ADMINISTRATOR),
    ],
)
async def test_a_role_without_people_falls_to_the_next_in_line_and_the_log_says_so(
    people: People, deputies: Deputies, there: tuple[Role, ...], expected: Role
) -> None:
    administrator = await hire(people, Role.ADMINISTRATOR, None)
    ids = {role: await hire(people, role) for role in there}
    with heard(deputies_log) as logs:
        found = await receivers(deputies, Role.OFFICER, "planning", NOON)
    assert found == (ids.get(expected, administrator),)
    (told,) = logs
    assert told["event"] == "nobody in the role"
    assert (told["role"], told["received_by"]) == ("officer", expected.value)
    found_by_role = (await deputies.roster()).receivers(Role.OFFICER, "planning", NOON)
    assert found_by_role.replaced
    assert found_by_role.role is expected


async def test_somebody_away_whose_substitute_left_does_not_swallow_anything(
    people: People, duties: Duties, deputies: Deputies
) -> None:
    away, left = await hire(people, Role.OFFICER), await hire(people, Role.OFFICER)
    head = await hire(people, Role.SECTION_HEAD)
    await duties.set_absence(away, left, (MONDAY, FRIDAY), BY)
    await people.deactivate(left)
    assert (await deputies.roster()).deputy(away, NOON) is None
    assert await receivers(deputies, Role.OFFICER, "planning", NOON) == (head,)


async def test_a_usual_answer_is_not_logged(people: People, deputies: Deputies) -> None:
    officer = await hire(people, Role.OFFICER)
    with heard(deputies_log) as logs:
        assert await receivers(deputies, Role.OFFICER, "planning", NOON) == (officer,)
    assert logs == []


async def test_mandates_hold_while_both_have_their_desks(
    people: People, duties: Duties, deputies: Deputies
) -> None:
    leader, officer = await hire(people, Role.DEPUTY_LEADER), await hire(people, Role.OFFICER)
    given = await duties.delegate(
        {
            "delegator_id": leader,
            "delegate_id": officer,
            "actions": ["extend"],
            "chains": ["c"],
            "steps": ["L08"],
            "first_day": MONDAY,
            "last_day": FRIDAY,
        },
        BY,
    )
    (mandate,) = (await deputies.roster()).mandates(officer, NOON)
    assert mandate.model_dump(exclude={"principal"}) == {
        "id": given["id"],
        "actions": {"extend"},
        "chains": {"c"},
        "steps": {"L08"},
    }
    assert mandate.principal.id == leader
    assert (await deputies.roster()).mandates(officer, NOON + timedelta(days=5)) == ()
    assert (await deputies.roster()).mandates(leader, NOON) == ()
    await people.deactivate(leader)
    assert (await deputies.roster()).mandates(officer, NOON) == ()


DESKS = dict(
    zip(
        PEOPLE,
        (Role.OFFICER, Role.OFFICER, Role.SECTION_HEAD, Role.DEPUTY_LEADER, Role.DIRECTOR),
        strict=True,
    )
)


@given(
    absences=registers(),
    there=st.sets(st.sampled_from(PEOPLE)),
    role=st.sampled_from(sorted(set(DESKS.values()))),
    hours=st.integers(-24, 24 * 17),
)
def test_nothing_is_ever_addressed_to_nobody_or_to_somebody_away(
    absences: list[Absence], there: set[str], role: Role, hours: int
) -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hours)
    people = {one: Actor(id=one, role=DESKS[one], department="planning") for one in sorted(there)}
    root = Actor(id="root", role=Role.ADMINISTRATOR)
    roster = Roster({**people, root.id: root}, tuple(absences), ())
    found = roster.receivers(role, "planning", at)
    absent = {one.person for one in absences if one.on(local_date(at))}
    assert found.people
    assert len(set(found.people)) == len(found.people)
    assert set(found.people) <= (there | {"root"}) - absent
    present = [one for one in people.values() if one.role is role and one.id not in absent]
    assert {one.id for one in present} <= set(found.people)
    assert found.replaced is (found.role is not role)
