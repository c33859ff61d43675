"""The map of a chain as a model: lanes, stations and lines with their places, before any SVG.

Lanes are departments, stations are steps, left to right is the order. A step that is taken for
several phases or units is one station that holds a mark for each, or beyond `MOST_MARKS` one mark
and a count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from groundwork.api.languages import Language, said
from groundwork.api.pages.drawing import lettering, notes
from groundwork.api.pages.drawing.lanes import Cell, Grid, grid
from groundwork.api.pages.drawing.network import (
    Arc,
    arcs_of,
    columns,
    critical_arcs,
    critical_steps,
    without_detours,
)
from groundwork.api.pages.drawing.notes import Note
from groundwork.api.pages.drawing.routes import Level, Network, Route, network
from groundwork.api.pages.drawing.scene import Href, Scene, scene
from groundwork.api.pages.drawing.signs import Sign, gravest
from groundwork.api.pages.drawing.svg import Point
from groundwork.api.pages.drawing.tasks import Task, tasks_of
from groundwork.domain.facts import UnitChoice
from groundwork.domain.forecast import Forecast
from groundwork.domain.model import Chain
from groundwork.domain.rules import Rules

MOST_MARKS: Final = 8
"""Up to so many phases or units of a step have a mark each."""

WIDEST: Final[dict[Language, int]] = {"zh": 1320, "en": 1500}
"""How wide a map may be, unless its columns would be too narrow: in Chinese it fits a screen of
1366, in English words take more room."""

MARK: Final = 26.0
"""The size of a mark and the least size of what can be clicked on."""

CELL: Final = 28.0
"""The room of a mark among others."""

_LABEL: Final = 122.0
_INDENT: Final = 12.0
_NARROWEST: Final = 88.0
_BROADEST: Final = 140.0
_EDGE: Final = 10.0
_TRACK: Final = 7.0
_ABOVE: Final = 14.0
_BELOW: Final = 7.0
_GAP: Final = 4.0
_CORRIDOR: Final = 5.0
# The lines in a gutter keep away from a column by more than this.
_NOTES_OVER: Final = 10.0
_IN_A_ROW: Final = 4
_MOST_LINES: Final[dict[Language, int]] = {"zh": 3, "en": 4}
_LABELLED: Final = 4
NAME_SIZE, NAME_LINE, NOTE_SIZE, NOTE_LINE = 13.0, 16.0, 12.0, 15.0


@dataclass(frozen=True)
class Mark:
    """What one task looks like in its station: `name` is read out, `caption` stands below it."""

    key: str
    sign: Sign
    centre: Point
    name: str
    href: str
    caption: str = ""


@dataclass(frozen=True)
class Station:
    """A step on the map. `half_width` and `half_height` bound its marks around `centre`."""

    step: str
    lane: int
    cell: Cell
    centre: Point
    half_width: float
    half_height: float
    label: tuple[str, ...]
    notes: tuple[Note, ...]
    marks: tuple[Mark, ...]
    critical: bool
    count: int

    @property
    def text_top(self) -> float:
        """Where the words below the marks begin."""
        return self.centre.y + self.half_height + _GAP


@dataclass(frozen=True)
class Line:
    """One step building on another; `passed` when the first is settled."""

    arc: Arc
    points: tuple[Point, ...]
    critical: bool
    passed: bool


@dataclass(frozen=True)
class Lane:
    """A department's band across the map."""

    department: str
    label: tuple[str, ...]
    top: float
    height: float


@dataclass(frozen=True)
class MetroMap:
    """Everything on a map, in the language it is drawn for."""

    language: Language
    predicted: bool
    width: float
    height: float
    labels: float
    lanes: tuple[Lane, ...]
    stations: tuple[Station, ...]
    lines: tuple[Line, ...]


def chain_map(
    rules: Rules, chain: Chain, view: Forecast, language: Language, href: Href
) -> MetroMap:
    """The map of a running or ended chain, with its forecast as of the moment it is shown for."""
    tasks = tasks_of(rules, view, chain)
    return _draft(rules, view, tasks, scene(rules.definition, language, href))


