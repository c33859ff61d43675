"""What units, joint acceptance, promises with terms and credit refuse."""

from datetime import date
from typing import Any

from groundwork.domain import commands as cmd
from groundwork.domain import core
from groundwork.domain.core import Rejected
from groundwork.domain.facts import OpinionKind
from groundwork.domain.rejections import Reason, Rejection
from tests.domain.acceptance import (
    B1,
    MARKET,
    REVIEW,
    WATER,
    AcceptancePlay,
    acceptance_rules,
    bad_credit,
    visiting_rules,
)
from tests.domain.refusals import refused_for
from tests.domain.small import COMMITTED, TOLERANT
from tests.domain.worlds import Play, moment, order

JOINT = "U04.B1"
LACKING = cmd.Receive(step="U01.B1", materials=("survey", "fence"), promised=("greening",))
PUT_RIGHT = cmd.RequestRectification(
    step=JOINT, items=("the fire lane is blocked",), planned_end=date(2026, 3, 20)
)


def consulted() -> AcceptancePlay:
    """Joint acceptance of the first building, whose departments are asked."""
    return AcceptancePlay().planned().acceptable("B1").receive(JOINT).accept(JOINT)


def opinion(key: str) -> cmd.GiveOpinion:
    return cmd.GiveOpinion.model_validate({"step": key, "opinion": "agree"})


def decide(key: str) -> cmd.Decide:
    return cmd.Decide.model_validate({"step": key, "result": "pass"})


def not_launched(**choices: Any) -> Rejection:
    rules = acceptance_rules()
    answer = core.launch(rules, order(rules, moment("2026-03-02 09:00"), **choices))
    assert isinstance(answer, Rejected)
    return answer.rejection


@refused_for(Reason.NOT_ASKED_YET)
def nobody_speaks_before_being_asked() -> Rejection:
    play = AcceptancePlay().settle("B01").receive("W02").accept("W02")
    return play.refusal(opinion("W02"), WATER)


@refused_for(Reason.NOBODY_TO_CONSULT)
def a_step_without_departments_consults_none() -> Rejection:
    play = AcceptancePlay().planned().receive("U01.B1").accept("U01.B1")
    return play.refusal(cmd.OpenConsultation(step="U01.B1"))


@refused_for(Reason.ALREADY_CONSULTED)
def departments_are_asked_once() -> Rejection:
    return consulted().refusal(cmd.OpenConsultation(step=JOINT))


@refused_for(Reason.NOT_CONSULTED)
def a_department_that_was_not_asked_is_not_heard() -> Rejection:
    return consulted().refusal(opinion(JOINT), MARKET)


@refused_for(Reason.OPINION_TOO_LATE)
def an_opinion_has_its_term() -> Rejection:
    return consulted().at("2026-03-06 00:00").refusal(opinion(JOINT), WATER)


@refused_for(Reason.CONSULTATION_PENDING)
def a_summary_waits_for_every_opinion() -> Rejection:
    return consulted().refusal(decide(JOINT))


@refused_for(Reason.VISIT_MISSING)
def a_summary_waits_for_the_visit() -> Rejection:
    return consulted().say(JOINT, REVIEW).say(JOINT, WATER).refusal(decide(JOINT))


@refused_for(Reason.OPINION_AGAINST)
def an_objection_stands_in_the_way() -> Rejection:
    against = consulted().say(JOINT, REVIEW, OpinionKind.DISAGREE, "no lane")
    return against.say(JOINT, WATER).visit(JOINT).refusal(decide(JOINT))


@refused_for(Reason.NOT_JOINT)
def only_joint_acceptance_has_a_visit() -> Rejection:
    play = AcceptancePlay().planned().receive("U01.B1")
    return play.refusal(cmd.RecordVisit(step="U01.B1", visited_on=date(2026, 3, 2)))


@refused_for(Reason.VISIT_IN_PAST)
def a_visit_is_set_for_a_day_to_come() -> Rejection:
    past = cmd.ScheduleVisit(step=JOINT, visit_on=date(2026, 3, 1))
    return consulted().refusal(past)


