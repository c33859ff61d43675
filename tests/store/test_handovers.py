"""A plan to hand work over is written down once, whoever asks for it and how often."""

from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.store.engine import autocommit
from groundwork.store.handovers import Handover, Handovers
from tests.store.conftest import Execute


def planned(handover_id: str) -> Handover:
    return Handover(
        id=handover_id,
        by_id="p-head",
        source_id="p-from",
        target_id="p-to",
        department="park-committee",
        reason="轮岗",
        received_at=datetime.now(UTC),
    )


async def test_why_is_sealed_and_read_as_before(engine: AsyncEngine, execute: Execute) -> None:
    handovers, plan = Handovers(engine), planned("h-sealed")
    await handovers.plan(plan, [])
    found = await handovers.find(plan.id)
    assert found is not None
    assert found.handover == plan
    assert plan.reason not in repr(await execute("SELECT * FROM handover"))
    assert await handovers.find("h-none") is None


async def test_a_plan_written_twice_is_the_first(engine: AsyncEngine) -> None:
    handovers, plan = Handovers(engine), planned("h-written-twice")
    await handovers.plan(
        plan, [("land-to-construction.a", "L01"), ("land-to-construction.a", "L02")]
    )
    await handovers.plan(plan, [("land-to-construction.a", "L03")])
    query = text("SELECT step FROM handover_step WHERE handover_id = :id ORDER BY number")
    async with autocommit(engine) as connection:
        steps = (await connection.execute(query, {"id": plan.id})).scalars().all()
    assert steps == ["L01", "L02"]
