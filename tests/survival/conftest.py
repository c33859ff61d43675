"""One installation for the tests that kill it, and one year for those that play it."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from groundwork.rehearsal.plan import Plan
from tests.survival.department import SEED, rules_of_the_year, year
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


@pytest.fixture(scope="package")
def plans(tmp_path_factory: pytest.TempPathFactory) -> list[Plan]:
    """The year of a busy department, as the pure core lays it out."""
    return year(rules_of_the_year(Path(tmp_path_factory.mktemp("year"))), SEED)
