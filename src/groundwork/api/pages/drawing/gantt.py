"""The Gantt chart of a chain as a model: rows, bars and marks with their places, before any SVG.

A row is a step. A step that is taken for several phases or units has a thin bar for each in its
row, or beyond `MOST_BARS` one bar for all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, TypeVar

from groundwork.api.languages import Language, said
from groundwork.api.pages.drawing import lettering, notes, wording
from groundwork.api.pages.drawing.network import arcs_of, critical_arcs, critical_steps
from groundwork.api.pages.drawing.scene import Href, Scene, scene
from groundwork.api.pages.drawing.signs import Sign, gravest
from groundwork.api.pages.drawing.tasks import Task, tasks_of
from groundwork.api.pages.drawing.timeline import Scale, Timeline, timeline
from groundwork.api.pages.drawing.timing import Timing, timing_of
from groundwork.domain.facts import UnitChoice
from groundwork.domain.forecast import Forecast
from groundwork.domain.model import Chain
from groundwork.domain.rules import Rules

MOST_BARS: Final = 8
WIDTH: Final = 1200.0
LABELS: Final = 230.0
HEAD: Final = 44.0
NAME_SIZE, NAME_LINE = 13.0, 16.0

_BAR: Final = 14.0
_THIN: Final = 7.0
_BETWEEN: Final = 3.0
_LOWEST_ROW: Final = 34.0
_PADDING: Final = 10.0
_DATE_ROOM: Final = 64.0
Shared = TypeVar("Shared")

_DAY: Final = timedelta(days=1)
_BEFORE: Final = timedelta(days=3)
_AFTER: Final = timedelta(days=10)


@dataclass(frozen=True)
class Span:
    """A stretch of time on the chart."""

    x: float
    width: float


@dataclass(frozen=True)
class Bar:
    """One task on the chart. `worked` is what has happened, `ahead` what is forecast.

    `waited` leads from the day on which the task could be handed in to that on which it was;
    `stops` are where its clock stood. `promised` and `statutory` are where its limits are over.
    """

    key: str
    sign: Sign
    name: str
    href: str
    y: float
    height: float
    worked: Span | None
    ahead: Span | None
    waited: Span | None
    stops: tuple[Span, ...]
    promised: float | None
    statutory: float | None
    until: str

    @property
    def begin(self) -> float:
        """Where it begins, with the wait before it."""
        return min(span.x for span in (self.waited, self.worked, self.ahead) if span)

    @property
    def end(self) -> float:
        """Where it ends."""
        return max(span.x + span.width for span in (self.worked, self.ahead) if span)


@dataclass(frozen=True)
class Row:
    """A step's row, with the sign of the task that most needs attention."""

    step: str
    sign: Sign
    label: tuple[str, ...]
    name: str
    href: str
    top: float
    height: float
    critical: bool
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class TableRow:
    """One task as a row of the table beside the chart; days that there are not are None."""

    key: str
    name: str
    department: str
    sign: Sign
    href: str
    begins: date
    ends: date
    predicted: bool
    promised: date | None
    statutory: date | None
    stops: tuple[str, ...]
    critical: bool


@dataclass(frozen=True)
class Gantt:
    """Everything on a chart, in the language it is drawn for."""

    language: Language
    predicted: bool
    width: float
    height: float
    time: Timeline
    rows: tuple[Row, ...]
    table: tuple[TableRow, ...]


def chain_gantt(
    rules: Rules, chain: Chain, view: Forecast, language: Language, href: Href
) -> Gantt:
    """The chart of a running or ended chain, with its forecast as of the moment it is shown for."""
    at = scene(rules.definition, language, href)
    return _draft(rules, view, tasks_of(rules, view, chain), chain, at)


