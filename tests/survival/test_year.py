"""A year of escalations on the real engine, in skipped time, while worker and engine are killed."""

import asyncio
import random
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from groundwork.catalogue.loader import content_hash
from groundwork.rehearsal.plan import Plan
from groundwork.runtime.embedded import EmbeddedTemporal
from groundwork.runtime.processes import free_port
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import connect
from groundwork.store.audit import Audit
from groundwork.store.definitions import Definitions
from groundwork.store.engine import create_engine
from tests.survival.department import SEED, merged
from tests.survival.stage import Performance, Stage

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

DEATHS = ("worker", "temporal", "worker")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(module_migrated_url: str, plans: list[Plan]) -> AsyncIterator[Stage]:
    """An engine of its own that keeps its state on disk, and a record that knows the plans."""
    home = Path(tempfile.mkdtemp(prefix="groundwork-"))
    server = EmbeddedTemporal(port=free_port(), data_dir=home)
    engine = create_engine(module_migrated_url)
    stored = Definitions(engine)
    for plan in plans:
        await stored.save(content_hash(plan.rules.definition), plan.rules.definition)
        await stored.save_calendar(plan.rules.calendar)
    await engine.dispose()
    await server.start()
    settings = Settings()
    namespace = settings.rehearsal_namespace
    client = await connect(settings, address=server.address, namespace=namespace)
    try:
        with Stage(server, client, module_migrated_url) as opened:
            opened.add_projects(plans)
            yield opened
    finally:
        await server.stop()
        shutil.rmtree(home)


async def die(stage: Stage, whole: int) -> None:
    """Kill at moments of the year that a seed has chosen, told by how much is on record."""
    dice = random.Random(SEED)
    moments = sorted(dice.sample(range(whole // 10, whole * 9 // 10), len(DEATHS)))
    for moment, victim in zip(moments, DEATHS, strict=True):
        while stage.recorded() < moment:
            await asyncio.sleep(0.01)
        await stage.kill(victim)


async def test_a_year_fires_as_the_core_foretells_whatever_is_killed_meanwhile(
    stage: Stage, plans: list[Plan], module_migrated_url: str
) -> None:
    performances = [Performance(stage, plan) for plan in plans]
    await asyncio.gather(*(one.launch() for one in performances))
    dying = asyncio.create_task(die(stage, sum(len(plan.events) for plan in plans)))
    await asyncio.gather(*(one.play() for one in performances))
    await dying
    for one in performances:
        assert stage.events(one.id) == one.plan.events
        assert one.refused == one.foretold_refusals
    assert stage.fired() == [one.key for one in merged(plans)]
    engine = create_engine(module_migrated_url)
    known = {one.launch.definition.hash: one.rules.definition for one in plans}
    audit = Audit(engine, known.__getitem__)
    findings = [*await audit.verify(), *await audit.refold()]
    await engine.dispose()
    assert findings == []
