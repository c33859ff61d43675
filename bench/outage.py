"""Decisions while the database is away, and how soon the record has caught up afterwards.

Two ways of being away: *stopped*, so that connections are refused, and *frozen*, so that they hang
and a decision finds out by the first attempt's time limit.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from statistics import median
from time import perf_counter
from typing import NamedTuple

from bench.effort import Effort
from bench.report import Figure, Report
from bench.site import Side, Site
from bench.usage import resume, suspend
from bench.worker import CHAINS

RATIO, LONGEST_MS, CATCH_UP_S = 3.0, 600.0, 3.0
BEFORE, DURING = range(5), range(5, 14)
"""The steps decided before the outage and during it."""


class Outage(NamedTuple):
    """What was seen of one outage; times in milliseconds, but catching up in seconds."""

    normal: float
    """The median before the outage."""
    during: float
    """The median during it."""
    worst: float
    caught_up: float

    def figures(self, way: str) -> list[Figure]:
        """The lines of the table."""
        during, ratio = f"database {way}: decision, p50", round(self.during / self.normal, 3)
        return [
            Figure(during, self.during, "ms", self.normal, ratio, at_most=RATIO),
            Figure(f"database {way}: slowest decision", self.worst, "ms", at_most=LONGEST_MS),
            Figure(f"database {way}: caught up after", self.caught_up, "s", at_most=CATCH_UP_S),
        ]


async def measure_outage(site: Site, effort: Effort) -> Report:
    """Let chains go on through both kinds of outage."""
    async with site.worker(CHAINS) as ours:
        stopped = await _through(site, ours, effort.outage_chains, _stopped(site))
        frozen = await _through(site, ours, effort.outage_chains, _frozen(site))
    worst = round(stopped.worst / stopped.normal, 3)
    figure = Figure(
        "database stopped: slowest against p50 before",
        stopped.worst,
        "ms",
        stopped.normal,
        worst,
        at_most=RATIO,
    )
    return Report(
        [*stopped.figures("stopped"), figure, *frozen.figures("frozen")],
        {
            "outage_worst_ratio": worst,
            "outage": {"stopped": stopped._asdict(), "frozen": frozen._asdict()},
        },
    )


async def _through(
    site: Site, side: Side, count: int, outage: AbstractAsyncContextManager[None]
) -> Outage:
    chain_ids = [await side.start() for _ in range(count)]
    normal = await _decide(side, chain_ids, BEFORE)
    async with outage:
        during = await _decide(side, chain_ids, DURING)
        last = {chain_id: during.seq[chain_id] for chain_id in chain_ids}
    back = perf_counter()
    for chain_id, seq in last.items():
        await site.recorded(chain_id, seq)
    return Outage(
        normal=round(median(normal.latencies), 2),
        during=round(median(during.latencies), 2),
        worst=round(max(during.latencies), 1),
        caught_up=round(perf_counter() - back, 2),
    )


class _Decided(NamedTuple):
    latencies: list[float]
    seq: dict[str, int]


async def _decide(side: Side, chain_ids: list[str], numbers: range) -> _Decided:
    """One caller decides the same step on one chain after the other."""
    decided = _Decided([], {})
    for number in numbers:
        for chain_id in chain_ids:
            asked = perf_counter()
            decided.seq[chain_id] = await side.act(chain_id, number)
            decided.latencies.append((perf_counter() - asked) * 1000)
    return decided


@asynccontextmanager
async def _stopped(site: Site) -> AsyncIterator[None]:
    await site.postgres.stop()
    try:
        yield
    finally:
        await site.postgres.start()


@asynccontextmanager
async def _frozen(site: Site) -> AsyncIterator[None]:
    pid = site.postgres.process.pid
    assert pid is not None, "the server runs"
    suspended = suspend(pid)
    try:
        yield
    finally:
        resume(suspended)
