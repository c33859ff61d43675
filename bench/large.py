"""One very large chain: 200 steps, most of them once for each of 60 buildings.

It is decided step by step while all the rest waits, so that every command meets the whole chain.
"""

from datetime import UTC, datetime
from statistics import median
from time import perf_counter
from typing import Final

from sqlalchemy import text

from bench import world
from bench.effort import Effort
from bench.history import trace
from bench.report import Figure, Report
from bench.site import PATIENCE, PROJECT, RULES, Site
from bench.worker import CHAINS
from groundwork.domain.commands import Decide, Envelope
from groundwork.domain.facts import UnitChoice
from groundwork.domain.model import DecisionResult, DefinitionRef, Launch
from groundwork.domain.rules import Rules
from groundwork.runtime.gateway import Gateway
from groundwork.store.engine import transaction

SMALL_ID: Final = "bench.small"
LARGE_ID: Final = "bench.large"
AT_MOST_KIB: Final = 2048
"""The engine refuses larger payloads; a chain's own state travels in one when it goes on anew."""


async def measure_large(site: Site, effort: Effort) -> Report:
    """Decide every step of both chains but the last building's, in turn, and weigh what is left."""
    rules = Rules(world.large_definition(), world.calendar())
    keys = [world.step_id(number) for number in range(world.ALONE)]
    for unit in range(1, effort.units):
        spread = range(world.ALONE, world.ALONE + world.PER_UNIT)
        keys += [f"{world.step_id(number)}.U{unit}" for number in spread]
    async with site.worker(CHAINS) as ours:
        gateway = Gateway(site.client, ours.task_queue)
        small = world.order(SMALL_ID, PROJECT)
        await gateway.launch(small, RULES, SMALL_ID)
        await gateway.launch(_order(effort.units), rules, LARGE_ID)
        floor = [
            await _decide(site, gateway, SMALL_ID, world.step_id(number))
            for number in range(world.STEPS - 1)
        ]
        took = [await _decide(site, gateway, LARGE_ID, key) for key in keys]
        left = await trace(site.client, LARGE_ID)
    steps, snapshot = await _weigh(site)
    return _report(f"{steps} steps, {effort.units} buildings", floor, took, left.kib, snapshot)


def _report(
    name: str, floor: list[float], took: list[float], history: float, snapshot: float
) -> Report:
    decision, usual = median(took), median(floor)
    ratio = round(decision / usual, 2)
    return Report(
        [
            Figure(f"{name}: decision, p50 (floor: 18 steps)", decision, "ms", usual, ratio),
            Figure(f"{name}: its state", snapshot, "KiB", at_most=AT_MOST_KIB),
            Figure(f"{name}: history since it last went on anew", history, "KiB"),
        ],
        {
            "large": {
                "decision_ms": round(decision, 1),
                "slowest_ms": round(max(took), 1),
                "ratio": ratio,
                "state_kib": round(snapshot, 1),
                "history_kib": history,
            }
        },
    )


async def _decide(site: Site, gateway: Gateway, chain_id: str, step: str) -> float:
    """Decide a step of a chain that only waits; how many milliseconds that took."""
    await site.settled(chain_id)
    envelope = Envelope(
        key=f"decide-{step}",
        by=world.PERSON,
        received_at=datetime.now(UTC),
        command=Decide(step=step, result=DecisionResult.PASS),
    )
    asked = perf_counter()
    receipt = await gateway.act(chain_id, envelope, PATIENCE)
    took = (perf_counter() - asked) * 1000
    await site.recorded(chain_id, receipt.seq)
    return took


def _order(units: int) -> Launch:
    definition = world.large_definition()
    return world.order(LARGE_ID, PROJECT).model_copy(
        update={
            "definition": DefinitionRef(
                id=definition.id, version=definition.version, hash=world.LARGE_HASH
            ),
            "units": tuple(
                UnitChoice(id=f"U{number}", name=f"building {number}")
                for number in range(1, units + 1)
            ),
        }
    )


async def _weigh(site: Site) -> tuple[int, float]:
    """How many steps the large chain has in the record, and how large its state is, in KiB."""
    async with transaction(site.engine) as connection:
        given = {"chain": LARGE_ID}
        steps = await connection.execute(
            text("SELECT count(*) FROM step WHERE chain_id = :chain"), given
        )
        size = await connection.execute(
            text("SELECT length(snapshot::text) FROM chain WHERE id = :chain"), given
        )
        return steps.scalar_one(), size.scalar_one() / 1024
