"""What a writer announces reaches every listener, and a listener survives the database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.calendar import Calendar
from groundwork.domain.commands import Envelope, Receive
from groundwork.domain.credit import CreditKind, CreditRecord, CreditReport, Severity
from groundwork.domain.model import Role
from groundwork.domain.rollout import RolloutProgress
from groundwork.runtime.embedded import EmbeddedPostgres
from groundwork.store import announcements
from groundwork.store.announcements import Announcements, Topic, announce
from groundwork.store.calendars import Calendars, Origin
from groundwork.store.credit import CreditRegister
from groundwork.store.duties import Duties, Written
from groundwork.store.engine import create_engine, transaction
from groundwork.store.pending import Pending, Refusal
from groundwork.store.people import People
from groundwork.store.recorder import Recorder
from groundwork.store.rollouts import Rollouts
from tests.heard import heard
from tests.store.histories import CHAIN, OFFICER, T0, History

Topics = asyncio.Queue[str | None]


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[Topics]:
    """What is heard from now on."""
    topics: Topics = asyncio.Queue()
    async with Announcements(url, topics.put_nowait):
        assert await topics.get() is None
        yield topics


@pytest.fixture
async def topics(database: str) -> AsyncIterator[Topics]:
    """What is heard of that database."""
    async with listening(database) as topics:
        yield topics


async def test_a_topic_is_heard_once_its_transaction_commits(
    engine: AsyncEngine, topics: Topics
) -> None:
    async with engine.connect() as connection:
        await announce(connection, Topic.CREDIT)
        await connection.rollback()
    async with transaction(engine) as connection:
        await announce(connection, Topic.NOTICES, "p-1", "p-2", "p-1")
        await announce(connection, Topic.CALENDARS)
        await asyncio.sleep(0.1)
        assert topics.empty()
    heard_topics = [await topics.get() for _ in range(3)]
    assert heard_topics == ["notices:p-1", "notices:p-2", "calendars"]


async def test_nothing_is_lost_while_the_connection_is_tried(
    engine: AsyncEngine, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcements, "QUIET_SECONDS", 0.01)
    people = [f"p-{number}" for number in range(200)]
    async with listening(database) as topics:
        for person in people:
            async with transaction(engine) as connection:
                await announce(connection, Topic.NOTICES, person)
        told = [await topics.get() for _ in people]
    assert [topic for topic in told if topic] == [f"notices:{person}" for person in people]


async def test_the_recorder_announces_its_chain(recorder: Recorder, topics: Topics) -> None:
    await recorder.record(History().batch())
    assert await topics.get() == f"chain:{CHAIN}"


async def test_duties_are_announced(engine: AsyncEngine, topics: Topics) -> None:
    people, duties = People(engine), Duties(engine)
    away = await people.create("甲", Role.OFFICER, "planning")
    deputy = await people.create("乙", Role.OFFICER, "planning")
    written = Written(away.id, "出差")
    days = (date(2026, 3, 2), date(2026, 3, 6))
    absence = await duties.set_absence(away.id, deputy.id, days, written)
    assert await topics.get() == "people"
    await duties.end_absence(absence["id"], written)
    assert await topics.get() == "people"


async def test_a_held_command_is_announced_to_its_author(
    engine: AsyncEngine, topics: Topics
) -> None:
    pending = Pending(engine)
    command = Receive(step="L01", materials=("plan",))
    for key in ("key-0001", "key-0002"):
        envelope = Envelope(key=key, by=OFFICER, received_at=T0, command=command)
        await pending.keep(CHAIN, envelope)
        await pending.keep(CHAIN, envelope)
        assert await topics.get() == f"held:{OFFICER.id}"
    await pending.refuse(CHAIN, "key-0001", Refusal("not_found", {}))
    assert await topics.get() == f"held:{OFFICER.id}"
    await pending.drop(CHAIN, "key-0002")
    assert await topics.get() == f"held:{OFFICER.id}"
    assert topics.empty()


async def test_credit_is_announced_once_a_report(engine: AsyncEngine, topics: Topics) -> None:
    record = CreditRecord(
        id="cr-1",
        subject="91440784MA4UQXXX00",
        kind=CreditKind.OTHER,
        severity=Severity.MINOR,
        decided_on=date(2026, 3, 2),
    )
    report = CreditReport(id="rp-1", record=record, publish_on=date(2026, 3, 9))
    for _ in range(2):
        await CreditRegister(engine).file(report)
    assert await topics.get() == "credit"
    assert topics.empty()


async def test_calendars_and_their_rollouts_are_announced(
    calendars: Calendars, rollouts: Rollouts, topics: Topics
) -> None:
    calendar = Calendar(version="cn-2026.9", source="test")
    origin = Origin(T0, "p-1", "amendment", None, "test", "")
    for _ in range(2):
        await calendars.add(calendar, origin)
        await calendars.publish(calendar.version, "p-1", "", T0)
    assert [await topics.get(), await topics.get()] == ["calendars"] * 2
    assert topics.empty()
    await rollouts.note(RolloutProgress(version=calendar.version, started_at=T0, updated_at=T0))
    assert await topics.get() == "calendars"


async def test_a_listener_survives_a_restart_of_the_database(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir, durable=False)
    await server.start()
    try:
        with heard(announcements) as log:
            async with listening(server.url()) as topics:
                await server.stop()
                await server.start()
                assert await topics.get() is None
                engine = create_engine(server.url())
                async with transaction(engine) as connection:
                    await announce(connection, Topic.PEOPLE)
                await engine.dispose()
                assert await topics.get() == "people"
        assert "not listening for changes" in [one["event"] for one in log]
    finally:
        await server.stop()
