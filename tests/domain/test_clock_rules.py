"""How a limit ends, whatever the hour, the zone and the year: cut-off, rolling, exact dates."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwork.domain.calendar import end_of, local_date, moment_on
from groundwork.domain.clock import (
    Clock,
    DayMark,
    closing,
    consumed,
    due,
    past_due,
    yellow_from,
)
from groundwork.domain.definition import CutOff, LimitUnit, Provenance, StopReason
from groundwork.domain.stops import STOP_KINDS, Court
from tests.domain.test_clock import (
    CALENDAR,
    DAYS,
    WORKING,
    at,
    clock,
    clocks,
    due_on,
    limit,
    march,
    stop,
)

HALF_PAST_FIVE = CutOff(at=time(17, 30), provenance=Provenance.DEFAULT, source="a test")
ZONES = ("America/New_York", "Europe/London", "Australia/Lord_Howe", "Pacific/Kiritimati", "UTC")


def ruled(running: Clock, *, closes: bool = False, rolls: bool = True) -> Clock:
    """The clock under other rules of how its limit ends."""
    cut_off = HALF_PAST_FIVE if closes else None
    changes = {"cut_off": cut_off, "rolls_forward": rolls}
    return running.model_copy(update={"limit": running.limit.model_copy(update=changes)})


@st.composite
def ruled_clocks(draw: st.DrawFn) -> Clock:
    return ruled(draw(clocks()), closes=draw(st.booleans()), rolls=draw(st.booleans()))


class TestCutOff:
    def test_the_last_day_ends_when_business_closes(self) -> None:
        answer = due(ruled(clock(march(2), 3), closes=True), CALENDAR)
        assert (answer.on, answer.moment) == (march(5), moment_on(march(5), time(17, 30)))

    @pytest.mark.parametrize("hour", [0, 9, 18, 23])
    def test_what_comes_in_after_hours_came_in_that_day(self, hour: int) -> None:
        evening = Clock(started=at(march(2), hour), limit=limit(3))
        assert due(ruled(evening, closes=True), CALENDAR).on == march(5)

    def test_a_limit_of_the_same_day_cannot_end_before_it_begins(self) -> None:
        evening = ruled(Clock(started=at(march(6), 18), limit=limit(0)), closes=True)
        answer = due(evening, CALENDAR)
        assert answer.on == march(9)  # the 6th is a Friday
        assert [day.mark for day in answer.ledger][-1] is DayMark.ROLLED
        morning = ruled(Clock(started=at(march(6), 9), limit=limit(0)), closes=True)
        assert due(morning, CALENDAR).on == march(6)

    def test_a_stop_that_ends_after_hours_on_the_last_day_leaves_no_time_on_it(self) -> None:
        late = stop(at(march(5), 10), at(march(9), 18))
        early = stop(at(march(5), 10), at(march(9), 17))
        assert due(ruled(clock(march(2), 3, WORKING, late), closes=True), CALENDAR).on == march(10)
        assert due(ruled(clock(march(2), 3, WORKING, early), closes=True), CALENDAR).on == march(9)

    def test_a_stop_that_begins_after_the_limit_is_over_does_not_move_it(self) -> None:
        after = stop(at(march(5), 18), at(march(9), 10))
        assert due(ruled(clock(march(2), 3, WORKING, after), closes=True), CALENDAR).on == march(5)
        assert due_on(march(2), 3, WORKING, after) == march(9)  # by midnight it was not over yet

    def test_days_past_due_end_with_business_hours_too(self) -> None:
        running = ruled(clock(march(2), 3), closes=True)
        assert past_due(running, CALENDAR, 1) == moment_on(march(6), time(17, 30))

    @given(running=clocks())
    def test_it_moves_no_date_but_that_of_a_limit_that_would_end_before_it_begins(
        self, running: Clock
    ) -> None:
        unstopped = running.model_copy(update={"stops": ()})
        bounded = ruled(unstopped, closes=True)
        usual, sooner = due(unstopped, CALENDAR), due(bounded, CALENDAR)
        assert sooner.moment > running.started
        if sooner.on != usual.on:
            assert closing(bounded.limit, usual.on) <= running.started
            assert sooner.on == CALENDAR.next_working_day(usual.on)

    @given(running=ruled_clocks())
    def test_the_rungs_come_in_their_order(self, running: Clock) -> None:
        moments = [yellow_from(running, CALENDAR, 70, 1)]
        moments += [past_due(running, CALENDAR, days) for days in (0, 1, 3, 5)]
        assert moments == sorted(moments)
        assert moments[1] == due(running, CALENDAR).moment


class TestRollingOn:
    def test_a_limit_may_end_on_a_rest_day_where_it_does_not_roll(self) -> None:
        # 4 April 2026 is Qingming, off until the 6th.
        running = clock(date(2026, 3, 5), 30, DAYS)
        assert due(running, CALENDAR).on == date(2026, 4, 7)
        assert due(ruled(running, rolls=False), CALENDAR).on == date(2026, 4, 4)

    def test_days_past_due_are_working_days_all_the_same(self) -> None:
        running = ruled(clock(date(2026, 3, 5), 30, DAYS), rolls=False)
        assert past_due(running, CALENDAR, 1) == end_of(date(2026, 4, 7))

    @given(running=clocks(st.just(DAYS)))
    def test_rolling_only_ever_moves_on_to_the_next_working_day(self, running: Clock) -> None:
        unrolled = running.model_copy(update={"stops": ()})
        stays = due(ruled(unrolled, rolls=False), CALENDAR).on
        assert due(unrolled, CALENDAR).on == CALENDAR.roll_forward(stays)


class TestLedger:
    @given(running=ruled_clocks())
    def test_it_ends_on_the_due_date_and_counts_exactly_the_budget(self, running: Clock) -> None:
        answer = due(running, CALENDAR)
        days = [entry.day for entry in answer.ledger]
        assert days[0] == local_date(running.started)
        assert days[-1] == answer.on
        assert all(later - day == timedelta(days=1) for day, later in pairwise(days))
        counted = [e.number for e in answer.ledger if e.mark is DayMark.COUNTED]
        if running.budget:
            assert counted == list(range(1, running.budget + 1))

    @given(running=ruled_clocks(), data=st.data())
    def test_the_order_of_stops_changes_neither_the_date_nor_whose_time_it_was(
        self, running: Clock, data: st.DataObject
    ) -> None:
        shuffled = running.model_copy(
            update={"stops": tuple(data.draw(st.permutations(running.stops)))}
        )
        moment = end_of(date(2027, 6, 30))
        assert due(shuffled, CALENDAR) == due(running, CALENDAR)
        assert consumed(shuffled, CALENDAR, moment) == consumed(running, CALENDAR, moment)

    @given(running=ruled_clocks(), cut=st.integers(0, 200))
    def test_a_stop_told_as_two_that_touch_or_overlap_is_the_same_stop(
        self, running: Clock, cut: int
    ) -> None:
        pieces = []
        for one in running.stops:
            assert one.until is not None
            middle = min(one.since + timedelta(hours=cut), one.until)
            pieces += [
                one.model_copy(update={"until": middle, "planned_end": local_date(middle)}),
                one.model_copy(update={"since": max(one.since, middle - timedelta(hours=5))}),
            ]
        split = running.model_copy(update={"stops": tuple(pieces)})
        assert due(split, CALENDAR).moment == due(running, CALENDAR).moment

    @given(running=clocks(st.sampled_from(LimitUnit).filter(lambda unit: unit != "months")))
    def test_every_stopped_day_is_somebodys(self, running: Clock) -> None:
        split = consumed(running, CALENDAR, end_of(date(2027, 6, 30)))
        extra = split.applicant_days + split.other_days - split.stopped_days
        # Hours that have begun count whole, in each court.
        assert extra == 0 if running.limit.unit is not LimitUnit.HOURS else 0 <= extra <= 1


class TestExactDates:
    @given(running=ruled_clocks(), zone=st.sampled_from(ZONES))
    def test_the_zone_in_which_an_instant_is_told_does_not_matter(
        self, running: Clock, zone: str
    ) -> None:
        elsewhere = ZoneInfo(zone)
        stops = tuple(
            one.model_copy(
                update={
                    "since": one.since.astimezone(elsewhere),
                    "until": one.until.astimezone(elsewhere) if one.until else None,
                }
            )
            for one in running.stops
        )
        started = running.started.astimezone(elsewhere)
        told = running.model_copy(update={"started": started, "stops": stops})
        assert due(told, CALENDAR) == due(running, CALENDAR)

    @pytest.mark.parametrize(
        "instant",
        [
            # The clocks of New York go forward at 02:00 and back at 02:00; Shanghai's never do.
            datetime(2026, 3, 8, 1, 59, tzinfo=ZoneInfo("America/New_York")),
            datetime(2026, 3, 8, 3, 0, tzinfo=ZoneInfo("America/New_York")),
            datetime(2026, 11, 1, 1, 30, fold=0, tzinfo=ZoneInfo("America/New_York")),
            datetime(2026, 11, 1, 1, 30, fold=1, tzinfo=ZoneInfo("America/New_York")),
        ],
    )
    def test_summer_time_elsewhere_shifts_no_date(self, instant: datetime) -> None:
        running = Clock(started=instant, limit=limit(5))
        same = Clock(started=instant.astimezone(UTC), limit=limit(5))
        assert due(running, CALENDAR) == due(same, CALENDAR)
        assert due(running, CALENDAR).moment.astimezone(UTC).hour == 16  # midnight in Shanghai

    @pytest.mark.parametrize(
        ("started", "amount", "unit", "expected"),
        [
            (date(2024, 2, 28), 1, WORKING, date(2024, 2, 29)),
            (date(2024, 2, 29), 1, WORKING, date(2024, 3, 1)),
            (date(2024, 2, 28), 1, DAYS, date(2024, 2, 29)),
            (date(2025, 2, 26), 2, DAYS, date(2025, 2, 28)),
            (date(2025, 2, 28), 1, WORKING, date(2025, 3, 3)),
            (date(2023, 2, 28), 366, DAYS, date(2024, 2, 29)),
            (date(2025, 12, 31), 1, WORKING, date(2026, 1, 4)),  # a Sunday worked for New Year
            (date(2025, 12, 31), 1, DAYS, date(2026, 1, 4)),
            (date(2026, 12, 31), 1, WORKING, date(2027, 1, 1)),  # not published yet
        ],
    )
    def test_leap_days_and_the_turn_of_the_year_are_days_like_others(
        self, started: date, amount: int, unit: LimitUnit, expected: date
    ) -> None:
        assert due_on(started, amount, unit) == expected


def test_every_reason_is_in_somebodys_court_by_a_source() -> None:
    assert set(STOP_KINDS) == set(StopReason)
    assert all(kind.source and kind.court is not Court.DEPARTMENT for kind in STOP_KINDS.values())
    of_the_applicant = {reason for reason, kind in STOP_KINDS.items() if kind.court == "applicant"}
    assert of_the_applicant == {
        StopReason.CORRECTION,
        StopReason.RECTIFICATION,
        StopReason.DESIGN_CHANGE,
        StopReason.PAYMENT,
    }
