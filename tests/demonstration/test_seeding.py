"""Planting on real servers: what is planted lives on, and a planting that was killed goes on."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.client import WorkflowHandle
from temporalio.testing import TimeSkipper
from temporalio.worker import Replayer

from groundwork.console.reconciling import Reconciling, Standing
from groundwork.demonstration.park import PlannedProject
from groundwork.demonstration.seeding import Seeding
from groundwork.demonstration.workflows import MOVE_CLOCK, PARK_CHAINS, ClockMove, ParkInput
from groundwork.domain import commands as cmd
from groundwork.domain.credit import CreditQuestion
from groundwork.domain.model import Actor, Chain, Role
from groundwork.runtime import temporal
from groundwork.runtime.demonstration import ParkState, read_park
from groundwork.runtime.embedded import EmbeddedTemporal
from groundwork.runtime.gateway import EngineSilent
from groundwork.runtime.settings import Settings
from groundwork.store.credit import CreditRegister
from groundwork.store.engine import create_engine
from groundwork.store.projects import Projects
from tests.demonstration import stage
from tests.demonstration.conftest import Garden

pytestmark = pytest.mark.asyncio(loop_scope="module")


def never(state: ParkState, project: PlannedProject) -> None:
    """Nothing may be planted."""
    raise AssertionError(project.id)


def planned(garden: Garden, data_dir: Path) -> list[PlannedProject]:
    """The park as it was planted in that folder."""
    state = read_park(data_dir)
    assert state is not None
    return list(garden.park.planned(stage.casting(), state.as_of))


async def recorded(garden: Garden, chain_id: str) -> list[tuple[int, str, datetime]]:
    """What the record has of a chain: number, type and business time of every event."""
    rows = await garden.reads.timeline(chain_id)
    return [(row["seq"], row["type"], row["at"]) for row in rows]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration's data folder."""
    return tmp_path_factory.mktemp("demo")


class TestPlanting:
    async def test_killed_in_the_middle_goes_on_where_it_was(
        self, garden: Garden, folder: Path
    ) -> None:
        dropped = asyncio.Event()

        def drop(state: ParkState, project: PlannedProject) -> None:
            dropped.set()

        planting = asyncio.create_task(garden.seeding().run(garden.park, folder, drop))
        await dropped.wait()
        planting.cancel()
        await asyncio.gather(planting, return_exceptions=True)
        begun = read_park(folder)
        assert begun is not None
        assert not begun.complete

        state = await garden.seeding().run(garden.park, folder, lambda *_: None)
        assert state.complete
        assert state == read_park(folder)
        assert state.as_of == begun.as_of
        for project in planned(garden, folder):
            assert await Projects(garden.database).get(project.code) is not None
            for plan in project.plans:
                events = [(one.seq, one.type, one.at) for one in plan.events]
                assert await recorded(garden, plan.launch.chain_id) == events

    async def test_it_says_when_the_database_is_away(self, garden: Garden, tmp_path: Path) -> None:
        nowhere = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
        seeding = Seeding(garden.client, garden.queue, nowhere, stage.casting())
        with pytest.raises(EngineSilent):
            await seeding.run(garden.park, tmp_path, never)
        begun = read_park(tmp_path)
        assert begun is not None
        assert begun.done == ()
        await nowhere.dispose()

    async def test_a_full_park_gets_nothing_more(self, garden: Garden, folder: Path) -> None:
        before = read_park(folder)
        assert await garden.seeding().run(garden.park, folder, never) == before

    async def test_a_breach_is_on_the_real_register(self, garden: Garden, folder: Path) -> None:
        question = CreditQuestion(subjects=("91440784MA00003300",))
        answer = await CreditRegister(garden.database).look_up(question)
        assert [one.kind.value for one in answer.records] == ["overdue_commitment"]

    async def test_its_histories_replay(self, garden: Garden, folder: Path) -> None:
        replayer = Replayer(workflows=PARK_CHAINS, plugins=[temporal.plugin(Settings())])
        for project in planned(garden, folder):
            for plan in project.plans:
                handle = garden.client.get_workflow_handle(plan.launch.chain_id)
                await replayer.replay_workflow(await handle.fetch_history())


