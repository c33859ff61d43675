"""Working days, holidays and make-up workdays of the State Council's yearly notices.

A calendar is versioned data. Published years are exact. For a year without a notice nothing is
guessed: Monday to Friday count as working days and every answer about it is provisional.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from groundwork.domain.base import Frozen
from groundwork.domain.definition import Text

SHANGHAI = ZoneInfo("Asia/Shanghai")

HORIZON_DAYS = 30 * 366
"""How far any count may run. No limit in this law comes near; a wrong figure must not hang us."""

_SATURDAY = 5


class HorizonError(ValueError):
    """A count of days ran past the horizon, so that its figure must be wrong."""


def local_date(moment: datetime) -> date:
    """The legal date of an aware moment: its date in Asia/Shanghai."""
    return moment.astimezone(SHANGHAI).date()


def start_of(day: date) -> datetime:
    """The instant at which a legal date begins (00:00 in Asia/Shanghai), in UTC.

    Raises HorizonError for the first representable date, which begins before all time.
    """
    if day == date.min:
        raise HorizonError(f"{day} has no beginning")
    return datetime.combine(day, time.min, SHANGHAI).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The instant at which a legal date is over (24:00 in Asia/Shanghai), in UTC.

    Raises HorizonError for the last representable date, which has no end.
    """
    if day == date.max:
        raise HorizonError(f"{day} has no end")
    return start_of(day + timedelta(days=1))


def moment_on(day: date, at: time) -> datetime:
    """The instant of a local time of day (in Asia/Shanghai), in UTC."""
    return datetime.combine(day, at, SHANGHAI).astimezone(UTC)


def days_after(day: date, step: int = 1) -> Iterator[date]:
    """The days that follow `day`, one by one; with step -1 the days before it, going back.

    Raises HorizonError instead of running on for ever.
    """
    first, past = day.toordinal() + step, day.toordinal() + step * (HORIZON_DAYS + 1)
    # Where dates cannot be represented is a horizon like the other.
    for ordinal in range(first, min(max(past, 0), date.max.toordinal() + 1), step):
        yield date.fromordinal(ordinal)
    raise HorizonError(f"the count that starts on {day} runs over {HORIZON_DAYS} days")


class DayKind(StrEnum):
    """What a day is in the calendar."""

    WORKING = "working"
    MAKE_UP = "make_up"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    CLOSED = "closed"


class DayDescription(NamedTuple):
    """What a day is, and its name for a page."""

    kind: DayKind
    name: Text


_WORKING_DAY = DayDescription(DayKind.WORKING, Text(zh="工作日", en="Working day"))
_WEEK = (
    *([_WORKING_DAY] * 5),
    DayDescription(DayKind.WEEKEND, Text(zh="周六", en="Saturday")),
    DayDescription(DayKind.WEEKEND, Text(zh="周日", en="Sunday")),
)


@lru_cache(maxsize=64)
def _make_up(holiday: Text) -> DayDescription:
    name = Text(zh=f"{holiday.zh}调休上班", en=f"Make-up workday for {holiday.en}")
    return DayDescription(DayKind.MAKE_UP, name)


def _empty(value: object) -> bool:
    # What is not there is not written either, so that older versions keep their hash.
    return not value


class DayChange(NamedTuple):
    """A day that is something else than it was; `department` where only that one is shut."""

    day: date
    before: DayKind
    after: DayKind
    name: Text
    department: str | None = None


