"""Every way in which the core says no: with its code, and a sentence that says what to do."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from groundwork.domain import commands as cmd
from groundwork.domain import core
from groundwork.domain.core import Rejected
from groundwork.domain.definition import Mode, StopReason
from groundwork.domain.model import SYSTEM, Actor, DecisionResult, Role
from groundwork.domain.rejections import SENTENCES, Reason, Rejection
from tests.domain import refusals_of_acceptance  # noqa: F401 -- registers its scenarios
from tests.domain.ladders import carded_rules
from tests.domain.newer import newer, without
from tests.domain.refusals import SCENARIOS, Scenario, refused_for
from tests.domain.small import COMMITTED, EXEMPT, TOLERANT
from tests.domain.worlds import (
    ENTERPRISE,
    HOUSEKEEPER,
    OFFICE,
    Play,
    actor,
    moment,
    order,
    small_rules,
)

CURE = cmd.SubmitCure(deficiency="A02-pipeline")


def not_launched(by: Actor | None = None, **choices: Any) -> Rejection:
    """The refusal of a launch with these choices."""
    rules = small_rules()
    wanted = order(rules, moment("2026-03-02 09:00"), **choices)
    if by is not None:
        wanted = wanted.model_copy(update={"by": by})
    answer = core.launch(rules, wanted)
    assert isinstance(answer, Rejected)
    return answer.rejection


def received() -> Play:
    return Play().receive("A01")


def reviewed() -> Play:
    """A02 accepted on 2 March and due on 16 March, lacking the pipeline opinion."""
    play = Play(modes={"A02": TOLERANT}).settle("A01").at("2026-03-02 10:00")
    return play.receive("A02", lacking=("pipeline",)).accept("A02")


def late() -> Play:
    """A01 with every rung of the ladder reached."""
    return received().accept("A01").wait("2026-03-20 09:00")


def decide(key: str, result: DecisionResult, **facts: Any) -> cmd.Decide:
    return cmd.Decide(step=key, result=result, **facts)


def stop(key: str, until: str, reason: StopReason = StopReason.EXPERT_REVIEW) -> cmd.StopClock:
    planned = date.fromisoformat(until)
    return cmd.StopClock(step=key, reason=reason, basis="XK45", planned_end=planned)


@refused_for(Reason.UNKNOWN_CALENDAR)
def a_chain_cannot_adopt_a_calendar_that_there_is_not() -> Rejection:
    return received().refusal(cmd.AdoptCalendar(version="cn-1999.1"), SYSTEM)


@refused_for(Reason.UNKNOWN_DEFINITION)
def a_chain_cannot_adopt_a_definition_that_there_is_not() -> Rejection:
    return received().refusal(cmd.AdoptDefinition(version="9.0.0", hash="none"), SYSTEM)


@refused_for(Reason.DEFINITION_UNFIT)
def a_chain_cannot_adopt_a_definition_without_a_step_that_has_begun() -> Rejection:
    play = received()
    gone = newer(play.rules.definition, edit=without("A01"))
    play.rules = replace(play.rules, definitions={"newer": gone}.__getitem__)
    return play.refusal(cmd.AdoptDefinition(version=gone.version, hash="newer"), SYSTEM)


@refused_for(Reason.NOT_PERMITTED)
def an_enterprise_cannot_accept_its_own_application() -> Rejection:
    return received().refusal(cmd.Accept(step="A01"), ENTERPRISE)


@refused_for(Reason.NOT_PERMITTED)
def an_officer_cannot_launch() -> Rejection:
    return not_launched(by=actor(Role.OFFICER, "desk"))


@refused_for(Reason.OTHER_DEPARTMENT)
def an_officer_cannot_accept_for_another_department() -> Rejection:
    return received().refusal(cmd.Accept(step="A01"), actor(Role.OFFICER, "review"))


@refused_for(Reason.CHAIN_CLOSED)
def a_chain_that_has_ended_takes_no_more_commands() -> Rejection:
    play = received().do(cmd.WithdrawChain(reason="no more money"))
    return play.refusal(cmd.Accept(step="A01"))


@refused_for(Reason.UNKNOWN_STEP)
def a_step_must_exist() -> Rejection:
    return Play().refusal(cmd.Receive(step="Z99"))


@refused_for(Reason.UNKNOWN_DEFICIENCY)
def a_deficiency_must_exist() -> Rejection:
    return Play().refusal(cmd.SubmitCure(deficiency="A02-pipeline"))


@refused_for(Reason.UNKNOWN_COMMITMENT)
def a_commitment_must_exist() -> Rejection:
    kept = cmd.VerificationOutcome.FULFILLED
    return Play().refusal(cmd.VerifyCommitment(commitment="A02-commitment", outcome=kept))


@refused_for(Reason.UNKNOWN_ESCALATION)
def an_escalation_must_exist() -> Rejection:
    return Play().refusal(cmd.Acknowledge(escalation="A01-red"))


@refused_for(Reason.UNKNOWN_MATERIAL)
def only_materials_of_the_step_can_be_handed_in() -> Rejection:
    return Play().refusal(cmd.Receive(step="A01", materials=("form", "survey")))


@refused_for(Reason.UNKNOWN_MATERIAL)
def only_materials_of_the_step_can_be_corrected() -> Rejection:
    play = received().do(cmd.RequestCorrection(step="A01", items=("sign it",)))
    return play.refusal(cmd.SubmitCorrection(step="A01", materials=("survey",)))


@refused_for(Reason.WRONG_STATE)
def a_step_that_waits_cannot_be_handed_in() -> Rejection:
    return Play().refusal(cmd.Receive(step="A02"))


@refused_for(Reason.WRONG_STATE)
def a_step_cannot_be_handed_in_twice() -> Rejection:
    return received().refusal(cmd.Receive(step="A01"))


@refused_for(Reason.WRONG_STATE)
def a_step_cannot_be_decided_twice() -> Rejection:
    return Play().settle("A01").refusal(decide("A01", DecisionResult.PASS))


@refused_for(Reason.WRONG_STATE)
def a_step_cannot_be_decided_while_its_clock_is_stopped() -> Rejection:
    play = reviewed().stop("A02", "2026-03-31")
    return play.refusal(decide("A02", DecisionResult.FAIL, opinion="no road"))


@refused_for(Reason.WRONG_STATE)
def a_department_cannot_decide_what_it_has_not_accepted() -> Rejection:
    return received().refusal(decide("A01", DecisionResult.PASS))


@refused_for(Reason.WRONG_STATE)
def the_mode_cannot_change_once_the_step_is_handed_in() -> Rejection:
    play = Play().settle("A01").receive("A02")
    return play.refusal(cmd.ChooseMode(step="A02", mode=TOLERANT))


@refused_for(Reason.WRONG_STATE)
def a_commitment_belongs_to_a_step_in_commitment_mode() -> Rejection:
    return received().refusal(cmd.SignCommitment(step="A01", obligations=("as drawn",)))


@refused_for(Reason.WRONG_STATE)
def a_broken_commitment_cannot_be_verified_again() -> Rejection:
    play = Play(modes={"A02": COMMITTED}).settle("A01").receive("A02").sign("A02")
    broken = cmd.VerificationOutcome.BREACHED
    verify = cmd.VerifyCommitment(commitment="A02-commitment", outcome=broken, reason="false")
    return play.do(verify).refusal(verify)


@refused_for(Reason.WRONG_STATE)
def a_cure_cannot_be_confirmed_before_it_is_handed_in() -> Rejection:
    return reviewed().refusal(cmd.ConfirmCure(deficiency="A02-pipeline"))


@refused_for(Reason.ALREADY_CORRECTED)
def the_applicant_is_told_once_what_to_correct() -> Rejection:
    notice = cmd.RequestCorrection(step="A01", items=("sign it",))
    play = received().do(notice).do(cmd.SubmitCorrection(step="A01"))
    return play.refusal(notice)


@refused_for(Reason.MODE_NOT_OFFERED)
def a_mode_must_be_on_offer_when_it_is_chosen() -> Rejection:
    return Play().refusal(cmd.ChooseMode(step="A01", mode=COMMITTED))


@refused_for(Reason.MODE_NOT_OFFERED)
def a_mode_must_be_on_offer_at_launch() -> Rejection:
    return not_launched(modes={"A01": Mode.COMMITMENT})


@refused_for(Reason.MODE_NOT_OFFERED)
def a_step_that_cannot_be_exempt_is_not_exempted() -> Rejection:
    return Play().refusal(cmd.Exempt(step="A01", ground="clear"))


@refused_for(Reason.MATERIALS_MISSING)
def nothing_may_be_lacking_in_standard_mode() -> Rejection:
    play = Play().settle("A01").receive("A02", lacking=("pipeline",))
    return play.refusal(cmd.Accept(step="A02"))


@refused_for(Reason.MATERIALS_MISSING)
def a_main_material_may_never_be_lacking() -> Rejection:
    play = Play(modes={"A02": TOLERANT}).settle("A01").receive("A02", lacking=("drawing",))
    return play.refusal(cmd.Accept(step="A02"))


@refused_for(Reason.MATERIALS_MISSING)
def on_a_red_line_nothing_may_be_lacking_in_any_mode() -> Rejection:
    play = Play(modes={"A03": TOLERANT}).settle("A01").receive("A03", lacking=("annex",))
    return play.refusal(cmd.Accept(step="A03"))


@refused_for(Reason.MATERIALS_MISSING)
def on_a_red_line_no_commitment_covers_anything() -> Rejection:
    play = Play(modes={"A03": COMMITTED}).settle("A01").receive("A03", lacking=("annex",))
    return play.sign("A03").refusal(cmd.Accept(step="A03"))


@refused_for(Reason.TOO_MANY_TOLERATED)
def at_most_three_materials_may_be_lacking() -> Rejection:
    play = Play(modes={"A02": TOLERANT}).settle("A01").receive("A02", "drawing")
    return play.refusal(cmd.Accept(step="A02"))


@refused_for(Reason.COMMITMENT_UNSIGNED)
def in_commitment_mode_the_commitment_comes_before_the_acceptance() -> Rejection:
    play = Play(modes={"A02": COMMITTED}).settle("A01").receive("A02")
    return play.refusal(cmd.Accept(step="A02"))


@refused_for(Reason.COMMITMENT_UNSIGNED)
def what_silence_accepted_is_not_granted_without_its_commitment() -> Rejection:
    play = Play(modes={"A02": COMMITTED}).settle("A01").receive("A02").wait("2026-03-20 09:00")
    return play.refusal(decide("A02", DecisionResult.PASS))


@refused_for(Reason.COMMITMENT_EXISTS)
def a_commitment_is_signed_once() -> Rejection:
    play = Play(modes={"A02": COMMITTED}).settle("A01").receive("A02").sign("A02")
    return play.refusal(cmd.SignCommitment(step="A02", obligations=("as drawn",)))


@refused_for(Reason.NO_CLOCK)
def a_step_without_a_limit_cannot_be_extended() -> Rejection:
    play = Play().settle("A01", "A02", "A06").receive("A07").accept("A07")
    return play.refusal(cmd.Extend(step="A07", amount=1, reason="complex"))


@refused_for(Reason.STOP_NOT_OFFERED)
def a_clock_stops_only_for_the_reasons_of_its_step() -> Rejection:
    return reviewed().refusal(stop("A02", "2026-03-09", StopReason.PAYMENT))


def replan(until: str) -> cmd.ReplanStop:
    planned = date.fromisoformat(until)
    reason = StopReason.EXPERT_REVIEW
    return cmd.ReplanStop(step="A02", reason=reason, planned_end=planned, ground="more to see")


@refused_for(Reason.STOP_PLAN_UNCHANGED)
def a_stop_is_replanned_to_another_day() -> Rejection:
    return reviewed().stop("A02", "2026-03-10").refusal(replan("2026-03-10"))


@refused_for(Reason.ALREADY_PROLONGED)
def a_stop_is_prolonged_once() -> Rejection:
    play = reviewed().stop("A02", "2026-03-10").do(replan("2026-03-12"))
    return play.refusal(replan("2026-03-13"))


@refused_for(Reason.ALREADY_STOPPED)
def a_clock_cannot_be_stopped_twice_for_the_same_reason() -> Rejection:
    return reviewed().stop("A02", "2026-03-09").refusal(stop("A02", "2026-03-10"))


@refused_for(Reason.NOT_STOPPED)
def only_an_open_stop_can_be_ended() -> Rejection:
    play = reviewed().stop("A02", "2026-03-09")
    return play.refusal(cmd.ResumeClock(step="A02", reason=StopReason.PUBLICITY))


@refused_for(Reason.STOP_ENDS_IN_PAST)
def a_stop_lasts_at_least_until_tomorrow() -> Rejection:
    return reviewed().refusal(stop("A02", "2026-03-02"))


@refused_for(Reason.STOP_TOO_LONG)
def a_stop_lasts_a_year_at_most() -> Rejection:
    return reviewed().refusal(stop("A02", "2062-03-10"))


@refused_for(Reason.LIMIT_OVER)
def a_limit_that_is_over_cannot_be_stopped() -> Rejection:
    return reviewed().do(CURE).at("2026-03-17 00:00").refusal(stop("A02", "2026-03-31"))


@refused_for(Reason.LIMIT_OVER)
def a_limit_that_is_over_cannot_be_extended() -> Rejection:
    play = reviewed().do(CURE).at("2026-03-17 00:00")
    return play.refusal(cmd.Extend(step="A02", amount=5, reason="complex"))


@refused_for(Reason.ALREADY_EXTENDED)
def a_limit_is_extended_once() -> Rejection:
    return reviewed().extend("A02", 1).refusal(cmd.Extend(step="A02", amount=1, reason="again"))


@refused_for(Reason.ALREADY_EXTENDED)
def a_cure_term_is_prolonged_once() -> Rejection:
    longer = cmd.ExtendCure(deficiency="A02-pipeline", reason="holidays")
    return reviewed().do(longer).refusal(longer)


@refused_for(Reason.EXTENSION_TOO_LONG)
def an_extension_has_a_longest_length() -> Rejection:
    return reviewed().refusal(cmd.Extend(step="A02", amount=11, reason="complex"))


@refused_for(Reason.TOLERANCE_NEEDED)
def a_plain_pass_tolerates_nothing() -> Rejection:
    return reviewed().refusal(decide("A02", DecisionResult.PASS))


@refused_for(Reason.NOTHING_TO_TOLERATE)
def a_tolerant_pass_needs_something_to_tolerate() -> Rejection:
    play = received().accept("A01")
    return play.refusal(decide("A01", DecisionResult.PASS_WITH_TOLERANCE))


@refused_for(Reason.GATE_FIELDS_MISSING)
def the_gate_needs_to_know_who_won_the_land() -> Rejection:
    play = Play().settle("A01", "A02").receive("A05").accept("A05")
    return play.refusal(decide("A05", DecisionResult.PASS, planning_conditions_changed=False))


@refused_for(Reason.REASON_MISSING)
def a_refusal_states_its_reasons() -> Rejection:
    return received().accept("A01").refusal(decide("A01", DecisionResult.FAIL, opinion="  "))


@refused_for(Reason.REASON_MISSING)
def a_breach_states_its_reasons() -> Rejection:
    play = Play(modes={"A02": COMMITTED}).settle("A01").receive("A02").sign("A02")
    broken = cmd.VerificationOutcome.BREACHED
    return play.refusal(cmd.VerifyCommitment(commitment="A02-commitment", outcome=broken))


@refused_for(Reason.CURE_TOO_LATE)
def a_cure_after_its_last_day_is_too_late() -> Rejection:
    return reviewed().at("2026-03-17 00:00").refusal(CURE)


@refused_for(Reason.ALREADY_ACKNOWLEDGED)
def an_escalation_is_acknowledged_once() -> Rejection:
    known = cmd.Acknowledge(escalation="A01-red")
    return late().do(known).refusal(known)


@refused_for(Reason.ANSWER_MISSING)
def a_card_that_asks_for_an_explanation_gets_one() -> Rejection:
    return late().refusal(cmd.Acknowledge(escalation="A01-yellow_card", answer=" "))


def carded(when: str = "2026-03-06 09:00") -> Play:
    """A01 two days late, in the world in which cards can be appealed."""
    play = Play(carded_rules()).at("2026-03-02 10:00").receive("A01").accept("A01")
    return play.wait(when)


APPEAL = cmd.AppealEscalation(escalation="A01-yellow_card", reason="the system was down")


@refused_for(Reason.NOT_APPEALABLE)
def a_light_is_not_appealed() -> Rejection:
    return carded().refusal(cmd.AppealEscalation(escalation="A01-red", reason="not late"))


@refused_for(Reason.APPEAL_TOO_LATE)
def an_appeal_has_its_term() -> Rejection:
    return carded("2026-03-30 09:00").refusal(APPEAL)


@refused_for(Reason.ALREADY_APPEALED)
def a_card_is_appealed_once() -> Rejection:
    return carded().do(APPEAL).refusal(APPEAL)


@refused_for(Reason.NO_APPEAL)
def nothing_is_upheld_that_nobody_appealed() -> Rejection:
    return carded().refusal(cmd.UpholdEscalation(escalation="A01-yellow_card", reason="late"))


@refused_for(Reason.NOT_A_REFERRAL)
def only_the_last_rung_is_a_question_of_referral() -> Rejection:
    return late().refusal(cmd.DecideReferral(escalation="A01-red", refer=True, reason="late"))


def assign(assignee: str | None, former: str | None = None) -> cmd.Assign:
    return cmd.Assign(step="A01", assignee=assignee, former=former, reason="rotation")


@refused_for(Reason.HELD_BY_ANOTHER)
def an_officer_takes_nothing_from_another() -> Rejection:
    return received().do(assign("p-li")).refusal(assign("p-wu"), actor(Role.OFFICER, "desk"))


@refused_for(Reason.ASSIGNEE_CHANGED)
def a_handover_does_not_undo_another() -> Rejection:
    return received().do(assign("p-li")).refusal(assign("p-wu", former="p-ma"))


@refused_for(Reason.ALREADY_ASSIGNED)
def a_step_in_nobodys_charge_is_taken_from_nobody() -> Rejection:
    return received().refusal(assign(None))


@refused_for(Reason.REMINDED_TODAY)
def of_the_same_nobody_is_reminded_twice_a_day() -> Rejection:
    command = cmd.Remind(step="A01")
    return received().do(command, HOUSEKEEPER).refusal(command, OFFICE)


@refused_for(Reason.NOBODY_TO_REMIND)
def what_waits_for_other_steps_waits_for_nobody() -> Rejection:
    return received().refusal(cmd.Remind(step="A02"), HOUSEKEEPER)


@refused_for(Reason.LAUNCH_INVALID)
def a_launch_names_only_steps_that_there_are() -> Rejection:
    return not_launched(modes={"Z99": EXEMPT})


@refused_for(Reason.LAUNCH_INVALID)
def a_launch_names_only_phases_that_there_are() -> Rejection:
    return not_launched(phases={"A08": ("A", "Z")})


@refused_for(Reason.LAUNCH_INVALID)
def a_phased_step_has_at_least_one_phase() -> Rejection:
    return not_launched(phases={"A08": ()})


@pytest.mark.parametrize(
    ("reason", "scenario"), SCENARIOS, ids=[scenario.__name__ for _, scenario in SCENARIOS]
)
def test_it_is_refused_with_its_code_and_a_sentence(reason: Reason, scenario: Scenario) -> None:
    rejection = scenario()
    assert rejection.reason is reason
    for language in ("zh", "en"):
        sentence = rejection.sentence(language)
        assert sentence.endswith(("。", "."))
        assert "{" not in sentence


def test_every_reason_is_reached() -> None:
    # The core does not know earlier keys, and terms are asked for, not acted on.
    told_elsewhere = {Reason.KEY_REUSED, Reason.UNKNOWN_TERM}
    told_at_the_counter = {Reason.NO_MANDATE, Reason.OTHER_PERSON}  # nor people (test_mandates)
    told_by_the_engine = {Reason.ERRAND_NOT_FAILED}  # nor attempts
    reached = {reason for reason, _ in SCENARIOS}
    assert set(Reason) - reached == told_elsewhere | told_at_the_counter | told_by_the_engine


def test_every_reason_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Reason)
