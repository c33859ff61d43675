"""The record takes every event exactly once, in order, and never pretends."""

import asyncio
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain import events as ev
from groundwork.domain.definition import ChainDefinition
from groundwork.domain.fold import fold
from groundwork.store.engine import create_engine
from groundwork.store.errors import (
    ConflictError,
    GapError,
    StoreUnavailable,
    UnknownDefinition,
    UnknownProject,
)
from groundwork.store.projects import Projects
from groundwork.store.reads import Reads
from groundwork.store.recorder import CHANNEL, Recorder
from tests.store.conftest import Execute
from tests.store.histories import (
    CHAIN,
    OFFICER,
    History,
    eventful,
    find_definition,
    project,
)

NUMBERS = "SELECT seq FROM event ORDER BY seq"


async def numbers(execute: Execute) -> list[int]:
    return [row.seq for row in await execute(NUMBERS)]


class TestExactlyOnce:
    async def test_a_batch_becomes_events_a_head_and_parts(
        self, recorder: Recorder, reads: Reads, execute: Execute
    ) -> None:
        history = eventful()
        assert await recorder.record(history.batch()) == len(history.events)

        chain = await reads.chain(CHAIN)
        assert chain is not None
        assert chain["snapshot"] == fold(history.events)
        assert chain["seq"] == len(history.events)
        assert [row["body"]["type"] for row in await reads.timeline(CHAIN)] == [
            event.type for event in history.events
        ]
        for part, rows in {"step": 22, "escalation": 2, "deficiency": 1, "commitment": 1}.items():
            assert (await execute(f"SELECT count(*) FROM {part}"))[0][0] == rows

    @pytest.mark.parametrize("size", [1, 2, 5])
    async def test_the_size_of_batches_makes_no_difference(
        self, recorder: Recorder, reads: Reads, size: int
    ) -> None:
        history = eventful()
        for batch in history.batches(size):
            await recorder.record(batch)
        chain = await reads.chain(CHAIN)
        assert chain is not None
        assert chain["snapshot"] == fold(history.events)

    async def test_a_repeated_batch_changes_nothing(
        self, recorder: Recorder, execute: Execute
    ) -> None:
        history = eventful()
        await recorder.record(history.batch())
        before = await execute("SELECT * FROM event ORDER BY seq")
        head = await execute("SELECT * FROM chain")

        assert await recorder.record(history.batch()) == len(history.events)
        assert await recorder.record(history.batch(2, 4)) == len(history.events)
        assert await execute("SELECT * FROM event ORDER BY seq") == before
        assert await execute("SELECT * FROM chain") == head

    async def test_of_an_overlapping_batch_only_the_rest_is_written(
        self, recorder: Recorder, execute: Execute
    ) -> None:
        history = eventful()
        await recorder.record(history.batch(1, 6))
        await recorder.record(history.batch(4, 9))
        assert await numbers(execute) == list(range(1, 10))

    async def test_a_restarted_writer_goes_on_where_the_record_ends(
        self, recorder: Recorder, engine: AsyncEngine, execute: Execute
    ) -> None:
        history = eventful()
        await recorder.record(history.batch(1, 6))
        restarted = Recorder(engine, find_definition)
        await restarted.record(history.batch(7, 8))
        await recorder.record(history.batch(9))
        assert await numbers(execute) == list(range(1, len(history.events) + 1))

    async def test_an_empty_batch_says_where_the_record_ends(self, recorder: Recorder) -> None:
        history = eventful()
        nothing = history.batch(1, 0)
        assert await recorder.record(nothing) == 0
        await recorder.record(history.batch(1, 3))
        assert await recorder.record(nothing) == 3

    async def test_two_writers_with_the_same_batches_record_each_event_once(
        self, recorder: Recorder, database: str, reads: Reads, execute: Execute
    ) -> None:
        other_engine = create_engine(database)
        writers = [recorder, Recorder(other_engine, find_definition)]
        history = eventful()
        for batch in history.batches(3):
            recorded = await asyncio.gather(*(writer.record(batch) for writer in writers * 3))
            assert set(recorded) == {batch.events[-1].seq}
        await other_engine.dispose()

        assert await numbers(execute) == list(range(1, len(history.events) + 1))
        chain = await reads.chain(CHAIN)
        assert chain is not None
        assert chain["snapshot"] == fold(history.events)

    async def test_two_writers_with_different_cuts_of_one_history_agree(
        self, recorder: Recorder, database: str, execute: Execute
    ) -> None:
        other_engine = create_engine(database)
        other = Recorder(other_engine, find_definition)
        history = eventful()

        async def write(writer: Recorder, size: int) -> None:
            first = 1
            while first <= len(history.events):
                last = min(first + size - 1, len(history.events))
                first = await writer.record(history.batch(first, last)) + 1

        await asyncio.gather(write(recorder, 1), write(other, 4), write(other, 3))
        await other_engine.dispose()
        assert await numbers(execute) == list(range(1, len(history.events) + 1))

    async def test_chains_do_not_mix(self, recorder: Recorder, reads: Reads) -> None:
        histories = [History(chain_id=f"chain-{n}").open("L01") for n in range(8)]
        await asyncio.gather(*(recorder.record(history.batch()) for history in histories))
        for history in histories:
            timeline = await reads.timeline(history.chain_id)
            assert [row["seq"] for row in timeline] == [1, 2, 3, 4]

    async def test_a_forgotten_head_is_read_again(
        self, engine: AsyncEngine, recorder: Recorder, reads: Reads
    ) -> None:
        forgetful = Recorder(engine, find_definition, remembered=1)
        histories = [History(chain_id=f"chain-{n}").open("L01") for n in range(3)]
        for batches in zip(*(history.batches() for history in histories), strict=True):
            for batch in batches:
                await forgetful.record(batch)
        assert [await reads.projected_seq(h.chain_id) for h in histories] == [4, 4, 4]


