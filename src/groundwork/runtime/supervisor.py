"""`groundwork up`: one process that starts all others, keeps them running and stops them in order.

PostgreSQL and Temporal start side by side, then the worker and the API; they stop the other way
round. `up.json` in the data folder tells other commands where everything is.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import structlog

from groundwork.runtime.embedded import LOOPBACK, EmbeddedPostgres, EmbeddedTemporal
from groundwork.runtime.processes import (
    ManagedProcess,
    OnLine,
    Program,
    StartError,
    end_recorded,
    require_port,
    started,
)
from groundwork.runtime.settings import Settings, variable
from groundwork.runtime.temporal import TemporalError
from groundwork.runtime.whereabouts import (
    AlreadyRunning,
    UpState,
    running_up,
    sole_owner,
    state_file,
)

__all__ = [
    "AlreadyRunning",
    "Child",
    "Engines",
    "Supervisor",
    "UpState",
    "http_answers",
    "running_up",
    "state_file",
]

POLL_SECONDS: Final = 0.05
LEFTOVER_SECONDS: Final = 5.0
SILENT_SECONDS: Final = 2.0
"""How long something may take to stop without a word."""
PROBE_SECONDS: Final = 2.0
FIRST_DELAY: Final = 0.5
LONGEST_DELAY: Final = 30.0
STABLE_SECONDS: Final = 60.0
"""A process that ran this long is forgiven its earlier crashes."""

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class Engines:
    """Where the two engines are, embedded or not."""

    database_url: str
    """May hold a password."""
    temporal_address: str | None
    """None: the Temporal profile of the settings says it."""


@dataclass(frozen=True)
class Child:
    """A process of our own to supervise, such as the worker or the API."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    """The whole environment: see `settings.child_environment`."""
    ready: Callable[[], Awaitable[bool]] | None = None
    """Asked again and again until it says yes; None: ready once started."""
    ready_seconds: float = 30.0
    stop_seconds: float = 3.0
    early: bool = False
    """Whether it copes with engines that are not up yet, and so may start beside them."""


class Service(Protocol):
    """What the supervisor looks after. `start` returns when it is ready, and may be repeated."""

    name: str
    process: ManagedProcess

    async def start(self) -> None: ...
    async def stop(self) -> None: ...


class Supervisor:
    """Runs everything that belongs to one data folder. Use it from the main thread, once."""

    def __init__(  # noqa: PLR0913 -- what is told to whoever started it, each by itself
        self,
        settings: Settings,
        children: Callable[[Engines], Sequence[Child]],
        *,
        prepare_database: Callable[[str], Awaitable[None]] | None = None,
        on_ready: Callable[[UpState], None] | None = None,
        on_slow_stop: Callable[[str], None] | None = None,
        on_line: OnLine | None = None,
    ) -> None:
        """`children` are started in any order and stopped last to first, once the engines run.

        `prepare_database` gets the database's URL as soon as it answers, for migrations;
        `on_ready` is called once, when everything is up; `on_slow_stop` with the name of each
        process that is waited for when stopping; `on_line` gets each process's output.
        """
        self._settings = settings
        self._children = children
        self._prepare_database = prepare_database
        self._on_ready = on_ready
        self._on_slow_stop = on_slow_stop
        self._on_line = on_line
        self._services: list[Service] = []
        self._stop = asyncio.Event()
        self._state: UpState | None = None

    async def run(self) -> None:
        """Bring everything up, keep it up until a signal or `stop`, bring it down.

        Raises `AlreadyRunning`, `PortInUse`, `StartError` or `TemporalError` when it cannot start.
        """
        with sole_owner(self._settings.data_dir), self._signals():
            try:
                if await self._unless_stopped(self._start()):
                    await self._unless_stopped(self._keep_running())
            finally:
                await self._stop_services()
                state_file(self._settings.data_dir).unlink(missing_ok=True)

    def stop(self) -> None:
        """Begin to stop; told again, kill everything at once."""
        if self._stop.is_set():
            for service in self._services:
                service.process.kill()
        self._stop.set()

    async def _start(self) -> None:
        run_dir = self._settings.data_dir / "run"
        await _together(*(_end_leftover(path) for path in sorted(run_dir.glob("*.pid"))))
        self._check_ports()
        database, temporal = self._embedded()
        engines = self._engines(database)
        chosen = self._children(engines)
        children = [
            _ChildService(child, run_dir=run_dir, on_line=self._on_line) for child in chosen
        ]
        early = [one for one, child in zip(children, chosen, strict=True) if child.early]
        # Stopped the other way round: the children first, the database last.
        self._services = [one for one in (database, temporal, *children) if one is not None]
        await _together(
            self._start_database(database, engines.database_url),
            *(one.start() for one in (temporal, *early) if one is not None),
        )
        await _together(*(child.start() for child in children if child not in early))
        self._publish(engines)
        if self._on_ready and self._state:
            self._on_ready(self._state)

    def _embedded(self) -> tuple[EmbeddedPostgres | None, EmbeddedTemporal | None]:
        """The engines of our own, not started yet."""
        settings, on_line = self._settings, self._on_line
        return (
            EmbeddedPostgres.of(settings, on_line=on_line) if settings.embeds_postgres else None,
            EmbeddedTemporal.of(settings, on_line=on_line) if settings.embeds_temporal else None,
        )

    def _engines(self, database: EmbeddedPostgres | None) -> Engines:
        """Where the engines are, or will be once they have started."""
        settings = self._settings
        given = settings.database_url.get_secret_value() if settings.database_url else ""
        embedded = f"{LOOPBACK}:{settings.temporal_port}" if settings.embeds_temporal else None
        return Engines(
            database_url=database.url() if database else given,
            temporal_address=embedded or settings.temporal_address,
        )

    async def _start_database(self, server: EmbeddedPostgres | None, url: str) -> None:
        if server is not None:
            await server.start()
        if self._prepare_database:
            await self._prepare_database(url)

    async def _keep_running(self) -> None:
        await _together(self._stop.wait(), *(self._keep(service) for service in self._services))

    async def _keep(self, service: Service) -> None:
        """Start a service again whenever it ends, after a pause that grows with each failure."""
        clock = asyncio.get_running_loop().time
        delay, since = FIRST_DELAY, clock()
        while True:
            await asyncio.sleep(POLL_SECONDS)
            if service.process.running:
                continue
            if clock() - since > STABLE_SECONDS:
                delay = FIRST_DELAY
            reason = service.process.obituary()
            log.warning("process ended, starting it again", reason=reason, in_seconds=delay)
            await asyncio.sleep(delay)
            delay, since = min(delay * 2, LONGEST_DELAY), clock()
            try:
                await service.start()
            except (StartError, TemporalError) as error:
                log.error("process did not start again", reason=str(error))
            else:
                self._publish()

    async def _stop_services(self) -> None:
        for service in reversed(self._services):
            stopping = asyncio.ensure_future(service.stop())
            await asyncio.wait({stopping}, timeout=SILENT_SECONDS)
            if not stopping.done() and self._on_slow_stop:
                self._on_slow_stop(service.name)
            await stopping
            log.info("stopped", process=service.name)

    def _check_ports(self) -> None:
        wanted = {"port": self._settings.host}
        if self._settings.embeds_temporal:
            wanted |= {"temporal_port": LOOPBACK, "temporal_ui_port": LOOPBACK}
        for field, host in wanted.items():
            require_port(host, getattr(self._settings, field), variable(field))

    def _publish(self, engines: Engines | None = None) -> None:
        """Write `up.json`: at first from `engines`, later with the pids of today."""
        processes = {s.name: s.process.pid for s in self._services if s.process.pid is not None}
        if engines is not None:
            settings, pid = self._settings, os.getpid()
            self._state = UpState(
                pid=pid,
                started=started(pid) or "",
                since=datetime.now(UTC),
                api_url=settings.api_url,
                temporal_address=engines.temporal_address,
                temporal_ui_url=settings.temporal_ui,
                database_url=engines.database_url if settings.embeds_postgres else None,
                processes=processes,
            )
        elif self._state is not None:
            self._state = self._state.model_copy(update={"processes": processes})
        if self._state is not None:
            _write_privately(
                state_file(self._settings.data_dir), self._state.model_dump_json(indent=2) + "\n"
            )

    async def _unless_stopped(self, work: Coroutine[Any, Any, None]) -> bool:
        """Do `work` until it is done (True) or somebody told us to stop (False)."""
        working = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                await working
            return not stopping.done()
        finally:
            for task in (working, stopping):
                task.cancel()
            await asyncio.gather(working, stopping, return_exceptions=True)

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        numbers = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # not under nohup
            numbers.append(signal.SIGHUP)
        for number in numbers:
            loop.add_signal_handler(number, self.stop)
        try:
            yield
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)


class _ChildService:
    """A `Child` that runs."""

    def __init__(self, child: Child, *, run_dir: Path, on_line: OnLine | None) -> None:
        self.name = child.name
        self._child = child
        self.process = ManagedProcess(
            Program(child.name, child.argv, env=child.env, stop_seconds=child.stop_seconds),
            pid_file=run_dir / f"{child.name}.pid",
            on_line=on_line,
        )

    async def start(self) -> None:
        self.process.start()
        deadline = asyncio.get_running_loop().time() + self._child.ready_seconds
        while self._child.ready is not None and not await self._child.ready():
            if not self.process.running:
                raise StartError(
                    f"{self.name} 未能启动。 {self.name} did not start: {self.process.obituary()}"
                )
            if asyncio.get_running_loop().time() > deadline:
                self.process.kill()
                raise StartError(
                    f"{self.name} 未能及时就绪，请查看其日志。 {self.name} was not ready within "
                    f"{self._child.ready_seconds:.0f} seconds: see what it logged."
                )
            await asyncio.sleep(POLL_SECONDS)

    async def stop(self) -> None:
        await asyncio.to_thread(self.process.stop)


async def http_answers(url: str) -> bool:
    """Whether a server answers GET `url` (http only) with 200: a readiness check."""
    parts = urlsplit(url)
    target = parts.path or "/"
    request = f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n"
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
            try:
                writer.write(request.encode("ascii"))
                status = await reader.readline()
            finally:
                writer.close()
                await writer.wait_closed()
    except OSError:  # TimeoutError is one
        return False
    return status.split()[1:2] == [b"200"]


async def _together(*steps: Coroutine[Any, Any, Any]) -> list[Any]:
    """Do all at once; when one fails, drop the others and raise what it raised."""
    tasks = [asyncio.ensure_future(step) for step in steps]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


async def _end_leftover(pid_file: Path) -> None:
    if await asyncio.to_thread(end_recorded, pid_file, patience=LEFTOVER_SECONDS):
        log.info("ended a process left over from an earlier run", process=pid_file.stem)


def _write_privately(path: Path, text: str) -> None:
    """Replace a file in one step, readable by its owner alone."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)
