"""What a calendar link shows: every open day of those who look at it, until it is kept."""

from datetime import UTC, date, datetime

import pytest

from groundwork.domain import events as ev
from groundwork.domain.facts import OpinionKind
from groundwork.domain.model import Role
from groundwork.store.feeds import DueDate, Feed, Feeds
from groundwork.store.projects import Projects
from groundwork.store.recorder import Recorder
from tests.notices.town import Town
from tests.store.histories import OFFICER, History, find_definition, project

TOO_LATE = datetime(2026, 12, 31, 16, tzinfo=UTC)
VISIT, REPLY = date(2026, 5, 6), date(2026, 5, 7)
SITE, FAULTS, VERIFY = date(2026, 5, 8), date(2026, 5, 9), date(2026, 5, 10)


def consulted() -> History:
    """The fire brigade is asked on a step of the planners, who set a day for the visit."""
    history = History().open("L01").open("L02")
    history.add(
        ev.ConsultationOpened,
        step="L01",
        round=1,
        departments=("fire", "water"),
        reply_on=REPLY,
        reply_before=TOO_LATE,
        provisional=True,
    )
    history.add(ev.SiteVisitScheduled, by=OFFICER, step="L01", visit_on=VISIT)
    history.add(
        ev.SiteRectificationRequested, by=OFFICER, step="L02", items=("no lane",), due_on=SITE
    )
    return history


def promised() -> History:
    """A material to follow, and three promises: to keep, to put right and to verify."""
    history = History().open("L01").tolerate("L01")
    for step in ("L02", "L04", "L05"):
        history.open(step).promise(step)
    history.add(
        ev.RectificationOrdered,
        by=OFFICER,
        commitment="L04-c1",
        reason="faults",
        due_on=FAULTS,
        due_before=TOO_LATE,
    )
    return history.add(
        ev.CommitmentDue, commitment="L05-c1", verify_on=VERIFY, verify_before=TOO_LATE
    )


async def record(town: Town, history: History, first: int = 1) -> None:
    if first == 1:
        await Projects(town.engine).create(project(housekeeper=town.people["housekeeper"]))
    recorder = Recorder(town.engine, find_definition)
    await recorder.record(history.batch(first))


async def shown(town: Town, department: str | None, role: Role = Role.OFFICER) -> list[DueDate]:
    feed = Feed("f-1", town.people["housekeeper"], role, department, "zh")
    return list(await Feeds(town.engine).dates(feed))


def days(dates: list[DueDate]) -> set[tuple[str, str, date]]:
    return {(one.kind, one.step, one.on) for one in dates if one.kind != "step"}


async def test_a_department_that_is_consulted_sees_when_to_reply_and_where_to_be(
    town: Town,
) -> None:
    await record(town, consulted())
    fire = await shown(town, "fire")
    assert days(fire) == {("opinion", "L01", REPLY), ("visit", "L01", VISIT)}
    assert [one.provisional for one in fire if one.kind == "opinion"] == [True]
    assert days(await shown(town, "planning")) == {
        ("visit", "L01", VISIT),
        ("site_rectification", "L02", SITE),
    }


async def test_the_housekeeper_sees_all_of_it(town: Town) -> None:
    history = History(housekeeper=town.people["housekeeper"])
    history.events += consulted().events[len(history.events) :]
    await record(town, history)
    assert days(await shown(town, None, Role.HOUSEKEEPER)) == {
        ("opinion", "L01", REPLY),
        ("visit", "L01", VISIT),
        ("site_rectification", "L02", SITE),
    }


async def test_what_was_said_held_or_put_right_is_no_longer_shown(town: Town) -> None:
    history = consulted()
    await record(town, history)
    done = len(history.events) + 1
    said = ev.OpinionGiven
    history.add(said, step="L01", department="fire", kind=OpinionKind.AGREE)
    history.add(ev.SiteVisitHeld, by=OFFICER, step="L01", visited_on=VISIT)
    history.add(ev.SiteRectificationSubmitted, step="L02")
    await record(town, history, done)
    assert await shown(town, "fire") == []
    assert days(await shown(town, "planning")) == set()
    assert days(await shown(town, "water")) == {("opinion", "L01", REPLY)}


async def test_promises_are_shown_as_what_they_ask_for_now(town: Town) -> None:
    await record(town, promised())
    assert days(await shown(town, "planning")) == {
        ("deficiency", "L01", date(2026, 3, 20)),
        ("commitment", "L02", date(2026, 6, 1)),
        ("rectification", "L04", FAULTS),
        ("verification", "L05", VERIFY),
    }


@pytest.mark.parametrize("keeper", [True, False])
async def test_a_promise_that_ended_is_shown_to_nobody(town: Town, keeper: bool) -> None:
    history = promised()
    for step in ("L02", "L04", "L05"):
        history.add(ev.CommitmentFulfilled, by=OFFICER, commitment=f"{step}-c1")
    history.add(ev.CureSubmitted, deficiency="L01-d1")
    await record(town, history)
    assert days(await shown(town, None if keeper else "planning")) == set()