def predicted_gantt(
    rules: Rules,
    view: Forecast,
    language: Language,
    href: Href,
    units: Sequence[UnitChoice] = (),
) -> Gantt:
    """The chart of a chain that is only rehearsed."""
    at = scene(rules.definition, language, href)
    return _draft(rules, view, tasks_of(rules, view, units=units), None, at)


def _draft(
    rules: Rules, view: Forecast, tasks: Sequence[Task], chain: Chain | None, at: Scene
) -> Gantt:
    timings = {task.key: timing_of(rules, task, chain, view.as_of) for task in tasks}
    days = [day for timing in timings.values() for day in timing.days]
    begin, end = min(days) - _BEFORE, max([*days, view.as_of]) + _AFTER
    scale = Scale(begin, (WIDTH - LABELS - _DATE_ROOM) / ((end - begin).days + 1), LABELS)
    end = begin + timedelta(days=int((WIDTH - LABELS) / scale.day_width) - 1)
    on_path = _on_path(rules, view, tasks)
    placer = _Placer(scale, timings, on_path, at)
    by_step: dict[str, list[Task]] = {}
    for task in tasks:
        by_step.setdefault(task.step, []).append(task)
    rows, top = [], HEAD
    for step, own in by_step.items():
        row = placer.row(step, own, top)
        rows.append(row)
        top += row.height
    today = view.as_of if chain is not None and chain.finished_at is None else None
    return Gantt(
        language=at.language,
        predicted=chain is None,
        width=WIDTH,
        height=top + 8,
        time=timeline(scale, end, rules.calendar, at.language, today),
        rows=tuple(rows),
        table=tuple(placer.table_row(task) for task in tasks),
    )


def _on_path(rules: Rules, view: Forecast, tasks: Sequence[Task]) -> frozenset[str]:
    steps = dict.fromkeys(task.step for task in tasks)
    every = arcs_of(rules.definition, view.variant, steps)
    return critical_steps(view.critical_path, critical_arcs(view.critical_path, tasks, every))


def _shared(values: Sequence[Shared]) -> Shared | None:
    """What all of them are, if they are all the same."""
    return values[0] if all(value == values[0] for value in values) else None


