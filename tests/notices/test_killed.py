"""A worker is killed with the post half done; each notice arrives once, known by its Message-ID."""

import asyncio
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.client import Client, ScheduleActionExecutionStartWorkflow

from groundwork.domain.post import Rhythm, message_id
from groundwork.runtime.embedded import EmbeddedTemporal
from groundwork.runtime.postal import postman_id, schedule_id
from tests.notices.town import Receiver, Sink, Town

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(90)


class Workers:
    """Starts worker processes on one task queue."""

    def __init__(self, address: str, database: str, trusted: str) -> None:
        self.queue = f"post-{uuid4().hex[:8]}"
        self._arguments = [address, self.queue, database, trusted]

    @contextmanager
    def one(self) -> Iterator[subprocess.Popen[str]]:
        command = [sys.executable, "-m", "tests.notices.small_worker", *self._arguments]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "serves\n"
            yield process
        finally:
            process.kill()
            process.communicate()


@pytest.fixture
async def workers(
    temporal_server: EmbeddedTemporal,
    temporal_client: Client,
    migrated_url: str,
    sink: Sink,
    hook: Receiver,
) -> AsyncIterator[Workers]:
    trusted = f"{sink.host},127.0.0.1:{hook.port}"
    workers = Workers(temporal_server.address, migrated_url, trusted)
    yield workers
    await temporal_client.get_workflow_handle(postman_id(workers.queue)).terminate()
    for rhythm in (Rhythm.DAILY, Rhythm.WEEKLY):
        handle = temporal_client.get_schedule_handle(schedule_id(workers.queue, rhythm))
        await handle.delete()


async def settled(town: Town) -> list[str]:
    """The ids of all deliveries, once every one is sent."""
    while True:
        rows = await town.sql("SELECT id, status FROM delivery")
        if rows and all(row.status == "sent" for row in rows):
            return [row.id for row in rows]
        await asyncio.sleep(0.1)


async def test_killed_between_planning_and_sending(
    town: Town, sink: Sink, workers: Workers
) -> None:
    for who in ("housekeeper", "officer"):
        await town.channel(who, sink.url(f"{who}@example.cn"))
    # The channels rest, as after a failure: the worker plans and dies before it may send.
    await town.sql("UPDATE channel SET retry_at = now() + interval '1 hour'")
    await town.launch()
    await town.receive()
    with workers.one():
        while len(await town.sql("SELECT 1 FROM delivery")) < 3:
            await asyncio.sleep(0.05)
    assert sink.mails == []
    await town.sql("UPDATE channel SET retry_at = NULL")
    with workers.one():
        ids = await settled(town)
    assert sorted(sink.ids()) == sorted(message_id(one) for one in ids)
    assert await town.told("officer") == ["step_received"]


async def test_killed_in_the_middle_of_sending(town: Town, sink: Sink, workers: Workers) -> None:
    await town.channel("officer", sink.url())
    await town.launch()
    await town.receive()
    sink.before_answer = threading.Event()
    with workers.one() as process:
        await asyncio.to_thread(sink.received.wait, 30)
        # The server has the mail, and the worker dies before it hears so.
        process.kill()
        process.wait()
    sink.before_answer.set()
    sink.before_answer = None
    with workers.one():
        (only,) = await settled(town)
    assert set(sink.ids()) == {message_id(only)}
    assert [row.attempts for row in await town.sql("SELECT attempts FROM delivery")] == [2]
    assert await town.told("officer") == ["step_received"]


async def test_two_workers_send_everything_once(town: Town, sink: Sink, workers: Workers) -> None:
    await town.channel("officer", sink.url())
    await town.channel("housekeeper", sink.url())
    with workers.one(), workers.one():
        for _ in range(8):
            await town.launch()
            await town.receive()
        while len(await town.sql("SELECT 1 FROM delivery")) < 24:
            await asyncio.sleep(0.1)
        ids = await settled(town)
    assert Counter(sink.ids()) == Counter(message_id(one) for one in ids)
    assert len(ids) == 24


async def test_starting_again_leaves_one_postman_and_one_schedule_of_each_kind(
    town: Town, workers: Workers, temporal_client: Client
) -> None:
    postman = temporal_client.get_workflow_handle(postman_id(workers.queue))
    with workers.one():
        first = (await postman.describe()).run_id
    with workers.one():
        described = await postman.describe()
        assert described.run_id == first
    for rhythm in (Rhythm.DAILY, Rhythm.WEEKLY):
        handle = temporal_client.get_schedule_handle(schedule_id(workers.queue, rhythm))
        spec = (await handle.describe()).schedule.spec
        assert spec.time_zone_name == "Asia/Shanghai"
        assert [one.hour[0].start for one in spec.calendars] == [8]


async def test_a_digest_that_a_schedule_starts_is_delivered(
    town: Town, sink: Sink, workers: Workers, temporal_client: Client
) -> None:
    await town.channel("officer", sink.url(), rhythm=Rhythm.DAILY.value)
    await town.launch()
    await town.receive()
    with workers.one():
        while not await town.told("officer"):
            await asyncio.sleep(0.1)
        handle = temporal_client.get_schedule_handle(schedule_id(workers.queue, Rhythm.DAILY))
        await handle.trigger()
        while not (actions := (await handle.describe()).info.recent_actions):
            await asyncio.sleep(0.1)
        action = actions[0].action
        assert isinstance(action, ScheduleActionExecutionStartWorkflow)
        started = action.workflow_id
        composed = await temporal_client.get_workflow_handle(started).result()
        rows = await town.sql("SELECT 1 FROM notice WHERE kind = 'digest'")
        assert len(rows) == composed
        if composed:
            await settled(town)
    assert len(set(sink.ids())) == composed