@refused_for(Reason.VISIT_NOT_HELD)
def a_visit_to_come_was_not_held() -> Rejection:
    return consulted().refusal(cmd.RecordVisit(step=JOINT, visited_on=date(2026, 3, 3)))


@refused_for(Reason.ALREADY_VISITED)
def there_is_one_visit_in_a_round() -> Rejection:
    visit = cmd.RecordVisit(step=JOINT, visited_on=date(2026, 3, 2))
    return consulted().do(visit).refusal(visit)


@refused_for(Reason.VISIT_OFFICERS_MISSING)
def a_visit_takes_as_many_officers_as_the_law_wants() -> Rejection:
    play = AcceptancePlay(rules=visiting_rules()).planned().acceptable("B1")
    alone = cmd.RecordVisit(step=JOINT, visited_on=date(2026, 3, 2), officers=("officer-a",))
    return play.receive(JOINT).accept(JOINT).refusal(alone)


@refused_for(Reason.ALREADY_RECTIFIED)
def rectification_is_asked_for_once() -> Rejection:
    play = consulted().say(JOINT, REVIEW).say(JOINT, WATER).visit(JOINT).do(PUT_RIGHT)
    play.do(cmd.SubmitRectification(step=JOINT))
    return play.refusal(PUT_RIGHT)


@refused_for(Reason.NOTHING_TO_RECTIFY)
def nothing_is_put_right_that_nobody_asked_for() -> Rejection:
    return consulted().refusal(cmd.SubmitRectification(step=JOINT))


@refused_for(Reason.RECTIFIED_TOO_LATE)
def rectification_has_its_term() -> Rejection:
    play = consulted().say(JOINT, REVIEW).say(JOINT, WATER).visit(JOINT).do(PUT_RIGHT)
    return play.at("2026-03-21 00:00").refusal(cmd.SubmitRectification(step=JOINT))


@refused_for(Reason.SETTLES_ITSELF)
def the_step_of_cures_is_not_handed_in() -> Rejection:
    play = AcceptancePlay(modes={"U01": TOLERANT}).planned().do(LACKING).accept("U01.B1")
    play.decide("U01.B1", "pass_with_tolerance").settle("U02.B1", "U03.B1")
    return play.accept_jointly("U04.B1").refusal(cmd.Receive(step="U05.B1"))


@refused_for(Reason.MUST_ACCEPT)
def what_may_follow_is_no_reason_to_refuse() -> Rejection:
    play = AcceptancePlay(modes={"U01": TOLERANT}).planned().do(LACKING)
    return play.refusal(cmd.RefuseAcceptance(step="U01.B1", reason="greening"))


@refused_for(Reason.LETTER_MISSING)
def a_letter_is_drawn_up_before_it_is_signed() -> Rejection:
    play = AcceptancePlay(modes={"U03": COMMITTED}).planned().receive("U03.B1", "application")
    return play.refusal(cmd.SignCommitment(step="U03.B1"))


@refused_for(Reason.LETTER_DIFFERS)
def a_letter_is_signed_as_it_stands() -> Rejection:
    play = AcceptancePlay(modes={"U03": COMMITTED}).planned().receive("U03.B1", "application")
    other = cmd.SignCommitment(step="U03.B1", obligations=("less",))
    return play.draft("U03.B1").refusal(other)


@refused_for(Reason.OFFICERS_MISSING)
def a_verification_takes_two() -> Rejection:
    play = AcceptancePlay(modes={"U03": COMMITTED}).planned().commit("U03.B1")
    kept = cmd.VerificationOutcome.FULFILLED
    return play.refusal(cmd.VerifyCommitment(commitment="U03.B1-commitment", outcome=kept))


@refused_for(Reason.CREDIT_PENDING)
def nothing_is_accepted_on_trust_before_credit_is_known() -> Rejection:
    play = AcceptancePlay(modes={"U03": COMMITTED}).planned()
    play.away = True
    return play.commit("U03.B1").refusal(cmd.Accept(step="U03.B1"))


