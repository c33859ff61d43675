"""Migrations on data, forward and back, and while people work."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from psycopg.errors import LockNotAvailable
from sqlalchemy import NullPool, create_engine
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain import events as ev
from groundwork.domain.calendar import local_date
from groundwork.domain.definition import StopReason
from groundwork.domain.stops import Stop
from groundwork.store import migrations
from groundwork.store.audit import Audit
from groundwork.store.engine import create_engine as create_pool
from groundwork.store.engine import database_url
from groundwork.store.errors import StoreError
from groundwork.store.migrations import downgrade, migrate, revision
from groundwork.store.migrations.online import outside_transaction
from groundwork.store.projects import Projects
from groundwork.store.recorder import Recorder
from tests.store.conftest import Execute
from tests.store.histories import CHAIN, History, eventful, find_definition, project
from tests.store.online import complaints

OLDEST = "0002"
FIRST_ONLINE = 17
"""Every revision before it was made before there was anything to run on."""
VERSIONS = sorted((Path(migrations.__path__[0]) / "versions").glob("v[0-9]*.py"))


@contextmanager
def plainly(url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection on which each statement counts, and none waits for ever."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("SET statement_timeout = '20s'")
        yield connection


def content(url: str) -> dict[str, dict[str, list[str]]]:
    """Every table's columns, each with its values in the order of the rows' text."""
    found: dict[str, dict[str, list[str]]] = {}
    with plainly(url) as connection:
        columns = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name <> 'alembic_version'"
        ).fetchall()
        for table, column in columns:
            rows = connection.execute(f'SELECT "{column}"::text FROM "{table}"').fetchall()
            found.setdefault(table, {})[column] = sorted(str(value) for (value,) in rows)
    return found


async def planted(url: str) -> None:
    """What real commands leave: projects, and chains whose parts fill the read model."""
    engine = create_pool(url)
    await Projects(engine).create(project())
    recorder = Recorder(engine, find_definition)
    for batch in eventful().batches(4):
        await recorder.record(batch)
    another = History(chain_id="another").open("L01").escalate("L01")
    another.add(ev.CorrectionRequested, step="L01", items=("plan",)).open("L02")
    stop = Stop(
        reason=StopReason.EXPERT_REVIEW,
        basis="art. 45",
        approver="head",
        since=another.now,
        planned_end=local_date(another.now) + timedelta(days=9),
        until=another.now + timedelta(days=3),
    )
    another.add(ev.ClockStopped, step="L02", stop=stop)
    await recorder.record(another.batch())
    await engine.dispose()


async def test_data_goes_back_to_the_oldest_schema_and_forward_again(postgres_url: str) -> None:
    migrate(postgres_url)
    await planted(postgres_url)
    newest = content(postgres_url)
    downgrade(postgres_url, OLDEST)
    oldest = content(postgres_url)
    assert oldest["event"] == newest["event"]
    assert len(oldest["chain"]["id"]) == 2
    migrate(postgres_url)
    again = content(postgres_url)
    for table, columns in oldest.items():
        for column, values in columns.items():
            if column in newest.get(table, {}):
                assert again[table][column] == newest[table][column], f"{table}.{column}"
            assert values or not newest.get(table, {}).get(column), f"{table}.{column}"
    for table in ("current_chain", "step_pause"):
        assert again[table] == newest[table], table
    assert len(again["current_chain"]["chain_id"]) == 1
    assert again["step_pause"]["key"] == ["L01", "L02"]
    assert len(set(again["step_pause"]["stops"])) == 2, "one of them stood"
    engine = create_pool(postgres_url)
    audit = Audit(engine, find_definition)
    assert await audit.verify() == []
    assert await audit.refold() == []
    recorder = Recorder(engine, find_definition)
    history = eventful().decide("L03")
    assert await recorder.record(history.batch()) == len(history.events)
    await engine.dispose()


async def test_a_writer_and_a_reader_work_on_while_it_migrates(postgres_url: str) -> None:
    migrate(postgres_url)
    await planted(postgres_url)
    downgrade(postgres_url, OLDEST)
    over, done = Event(), {"read": 0, "written": 0}

    def read() -> None:
        with plainly(postgres_url) as connection:
            while not over.is_set():
                (row,) = connection.execute(
                    "SELECT count(*) FROM step JOIN chain ON chain.id = step.chain_id"
                ).fetchall()
                assert row[0] > 0
                done["read"] += 1

    def write() -> None:
        with plainly(postgres_url) as connection:
            while not over.is_set():
                # Of two who block each other the database picks one; who writes tries again.
                with suppress(psycopg.errors.DeadlockDetected):
                    connection.execute("UPDATE chain SET updated_at = now()")
                    connection.execute("UPDATE step SET level = level")
                    done["written"] += 1

    with ThreadPoolExecutor(2) as people:
        working = [people.submit(read), people.submit(write)]
        try:
            while not all(done.values()):
                assert not any(one.done() for one in working)
            before = dict(done)
            migrate(postgres_url)
        finally:
            over.set()
        for one in working:
            one.result()
    assert revision(postgres_url).up_to_date
    assert all(done[name] > before[name] for name in done), "nobody got through meanwhile"


def test_who_holds_a_lock_is_waited_for_and_readers_pass_meanwhile(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "LOCK_TIMEOUT", "100ms")
    monkeypatch.setattr(migrations, "PAUSE_SECONDS", 0.1)
    migrate(postgres_url, "0006")
    with plainly(postgres_url) as holder, ThreadPoolExecutor(1) as pool:
        with holder.transaction():
            holder.execute("SELECT count(*) FROM step")
            migrating = pool.submit(migrate, postgres_url, "0007")
            with plainly(postgres_url) as reader:
                for _ in range(50):
                    reader.execute("SELECT count(*) FROM step")
            assert not migrating.done(), "it changes the table that somebody still reads"
        migrating.result()
    assert revision(postgres_url).current == "0007"


def test_it_gives_way_to_who_takes_locks_in_another_order(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "PAUSE_SECONDS", 0.1)
    migrate(postgres_url, "0014")
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'person'::regclass"
    with plainly(postgres_url) as writer, ThreadPoolExecutor(1) as pool:
        writer.execute("SET deadlock_timeout = '1min'")
        with writer.transaction():
            writer.execute("LOCK TABLE person IN ROW EXCLUSIVE MODE")
            migrating = pool.submit(migrate, postgres_url, "0015")
            while writer.execute(waits).fetchone() == (0,):
                assert not migrating.done()
            writer.execute("LOCK TABLE account IN ROW EXCLUSIVE MODE")
        migrating.result()
    assert revision(postgres_url).current == "0015"


def test_a_database_that_stays_too_busy_is_left_alone(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "LOCK_TIMEOUT", "50ms")
    monkeypatch.setattr(migrations, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(migrations, "ATTEMPTS", 3)
    migrate(postgres_url, "0006")
    with plainly(postgres_url) as holder, holder.transaction():
        holder.execute("SELECT count(*) FROM step")
        with pytest.raises(StoreError, match="LockNotAvailable"):
            migrate(postgres_url, "0007")
    assert revision(postgres_url).current == "0006"


async def test_this_release_works_on_the_schema_of_the_next(
    recorder: Recorder, engine: AsyncEngine, execute: Execute
) -> None:
    """What the next release may add: columns that may be empty or have a default, and tables."""
    for change in (
        "ALTER TABLE chain ADD COLUMN later varchar",
        "ALTER TABLE event ADD COLUMN later varchar",
        "ALTER TABLE step ADD COLUMN later integer NOT NULL DEFAULT 0",
        "ALTER TABLE project ADD COLUMN later boolean NOT NULL DEFAULT false",
        "CREATE TABLE later (chain_id varchar REFERENCES chain (id))",
    ):
        await execute(change)
    history = eventful()
    for batch in history.batches(4):
        await recorder.record(batch)
    audit = Audit(engine, find_definition)
    assert await audit.verify(CHAIN) == []
    assert await audit.refold(CHAIN) == []


MADE = "CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_event_later ON event (actor_role)"


def make_index(url: str) -> None:
    """What a revision does that makes an index."""
    engine = create_engine(database_url(url), poolclass=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"transaction_per_migration": True})
        with Operations.context(context), context.begin_transaction(_per_migration=True):
            outside_transaction(MADE)


def is_valid(url: str) -> bool:
    with plainly(url) as connection:
        ((valid,),) = connection.execute(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_event_later'::regclass"
        ).fetchall()
    return bool(valid)


def test_an_index_is_made_beside_those_who_write(postgres_url: str) -> None:
    migrate(postgres_url)
    make_index(postgres_url)
    make_index(postgres_url)
    assert is_valid(postgres_url)


def test_an_index_that_was_left_half_made_is_made_anew(postgres_url: str) -> None:
    migrate(postgres_url)
    with plainly(postgres_url) as writer, plainly(postgres_url) as unlucky:
        unlucky.execute("SET lock_timeout = '100ms'")
        with writer.transaction():
            writer.execute("LOCK TABLE event IN ROW EXCLUSIVE MODE")
            with pytest.raises(LockNotAvailable):
                unlucky.execute(MADE)
    assert not is_valid(postgres_url)
    make_index(postgres_url)
    assert is_valid(postgres_url)


def test_who_waits_for_its_turn_to_migrate_holds_up_no_index(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "PAUSE_SECONDS", 0.05)
    migrate(postgres_url, "0016")
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND query ~ 'advisory_lock[(]' AND pid NOT IN (%s, pg_backend_pid())"
    )
    with plainly(postgres_url) as first, ThreadPoolExecutor(1) as pool:
        first.execute("SELECT pg_advisory_lock(%s)", [migrations._LOCK])
        second = pool.submit(migrate, postgres_url)
        with plainly(postgres_url) as looking:
            while looking.execute(waiting, [first.info.backend_pid]).fetchone() == (0,):
                assert not second.done()
        first.execute(MADE)
        assert not second.done()
        first.execute("SELECT pg_advisory_unlock(%s)", [migrations._LOCK])
        second.result()
    assert is_valid(postgres_url)
    assert revision(postgres_url).up_to_date


@pytest.mark.parametrize("file", VERSIONS, ids=lambda file: file.stem)
def test_a_revision_lets_people_work(file: Path) -> None:
    if int(file.stem[1:5]) >= FIRST_ONLINE:
        assert complaints(file.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("statement", "fine"),
    [
        ("ALTER TABLE step ADD COLUMN later integer NOT NULL", False),
        ("ALTER TABLE step ADD COLUMN later integer NOT NULL DEFAULT 0", True),
        ("ALTER TABLE step ADD COLUMN later integer", True),
        ("ALTER TABLE step ALTER COLUMN level TYPE bigint", False),
        ("ALTER TABLE step ALTER COLUMN assignee SET NOT NULL", False),
        ("ALTER TABLE step ADD CONSTRAINT c CHECK (level >= 0)", False),
        ("ALTER TABLE step ADD CONSTRAINT c CHECK (level >= 0) NOT VALID", True),
        ("ALTER TABLE step RENAME COLUMN level TO rung", False),
        ("LOCK TABLE step", False),
        ("CREATE INDEX ix_step_level ON step (level)", False),
        ("CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_step_level ON step (level)", True),
        ("CREATE TABLE later (id int NOT NULL); CREATE INDEX ix_later ON later (id)", True),
    ],
)
def test_what_would_stop_them_is_noticed(statement: str, fine: bool) -> None:
    source = f"def upgrade():\n    op.execute({statement!r})\n\ndef downgrade():\n    pass\n"
    assert (complaints(source) == []) is fine
