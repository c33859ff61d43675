"""The clock of a step in the life of a chain: start, stops, resumption and extension."""

from datetime import date

import pytest

from groundwork.domain import commands as cmd
from groundwork.domain import events as ev
from groundwork.domain.definition import StopReason, Variant
from groundwork.domain.model import StepState
from tests.domain.worlds import Play, local, real_rules

PUBLICITY, EXPERTS = StopReason.PUBLICITY, StopReason.EXPERT_REVIEW


def reviewed(accepted: str = "2026-03-02 10:00") -> Play:
    """A02 accepted at that moment, with ten working days to run."""
    return Play(start="2026-01-05 09:00").settle("A01").at(accepted).receive("A02").accept("A02")


def test_the_clock_starts_with_the_acceptance_and_leaves_its_day_out() -> None:
    play = Play().settle("A01").at("2026-03-02 10:00").receive("A02")
    assert play.step("A02").clock is None
    assert play.at("2026-03-04 10:00").accept("A02").step("A02").due_on == date(2026, 3, 18)


@pytest.mark.parametrize(
    ("accepted", "due"),
    [
        ("2026-02-09 16:00", "2026-02-28"),  # the Spring Festival, with a Saturday on either side
        ("2026-04-23 10:00", "2026-05-11"),  # May Day, made up on a Saturday
        ("2026-09-18 10:00", "2026-10-09"),  # National Day
    ],
)
def test_holidays_and_their_make_up_days_move_the_due_date(accepted: str, due: str) -> None:
    assert reviewed(accepted).step("A02").due_on == date.fromisoformat(due)


def test_a_limit_in_calendar_days_ends_on_a_working_day() -> None:
    play = Play().settle("A01").at("2026-03-05 10:00").receive("A11").accept("A11")
    assert play.step("A11").due_on == date(2026, 4, 7)  # 4 April is Qingming, off until the 6th


def test_a_limit_in_hours_runs_from_the_instant() -> None:
    play = Play().settle("A01").at("2026-03-06 20:30").receive("A10").accept("A10")
    assert play.step("A10").due_on == date(2026, 3, 7)
    assert local(play.wait("2026-03-07 12:00").escalation("A10-red").at) == "2026-03-07 04:30"


def test_the_fast_variant_counts_its_own_promise() -> None:
    play = Play(variant=Variant.FAST).settle("A01").receive("A02").accept("A02")
    assert play.step("A02").due_on == date(2026, 3, 3)


def test_a_step_without_a_promise_is_accepted_without_a_clock() -> None:
    play = Play().settle("A01", "A02", "A06").receive("A07").accept("A07")
    own = play.step("A07")
    assert (own.state, own.clock, own.due_on) == (StepState.ACCEPTED, None, None)


def test_a_due_date_in_a_year_without_a_calendar_is_provisional() -> None:
    assert not reviewed("2026-12-17 10:00").step("A02").due_provisional
    assert reviewed("2026-12-18 10:00").step("A02").due_provisional


def test_a_stop_leaves_its_days_out() -> None:
    play = reviewed().at("2026-03-04 10:00").stop("A02", "2026-03-31")
    assert play.step("A02").state is StepState.STOPPED
    play.at("2026-03-11 10:00").resume("A02")
    assert play.step("A02").state is StepState.RESUMED
    assert play.step("A02").due_on == date(2026, 3, 23)


def test_a_stop_ends_by_itself_when_its_last_day_is_over() -> None:
    play = reviewed().at("2026-03-04 10:00").stop("A02", "2026-03-11")
    assert play.wait("2026-03-11 23:59").last == ()
    (resumed,) = play.wait("2026-03-12 00:00").last
    assert isinstance(resumed, ev.ClockResumed)
    assert (resumed.automatic, local(resumed.at)) == (True, "2026-03-12 00:00")
    assert resumed.due_on == date(2026, 3, 23)


def test_the_event_of_a_stop_names_the_law_and_the_approver() -> None:
    play = reviewed().stop("A02", "2026-03-11")
    (stopped,) = play.last
    assert isinstance(stopped, ev.ClockStopped)
    assert "第四十五条" in stopped.basis
    assert stopped.stop.approver == stopped.by.id


