"""Escalations that fall due while worker or engine are dead fire once, at the law's own moments."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio
from temporalio.client import Client

from groundwork.catalogue.loader import content_hash
from groundwork.domain import commands as cmd
from groundwork.domain import events as ev
from groundwork.domain.rules import Rules
from groundwork.runtime.embedded import EmbeddedTemporal
from groundwork.runtime.gateway import Gateway
from groundwork.runtime.processes import free_port
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import connect
from groundwork.store.definitions import Definitions
from groundwork.store.engine import create_engine
from tests.survival.hourly import CHOICE, RUNGS, foretold, handed_in, hourly_rules
from tests.survival.tasks import failed_tasks
from tests.survival.town import Town, asked

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]


class Hamlet(NamedTuple):
    """A town whose engine keeps its state on disk and can be killed."""

    town: Town
    server: EmbeddedTemporal
    client: Client


@pytest.fixture(scope="module")
def hourly(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    """L01 has eight hours and climbs by the hour."""
    return hourly_rules(Path(tmp_path_factory.mktemp("hourly")))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hamlet(module_migrated_url: str, hourly: Rules) -> AsyncIterator[Hamlet]:
    """The database and the engine are up, and know the hourly rules."""
    home = Path(tempfile.mkdtemp(prefix="groundwork-"))
    server = EmbeddedTemporal(port=free_port(), data_dir=home)
    engine = create_engine(module_migrated_url)
    await Definitions(engine).save(content_hash(hourly.definition), hourly.definition)
    await Definitions(engine).save_calendar(hourly.calendar)
    await engine.dispose()
    await server.start()
    client = await connect(Settings(), address=server.address)
    environment = os.environ | {
        "DATABASE_URL": module_migrated_url,
        "TEMPORAL_ADDRESS": server.address,
    }
    try:
        yield Hamlet(
            Town(Gateway(client), environment, module_migrated_url, hourly), server, client
        )
    finally:
        await server.stop()
        shutil.rmtree(home)


@pytest.mark.parametrize("victims", [("temporal",), ("temporal", "worker")])
async def test_what_falls_due_meanwhile_fires_once_and_as_of_its_moment(
    hamlet: Hamlet, victims: tuple[str, ...]
) -> None:
    town, now = hamlet.town, datetime.now(UTC)
    with ExitStack() as running:
        kill = running.enter_context(town.doomed_worker())
        cases = [await handed_in(town, rung, now) for rung in (*RUNGS, "yellow")]
        first = datetime.now(UTC) + timedelta(seconds=8)
        moments = {one.chain.id: first + timedelta(seconds=n) for n, one in enumerate(cases)}
        expected = {}
        for case in cases:
            moment = moments[case.chain.id]
            accept = asked(cmd.Accept(step="L01"), moment - RUNGS[case.rung])
            await town.answer(case.chain, accept)
            expected[case.chain.id] = foretold(town.rules, case, accept, moment)
        # All but the last event of each chain is past, and on record before anything is killed.
        for case in cases:
            await town.reached(case.chain, case.chain.seq + len(expected[case.chain.id]) - 1)
        if "worker" in victims:
            kill()
        if "temporal" in victims:
            hamlet.server.process.kill()
            await asyncio.to_thread(hamlet.server.process.stop)
        known = [event for case in cases for event in town.events(case.chain)]
        while datetime.now(UTC) <= max(moments.values()):
            await asyncio.sleep(0.2)
        if "temporal" in victims:
            await hamlet.server.start()
        if "worker" in victims:
            running.enter_context(town.worker())
        for case in cases:
            await town.reached(case.chain, case.chain.seq + len(expected[case.chain.id]))
        # Another command passes through, so that nothing is still on its way.
        for case in cases:
            await town.answer(case.chain, asked(CHOICE, datetime.now(UTC)))
            await town.reached(case.chain, case.chain.seq + len(expected[case.chain.id]) + 1)
    for case in cases:
        *happened, chosen = town.events(case.chain)[case.chain.seq :]
        assert happened == expected[case.chain.id]
        assert chosen.type == "mode_chosen"
        climbed = happened[-1]
        assert isinstance(climbed, ev.EscalationFired)
        assert (climbed.rung, climbed.at) == (case.rung, moments[case.chain.id])
        assert await failed_tasks(hamlet.client, case.chain.id) == [], "a definition came late"
    assert climbed not in known, "the last of them fell due while nobody was there"
