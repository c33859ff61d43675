"""The production topology without containers: servers that run, and our processes as they are many.

Two workers and two API processes on one database and one engine, and the proxy of `deploy/` before
them.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from itertools import cycle
from pathlib import Path
from typing import Self

import httpx

from groundwork.runtime.processes import free_ports

BIN = Path(sys.executable).parent
CADDYFILE = Path(__file__).parents[2] / "deploy" / "caddy" / "Caddyfile"
QUEUE = "cluster"
PATIENCE = 150
"""Seconds that a busy machine may take to start everything."""


class Cluster:
    """Everything that `docker-compose.yml` runs of ours."""

    def __init__(self, database: str, temporal: str, home: Path) -> None:
        self._ports = free_ports(3)
        self.apis = [f"http://127.0.0.1:{port}" for port in self._ports[:2]]
        self.site = f"http://127.0.0.1:{self._ports[2]}"
        self.token = ""
        self._home = home
        self._environment = {
            **os.environ,
            "DATABASE_URL": database,
            "TEMPORAL_ADDRESS": temporal,
            "GROUNDWORK_DATA_DIR": str(home),
            "GROUNDWORK_TASK_QUEUE": QUEUE,
            "GROUNDWORK_PUBLIC_URL": self.site,
            "GROUNDWORK_TRUSTED_PROXIES": "127.0.0.1",
        }
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._clients: dict[str, httpx.AsyncClient] = {}

    async def __aenter__(self) -> Self:
        try:
            await self._open()
        except BaseException:
            for process in self._running.values():
                process.kill()
                process.wait()
            raise
        return self

    async def _open(self) -> None:
        prepared = subprocess.run(  # noqa: ASYNC221 -- nothing else runs yet
            [BIN / "groundwork", "prepare", "--json"],
            env=self._environment,
            capture_output=True,
            check=True,
        )
        self.token = json.loads(prepared.stdout)["administrator_token"]
        for number in (1, 2):
            self._start(f"worker-{number}", [sys.executable, "-m", "groundwork.worker"])
            port = {"GROUNDWORK_PORT": str(self._ports[number - 1])}
            self._start(f"api-{number}", [sys.executable, "-m", "groundwork.api"], port)
        upstreams = " ".join(["to", *self._upstreams()])
        site = {"SITE_ADDRESS": self.site, "API_UPSTREAMS": upstreams}
        caddy = [str(BIN / "caddy"), "run", "--adapter", "caddyfile", "--config", str(CADDYFILE)]
        # It keeps its state where its home is.
        self._start("proxy", caddy, {**site, "HOME": str(self._home), "XDG_DATA_HOME": ""})
        for url in (*self.apis, self.site):
            self._clients[url] = httpx.AsyncClient(
                base_url=f"{url}/api/v1",
                headers={"Authorization": f"Bearer {self.token}"},
                timeout=15,
            )
            await self._lives(url)

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients.values():
            await client.aclose()
        for process in self._running.values():
            process.terminate()
        for name, process in self._running.items():
            assert process.wait(30) == 0, name

    def _upstreams(self) -> Iterator[str]:
        yield from (url.removeprefix("http://") for url in self.apis)

    def _start(self, name: str, command: list[str], more: Mapping[str, str] | None = None) -> None:
        with (self._home / f"{name}.log").open("wb") as log:
            self._running[name] = subprocess.Popen(
                command, env={**self._environment, **(more or {})}, stdout=log, stderr=log
            )

    async def _lives(self, url: str) -> None:
        async with asyncio.timeout(PATIENCE), httpx.AsyncClient(base_url=url) as client:
            while True:
                try:
                    if (await client.get("/healthz")).status_code == httpx.codes.OK:
                        return
                except httpx.TransportError:
                    pass
                for name, process in self._running.items():
                    log = (self._home / f"{name}.log").read_text()
                    assert process.poll() is None, f"{name}: {log[-2000:]}"
                await asyncio.sleep(0.05)

    def kill(self, name: str) -> None:
        """End a process as a power cut would; nobody starts it again."""
        process = self._running.pop(name)
        assert process.poll() is None
        process.kill()
        process.wait()

    def client(self, url: str) -> httpx.AsyncClient:
        """A client signed in as the administrator, at one API or at the proxy."""
        return self._clients[url]

    def turns(self) -> Iterator[httpx.AsyncClient]:
        """The proxy and each API in turn, for ever; a process that was killed among them."""
        return cycle(self._clients.values())