def predicted_map(
    rules: Rules,
    view: Forecast,
    language: Language,
    href: Href,
    units: Sequence[UnitChoice] = (),
) -> MetroMap:
    """The map of a chain that is only rehearsed: predicted dates instead of states."""
    tasks = tasks_of(rules, view, units=units)
    return _draft(rules, view, tasks, scene(rules.definition, language, href), predicted=True)


def _draft(
    rules: Rules, view: Forecast, tasks: Sequence[Task], at: Scene, *, predicted: bool = False
) -> MetroMap:
    by_step: dict[str, list[Task]] = {}
    for task in tasks:
        by_step.setdefault(task.step, []).append(task)
    every = arcs_of(rules.definition, view.variant, by_step)
    critical = critical_arcs(view.critical_path, tasks, every)
    departments = {step: rules.definition.step(step).lead for step in by_step}
    # The grid follows from the network alone; the critical path may only add lines to it.
    plain = without_detours(every)
    laid = grid(departments, columns(tuple(by_step), every), plain)
    arcs = without_detours(every, critical)
    ways = network(laid.cells, arcs, critical)
    drawer = _Drawer(laid, ways, by_step, at)
    on_path = critical_steps(view.critical_path, critical)
    stations = tuple(drawer.station(step, critical=step in on_path) for step in drawer.order)
    settled = {step for step, own in by_step.items() if all(task.settled for task in own)}
    return MetroMap(
        language=at.language,
        predicted=predicted,
        width=drawer.width,
        height=drawer.height,
        labels=drawer.labels,
        lanes=drawer.lanes(),
        stations=stations,
        lines=tuple(
            Line(route.arc, drawer.way(route), route.arc in critical, route.arc.before in settled)
            for route in ways.routes
        ),
    )