class TestRefusals:
    async def test_a_gap_is_refused_and_names_what_is_missing(
        self, recorder: Recorder, execute: Execute
    ) -> None:
        history = eventful()
        await recorder.record(history.batch(1, 3))
        with pytest.raises(GapError, match=r"event 4 was expected.*event 6") as refused:
            await recorder.record(history.batch(6, 8))
        assert (refused.value.expected, refused.value.got) == (4, 6)
        assert await numbers(execute) == [1, 2, 3]

    async def test_a_chain_cannot_begin_in_the_middle(self, recorder: Recorder) -> None:
        with pytest.raises(GapError, match="event 1 was expected"):
            await recorder.record(eventful().batch(2, 3))

    async def test_a_hole_within_a_batch_is_refused_whole(
        self, recorder: Recorder, execute: Execute
    ) -> None:
        batch = eventful().batch(1, 6)
        holed = batch.model_copy(update={"events": batch.events[:3] + batch.events[4:]})
        with pytest.raises(GapError):
            await recorder.record(holed)
        assert await numbers(execute) == []

    async def test_a_record_that_lost_events_is_noticed_although_the_writer_remembers(
        self, recorder: Recorder, execute: Execute
    ) -> None:
        history = eventful()
        await recorder.record(history.batch(1, 6))
        await execute("ALTER TABLE event DISABLE TRIGGER ALL")
        for table in ("deficiency", "commitment", "escalation", "step", "event", "chain"):
            await execute(f"DELETE FROM {table}")
        with pytest.raises(GapError, match=r"event 1 was expected.*event 7"):
            await recorder.record(history.batch(7, 8))
        assert await recorder.record(history.batch()) == len(history.events)

    async def test_other_content_under_a_recorded_number_is_refused(
        self, recorder: Recorder, execute: Execute
    ) -> None:
        history = eventful()
        await recorder.record(history.batch(1, 4))
        forged = History().add(ev.StepReady, step="L09").open("L01")
        with pytest.raises(ConflictError, match="event 2 is recorded with other content"):
            await recorder.record(forged.batch(2, 5))
        assert await numbers(execute) == [1, 2, 3, 4]

    async def test_two_histories_of_one_chain_cannot_both_be_recorded(
        self, recorder: Recorder, database: str, execute: Execute
    ) -> None:
        other_engine = create_engine(database)
        writers = (recorder, Recorder(other_engine, find_definition))
        histories = (History().open("L01"), History().open("L02"))
        outcomes = await asyncio.gather(
            *(
                writer.record(history.batch())
                for writer, history in zip(writers, histories, strict=True)
            ),
            return_exceptions=True,
        )
        await other_engine.dispose()
        assert [type(outcome) for outcome in outcomes if outcome != 4] == [ConflictError]
        assert await numbers(execute) == [1, 2, 3, 4]

    async def test_a_chain_of_an_unknown_project_is_refused(
        self, recorder: Recorder, execute: Execute
    ) -> None:
        with pytest.raises(UnknownProject, match="create it first"):
            await recorder.record(History(project_code="2603-440784-04-01-000000").batch())
        assert await numbers(execute) == []

    async def test_a_chain_of_an_unknown_definition_is_refused(
        self, engine: AsyncEngine, recorder: Recorder
    ) -> None:
        nothing: dict[str, ChainDefinition] = {}
        lost = Recorder(engine, nothing.__getitem__)
        with pytest.raises(UnknownDefinition, match=r"land-to-construction 1 .*publish it first"):
            await lost.record(History().batch())


