"""What Prometheus and a supervisor are told by processes that work, and by those that cannot."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.commands import Envelope, Receive
from groundwork.domain.model import Actor, Role
from groundwork.runtime import processes
from groundwork.runtime.embedded import EmbeddedPostgres, EmbeddedTemporal
from groundwork.runtime.monitor import Monitor
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import connect
from groundwork.worker import running_worker, watched
from tests.api.house import House, fresh_key
from tests.api.test_outages import frozen, nobody_connects
from tests.runtime.test_monitor import ask, figures

WORKER = (sys.executable, "-m", "groundwork.worker")


async def parts(port: int) -> dict[str, bool]:
    told: dict[str, bool] = (await ask(port, "/readyz")).json()["parts"]
    return told


async def until(port: int, **wanted: bool) -> None:
    """Return once a worker says so; the test's own timeout ends a wait in vain."""
    while not (await parts(port)).items() >= wanted.items():
        await asyncio.sleep(0.1)


async def test_a_worker_is_ready_while_database_engine_and_its_own_polling_work(
    engine: AsyncEngine, database: str, engine_settings: Settings, free_port: int
) -> None:
    server = EmbeddedTemporal(port=processes.free_port())
    await server.start()
    settings = engine_settings.model_copy(
        update={"temporal_address": server.address, "worker_metrics_port": free_port}
    )
    client = await connect(settings)
    try:
        async with (
            running_worker(client, engine, settings.task_queue) as worker,
            watched(settings, engine, client, worker, None),
        ):
            await until(free_port, store=True, engine=True, poller=True)
            assert (await ask(free_port, "/readyz")).status_code == 200
            async with nobody_connects(database):
                await until(free_port, store=False, engine=True, poller=True)
                assert (await ask(free_port, "/readyz")).status_code == 503
                assert (await ask(free_port, "/healthz")).status_code == 200
            await until(free_port, store=True)
        async with watched(settings, engine, client, worker, None):
            # It polls no more, although the engine remembers that it did a moment ago.
            assert await parts(free_port) == {
                "process": True,
                "store": True,
                "engine": True,
                "poller": False,
            }
            await server.stop()
            await until(free_port, store=True, engine=False, poller=False)
    finally:
        await server.stop()


async def test_a_worker_blames_the_frozen_database_alone(
    engine: AsyncEngine,
    engine_settings: Settings,
    postgres_server: EmbeddedPostgres,
    free_port: int,
) -> None:
    settings = engine_settings.model_copy(update={"worker_metrics_port": free_port})
    client = await connect(settings)
    async with (
        running_worker(client, engine, settings.task_queue) as worker,
        watched(settings, engine, client, worker, None),
    ):
        await until(free_port, store=True, engine=True, poller=True)
        with frozen(postgres_server):
            ready = await ask(free_port, "/readyz")
            told = await figures(free_port)
        assert ready.status_code == 503
        assert ready.json()["parts"] == {
            "process": True,
            "store": False,
            "engine": True,
            "poller": True,
        }
        up = "groundwork_source_up"
        assert told[up, frozenset({("source", "store")})] == 0
        assert told[up, frozenset({("source", "engine")})] == 1
        await until(free_port, store=True)


async def test_a_worker_that_another_task_queue_serves_is_not_ready(
    engine: AsyncEngine, engine_settings: Settings, free_port: int
) -> None:
    settings = engine_settings.model_copy(update={"worker_metrics_port": free_port})
    client = await connect(settings)
    elsewhere = settings.model_copy(update={"task_queue": f"{settings.task_queue}-elsewhere"})
    async with (
        running_worker(client, engine, settings.task_queue) as worker,
        watched(elsewhere, engine, client, worker, None),
    ):
        assert (await parts(free_port))["poller"] is False


async def test_what_the_sdks_core_says_is_an_entry_like_any_other(
    database: str, engine_settings: Settings, free_port: int
) -> None:
    server = EmbeddedTemporal(port=processes.free_port())
    await server.start()
    settings = engine_settings.model_copy(update={"temporal_address": server.address})
    core: list[dict[str, str]] = []
    try:
        async with working(free_port, settings, DATABASE_URL=database) as process:
            assert process.stderr is not None
            while not await ready(free_port):
                assert process.returncode is None
                await asyncio.sleep(0.1)
            await server.stop()
            while not core:
                entry = json.loads(await process.stderr.readline())
                assert {"event", "level", "logger", "timestamp"} <= entry.keys()
                core += [entry] if entry["logger"] == "temporalio.core" else []
    finally:
        await server.stop()
    assert core[0]["level"] == "warning"
    assert "\x1b" not in core[0]["event"]
    assert "temporal_log" not in core[0]


