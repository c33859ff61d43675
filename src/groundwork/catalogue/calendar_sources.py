"""New versions of the calendar, from an iCalendar file, JSON, edits or closures.

A version is a base with other years, days or closures. A year is only called published if the
importer states the number of its notice and the days pass `calendar_notice`; otherwise its days
are left out and the year stays provisional, so that no guess is ever taken for a notice.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any, NamedTuple, Self

from pydantic import Field, ValidationError, model_validator

from groundwork.catalogue.calendar_notice import (
    CalendarSourceError,
    GatheredYear,
    Notice,
    check_notice,
    named,
)
from groundwork.domain.base import Day, Frozen
from groundwork.domain.calendar import Calendar
from groundwork.domain.definition import Text

LONGEST_CLOSURE = 366

DayName = Annotated[str, Field(min_length=1, max_length=60)]
Years = Mapping[int, GatheredYear]
Notices = Mapping[int, Notice]


class Draft(NamedTuple):
    """A version that could be added, and the years of its source that were left out."""

    calendar: Calendar
    left_out: tuple[int, ...]


class JsonYear(Frozen):
    """A year in a JSON file: days with the names of their holidays, and the notice behind them."""

    notice: str | None = None
    no_make_up: bool = False
    off: dict[Day, DayName] = Field(default_factory=dict)
    worked: dict[Day, DayName] = Field(default_factory=dict)


class JsonCalendar(Frozen):
    """A JSON file of calendar days."""

    years: dict[int, JsonYear]


class EditKind(StrEnum):
    """What a day becomes by an edit: off, worked, or what its weekday says."""

    OFF = "off"
    WORKED = "worked"
    ORDINARY = "ordinary"


class Edit(Frozen):
    """One changed day, with the holiday's name unless it becomes ordinary."""

    day: Day
    kind: EditKind
    holiday: DayName | None = None

    @model_validator(mode="after")
    def _is_named(self) -> Self:
        if self.kind is not EditKind.ORDINARY and self.holiday is None:
            raise ValueError(f"holiday: name the holiday for which {self.day} is {self.kind}")
        return self


class Closure(Frozen):
    """Days on which offices are shut, both ends included: one department's, or all of them.

    `lifted` takes closures of the base back on these days instead.
    """

    first: Day
    last: Day
    department: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    reason: DayName
    lifted: bool = False

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if not 0 <= (self.last - self.first).days < LONGEST_CLOSURE:
            raise ValueError(f"last: {self.last} must lie between first and a year after it")
        return self

    def days(self) -> set[date]:
        """Each day of it."""
        return {
            self.first + timedelta(days=distance)
            for distance in range((self.last - self.first).days + 1)
        }


def from_json(content: Any) -> tuple[Years, dict[int, Notice]]:
    """The years and notices in parsed JSON. Raises CalendarSourceError with the field at fault."""
    try:
        parsed = JsonCalendar.model_validate(content)
    except ValidationError as error:
        raise _told(error) from error
    notices = {
        year: Notice(number=one.notice, no_make_up=one.no_make_up)
        for year, one in parsed.years.items()
        if one.notice
    }
    return {year: _gathered(year, one) for year, one in parsed.years.items()}, notices


def _gathered(year: int, one: JsonYear) -> GatheredYear:
    for name, days in (("off", one.off), ("worked", one.worked)):
        if stray := next((day for day in days if day.year != year), None):
            raise CalendarSourceError(
                f"years.{year}.{name}",
                f"{stray} 不属于 {year} 年，请移到相应年份。",
                f"{stray} lies in another year; move it there.",
            )
    return GatheredYear(
        off={day: named(name) for day, name in one.off.items()},
        worked={day: named(name) for day, name in one.worked.items()},
    )


def with_years(version: str, base: Calendar, years: Years, notices: Notices, source: str) -> Draft:
    """The base with other years, as far as notices vouch for them. Raises CalendarSourceError."""
    if strange := sorted(set(notices) - set(years)):
        raise CalendarSourceError(
            f"notices.{strange[0]}",
            f"来源中没有 {strange[0]} 年的日期。",
            f"the source has no days of {strange[0]}.",
        )
    vouched = {year: one for year, one in years.items() if year in notices}
    for year, one in vouched.items():
        check_notice(year, one, notices[year])
    numbers = [f"{year}: {notices[year].number}" for year in sorted(vouched)]
    calendar = _made(
        base,
        version=version,
        source="; ".join((source, *numbers)),
        published=tuple(sorted({*base.published, *vouched})),
        days_off=_outside(base.days_off, vouched) | _merged(one.off for one in vouched.values()),
        days_worked=_outside(base.days_worked, vouched)
        | _merged(one.worked for one in vouched.values()),
    )
    return Draft(calendar, tuple(sorted(set(years) - set(vouched))))


