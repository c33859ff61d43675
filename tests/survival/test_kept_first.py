"""Nothing is on record that the engine does not keep: what was recorded is never taken back."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from groundwork.runtime.embedded import EmbeddedTemporal
from groundwork.runtime.gateway import EngineSilent, Gateway
from groundwork.runtime.processes import free_port
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import connect
from tests.survival.hourly import CHOICE
from tests.survival.town import Town, asked


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedTemporal]:
    """An engine of this test's own, which keeps its state on disk."""
    with tempfile.TemporaryDirectory() as home:
        server = EmbeddedTemporal(port=free_port(), data_dir=Path(home))
        await server.start()
        yield server
        await server.stop()


@pytest.mark.timeout(180)
async def test_a_command_comes_after_one_on_record_whose_worker_and_engine_died_at_once(
    server: EmbeddedTemporal, migrated_url: str
) -> None:
    client = await connect(Settings(), address=server.address)
    environment = {"DATABASE_URL": migrated_url, "TEMPORAL_ADDRESS": server.address}
    town = Town(Gateway(client), os.environ | environment, migrated_url)
    chain = await town.launch()
    one, other = (asked(CHOICE, datetime.now(UTC)) for _ in range(2))
    with town.doomed_worker("tests.survival.dying_worker", DIES_AFTER=one.key):
        with suppress(EngineSilent):
            await town.gateway.act(chain.id, one, timedelta(seconds=10))
        await town.reached(chain, chain.seq + 1)
    server.process.kill()
    await asyncio.to_thread(server.process.stop)
    await server.start()
    # Whoever sent the one does not ask again; somebody else goes on.
    with town.worker():
        receipt = await town.answer(chain, other)
        await town.reached(chain, receipt.seq)
    events = town.events(chain)
    # What the chain asks of the world by itself has no key, and may have come back by now.
    assert [event.key for event in events[chain.seq :] if event.key] == [one.key, other.key]
    assert events[receipt.seq - 1].key == other.key
