"""Absences and delegations are written with a record, and never so that nobody is left to act."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain import events as ev
from groundwork.domain.calendar import local_date
from groundwork.domain.model import Role
from groundwork.store.duties import Duties, Written
from groundwork.store.errors import AbsenceClash, SubstituteLoop, UnknownPerson, WorkLeft
from groundwork.store.people import People
from groundwork.store.recorder import Recorder
from tests.store.conftest import Execute
from tests.store.histories import CHAIN, OFFICER, History

TODAY = local_date(datetime.now(UTC))
WEEK = (TODAY, TODAY + timedelta(6))
BY = Written("p-admin", "年休假")


@pytest.fixture
def duties(engine: AsyncEngine) -> Duties:
    return Duties(engine)


@pytest.fixture
async def three(engine: AsyncEngine) -> list[str]:
    """Three officers of one department."""
    people = People(engine)
    return [(await people.create("某人", Role.OFFICER, "planning")).id for _ in range(3)]


def days(first: int, last: int) -> tuple[date, date]:
    return TODAY + timedelta(first), TODAY + timedelta(last)


async def test_an_absence_does_not_overlap_another_of_the_same_person(
    duties: Duties, three: list[str]
) -> None:
    await duties.set_absence(three[0], three[1], days(2, 4), BY)
    for overlapping in (days(4, 5), days(0, 2), days(3, 3), days(0, 9)):
        with pytest.raises(AbsenceClash):
            await duties.set_absence(three[0], three[2], overlapping, BY)
    await duties.set_absence(three[0], three[2], days(5, 5), BY)
    assert len(await duties.absences(three[0])) == 2


async def test_an_ended_absence_is_in_nobodys_way(duties: Duties, three: list[str]) -> None:
    first = await duties.set_absence(three[0], three[1], WEEK, BY)
    with pytest.raises(SubstituteLoop):
        await duties.set_absence(three[1], three[0], WEEK, BY)
    await duties.end_absence(first["id"], Written("p-head", ""))
    await duties.end_absence(first["id"], Written("p-head", ""))
    await duties.set_absence(three[1], three[0], WEEK, BY)
    record = [(row["what"], row["by_id"]) for row in await duties.record(three[0])]
    assert record == [("absence_set", "p-admin"), ("absence_ended", "p-head")]


async def test_three_who_register_at_once_do_not_close_a_loop(
    duties: Duties, three: list[str]
) -> None:
    circle = zip(three, [*three[1:], three[0]], strict=True)
    outcomes = await asyncio.gather(
        *(duties.set_absence(one, other, WEEK, BY) for one, other in circle),
        return_exceptions=True,
    )
    assert [type(one) for one in outcomes].count(SubstituteLoop) == 1
    assert sum(isinstance(one, dict) for one in outcomes) == 2


@pytest.mark.parametrize("statement", ["DELETE FROM duty_record", "UPDATE duty_record SET what=''"])
async def test_the_record_is_only_ever_added_to(
    duties: Duties, three: list[str], execute: Execute, statement: str
) -> None:
    await duties.set_absence(three[0], three[1], WEEK, BY)
    with pytest.raises(IntegrityError, match="only ever added"):
        await execute(statement)


async def test_open_steps_are_work_and_decided_ones_are_not(
    duties: Duties, three: list[str], recorder: Recorder
) -> None:
    history = History()
    for key in ("L01", "L02"):
        history.open(key)
        history.add(
            ev.StepAssigned, by=OFFICER, step=key, assignee=three[0], former=None, reason="分办"
        )
    history.decide("L01")
    await recorder.record(history.batch())
    work = await duties.work(three[0], datetime.now(UTC))
    assert [(row["chain_id"], row["step"]) for row in work.steps] == [(CHAIN, "L02")]
    assert (await duties.work(three[0], datetime.now(UTC), "nowhere")).steps == []
    with pytest.raises(WorkLeft) as caught:
        await duties.leave(three[0], BY)
    assert (caught.value.steps, caught.value.substitutes, caught.value.delegations) == (1, 0, 0)
    assert (await duties.work(three[1], datetime.now(UTC))).must_move is False


async def test_whoever_has_nothing_in_hand_leaves_even_on_leave(
    duties: Duties, three: list[str], engine: AsyncEngine
) -> None:
    own = await duties.set_absence(three[0], three[1], WEEK, BY)
    await duties.leave(three[0], BY)
    person = await People(engine).get(three[0])
    assert person is not None
    assert not person.active
    ended = await duties.absence(own["id"])
    assert ended is not None
    assert ended["ended_by"] == "p-admin"
    with pytest.raises(UnknownPerson):
        await duties.leave("p-ghost", BY)


async def test_why_something_was_delegated_is_sealed_and_read_as_before(
    duties: Duties, three: list[str], execute: Execute
) -> None:
    delegation = {
        "delegator_id": three[0],
        "delegate_id": three[1],
        "actions": ["extend"],
        "chains": [],
        "steps": [],
        "first_day": WEEK[0],
        "last_day": WEEK[1],
    }
    given = await duties.delegate(delegation, BY)
    assert await duties.delegation(given["id"]) == given
    assert await duties.delegations(three[1]) == [given]
    assert (await duties.work(three[0], datetime.now(UTC))).delegations == [given]
    for table in ("delegation", "duty_record"):
        assert BY.reason not in repr(await execute(f"SELECT * FROM {table}"))


async def test_an_absence_that_is_over_is_no_duty(duties: Duties, three: list[str]) -> None:
    await duties.set_absence(three[0], three[1], days(-5, -1), BY)
    await duties.leave(three[1], BY)
    assert not (await duties.work(three[1], datetime.now(UTC))).must_move
