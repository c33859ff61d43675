"""What counts is when something was received, not when it was processed.

"Late" means here: the chain has already been brought past the moment at which a command was
received, as happens when a worker slept or was slow.
"""

from datetime import date
from itertools import pairwise

import pytest

from groundwork.domain import commands as cmd
from groundwork.domain import core
from groundwork.domain.definition import StopReason
from groundwork.domain.model import (
    DecisionResult,
    DeficiencyState,
    EscalationState,
    Light,
    StepState,
)
from tests.domain.small import COMMITTED, TOLERANT
from tests.domain.worlds import Play, local

RESUME = cmd.ResumeClock(step="A02", reason=StopReason.EXPERT_REVIEW)
CURE = cmd.SubmitCure(deficiency="A02-pipeline", document="doc")
TERMINATE = cmd.TerminateChain(reason="land not won")


def handed_in(at: str = "2026-03-02 10:00") -> Play:
    """A01 handed in at that moment; it has two working days once it is accepted."""
    return Play(start="2026-01-05 09:00").at(at).receive("A01")


def tolerated() -> Play:
    """A02 accepted on 2 March; the pipeline opinion must follow by 16 March."""
    play = Play(modes={"A02": TOLERANT}).settle("A01").at("2026-03-02 10:00")
    return play.receive("A02", lacking=("pipeline",)).accept("A02")


def reviewed() -> Play:
    """A02 accepted on 2 March and due on 16 March."""
    play = Play(start="2026-02-02 09:00").settle("A01").at("2026-03-02 10:00")
    return play.receive("A02").accept("A02")


# Acceptance by silence.


def test_silence_past_five_working_days_accepts_from_the_day_of_receipt() -> None:
    play = handed_in().wait("2026-03-09 23:59:59")
    assert play.step("A01").state is StepState.RECEIVED
    own = play.wait("2026-03-10 00:00").step("A01")
    assert own.accepted_by_silence
    assert (local(own.accepted_at), own.due_on) == ("2026-03-02 10:00", date(2026, 3, 4))


def test_the_five_working_days_leave_national_day_out() -> None:
    play = handed_in("2026-09-30 10:00")
    assert local(play.step("A01").accept_by) == "2026-10-14 00:00"


def test_silence_after_a_correction_accepts_from_the_day_it_was_handed_in() -> None:
    play = handed_in().do(cmd.RequestCorrection(step="A01", items=("sign it",)))
    play.at("2026-03-11 10:00").do(cmd.SubmitCorrection(step="A01")).wait("2026-03-31 09:00")
    assert local(play.step("A01").accepted_at) == "2026-03-11 10:00"


def test_nobody_was_late_before_the_silence_took_effect() -> None:
    # Due on 4 March, accepted by silence when 9 March was over: what was missed is said then.
    assert handed_in().wait("2026-03-12 09:00").rungs("A01") == [
        ("yellow", "2026-03-10 00:00"),
        ("red", "2026-03-10 00:00"),
        ("yellow_card", "2026-03-10 00:00"),
        ("red_card", "2026-03-10 00:00"),
        ("referral", "2026-03-12 00:00"),
    ]


@pytest.mark.parametrize(
    ("answered", "state"),
    [("2026-03-09 23:59:59", StepState.NOT_ACCEPTED), ("2026-03-10 00:00", None)],
)
def test_an_answer_counts_until_the_last_instant_of_the_window(
    answered: str, state: StepState | None
) -> None:
    play = handed_in().at(answered)
    refusal = cmd.RefuseAcceptance(step="A01", reason="not our remit")
    if state is None:
        assert play.refused(refusal) == "wrong_state"
    else:
        assert play.do(refusal).step("A01").state is state


def test_an_acceptance_received_in_time_undoes_the_silence() -> None:
    play = handed_in().wait("2026-03-10 09:00").at("2026-03-09 16:00").accept("A01")
    assert play.happened("A01") == [
        *["escalation_reversed"] * 4,
        "acceptance_reversed",
        "step_accepted",
    ]
    own = play.step("A01")
    assert (own.accepted_by_silence, local(own.accepted_at)) == (False, "2026-03-09 16:00")
    assert (own.level, own.light, own.due_on) == (0, Light.GREEN, date(2026, 3, 11))


def test_a_correction_notice_received_in_time_undoes_the_silence() -> None:
    play = handed_in().wait("2026-03-10 09:00").at("2026-03-09 16:00")
    play.do(cmd.RequestCorrection(step="A01", items=("sign it",)))
    own = play.step("A01")
    assert (own.state, own.clock, own.accepted_at) == (StepState.CORRECTION, None, None)


