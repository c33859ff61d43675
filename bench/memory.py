"""What a chain that waits in a worker's cache keeps of its memory, against a bare workflow."""

import asyncio

from bench.effort import Effort
from bench.report import Figure, Report
from bench.site import Side, Site
from bench.usage import usage
from bench.worker import BARE, CHAINS

AT_MOST = 2.0
WARM_UP = 10
AT_ONCE = 8
PAGE = 4096


async def measure_memory(site: Site, effort: Effort) -> Report:
    """Let idle workflows fill a fresh worker's cache, and see how the worker grows."""
    async with site.worker(CHAINS) as ours:
        chains = await _kib_each(site, ours, effort.cached)
    async with site.worker(BARE) as floor:
        bare = await _kib_each(site, floor, effort.cached)
    ratio = round(chains / bare, 3)
    return Report(
        [Figure("memory per cached chain", chains, "KiB", bare, ratio, at_most=AT_MOST)],
        {"memory_ratio": ratio, "memory": {"chain_kib": chains, "bare_kib": bare}},
    )


async def _kib_each(site: Site, side: Side, count: int) -> float:
    await _fill(site, side, WARM_UP)
    before = usage(side.pid).rss
    await _fill(site, side, count)
    grown = max(usage(side.pid).rss - before, PAGE)  # a few workflows may fit into what was free
    return round(grown / count / 1024, 1)


async def _fill(site: Site, side: Side, count: int) -> None:
    """Start workflows that then wait for their second update."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def begin() -> None:
        async with turns:
            workflow_id = await side.start()
            await side.act(workflow_id, 0)
            await site.settled(workflow_id)

    await asyncio.gather(*(begin() for _ in range(count)))
