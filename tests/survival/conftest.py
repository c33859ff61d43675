"""One installation for the tests that kill it."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.survival.park import Park


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def park() -> AsyncIterator[Park]:
    """An installation that runs; a test that kills all of it starts it again."""
    # Not pytest's own folder: PostgreSQL refuses to run as root and its account must get in.
    home = Path(tempfile.mkdtemp(prefix="groundwork-"))
    installation = Park(home / "data")
    await installation.start()
    try:
        yield installation
    finally:
        assert installation.stop() == 0
        shutil.rmtree(home)
