"""An installation as on several machines: two servers, two workers, two API processes.

Every link between a process and a server is a relay of its own, and each server has a small disk.
"""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import httpx
from sqlalchemy import make_url

from groundwork.catalogue.loader import content_hash
from groundwork.console.preparing import prepare_tables, save_catalogue
from groundwork.domain.definition import ChainDefinition
from groundwork.domain.model import Role
from groundwork.runtime import keyrings
from groundwork.runtime.embedded import (
    PORT,
    SOCKET_NAME,
    SUPERUSER,
    EmbeddedPostgres,
    EmbeddedTemporal,
)
from groundwork.runtime.processes import free_ports
from groundwork.runtime.settings import Settings, child_environment
from groundwork.store import vault
from groundwork.store.definitions import Definitions
from groundwork.store.engine import create_engine
from tests.api.house import sign_up
from tests.chaos.clock import Clock
from tests.chaos.disk import Disk
from tests.chaos.parts import Keeper, OurProcess, Part, Server
from tests.chaos.plan import ENGINES, PROCESSES
from tests.chaos.relay import Relay
from tests.homes import short_home

POSTGRES_MEBIBYTES: Final = 400
TEMPORAL_MEBIBYTES: Final = 100
ANSWER_SECONDS: Final = 10
LINES: Final = 4000
"""How much of what all processes wrote is remembered."""
RINGS: Final = {
    "GROUNDWORK_VAULT_KEY_FILE": keyrings.VAULT_FILE,
    "GROUNDWORK_PAYLOAD_KEY_FILE": keyrings.PAYLOAD_FILE,
}


class Installation:
    """It runs, and whatever dies is started again."""

    def __init__(self, home: Path, disks: dict[str, Disk]) -> None:
        self.disks = disks
        self.lines: deque[str] = deque(maxlen=LINES)
        ports = free_ports(len(PROCESSES) + len(PROCESSES) + 1)
        self.postgres = EmbeddedPostgres(disks["postgres"].folder)
        self.temporal = EmbeddedTemporal(port=ports[0], data_dir=disks["temporal"].folder)
        self.database = self.postgres.url()
        """The database itself, past every relay."""
        self._serves = dict(zip(PROCESSES, ports[1:5], strict=True))
        self.clocks = {name: Clock(home / f"{name}.clock") for name in PROCESSES}
        self.relays: dict[str, Relay] = {}
        parts: list[Part] = [Server(self.postgres), Server(self.temporal)]
        for name, port in zip(PROCESSES, ports[5:9], strict=True):
            place = home / name
            place.mkdir()
            self.relays[f"{name}>temporal"] = Relay(port, ports[0])
            self.relays[f"{name}>postgres"] = Relay(place / SOCKET_NAME, self._socket)
            parts.append(self._process(name, place, port))
        self.keeper = Keeper(parts)
        self.token = ""

    @property
    def addresses(self) -> list[str]:
        """Where the API processes answer."""
        return [f"http://127.0.0.1:{self._serves[one]}" for one in PROCESSES if "api" in one]

    @property
    def _socket(self) -> Path:
        return Path(str(make_url(self.database).query["host"])) / SOCKET_NAME

    def _process(self, name: str, place: Path, temporal: int) -> OurProcess:
        url = f"postgresql+psycopg://{SUPERUSER}@/groundwork?host={place}&port={PORT}"
        settings = Settings(data_dir=place, port=self._serves[name], log_level="warning")
        environment = child_environment(
            settings, database_url=url, temporal_address=f"127.0.0.1:{temporal}"
        )
        module = "groundwork.api" if "api" in name else "groundwork.worker"
        return OurProcess(
            name, module, {**environment, **self.clocks[name].environment}, self._hear
        )

    def _hear(self, name: str, line: str) -> None:
        self.lines.append(f"{name}: {line}")

    def links(self, target: str) -> Sequence[Relay]:
        """The link of that name, or all links to a server."""
        return [
            relay for name, relay in self.relays.items() if target in {name, name.partition(">")[2]}
        ]

    async def prepare(self, definition: ChainDefinition) -> None:
        """Have tables, catalogue, one more definition and an administrator; the servers run."""
        await prepare_tables(self.database)
        engine = create_engine(self.database)
        await save_catalogue(engine)
        await Definitions(engine).save(content_hash(definition), definition)
        await engine.dispose()
        cast = await sign_up(self.database, [(Role.ADMINISTRATOR, None)])
        self.token = cast.tokens[Role.ADMINISTRATOR]

    async def ready(self, seconds: float) -> None:
        """Return when both API processes reach both servers. Raises TimeoutError."""
        async with asyncio.timeout(seconds), AsyncExitStack() as stack:
            for client in [await stack.enter_async_context(one) for one in self.clients()]:
                while not await _is_ready(client):
                    await asyncio.sleep(0.1)

    def clients(self) -> list[httpx.AsyncClient]:
        """A client of each API process, signed in as the administrator."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return [
            httpx.AsyncClient(base_url=one, headers=headers, timeout=ANSWER_SECONDS)
            for one in self.addresses
        ]


async def _is_ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).is_success
    except httpx.TransportError:
        return False


@asynccontextmanager
async def running_installation(definition: ChainDefinition) -> AsyncIterator[Installation]:
    """An installation that knows one more definition; nothing of it is left afterwards."""
    with ExitStack() as swept:
        home = swept.enter_context(short_home())
        swept.enter_context(_key_rings(home))
        sizes = dict(zip(ENGINES, (TEMPORAL_MEBIBYTES, POSTGRES_MEBIBYTES), strict=True))
        disks = {name: Disk(home / name, size) for name, size in sizes.items()}
        for disk in disks.values():
            swept.callback(disk.remove)
        installation = Installation(home, disks)
        async with AsyncExitStack() as running:
            for relay in installation.relays.values():
                await running.enter_async_context(relay)
            for server in (installation.postgres, installation.temporal):
                running.callback(server.process.kill)
                await server.start()
            await installation.prepare(definition)
            await running.enter_async_context(installation.keeper)
            await installation.ready(60)
            yield installation


@contextmanager
def _key_rings(home: Path) -> Iterator[None]:
    """Key rings for the processes, unless whoever runs this has some."""
    made = {name: home / file for name, file in RINGS.items() if name not in os.environ}
    for name, file in made.items():
        keyrings.make_ring(file)
        os.environ[name] = str(file)
    if made:
        vault.use(keyrings.vault_keys(Settings()))
    try:
        yield
    finally:
        for name in made:
            del os.environ[name]