class _Placer:
    """Gives tasks their places on the axis."""

    def __init__(
        self, scale: Scale, timings: Mapping[str, Timing], on_path: frozenset[str], at: Scene
    ) -> None:
        self._scale = scale
        self._timings = timings
        self._on_path = on_path
        self._scene = at
        self._language: Language = at.language

    def row(self, step: str, own: Sequence[Task], top: float) -> Row:
        name = said(own[0].name, self._language)
        label = lettering.wrapped(name, LABELS - 44, NAME_SIZE, 2)
        bars, height = self._bars(own, top)
        words = NAME_LINE * len(label) + 6
        if words > height:
            bars, height = self._bars(own, top + (words - height) / 2)[0], words
        return Row(
            step=step,
            sign=gravest([task.sign for task in own]),
            label=label,
            name=name,
            href=self._scene.href(step),
            top=top,
            height=height,
            critical=step in self._on_path,
            bars=bars,
        )

    def _bars(self, own: Sequence[Task], top: float) -> tuple[tuple[Bar, ...], float]:
        if len(own) == 1 or len(own) > MOST_BARS or self._are_alike(own):
            y = top + (_LOWEST_ROW - _BAR) / 2
            one = self._bar(own[0], y, _BAR) if len(own) == 1 else self._summary(own, y)
            return (one,), _LOWEST_ROW
        height = len(own) * (_THIN + _BETWEEN) - _BETWEEN + _PADDING * 2
        height = max(height, _LOWEST_ROW)
        first = top + (height - len(own) * (_THIN + _BETWEEN) + _BETWEEN) / 2
        bars = (
            self._bar(task, first + n * (_THIN + _BETWEEN), _THIN) for n, task in enumerate(own)
        )
        return tuple(bars), height

    def _are_alike(self, own: Sequence[Task]) -> bool:
        """Whether a bar for each would show the same several times over."""
        timings = [self._timings[task.key] for task in own]
        shown = {(one.worked, one.ahead, one.stops, one.promised) for one in timings}
        return len(shown) == 1 and len({task.sign for task in own}) == 1

    def _bar(self, task: Task, y: float, height: float) -> Bar:
        timing = self._timings[task.key]
        critical = task.step in self._on_path
        return Bar(
            key=task.key,
            sign=task.sign,
            name=notes.spoken(
                task, self._scene.departments[task.department], self._language, critical=critical
            ),
            href=self._scene.href(task.key),
            y=y,
            height=height,
            worked=self._span(timing.worked),
            ahead=self._span(timing.ahead),
            waited=self._span(timing.waited),
            stops=tuple(self._a_span(*stop.days) for stop in timing.stops),
            promised=self._end_of(timing.promised),
            statutory=self._end_of(timing.statutory),
            until=self._until(task),
        )

    def _until(self, task: Task) -> str:
        """What stands at the end of a bar: its last day, or why that is not what matters."""
        if task.over:
            return notes.remaining(task, self._language)
        if task.sign.token in {"exempt", "ended"}:
            return said(task.sign.word, self._language)
        on = wording.short_day(task.ends, self._language)
        if task.sign.token in {"green", "yellow", "paused"}:
            return f"{said(task.sign.word, self._language)} {on}"
        return on

    def _summary(self, own: Sequence[Task], y: float) -> Bar:
        """All tasks of a step as one: from the first to begin to the last to end."""
        timings = [self._timings[task.key] for task in own]
        worked = [one.worked for one in timings if one.worked]
        ahead = [one.ahead for one in timings if one.ahead]
        done = (min(d for d, _ in worked), max(d for _, d in worked)) if worked else None
        rest = (min(d for d, _ in ahead), max(d for _, d in ahead)) if ahead else None
        if done and rest:
            rest = (done[1], rest[1]) if rest[1] > done[1] else None
        critical = own[0].step in self._on_path
        said_until = self._until(max(own, key=lambda task: task.ends))
        return Bar(
            key=own[0].step,
            sign=gravest([task.sign for task in own]),
            name=notes.spoken_count(
                own, self._scene.departments[own[0].department], self._language, critical=critical
            ),
            href=self._scene.href(own[0].step),
            y=y,
            height=_BAR,
            worked=self._span(done),
            ahead=self._span(rest),
            waited=self._span(_shared([one.waited for one in timings])),
            stops=(),
            promised=self._end_of(_shared([one.promised for one in timings])),
            statutory=self._end_of(_shared([one.statutory for one in timings])),
            until=f"{said_until} ×{len(own)}",
        )

    def table_row(self, task: Task) -> TableRow:
        timing = self._timings[task.key]
        return TableRow(
            key=task.key,
            name=said(task.whole_name, self._language),
            department=self._scene.departments[task.department],
            sign=task.sign,
            href=self._scene.href(task.key),
            begins=timing.begins,
            ends=task.ends,
            predicted=task.predicted,
            promised=timing.promised,
            statutory=timing.statutory,
            stops=tuple(
                self._said_stop(said(stop.name, self._language), stop.days) for stop in timing.stops
            ),
            critical=task.step in self._on_path,
        )

    def _said_stop(self, name: str, days: tuple[date, date]) -> str:
        begin, end = (wording.short_day(day, self._language) for day in days)
        return f"{name} {begin}—{end}" if self._language == "zh" else f"{name} {begin} – {end}"

    def _span(self, days: tuple[date, date] | None) -> Span | None:
        return self._a_span(*days) if days else None

    def _a_span(self, begin: date, end: date) -> Span:
        x = self._scale.x(begin)
        return Span(x, self._scale.x(end + _DAY) - x)

    def _end_of(self, day: date | None) -> float | None:
        return None if day is None else self._scale.x(day + _DAY)