class TestAfterwards:
    async def test_people_act_and_deadlines_fire_unattended(
        self, garden: Garden, folder: Path
    ) -> None:
        chain_id = planned(garden, folder)[0].plans[0].launch.chain_id
        before = len(await recorded(garden, chain_id))
        now = datetime.now(UTC)
        review = cmd.Envelope(
            key="reviewed-now",
            by=stage.casting().actor(Role.OFFICER, "park-committee"),
            received_at=now,
            command=cmd.BeginReview(step="L03"),
        )
        receipt = await garden.gateway.act(chain_id, review)
        assert receipt.seq == before + 1

        handle: WorkflowHandle[object, Chain] = garden.client.get_workflow_handle(chain_id)
        await TimeSkipper(garden.client).fast_forward(handle, timedelta(days=7))
        reviewed, *later = (await recorded(garden, chain_id))[before:]
        assert reviewed == (receipt.seq, "review_begun", now)
        assert "escalation_fired" in {kind for _, kind, _ in later}
        assert all(now < at <= datetime.now(UTC) + timedelta(days=7) for _, _, at in later)

    async def test_a_chain_launched_by_hand_lives_in_real_time(
        self, garden: Garden, folder: Path
    ) -> None:
        plan = planned(garden, folder)[0].plans[0]
        now = datetime.now(UTC)
        code = "2611-440784-04-01-190001"
        order = plan.launch.model_copy(
            update={"chain_id": f"by-hand.{code}", "key": "by-hand", "received_at": now}
        )
        await garden.gateway.launch(order, plan.rules, "手工启动")
        handle = garden.client.get_workflow_handle(order.chain_id)
        chain = await handle.query("chain", result_type=Chain)
        assert chain.launch.received_at == now
        receive = cmd.Envelope(
            key="receive-by-hand",
            by=Actor(id=order.housekeeper, role=Role.HOUSEKEEPER),
            received_at=datetime.now(UTC),
            command=cmd.Receive(step="L01", materials=("investment-agreement", "business-licence")),
        )
        receipt = await garden.gateway.act(order.chain_id, receive)
        assert receipt.seq > chain.seq

    async def test_what_people_ask_before_a_chain_has_caught_up_waits(
        self, garden: Garden, folder: Path
    ) -> None:
        plan = planned(garden, folder)[0].plans[0]
        order = plan.launch.model_copy(update={"chain_id": "standing.1", "key": "park.standing"})
        begin = ParkInput(launch=order, stands_at=order.received_at)
        await garden.gateway.launch(order, plan.rules, "尚在准备", begin)
        handle = garden.client.get_workflow_handle(order.chain_id)
        asked = cmd.Envelope(
            key="too-early",
            by=Actor(id=order.housekeeper, role=Role.HOUSEKEEPER),
            received_at=datetime.now(UTC),
            command=cmd.WithdrawChain(reason="不建了"),
        )
        with pytest.raises(EngineSilent):
            await garden.gateway.act(order.chain_id, asked)
        await handle.execute_update(MOVE_CLOCK, ClockMove(), result_type=cmd.Receipt)
        await garden.gateway.act(order.chain_id, asked)
        assert (await handle.query("chain", result_type=Chain)).state.value == "withdrawn"

    async def test_the_repair_kit_understands_its_chains(
        self,
        garden: Garden,
        folder: Path,
        temporal_server: EmbeddedTemporal,
        module_postgres_url: str,
    ) -> None:
        settings = Settings(demo=True, task_queue=garden.queue)
        reconciling = Reconciling(settings, module_postgres_url, temporal_server.address)
        chains = [
            plan.launch.chain_id for project in planned(garden, folder) for plan in project.plans
        ]
        found = [await reconciling.look(chain) for chain in chains]
        assert {one.standing for one in found} == {Standing.AGREE}

        going = next(one for one in found if not one.ended)
        await reconciling.restart(going.chain, "to see it go on")
        withdraw = cmd.Envelope(
            key="withdrawn-after-the-restart",
            by=stage.casting().actor(Role.HOUSEKEEPER),
            received_at=datetime.now(UTC),
            command=cmd.WithdrawChain(reason="不建了"),
        )
        receipt = await garden.gateway.act(going.chain, withdraw)
        assert receipt.seq > going.recorded
