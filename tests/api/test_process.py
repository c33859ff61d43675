"""The API as a process: it starts, serves, and ends in order."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from groundwork.runtime import processes
from groundwork.runtime.embedded import EmbeddedTemporal
from tests.api.house import PREFIX, Cast

ARGV = (sys.executable, "-m", "groundwork.api")


@asynccontextmanager
async def serving(port: int, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that serves the API; ended by force if the test did not end it."""
    process = await asyncio.create_subprocess_exec(
        *ARGV,
        env={**os.environ, "GROUNDWORK_PORT": str(port), **environment},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_it_serves_and_ends_with_a_connection_open(
    database: str, cast: Cast, temporal_server: EmbeddedTemporal, free_port: int
) -> None:
    environment = {"DATABASE_URL": database, "TEMPORAL_ADDRESS": temporal_server.address}
    async with (
        serving(free_port, **environment, GROUNDWORK_LOG_FORMAT="json") as process,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{free_port}") as http,
    ):
        while not await answers(http):
            assert process.returncode is None
            await asyncio.sleep(0.05)
        token = {"Authorization": f"Bearer {cast.tokens['housekeeper']}"}
        response = await http.get(f"{PREFIX}/chains", headers=token, params={"project": "机密"})
        assert response.json() == {"items": [], "next": None}
        assert "server" not in response.headers
        chain = "land-to-construction.2603-440784-04-01-000001"
        unknown = await http.get(f"{PREFIX}/chains/{chain}", headers=token)

        process.send_signal(signal.SIGTERM)
        _, logged = await process.communicate()
        assert process.returncode == 0
        text = logged.decode()
        assert '"route"' in text
        assert "机密" not in text
        assert cast.tokens["housekeeper"] not in text
        assert "Traceback" not in text
        lines = [json.loads(line) for line in text.splitlines()]
        asked = unknown.headers["x-request-id"]
        assert [one["chain"] for one in lines if one.get("request_id") == asked] == [chain]


async def answers(http: httpx.AsyncClient, base: str = "") -> bool:
    """Whether everything is ready."""
    try:
        return (await http.get(f"{base}/readyz")).status_code == 200
    except httpx.TransportError:
        return False


async def test_it_lives_before_database_and_engine_do(free_port: int) -> None:
    nowhere = f"postgresql://nobody:hunter2@127.0.0.1:{processes.free_port()}/none"
    async with (
        serving(
            free_port, DATABASE_URL=nowhere, GROUNDWORK_TEMPORAL_PORT=str(processes.free_port())
        ) as process,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{free_port}") as http,
    ):
        while not await lives(http):
            assert process.returncode is None
            await asyncio.sleep(0.05)
        ready = await http.get("/readyz")
        assert ready.json()["parts"] == {"store": False, "engine": False}
        process.send_signal(signal.SIGINT)
        _, logged = await process.communicate()
        assert process.returncode == 0
        assert "hunter2" not in logged.decode()


async def lives(http: httpx.AsyncClient) -> bool:
    """Whether the process answers."""
    try:
        return (await http.get("/healthz")).status_code == 200
    except httpx.TransportError:
        return False


async def test_it_says_what_is_missing(free_port: int) -> None:
    async with serving(free_port) as process:
        _, said = await process.communicate()
    assert process.returncode == 1
    assert "DATABASE_URL" in said.decode()
    assert "Traceback" not in said.decode()
