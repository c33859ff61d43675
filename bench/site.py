"""The site of a run: the servers of `groundwork up`, one worker process per side, and the sides."""

import asyncio
import shutil
import sys
import tempfile
import threading
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client, WorkflowHandle

from bench import world
from bench.floor import UPDATE, Bare, BareRecording
from bench.worker import BARE, BARE_RECORDING, CHAINS, READY
from groundwork.domain.commands import Decide, Envelope
from groundwork.domain.model import DecisionResult
from groundwork.domain.rules import Rules
from groundwork.runtime.embedded import EmbeddedPostgres, EmbeddedTemporal
from groundwork.runtime.gateway import Gateway
from groundwork.runtime.keyrings import keep_key_rings, key_environment, vault_keys
from groundwork.runtime.processes import ManagedProcess, Program, free_port
from groundwork.runtime.settings import Settings, child_environment
from groundwork.runtime.temporal import connect
from groundwork.store import vault
from groundwork.store.engine import create_engine
from groundwork.store.migrations import migrate
from groundwork.store.projects import NewProject, Projects
from groundwork.store.reads import Reads

START_SECONDS = 60.0
PATIENCE = timedelta(seconds=60)
POLL_SECONDS = 0.01
PROJECT = "bench"
"""The one project that the chains belong to."""


@dataclass(frozen=True)
class Site:
    """Two servers and the way in."""

    folder: Path
    settings: Settings
    temporal: EmbeddedTemporal
    postgres: EmbeddedPostgres
    client: Client
    engine: AsyncEngine

    @property
    def servers(self) -> dict[str, int]:
        """The pid of each server."""
        both = (self.temporal, self.postgres)
        return {one.name: one.process.pid for one in both if one.process.pid is not None}

    def environment(self, settings: Settings, *, ours: bool = False) -> dict[str, str]:
        """The environment of a child process with these settings; `ours`: on the site's servers.

        Bytecode is cached, as it is from the second start of any installation on.
        """
        environment = child_environment(
            settings,
            database_url=self.postgres.url() if ours else None,
            temporal_address=self.temporal.address if ours else None,
        ) | key_environment(settings)
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment["PYTHONPYCACHEPREFIX"] = str(self.folder / "bytecode")
        return environment

    @asynccontextmanager
    async def worker(self, kind: str) -> AsyncIterator["Side"]:
        """A worker process of its own on a task queue of its own, as one side of a comparison."""
        task_queue = f"{kind}-{uuid4().hex[:3]}"  # about as long as a live one's name
        ready = threading.Event()

        def on_line(_name: str, line: str) -> None:
            if line == READY:
                ready.set()

        argv = [sys.executable, "-m", "bench.worker", kind, task_queue]
        argv += [self.temporal.address, self.postgres.url()]
        process = ManagedProcess(
            Program(kind, argv, env=self.environment(self.settings)), on_line=on_line
        )

        async def serves() -> bool:
            if not process.running:
                raise RuntimeError(process.obituary())
            return ready.is_set()

        process.start()
        try:
            await until(serves)
            yield SIDES[kind](self, process, task_queue)
        finally:
            await asyncio.to_thread(process.stop)

    async def recorded(self, chain_id: str, seq: int) -> None:
        """Return once the record has the chain's events up to that number."""
        reads = Reads(self.engine)

        async def reached() -> bool:
            return await reads.projected_seq(chain_id) >= seq

        await until(reached)

    async def settled(self, workflow_id: str) -> None:
        """Return once the workflow only waits."""
        handle: WorkflowHandle[object, object] = self.client.get_workflow_handle(workflow_id)

        async def waits() -> bool:
            description = (await handle.describe()).raw_description
            return not description.HasField("pending_workflow_task")

        await until(waits)


class Side(ABC):
    """One side of a comparison: starts workflows on a worker and sends them updates."""

    name = ""
    launch_counts = False
    """Whether launching belongs to what is measured."""

    def __init__(self, site: Site, process: ManagedProcess, task_queue: str) -> None:
        self.client = site.client
        self.process = process
        self.task_queue = task_queue

    @property
    def pid(self) -> int:
        """The worker's pid."""
        assert self.process.pid is not None, "a side exists while its worker runs"
        return self.process.pid

    @abstractmethod
    async def start(self) -> str:
        """Start a workflow and return its id."""

    @abstractmethod
    async def act(self, workflow_id: str, number: int) -> int:
        """Send one update, and return the number that it answers with."""


