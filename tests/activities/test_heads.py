"""Signed heads on the engine: signed at once, made up for, stamped, and never without a key."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import Worker

from groundwork.activities.heads import NO_KEY, HeadActivities
from groundwork.activities.stamping import NotStamped, TimeStamper
from groundwork.domain.calendar import local_date
from groundwork.runtime.head_schedule import head_schedule_id, schedule_heads
from groundwork.store.audit import one_moment, verify_on
from groundwork.store.engine import create_engine
from groundwork.store.signatures import SigningKey
from groundwork.store.signed_heads import SignedHeads
from groundwork.workflows.signed_head import SignedHeadOfDay
from tests.activities.authority import Authority, time_stamp_authority

KEY = SigningKey.new()


@pytest.fixture
async def engine(migrated_url: str) -> AsyncIterator[AsyncEngine]:
    """A database without events."""
    engine = create_engine(migrated_url)
    yield engine
    await engine.dispose()


@pytest.fixture
def heads(engine: AsyncEngine) -> SignedHeads:
    """Its signed heads."""
    return SignedHeads(engine)


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    """A time-stamp authority."""
    with time_stamp_authority(tmp_path) as authority:
        yield authority


@asynccontextmanager
async def working(client: Client, queue: str, activities: HeadActivities) -> AsyncIterator[None]:
    async with Worker(
        client,
        task_queue=queue,
        workflows=[SignedHeadOfDay],
        activities=[activities.sign, activities.stamp],
    ):
        yield


def yesterday() -> str:
    return str(local_date(datetime.now(UTC)) - timedelta(days=1))


async def test_the_schedule_signs_at_once_and_again_only_what_is_due(
    temporal_client: Client, heads: SignedHeads, free_port: int
) -> None:
    queue = f"heads-{free_port}"
    async with working(temporal_client, queue, HeadActivities(heads, lambda: KEY)):
        await schedule_heads(temporal_client, queue, time(0, 20))
        while not await heads.list():
            await asyncio.sleep(0.05)
        await schedule_heads(temporal_client, queue, time(0, 30))
        again = await temporal_client.execute_workflow(
            SignedHeadOfDay.run, id=f"again-{queue}", task_queue=queue
        )
    assert again == 0
    (head,) = await heads.list()
    assert str(head.day) == yesterday()
    handle = temporal_client.get_schedule_handle(head_schedule_id(queue))
    (calendar,) = (await handle.describe()).schedule.spec.calendars
    assert calendar.minute[0].start == 30
    await handle.delete()


async def test_without_a_key_nothing_is_signed_and_the_run_says_so(
    temporal_client: Client, heads: SignedHeads, free_port: int
) -> None:
    queue = f"heads-{free_port}"
    async with working(temporal_client, queue, HeadActivities(heads, lambda: None)):
        with pytest.raises(WorkflowFailureError) as failure:
            await temporal_client.execute_workflow(SignedHeadOfDay.run, id=queue, task_queue=queue)
    cause = failure.value.cause.__cause__
    assert isinstance(cause, ApplicationError)
    assert cause.type == NO_KEY
    assert await heads.list() == []


@pytest.mark.parametrize("content", [None, b"no key", b""])
async def test_a_key_file_that_cannot_be_used_is_no_key(
    heads: SignedHeads, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "key.pem"
    if content is not None:
        file.write_bytes(content)
    activities = HeadActivities(heads, lambda: SigningKey.read(file.read_bytes()))
    with pytest.raises(ApplicationError) as failure:
        await ActivityEnvironment().run(activities.sign, datetime.now(UTC))
    assert failure.value.non_retryable
    assert str(tmp_path) not in str(failure.value)


class TestStamps:
    async def test_an_authority_that_was_away_stamps_later_and_the_head_stands(
        self,
        temporal_client: Client,
        engine: AsyncEngine,
        heads: SignedHeads,
        authority: Authority,
        free_port: int,
    ) -> None:
        authority.away, queue = True, f"heads-{free_port}"
        activities = HeadActivities(heads, lambda: KEY, TimeStamper(authority.url, 10))
        async with working(temporal_client, queue, activities):
            running = await temporal_client.start_workflow(
                SignedHeadOfDay.run, id=queue, task_queue=queue
            )
            while not await heads.list():
                await asyncio.sleep(0.05)
            (head,) = await heads.list()
            assert head.stamp is None
            authority.away = False
            assert await running.result() == 1
        (head,) = await heads.list()
        assert head.stamp is not None
        async with one_moment(engine) as connection:
            assert await verify_on(connection) == []

    async def test_an_old_answer_is_not_taken_for_a_new_one(self, authority: Authority) -> None:
        stamper = TimeStamper(authority.url, 10)
        await stamper.stamp("head-v1:first")
        authority.stale = authority.last
        for head in ("head-v1:first", "head-v1:second"):
            with pytest.raises(NotStamped, match="not_granted"):
                await stamper.stamp(head)

    async def test_what_is_no_answer_is_refused(self, authority: Authority) -> None:
        authority.stale = b"<html>"
        with pytest.raises(NotStamped, match="unreadable"):
            await TimeStamper(authority.url, 10).stamp("head-v1:first")

    async def test_an_authority_that_is_not_there(self, free_port: int) -> None:
        stamper = TimeStamper(f"http://127.0.0.1:{free_port}", 10)
        with pytest.raises(NotStamped, match="unreachable"):
            await stamper.stamp("head-v1:first")

    async def test_a_stamp_of_another_head_is_found(
        self, engine: AsyncEngine, heads: SignedHeads, authority: Authority
    ) -> None:
        (day,) = await heads.sign(datetime.now(UTC), KEY)
        other = await TimeStamper(authority.url, 10).stamp("head-v1:other")
        await heads.stamp(day, authority.url, other)
        async with one_moment(engine) as connection:
            (finding,) = await verify_on(connection)
        assert "time stamp" in finding.detail
