"""What a department has on its desk, in figures, and what it has done."""

from datetime import date, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain import events as ev
from groundwork.store.desks import Desks
from groundwork.store.recorder import Recorder
from tests.store.histories import OFFICER, History, eventful

FAR = date(2099, 1, 1)


async def test_every_open_step_is_counted_once(engine: AsyncEngine, recorder: Recorder) -> None:
    history = eventful()
    await recorder.record(history.batch())
    counts = await Desks(engine).counts("planning", soon=FAR)
    assert (counts.open, counts.done, counts.mine) == (1, 1, 0)
    fire = await Desks(engine).counts("fire", soon=FAR)
    assert (fire.open, fire.overdue, fire.soon) == (1, 1, 0)
    nobody = await Desks(engine).counts("heritage", soon=FAR)
    assert set(nobody) == {0}


async def test_ones_own_are_counted(engine: AsyncEngine, recorder: Recorder) -> None:
    history = History().open("L01").open("L02")
    history.add(
        ev.StepAssigned, by=OFFICER, step="L02", assignee=OFFICER.id, former=None, reason="-"
    )
    await recorder.record(history.batch())
    counts = await Desks(engine).counts("planning", people=[OFFICER.id], soon=FAR)
    assert (counts.open, counts.mine) == (2, 1)


async def test_what_was_decided_is_counted_up_to_a_bound(
    engine: AsyncEngine, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = History().open("L01").open("L02").decide("L02").decide("L01")
    await recorder.record(history.batch())
    desks = Desks(engine)
    assert (await desks.counts("planning", soon=FAR)).done == 2
    monkeypatch.setattr("groundwork.store.desks.MOST_COUNTED", 0)
    assert (await desks.counts("planning", soon=FAR)).done == 1


async def test_what_was_decided_comes_latest_first(engine: AsyncEngine, recorder: Recorder) -> None:
    history = History().open("L01").open("L02").decide("L02").decide("L01")
    await recorder.record(history.batch())
    desks = Desks(engine)
    first = await desks.done("planning", limit=1)
    second = await desks.done("planning", cursor=first.next, limit=1)
    assert [row["key"] for row in (*first.items, *second.items)] == ["L01", "L02"]
    assert second.next is None
    moments = [row["decided_at"] for row in first.items]
    decided = await desks.decided_since("planning", moments[0])
    assert [one.decided_at for one in decided] == moments
    assert not await desks.decided_since("planning", moments[0] + timedelta(1))
