"""How the lines of the map run through its grid without touching a station.

A line leaves its station to the right, changes rows in the gutters between the columns only, and
runs along rows where no station stands, or else along the corridor above a row.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from groundwork.api.pages.drawing.lanes import Cell
from groundwork.api.pages.drawing.network import Arc


class Level(NamedTuple):
    """A height in the grid: the line of a row, or the corridor above it."""

    row: int
    on_line: bool


class Route(NamedTuple):
    """The way of one arc: levels from left to right, with the gutter in which each gives way to
    the next. Gutter n lies between the columns n and n + 1."""

    arc: Arc
    levels: tuple[Level, ...]
    gutters: tuple[int, ...]


class Track(NamedTuple):
    """One of the vertical ways side by side in a gutter, counted from the left."""

    gutter: int
    number: int


class Network(NamedTuple):
    """All routes, the track of each of their turns, and how many tracks each gutter has."""

    routes: tuple[Route, ...]
    tracks: Mapping[tuple[Arc, int], Track]
    widths: Mapping[int, int]


_TURN: Final = 2
_OVERLAP: Final = 7
_MIDWAY: Final = 2


def network(cells: Mapping[str, Cell], arcs: Sequence[Arc], first: Sequence[Arc] = ()) -> Network:
    """Routes for all arcs; those in `first` choose their way before the others."""
    router = _Router(frozenset(cells.values()))
    length = {arc: cells[arc.after].column - cells[arc.before].column for arc in arcs}
    order = sorted(arcs, key=lambda arc: (arc not in first, length[arc], cells[arc.before], arc))
    routes = tuple(router.lay(arc, cells[arc.before], cells[arc.after]) for arc in order)
    tracks, widths = _tracks(routes)
    return Network(routes, tracks, widths)


@dataclass
class _Router:
    """Lays one arc after the other and remembers whose lines run where."""

    stations: frozenset[Cell]
    laid: dict[tuple[Level, int], list[Arc]] = field(default_factory=dict)

    def lay(self, arc: Arc, start: Cell, end: Cell) -> Route:
        found = min(self._ways(arc, start, end), key=lambda way: self._cost(way, start, end))
        for place in self._places(found, start, end):
            self.laid.setdefault(place, []).append(arc)
        return found

    def _ways(self, arc: Arc, start: Cell, end: Cell) -> Iterator[Route]:
        leaving, arriving = Level(start.row, True), Level(end.row, True)
        if start.row == end.row:
            if self._is_free(start.row, start.column + 1, end.column):
                yield Route(arc, (leaving,), ())
        else:
            for gutter in range(start.column, end.column):
                if self._is_free(start.row, start.column + 1, gutter + 1) and self._is_free(
                    end.row, gutter + 1, end.column
                ):
                    yield Route(arc, (leaving, arriving), (gutter,))
        if end.column - start.column > 1:
            turns = (start.column, end.column - 1)
            for row in range(min(start.row, end.row), max(start.row, end.row) + 1):
                yield Route(arc, (leaving, Level(row, False), arriving), turns)

    def _is_free(self, row: int, begin: int, end: int) -> bool:
        return all(Cell(column, row) not in self.stations for column in range(begin, end))

    def _cost(self, way: Route, start: Cell, end: Cell) -> float:
        heights = [level.row + (0 if level.on_line else -0.5) for level in way.levels]
        climbed = sum(abs(a - b) for a, b in pairwise(heights))
        midway = sum(g not in {start.column, end.column - 1} for g in way.gutters)
        foreign = sum(
            other.before != way.arc.before and other.after != way.arc.after
            for place in self._places(way, start, end)
            for other in self.laid.get(place, ())
        )
        turns = 2 * len(way.gutters)
        return climbed + _TURN * turns + _MIDWAY * midway + _OVERLAP * foreign

    @staticmethod
    def _places(way: Route, start: Cell, end: Cell) -> Iterator[tuple[Level, int]]:
        """The columns that a way passes through, each at its level."""
        column = start.column + 1
        for level, gutter in zip(way.levels, (*way.gutters, end.column - 1), strict=True):
            for passed in range(column, gutter + 1):
                yield level, passed
            column = max(column, gutter + 1)


@dataclass
class _Bundle:
    """Turns in one gutter that share a track because they come from or lead to one step."""

    fans_in: bool
    turns: list[tuple[Arc, int]] = field(default_factory=list)
    heights: list[float] = field(default_factory=list)
    left: set[Level] = field(default_factory=set)
    right: set[Level] = field(default_factory=set)

    def overlaps(self, other: "_Bundle") -> bool:
        return min(self.heights) <= max(other.heights) and min(other.heights) <= max(self.heights)


def _tracks(
    routes: Sequence[Route],
) -> tuple[dict[tuple[Arc, int], Track], dict[int, int]]:
    gutters: dict[int, dict[tuple[bool, str], _Bundle]] = {}
    for route in routes:
        for turn, gutter in enumerate(route.gutters):
            bundles = gutters.setdefault(gutter, {})
            fans_in = _fans_in(route, turn, routes)
            name = (fans_in, route.arc.after if fans_in else route.arc.before)
            bundle = bundles.setdefault(name, _Bundle(fans_in))
            left, right = route.levels[turn], route.levels[turn + 1]
            bundle.turns.append((route.arc, turn))
            bundle.heights += [level.row - (0 if level.on_line else 0.5) for level in (left, right)]
            bundle.left.add(left)
            bundle.right.add(right)
    tracks: dict[tuple[Arc, int], Track] = {}
    widths: dict[int, int] = {}
    for gutter, bundles in gutters.items():
        numbers = _numbered(list(bundles.values()))
        widths[gutter] = max(numbers) + 1
        for bundle, number in zip(bundles.values(), numbers, strict=True):
            tracks |= dict.fromkeys(bundle.turns, Track(gutter, number))
    return tracks, widths


def _fans_in(route: Route, turn: int, routes: Sequence[Route]) -> bool:
    """Whether a turn runs with those that lead to its step, or with those that leave from one."""
    last = turn == len(route.gutters) - 1
    if turn != 0 or not last:
        return last
    gutter = route.gutters[0]
    here = [one.arc for one in routes if gutter in one.gutters]
    coming = sum(arc.after == route.arc.after for arc in here)
    leaving = sum(arc.before == route.arc.before for arc in here)
    return coming > leaving


def _numbered(bundles: list[_Bundle]) -> list[int]:
    """The track of each bundle: what leaves a row stands left of what enters it."""
    order = sorted(
        range(len(bundles)),
        key=lambda n: (bundles[n].fans_in, -len(bundles[n].turns), min(bundles[n].heights)),
    )
    numbers = [0] * len(bundles)
    placed: list[int] = []
    waiting = list(order)
    while waiting:
        chosen = next((n for n in waiting if not _must_wait(n, waiting, bundles)), waiting[0])
        waiting.remove(chosen)
        one = bundles[chosen]
        after = [numbers[n] + 1 for n in placed if bundles[n].left & one.right]
        taken = {numbers[n] for n in placed if bundles[n].overlaps(one)}
        number = max(after, default=0)
        while number in taken:
            number += 1
        numbers[chosen] = number
        placed.append(chosen)
    return numbers


def _must_wait(one: int, waiting: list[int], bundles: list[_Bundle]) -> bool:
    return any(n != one and bundles[n].left & bundles[one].right for n in waiting)
