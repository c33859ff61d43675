"""Metrics and health of a process, asked for as Prometheus and a supervisor would."""

import asyncio
import socket
import time
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from typing import Any

import httpx
import pytest
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.parser import text_string_to_metric_families

from groundwork.runtime import monitor
from groundwork.runtime.metrics import timed_decision
from groundwork.runtime.monitor import Monitor, MonitorError, Source

HOST = "127.0.0.1"
SETTING = "GROUNDWORK_WORKER_METRICS_PORT"


async def ask(port: int, path: str) -> httpx.Response:
    async with httpx.AsyncClient(
        base_url=f"http://{HOST}:{port}", timeout=30, trust_env=False
    ) as http:
        return await http.get(path)


async def figures(port: int) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every sample by its name and labels."""
    families = text_string_to_metric_families((await ask(port, "/metrics")).text)
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


class Counting:
    """A source that tells how often it was asked, until it fails."""

    def __init__(self) -> None:
        self.asked = 0
        self.fails = False

    async def collect(self) -> Iterable[Metric]:
        if self.fails:
            raise ConnectionError
        self.asked += 1
        return [GaugeMetricFamily("asked", "How often.", value=self.asked)]


async def test_it_offers_what_the_process_counts_and_what_others_know(free_port: int) -> None:
    source = Counting()
    async with Monitor(HOST, free_port, SETTING, sources=[Source("test", source.collect)]):
        with timed_decision("decide") as decision:
            decision.outcome = "tested"
        told = await figures(free_port)
    labels = frozenset({("verb", "decide"), ("outcome", "tested")})
    assert told["groundwork_commands_total", labels] == 1
    assert told["asked", frozenset()] == 1
    assert told["groundwork_source_up", frozenset({("source", "test")})] == 1


async def test_a_source_is_asked_once_however_many_scrape(free_port: int) -> None:
    source = Counting()
    async with Monitor(HOST, free_port, SETTING, sources=[Source("test", source.collect)]):
        await asyncio.gather(*(figures(free_port) for _ in range(4)))
    assert source.asked == 1


async def test_a_source_that_fails_takes_nothing_else_with_it(
    free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monitor, "FRESH_SECONDS", 0)
    source = Counting()
    async with Monitor(HOST, free_port, SETTING, sources=[Source("test", source.collect)]):
        assert ("asked", frozenset()) in await figures(free_port)
        source.fails = True
        told = await figures(free_port)
    assert told["groundwork_source_up", frozenset({("source", "test")})] == 0
    assert ("asked", frozenset()) not in told


async def silent() -> Iterable[Metric]:
    await asyncio.Event().wait()
    return []


async def deaf() -> Iterable[Metric]:
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
    return await silent()


@pytest.mark.parametrize("source", [silent, deaf])
async def test_sources_that_are_silent_at_once_are_all_told(
    source: Callable[[], Coroutine[Any, Any, Iterable[Metric]]],
    free_port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(monitor, "ANSWER_SECONDS", 1)
    names = ("store", "engine", "another")
    async with Monitor(HOST, free_port, SETTING, sources=[Source(name, source) for name in names]):
        told = await figures(free_port)
    for name in names:
        assert told["groundwork_source_up", frozenset({("source", name)})] == 0


@pytest.mark.parametrize("source", [silent, deaf])
async def test_a_silent_source_does_not_silence_the_others(
    source: Callable[[], Coroutine[Any, Any, Iterable[Metric]]],
    free_port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(monitor, "ANSWER_SECONDS", 1)
    sources = [Source("store", source), Source("engine", Counting().collect)]
    async with Monitor(HOST, free_port, SETTING, sources=sources):
        told = await figures(free_port)
    assert told["groundwork_source_up", frozenset({("source", "store")})] == 0
    assert told["groundwork_source_up", frozenset({("source", "engine")})] == 1


@pytest.mark.parametrize("source", [silent, deaf])
async def test_ready_blames_no_part_for_the_silence_of_another(
    source: Callable[[], Coroutine[Any, Any, Iterable[Metric]]],
    free_port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(monitor, "CHECK_SECONDS", 0.2)

    async def store() -> bool:
        return bool(await source())

    async def engine() -> bool:
        return True

    async with Monitor(HOST, free_port, SETTING, checks={"store": store, "engine": engine}):
        ready = await ask(free_port, "/readyz")
    assert ready.status_code == 503
    assert ready.json()["parts"] == {"process": True, "store": False, "engine": True}


async def test_ready_names_the_part_that_does_not_work(free_port: int) -> None:
    works = True

    async def part() -> bool:
        return works

    async with Monitor(HOST, free_port, SETTING, checks={"store": part}):
        well = await ask(free_port, "/readyz")
        works = False
        ailing = await ask(free_port, "/readyz")
    assert (well.status_code, well.json()["parts"]) == (200, {"process": True, "store": True})
    assert (ailing.status_code, ailing.json()["status"]) == (503, "not ready")
    assert ailing.json()["parts"] == {"process": True, "store": False}


async def test_a_process_that_does_nothing_any_more_is_not_alive(
    free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monitor, "ANSWER_SECONDS", 0.2)
    async with Monitor(HOST, free_port, SETTING):
        assert (await ask(free_port, "/healthz")).status_code == 200
        url = f"http://{HOST}:{free_port}/healthz"
        asking = asyncio.to_thread(httpx.get, url, trust_env=False)
        task = asyncio.create_task(asking)
        await asyncio.sleep(0)
        time.sleep(1.5)  # noqa: ASYNC251 -- this is what is to be noticed
        stuck = await task
        again = await ask(free_port, "/healthz")
    assert (stuck.status_code, stuck.json()["status"]) == (503, "not alive")
    assert again.status_code == 200


async def test_nothing_else_is_there(free_port: int) -> None:
    async with Monitor(HOST, free_port, SETTING):
        assert (await ask(free_port, "/")).status_code == 404
    with pytest.raises(httpx.ConnectError):
        await ask(free_port, "/metrics")


async def test_who_connects_and_says_nothing_is_left(
    free_port: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(monitor._Quiet, "timeout", 0.2)
    async with Monitor(HOST, free_port, SETTING):
        reader, writer = await asyncio.open_connection(HOST, free_port)
        async with asyncio.timeout(10):
            assert await reader.read() == b""
        writer.close()
    assert "Traceback" not in capfd.readouterr().err


async def test_it_says_when_its_port_is_taken() -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(MonitorError, match=f"{port}.*{SETTING}"):
            async with Monitor(HOST, port, SETTING):
                pass