class Chains(Side):
    """Our side: chains of the bench's definition, through the gateway and into the record."""

    name = CHAINS
    launch_counts = True

    def __init__(self, site: Site, process: ManagedProcess, task_queue: str) -> None:
        super().__init__(site, process, task_queue)
        self._gateway = Gateway(site.client, task_queue)

    async def start(self) -> str:
        """Launch a chain."""
        chain_id = f"bench.{uuid4().hex}"
        await self._gateway.launch(world.order(chain_id, PROJECT), RULES, chain_id)
        return chain_id

    async def act(self, workflow_id: str, number: int) -> int:
        """Decide the step of that number."""
        envelope = Envelope(
            key=f"decide-{number:04d}",
            by=world.PERSON,
            received_at=datetime.now(UTC),
            command=Decide(step=world.step_id(number), result=DecisionResult.PASS),
        )
        return (await self._gateway.act(workflow_id, envelope, PATIENCE)).seq


class BareWorkflows(Side):
    """The floor: bare workflows with as many trivial updates."""

    name = BARE
    workflow: type[object] = Bare

    async def start(self) -> str:
        """Start a bare workflow."""
        workflow_id = f"{self.name}.{uuid4().hex}"
        name = self.workflow.__name__
        await self.client.start_workflow(
            name, world.STEPS, id=workflow_id, task_queue=self.task_queue
        )
        return workflow_id

    async def act(self, workflow_id: str, number: int) -> int:
        """Send a trivial update."""
        handle: WorkflowHandle[object, object] = self.client.get_workflow_handle(workflow_id)
        counted: int = await handle.execute_update(UPDATE, id=f"decide-{number}", result_type=int)
        return counted


class RecordingWorkflows(BareWorkflows):
    """The floor with an empty local activity per update."""

    name = BARE_RECORDING
    workflow = BareRecording


SIDES: dict[str, type[Side]] = {
    side.name: side for side in (Chains, BareWorkflows, RecordingWorkflows)
}
RULES = Rules(world.definition(), world.calendar())


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again, and return once the answer is yes. Raises TimeoutError."""
    async with asyncio.timeout(START_SECONDS):
        while not await holds():  # noqa: ASYNC110 -- it happens in other processes
            await asyncio.sleep(POLL_SECONDS)


@asynccontextmanager
async def open_site() -> AsyncIterator[Site]:
    """Start both servers with a file database each, and leave nothing behind."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(scratch_folder())
        # A bench asks more often than people do.
        settings = Settings(data_dir=folder, requests_per_account=0, requests_per_address=0)
        keep_key_rings(settings)
        vault.use(vault_keys(settings))
        temporal = EmbeddedTemporal(port=free_port(), data_dir=folder)
        postgres = EmbeddedPostgres(folder)
        for server in (postgres, temporal):
            stack.push_async_callback(server.stop)
            await server.start()
        await asyncio.to_thread(migrate, postgres.url())
        engine = create_engine(postgres.url())
        stack.push_async_callback(engine.dispose)
        await create_project(engine, PROJECT)
        client = await connect(settings, address=temporal.address)
        yield Site(folder, settings, temporal, postgres, client, engine)


@asynccontextmanager
async def database_at(site: Site, name: str) -> AsyncIterator[tuple[str, AsyncEngine]]:
    """A database of its own on the site's server, ready for use; it is dropped in the end."""
    admin = create_engine(site.postgres.url())
    url = site.postgres.url(name)
    engine = create_engine(url)
    try:
        await alone(admin, f"CREATE DATABASE {name}")
        await asyncio.to_thread(migrate, url)
        yield url, engine
    finally:
        await engine.dispose()
        await alone(admin, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.dispose()


async def alone(engine: AsyncEngine, statement: str) -> None:
    """Run a statement that takes no transaction."""
    async with engine.connect() as connection:
        plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await plain.execute(text(statement))


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for servers' data, where the account that PostgreSQL may need can reach it."""
    folder = Path(tempfile.mkdtemp(prefix="groundwork-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


async def create_project(engine: AsyncEngine, code: str) -> None:
    """Put a project into the store, for chains to belong to."""
    await Projects(engine).create(
        NewProject(
            code=code,
            name=PROJECT,
            enterprise=PROJECT,
            uscc="91440784MA0000015C",
            district=PROJECT,
            housekeeper=PROJECT,
            created_by=PROJECT,
        )
    )