class TestTrouble:
    async def test_a_locked_chain_fails_in_time_and_is_recorded_later(
        self, database: str, recorder: Recorder, engine: AsyncEngine, execute: Execute
    ) -> None:
        history = eventful()
        await recorder.record(history.batch(1, 3))
        hasty_engine = create_engine(database, lock_timeout=100)
        hasty = Recorder(hasty_engine, find_definition)
        async with engine.begin() as holder:
            await holder.execute(text("SELECT 1 FROM chain FOR UPDATE"))
            with pytest.raises(StoreUnavailable, match="LockNotAvailable"):
                await hasty.record(history.batch(4, 5))
        assert await hasty.record(history.batch(4, 5)) == 5
        await hasty_engine.dispose()
        assert await numbers(execute) == [1, 2, 3, 4, 5]

    async def test_an_attempt_that_is_given_up_half_way_can_be_repeated(
        self, database: str, recorder: Recorder, engine: AsyncEngine, execute: Execute
    ) -> None:
        history = eventful()
        await recorder.record(history.batch(1, 3))
        small_engine = create_engine(database, pool_size=1)
        writer = Recorder(small_engine, find_definition)
        async with engine.begin() as holder:
            await holder.execute(text("SELECT 1 FROM chain FOR UPDATE"))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(writer.record(history.batch(4, 5)), timeout=0.2)
        assert await writer.record(history.batch(4, 5)) == 5
        assert await writer.record(history.batch(6)) == len(history.events)
        await small_engine.dispose()
        assert await numbers(execute) == list(range(1, len(history.events) + 1))

    async def test_connections_that_the_server_closed_go_unnoticed(
        self, recorder: Recorder, execute: Execute
    ) -> None:
        history = eventful()
        await recorder.record(history.batch(1, 3))
        await execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert await recorder.record(history.batch(4, 5)) == 5

    async def test_an_absent_database_is_said_plainly_and_without_its_address(self) -> None:
        engine = create_engine("postgresql://clerk:s3cret@127.0.0.1:1/nowhere")
        with pytest.raises(StoreUnavailable) as refused:
            await Recorder(engine, find_definition).record(History().batch())
        assert not {"clerk", "s3cret", "127.0.0.1"} & set(str(refused.value).split())
        assert refused.value.__cause__ is None

    async def test_a_character_that_the_database_cannot_hold_does_not_stop_the_chain(
        self, recorder: Recorder, reads: Reads
    ) -> None:
        history = History().open("L01").decide("L01", opinion="同意\0，附\\u0000图")
        for batch in (*history.batches(), history.batch()):
            await recorder.record(batch)
        chain = await reads.chain(CHAIN)
        assert chain is not None
        decision = chain["snapshot"].steps["L01"].decision
        assert decision.opinion == "同意\N{REPLACEMENT CHARACTER}，附\\u0000图"
        assert (await reads.timeline(CHAIN))[-1]["body"]["opinion"] == decision.opinion

    async def test_every_recorded_batch_is_announced(
        self, recorder: Recorder, database: str
    ) -> None:
        address = database.replace("+psycopg", "")
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as listener:
            await listener.execute(f"LISTEN {CHANNEL}")
            history = History().open("L01")
            await recorder.record(history.batch(1, 2))
            await recorder.record(history.batch(1, 2))
            await recorder.record(history.batch(3))
            heard: list[Any] = [note async for note in listener.notifies(timeout=5, stop_after=2)]
            heard += [note async for note in listener.notifies(timeout=0.1)]
        assert [note.payload for note in heard] == [CHAIN, CHAIN]


