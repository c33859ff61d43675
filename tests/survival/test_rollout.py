"""A rollout ends with every running chain on the calendar, once, whatever dies meanwhile."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import NamedTuple

import psycopg
import pytest
import pytest_asyncio
from temporalio.client import Client

from groundwork.catalogue.calendars import load_calendar
from groundwork.domain.definition import Text
from groundwork.domain.rollout import RolloutOrder, RolloutProgress, RolloutState, rollout_id
from groundwork.runtime.embedded import EmbeddedTemporal
from groundwork.runtime.gateway import Gateway
from groundwork.runtime.rollouts import RolloutGateway
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import connect, register_search_attributes
from groundwork.store.calendars import Calendars, Origin
from groundwork.store.engine import create_engine
from groundwork.store.rollouts import Rollouts
from tests.survival.town import Town

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]


class Hall(NamedTuple):
    """A town, and what publishes its calendars."""

    town: Town
    client: Client
    calendars: Calendars
    rollouts: Rollouts
    url: str

    async def publish(self, version: str, day: int) -> None:
        """Add and publish a version in which a day of October 2026 is shut."""
        closed = {date(2026, 10, day): Text(zh="台风", en="Typhoon")}
        base = load_calendar("cn-2026.1")
        calendar = base.model_copy(update={"version": version, "closed": closed})
        now = datetime.now(UTC)
        await self.calendars.add(calendar, Origin(now, "a", "closures", base.version, "x", "—"))
        await self.calendars.publish(version, "a", "—", now)

    async def roll_out(self, version: str, **choices: float) -> None:
        order = RolloutOrder.model_validate(
            {"version": version, "settle_seconds": 0.5, "pause_seconds": 0.2, **choices}
        )
        await RolloutGateway(self.client).start(order)

    async def result(self, version: str) -> RolloutProgress:
        handle = self.client.get_workflow_handle(rollout_id(version), result_type=RolloutProgress)
        progress: RolloutProgress = await handle.result()
        return progress

    def adoptions(self, version: str) -> dict[str, int]:
        """How often each chain adopted the version, by the record."""
        with psycopg.connect(self.url.replace("+psycopg", "")) as connection:
            rows = connection.execute(
                "SELECT chain_id, count(*) FROM event WHERE type = 'calendar_adopted'"
                " AND body->>'version' = %s GROUP BY chain_id",
                (version,),
            ).fetchall()
        return dict(rows)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hall(temporal_server: EmbeddedTemporal, module_migrated_url: str) -> AsyncIterator[Hall]:
    """A town hall whose database and engine are up."""
    client = await connect(Settings(), address=temporal_server.address)
    await register_search_attributes(client)
    environment = os.environ | {
        "DATABASE_URL": module_migrated_url,
        "TEMPORAL_ADDRESS": temporal_server.address,
    }
    town = Town(Gateway(client), environment, module_migrated_url)
    engine = create_engine(module_migrated_url)
    yield Hall(town, client, Calendars(engine), Rollouts(engine), module_migrated_url)
    await engine.dispose()


async def test_a_worker_killed_midway_leaves_no_chain_out_and_none_twice(hall: Hall) -> None:
    with hall.town.worker():
        chains = {(await hall.town.launch()).id for _ in range(24)}
        async with asyncio.timeout(60):
            while await hall.rollouts.count_outstanding("cn-2026.31") < len(chains):
                await asyncio.sleep(0.1)
    await hall.publish("cn-2026.31", 12)
    with hall.town.doomed_worker() as kill:
        await hall.roll_out("cn-2026.31", page_size=4, at_once=1, pages_per_run=3)
        async with asyncio.timeout(60):
            while len(hall.adoptions("cn-2026.31")) < 6:
                await asyncio.sleep(0.02)
        kill()
    assert len(hall.adoptions("cn-2026.31")) < len(chains)
    with hall.town.worker():
        progress = await hall.result("cn-2026.31")
    assert progress.state is RolloutState.DONE
    assert progress.left == progress.failed == 0
    assert hall.adoptions("cn-2026.31") == dict.fromkeys(chains, 1)
    assert await hall.rollouts.find("cn-2026.31") == progress


async def test_what_fails_is_listed_with_its_reason_and_tried_again(hall: Hall) -> None:
    with hall.town.worker():
        lost, whole = [await hall.town.launch() for _ in range(2)]
        await hall.town.recorded(lost, until="chain_launched")
        await hall.town.recorded(whole, until="chain_launched")
        await hall.client.get_workflow_handle(lost.id).terminate()
        await hall.publish("cn-2026.32", 13)
        await hall.roll_out("cn-2026.32", most_sweeps=2)
        progress = await hall.result("cn-2026.32")
        assert progress.state is RolloutState.INCOMPLETE
        assert (progress.failed, progress.left) == (1, 1)
        (failure,) = (await hall.rollouts.failures("cn-2026.32")).items
        assert (failure["chain_id"], failure["reason"]) == (lost.id, "chain_not_found")
        assert failure["attempts"] == 2
        assert hall.adoptions("cn-2026.32")[whole.id] == 1


async def test_a_rollout_gives_way_to_one_that_was_published_later(hall: Hall) -> None:
    await hall.publish("cn-2026.33", 14)
    await hall.roll_out("cn-2026.33")
    await hall.publish("cn-2026.34", 15)
    with hall.town.worker():
        progress = await hall.result("cn-2026.33")
    assert progress.state is RolloutState.SUPERSEDED
    assert hall.adoptions("cn-2026.33") == {}
