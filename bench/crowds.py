"""How the engine bears open chains: 1,000 and 10,000 that wait, and people who go on deciding.

The worker caches no more of them than it does by default, so that most must be replayed first when
somebody decides: a chain that waits for months is not in anybody's memory.
"""

import asyncio
from collections.abc import Awaitable
from statistics import median
from time import perf_counter

from bench.effort import Effort
from bench.report import Figure, Report
from bench.site import Side, Site
from bench.usage import usage
from bench.worker import CHAINS

AT_ONCE = 16
ASKED = 20
PAGE = 100
QUERY = 'Light="green" AND ExecutionStatus="Running"'


async def measure_crowds(site: Site, effort: Effort) -> Report:
    """Launch chains in leaps; after each, decide on the oldest, list them and weigh the server."""
    report = Report()
    waiting: list[str] = []
    held = 0
    idle = usage(site.servers["temporal"]).rss
    async with site.worker(CHAINS) as ours:
        for size in effort.crowds:
            waiting += await _launch(site, ours, size - held)
            held = size
            report.add(await _look(site, ours, waiting, held, idle))
    return report


async def _launch(site: Site, ours: Side, count: int) -> list[str]:
    turns = asyncio.Semaphore(AT_ONCE)

    async def begin() -> str:
        async with turns:
            chain_id = await ours.start()
            await site.settled(chain_id)
            return chain_id

    return list(await asyncio.gather(*(begin() for _ in range(count))))


async def _look(site: Site, ours: Side, waiting: list[str], count: int, idle: int) -> Report:
    # Those that were decided before are in the worker's cache: the next reading takes others.
    oldest = [waiting.pop(0) for _ in range(min(ASKED, len(waiting)))]
    decided = [await _timed(ours.act(chain_id, 0)) for chain_id in oldest]
    listed = [await _timed(_page(site)) for _ in range(ASKED)]
    weight = (usage(site.servers["temporal"]).rss - idle) / count / 1024
    worker = usage(ours.pid).rss / 2**20
    name = f"{count:,} open chains"
    return Report(
        [
            Figure(f"{name}: decision on the oldest, p50", median(decided), "ms"),
            Figure(f"{name}: list by light in visibility, p50", median(listed), "ms"),
            Figure(f"{name}: server's memory for each", weight, "KiB"),
            Figure(f"{name}: the worker's memory", worker, "MiB"),
        ],
        {
            "crowds": {
                str(count): {
                    "decision_ms": round(median(decided), 1),
                    "list_ms": round(median(listed), 1),
                    "server_kib_each": round(weight, 1),
                    "worker_mib": round(worker, 1),
                }
            }
        },
    )


async def _timed(asked: Awaitable[object]) -> float:
    began = perf_counter()
    await asked
    return (perf_counter() - began) * 1000


async def _page(site: Site) -> int:
    """The first page of what an operator would list."""
    return len([one async for one in site.client.list_workflows(QUERY, limit=PAGE)])
