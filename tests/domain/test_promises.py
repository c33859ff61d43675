"""What is tolerated and what is promised: deficiencies with their cures, and commitments."""

from datetime import date

import pytest

from groundwork.domain import commands as cmd
from groundwork.domain.model import CommitmentState, DecisionResult, DeficiencyState, StepState
from tests.domain.small import COMMITTED, TOLERANT
from tests.domain.worlds import Play, rules_of

CURE = cmd.SubmitCure(deficiency="A02-pipeline", document="doc")
CONFIRM = cmd.ConfirmCure(deficiency="A02-pipeline")
FULFILLED, RECTIFY, BREACHED = cmd.VerificationOutcome


def tolerated(*lacking: str) -> Play:
    """A02 accepted on Monday 2 March although something is lacking."""
    play = Play(modes={"A02": TOLERANT}).settle("A01").at("2026-03-02 10:00")
    return play.receive("A02", lacking=lacking or ("pipeline",)).accept("A02")


def committed() -> Play:
    """A02 accepted on Monday 2 March on a signed commitment."""
    play = Play(modes={"A02": COMMITTED}).settle("A01").at("2026-03-02 10:00")
    return play.receive("A02", "drawing", "photo").sign("A02").accept("A02")


def verified(play: Play, outcome: cmd.VerificationOutcome) -> Play:
    command = cmd.VerifyCommitment(commitment="A02-commitment", outcome=outcome, reason="seen")
    return play.do(command)


def test_with_the_main_materials_complete_the_rest_may_follow() -> None:
    play = tolerated("pipeline", "survey")
    assert play.step("A02").state is StepState.ACCEPTED
    assert set(play.chain.deficiencies) == {"A02-pipeline", "A02-survey"}


def test_each_lacking_material_has_its_own_cure_date() -> None:
    play = tolerated("pipeline", "survey", "photo")
    days = [one.cure_by for one in play.chain.deficiencies.values()]
    assert days == [date(2026, 3, 16), date(2026, 4, 1), date(2026, 3, 9)]


def test_nothing_lacking_opens_no_deficiency() -> None:
    play = Play(modes={"A02": TOLERANT}).settle("A01", "A02")
    assert play.chain.deficiencies == {}
    assert play.step("A02").state is StepState.PASSED


def test_silence_tolerates_what_a_word_would_have_tolerated() -> None:
    play = Play(modes={"A02": TOLERANT}).settle("A01").at("2026-03-02 10:00")
    play.receive("A02", lacking=("pipeline",)).wait("2026-03-10 09:00")
    assert play.deficiency("A02-pipeline").cure_by == date(2026, 3, 24)


def test_silence_tolerates_nothing_on_a_red_line() -> None:
    play = Play(modes={"A03": TOLERANT}).settle("A01").receive("A03", lacking=("annex",))
    play.wait("2026-03-10 09:00")
    assert play.step("A03").accepted_by_silence
    assert play.chain.deficiencies == {}


def test_a_cure_is_closed_by_the_owner_of_the_item() -> None:
    play = tolerated().at("2026-03-05 10:00").do(CURE)
    assert play.deficiency("A02-pipeline").state is DeficiencyState.SUBMITTED
    play.do(CONFIRM)
    assert play.deficiency("A02-pipeline").state is DeficiencyState.CLOSED
    assert play.decide("A02").step("A02").state is StepState.PASSED


def test_a_step_passes_with_tolerance_while_a_cure_is_unconfirmed() -> None:
    play = tolerated().do(CURE).decide("A02", "pass_with_tolerance")
    assert play.step("A02").state is StepState.PASSED_WITH_TOLERANCE


def test_what_passed_with_tolerance_can_be_built_on() -> None:
    play = tolerated().decide("A02", "pass_with_tolerance")
    assert play.step("A05").state is StepState.READY


