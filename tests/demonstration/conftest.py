"""A demonstration on the tests' own servers: its worker, its people, and a small park."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from groundwork.console.preparing import prepare_tables, save_catalogue
from groundwork.demonstration.park import Park, read_park_file
from groundwork.demonstration.seeding import Seeding
from groundwork.demonstration.worker import house_counters
from groundwork.demonstration.workflows import PARK_CHAINS
from groundwork.domain.model import Role
from groundwork.runtime.embedded import EmbeddedTemporal
from groundwork.runtime.gateway import Gateway
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import connect
from groundwork.store.engine import create_engine, transaction
from groundwork.store.reads import Reads
from groundwork.worker import running_worker, stock_from_catalogue
from tests.demonstration import stage

GARDEN = Path(__file__).parent / "garden.yaml"


@dataclass
class Garden:
    """What a test of the demonstration works with."""

    client: Client
    database: AsyncEngine
    queue: str
    park: Park

    @property
    def gateway(self) -> Gateway:
        """The door that the API uses."""
        return Gateway(self.client, self.queue)

    @property
    def reads(self) -> Reads:
        """What people read."""
        return Reads(self.database)

    def seeding(self) -> Seeding:
        """A planting, as `groundwork up --demo` does it."""
        return Seeding(self.client, self.queue, self.database, stage.casting())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def garden(
    temporal_server: EmbeddedTemporal, module_postgres_url: str
) -> AsyncIterator[Garden]:
    """A running demonstration with nothing planted yet."""
    await prepare_tables(module_postgres_url)
    database = create_engine(module_postgres_url)
    await save_catalogue(database)
    async with transaction(database) as connection:
        # Whoever is given something must be there; the others are known to events alone.
        manager = stage.casting().actor(Role.PROJECT_MANAGER).id
        await connection.execute(
            text(
                "INSERT INTO person (id, name, role, active, created_at)"
                " VALUES (:id, '某人', 'project_manager', true, now())"
            ),
            {"id": manager},
        )
    stock_from_catalogue()
    client = await connect(Settings(), address=temporal_server.address)
    queue = f"demonstration.{uuid.uuid4().hex[:8]}"
    counters = house_counters(database, Settings())
    async with running_worker(client, database, queue, counters=counters, chains=PARK_CHAINS):
        yield Garden(client, database, queue, read_park_file(GARDEN))
    await database.dispose()
