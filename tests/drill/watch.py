"""Prometheus' own server, with the committed rules in a hurry, and what it says."""

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import yaml

from groundwork.runtime.processes import ManagedProcess, Program, free_port
from tests.drill.hurry import committed, configuration, hurried

START_SECONDS: Final = 30
LOOK_SECONDS: Final = 0.2
STEADY_SECONDS: Final = 6.0
"""For so long an alert must be silent to count as resting."""
EVERYBODY_TELLS: Final = (
    'sum(up{job="groundwork-api"}) > 0 and sum(up{job="groundwork-worker"}) > 0'
    " and count(groundwork_source_up) > 0"
)
MISSING: Final = "prometheus is missing: on Debian, it comes with the package prometheus"


def program() -> str | None:
    """Where the server is; None where it is not installed."""
    return shutil.which("prometheus")


class Watch:
    """A server that runs. Its alerts are those of the file, and no others."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def firing(self) -> set[str]:
        """The names of the alerts that fire now."""
        alerts = (await self._asked("alerts"))["alerts"]
        return {one["labels"]["alertname"] for one in alerts if one["state"] == "firing"}

    async def until_firing(self, alert: str, seconds: float) -> bool:
        """Whether the alert fires within so many seconds."""
        return await self._until(lambda firing: alert in firing, seconds)

    async def until_resting(self, alerts: Collection[str], seconds: float) -> float | None:
        """When (`time.monotonic`) the alerts began to rest for good; None: not in so many seconds.

        While nobody tells figures most alerts are silent, which is no rest.
        """
        since, until = None, time.monotonic() + seconds
        while (now := time.monotonic()) < until:
            told = await self.value(EVERYBODY_TELLS)
            if told is None or not (await self.firing()).isdisjoint(alerts):
                since = None
            elif since is None:
                since = now
            elif now - since >= STEADY_SECONDS:
                return since
            await asyncio.sleep(LOOK_SECONDS)
        return None

    async def value(self, expression: str) -> float | None:
        """What an expression comes to; None where there is nothing."""
        result = (await self._asked("query", query=expression))["result"]
        return float(result[0]["value"][1]) if result else None

    async def _until(self, holds: Callable[[set[str]], bool], seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                while not holds(await self.firing()):
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            return False
        return True

    async def _asked(self, question: str, **more: str) -> dict[str, Any]:
        answer = await self._http.get(f"/api/v1/{question}", params=more)
        data: dict[str, Any] = answer.raise_for_status().json()["data"]
        return data


@asynccontextmanager
async def watching(folder: Path, jobs: dict[str, list[str]], factor: float) -> AsyncIterator[Watch]:
    """Have the server watch these addresses; its waits are divided by the factor."""
    found = program()
    assert found, MISSING
    port = free_port()
    server = ManagedProcess(Program("prometheus", list(_command(found, folder, port))))
    _write(folder / "alerts.yml", hurried(committed(), factor))
    _write(folder / "prometheus.yml", configuration(jobs))
    server.start()
    try:
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
            await _ready(http, server)
            yield Watch(http)
    finally:
        await asyncio.to_thread(server.stop)


def _command(found: str, folder: Path, port: int) -> Iterator[str]:
    yield os.fspath(found)
    yield f"--config.file={folder / 'prometheus.yml'}"
    yield f"--storage.tsdb.path={folder / 'series'}"
    yield f"--web.listen-address=127.0.0.1:{port}"
    yield "--log.level=warn"


def _write(file: Path, document: dict[str, Any]) -> None:
    file.write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")


async def _ready(http: httpx.AsyncClient, server: ManagedProcess) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            assert server.running, server.obituary()
            try:
                if (await http.get("/-/ready")).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(LOOK_SECONDS)
