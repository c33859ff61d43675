"""The network behind the map: one node for each step, and only the edges that say something new."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from groundwork.api.pages.drawing.tasks import Task
from groundwork.domain.definition import ChainDefinition, Variant


class Arc(NamedTuple):
    """One step builds on another, by their ids."""

    before: str
    after: str


def arcs_of(definition: ChainDefinition, variant: Variant, steps: Iterable[str]) -> tuple[Arc, ...]:
    """Every dependency between these steps in a variant; one on a phase counts for its step."""
    present = frozenset(steps)
    found = {
        Arc(edge.step.partition(".")[0], step.id): None
        for step in definition.steps
        for edge in step.after
        if variant in edge.variants
    }
    return tuple(arc for arc in found if arc.before in present and arc.after in present)


def without_detours(arcs: Sequence[Arc], kept: Iterable[Arc] = ()) -> tuple[Arc, ...]:
    """The arcs without those that a longer way through others says already, but for `kept`."""
    following: dict[str, set[str]] = {}
    for arc in arcs:
        following.setdefault(arc.before, set()).add(arc.after)
    reach: dict[str, frozenset[str]] = {}

    def reached(node: str) -> frozenset[str]:
        if node not in reach:
            nexts = following.get(node, set())
            reach[node] = frozenset(nexts).union(*(reached(one) for one in nexts))
        return reach[node]

    needed = set(kept)
    return tuple(
        arc
        for arc in arcs
        if arc in needed
        or not any(arc.after in reached(one) for one in following[arc.before] - {arc.after})
    )


def columns(steps: Sequence[str], arcs: Sequence[Arc]) -> dict[str, int]:
    """The column of each step: how many steps come before it on the longest way to it."""
    before: dict[str, list[str]] = {step: [] for step in steps}
    for arc in arcs:
        before[arc.after].append(arc.before)
    found: dict[str, int] = {}

    def column(step: str) -> int:
        if step not in found:
            found[step] = max((column(one) + 1 for one in before[step]), default=0)
        return found[step]

    return {step: column(step) for step in steps}


def critical_arcs(
    path: Sequence[str], tasks: Sequence[Task], arcs: Sequence[Arc]
) -> tuple[Arc, ...]:
    """The arcs of the critical path, prolonged backwards by the settled steps that led to it.

    `path` are the keys of the open tasks that decide when the chain ends. What was settled before
    decided it too: of the steps that one had to wait for, the last to be settled.
    """
    ends: dict[str, date] = {}
    for task in tasks:
        if task.settled:
            ends[task.step] = max(task.ends, ends.get(task.step, task.ends))
    nodes = list(dict.fromkeys(key.partition(".")[0] for key in path))
    if not nodes and ends:
        nodes = [max(ends, key=lambda step: ends[step])]
    before = _before(arcs)
    while nodes and (earlier := [one for one in before.get(nodes[0], ()) if one in ends]):
        nodes.insert(0, max(earlier, key=lambda step: ends[step]))
    known = frozenset(arcs)
    pairs = (Arc(*pair) for pair in pairwise(nodes))
    return tuple(arc for arc in pairs if arc in known)


def critical_steps(path: Sequence[str], arcs: Sequence[Arc]) -> frozenset[str]:
    """The steps on the critical path: those still open, and those of its arcs."""
    return frozenset(step for arc in arcs for step in arc) | {key.partition(".")[0] for key in path}


def _before(arcs: Sequence[Arc]) -> Mapping[str, list[str]]:
    before: dict[str, list[str]] = {}
    for arc in arcs:
        before.setdefault(arc.after, []).append(arc.before)
    return before
