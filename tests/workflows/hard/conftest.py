"""A town for each hard case, on the servers that all tests share."""

from collections.abc import AsyncIterator, Iterator

import pytest

from groundwork.runtime.embedded import EmbeddedTemporal
from groundwork.runtime.settings import Settings
from tests.workflows.hard.town import Town, open_town


@pytest.fixture
def database(migrated_url: str) -> str:
    """The URL of a migrated database without rows."""
    return migrated_url


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
