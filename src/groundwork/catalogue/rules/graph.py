"""The order of a chain's steps as a graph: circles, and what waits for what."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from groundwork.domain.definition import ChainDefinition, Variant

Order = Mapping[str, tuple[str, ...]]
"""For every step the steps that it waits for, in one variant."""


class Circle(NamedTuple):
    """Steps that wait for each other: each for the next, the last for the first."""

    steps: tuple[str, ...]

    def __str__(self) -> str:
        return " → ".join((*self.steps, self.steps[0]))


def order_of(chain: ChainDefinition, variant: Variant) -> Order:
    """The order in one variant. Dependencies on phases are on their step; unknown ones left out."""
    known = {step.id for step in chain.steps}
    waits: dict[str, tuple[str, ...]] = {}
    for step in chain.steps:
        named = (edge.step.partition(".")[0] for edge in step.after if variant in edge.variants)
        waits.setdefault(step.id, tuple(dict.fromkeys(name for name in named if name in known)))
    return waits


def never_ready(order: Order) -> frozenset[str]:
    """The steps that can never begin, because they wait for a circle or are part of one."""
    missing = {step: len(before) for step, before in order.items()}
    later = _reversed(order)
    free = deque(step for step, count in missing.items() if count == 0)
    while free:
        for step in later[free.popleft()]:
            missing[step] -= 1
            if missing[step] == 0:
                free.append(step)
    return frozenset(step for step, count in missing.items() if count)


def circles(order: Order) -> Iterator[Circle]:
    """The circles, each found after taking the one before apart.

    A circle is told from the dependency that points furthest ahead: in a file that lists steps in
    their usual order, that is the one most likely to be wrong.
    """
    place = {step: i for i, step in enumerate(order)}
    waits = {step: list(before) for step, before in order.items()}
    while stuck := never_ready({step: tuple(before) for step, before in waits.items()}):
        suspects = sorted(
            ((step, before) for step in stuck for before in waits[step] if before in stuck),
            key=lambda pair: (place[pair[0]] - place[pair[1]], place[pair[0]]),
        )
        for step, before in suspects:
            way = _way(waits, before, step)
            if way is not None:
                yield Circle((step, *way[:-1]))
                waits[step].remove(before)
                break


def downstream(order: Order, start: str) -> frozenset[str]:
    """The steps that wait for a step, directly or not; not the step itself."""
    later = _reversed(order)
    found: set[str] = set()
    ahead = [start]
    while ahead:
        new = set(later.get(ahead.pop(), ())) - found
        found |= new
        ahead.extend(new)
    return frozenset(found - {start})


def ends(order: Order) -> frozenset[str]:
    """The steps that nothing waits for."""
    return frozenset(order) - {before for befores in order.values() for before in befores}


def _reversed(order: Order) -> dict[str, list[str]]:
    later: dict[str, list[str]] = {step: [] for step in order}
    for step, befores in order.items():
        for before in befores:
            later[before].append(step)
    return later


def _way(waits: Mapping[str, Iterable[str]], start: str, goal: str) -> list[str] | None:
    """The shortest way along dependencies from a step to another, both ends included."""
    came: dict[str, str | None] = {start: None}
    ahead = deque([start])
    while ahead:
        here = ahead.popleft()
        if here == goal:
            way = [here]
            while (previous := came[way[-1]]) is not None:
                way.append(previous)
            return way[::-1]
        for step in waits[here]:
            if step not in came:
                came[step] = here
                ahead.append(step)
    return None