def test_a_cure_handed_in_does_not_lapse_while_it_waits_for_confirmation() -> None:
    play = tolerated().at("2026-03-13 10:00").do(CURE).wait("2026-06-30 10:00")
    assert play.deficiency("A02-pipeline").state is DeficiencyState.SUBMITTED


def test_a_cure_sent_back_can_be_handed_in_again_in_time() -> None:
    play = tolerated().do(CURE).do(cmd.RefuseCure(deficiency="A02-pipeline", reason="unsigned"))
    assert play.deficiency("A02-pipeline").state is DeficiencyState.OPEN
    assert play.do(CURE).do(CONFIRM).deficiency("A02-pipeline").state is DeficiencyState.CLOSED


def test_a_cure_sent_back_after_its_last_day_lapses() -> None:
    play = tolerated().do(CURE).at("2026-03-20 10:00")
    play.do(cmd.RefuseCure(deficiency="A02-pipeline", reason="unsigned"))
    play.wait("2026-03-20 10:00")
    assert play.happened("A02")[0] == "deficiency_lapsed"


def test_a_lapse_before_the_decision_sends_the_application_back() -> None:
    play = tolerated().wait("2026-03-17 00:00")
    assert play.happened("A02")[-2:] == ["deficiency_lapsed", "step_returned"]
    assert (play.step("A02").state, play.step("A02").cause) == ("returned", "A02-pipeline")


def test_a_lapse_sends_even_a_stopped_application_back() -> None:
    play = tolerated().stop("A02", "2026-03-31").wait("2026-03-17 00:00")
    assert play.step("A02").state is StepState.RETURNED


def test_a_lapse_after_the_decision_orders_a_recheck() -> None:
    play = tolerated().decide("A02", "pass_with_tolerance").wait("2026-03-17 00:00")
    assert play.happened("A02") == ["deficiency_lapsed", "recheck_ordered"]
    assert play.step("A02").state is StepState.RECHECK


def test_a_cure_term_is_prolonged_by_half_and_rounded_up() -> None:
    play = tolerated("photo", "pipeline").at("2026-03-06 10:00")
    for key in ("A02-photo", "A02-pipeline"):
        play.do(cmd.ExtendCure(deficiency=key, reason="holidays"))
    days = [one.cure_by for one in play.chain.deficiencies.values()]
    assert sorted(days) == [date(2026, 3, 12), date(2026, 3, 23)]  # 8 and 15 days from the 2nd


@pytest.mark.parametrize("end", ["fail", "withdraw", "terminate"])
def test_deficiencies_end_with_the_application(end: str) -> None:
    play = tolerated()
    if end == "fail":
        play.decide("A02", "fail")
    elif end == "withdraw":
        play.do(cmd.WithdrawStep(step="A02", reason="redrawn"))
    else:
        play.do(cmd.TerminateChain(reason="land not won"))
    assert play.deficiency("A02-pipeline").state is DeficiencyState.DROPPED


def test_a_new_application_has_deficiencies_of_its_own() -> None:
    play = tolerated().decide("A02", "fail").at("2026-03-05 10:00")
    play.receive("A02", lacking=("pipeline",)).accept("A02")
    assert play.deficiency("A02-pipeline").state is DeficiencyState.DROPPED
    assert play.deficiency("A02-pipeline-r2").cure_by == date(2026, 3, 19)


def test_a_commitment_covers_what_may_be_lacking() -> None:
    play = committed()
    assert play.step("A02").state is StepState.ACCEPTED
    assert play.chain.deficiencies == {}


def test_a_commitment_has_the_longest_term_of_what_it_covers() -> None:
    assert committed().commitment("A02-commitment").due_on == date(2026, 4, 1)


def test_a_commitment_that_covers_nothing_has_the_general_term() -> None:
    play = Play(modes={"A07": COMMITTED}).settle("A01", "A02", "A06")
    play.at("2026-03-02 10:00").receive("A07").sign("A07")
    assert play.commitment("A07-commitment").due_on == date(2026, 5, 6)  # 1 May rolls on


