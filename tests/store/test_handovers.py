"""A plan to hand work over is written down once, whoever asks for it and how often."""

from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.store.engine import autocommit
from groundwork.store.handovers import Handover, Handovers


async def test_a_plan_written_twice_is_the_first(engine: AsyncEngine) -> None:
    handovers = Handovers(engine)
    plan = Handover(
        id="h-written-twice",
        by_id="p-head",
        source_id="p-from",
        target_id="p-to",
        department="park-committee",
        reason="轮岗",
        received_at=datetime.now(UTC),
    )
    await handovers.plan(
        plan, [("land-to-construction.a", "L01"), ("land-to-construction.a", "L02")]
    )
    await handovers.plan(plan, [("land-to-construction.a", "L03")])
    query = text("SELECT step FROM handover_step WHERE handover_id = :id ORDER BY number")
    async with autocommit(engine) as connection:
        steps = (await connection.execute(query, {"id": plan.id})).scalars().all()
    assert steps == ["L01", "L02"]