def test_a_refusal_received_in_time_undoes_the_silence() -> None:
    play = handed_in().wait("2026-03-10 09:00").at("2026-03-09 16:00")
    play.do(cmd.RefuseAcceptance(step="A01", reason="not our remit"))
    assert play.step("A01").state is StepState.NOT_ACCEPTED


def test_undoing_the_silence_keeps_what_was_signed_before_it() -> None:
    play = Play(modes={"A02": COMMITTED}).settle("A01").at("2026-03-02 10:00")
    play.receive("A02", "drawing", "photo").sign("A02").wait("2026-03-10 09:00")
    play.at("2026-03-09 16:00").accept("A02")
    assert play.step("A02").state is StepState.ACCEPTED
    assert play.commitment("A02-commitment").state == "in_force"


def test_a_tolerated_material_gets_its_cure_date_from_the_true_acceptance() -> None:
    play = Play(modes={"A02": TOLERANT}).settle("A01").at("2026-03-02 10:00")
    play.receive("A02", lacking=("pipeline",)).wait("2026-03-10 09:00")
    play.at("2026-03-03 16:00").accept("A02")
    assert play.deficiency("A02-pipeline").state is DeficiencyState.DROPPED
    assert play.deficiency("A02-pipeline-r2").cure_by == date(2026, 3, 17)


def test_what_silence_accepted_cannot_be_decided_as_of_before_it() -> None:
    play = handed_in().wait("2026-03-10 09:00").at("2026-03-09 16:00")
    late = cmd.Decide(step="A01", result=DecisionResult.PASS)
    assert play.refusal(late).params["state"] == "received"


def test_a_refusal_undoes_the_silence_and_what_lapsed_after_it() -> None:
    play = Play(modes={"A02": TOLERANT}).settle("A01").at("2026-03-02 10:00")
    play.receive("A02", lacking=("photo",)).wait("2026-03-31 09:00")
    assert play.step("A02").state is StepState.RETURNED
    play.at("2026-03-09 16:00").do(cmd.RefuseAcceptance(step="A02", reason="not our remit"))
    assert play.step("A02").state is StepState.NOT_ACCEPTED


def test_a_silence_on_which_work_went_on_stands() -> None:
    play = handed_in().wait("2026-03-10 09:00").do(cmd.BeginReview(step="A01"))
    assert play.at("2026-03-09 16:00").refused(cmd.Accept(step="A01")) == "wrong_state"


# Cures.


def test_a_cure_in_the_last_second_is_in_time() -> None:
    play = tolerated().at("2026-03-16 23:59:59").do(CURE)
    assert play.deficiency("A02-pipeline").state is DeficiencyState.SUBMITTED


def test_a_cure_one_second_later_is_too_late() -> None:
    assert tolerated().at("2026-03-17 00:00").refused(CURE) == "cure_too_late"


def test_a_cure_received_in_time_and_processed_late_undoes_the_lapse() -> None:
    play = tolerated().wait("2026-03-17 08:00")
    assert play.step("A02").state is StepState.RETURNED
    play.at("2026-03-16 23:59:59").do(CURE)
    assert play.happened("A02") == ["lapse_reversed", "cure_submitted"]
    assert play.step("A02").state is StepState.ACCEPTED
    assert play.deficiency("A02-pipeline").state is DeficiencyState.SUBMITTED


def test_a_cure_received_too_late_stays_too_late_however_it_is_processed() -> None:
    play = tolerated().wait("2026-03-20 08:00")
    assert play.at("2026-03-17 00:00").refused(CURE) == "cure_too_late"


def test_a_late_cure_ends_the_recheck_that_its_lapse_had_ordered() -> None:
    play = tolerated().decide("A02", "pass_with_tolerance").wait("2026-03-17 08:00")
    assert play.step("A02").state is StepState.RECHECK
    play.at("2026-03-16 10:00").do(CURE)
    assert play.step("A02").state is StepState.PASSED_WITH_TOLERANCE


def test_a_prolonged_term_received_in_time_undoes_the_lapse() -> None:
    play = tolerated().wait("2026-03-17 08:00").at("2026-03-16 10:00")
    play.do(cmd.ExtendCure(deficiency="A02-pipeline", reason="holidays"))
    assert play.happened("A02") == ["lapse_reversed", "cure_extended"]
    assert play.wait("2026-03-23 12:00").step("A02").state is StepState.ACCEPTED


def test_a_cure_cannot_undo_a_lapse_once_the_step_was_handed_in_again() -> None:
    play = tolerated().wait("2026-03-17 08:00").receive("A02")
    assert play.at("2026-03-16 10:00").refused(CURE) == "cure_too_late"