class TestReadModel:
    async def test_a_step_shows_its_department_status_and_day(
        self, recorder: Recorder, reads: Reads
    ) -> None:
        history = History().open("L01").open("L03").decide("L03")
        await recorder.record(history.batch())
        steps = {step["key"]: step for step in await reads.steps(CHAIN)}
        assert steps["L01"]["department"] == "planning"
        assert steps["L03"]["department"] == "fire"
        assert (steps["L01"]["state"], steps["L01"]["status_code"]) == ("accepted", 3)
        assert (steps["L03"]["state"], steps["L03"]["status_code"]) == ("passed", 11)
        assert steps["L01"]["act_by"] == steps["L01"]["due_on"]
        assert steps["L03"]["decided_at"] == history.events[-1].at
        assert [key for key, step in steps.items() if step["open"]] == ["L01"]

    async def test_before_acceptance_the_day_is_the_last_one_of_the_window(
        self, recorder: Recorder, reads: Reads
    ) -> None:
        history = History().open("L01")
        await recorder.record(history.batch(1, 3))
        steps = {step["key"]: step for step in await reads.steps(CHAIN)}
        assert steps["L01"]["state"] == "received"
        assert steps["L01"]["act_by"].isoformat() == "2026-03-11"
        chain = await reads.chain(CHAIN)
        assert chain is not None
        assert (chain["next_due_step"], chain["light"]) == ("L01", "green")
        assert chain["waiting_on"] == "department"

    async def test_cures_and_promises_are_due_too(self, recorder: Recorder, reads: Reads) -> None:
        history = History().open("L02").decide("L02").promise("L02").tolerate("L02")
        await recorder.record(history.batch(1, 6))
        chain = await reads.chain(CHAIN)
        assert chain is not None
        assert chain["next_due_on"].isoformat() == "2026-06-01"
        await recorder.record(history.batch(7))
        chain = await reads.chain(CHAIN)
        assert chain is not None
        assert chain["next_due_on"].isoformat() == "2026-03-20"

    async def test_a_finished_chain_is_done_and_due_no_more(
        self, recorder: Recorder, reads: Reads
    ) -> None:
        history = History().open("L01")
        history.add(ev.ChainWithdrawn, by=OFFICER, reason="no longer wanted")
        await recorder.record(history.batch())
        chain = await reads.chain(CHAIN)
        assert chain is not None
        assert (chain["state"], chain["light"]) == ("withdrawn", "done")
        assert chain["next_due_on"] is None
        assert chain["finished_at"] == history.events[-1].at

    async def test_projects_share_nothing_but_the_tables(
        self, recorder: Recorder, engine: AsyncEngine, reads: Reads
    ) -> None:
        other = "2604-440784-04-01-111111"
        await Projects(engine).create(project(other, name="卫浴生产基地"))
        await recorder.record(History().batch())
        await recorder.record(History(chain_id="other", project_code=other).batch())
        chain = await reads.chain("other")
        assert chain is not None
        assert (chain["project_code"], chain["project_name"]) == (other, "卫浴生产基地")
