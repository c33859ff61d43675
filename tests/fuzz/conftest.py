"""A stage for all tests of this folder, in one event loop: that of the session."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from groundwork.runtime.embedded import EmbeddedPostgres, EmbeddedTemporal
from groundwork.runtime.processes import free_port
from tests.fuzz.stage import Stage, stage

PATIENCE_SECONDS = 360
"""Bringing a demonstration up on a busy machine; nothing follows from it."""


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Run every asynchronous test of this folder in the session's loop, without haste."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.timeout(PATIENCE_SECONDS))
            if pytest_asyncio.is_async_test(item):
                item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def attacked(postgres_server: EmbeddedPostgres) -> AsyncIterator[Stage]:
    """A demonstration to be attacked; what it looks like afterwards is nobody's concern.

    Its engine is its own: chains of a park are named after its projects, in every demonstration.
    """
    engine = EmbeddedTemporal(port=free_port())
    await engine.start()
    try:
        async with stage(postgres_server, engine) as opened:
            yield opened
    finally:
        await engine.stop()
