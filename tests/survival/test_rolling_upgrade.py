"""Chains that began under one version of the workers end under the next, whatever is in flight."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import TimeSkipper
from temporalio.worker import Replayer

from bench import world
from groundwork.catalogue.loader import content_hash
from groundwork.domain import commands as cmd
from groundwork.domain import core
from groundwork.domain.events import AnyEvent
from groundwork.domain.fold import fold
from groundwork.domain.model import Chain, ChainState, DecisionResult
from groundwork.domain.rules import Rules
from groundwork.runtime.deployments import DeploymentError, Deployments, Standing
from groundwork.runtime.embedded import EmbeddedTemporal
from groundwork.runtime.gateway import Gateway
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import (
    TemporalUnavailable,
    connect,
    plugin,
    register_search_attributes,
)
from groundwork.store.definitions import Definitions
from groundwork.store.engine import create_engine
from groundwork.store.migrations import migrate
from groundwork.workflows import shelf
from tests.survival.next_release import NextLandToConstruction
from tests.survival.town import Town, asked

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

QUEUE = DEPLOYMENT = "rolling"
NOW, NEXT = {"GROUNDWORK_BUILD_ID": "1"}, {"GROUNDWORK_BUILD_ID": "2"}
NEXT_RELEASE = "tests.survival.next_worker"


class Yard(NamedTuple):
    """A town whose workers have versions."""

    town: Town
    client: Client
    deployments: Deployments

    async def make_current(self, build_id: str) -> None:
        """Let chains begin on that version, as soon as its workers are there."""
        while True:
            try:
                return await self.deployments.make_current(build_id)
            except DeploymentError:
                await asyncio.sleep(0.1)

    async def empty(self, build_id: str) -> Standing:
        """Let the chains on a version move; what becomes of it once none is left."""
        while True:
            # One job at a time; and a chain that is just being continued is told the next time.
            with suppress(TemporalUnavailable):
                await self.deployments.hasten(build_id)
            for _ in range(10):
                await asyncio.sleep(0.1)
                deployment = await self.deployments.find()
                assert deployment is not None
                (version,) = [one for one in deployment.versions if one.build_id == build_id]
                if not version.chains:
                    return version.standing

    def handle(self, chain: Chain) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle(chain.id)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def yard(temporal_server: EmbeddedTemporal, module_postgres_url: str) -> AsyncIterator[Yard]:
    """Database and engine are up, and the chain of eighteen steps is stored; nothing carries it."""
    migrate(module_postgres_url)
    client = await connect(Settings(), address=temporal_server.address)
    await register_search_attributes(client)
    rules = Rules(world.definition(), world.calendar())
    engine = create_engine(module_postgres_url)
    await Definitions(engine).save(content_hash(rules.definition), rules.definition)
    await Definitions(engine).save_calendar(rules.calendar)
    await engine.dispose()
    environment = os.environ | {
        "DATABASE_URL": module_postgres_url,
        "TEMPORAL_ADDRESS": temporal_server.address,
        "GROUNDWORK_TASK_QUEUE": QUEUE,
        "GROUNDWORK_DEPLOYMENT": DEPLOYMENT,
    }
    town = Town(Gateway(client, QUEUE), environment, module_postgres_url, rules)
    yield Yard(town, client, Deployments(client, DEPLOYMENT))


async def test_chains_begun_on_one_version_end_on_the_next(yard: Yard) -> None:
    town = yard.town
    assert await yard.deployments.find() is None
    with town.worker(NEXT_RELEASE, **NEXT):
        with town.worker(**NOW):
            await yard.make_current("1")
            chains = [await town.launch(at=datetime.now(UTC)) for _ in range(4)]
            *busy, idle, slept = chains
            for chain in chains:
                await town.answer(chain, _decide(0))
            begun = await yard.handle(idle).fetch_history()
            # Commands keep coming while the version changes under them.
            working = [asyncio.create_task(_work(town, chain)) for chain in busy]
            await yard.make_current("2")
            await asyncio.gather(*working)
            # What nobody touches moves with its timer, or when it is told to look.
            await TimeSkipper(yard.client).fast_forward(yard.handle(slept), timedelta(days=60))
            assert await yard.empty("1") in {Standing.DRAINING, Standing.DRAINED}
            # And back again, as long as the workers of before are there.
            for wanted, left in (("1", "2"), ("2", "1")):
                await yard.make_current(wanted)
                await yard.empty(left)
        for chain in (*busy, idle):
            await _work(town, chain, upto=world.STEPS)
            outcome = await yard.handle(chain).result()
            assert ChainState(outcome["state"]) is ChainState.COMPLETED
    for chain in (*busy, idle):
        events = town.events(chain)
        _is_whole(events, world.STEPS)
        assert fold(events).state is ChainState.COMPLETED
    _fired_once(town, town.events(slept))
    assert not await _replays(begun), "the next release does change the workflow"


def _decide(number: int) -> cmd.Envelope:
    command = cmd.Decide(step=world.step_id(number), result=DecisionResult.PASS)
    return asked(command, datetime.now(UTC)).model_copy(update={"key": f"decide-{number:04}"})


async def _work(town: Town, chain: Chain, upto: int = world.STEPS - 1) -> None:
    """Pass every step but the first one; giving a command twice is giving it once."""
    for number in range(1, upto):
        await town.answer(chain, _decide(number))


async def _replays(history: Any) -> bool:
    definition, calendar = world.definition(), world.calendar()
    shelf.put_definition(content_hash(definition), definition)
    shelf.put_calendar(calendar)
    replayer = Replayer(workflows=[NextLandToConstruction], plugins=[plugin(Settings())])
    result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
    return result.replay_failure is None


def _is_whole(events: tuple[AnyEvent, ...], commands: int) -> None:
    """No event is lost or doubled, and each command led to its events once."""
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    decided = Counter(event.key for event in events if event.type == "step_decided")
    assert decided == {f"decide-{number:04}": 1 for number in range(commands)}


def _fired_once(town: Town, events: tuple[AnyEvent, ...]) -> None:
    """What the core foretells for the time that was skipped, and nothing else."""
    last = next(i for i, event in enumerate(events) if event.key == "decide-0000")
    while last + 1 < len(events) and events[last + 1].at == events[last].at:
        last += 1
    foretold = core.tick(town.rules, fold(events[: last + 1]), events[-1].at)
    assert foretold.events == events[last + 1 :]
    assert any(event.type == "escalation_fired" for event in foretold.events)
