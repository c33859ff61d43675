"""Working days, holidays and make-up workdays."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from groundwork.catalogue.calendars import load_calendar
from groundwork.domain.calendar import (
    Calendar,
    DayKind,
    HorizonError,
    calendar_hash,
    days_after,
    end_of,
    local_date,
    start_of,
)
from groundwork.domain.definition import Text

CALENDAR = load_calendar("cn-2026.1")
FESTIVAL = Text(zh="春节", en="Spring Festival")

days = st.dates(date(2004, 1, 1), date(2028, 12, 31))


def small_calendar(**changes: object) -> Calendar:
    fields: dict[str, object] = {
        "version": "cn-2026.9",
        "published": (2026,),
        "days_off": {date(2026, 2, 16): FESTIVAL, date(2026, 2, 17): FESTIVAL},
        "days_worked": {date(2026, 2, 14): FESTIVAL},
        "source": "a test",
    }
    return Calendar.model_validate(fields | changes)


class TestCountingOverHolidays:
    @pytest.mark.parametrize(
        ("start", "n", "expected"),
        [
            (date(2026, 2, 13), 5, date(2026, 2, 27)),
            (date(2026, 9, 18), 10, date(2026, 10, 9)),
            (date(2026, 4, 30), 3, date(2026, 5, 8)),
            (date(2026, 9, 30), 1, date(2026, 10, 8)),
            (date(2026, 11, 20), 20, date(2026, 12, 18)),
        ],
    )
    def test_working_days_step_over_holidays_and_count_make_up_days(
        self, start: date, n: int, expected: date
    ) -> None:
        assert CALENDAR.add_working_days(start, n) == expected
        assert CALENDAR.count_working_days(start, expected) == n

    @pytest.mark.parametrize(("year", "expected"), [(2024, 251), (2025, 248), (2026, 248)])
    def test_a_year_has_its_published_number_of_working_days(
        self, year: int, expected: int
    ) -> None:
        new_years_eve = date(year - 1, 12, 31)
        assert CALENDAR.count_working_days(new_years_eve, date(year, 12, 31)) == expected

    @given(day=days, n=st.integers(0, 300))
    def test_counting_undoes_adding(self, day: date, n: int) -> None:
        assert CALENDAR.count_working_days(day, CALENDAR.add_working_days(day, n)) == n

    @given(day=days, n=st.integers(1, 300))
    def test_adding_ends_on_a_working_day(self, day: date, n: int) -> None:
        assert CALENDAR.is_working_day(CALENDAR.add_working_days(day, n))
        assert CALENDAR.is_working_day(CALENDAR.add_working_days(day, -n))

    @given(working=days.map(CALENDAR.roll_forward), n=st.integers(-300, 300))
    def test_from_a_working_day_there_and_back_is_the_same_day(self, working: date, n: int) -> None:
        there = CALENDAR.add_working_days(working, n)
        assert CALENDAR.add_working_days(there, -n) == working

    @given(a=days, b=days, c=days)
    def test_counts_add_up_in_any_direction(self, a: date, b: date, c: date) -> None:
        parts = CALENDAR.count_working_days(a, b) + CALENDAR.count_working_days(b, c)
        assert parts == CALENDAR.count_working_days(a, c)

    @given(a=days, b=days)
    def test_a_count_is_that_of_its_days(self, a: date, b: date) -> None:
        first, last = sorted((a, b))
        each = [first + timedelta(days=n + 1) for n in range((last - first).days)]
        expected = sum(CALENDAR.is_working_day(day) for day in each)
        assert CALENDAR.count_working_days(first, last) == expected

    @given(day=days)
    def test_rolling_forward_stops_at_the_first_working_day(self, day: date) -> None:
        rolled = CALENDAR.roll_forward(day)
        assert CALENDAR.is_working_day(rolled)
        assert CALENDAR.roll_forward(rolled) == rolled
        assert CALENDAR.count_working_days(day - timedelta(days=1), rolled) == 1

    def test_the_next_working_day_is_never_the_day_itself(self) -> None:
        assert CALENDAR.next_working_day(date(2026, 9, 30)) == date(2026, 10, 8)
        assert CALENDAR.next_working_day(date(2026, 10, 9)) == date(2026, 10, 10)


class TestDescribing:
    @pytest.mark.parametrize(
        ("day", "kind", "zh"),
        [
            (date(2026, 2, 13), DayKind.WORKING, "工作日"),
            (date(2026, 2, 14), DayKind.MAKE_UP, "春节调休上班"),
            (date(2026, 2, 17), DayKind.HOLIDAY, "春节"),
            (date(2026, 2, 21), DayKind.HOLIDAY, "春节"),
            (date(2026, 3, 7), DayKind.WEEKEND, "周六"),
            (date(2026, 3, 8), DayKind.WEEKEND, "周日"),
        ],
    )
    def test_a_day_has_a_kind_and_a_name(self, day: date, kind: DayKind, zh: str) -> None:
        description = CALENDAR.describe(day)
        assert (description.kind, description.name.zh) == (kind, zh)

    @given(day=days)
    def test_the_kind_agrees_with_whether_offices_work(self, day: date) -> None:
        works = CALENDAR.describe(day).kind in {DayKind.WORKING, DayKind.MAKE_UP}
        assert works == CALENDAR.is_working_day(day)


class TestUnpublishedYears:
    def test_a_year_without_a_notice_is_provisional(self) -> None:
        assert not CALENDAR.is_provisional(date(2026, 12, 31))
        assert CALENDAR.is_provisional(date(2027, 1, 1))
        assert CALENDAR.is_provisional(date(2003, 12, 31))

    @given(day=st.dates(date(2027, 1, 1), date(2040, 12, 31)))
    def test_nothing_but_weekends_is_assumed_of_it(self, day: date) -> None:
        assert CALENDAR.is_working_day(day) == (day.weekday() < 5)
        assert CALENDAR.describe(day).kind in {DayKind.WORKING, DayKind.WEEKEND}


class TestLocalDates:
    def test_a_date_changes_at_midnight_in_shanghai(self) -> None:
        assert local_date(datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC)) == date(2026, 3, 1)
        assert local_date(datetime(2026, 3, 1, 16, 0, tzinfo=UTC)) == date(2026, 3, 2)

    @given(day=days)
    def test_every_day_is_24_hours_without_summer_time(self, day: date) -> None:
        assert end_of(day) - start_of(day) == timedelta(hours=24)
        assert end_of(day) == start_of(day + timedelta(days=1))
        assert start_of(day).tzinfo is UTC

    @given(moment=st.datetimes(datetime(2004, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis wants naive bounds
    def test_a_moment_lies_within_its_date(self, moment: datetime) -> None:
        day = local_date(moment)
        assert start_of(day) <= moment < end_of(day)


class TestBounds:
    def test_an_absurd_count_is_refused_instead_of_running_on(self) -> None:
        with pytest.raises(HorizonError, match="2026-01-05"):
            CALENDAR.add_working_days(date(2026, 1, 5), 10**9)
        with pytest.raises(HorizonError):
            CALENDAR.add_working_days(date(2026, 1, 5), -(10**9))

    def test_the_ends_of_time_are_refused(self) -> None:
        with pytest.raises(HorizonError):
            CALENDAR.next_working_day(date.max)
        with pytest.raises(HorizonError):
            next(days_after(date.min, step=-1))
        with pytest.raises(HorizonError):
            end_of(date.max)


class TestContent:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"published": (2027, 2026)}, "ascending order"),
            ({"published": (2025,)}, "days_off: 2026-02-16 lies in a year that is not published"),
            ({"days_worked": {date(2026, 2, 16): FESTIVAL}}, "2026-02-16 is also listed"),
            ({"days_worked": {date(2026, 3, 2): FESTIVAL}}, "2026-03-02 is no weekend day"),
        ],
    )
    def test_a_contradictory_calendar_is_refused(
        self, changes: dict[str, object], message: str
    ) -> None:
        with pytest.raises(ValidationError, match=message):
            small_calendar(**changes)

    def test_a_calendar_survives_json(self) -> None:
        assert Calendar.model_validate_json(CALENDAR.model_dump_json()) == CALENDAR

    def test_equal_calendars_hash_alike_whatever_the_order_of_their_days(self) -> None:
        one = small_calendar()
        backwards = dict(reversed(one.days_off.items()))
        other = small_calendar(days_off=backwards)
        assert calendar_hash(one) == calendar_hash(other)
        assert (one, hash(one)) == (other, hash(other))

    @pytest.mark.parametrize(
        "changes",
        [
            {"days_worked": {}},
            {"days_off": {}},
            {"published": (2025, 2026)},
            {"source": "another"},
            {"days_worked": {date(2026, 2, 28): FESTIVAL}},
        ],
    )
    def test_any_other_content_has_another_hash(self, changes: dict[str, object]) -> None:
        assert calendar_hash(small_calendar(**changes)) != calendar_hash(small_calendar())

    def test_a_changed_copy_answers_for_itself(self) -> None:
        one = small_calendar()
        assert not one.is_working_day(date(2026, 2, 16))
        assert one.model_copy(update={"days_off": {}}).is_working_day(date(2026, 2, 16))
