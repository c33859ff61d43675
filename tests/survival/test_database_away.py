"""The database goes away and comes back: decisions go on, and the record has no gap."""

import asyncio
import os
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from groundwork.domain import commands as cmd
from groundwork.domain.definition import Mode
from groundwork.runtime.embedded import EmbeddedPostgres, EmbeddedTemporal
from groundwork.runtime.gateway import Gateway
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import connect, register_search_attributes
from groundwork.store.audit import Audit
from groundwork.store.engine import create_engine
from groundwork.store.migrations import migrate
from tests.survival.town import ADMINISTRATOR, Town


def _choose(number: int) -> cmd.Envelope:
    return cmd.Envelope(
        key=f"choose-{number:06d}",
        by=ADMINISTRATOR,
        received_at=datetime.now(UTC),
        command=cmd.ChooseMode(step="L22", mode=Mode.STANDARD),
    )


@pytest.mark.timeout(180)
async def test_an_outage_holds_no_decision_and_leaves_no_gap(
    temporal_server: EmbeddedTemporal,
) -> None:
    home = Path(tempfile.mkdtemp(prefix="groundwork-"))
    database = EmbeddedPostgres(home, durable=True)
    await database.start()
    migrate(database.url())
    client = await connect(Settings(), address=temporal_server.address)
    await register_search_attributes(client)
    environment = os.environ | {
        "DATABASE_URL": database.url(),
        "TEMPORAL_ADDRESS": temporal_server.address,
    }
    town = Town(Gateway(client), environment, database.url())
    try:
        chain = await town.launch()
        with town.worker():
            for number in range(5):
                await town.answer(chain, _choose(number))
            await database.stop()
            for number in range(5, 15):
                await town.answer(chain, _choose(number))
            await database.start()
            receipt = await town.answer(chain, _choose(15))
            await _recorded(database.url(), chain.id, receipt.seq)
        engine = create_engine(database.url())
        findings = await Audit(engine, lambda _hash: town.rules.definition).verify(chain.id)
        await engine.dispose()
    finally:
        await database.stop()
        shutil.rmtree(home)
    assert findings == []


async def _recorded(url: str, chain_id: str, seq: int) -> None:
    seen = 0
    while seen < seq:
        await asyncio.sleep(0.1)
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            row = connection.execute(
                "SELECT count(*) FROM event WHERE chain_id = %s", (chain_id,)
            ).fetchone()
        seen = row[0] if row else 0
