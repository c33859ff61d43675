"""A town for each hard case, on the servers that all tests share."""

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest

from groundwork.runtime.embedded import EmbeddedPostgres, EmbeddedTemporal
from groundwork.runtime.settings import Settings
from groundwork.store.migrations import migrate
from tests.workflows.hard.town import Town, open_town


@pytest.fixture(scope="session")
def migrated_town(postgres_server: EmbeddedPostgres) -> str:
    """The name of a migrated database without rows, to be copied."""
    name = f"town_{uuid4().hex}"
    migrate(postgres_server.create_database(name))
    return name


@pytest.fixture
def database(postgres_server: EmbeddedPostgres, migrated_town: str) -> Iterator[str]:
    """The URL of a migrated database without rows."""
    name = f"hard_{uuid4().hex}"
    yield postgres_server.create_database(name, template=migrated_town)
    postgres_server.drop_database(name)


@pytest.fixture
async def silent_town(
    temporal_server: EmbeddedTemporal, settings: Settings, database: str
) -> AsyncIterator[Town]:
    """A town whose credit bureau is away until the test opens it."""
    async with open_town(settings, temporal_server.address, database) as opened:
        yield opened


@pytest.fixture
def town(silent_town: Town) -> Iterator[Town]:
    """A town whose credit bureau answers."""
    with silent_town.fake.open():
        yield silent_town
