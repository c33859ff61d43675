"""The installation on which alerts are rehearsed: real servers and processes, none kept running.

Whatever ends stays ended until the runbook's command, or who stands in for it, starts it again.
"""

import asyncio
import json
import os
import shlex
import subprocess
import sys
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path
from typing import Final, NamedTuple

import httpx

from groundwork.runtime.embedded import EmbeddedPostgres, EmbeddedTemporal, postgres_binaries
from groundwork.runtime.processes import ManagedProcess, Program, free_ports
from groundwork.store.signatures import SigningKey
from tests.bureaus import TOKEN as BUREAU_TOKEN
from tests.chaos.disk import Disk
from tests.drill.outside import Bureau
from tests.homes import short_home
from tests.notices.town import Sink, mail_server
from tests.rings import KEY_FILES, rings_in

BIN: Final = Path(sys.executable).parent
QUEUE: Final = "drill"
POSTGRES_MEBIBYTES: Final = 300
PATIENCE: Final = 90
"""Seconds that a busy machine may take to start something."""
LINES: Final = 2000


class Answered(NamedTuple):
    """What a command came to."""

    code: int
    printed: str


class Site:
    """Everything that belongs to it. Use `open_site`."""

    def __init__(self, home: Path, disk: Disk, bureau: Bureau, mail: Sink) -> None:
        self.home, self.disk, self.bureau, self.mail = home, disk, bureau, mail
        engine, api, *metrics = free_ports(5)
        self.postgres = EmbeddedPostgres(disk.folder)
        self.temporal = EmbeddedTemporal(port=engine, data_dir=home / "engine")
        self.database = self.postgres.url().replace("+psycopg", "")
        self.api = f"http://127.0.0.1:{api}"
        self.key_file = home / "audit-key.pem"
        self.documents = home / "documents"
        self.token = ""
        self.lines: deque[str] = deque(maxlen=LINES)
        self._metrics = dict(zip(("api", "worker", "worker-2"), metrics, strict=True))
        self._running: dict[str, ManagedProcess] = {}
        self._environment = {
            **os.environ,
            "PATH": os.pathsep.join([str(BIN), str(postgres_binaries()), os.environ["PATH"]]),
            "DATABASE_URL": self.database,
            "TEMPORAL_ADDRESS": self.temporal.address,
            "GROUNDWORK_DATA_DIR": str(home / "data"),
            "GROUNDWORK_TASK_QUEUE": QUEUE,
            "GROUNDWORK_DOCUMENTS_URL": str(self.documents),
            "GROUNDWORK_PORT": str(api),
            "GROUNDWORK_PUBLIC_URL": self.api,
            "GROUNDWORK_API_METRICS_PORT": str(self._metrics["api"]),
            "GROUNDWORK_AUDIT_KEY_FILE": str(self.key_file),
            "GROUNDWORK_CREDIT_URL": bureau.url,
            "GROUNDWORK_CREDIT_TOKEN": BUREAU_TOKEN,
            "GROUNDWORK_CREDIT_TIMEOUT": "60",
            "GROUNDWORK_CREDIT_RETRIES": "0",
            "GROUNDWORK_CREDIT_CACHE_SECONDS": "0",
            "GROUNDWORK_TRUSTED_HOSTS": mail.host,
        }

    @property
    def environment(self) -> dict[str, str]:
        """That in which every process and command of it runs."""
        return self._environment | ({"GROUNDWORK_TOKEN": self.token} if self.token else {})

    @property
    def jobs(self) -> dict[str, list[str]]:
        """What Prometheus asks: the API, and as many workers as there may be."""
        at = {name: f"127.0.0.1:{port}" for name, port in self._metrics.items()}
        return {
            "groundwork-api": [at["api"]],
            "groundwork-worker": [at["worker"], at["worker-2"]],
        }

    def pid(self, name: str) -> int:
        """The process of that name."""
        pid = self._running[name].pid
        assert pid is not None
        return pid

    @property
    def workers(self) -> list[str]:
        """The names of the workers that run."""
        return [
            name
            for name, process in self._running.items()
            if name.startswith("worker") and process.running
        ]

    def start_api(self) -> None:
        """Start the API process."""
        self._start("api", [str(BIN / "groundwork"), "api"], {})

    def start_worker(self, module: str | None = None, **variables: str) -> None:
        """Start a worker, or one more: the program that `groundwork worker` is, or a module."""
        name = "worker-2" if "worker" in self.workers else "worker"
        program = [sys.executable, "-m", module] if module else [str(BIN / "groundwork"), "worker"]
        port = {"GROUNDWORK_WORKER_METRICS_PORT": str(self._metrics[name])}
        self._start(name, program, port | variables)

    def kill(self, name: str) -> None:
        """End a process as a power cut would."""
        self._running[name].kill()
        self._running[name].stop()

    async def stop(self, name: str) -> None:
        """End a process in order."""
        await asyncio.to_thread(self._running[name].stop)

    async def stop_workers(self) -> None:
        """End all workers in order."""
        for name in self.workers:
            await self.stop(name)

    async def serving(self) -> None:
        """Return once the API and a worker are ready. Raises TimeoutError."""
        port = self._metrics[self.workers[0]]
        async with asyncio.timeout(PATIENCE), httpx.AsyncClient(trust_env=False) as http:
            for url in (f"{self.api}/readyz", f"http://127.0.0.1:{port}/readyz"):
                while not await _well(http, url):
                    await asyncio.sleep(0.1)

    async def command(self, line: str) -> Answered:
        """Have a shell carry out a line, as an operator would type it."""
        return await asyncio.to_thread(self._type, line)

    def client(self) -> httpx.AsyncClient:
        """A client of the API, signed in as the administrator."""
        return httpx.AsyncClient(
            base_url=f"{self.api}/api/v1",
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=10,
            trust_env=False,
        )

    async def prepare(self) -> None:
        """Have tables, catalogue, search attributes and an administrator; the servers run."""
        prepared = await self.command("groundwork prepare --json 2>/dev/null")
        self.token = json.loads(prepared.printed)["administrator_token"]

    def close(self) -> None:
        """End everything."""
        for process in self._running.values():
            process.kill()
            process.stop()

    def signing_key(self) -> SigningKey:
        """The key in its file, which is made unless it is there."""
        if not self.key_file.exists():
            self._type(f"groundwork audit keygen {shlex.quote(str(self.key_file))}")
        return SigningKey.read(self.key_file.read_bytes())

    def _type(self, line: str) -> Answered:
        done = subprocess.run(
            ["/bin/sh", "-c", line],
            env=self.environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return Answered(done.returncode, done.stdout + done.stderr)

    def _start(self, name: str, argv: list[str], variables: dict[str, str]) -> None:
        program = Program(name, argv, env=self.environment | variables, stop_seconds=15)
        self._running[name] = ManagedProcess(program, on_line=self._hear)
        self._running[name].start()

    def _hear(self, name: str, line: str) -> None:
        self.lines.append(f"{name}: {line}")


async def _well(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(url)).is_success
    except httpx.TransportError:
        return False


@asynccontextmanager
async def open_site() -> AsyncIterator[Site]:
    """An installation with its servers, prepared; nothing of it is left afterwards."""
    with ExitStack() as swept:
        home = swept.enter_context(short_home())
        if KEY_FILES[0] not in os.environ:
            swept.enter_context(rings_in(home))
        disk = Disk(home / "disk", POSTGRES_MEBIBYTES)
        swept.callback(disk.remove)
        bureau, mail = Bureau(), swept.enter_context(mail_server())
        swept.enter_context(bureau.open())
        site = Site(home, disk, bureau, mail)
        async with AsyncExitStack() as running:
            for server in (site.postgres, site.temporal):
                running.callback(server.process.stop)
                running.callback(server.process.kill)
                await server.start()
            await site.prepare()
            running.callback(site.close)
            yield site