def test_a_late_cure_undoes_no_other_lapse_for_good() -> None:
    play = Play(modes={"A02": TOLERANT}).settle("A01").at("2026-03-02 10:00")
    play.receive("A02", lacking=("photo", "pipeline")).accept("A02").wait("2026-03-20 09:00")
    play.at("2026-03-09 10:00").do(cmd.SubmitCure(deficiency="A02-photo")).wait("2026-03-20 09:00")
    assert play.deficiency("A02-photo").state is DeficiencyState.SUBMITTED
    assert play.deficiency("A02-pipeline").state is DeficiencyState.LAPSED
    assert (play.step("A02").state, play.step("A02").cause) == ("returned", "A02-pipeline")


def test_a_decision_received_before_the_lapse_is_decided_as_then() -> None:
    play = tolerated().wait("2026-03-20 09:00").at("2026-03-16 10:00")
    play.decide("A02", "pass_with_tolerance").wait("2026-03-20 09:00")
    assert (play.step("A02").state, play.step("A02").cause) == ("recheck", "A02-pipeline")


def test_a_lapse_stands_once_its_recheck_is_concluded() -> None:
    play = tolerated().decide("A02", "pass_with_tolerance").wait("2026-03-17 08:00")
    play.do(cmd.ConcludeRecheck(step="A02", upheld=True, reason="paid meanwhile"))
    assert play.at("2026-03-16 10:00").refused(CURE) == "cure_too_late"


def test_after_a_late_cure_the_ladder_goes_on_at_its_own_moments() -> None:
    play = tolerated().wait("2026-03-30 08:00").at("2026-03-16 10:00").do(CURE)
    play.wait("2026-03-30 08:00")
    assert play.rungs("A02")[:2] == [
        ("yellow", "2026-03-11 00:00"),
        ("red", "2026-03-17 00:00"),
    ]


# The ladder.


@pytest.mark.parametrize(
    "command",
    [
        cmd.Decide(step="A02", result=DecisionResult.PASS),
        cmd.StopClock(
            step="A02",
            reason=StopReason.EXPERT_REVIEW,
            basis="XK45",
            planned_end=date(2026, 4, 30),
        ),
        cmd.WithdrawStep(step="A02", reason="redrawn"),
        cmd.Extend(step="A02", amount=1, reason="complex"),
    ],
    ids=lambda command: str(command.type),
)
def test_what_ends_the_wait_in_time_takes_later_rungs_back(command: cmd.AnyCommand) -> None:
    play = reviewed().wait("2026-03-19 09:00").at("2026-03-16 16:00").do(command)
    assert play.escalation("A02-yellow").state is EscalationState.OPEN
    assert play.escalation("A02-red").state is EscalationState.REVERSED
    assert play.escalation("A02-yellow_card").state is EscalationState.REVERSED
    assert (play.step("A02").level, play.step("A02").light) == (1, Light.YELLOW)


@pytest.mark.parametrize("decided", ["2026-03-17 00:00", "2026-03-17 09:00"])
def test_what_came_after_the_moment_it_was_due_takes_nothing_back(decided: str) -> None:
    play = reviewed().wait("2026-03-19 09:00").at(decided).decide("A02")
    assert play.escalation("A02-red").state is EscalationState.OPEN
    assert play.escalation("A02-yellow_card").state is EscalationState.REVERSED


def test_a_rung_taken_back_is_reached_again_when_its_time_comes() -> None:
    play = reviewed().wait("2026-03-19 09:00").at("2026-03-16 16:00").extend("A02", 1)
    play.wait("2026-03-19 09:00")
    assert play.rungs("A02") == [
        ("yellow", "2026-03-11 00:00"),
        ("red", "2026-03-18 00:00"),
        ("yellow_card", "2026-03-19 00:00"),
    ]


def test_the_end_of_the_chain_takes_later_rungs_back_on_every_step() -> None:
    play = reviewed().wait("2026-03-19 09:00").at("2026-03-10 16:00").do(TERMINATE)
    assert play.rungs("A02") == []
    assert play.happened()[-1] == "chain_terminated"


# Stops.


def test_a_resumption_received_before_the_planned_end_ends_the_stop_then() -> None:
    play = reviewed().at("2026-03-04 10:00").stop("A02", "2026-03-11").wait("2026-03-12 09:00")
    assert play.step("A02").due_on == date(2026, 3, 23)
    play.at("2026-03-06 10:00").resume("A02")
    assert play.step("A02").due_on == date(2026, 3, 18)


@pytest.mark.parametrize("received", ["2026-03-12 00:00", "2026-03-12 09:00"])
def test_a_stop_that_ended_by_itself_cannot_be_ended_again(received: str) -> None:
    play = reviewed().at("2026-03-04 10:00").stop("A02", "2026-03-11").wait("2026-03-12 09:00")
    assert play.at(received).refused(RESUME) == "not_stopped"