@asynccontextmanager
async def working(
    port: int, settings: Settings, **more: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker's process with metrics, ended by force if the test did not end it."""
    process = await asyncio.create_subprocess_exec(
        *WORKER,
        env={
            **os.environ,
            "TEMPORAL_ADDRESS": str(settings.temporal_address),
            "GROUNDWORK_TASK_QUEUE": settings.task_queue,
            "GROUNDWORK_WORKER_METRICS_PORT": str(port),
            "GROUNDWORK_LOG_FORMAT": "json",
            **more,
        },
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_worker_tells_what_it_did_what_the_record_holds_and_how_the_sdk_fares(
    idle_house: House, database: str, free_port: int
) -> None:
    settings = idle_house.resources.settings
    async with working(free_port, settings, DATABASE_URL=database) as process:
        while not await ready(free_port):
            assert process.returncode is None
            await asyncio.sleep(0.1)
        chain = await idle_house.launch()
        told = await figures(free_port)
        async with nobody_connects(database):
            await receive(idle_house, chain)
            while not await failures(free_port):
                await asyncio.sleep(0.1)
        process.terminate()
        _, logged = await process.communicate()
    assert process.returncode == 0
    names = {name for name, _ in told}
    assert told["groundwork_events_recorded_total", frozenset()] > 0
    assert told["groundwork_source_up", frozenset({("source", "store")})] == 1
    assert told["groundwork_source_up", frozenset({("source", "engine")})] == 1
    assert "groundwork_open_steps" in names
    assert "groundwork_engine_workflows" in names
    assert {"temporal_worker_task_slots_available", "temporal_num_pollers"} <= names
    lines = [json.loads(line) for line in logged.splitlines()]
    failed = next(line for line in lines if line.get("activity") == "record")
    assert failed.items() >= {"chain": chain, "workflow_id": chain, "attempt": 1}.items()
    assert failed["run_id"]


async def receive(house: House, chain: str) -> None:
    """What the API does for a housekeeper, which itself needs the database."""
    by = Actor(id=house.people["housekeeper"], role=Role.HOUSEKEEPER)
    command = Receive(step="L01")
    envelope = Envelope(key=fresh_key(), by=by, received_at=datetime.now(UTC), command=command)
    await (await house.resources.link.gateway()).act(chain, envelope)


async def failures(port: int) -> float:
    """How often writing to the record failed."""
    told = await figures(port)
    return sum(
        value for (name, _), value in told.items() if name == "groundwork_record_failures_total"
    )


async def ready(port: int) -> bool:
    try:
        return (await ask(port, "/readyz")).status_code == 200
    except httpx.TransportError:
        return False


async def test_a_worker_says_when_it_cannot_offer_metrics(
    idle_house: House, database: str, temporal_server: EmbeddedTemporal
) -> None:
    taken = int(temporal_server.address.rpartition(":")[2])
    settings = idle_house.resources.settings
    async with working(taken, settings, DATABASE_URL=database) as process:
        _, said = await process.communicate()
    assert process.returncode == 1
    assert f"127.0.0.1:{taken}" in said.decode()
    assert "Traceback" not in said.decode()


async def test_the_api_counts_commands_and_requests_without_naming_anybody(
    busy_house: House, free_port: int
) -> None:
    async with Monitor("127.0.0.1", free_port, "GROUNDWORK_API_METRICS_PORT"):
        before = await figures(free_port)
        chain = await busy_house.launch()
        await busy_house.act("housekeeper", chain, "receive", step="L01")
        refused = await busy_house.act("housekeeper", chain, "receive", step="L22")
        assert refused.status_code in {409, 422}
        await busy_house.http.request("BREW", "/nowhere/机密")
        after = await figures(free_port)
        text = (await ask(free_port, "/metrics")).text

    def grew(name: str, **labels: str) -> float:
        key = name, frozenset(labels.items())
        return after[key] - before.get(key, 0)

    assert grew("groundwork_commands_total", verb="receive", outcome="accepted") == 1
    assert grew("groundwork_commands_total", verb="receive", outcome="refused") == 1
    assert grew("groundwork_decision_duration_seconds_count", outcome="accepted") == 1
    route = "/api/v1/chains/{chain_id}/commands/receive"
    count = "groundwork_http_request_duration_seconds_count"
    assert grew(count, method="POST", route=route, status="200") == 1
    assert grew(count, method="other", route="none", status="404") == 1
    assert "机密" not in text
    assert "BREW" not in text
    assert chain not in text
    assert not any(person in text for person in busy_house.people.values())