def test_a_commitment_awaits_verification_when_its_day_is_over() -> None:
    play = committed().decide("A02").wait("2026-04-02 00:00")
    assert play.happened("A02") == ["commitment_due"]
    commitment = play.commitment("A02-commitment")
    assert commitment.state is CommitmentState.AWAITING_VERIFICATION


def test_a_commitment_outlives_its_step_until_it_is_verified() -> None:
    play = committed().decide("A02").wait("2027-01-29 09:00")
    assert play.commitment("A02-commitment").closed_at is None
    verified(play, FULFILLED)
    assert play.commitment("A02-commitment").state is CommitmentState.FULFILLED


def test_a_commitment_can_be_verified_before_its_day() -> None:
    play = verified(committed(), FULFILLED).decide("A02")
    assert play.step("A02").state is StepState.PASSED


def test_faults_can_be_put_right_within_ten_working_days() -> None:
    play = verified(committed().decide("A02").at("2026-03-10 10:00"), RECTIFY)
    commitment = play.commitment("A02-commitment")
    assert commitment.state is CommitmentState.RECTIFYING
    assert commitment.due_on == date(2026, 3, 24)
    assert verified(play, FULFILLED).step("A02").state is StepState.PASSED


def test_faults_not_put_right_in_time_break_the_commitment() -> None:
    play = verified(committed().decide("A02").at("2026-03-10 10:00"), RECTIFY)
    play.wait("2026-03-25 00:00")
    assert play.happened("A02") == ["commitment_breached", "recheck_ordered"]


def test_faults_found_a_second_time_break_the_commitment() -> None:
    play = verified(verified(committed().decide("A02"), RECTIFY), RECTIFY)
    assert play.commitment("A02-commitment").state is CommitmentState.BREACHED


def test_a_breach_after_the_decision_orders_a_recheck() -> None:
    play = verified(committed().decide("A02"), BREACHED)
    assert (play.step("A02").state, play.step("A02").cause) == ("recheck", "A02-commitment")


def test_a_breach_before_the_decision_sends_the_application_back() -> None:
    assert verified(committed(), BREACHED).step("A02").state is StepState.RETURNED


def test_a_new_application_needs_a_new_commitment() -> None:
    play = committed().decide("A02", "fail").at("2026-03-05 10:00")
    play.receive("A02", "drawing", "photo")
    assert play.commitment("A02-commitment").state is CommitmentState.DROPPED
    assert play.refused(cmd.Accept(step="A02")) == "commitment_unsigned"
    play.sign("A02").accept("A02")
    assert play.commitment("A02-commitment-r2").state is CommitmentState.IN_FORCE


def test_silence_signs_nothing_in_the_enterprises_place() -> None:
    play = Play(modes={"A02": COMMITTED}).settle("A01").receive("A02", "drawing")
    play.wait("2026-03-10 09:00")
    assert play.step("A02").accepted_by_silence
    assert play.refused(cmd.Decide(step="A02", result=DecisionResult.PASS)) == "commitment_unsigned"
    assert play.sign("A02").decide("A02").step("A02").state is StepState.PASSED


def test_an_unsigned_step_can_still_be_refused() -> None:
    play = Play(modes={"A02": COMMITTED}).settle("A01").receive("A02").wait("2026-03-10 09:00")
    assert play.decide("A02", "fail").step("A02").state is StepState.FAILED


def test_the_number_of_tolerated_materials_comes_from_the_definition() -> None:
    windows = Play().rules.definition.windows.model_copy(update={"max_tolerated_materials": 4})
    steps = Play().rules.definition.steps
    play = Play(rules_of(*steps, windows=windows), modes={"A02": TOLERANT}).settle("A01")
    play.receive("A02", "drawing").accept("A02")
    assert len(play.chain.deficiencies) == 4