@refused_for(Reason.CREDIT_UNKNOWN)
def nothing_is_accepted_on_trust_when_its_look_up_was_skipped() -> Rejection:
    play = AcceptancePlay(modes={"U03": COMMITTED}).planned()
    play.away = True
    play.commit("U03.B1").do(cmd.SkipErrand(errand="credit-2", reason="closed down"))
    return play.refusal(cmd.Accept(step="U03.B1"))


@refused_for(Reason.NO_SUCH_ERRAND)
def only_what_is_waited_for_is_skipped() -> Rejection:
    return AcceptancePlay().refusal(cmd.SkipErrand(errand="credit-9", reason="away"))


@refused_for(Reason.NEVER_SKIPPED)
def the_record_is_never_skipped() -> Rejection:
    return AcceptancePlay().refusal(cmd.SkipErrand(errand="record", reason="away"))


@refused_for(Reason.CREDIT_BARRED)
def bad_credit_chooses_no_trust() -> Rejection:
    play = AcceptancePlay(modes={"U03": COMMITTED}, records=(bad_credit(),)).planned()
    return play.refusal(cmd.ChooseMode(step="U03.B1", mode=COMMITTED))


@refused_for(Reason.NO_CREDIT_RULES)
def a_chain_without_credit_rules_looks_nothing_up() -> Rejection:
    return Play().refusal(cmd.RecheckCredit())


@refused_for(Reason.NO_UNITS)
def a_chain_without_units_gets_none() -> Rejection:
    return Play().refusal(cmd.AddUnit(unit="B1", name="hall", reason="new"))


@refused_for(Reason.UNKNOWN_UNIT)
def only_a_unit_that_is_there_is_dropped() -> Rejection:
    return AcceptancePlay().refusal(cmd.DropUnit(unit="B9", reason="x"))


@refused_for(Reason.UNKNOWN_PHASE)
def only_a_phase_of_the_definition_is_added() -> Rejection:
    return Play(phases={"A08": ("A",)}).refusal(cmd.AddUnit(unit="Z", of="A08", reason="x"))


@refused_for(Reason.UNIT_EXISTS)
def a_unit_is_added_once() -> Rejection:
    return AcceptancePlay().refusal(cmd.AddUnit(unit="B2", name="hall", reason="new"))


@refused_for(Reason.TOO_MANY_UNITS)
def there_is_a_most_of_units() -> Rejection:
    play = AcceptancePlay().do(cmd.AddUnit(unit="B3", name="hall", reason="new"))
    return play.refusal(cmd.AddUnit(unit="B4", name="hall", reason="new"))


@refused_for(Reason.UNITS_GATHERED)
def no_unit_comes_once_the_whole_is_handed_in() -> Rejection:
    play = AcceptancePlay().planned().accepted_unit("B1").accepted_unit("B2").receive("W01")
    return play.refusal(cmd.AddUnit(unit="B3", name="hall", reason="new"))


@refused_for(Reason.SAME_UNIT)
def a_unit_is_not_merged_with_itself() -> Rejection:
    return AcceptancePlay().refusal(cmd.MergeUnits(unit="B1", into="B1", reason="x"))


@refused_for(Reason.LAST_UNIT)
def one_unit_stays() -> Rejection:
    return AcceptancePlay(units=(B1,)).refusal(cmd.DropUnit(unit="B1", reason="x"))


@refused_for(Reason.UNIT_ACCEPTED)
def an_accepted_unit_stays() -> Rejection:
    play = AcceptancePlay().planned().accepted_unit("B2")
    return play.refusal(cmd.DropUnit(unit="B2", reason="x"))


@refused_for(Reason.LAUNCH_INVALID)
def a_chain_with_units_is_launched_with_some() -> Rejection:
    return not_launched()


@refused_for(Reason.LAUNCH_INVALID)
def a_units_id_is_used_once() -> Rejection:
    return not_launched(units=(B1, B1))