class Calendar(Frozen):
    """One version of the working-day calendar.

    `days_off` holds every day of a holiday, weekend days among them; `days_worked` the weekend days
    that are worked to make up for one. Both map to the holiday's name, and both may only name days
    of `published` years. Nothing is cached in the instance, so a changed copy answers for itself.

    `closed` and `closed_for` (by department) lie as a layer over the notices: working days on which
    offices are shut, with the reason. A closure needs no published year; it is known by itself.
    """

    version: str = Field(min_length=1)
    region: str = "CN"
    name: Text | None = None
    published: tuple[int, ...] = ()
    days_off: dict[date, Text] = Field(default_factory=dict)
    days_worked: dict[date, Text] = Field(default_factory=dict)
    source: str = Field(min_length=1)
    closed: dict[date, Text] = Field(default_factory=dict, exclude_if=_empty)
    closed_for: dict[str, dict[date, Text]] = Field(default_factory=dict, exclude_if=_empty)

    def __hash__(self) -> int:
        """A hash that agrees with equality although the fields hold dictionaries."""
        return hash((self.version, self.published, len(self.days_off), len(self.days_worked)))

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if list(self.published) != sorted(set(self.published)):
            raise ValueError("published: list each year once, in ascending order")
        years = frozenset(self.published)
        for field, days in (("days_off", self.days_off), ("days_worked", self.days_worked)):
            if stray := next((day for day in days if day.year not in years), None):
                raise ValueError(f"{field}: {stray} lies in a year that is not published")
        if both := self.days_off.keys() & self.days_worked.keys():
            raise ValueError(f"days_worked: {min(both)} is also listed as a day off; keep one")
        if weekday := next((d for d in self.days_worked if d.weekday() < _SATURDAY), None):
            raise ValueError(f"days_worked: {weekday} is no weekend day; leave it out")
        return self

    def of(self, department: str | None) -> Self:
        """The calendar that a department works by: this one, with its own closures laid over."""
        own = self.closed_for.get(department) if department is not None else None
        if not own:
            return self
        return self.model_copy(update={"closed": {**self.closed, **own}, "closed_for": {}})

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on that day."""
        return day not in self.closed and self._is_working_by_notice(day)

    def _is_working_by_notice(self, day: date) -> bool:
        if day.weekday() < _SATURDAY:
            return day not in self.days_off
        return day in self.days_worked

    def is_provisional(self, day: date) -> bool:
        """Whether the day's year has no published notice, so that the answer may still change."""
        return day.year not in self.published

    def describe(self, day: date) -> DayDescription:
        """What the day is, with a name: the holiday's, the weekday's, or what a make-up is for."""
        closure = self.closed.get(day)
        if closure and self._is_working_by_notice(day):
            return DayDescription(DayKind.CLOSED, closure)
        if holiday := self.days_off.get(day):
            return DayDescription(DayKind.HOLIDAY, holiday)
        if made_up_for := self.days_worked.get(day):
            return _make_up(made_up_for)
        return _WEEK[day.weekday()]

    def changes_from(self, base: "Calendar") -> list[DayChange]:
        """The days that are something else here than in another version, in order."""
        found = list(self._changes(base, None))
        for department in sorted({*self.closed_for, *base.closed_for}):
            own, theirs = self.of(department), base.of(department)
            known = {change.day for change in found if change.department is None}
            found += [c for c in own._changes(theirs, department) if c.day not in known]
        return sorted(found, key=lambda change: (change.day, change.department or ""))

    def _changes(self, base: "Calendar", department: str | None) -> Iterator[DayChange]:
        named = {day for one in (self, base) for day in one._named_days()}
        for day in sorted(named):
            before, after = base.describe(day), self.describe(day)
            if before != after:
                yield DayChange(day, before.kind, after.kind, after.name, department)

    def _named_days(self) -> set[date]:
        return {*self.days_off, *self.days_worked, *self.closed}

    def next_working_day(self, day: date) -> date:
        """The first working day after `day`. Raises HorizonError when there is none."""
        return next(d for d in days_after(day) if self.is_working_day(d))

    def roll_forward(self, day: date) -> date:
        """`day` itself when it is a working day, otherwise the next one (Civil Code art. 203)."""
        return day if self.is_working_day(day) else self.next_working_day(day)

    def add_working_days(self, day: date, n: int) -> date:
        """The n-th working day after `day`, or before it when n is negative; `day` for 0.

        Raises HorizonError when it lies beyond the horizon.
        """
        if n == 0:
            return day
        step = 1 if n > 0 else -1
        working = (d for d in days_after(day, step) if self.is_working_day(d))
        return next(d for number, d in enumerate(working, start=1) if number == abs(n))

    def count_working_days(self, after: date, to: date) -> int:
        """The working days later than `after` and up to and including `to`.

        Negative, and counted the other way round, when `to` is the earlier of the two.
        """
        if to < after:
            return -self.count_working_days(to, after)
        between = (_numbered(self, year)[-1] for year in range(after.year, to.year))
        return sum(between) + _number_of(self, to) - _number_of(self, after)


def _number_of(calendar: Calendar, day: date) -> int:
    """How many working days there are from the beginning of the day's year up to it."""
    return _numbered(calendar, day.year)[day.toordinal() - date(day.year, 1, 1).toordinal()]


@lru_cache(maxsize=256)
def _numbered(calendar: Calendar, year: int) -> tuple[int, ...]:
    """How many working days of a year there were by the end of each of its days.

    Pages count the same year many times over, row by row.
    """
    ordinals = range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1)
    days = (calendar.is_working_day(date.fromordinal(ordinal)) for ordinal in ordinals)
    return tuple(accumulate(days))


def calendar_hash(calendar: Calendar) -> str:
    """The SHA-256, in hexadecimal, of a calendar's whole content in canonical JSON.

    The order in which days are listed does not matter; any other change gives another hash.
    """
    content = calendar.model_dump(mode="json")
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
