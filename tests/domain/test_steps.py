"""The life of one step, from handing in to the decision and after it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, get_args

import pytest

from groundwork.domain import commands as cmd
from groundwork.domain.definition import StopReason, Text
from groundwork.domain.model import DecisionResult, StepState
from groundwork.domain.rejections import Reason
from groundwork.domain.rules import Rules
from tests.domain.acceptance import REVIEW, WATER, AcceptancePlay
from tests.domain.ladders import carded_rules
from tests.domain.newer import newer
from tests.domain.small import COMMITTED, EXEMPT, EXEMPTION, STANDARD, TOLERANT, step
from tests.domain.worlds import ENTERPRISE, HOUSEKEEPER, Play, local, rules_of, small_rules

VERBS = {kind.model_fields["type"].default for kind in get_args(get_args(cmd.AnyCommand)[0])}


def received() -> Play:
    return Play().receive("A01")


def accepted() -> Play:
    return received().accept("A01")


def in_review() -> Play:
    """A02 in review, lacking the pipeline opinion, with the clock running."""
    play = Play(modes={"A02": TOLERANT}).settle("A01")
    return play.receive("A02", lacking=("pipeline",)).accept("A02")


def cured() -> Play:
    return in_review().do(cmd.SubmitCure(deficiency="A02-pipeline", document="doc"))


def committed() -> Play:
    return Play(modes={"A02": COMMITTED}).settle("A01").receive("A02").sign("A02")


def consulted() -> AcceptancePlay:
    """Joint acceptance of a building, whose departments are asked."""
    return AcceptancePlay().planned().acceptable("B1").receive("U04.B1").accept("U04.B1")


def visited() -> AcceptancePlay:
    return consulted().say("U04.B1", REVIEW).say("U04.B1", WATER).visit("U04.B1")


PUT_RIGHT = cmd.RequestRectification(
    step="U04.B1", items=("the fire lane is blocked",), planned_end=date(2026, 3, 20)
)


def passed() -> Play:
    return Play().settle("A01", "A02")


def in_recheck() -> Play:
    return passed().do(cmd.Annul(step="A01", reason="forged plan"))


def before_a_typhoon() -> Play:
    """A chain whose rules know another calendar, in which everybody stays at home for a day."""
    calendar = small_rules().calendar
    closed = {date(2026, 3, 4): Text(zh="台风", en="Typhoon")}
    typhoon = calendar.model_copy(update={"version": "cn-2026.9", "closed": closed})
    known = {one.version: one for one in (calendar, typhoon)}
    return Play(Rules(small_rules().definition, calendar, known.__getitem__)).receive("A01")


def before_a_new_definition() -> Play:
    """A chain whose rules know a newer version of its definition."""
    changed = newer(small_rules().definition)
    return Play(replace(small_rules(), definitions={"newer": changed}.__getitem__)).receive("A01")


def unanswered() -> Play:
    """A chain that waits for credit, which nobody answers."""
    return AcceptancePlay(modes={"U03": COMMITTED}, away=True)


def late() -> Play:
    """A01 five working days past due, with every rung of the ladder reached."""
    return accepted().wait("2026-03-20 09:00")


def carded() -> Play:
    """A01 two days late, where cards can be appealed."""
    play = Play(carded_rules()).at("2026-03-02 10:00").receive("A01").accept("A01")
    return play.wait("2026-03-06 09:00")


def appealed() -> Play:
    return carded().do(cmd.AppealEscalation(escalation="A01-yellow_card", reason="so"))


Story = Callable[[], Play]
STORIES: dict[str, tuple[Story, cmd.AnyCommand, str]] = {
    "assign": (
        received,
        cmd.Assign(step="A01", assignee="p-li", reason="rotation"),
        "step_assigned",
    ),
    "remind": (received, cmd.Remind(step="A01"), "step_reminded"),
    "choose_mode": (Play, cmd.ChooseMode(step="A02", mode=TOLERANT), "mode_chosen"),
    "receive": (Play, cmd.Receive(step="A01", materials=("form",)), "step_received"),
    "request_correction": (
        received,
        cmd.RequestCorrection(step="A01", items=("sign the form",)),
        "correction_requested",
    ),
    "submit_correction": (
        lambda: received().do(cmd.RequestCorrection(step="A01", items=("sign the form",))),
        cmd.SubmitCorrection(step="A01", materials=("form",)),
        "correction_submitted",
    ),
    "accept": (received, cmd.Accept(step="A01"), "step_accepted"),
    "refuse_acceptance": (
        received,
        cmd.RefuseAcceptance(step="A01", reason="not our remit"),
        "acceptance_refused",
    ),
    "begin_review": (accepted, cmd.BeginReview(step="A01"), "review_begun"),
    "stop_clock": (
        in_review,
        cmd.StopClock(
            step="A02",
            reason=StopReason.PUBLICITY,
            basis="XK45",
            planned_end=date(2026, 3, 9),
        ),
        "clock_stopped",
    ),
    "replan_stop": (
        lambda: in_review().stop("A02", "2026-03-09"),
        cmd.ReplanStop(
            step="A02",
            reason=StopReason.EXPERT_REVIEW,
            planned_end=date(2026, 3, 11),
            ground="an expert is ill",
        ),
        "stop_replanned",
    ),
    "resume_clock": (
        lambda: in_review().stop("A02", "2026-03-09"),
        cmd.ResumeClock(step="A02", reason=StopReason.EXPERT_REVIEW),
        "clock_resumed",
    ),
    "extend": (in_review, cmd.Extend(step="A02", amount=5, reason="complex"), "limit_extended"),
    "decide": (accepted, cmd.Decide(step="A01", result=DecisionResult.PASS), "step_decided"),
    "exempt": (
        lambda: Play().settle("A01"),
        cmd.Exempt(step="A03", ground="only to be filed"),
        "step_exempted",
    ),
    "withdraw_step": (accepted, cmd.WithdrawStep(step="A01", reason="redrawn"), "step_withdrawn"),
    "revoke": (passed, cmd.Revoke(step="A02", reason="the law changed"), "step_revoked"),
    "annul": (passed, cmd.Annul(step="A02", reason="forged drawing"), "step_annulled"),
    "conclude_recheck": (
        in_recheck,
        cmd.ConcludeRecheck(step="A02", upheld=True, reason="stands by itself"),
        "recheck_concluded",
    ),
    "sign_commitment": (
        lambda: Play(modes={"A02": COMMITTED}).settle("A01").receive("A02"),
        cmd.SignCommitment(step="A02", obligations=("build as drawn",)),
        "commitment_signed",
    ),
    "verify_commitment": (
        committed,
        cmd.VerifyCommitment(
            commitment="A02-commitment", outcome=cmd.VerificationOutcome.FULFILLED
        ),
        "commitment_fulfilled",
    ),
    "submit_cure": (in_review, cmd.SubmitCure(deficiency="A02-pipeline"), "cure_submitted"),
    "confirm_cure": (cured, cmd.ConfirmCure(deficiency="A02-pipeline"), "cure_confirmed"),
    "refuse_cure": (
        cured,
        cmd.RefuseCure(deficiency="A02-pipeline", reason="not signed"),
        "cure_refused",
    ),
    "extend_cure": (
        in_review,
        cmd.ExtendCure(deficiency="A02-pipeline", reason="holidays"),
        "cure_extended",
    ),
    "acknowledge": (late, cmd.Acknowledge(escalation="A01-red"), "escalation_acknowledged"),
    "appeal_escalation": (
        carded,
        cmd.AppealEscalation(escalation="A01-yellow_card", reason="the system was down"),
        "escalation_appealed",
    ),
    "uphold_escalation": (
        appealed,
        cmd.UpholdEscalation(escalation="A01-yellow_card", reason="it was not"),
        "escalation_upheld",
    ),
    "annul_escalation": (
        late,
        cmd.AnnulEscalation(escalation="A01-red_card", reason="the system was down"),
        "escalation_annulled",
    ),
    "decide_referral": (
        late,
        cmd.DecideReferral(escalation="A01-referral", refer=False, reason="too few hands"),
        "referral_decided",
    ),
    "open_consultation": (
        lambda: AcceptancePlay().settle("B01").receive("W02").accept("W02"),
        cmd.OpenConsultation(step="W02"),
        "consultation_opened",
    ),
    "give_opinion": (
        consulted,
        cmd.GiveOpinion.model_validate({"step": "U04.B1", "opinion": "agree"}),
        "opinion_given",
    ),
    "schedule_visit": (
        consulted,
        cmd.ScheduleVisit(step="U04.B1", visit_on=date(2026, 3, 3)),
        "site_visit_scheduled",
    ),
    "record_visit": (
        consulted,
        cmd.RecordVisit(step="U04.B1", visited_on=date(2026, 3, 2)),
        "site_visit_held",
    ),
    "request_rectification": (visited, PUT_RIGHT, "site_rectification_requested"),
    "submit_rectification": (
        lambda: visited().do(PUT_RIGHT),
        cmd.SubmitRectification(step="U04.B1"),
        "site_rectification_submitted",
    ),
    "draft_commitment": (
        lambda: Play(modes={"A02": COMMITTED}).settle("A01").receive("A02"),
        cmd.DraftCommitment(step="A02", obligations=("build as drawn",)),
        "commitment_drafted",
    ),
    "submit_performance": (
        committed,
        cmd.SubmitPerformance(commitment="A02-commitment", document="report"),
        "performance_submitted",
    ),
    "add_unit": (
        AcceptancePlay,
        cmd.AddUnit(unit="B3", name="Workshop 3", reason="the firm grows"),
        "unit_added",
    ),
    "drop_unit": (AcceptancePlay, cmd.DropUnit(unit="B2", reason="not built"), "unit_dropped"),
    "merge_units": (
        AcceptancePlay,
        cmd.MergeUnits(unit="B2", into="B1", reason="one hall"),
        "units_merged",
    ),
    "register_equipment": (
        AcceptancePlay,
        cmd.RegisterEquipment(unit="B1", document="crane 17"),
        "equipment_registered",
    ),
    "recheck_credit": (AcceptancePlay, cmd.RecheckCredit(), "credit_asked"),
    "skip_errand": (
        unanswered,
        cmd.SkipErrand(errand="credit-1", reason="the bureau closed down"),
        "credit_check_skipped",
    ),
    "withdraw_chain": (Play, cmd.WithdrawChain(reason="no more money"), "chain_withdrawn"),
    "adopt_calendar": (
        before_a_typhoon,
        cmd.AdoptCalendar(version="cn-2026.9"),
        "calendar_adopted",
    ),
    "adopt_definition": (
        before_a_new_definition,
        cmd.AdoptDefinition(version="1.1.0", hash="newer"),
        "definition_adopted",
    ),
    "terminate_chain": (Play, cmd.TerminateChain(reason="land not won"), "chain_terminated"),
}


def test_every_command_has_a_story() -> None:
    assert STORIES.keys() == VERBS


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_a_fitting_command_is_accepted_and_leaves_its_event(verb: str) -> None:
    story, command, event = STORIES[verb]
    play = story().do(command, REVIEW if verb == "give_opinion" else None)
    assert event in play.happened()
    caused = next(one for one in play.last if one.type == event)
    assert caused.key == f"key-{play.numbered:06}"


def test_at_launch_the_steps_that_build_on_nothing_are_ready() -> None:
    play = Play()
    ready = [one.key for one in play.chain.steps.values() if one.state is StepState.READY]
    assert ready == ["A01"]


def test_a_step_takes_the_first_mode_on_offer_unless_another_is_chosen() -> None:
    play = Play(modes={"A03": COMMITTED})
    assert (play.step("A02").mode, play.step("A03").mode) == (STANDARD, COMMITTED)


def test_a_step_goes_from_hand_to_hand_until_it_is_passed() -> None:
    play = Play()
    states = [play.step("A01").state]
    for command in (
        cmd.Receive(step="A01", materials=("form", "plan")),
        cmd.Accept(step="A01"),
        cmd.BeginReview(step="A01"),
        cmd.Decide(step="A01", result=DecisionResult.PASS, document="2026-001"),
    ):
        states.append(play.do(command).step("A01").state)
    assert states == ["ready", "received", "accepted", "in_review", "passed"]


def test_settling_a_step_opens_those_that_build_on_it() -> None:
    play = Play().settle("A01")
    assert [play.step(key).state for key in ("A02", "A03", "A05")] == ["ready", "ready", "waiting"]


def test_a_material_handed_in_twice_is_listed_once() -> None:
    play = Play().do(cmd.Receive(step="A01", materials=("form", "plan", "form")))
    assert play.step("A01").materials == ("form", "plan")


def test_what_is_corrected_adds_to_what_was_handed_in() -> None:
    play = Play().receive("A01", "form")
    play.do(cmd.RequestCorrection(step="A01", items=("the plan is missing",)))
    play.do(cmd.SubmitCorrection(step="A01", materials=("plan",)))
    assert play.step("A01").materials == ("form", "plan")
    assert play.accept("A01").step("A01").state is StepState.ACCEPTED


def test_a_correction_gives_the_department_a_fresh_window_to_accept() -> None:
    play = Play().at("2026-03-02 10:00").receive("A01")
    play.at("2026-03-06 10:00").do(cmd.RequestCorrection(step="A01", items=("sign it",)))
    assert play.step("A01").accept_by is None
    play.at("2026-03-20 10:00").do(cmd.SubmitCorrection(step="A01"))
    assert local(play.step("A01").accept_by) == "2026-03-28 00:00"


def test_nothing_happens_by_itself_while_the_applicant_corrects() -> None:
    play = received().do(cmd.RequestCorrection(step="A01", items=("sign it",)))
    assert play.wait("2027-06-01 10:00").last == ()


@pytest.mark.parametrize("ending", ["refuse_acceptance", "withdraw_step"])
def test_what_ended_without_a_decision_can_be_handed_in_again(ending: str) -> None:
    play = STORIES[ending][0]().do(STORIES[ending][1])
    again = play.receive("A01").step("A01")
    assert (again.state, again.attempt) == (StepState.RECEIVED, 2)


def test_a_refused_step_says_why_and_can_be_handed_in_again() -> None:
    play = accepted().decide("A01", "fail", opinion="no road to the site")
    decision = play.step("A01").decision
    assert decision is not None
    assert decision.opinion == "no road to the site"
    assert play.receive("A01").step("A01").attempt == 2


def test_handing_in_again_starts_afresh() -> None:
    play = received().do(cmd.RequestCorrection(step="A01", items=("sign it",)))
    play.do(cmd.SubmitCorrection(step="A01")).accept("A01").decide("A01", "fail")
    again = play.at("2026-03-20 10:00").receive("A01", "form").step("A01")
    assert (again.correction, again.clock, again.decision) == (None, None, None)
    assert again.materials == ("form",)


def test_an_application_can_be_taken_back_as_long_as_it_is_undecided() -> None:
    play = in_review().stop("A02", "2026-03-09")
    play.do(cmd.WithdrawStep(step="A02", reason="redrawn"))
    assert play.step("A02").state is StepState.WITHDRAWN
    assert play.deficiency("A02-pipeline").state == "dropped"


def test_a_step_that_the_office_does_by_itself_starts_when_it_is_ready() -> None:
    play = Play().at("2026-03-04 16:00").settle("A01")
    own = play.step("A04")
    assert own.state is StepState.ACCEPTED
    assert own.materials == ("form",)
    assert (local(own.accepted_at), own.due_on) == ("2026-03-04 16:00", date(2026, 3, 9))


def test_the_enterprises_own_step_needs_no_acceptance_and_has_no_clock() -> None:
    play = Play().settle("A01", "A02").receive("A06")
    assert play.step("A06").accept_by is None
    assert play.wait("2026-12-01 09:00").step("A06").state is StepState.RECEIVED
    done = play.decide("A06").step("A06")
    assert (done.state, done.clock) == (StepState.PASSED, None)


def test_a_step_chosen_exempt_is_settled_when_its_turn_comes() -> None:
    play = Play(modes={"A03": EXEMPT})
    assert play.step("A03").state is StepState.WAITING
    play.settle("A01")
    assert (play.step("A03").state, play.step("A03").cause) == ("exempt", "only to be filed")


def test_exempt_steps_in_a_row_are_settled_at_once() -> None:
    free: dict[str, Any] = {"modes": (STANDARD, EXEMPT), "exemption": EXEMPTION}
    rules = rules_of(
        step("B01", promised=1), step("B02", "B01", **free), step("B03", "B02", **free)
    )
    play = Play(rules, modes={"B02": EXEMPT, "B03": EXEMPT}).settle("B01")
    assert play.happened() == [
        *("step_decided", "step_ready", "step_exempted"),
        *("step_ready", "step_exempted", "chain_completed"),
    ]


def test_choosing_exemption_for_a_ready_step_settles_it() -> None:
    play = Play().settle("A01").do(cmd.ChooseMode(step="A03", mode=EXEMPT), by=HOUSEKEEPER)
    assert play.step("A03").state is StepState.EXEMPT


def test_the_enterprise_cannot_exempt_itself() -> None:
    play = Play().settle("A01")
    choice = cmd.ChooseMode(step="A03", mode=EXEMPT)
    assert play.refused(choice, by=ENTERPRISE) is Reason.NOT_PERMITTED


def test_the_department_can_exempt_what_was_handed_in() -> None:
    play = Play().settle("A01").receive("A03").do(cmd.Exempt(step="A03", ground="no emissions"))
    assert (play.step("A03").state, play.step("A03").cause) == ("exempt", "no emissions")


def test_a_signed_commitment_ends_with_an_exemption() -> None:
    play = Play(modes={"A03": COMMITTED}).settle("A01").receive("A03").sign("A03")
    play.do(cmd.Exempt(step="A03", ground="no emissions"))
    assert play.commitment("A03-commitment").state == "dropped"


def test_a_signed_commitment_ends_with_a_refusal_to_accept() -> None:
    play = committed().do(cmd.RefuseAcceptance(step="A02", reason="not our remit"))
    assert play.commitment("A02-commitment").state == "dropped"
