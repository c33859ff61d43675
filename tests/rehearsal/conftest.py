"""The rules of a new chain, and a rehearsal room on the tests' own server."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from groundwork.catalogue.loader import latest
from groundwork.domain.rules import Rules
from groundwork.rehearsal.rehearse import rules_for
from groundwork.rehearsal.room import RehearsalRoom, room_at
from groundwork.runtime.embedded import EmbeddedTemporal
from groundwork.runtime.settings import Settings


@pytest.fixture(scope="session")
def rules() -> Rules:
    """The catalogue's land-to-construction on its newest calendar."""
    return rules_for(latest("land-to-construction"))


@pytest.fixture(scope="session")
def production_rules() -> Rules:
    """The catalogue's completion-to-production on its newest calendar."""
    return rules_for(latest("completion-to-production"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def room(temporal_server: EmbeddedTemporal) -> AsyncIterator[RehearsalRoom]:
    """A room that serves one module of tests."""
    async with room_at(Settings(), temporal_server.address) as opened:
        yield opened