class _Drawer:
    """Gives a grid its measures: as high as its words need, as wide as there is room."""

    def __init__(self, laid: Grid, ways: Network, tasks: dict[str, list[Task]], at: Scene) -> None:
        self._laid = laid
        self._ways = ways
        self._tasks = tasks
        self._scene = at
        self._language: Language = at.language
        self.order = sorted(tasks, key=lambda step: (laid.cells[step], step))
        self._lane_labels = {
            lane: lettering.wrapped(at.departments[lane], _LABEL - 20, NAME_SIZE)
            for lane in laid.lanes
        }
        longest = max(
            lettering.width(line, NAME_SIZE)
            for label in self._lane_labels.values()
            for line in label
        )
        self.labels = round(longest + 2 * _INDENT)
        count = 1 + max(cell.column for cell in laid.cells.values())
        gutters = [2 * _EDGE + _TRACK * max(0, ways.widths.get(n, 0) - 1) for n in range(count)]
        room = (WIDEST[at.language] - self.labels - sum(gutters)) / count
        self._column = round(min(_BROADEST, max(_NARROWEST, room)), 1)
        self._left = [self.labels + n * self._column + sum(gutters[:n]) for n in range(count)]
        self.width = self.labels + count * self._column + sum(gutters)
        self._labels = {step: self._label(step) for step in self.order}
        self._notes = {
            step: notes.notes_of(own, at.language, self._column + _NOTES_OVER, MOST_MARKS)
            for step, own in tasks.items()
        }
        self._tops, self._centres = self._rows()
        self.height = self._tops[-1]

    def _label(self, step: str) -> tuple[str, ...]:
        name = said(self._tasks[step][0].name, self._language)
        return lettering.wrapped(name, self._column, NAME_SIZE, _MOST_LINES[self._language])

    def _marks_in_a_row(self, count: int) -> int:
        return min(count, _IN_A_ROW, max(1, int(self._column // CELL)))

    def _size(self, step: str) -> tuple[float, float]:
        """Half the width and half the height of a station."""
        count = len(self._tasks[step])
        if count == 1:
            return MARK / 2, MARK / 2
        if count > MOST_MARKS:
            return MARK + 10, MARK / 2 + 3
        across = self._marks_in_a_row(count)
        cell = CELL + (NOTE_SIZE if count <= _LABELLED else 0)
        return across * CELL / 2 + 3, ceil(count / across) * cell / 2 + 2

    def _rows(self) -> tuple[list[float], list[float]]:
        """The top of each row and of what is below the last, and the height of each row's line."""
        tops, centres = [0.0], []
        for row in range(sum(self._laid.rows)):
            steps = [step for step in self.order if self._laid.cells[step].row == row]
            half = max(self._size(step)[1] for step in steps)
            words = max(
                self._size(step)[1]
                + _GAP
                + NAME_LINE * len(self._labels[step])
                + NOTE_LINE * len(self._notes[step])
                for step in steps
            )
            centres.append(tops[-1] + _ABOVE + half)
            tops.append(centres[-1] + words + _BELOW)
        return tops, centres

    def lanes(self) -> tuple[Lane, ...]:
        found, row = [], 0
        for department, rows in zip(self._laid.lanes, self._laid.rows, strict=True):
            top, below = self._tops[row], self._tops[row + rows]
            found.append(Lane(department, self._lane_labels[department], top, below - top))
            row += rows
        return tuple(found)

    def station(self, step: str, *, critical: bool) -> Station:
        own, cell = self._tasks[step], self._laid.cells[step]
        half_width, half_height = self._size(step)
        return Station(
            step=step,
            lane=self._laid.lanes.index(own[0].department),
            cell=cell,
            centre=self._centre(cell),
            half_width=half_width,
            half_height=half_height,
            label=self._labels[step],
            notes=self._notes[step],
            marks=self._marks(step, critical=critical),
            critical=critical,
            count=len(own),
        )

    def _marks(self, step: str, *, critical: bool) -> tuple[Mark, ...]:
        own, centre = self._tasks[step], self._centre(self._laid.cells[step])
        department = self._scene.departments[own[0].department]
        if len(own) > MOST_MARKS:
            name = notes.spoken_count(own, department, self._language, critical=critical)
            at = Point(centre.x - MARK / 2 - 6, centre.y)
            sign = gravest([task.sign for task in own])
            return (Mark(step, sign, at, name, self._scene.href(step)),)
        across = self._marks_in_a_row(len(own))
        captioned = 1 < len(own) <= _LABELLED
        height = CELL + (NOTE_SIZE if captioned else 0)
        down = ceil(len(own) / across)
        found = []
        for number, task in enumerate(own):
            line, place = divmod(number, across)
            here = min(across, len(own) - line * across)
            at = Point(
                centre.x + (place - (here - 1) / 2) * CELL,
                centre.y + (line - (down - 1) / 2) * height - (NOTE_SIZE / 2 if captioned else 0),
            )
            name = notes.spoken(task, department, self._language, critical=critical)
            caption = task.part if captioned else ""
            found.append(Mark(task.key, task.sign, at, name, self._scene.href(task.key), caption))
        return tuple(found)

    def _centre(self, cell: Cell) -> Point:
        return Point(self._left[cell.column] + self._column / 2, self._centres[cell.row])

    def way(self, route: Route) -> tuple[Point, ...]:
        start = self._centre(self._laid.cells[route.arc.before])
        end = self._centre(self._laid.cells[route.arc.after])
        points = [start]
        for turn, gutter in enumerate(route.gutters):
            track = self._ways.tracks[route.arc, turn]
            x = self._left[gutter] + self._column + _EDGE + _TRACK * track.number
            points += [Point(x, self._height(route.levels[turn + side])) for side in (0, 1)]
        return (*points, end)

    def _height(self, level: Level) -> float:
        if level.on_line:
            return self._centres[level.row]
        return self._tops[level.row] + _CORRIDOR
