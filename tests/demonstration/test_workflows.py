"""A clock that stands: over runs that continue a chain, until it is let go for good."""

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.worker import Worker

from bench import world
from groundwork.demonstration.workflows import MOVE_CLOCK, PARK_CHAINS, ClockMove, ParkInput
from groundwork.domain import commands as cmd
from groundwork.domain.model import Chain
from groundwork.runtime.gateway import EngineSilent
from tests.workflows.office import decide, open_office

LAUNCHED = datetime(2026, 3, 2, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def test_it_stands_in_every_run_until_it_is_let_go() -> None:
    async with open_office("limit.historyCount.suggestContinueAsNew=30") as office:
        order = world.order("park.1").model_copy(update={"received_at": LAUNCHED})
        async with Worker(
            office.client,
            task_queue="groundwork",
            workflows=PARK_CHAINS,
            activities=[office.memory.record, office.credit.look_up, office.credit.file],
        ):
            begin = ParkInput(launch=order, stands_at=LAUNCHED)
            await office.gateway.launch(order, office.rules, "演示", begin)
            for number in range(12):
                scripted = decide(number, key=f"park.{number:04d}").model_copy(
                    update={"received_at": LAUNCHED + (number + 1) * HOUR}
                )
                await office.gateway.act(order.chain_id, scripted)
            handle = office.client.get_workflow_handle(order.chain_id)
            description = await handle.describe()
            first_run = description.raw_description.workflow_execution_info.first_run_id
            assert first_run != description.run_id, "the chain must have continued as new"
            caught_up = LAUNCHED + 12 * HOUR
            chain = await handle.query("chain", result_type=Chain)
            await office.memory.reached(order.chain_id, chain.seq)
            assert max(one.at for one in office.memory.events[order.chain_id]) == caught_up

            with pytest.raises(EngineSilent):
                await office.gateway.act(order.chain_id, decide(12))
            # Backwards it never goes, and time alone takes it as far as it is told.
            for to in (LAUNCHED, LAUNCHED + timedelta(days=365)):
                moved = await handle.execute_update(
                    MOVE_CLOCK, ClockMove(to=to), result_type=cmd.Receipt
                )
                await office.memory.reached(order.chain_id, moved.seq)
            over = [one for one in office.memory.events[order.chain_id] if one.at > caught_up]
            assert over
            assert max(one.at for one in over) < LAUNCHED + timedelta(days=365)

            await handle.execute_update(MOVE_CLOCK, ClockMove(), result_type=cmd.Receipt)
            mine = decide(12)
            receipt = await office.gateway.act(order.chain_id, mine)
            await office.memory.reached(order.chain_id, receipt.seq)
            decided = [one for one in office.memory.events[order.chain_id] if one.key == mine.key]
            assert {one.at for one in decided} == {mine.received_at}
