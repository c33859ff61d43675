"""Due dates, stops, extensions and what they leave of a limit."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from groundwork.catalogue.calendars import load_calendar
from groundwork.domain.calendar import Calendar, HorizonError, end_of, local_date, start_of
from groundwork.domain.clock import (
    Clock,
    DayMark,
    Due,
    consumed,
    day_numbered,
    days_past_due_on,
    due,
    left,
    past_due,
    reckon,
    used_days,
    window,
    yellow_from,
)
from groundwork.domain.definition import Limit, LimitUnit, Provenance, StopReason
from groundwork.domain.stops import STOP_REASON_NAMES, Stop

CALENDAR = load_calendar("cn-2026.1")
WORKING, DAYS, HOURS = LimitUnit.WORKING_DAYS, LimitUnit.CALENDAR_DAYS, LimitUnit.HOURS


def march(day: int) -> date:
    """A day of March 2026, which begins on a Sunday and has no holidays."""
    return date(2026, 3, day)


def at(day: date, hour: int = 10, minute: int = 0) -> datetime:
    """A local time of day, as an instant."""
    return start_of(day) + timedelta(hours=hour, minutes=minute)


def limit(amount: int, unit: LimitUnit = WORKING, *, first: bool = False) -> Limit:
    return Limit(
        amount=amount,
        unit=unit,
        counts_first_day=first,
        provenance=Provenance.PROMISED,
        source="a test",
    )


def stop(
    since: datetime,
    until: datetime | None = None,
    *,
    planned: date | None = None,
    reason: StopReason = StopReason.EXPERT_REVIEW,
) -> Stop:
    return Stop(
        reason=reason,
        basis="a test",
        approver="officer-1",
        since=since,
        planned_end=planned or local_date(until or since),
        until=until,
    )


def clock(
    started: date,
    amount: int,
    unit: LimitUnit = WORKING,
    *stops: Stop,
    extended_by: int = 0,
    first: bool = False,
) -> Clock:
    return Clock(
        started=at(started),
        limit=limit(amount, unit, first=first),
        stops=stops,
        extended_by=extended_by,
    )


def due_on(*args: object, **options: object) -> date:
    return due(clock(*args, **options), CALENDAR).on  # type: ignore[arg-type] # passed on as given


MARKS = dict(zip(DayMark, "e#-=>", strict=True))


def drawn(answer: Due) -> str:
    """The ledger as a line, one sign per day."""
    return "".join(MARKS[entry.mark] for entry in answer.ledger)


dates = st.dates(date(2024, 1, 1), date(2026, 12, 31))
day_units, any_unit = st.sampled_from([WORKING, DAYS]), st.sampled_from([WORKING, DAYS, HOURS])


@st.composite
def stops_of(draw: st.DrawFn, started: date) -> tuple[Stop, ...]:
    """Ended stops that begin within two months of the start, overlapping as they like."""
    found = []
    for _ in range(draw(st.integers(0, 4))):
        since = at(started + timedelta(days=draw(st.integers(0, 60))), draw(st.integers(8, 17)))
        until = since + timedelta(hours=draw(st.integers(0, 24 * 30)))
        found.append(stop(since, until, reason=draw(st.sampled_from(StopReason))))
    return tuple(found)


@st.composite
def clocks(draw: st.DrawFn, units: st.SearchStrategy[LimitUnit] = day_units) -> Clock:
    started = draw(dates)
    return Clock(
        started=at(started, draw(st.integers(0, 23))),
        limit=limit(draw(st.integers(0, 40)), draw(units), first=draw(st.booleans())),
        extended_by=draw(st.integers(0, 10)),
        stops=draw(stops_of(started)),
    )


class TestWorkingDays:
    def test_the_day_of_the_event_is_not_counted(self) -> None:
        answer = due(clock(date(2026, 2, 13), 5), CALENDAR)
        assert answer.on == date(2026, 2, 27)
        assert drawn(answer) == "e#---------####"
        assert answer.ledger[2].note.zh == "春节"

    @pytest.mark.parametrize(
        ("started", "expected"),
        [(date(2024, 9, 14), date(2024, 9, 23)), (date(2025, 1, 9), date(2025, 1, 15))],
    )
    def test_a_public_notice_of_five_days_counts_its_first_day(
        self, started: date, expected: date
    ) -> None:
        assert due_on(started, 5, first=True) == expected

    def test_a_first_day_on_a_weekend_does_not_count(self) -> None:
        assert due_on(march(7), 1, first=True) == march(9)

    def test_a_limit_is_over_at_the_end_of_its_last_day(self) -> None:
        answer = due(clock(march(2), 3), CALENDAR)
        assert (answer.on, answer.moment) == (march(5), datetime(2026, 3, 5, 16, tzinfo=UTC))

    def test_the_legal_date_is_the_one_in_shanghai(self) -> None:
        late_on_the_2nd_in_utc = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
        assert window(late_on_the_2nd_in_utc, limit(1), CALENDAR).on == march(4)

    @given(started=dates, amount=st.integers(1, 60))
    def test_without_stops_it_is_the_calendars_arithmetic(self, started: date, amount: int) -> None:
        assert due_on(started, amount) == CALENDAR.add_working_days(started, amount)


class TestRolling:
    def test_a_limit_of_zero_is_due_on_the_day_of_the_event(self) -> None:
        answer = due(clock(march(2), 0), CALENDAR)
        assert answer.on == march(2)
        assert drawn(answer) == "e"

    @pytest.mark.parametrize("unit", [WORKING, DAYS])
    def test_on_a_holiday_it_rolls_to_the_next_working_day(self, unit: LimitUnit) -> None:
        answer = due(clock(date(2026, 10, 3), 0, unit), CALENDAR)
        assert answer.on == date(2026, 10, 8)
        assert drawn(answer) == "e---->"

    def test_in_calendar_days_every_day_counts(self) -> None:
        assert due_on(date(2026, 2, 10), 30, DAYS) == march(12)

    def test_a_limit_that_ends_on_a_holiday_rolls_to_the_next_working_day(self) -> None:
        answer = due(clock(date(2026, 9, 21), 10, DAYS), CALENDAR)
        assert answer.on == date(2026, 10, 8)
        assert drawn(answer) == "e##########------>"
        assert [entry.number for entry in answer.ledger[-8:]] == [10, *[None] * 7]

    def test_the_days_it_rolls_over_are_not_used_up(self) -> None:
        running = clock(date(2026, 9, 21), 10, DAYS)
        assert [used_days(running, CALENDAR, date(2026, 10, day)) for day in (1, 7, 8)] == [10] * 3
        assert used_days(running, CALENDAR, date(2026, 10, 9)) > 10


class TestHours:
    def test_hours_start_at_once_and_run_through_rest_days(self) -> None:
        answer = due(clock(date(2026, 10, 1), 24, HOURS), CALENDAR)
        assert answer.moment == at(date(2026, 10, 2))
        assert answer.on == date(2026, 10, 2)
        assert [entry.number for entry in answer.ledger] == [14, 24]
        assert not answer.provisional

    def test_stops_are_subtracted_to_the_instant_and_once(self) -> None:
        day = march(2)
        running = clock(
            day, 4, HOURS, stop(at(day, 11), at(day, 12, 30)), stop(at(day, 12), at(day, 13))
        )
        assert due(running, CALENDAR).moment == at(day, 16)
        split = consumed(running, CALENDAR, at(day, 14))
        assert (split.department_days, split.stopped_days) == (2, 2)

    def test_a_limit_that_ends_at_midnight_is_due_on_the_day_before_it(self) -> None:
        answer = due(clock(march(2), 14, HOURS), CALENDAR)
        assert (answer.on, answer.moment) == (march(2), end_of(march(2)))

    def test_yellow_is_a_share_of_the_hours_and_cards_come_by_the_hour(self) -> None:
        day = march(2)
        running = clock(day, 4, HOURS, stop(at(day, 15), at(day, 17)))
        assert yellow_from(running, CALENDAR, 50, 1) == at(day, 12)
        assert past_due(running, CALENDAR, 0) == at(day, 14)
        assert past_due(running, CALENDAR, 1) == at(day, 15)
        assert past_due(running, CALENDAR, 2) == at(day, 18)

    def test_a_day_that_stands_still_is_shown_as_stopped(self) -> None:
        review = stop(at(march(2), 12), at(march(3), 12))
        hearing = stop(at(march(3), 12), at(march(4), 12), reason=StopReason.HEARING)
        answer = due(clock(march(2), 4, HOURS, review, hearing), CALENDAR)
        assert drawn(answer) == "#=#"
        assert [entry.number for entry in answer.ledger] == [2, None, 4]

    @given(running=clocks(st.just(HOURS)))
    def test_exactly_the_budget_has_run_when_the_limit_is_over(self, running: Clock) -> None:
        answer = due(running, CALENDAR)
        assert consumed(running, CALENDAR, answer.moment).department_days == running.budget
        assert answer.ledger[-1].day == answer.on
        assert answer.moment <= end_of(answer.on)


class TestStops:
    def test_the_stopping_day_counts_and_the_resuming_day_does_not(self) -> None:
        review = stop(at(march(3)), at(march(5)))
        answer = due(clock(march(2), 3, WORKING, review), CALENDAR)
        assert drawn(answer) == "e#==#--#"
        assert [entry.number for entry in answer.ledger if entry.number] == [1, 2, 3]
        assert answer.ledger[2].note == STOP_REASON_NAMES[StopReason.EXPERT_REVIEW]

    def test_a_stop_that_ends_on_the_same_day_excludes_nothing(self) -> None:
        same_day = stop(at(march(3), 9), at(march(3), 17))
        assert due_on(march(2), 3, WORKING, same_day) == due_on(march(2), 3)

    def test_an_open_stop_is_projected_to_its_planned_end(self) -> None:
        opened = stop(at(march(3)), planned=march(5))
        answer = due(clock(march(2), 3, WORKING, opened), CALENDAR)
        assert (answer.on, answer.projected) == (march(9), True)

    def test_a_stop_that_ran_its_course_keeps_the_date_that_was_projected(self) -> None:
        opened = stop(at(march(3)), planned=march(5))
        ended = opened.model_copy(update={"until": opened.ends})
        answer = due(clock(march(2), 3, WORKING, ended), CALENDAR)
        assert (answer.on, answer.projected) == (march(9), False)

    def test_a_limit_does_not_end_while_a_stop_that_began_on_its_last_day_lasts(self) -> None:
        review = stop(at(march(5)), at(march(11)))
        answer = due(clock(march(2), 3, WORKING, review), CALENDAR)
        assert answer.on == march(11)
        assert drawn(answer) == "e###=--==>"

    def test_a_stop_that_begins_after_the_due_date_does_not_move_it(self) -> None:
        assert due_on(march(2), 3, WORKING, stop(at(march(6)), at(march(20)))) == march(5)

    def test_a_clock_runs_unless_a_stop_is_open(self) -> None:
        ended = stop(at(march(3)), at(march(4)))
        opened = stop(at(march(5)), planned=march(9))
        assert clock(march(2), 3, WORKING, ended).running
        stopped = clock(march(2), 3, WORKING, ended, opened)
        assert (stopped.running, stopped.open_stops) == (False, (opened,))

    @given(running=clocks(), data=st.data())
    def test_the_order_of_stops_does_not_matter(self, running: Clock, data: st.DataObject) -> None:
        shuffled = {"stops": tuple(data.draw(st.permutations(running.stops)))}
        assert due(running.model_copy(update=shuffled), CALENDAR) == due(running, CALENDAR)

    @given(running=clocks(any_unit))
    def test_stops_that_overlap_count_once(self, running: Clock) -> None:
        doubled = running.model_copy(update={"stops": running.stops * 2})
        assert due(doubled, CALENDAR).on == due(running, CALENDAR).on
        moment = due(running, CALENDAR).moment
        assert consumed(doubled, CALENDAR, moment) == consumed(running, CALENDAR, moment)

    @given(running=clocks(any_unit), data=st.data())
    def test_a_further_stop_never_brings_the_due_date_forward(
        self, running: Clock, data: st.DataObject
    ) -> None:
        more = (*running.stops, *data.draw(stops_of(local_date(running.started))))
        longer = running.model_copy(update={"stops": more})
        assert due(longer, CALENDAR).moment >= due(running, CALENDAR).moment

    @given(running=clocks())
    def test_the_due_date_agrees_with_counting_by_sets(self, running: Clock) -> None:
        assert due(running, CALENDAR).on == due_by_sets(running, CALENDAR)


def due_by_sets(running: Clock, calendar: Calendar) -> date:
    """The due date by another way: sets of days instead of a walk from day to day."""
    begin = local_date(running.started)
    spans = [(local_date(s.since), local_date(s.until or s.since)) for s in running.stops]
    range_of_days = [begin + timedelta(days=n) for n in range(400)]
    excluded = {day for day in range_of_days for since, until in spans if since < day <= until}
    frozen = {day for day in range_of_days for since, until in spans if since <= day < until}
    counting = [
        day
        for day in range_of_days
        if (day > begin or running.limit.counts_first_day)
        and day not in excluded
        and (running.limit.unit is DAYS or calendar.is_working_day(day))
    ]
    last = counting[running.budget - 1] if running.budget else begin
    ends = (day for day in range_of_days if day not in frozen and calendar.is_working_day(day))
    return next(day for day in ends if day >= last)


class TestExtensions:
    def test_an_extension_moves_the_due_date_and_is_no_stop(self) -> None:
        longer = clock(march(2), 20, extended_by=10)
        assert longer.budget == 30
        assert due(longer, CALENDAR).on == CALENDAR.add_working_days(march(2), 30)
        assert consumed(longer, CALENDAR, at(date(2026, 4, 30))).stopped_days == 0

    @given(running=clocks(), by=st.integers(1, 10))
    def test_an_extension_is_the_same_as_a_longer_limit(self, running: Clock, by: int) -> None:
        extended = running.model_copy(update={"extended_by": running.extended_by + by})
        longer = running.model_copy(
            update={"limit": running.limit.model_copy(update={"amount": running.limit.amount + by})}
        )
        assert due(extended, CALENDAR) == due(longer, CALENDAR)


class TestProvisional:
    def test_a_due_date_that_crosses_into_an_unpublished_year_is_provisional(self) -> None:
        answer = due(clock(date(2026, 12, 25), 10), CALENDAR)
        assert answer.on == date(2027, 1, 8)
        assert answer.provisional
        assert next(e.day for e in answer.ledger if e.provisional) == date(2027, 1, 1)
        assert not due(clock(date(2026, 12, 25), 4), CALENDAR).provisional

    def test_publishing_the_year_moves_the_date_and_makes_it_exact(self) -> None:
        running = clock(date(2026, 12, 25), 10)
        assert due(running, CALENDAR).on == date(2027, 1, 8)
        new_year = {date(2027, 1, 1): CALENDAR.days_off[date(2026, 1, 1)]}
        published = CALENDAR.model_copy(
            update={"published": (2026, 2027), "days_off": CALENDAR.days_off | new_year}
        )
        answer = due(running, published)
        assert (answer.on, answer.provisional) == (date(2027, 1, 11), False)


class TestUsedAndLeft:
    def test_a_day_that_has_begun_counts_whole(self) -> None:
        running = clock(march(2), 5)
        assert consumed(running, CALENDAR, at(march(2), 23)).department_days == 0
        assert consumed(running, CALENDAR, start_of(march(3))).department_days == 1
        assert left(running, CALENDAR, march(3)) == 4

    def test_the_departments_days_are_split_from_the_applicants(self) -> None:
        correction = stop(at(march(3)), at(march(10)), reason=StopReason.CORRECTION)
        split = consumed(clock(march(2), 10, WORKING, correction), CALENDAR, at(march(12)))
        assert (split.department_days, split.stopped_days) == (3, 5)

    @given(running=clocks(any_unit), ahead=st.integers(-5, 200))
    def test_use_only_grows_and_what_is_left_is_never_negative(
        self, running: Clock, ahead: int
    ) -> None:
        day = local_date(running.started) + timedelta(days=ahead)
        used = used_days(running, CALENDAR, day)
        assert 0 <= used <= used_days(running, CALENDAR, day + timedelta(days=1))
        assert left(running, CALENDAR, day) == max(0, running.budget - used)

    @given(running=clocks(any_unit))
    def test_nothing_is_left_when_the_limit_is_over(self, running: Clock) -> None:
        answer = due(running, CALENDAR)
        assert used_days(running, CALENDAR, answer.on) >= running.budget
        assert left(running, CALENDAR, answer.on) == 0

    @given(running=clocks(), data=st.data())
    def test_the_numbered_day_is_the_one_on_which_that_many_are_used(
        self, running: Clock, data: st.DataObject
    ) -> None:
        assume(running.budget > 0)
        k = data.draw(st.integers(1, running.budget))
        day = day_numbered(running, CALENDAR, k)
        assert used_days(running, CALENDAR, day) == k
        assert used_days(running, CALENDAR, day - timedelta(days=1)) == k - 1

    @given(running=clocks())
    def test_every_day_is_counted_stopped_resting_or_the_event(self, running: Clock) -> None:
        entries = list(islice(reckon(running, CALENDAR), 120))
        begin = local_date(running.started)
        assert [e.day for e in entries] == [begin + timedelta(days=n) for n in range(120)]
        numbers = [entry.number for entry in entries if entry.mark is DayMark.COUNTED]
        assert numbers == list(range(1, len(numbers) + 1))


class TestYellow:
    # One day is the only one; two and three have one left; from five on it is 70 percent.
    @pytest.mark.parametrize(
        ("amount", "day"), [(1, 3), (2, 3), (3, 4), (5, 6), (10, 11), (20, 20)]
    )
    def test_yellow_begins_with_70_percent_used_or_one_day_left(
        self, amount: int, day: int
    ) -> None:
        assert yellow_from(clock(march(2), amount), CALENDAR, 70, 1) == start_of(march(day))

    def test_either_condition_may_be_left_out(self) -> None:
        running = clock(march(2), 10)
        assert yellow_from(running, CALENDAR, 50, None) == start_of(march(9))
        assert yellow_from(running, CALENDAR, None, 3) == start_of(march(11))

    def test_stopped_days_push_it_back(self) -> None:
        running = clock(march(2), 10, WORKING, stop(at(march(3)), at(march(5))))
        assert yellow_from(running, CALENDAR, 70, 1) == start_of(march(13))

    def test_it_is_never_earlier_than_the_start_of_the_clock(self) -> None:
        assert yellow_from(clock(march(2), 0), CALENDAR, 70, 1) == at(march(2))
        assert yellow_from(clock(march(2), 1, first=True), CALENDAR, 70, 1) == at(march(2))

    @given(running=clocks(any_unit), share=st.integers(0, 100), days_left=st.integers(0, 5))
    def test_it_lies_between_the_start_and_the_end_of_the_limit(
        self, running: Clock, share: int, days_left: int
    ) -> None:
        yellow = yellow_from(running, CALENDAR, share, days_left)
        assert running.started <= yellow <= due(running, CALENDAR).moment


class TestPastDue:
    def test_days_past_due_are_working_days_whatever_the_limit_counts(self) -> None:
        for unit in (WORKING, DAYS):
            running = clock(date(2026, 9, 25), 3, unit)
            first_due = due(running, CALENDAR).on
            assert past_due(running, CALENDAR, 0) == end_of(first_due)
            for k in (1, 3, 5):
                expected = CALENDAR.add_working_days(first_due, k)
                assert days_past_due_on(running, CALENDAR, k) == expected
                assert past_due(running, CALENDAR, k) == end_of(expected)

    def test_days_past_due_do_not_add_up_while_the_clock_stands_still(self) -> None:
        running = clock(march(2), 3, WORKING, stop(at(march(6)), at(march(11))))
        assert days_past_due_on(running, CALENDAR, 1) == march(11)
        assert days_past_due_on(running, CALENDAR, 3) == march(13)

    @given(running=clocks(any_unit))
    def test_the_rungs_come_in_their_order(self, running: Clock) -> None:
        moments = [past_due(running, CALENDAR, n) for n in (0, 1, 3, 5)]
        assert moments == sorted(moments)
        assert moments[0] == due(running, CALENDAR).moment


class TestBounds:
    @pytest.mark.parametrize("unit", [WORKING, DAYS, HOURS])
    def test_an_absurd_limit_is_refused_instead_of_running_on(self, unit: LimitUnit) -> None:
        with pytest.raises(HorizonError):
            due(clock(march(2), 10**8, unit), CALENDAR)

    @pytest.mark.parametrize("unit", [WORKING, DAYS, HOURS])
    def test_a_stop_until_the_end_of_time_is_refused(self, unit: LimitUnit) -> None:
        endless = stop(at(march(3)), planned=date.max)
        with pytest.raises(HorizonError):
            due(clock(march(2), 30, unit, endless), CALENDAR)

    def test_no_clock_runs_in_months(self) -> None:
        with pytest.raises(ValidationError, match="no clock runs in months"):
            clock(march(2), 3, LimitUnit.MONTHS)

    def test_a_moment_without_a_time_zone_is_refused(self) -> None:
        with pytest.raises(ValidationError, match="timezone"):
            Clock.model_validate({"started": "2026-03-02T10:00:00", "limit": limit(3)})

    def test_every_stop_reason_has_a_name(self) -> None:
        assert set(STOP_REASON_NAMES) == set(StopReason)


class TestValues:
    def test_a_changed_copy_of_a_clock_reckons_anew(self) -> None:
        running = clock(march(2), 3)
        before = due(running, CALENDAR)
        longer = running.model_copy(update={"extended_by": 2})
        assert due(longer, CALENDAR).on == march(9)
        assert due(running, CALENDAR) is before

    def test_having_reckoned_leaves_no_trace_in_the_value(self) -> None:
        running, twin = clock(march(2), 3), clock(march(2), 3)
        due(running, CALENDAR)
        assert running == twin
        assert hash(running) == hash(twin)
        assert running.model_dump_json() == twin.model_dump_json()

    def test_a_deep_copy_answers_for_the_calendar_it_is_asked_about(self) -> None:
        running = clock(date(2026, 9, 30), 1)
        due(running, CALENDAR)
        copied = running.model_copy(deep=True)
        no_holidays = CALENDAR.model_copy(update={"days_off": {}})
        assert due(copied, no_holidays).on == date(2026, 10, 1)
        assert due(copied, CALENDAR).on == date(2026, 10, 8)

    @given(running=clocks(any_unit))
    def test_clocks_and_due_dates_survive_json(self, running: Clock) -> None:
        answer = due(running, CALENDAR)
        assert Clock.model_validate_json(running.model_dump_json()) == running
        assert Due.model_validate_json(answer.model_dump_json()) == answer
