"""A year of a calendar as twelve small months: each day by shape and text, not by colour alone."""

from calendar import Calendar as Weeks
from datetime import date
from typing import Final, NamedTuple

from groundwork.api.languages import Language, said
from groundwork.domain.calendar import Calendar, DayKind
from groundwork.domain.definition import Text

_MARKS: Final = {
    DayKind.HOLIDAY: Text(zh="休", en="off"),
    DayKind.MAKE_UP: Text(zh="班", en="work"),
    DayKind.CLOSED: Text(zh="停", en="shut"),
}
KINDS: Final = {
    DayKind.WORKING: Text(zh="工作日", en="working day"),
    DayKind.MAKE_UP: Text(zh="调休上班", en="make-up workday"),
    DayKind.WEEKEND: Text(zh="周末", en="weekend"),
    DayKind.HOLIDAY: Text(zh="放假", en="holiday"),
    DayKind.CLOSED: Text(zh="停办", en="offices shut"),
}
"""What kinds of days are called."""

_WEEKS: Final = Weeks()
MONTHS: Final = 12


class Day(NamedTuple):
    """A day of a month: its number, what it is, a mark if it is out of the ordinary, its name."""

    on: date
    kind: str
    mark: str
    name: str
    changed: bool
    today: bool


class Month(NamedTuple):
    """A month: weeks of seven, with None for days of other months; and its working days."""

    number: int
    weeks: list[list[Day | None]]
    working: int


def months_of(
    calendar: Calendar, year: int, language: Language, *, today: date, changed: frozenset[date]
) -> list[Month]:
    """The twelve months; `changed` days are marked as other than in the base."""

    def day(on: date) -> Day:
        kind, name = calendar.describe(on)
        mark = said(_MARKS[kind], language) if kind in _MARKS else ""
        return Day(on, kind.value, mark, said(name, language), on in changed, on == today)

    found = []
    for number in range(1, MONTHS + 1):
        weeks = [
            [day(on) if on.month == number else None for on in week]
            for week in _WEEKS.monthdatescalendar(year, number)
        ]
        working = sum(
            calendar.is_working_day(one.on) for week in weeks for one in week if one is not None
        )
        found.append(Month(number, weeks, working))
    return found
