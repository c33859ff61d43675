"""The published versions of the working-day calendar: one immutable YAML file per version.

A file lists the exceptions of each published year only, as the State Council's notice does: the
stretches of days that are off for a holiday, and the weekend days worked to make up for them.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Self

import yaml
from pydantic import Field, ValidationError, model_validator

from groundwork.domain.base import Frozen
from groundwork.domain.calendar import Calendar
from groundwork.domain.definition import Text

_VERSION = re.compile(r"[a-z]+-([0-9]{4})\.([0-9]+)")

SHELF = resources.files("groundwork.catalogue") / "calendars"
"""Where the catalogue keeps its calendars (a Path from elsewhere will do as well)."""

# Five times as fast as the loader in Python, and not built on every platform.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class UnknownCalendarError(LookupError):
    """No calendar of that version is in the catalogue."""


class CalendarFileError(ValueError):
    """A calendar file cannot be read; the message names the file, the field and the mistake."""


class RestStretch(Frozen):
    """Days off in a row for one holiday, both ends included, weekend days among them."""

    holiday: str
    first: date
    last: date

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"last: {self.last} is earlier than first, {self.first}")
        return self

    def days(self) -> Iterator[date]:
        """Each day of the stretch."""
        for distance in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=distance)


class WorkedDays(Frozen):
    """The weekend days worked to make up for one holiday."""

    holiday: str
    days: tuple[date, ...]


class CalendarYear(Frozen):
    """The exceptions of one published year."""

    rest: tuple[RestStretch, ...]
    worked: tuple[WorkedDays, ...]

    def days_off(self) -> Iterator[tuple[str, date]]:
        """Each day off, after its holiday."""
        return ((stretch.holiday, day) for stretch in self.rest for day in stretch.days())

    def days_worked(self) -> Iterator[tuple[str, date]]:
        """Each weekend day worked, after the holiday it makes up for."""
        return ((worked.holiday, day) for worked in self.worked for day in worked.days)

    def named_days(self) -> Iterator[tuple[str, date]]:
        """All of them."""
        yield from self.days_off()
        yield from self.days_worked()


class CalendarFile(Frozen):
    """What a calendar file holds."""

    version: str = Field(pattern=f"^{_VERSION.pattern}$")
    region: str
    name: Text
    source: str
    holidays: dict[str, Text]
    years: dict[int, CalendarYear]

    @model_validator(mode="after")
    def _names_and_years_fit(self) -> Self:
        listed: set[date] = set()
        for year, exceptions in self.years.items():
            for holiday, day in exceptions.named_days():
                if holiday not in self.holidays:
                    raise ValueError(f"years.{year}: holidays does not list {holiday!r}")
                if day.year != year:
                    raise ValueError(f"years.{year}: {day} lies in another year")
                if day in listed:
                    raise ValueError(f"years.{year}: {day} is listed twice")
                listed.add(day)
        return self

    def calendar(self) -> Calendar:
        """The calendar that the file describes."""
        years = self.years.values()
        return Calendar(
            version=self.version,
            region=self.region,
            name=self.name,
            source=self.source,
            published=tuple(sorted(self.years)),
            days_off={d: self.holidays[name] for year in years for name, d in year.days_off()},
            days_worked={
                d: self.holidays[name] for year in years for name, d in year.days_worked()
            },
        )


def calendar_versions(shelf: Traversable = SHELF) -> tuple[str, ...]:
    """The versions on a shelf, oldest first: by year, then by revision within the year."""
    names = (entry.name.removesuffix(".yaml") for entry in shelf.iterdir())
    return tuple(sorted((name for name in names if _VERSION.fullmatch(name)), key=calendar_age))


def newest_calendar_version(shelf: Traversable = SHELF) -> str:
    """The version that new chains pin."""
    return calendar_versions(shelf)[-1]


@lru_cache(maxsize=8)
def load_calendar(version: str) -> Calendar:
    """The calendar of that version; one shared object, so that clocks remember what they reckoned.

    Raises UnknownCalendarError when there is none and CalendarFileError when its file is at fault.
    """
    if version not in (known := calendar_versions()):
        raise UnknownCalendarError(
            f"there is no calendar {version!r}; the catalogue has {', '.join(known)}"
        )
    return read_calendar(SHELF / f"{version}.yaml")


def read_calendar(file: Traversable) -> Calendar:
    """The calendar in a file (a Path will do), also from outside the catalogue.

    Raises CalendarFileError when its content is at fault, or bears another version than its name.
    """
    try:
        content = CalendarFile.model_validate(yaml.load(file.read_text(encoding="utf-8"), _LOADER))
        calendar = content.calendar()
    except yaml.YAMLError as error:
        raise CalendarFileError(f"{file.name} is not valid YAML: {error}") from error
    except ValidationError as error:
        raise CalendarFileError(f"{file.name}: {_first_mistake(error)}") from error
    except (ValueError, RecursionError) as error:
        # Such as other bytes than UTF-8, a 13th month, or a thousand brackets.
        raise CalendarFileError(f"{file.name} cannot be read as YAML in UTF-8") from error
    if file.name != f"{calendar.version}.yaml":
        raise CalendarFileError(
            f"{file.name}: version: says {calendar.version!r}; rename the file or correct it"
        )
    return calendar


def is_calendar_version(name: str) -> bool:
    """Whether a version could bear that name."""
    return _VERSION.fullmatch(name) is not None


def calendar_age(version: str) -> tuple[int, int, str]:
    """By what versions are ordered: year, revision within the year, and the name itself.

    Names of another form come first.
    """
    match = _VERSION.fullmatch(version)
    return (int(match[1]), int(match[2]), version) if match else (0, 0, version)


def _first_mistake(error: ValidationError) -> str:
    mistake = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in mistake["loc"])
    message = mistake["msg"].removeprefix("Value error, ")
    return f"{place}: {message}" if place else message