def with_package(version: str, base: Calendar, imported: Calendar) -> Draft:
    """The base with the years that were imported from the package, which has notices only."""
    years = frozenset(imported.published)
    calendar = _made(
        base,
        version=version,
        name=imported.name,
        source=imported.source,
        published=tuple(sorted({*base.published, *years})),
        days_off=_outside(base.days_off, years) | imported.days_off,
        days_worked=_outside(base.days_worked, years) | imported.days_worked,
    )
    return Draft(calendar, ())


def with_edits(
    version: str, base: Calendar, edits: Sequence[Edit], notices: Notices, source: str
) -> Draft:
    """The base with some days changed. A year without a notice so far needs one.

    Raises CalendarSourceError.
    """
    off, worked = dict(base.days_off), dict(base.days_worked)
    for edit in edits:
        off.pop(edit.day, None)
        worked.pop(edit.day, None)
        if edit.holiday is not None and edit.kind is not EditKind.ORDINARY:
            days = off if edit.kind is EditKind.OFF else worked
            days[edit.day] = named(edit.holiday)
    years = {edit.day.year for edit in edits}
    if unknown := sorted(years - set(base.published) - set(notices)):
        raise CalendarSourceError(
            f"notices.{unknown[0]}",
            f"{unknown[0]} 年尚未公布，请填写放假通知的文号。",
            f"{unknown[0]} is not published yet: state the number of its notice.",
        )
    for year, notice in notices.items():
        gathered = GatheredYear(
            off={day: name for day, name in off.items() if day.year == year},
            worked={day: name for day, name in worked.items() if day.year == year},
        )
        check_notice(year, gathered, notice)
    numbers = [f"{year}: {notices[year].number}" for year in sorted(notices)]
    calendar = _made(
        base,
        version=version,
        source="; ".join((source, *numbers)),
        published=tuple(sorted({*base.published, *notices})),
        days_off=off,
        days_worked=worked,
    )
    return Draft(calendar, ())


def with_closures(version: str, base: Calendar, closures: Sequence[Closure], source: str) -> Draft:
    """The base with offices shut on further days, or open again. Raises CalendarSourceError."""
    closed = dict(base.closed)
    closed_for = {department: dict(days) for department, days in base.closed_for.items()}
    for index, closure in enumerate(closures):
        own = closed
        if closure.department is not None:
            own = closed_for.setdefault(closure.department, {})
        days = closure.days()
        if closure.lifted:
            if not days & own.keys():
                raise CalendarSourceError(
                    f"closures.{index}",
                    f"{closure.first} 至 {closure.last} 没有可取消的停办。",
                    f"nothing is closed from {closure.first} to {closure.last}.",
                )
            for day in days:
                own.pop(day, None)
        else:
            own |= dict.fromkeys(days, Text(zh=closure.reason, en=closure.reason))
    calendar = _made(
        base,
        version=version,
        source=source,
        closed=closed,
        closed_for={department: days for department, days in closed_for.items() if days},
    )
    return Draft(calendar, ())


def _made(base: Calendar, **changes: Any) -> Calendar:
    try:
        return Calendar.model_validate({**dict(base), **changes})
    except ValidationError as error:
        raise _told(error) from error


def _outside(days: Mapping[date, Text], years: Iterable[int]) -> dict[date, Text]:
    gone = frozenset(years)
    return {day: name for day, name in days.items() if day.year not in gone}


def _merged(parts: Iterable[Mapping[date, Text]]) -> dict[date, Text]:
    return {day: name for part in parts for day, name in part.items()}


def _told(error: ValidationError) -> CalendarSourceError:
    mistake = error.errors(include_url=False)[0]
    message = mistake["msg"].removeprefix("Value error, ")
    place, _, rest = message.partition(": ")
    if mistake["loc"] or not rest:
        place, rest = ".".join(str(part) for part in mistake["loc"]) or "content", message
    return CalendarSourceError(place, f"内容有误：{rest}。", rest)
