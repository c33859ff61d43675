"""Decisions against updates of a bare workflow: latency, throughput and processor time.

Blocks of both sides alternate, so that a machine that slows down slows down both; what counts is
the median of the ratios of neighbouring blocks.
"""

import asyncio
import os
from collections.abc import Callable
from functools import partial
from statistics import median, quantiles
from time import perf_counter
from typing import NamedTuple

from bench import world
from bench.effort import Effort
from bench.report import Figure, Report
from bench.site import Side, Site
from bench.usage import usage
from bench.worker import BARE, BARE_RECORDING, CHAINS

P50_ALONE, P50_CROWD, P95_CROWD = 2.0, 1.3, 1.3
THROUGHPUT, CPU = 1.0, 1.3
WARM_UP = 4


class Block(NamedTuple):
    """What one block of one side took; latencies in milliseconds, `cpu` in seconds by process."""

    lives: int
    latencies: list[float]
    seconds: float
    cpu: dict[str, float]


Reading = Callable[[Block], float]
"""A number that a block gives."""


def p50(block: Block) -> float:
    """The median latency in milliseconds."""
    return median(block.latencies)


def p95(block: Block) -> float:
    """The latency in milliseconds that 95 of 100 updates keep to."""
    return quantiles(block.latencies, n=20)[-1]


def rate(block: Block) -> float:
    """Updates per second."""
    return len(block.latencies) / block.seconds


def cpu_of(name: str, block: Block) -> float:
    """Processor milliseconds per workflow of one process."""
    return block.cpu[name] * 1000 / block.lives


def cpu_of_all(block: Block) -> float:
    """Processor milliseconds per workflow of all processes."""
    return sum(block.cpu.values()) * 1000 / block.lives


worker_cpu = partial(cpu_of, "worker")


class Comparison:
    """Neighbouring blocks of both sides."""

    def __init__(self, site: Site, ours: Side, floor: Side) -> None:
        self._site = site
        self._sides = (ours, floor)
        self.ours: list[Block] = []
        self.floor: list[Block] = []

    async def play(self, callers: int, lives: int, pairs: int) -> None:
        """Play pairs of blocks, beginning with each side in turn, after a short warm-up."""
        ours, floor = self._sides
        for side in self._sides:
            await _play(self._site, side, min(callers, WARM_UP), 1)
        for number in range(pairs):
            blocks = {}
            for side in (ours, floor) if number % 2 else (floor, ours):
                blocks[side.name] = await _play(self._site, side, callers, lives)
            self.ours.append(blocks[ours.name])
            self.floor.append(blocks[floor.name])

    def ratio(self, of: Reading) -> float:
        """The median of the ratios."""
        return round(median(of(a) / of(b) for a, b in zip(self.ours, self.floor, strict=True)), 3)

    def figure(self, measure: str, unit: str, of: Reading, **goal: float) -> Figure:
        """A line of the table, with the goal that its ratio has."""
        value, floor = (median(map(of, blocks)) for blocks in (self.ours, self.floor))
        return Figure(measure, value, unit, floor, self.ratio(of), **goal)

    def raw(self, **readings: Reading) -> dict[str, dict[str, list[float]]]:
        """Every block's value, for those who distrust medians."""
        return {
            name: {
                "ours": [round(of(block), 2) for block in self.ours],
                "floor": [round(of(block), 2) for block in self.floor],
            }
            for name, of in readings.items()
        }


async def measure_alone(site: Site, effort: Effort) -> Report:
    """One caller decides one step after the other."""
    async with site.worker(CHAINS) as ours, site.worker(BARE) as floor:
        both = Comparison(site, ours, floor)
        await both.play(1, effort.lives_alone, effort.pairs_alone)
    return Report(
        [both.figure("decision, 1 caller, p50", "ms", p50, at_most=P50_ALONE)],
        {
            "ratios": {"decision_p50": both.ratio(p50)},
            "alone": both.raw(p50_ms=p50, p95_ms=p95, worker_cpu_ms=worker_cpu),
        },
    )


async def measure_crowd(site: Site, effort: Effort) -> Report:
    """Many callers decide at once, each on a chain of its own."""
    async with site.worker(CHAINS) as ours, site.worker(BARE) as floor:
        both = Comparison(site, ours, floor)
        await both.play(effort.callers, 1, effort.pairs_crowd)
    many = f"{effort.callers} callers"
    processes = {f"{name}_cpu_ms": partial(cpu_of, name) for name in both.ours[0].cpu}
    return Report(
        [
            both.figure(f"decision, {many}, p50", "ms", p50, at_most=P50_CROWD),
            both.figure(f"decision, {many}, p95", "ms", p95, at_most=P95_CROWD),
            both.figure(f"decisions, {many}", "/s", rate, at_least=THROUGHPUT),
            both.figure("CPU per chain, worker", "ms", worker_cpu, at_most=CPU),
            both.figure("CPU per chain, all processes", "ms", cpu_of_all),
        ],
        {
            "ratios": {
                "decision_p50_32": both.ratio(p50),
                "decision_p95_32": both.ratio(p95),
                "throughput": both.ratio(rate),
                "cpu": both.ratio(worker_cpu),
                "cpu_all": both.ratio(cpu_of_all),
            },
            "crowd": both.raw(p50_ms=p50, p95_ms=p95, updates_per_s=rate, **processes),
        },
    )


async def measure_design(site: Site, effort: Effort) -> Report:
    """What a decision that is recorded before it is answered costs before any code of ours runs."""
    async with site.worker(BARE_RECORDING) as recording, site.worker(BARE) as floor:
        both = Comparison(site, recording, floor)
        await both.play(effort.callers, 1, effort.pairs_design)
    with_activity = "floor with an empty local activity"
    return Report(
        [
            both.figure(f"{with_activity}, p50", "ms", p50),
            both.figure(f"{with_activity}, CPU of the worker", "ms", worker_cpu),
            both.figure(f"{with_activity}, CPU of all", "ms", cpu_of_all),
        ],
        {
            "design": {
                "decision_p50_32": both.ratio(p50),
                "throughput": both.ratio(rate),
                "cpu": both.ratio(worker_cpu),
                "cpu_all": both.ratio(cpu_of_all),
            }
        },
    )


async def _play(site: Site, side: Side, callers: int, lives: int) -> Block:
    """Launch so many chains per caller; once all of them are idle, play each to its end.

    Launching counts as a part of our throughput and processor time, not of a floor's.
    """
    before, began = _cpu(site, side), perf_counter()
    idle = await asyncio.gather(*(side.start() for _ in range(callers * lives)))
    for workflow_id in idle:
        await site.settled(workflow_id)
    if not side.launch_counts:
        before, began = _cpu(site, side), perf_counter()
    latencies: list[float] = []

    async def call() -> None:
        for _ in range(lives):
            workflow_id = idle.pop()
            for number in range(world.STEPS):
                asked = perf_counter()
                await side.act(workflow_id, number)
                latencies.append((perf_counter() - asked) * 1000)

    await asyncio.gather(*(call() for _ in range(callers)))
    seconds, after = perf_counter() - began, _cpu(site, side)
    return Block(callers * lives, latencies, seconds, {k: after[k] - before[k] for k in after})


def _cpu(site: Site, side: Side) -> dict[str, float]:
    pids = {"worker": side.pid, **site.servers}
    used = {name: usage(pid).cpu for name, pid in pids.items()}
    return used | {"caller": usage(os.getpid(), children=False).cpu}
