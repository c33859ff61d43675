"""A chain's timeline for a terminal: one bar per step, in the lights it showed."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text as Line

from groundwork.domain.calendar import local_date, start_of
from groundwork.domain.definition import Text
from groundwork.domain.model import Light
from groundwork.rehearsal.case import CaseReport, LightSpan, StepReport
from groundwork.rehearsal.wording import choose, month


class Sign(NamedTuple):
    """How a light is shown: glyph, word and colour, never one of them alone."""

    glyph: str
    word: Text
    style: str


SIGNS: Final = MappingProxyType(
    {
        Light.GREEN: Sign("●", Text(zh="正常办理", en="On time"), "green"),
        Light.YELLOW: Sign("▲", Text(zh="即将到期", en="Due soon"), "yellow"),
        Light.RED: Sign("■", Text(zh="已超期", en="Overdue"), "bold white on red"),
        Light.PAUSED: Sign("Ⅱ", Text(zh="补正停表", en="Clock stopped"), "magenta"),
        Light.DONE: Sign("✓", Text(zh="已办结", en="Done"), "blue"),
        Light.TODO: Sign("○", Text(zh="未开始", en="Not started"), "dim"),
    }
)
LABEL: Final = 26
"""Columns of a step's name."""
NARROWEST: Final = 24
WIDEST: Final = 96
_GAP: Final = 2
_ONE_DAY: Final = timedelta(days=1)
_BY_WEIGHT: Final = (Light.RED, Light.YELLOW, Light.PAUSED, Light.GREEN)
"""What a cell shows when several lights fall into it: the gravest."""


def sign(light: Light, language: str) -> Line:
    """A light with its glyph, word and colour."""
    shown = SIGNS[light]
    return Line(f"{shown.glyph} {choose(shown.word, language)}", style=shown.style)


class Bars:
    """The bars of all steps under a line of months, with the milestones and what colours mean."""

    def __init__(self, case: CaseReport, language: str) -> None:
        self.case = case
        self.language = language

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        signs = max(cell_len(sign(light, self.language).plain) for light in SIGNS)
        room = options.max_width - LABEL - signs - 2 * _GAP
        scale = Scale(self._first(), self._last(), max(NARROWEST, min(WIDEST, room)))
        yield self._months(scale)
        for step in self.case.steps:
            yield self._step(step, scale)
        if any(self.case.milestones.values()):
            yield self._milestones(scale)
        yield self._legend()

    def _first(self) -> date:
        return self.case.started_on

    def _last(self) -> date:
        return self.case.finished_on or local_date(self.case.watched_until)

    def _months(self, scale: "Scale") -> Line:
        marks = {}
        for cell in range(scale.cells):
            day = scale.day(cell)
            if cell == 0 or day.month != scale.day(cell - 1).month:
                marks[cell] = month(day, self.language, year=cell == 0 or day.month == 1)
        return Line(_label("") + _placed(marks.items(), scale.cells), style="dim")

    def _step(self, step: StepReport, scale: "Scale") -> Line:
        line = Line(_label(f"{step.step} {choose(step.name, self.language)}"))
        for cell in range(scale.cells):
            light = _gravest(step.lights, *scale.span(cell))
            line.append(SIGNS[light].glyph, SIGNS[light].style) if light else line.append(" ")
        line.append(" " * _GAP)
        return line.append_text(sign(step.light, self.language))

    def _milestones(self, scale: "Scale") -> Line:
        name = "里程碑" if self.language == "zh" else "Milestones"
        reached = sorted(
            (scale.cell(day), f"◆{choose(self.case.names[key], self.language)}")
            for key, day in self.case.milestones.items()
            if day is not None
        )
        return Line(_label(name) + _placed(reached, scale.cells, "◆"), style="bold")

    def _legend(self) -> Line:
        shown = (*reversed(_BY_WEIGHT), Light.DONE, Light.TODO)
        line = Line(_label(""))
        for light in shown:
            line.append_text(sign(light, self.language)).append(" " * _GAP)
        return line


class Scale:
    """The days of a chain on so many cells."""

    def __init__(self, first: date, last: date, cells: int) -> None:
        self.first = first
        self.days = (last - first).days + 1
        self.cells = cells

    def day(self, cell: int) -> date:
        """The first day in a cell."""
        return self.first + timedelta(days=cell * self.days // self.cells)

    def cell(self, day: date) -> int:
        """The cell that a day falls into."""
        return min(self.cells - 1, ((day - self.first).days * self.cells) // self.days)

    def span(self, cell: int) -> tuple[datetime, datetime]:
        """From when to when a cell stands; at least a day."""
        begin = self.day(cell)
        return start_of(begin), start_of(max(self.day(cell + 1), begin + _ONE_DAY))


def _gravest(spans: Iterable[LightSpan], begin: datetime, end: datetime) -> Light | None:
    within = {
        span.light for span in spans if span.since < end and (not span.until or span.until > begin)
    }
    return next((light for light in _BY_WEIGHT if light in within), None)


def _label(text: str) -> str:
    if cell_len(text) > LABEL:
        text = set_cell_size(text, LABEL - 1).rstrip() + "…"
    return set_cell_size(text, LABEL) + " " * _GAP


def _placed(marks: Iterable[tuple[int, str]], cells: int, instead: str = "") -> str:
    """Words at their cells; one without room is moved aside, or something short stands instead."""
    line, free = "", 0
    for wanted, word in marks:
        cell, said = max(free, min(wanted, cells - cell_len(word))), word
        if cell + cell_len(word) > cells:
            cell, said = max(free, wanted), instead
        line = set_cell_size(line, cell) + said if said else line
        free = cell_len(line) + 1
    return set_cell_size(line, cells)
