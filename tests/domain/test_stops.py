"""A stop's notice, its plan and how that may be moved; the order of stops and an extension."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwork.domain import commands as cmd
from groundwork.domain import events as ev
from groundwork.domain.clock import due
from groundwork.domain.definition import StopReason
from groundwork.domain.model import StepState
from groundwork.domain.rejections import Reason
from tests.domain.worlds import Play

EXPERTS = StopReason.EXPERT_REVIEW


def reviewed() -> Play:
    """A02 accepted on Monday 2 March 2026, with ten working days to run."""
    play = Play(start="2026-01-05 09:00").settle("A01").at("2026-03-02 10:00")
    return play.receive("A02").accept("A02")


def stopped() -> Play:
    """A02 stopped on the 4th, planned until the end of the 11th."""
    return reviewed().at("2026-03-04 10:00").stop("A02", "2026-03-11")


def replan(until: str, notice: str = "") -> cmd.ReplanStop:
    planned = date.fromisoformat(until)
    return cmd.ReplanStop(
        step="A02", reason=EXPERTS, planned_end=planned, ground="an expert is ill", notice=notice
    )


def test_a_stop_carries_the_notice_that_told_how_long_it_takes() -> None:
    planned = date(2026, 3, 11)
    stop = cmd.StopClock(
        step="A02", reason=EXPERTS, basis="XK45", planned_end=planned, notice="〔2026〕8号"
    )
    clock = reviewed().do(stop).step("A02").clock
    assert clock is not None
    assert clock.stops[0].notice == "〔2026〕8号"


def test_what_nobody_said_is_not_written() -> None:
    (event,) = stopped().last
    assert isinstance(event, ev.ClockStopped)
    assert {"notice", "prolonged"}.isdisjoint(event.model_dump()["stop"])


def test_an_extension_carries_the_notice_that_told_the_reason() -> None:
    extend = cmd.Extend(step="A02", amount=5, reason="complex", notice="〔2026〕9号")
    extension = reviewed().do(extend).step("A02").extension
    assert extension is not None
    assert extension.notice == "〔2026〕9号"


def test_a_stop_that_is_prolonged_lasts_and_moves_the_due_date() -> None:
    play = stopped().at("2026-03-09 10:00").do(replan("2026-03-13", notice="〔2026〕10号"))
    (event,) = play.last
    assert isinstance(event, ev.StopReplanned)
    assert (event.due_on, event.reopened) == (date(2026, 3, 25), False)
    assert play.wait("2026-03-12 09:00").step("A02").state is StepState.STOPPED
    (resumed,) = play.wait("2026-03-14 09:00").last
    assert isinstance(resumed, ev.ClockResumed)
    assert (resumed.automatic, resumed.due_on) == (True, date(2026, 3, 25))
    clock = play.step("A02").clock
    assert clock is not None
    assert (clock.stops[0].notice, clock.stops[0].prolonged) == ("〔2026〕10号", True)


def test_a_stop_may_be_planned_to_end_earlier_as_often_as_need_be() -> None:
    play = stopped().do(replan("2026-03-10")).do(replan("2026-03-09")).do(replan("2026-03-12"))
    assert play.refused(replan("2026-03-13")) is Reason.ALREADY_PROLONGED
    assert play.do(replan("2026-03-05")).wait("2026-03-06 09:00").happened() == ["clock_resumed"]


def test_only_a_stop_that_lasts_can_be_replanned() -> None:
    assert reviewed().refused(replan("2026-03-13")) is Reason.NOT_STOPPED
    over = stopped().wait("2026-03-12 09:00")
    assert over.refused(replan("2026-03-13")) is Reason.NOT_STOPPED


@pytest.mark.parametrize(
    ("until", "why"),
    [
        ("2026-03-04", Reason.STOP_ENDS_IN_PAST),
        ("2026-03-11", Reason.STOP_PLAN_UNCHANGED),
        ("2027-03-06", Reason.STOP_TOO_LONG),
    ],
)
def test_a_plan_that_cannot_be_is_refused(until: str, why: Reason) -> None:
    assert stopped().refused(replan(until)) is why


def test_a_plan_moved_in_time_opens_a_stop_that_ended_before_it_was_processed() -> None:
    slept = stopped().wait("2026-03-31 09:00")
    assert slept.step("A02").level > 0
    slept.at("2026-03-11 23:00").do(replan("2026-03-13"))
    assert slept.happened()[-1] == "stop_replanned"
    assert "escalation_reversed" in slept.happened()
    assert slept.step("A02").state is StepState.STOPPED
    assert slept.step("A02").level == 0
    on_time = stopped().at("2026-03-11 23:00").do(replan("2026-03-13"))
    for play in (slept, on_time):
        play.wait("2026-03-31 09:00")
    assert slept.step("A02") == on_time.step("A02")


def test_a_stop_that_ended_by_itself_says_so() -> None:
    by_itself = stopped().wait("2026-03-12 09:00").step("A02").clock
    by_somebody = stopped().at("2026-03-11 10:00").resume("A02").step("A02").clock
    assert by_itself is not None
    assert by_somebody is not None
    assert by_itself.stops[0].ended_by_itself
    assert not by_somebody.stops[0].ended_by_itself


@settings(max_examples=40)
@given(begins=st.integers(1, 6), lasts=st.integers(1, 20), by=st.integers(1, 10))
def test_a_stop_and_an_extension_come_to_the_same_in_either_order(
    begins: int, lasts: int, by: int
) -> None:
    first = date(2026, 3, 2) + timedelta(days=begins)
    until = first + timedelta(days=lasts)

    def stop_over(play: Play) -> Play:
        play.at(f"{first} 10:00").stop("A02", f"{until}")
        return play.wait(f"{until + timedelta(days=1)} 00:00")

    extended_first = stop_over(reviewed().extend("A02", by))
    stopped_first = stop_over(reviewed()).extend("A02", by)
    assert extended_first.step("A02").due_on == stopped_first.step("A02").due_on
    clock = extended_first.step("A02").clock
    assert clock is not None
    assert due(clock, extended_first.rules.calendar).on == extended_first.step("A02").due_on
