"""The axis of a Gantt chart: its days, months, weeks, days of rest, and today."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from groundwork.api.languages import Language
from groundwork.api.pages.drawing import wording
from groundwork.domain.calendar import Calendar, DayKind

_DAY: Final = timedelta(days=1)
_SHADED_FROM: Final = 1.5
_WEEK_NAMED_FROM: Final = 26.0
_MONTH_NAMED_FROM: Final = 34.0
_YEAR_NAMED_FROM: Final = 76.0
_LONG_BREAK: Final = 3


@dataclass(frozen=True)
class Scale:
    """Where a day begins: `day_width` per day from `origin` on, which begins at `left`."""

    origin: date
    day_width: float
    left: float

    def x(self, day: date) -> float:
        """The place at which a day begins."""
        return round(self.left + (day - self.origin).days * self.day_width, 1)


@dataclass(frozen=True)
class Month:
    """A month's first day on the axis, with its name where there is room for it."""

    x: float
    name: str


@dataclass(frozen=True)
class Week:
    """A Monday, with its day of the month where there is room for it."""

    x: float
    name: str


@dataclass(frozen=True)
class Rest:
    """Days on end without work; `long` where they are more than a weekend."""

    x: float
    width: float
    long: bool


@dataclass(frozen=True)
class Timeline:
    """The axis with everything on it."""

    scale: Scale
    end: float
    months: tuple[Month, ...]
    weeks: tuple[Week, ...]
    rests: tuple[Rest, ...]
    today: float | None
    today_name: str


def timeline(
    scale: Scale, end: date, calendar: Calendar, language: Language, today: date | None
) -> Timeline:
    """The axis from the scale's origin to `end`."""
    named = "" if today is None else wording.short_day(today, language)
    return Timeline(
        scale=scale,
        end=scale.x(end + _DAY),
        months=tuple(_months(scale, end, language)),
        weeks=tuple(_weeks(scale, end)),
        rests=tuple(_rests(scale, end, calendar)) if scale.day_width >= _SHADED_FROM else (),
        today=None if today is None else scale.x(today),
        today_name=f"今日 {named}" if language == "zh" else f"Today {named}",
    )


def _months(scale: Scale, end: date, language: Language) -> Iterator[Month]:
    first, year_said = scale.origin, False
    while first <= end:
        following = (first.replace(day=1) + 32 * _DAY).replace(day=1)
        room = scale.x(min(following, end + _DAY)) - scale.x(first)
        year = (not year_said or first.month == 1) and room >= _YEAR_NAMED_FROM
        year_said = year_said or year
        name = wording.month(first, language, year=year) if room >= _MONTH_NAMED_FROM else ""
        yield Month(scale.x(first), name)
        first = following


def _weeks(scale: Scale, end: date) -> Iterator[Week]:
    monday = scale.origin + ((7 - scale.origin.weekday()) % 7) * _DAY
    named = 7 * scale.day_width >= _WEEK_NAMED_FROM
    while monday <= end:
        yield Week(scale.x(monday), str(monday.day) if named else "")
        monday += 7 * _DAY


def _rests(scale: Scale, end: date, calendar: Calendar) -> Iterator[Rest]:
    day = scale.origin
    while day <= end:
        first = day
        festive = False
        while day <= end and not calendar.is_working_day(day):
            festive |= calendar.describe(day).kind in {DayKind.HOLIDAY, DayKind.CLOSED}
            day += _DAY
        if day > first:
            long = festive or (day - first).days >= _LONG_BREAK
            yield Rest(scale.x(first), scale.x(day) - scale.x(first), long)
        day += _DAY