def test_overlapping_stops_count_once() -> None:
    play = reviewed().at("2026-03-03 10:00").stop("A02", "2026-03-31", EXPERTS)
    play.at("2026-03-05 10:00").stop("A02", "2026-03-31", PUBLICITY)
    play.at("2026-03-09 10:00").resume("A02", EXPERTS)
    assert play.step("A02").state is StepState.STOPPED
    play.at("2026-03-10 10:00").resume("A02", PUBLICITY)
    assert play.step("A02").state is StepState.RESUMED
    assert play.step("A02").due_on == date(2026, 3, 23)  # five working days later than the 16th


def test_each_of_two_stops_ends_by_itself_in_its_own_time() -> None:
    play = reviewed().at("2026-03-03 10:00").stop("A02", "2026-03-10", EXPERTS)
    play.stop("A02", "2026-03-05", PUBLICITY).wait("2026-03-06 09:00")
    assert play.happened() == ["clock_resumed"]
    assert play.step("A02").state is StepState.STOPPED
    assert play.wait("2026-03-11 09:00").step("A02").state is StepState.RESUMED


def test_a_clock_can_be_stopped_again_for_the_same_reason() -> None:
    play = reviewed().at("2026-03-03 10:00").stop("A02", "2026-03-31")
    play.at("2026-03-04 10:00").resume("A02").at("2026-03-05 10:00").stop("A02", "2026-03-31")
    play.at("2026-03-06 10:00").resume("A02")
    assert play.step("A02").due_on == date(2026, 3, 18)


def test_a_stop_and_a_resumption_on_one_day_change_nothing() -> None:
    play = reviewed().at("2026-03-03 10:00").stop("A02", "2026-03-31")
    assert play.at("2026-03-03 16:00").resume("A02").step("A02").due_on == date(2026, 3, 16)


def test_an_extension_moves_the_due_date_and_is_no_stop() -> None:
    play = reviewed().at("2026-03-04 10:00").extend("A02", 5)
    own = play.step("A02")
    assert (own.state, own.due_on) == (StepState.ACCEPTED, date(2026, 3, 23))
    assert own.extension is not None
    assert (own.extension.amount, own.extension.reason) == (5, "complex")
    assert own.extension.approver == "person-deputy_leader"


def test_an_extension_is_possible_until_the_limit_is_over() -> None:
    play = reviewed().at("2026-03-16 23:59:59").extend("A02", 10)
    assert play.step("A02").due_on == date(2026, 3, 30)


def test_an_extension_and_a_stop_add_up() -> None:
    play = reviewed().at("2026-03-04 10:00").extend("A02", 5).stop("A02", "2026-03-06")
    assert play.wait("2026-03-07 09:00").step("A02").due_on == date(2026, 3, 25)


def test_a_limit_in_hours_is_stopped_by_the_hour() -> None:
    play = Play().settle("A01").at("2026-03-03 10:00").receive("A10").accept("A10")
    play.at("2026-03-03 12:00").stop("A10", "2026-03-31", StopReason.INSPECTION)
    play.at("2026-03-04 13:00").resume("A10", StopReason.INSPECTION)
    assert local(play.wait("2026-03-05 09:00").escalation("A10-red").at) == "2026-03-04 19:00"


def test_a_decided_step_does_not_run_any_longer() -> None:
    play = reviewed().at("2026-03-03 10:00").decide("A02")
    kept = play.step("A02")
    assert play.wait("2026-06-01 10:00").step("A02") == kept


def test_the_land_approval_of_the_catalogue_stops_for_its_public_notice() -> None:
    play = Play(real_rules(), "2026-03-02 09:00").settle("L01").receive("L04").accept("L04")
    assert play.step("L04").due_on == date(2026, 4, 3)
    play.do(cmd.StopClock(step="L04", reason=PUBLICITY, basis="TD", planned_end=date(2026, 3, 16)))
    assert play.wait("2026-03-17 09:00").step("L04").due_on == date(2026, 4, 20)
