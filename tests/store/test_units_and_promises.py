"""Units, open opinions and the life of promises in the read model; old rows come along."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from groundwork.domain import events as ev
from groundwork.domain.definition import BreachKind
from groundwork.domain.facts import OpinionKind
from groundwork.runtime.loop import run
from groundwork.store.audit import Audit
from groundwork.store.engine import create_engine
from groundwork.store.migrations import downgrade, migrate
from groundwork.store.projects import Projects
from groundwork.store.reads import Reads
from groundwork.store.recorder import Recorder
from tests.store.conftest import Execute
from tests.store.histories import CHAIN, OFFICER, History, find_definition, project

TERM = datetime(2026, 6, 9, 16, tzinfo=UTC)


def promised(history: History) -> History:
    """A letter on L02 that is drafted and signed, and one on L03 that nobody signs."""
    history.open("L02").open("L03")
    for step in ("L02", "L03"):
        history.add(
            ev.CommitmentDrafted,
            step=step,
            commitment=f"{step}-c1",
            obligations=("build to the standard",),
            third_parties=("91440784MA0000015C",),
        )
    return history.promise("L02")


def overdue(history: History) -> History:
    """Its day passes, two officers find it broken."""
    history.add(
        ev.CommitmentDue,
        commitment="L02-c1",
        verify_on=date(2026, 8, 1),
        verify_before=datetime(2026, 8, 1, 16, tzinfo=UTC),
        publish_before=TERM,
    )
    return history.add(
        ev.CommitmentBreached,
        by=OFFICER,
        commitment="L02-c1",
        reason="faults",
        kind=BreachKind.NON_CONFORMING,
        officers=("p-1", "p-2"),
    )


async def rows(execute: Execute, table: str, columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await execute(f"SELECT {columns} FROM {table} ORDER BY 1")]


async def test_a_promise_shows_its_life(
    recorder: Recorder, audit: Audit, reads: Reads, execute: Execute
) -> None:
    history = promised(History())
    await recorder.record(history.batch())
    columns = "id, state, outcome, breach, third_parties, due_on, act_by, publish_on, officers"
    before = await rows(execute, "commitment", columns)
    june = date(2026, 6, 1)
    assert before == [
        ("L02-c1", "in_force", None, None, 1, june, june, None, []),
        ("L03-c1", "draft", None, None, 1, None, date.max, None, []),
    ]
    due = overdue(history)
    await recorder.record(due.batch(len(due.events) - 1, len(due.events) - 1))
    (first, _) = await rows(execute, "commitment", "id, state, act_by, publish_on")
    assert first == ("L02-c1", "awaiting_verification", date(2026, 8, 1), date(2026, 6, 9))
    await recorder.record(due.batch(len(due.events)))
    (first, _) = await rows(execute, "commitment", "id, state, outcome, breach, officers")
    assert first == ("L02-c1", "breached", "breached", "non_conforming", ["p-1", "p-2"])
    assert await audit.refold() == []


async def test_what_must_be_verified_is_due_next(recorder: Recorder, reads: Reads) -> None:
    history = History().open("L01", due_on=date(2026, 9, 1)).open("L02", due_on=date(2026, 9, 2))
    history.promise("L02")
    overdue(history)
    await recorder.record(history.batch(1, len(history.events) - 1))
    chain = await reads.chain(CHAIN)
    assert chain is not None
    assert (chain["next_due_on"], chain["next_due_step"]) == (date(2026, 8, 1), "L02")


async def test_units_show_their_gates_and_what_became_of_them(
    recorder: Recorder, audit: Audit, execute: Execute
) -> None:
    history = History()
    for unit in ("B1", "B2", "B3"):
        history.add(ev.UnitAdded, unit=unit, name=f"{unit} hall", reason="plan", steps={})
    history.add(ev.EquipmentRegistered, unit="B1", document="TS-1", without_equipment=False)
    history.add(ev.EquipmentRegistered, unit="B2", document="", without_equipment=True)
    history.add(ev.GateOpened, gate="use", unit="B1")
    history.add(ev.UnitsMerged, unit="B2", into="B1", reason="one roof", steps=(), moved={})
    history.add(ev.UnitDropped, unit="B3", reason="not built", steps=())
    await recorder.record(history.batch())
    shown = await rows(execute, "unit", 'id, name, state, "into", equipment, open_gates')
    assert shown == [
        ("B1", "B1 hall", "active", None, "registered", ["use"]),
        ("B2", "B2 hall", "merged", "B1", "none", []),
        ("B3", "B3 hall", "dropped", None, None, []),
    ]
    assert await audit.refold() == []


async def test_a_step_awaits_the_departments_that_may_still_reply(
    recorder: Recorder, audit: Audit, execute: Execute
) -> None:
    history = History().open("L01", due_on=date(2026, 5, 1))
    history.add(
        ev.ConsultationOpened,
        step="L01",
        round=1,
        departments=("fire", "planning"),
        reply_on=date(2026, 3, 20),
        reply_before=datetime(2026, 3, 20, 16, tzinfo=UTC),
    )
    history.add(
        ev.OpinionGiven, by=OFFICER, step="L01", department="planning", kind=OpinionKind.AGREE
    )
    await recorder.record(history.batch())
    (shown, *_) = await rows(execute, "step", "key, awaited, reply_on")
    assert shown == ("L01", ["fire"], date(2026, 3, 20))
    (chain,) = await rows(execute, "chain", "next_due_on, next_due_step")
    assert chain == (date(2026, 3, 20), "L01")
    await recorder.record(history.decide("L01").batch(len(history.events)))
    (shown, *_) = await rows(execute, "step", "key, awaited")
    assert shown == ("L01", [])
    assert await audit.refold() == []


def old_promises() -> History:
    """What a release before this revision recorded: signed promises, one broken, one being put
    right, one kept."""
    history = History()
    for step in ("L01", "L02", "L03"):
        history.open(step).promise(step)
        history.add(ev.CommitmentDue, commitment=f"{step}-c1")
    history.add(ev.CommitmentBreached, by=OFFICER, commitment="L01-c1", reason="faults")
    history.add(
        ev.RectificationOrdered,
        by=OFFICER,
        commitment="L02-c1",
        reason="faults",
        due_on=date(2026, 7, 1),
        due_before=datetime(2026, 7, 1, 16, tzinfo=UTC),
    )
    history.add(ev.CommitmentFulfilled, by=OFFICER, commitment="L03-c1")
    return history


NEW_IN_SNAPSHOTS = ("outcome", "rectify_since", "drafted_at", "reminded", "officers", "breach")


def test_old_rows_and_snapshots_are_brought_along_and_taken_back(postgres_url: str) -> None:
    migrate(postgres_url)
    history = old_promises()

    async def with_engine(work: Callable[[Any], Any]) -> Any:
        engine = create_engine(postgres_url)
        try:
            return await work(engine)
        finally:
            await engine.dispose()

    async def write(engine: Any) -> None:
        await Projects(engine).create(project())
        await Recorder(engine, find_definition).record(history.batch())

    async def age(engine: Any) -> None:
        """Leave the snapshot as the release before wrote it."""
        from sqlalchemy import text

        async with engine.begin() as connection:
            for name in NEW_IN_SNAPSHOTS:
                for step in ("L01", "L02", "L03"):
                    path = f"{{commitments,{step}-c1,{name}}}"
                    await connection.execute(
                        text("UPDATE chain SET snapshot = snapshot #- CAST(:path AS text[])"),
                        {"path": path},
                    )

    async def refold(engine: Any) -> Any:
        return await Audit(engine, find_definition).refold()

    async def go_on(engine: Any) -> Any:
        history.add(
            ev.PerformanceSubmitted,
            commitment="L02-c1",
            verify_on=date(2026, 8, 1),
            verify_before=datetime(2026, 8, 1, 16, tzinfo=UTC),
        )
        await Recorder(engine, find_definition).record(history.batch(len(history.events)))
        return await refold(engine)

    run(with_engine(write))
    downgrade(postgres_url, "0002")
    run(with_engine(age))
    migrate(postgres_url)
    assert run(with_engine(refold)) == []
    assert run(with_engine(go_on)) == []


def test_going_back_keeps_what_the_old_tables_have_a_place_for(postgres_url: str) -> None:
    migrate(postgres_url)

    async def write() -> None:
        engine = create_engine(postgres_url)
        await Projects(engine).create(project())
        await Recorder(engine, find_definition).record(promised(History()).batch())
        await engine.dispose()

    async def kept() -> list[tuple[Any, ...]]:
        from sqlalchemy import text

        engine = create_engine(postgres_url)
        async with engine.begin() as connection:
            rows = await connection.execute(text("SELECT id, due_on FROM commitment"))
            found = [tuple(row) for row in rows]
        await engine.dispose()
        return found

    run(write())
    downgrade(postgres_url, "0002")
    assert run(kept()) == [("L02-c1", date(2026, 6, 1))]
