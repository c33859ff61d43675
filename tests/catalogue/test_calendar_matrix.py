"""Working-day arithmetic against an independent calendar, from every day of 2004 to 2026."""

from bisect import bisect_right
from datetime import date, timedelta

# The package brings no type information.
import chinese_calendar  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwork.catalogue.calendar_import import CORRECTIONS_WORKED
from groundwork.catalogue.calendars import load_calendar

CALENDAR = load_calendar("cn-2026.1")
FIRST, LAST = date(2004, 1, 1), date(2026, 12, 31)
DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
WORKING = [day for day in DAYS if chinese_calendar.is_workday(day) or day in CORRECTIONS_WORKED]
"""The working days of the package, corrected by the one notice that it has wrong."""

published = st.dates(FIRST, LAST)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 7, 10, 15, 20])
def test_adding_agrees_from_every_day(n: int) -> None:
    for day in DAYS:
        position = bisect_right(WORKING, day) + n - 1
        if position < len(WORKING):
            assert CALENDAR.add_working_days(day, n) == WORKING[position], (day, n)


@pytest.mark.parametrize("length", [1, 7, 30])
def test_counting_agrees_from_every_day(length: int) -> None:
    for day in DAYS[:-length]:
        to = day + timedelta(days=length)
        expected = bisect_right(WORKING, to) - bisect_right(WORKING, day)
        assert CALENDAR.count_working_days(day, to) == expected, (day, to)


@given(day=published, n=st.integers(0, 400))
def test_counting_undoes_adding(day: date, n: int) -> None:
    assert CALENDAR.count_working_days(day, CALENDAR.add_working_days(day, n)) == n


@given(day=published, n=st.integers(1, 400))
def test_adding_undoes_counting_on_working_days(day: date, n: int) -> None:
    begin = CALENDAR.roll_forward(day)
    there = CALENDAR.add_working_days(begin, n)
    assert CALENDAR.add_working_days(begin, CALENDAR.count_working_days(begin, there)) == there
    assert CALENDAR.add_working_days(there, -n) == begin