def test_what_was_received_while_the_clock_stood_still_is_answered_so() -> None:
    play = reviewed().at("2026-03-04 10:00").stop("A02", "2026-03-11").wait("2026-03-12 09:00")
    assert play.at("2026-03-11 16:00").refused(cmd.Accept(step="A02")) == "wrong_state"
    late = cmd.Decide(step="A02", result=DecisionResult.PASS)
    assert play.refusal(late).params["state"] == "stopped"


def test_a_stop_received_during_another_for_the_same_reason_is_refused_however_late() -> None:
    play = reviewed().at("2026-03-04 10:00").stop("A02", "2026-03-11").wait("2026-03-12 09:00")
    again = cmd.StopClock(
        step="A02", reason=RESUME.reason, basis="XK45", planned_end=date(2026, 3, 20)
    )
    assert play.at("2026-03-10 10:00").refused(again) == "already_stopped"


def test_a_late_resumption_moves_no_step_that_was_taken_back_meanwhile() -> None:
    play = reviewed().at("2026-03-04 10:00").stop("A02", "2026-03-11").at("2026-03-13 10:00")
    play.do(cmd.WithdrawStep(step="A02", reason="redrawn"))
    assert play.at("2026-03-10 10:00").refused(RESUME) == "wrong_state"


def test_a_late_resumption_puts_the_ladder_back_to_its_true_moments() -> None:
    play = reviewed().at("2026-03-12 10:00").stop("A02", "2026-03-19").wait("2026-03-27 09:00")
    assert ("red", "2026-03-24 00:00") in play.rungs("A02")
    play.at("2026-03-16 10:00").do(RESUME).wait("2026-03-27 09:00")
    assert ("red", "2026-03-19 00:00") in play.rungs("A02")
    assert ("red", "2026-03-24 00:00") not in play.rungs("A02")


def test_a_late_resumption_moves_no_step_that_went_back_meanwhile() -> None:
    play = tolerated().at("2026-03-04 10:00").stop("A02", "2026-03-31").wait("2026-03-20 09:00")
    play.at("2026-03-13 10:00").do(RESUME)
    assert play.happened("A02") == ["lapse_reversed", "clock_resumed"]
    assert play.wait("2026-03-20 09:00").step("A02").state is StepState.RETURNED


# The order of what is due.


def test_what_was_due_before_a_command_happens_first() -> None:
    play = reviewed().at("2026-03-18 09:00").decide("A02")
    assert play.happened("A02") == [
        *["escalation_fired"] * 3,
        "step_decided",
    ]


def test_after_a_long_sleep_everything_happens_in_order_and_at_its_own_moment() -> None:
    play = tolerated().receive("A03").receive("A10").accept("A10").wait("2027-03-01 09:00")
    moments = [event.at for event in play.last]
    assert moments == sorted(moments)
    assert {event.by.id for event in play.last} == {"system"}
    assert local(moments[0]) == "2026-03-02 15:36"


def test_waking_up_often_or_once_comes_to_the_same() -> None:
    often, once = tolerated(), tolerated()
    for day in range(3, 32):
        often.wait(f"2026-03-{day:02} 07:00")
    assert often.chain == once.wait("2026-03-31 07:00").chain


def test_a_moment_that_came_twice_changes_nothing() -> None:
    play = tolerated().wait("2026-03-31 07:00")
    assert core.tick(play.rules, play.chain, play.now) == core.Accepted(play.chain, ())


def test_nothing_that_is_due_is_left_after_a_tick() -> None:
    play = tolerated().wait("2026-03-12 07:00")
    coming = core.next_due(play.rules, play.chain)
    assert coming is not None
    assert coming.moment > play.now


def test_history_is_added_to_and_never_edited() -> None:
    play = tolerated().wait("2026-03-20 08:00")
    before = list(play.events)
    play.at("2026-03-16 10:00").do(CURE)
    assert play.events[: len(before)] == before
    assert all(later.seq == earlier.seq + 1 for earlier, later in pairwise(play.events))
    assert any(later.at < earlier.at for earlier, later in pairwise(play.events))


def test_at_the_same_moment_promises_lapse_before_lights_climb() -> None:
    # Both the cure and the step are due when 16 March is over.
    play = tolerated().wait("2026-03-17 00:00")
    assert [e.type for e in play.last if local(e.at) == "2026-03-17 00:00"][:2] == [
        "deficiency_lapsed",
        "step_returned",
    ]
    assert "A02-red" not in play.chain.escalations
