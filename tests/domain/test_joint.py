"""Joint acceptance: opinions, one site visit, one summary, what is put right is looked at again."""

from datetime import date

import pytest

from groundwork.domain import commands as cmd
from groundwork.domain import core
from groundwork.domain import events as ev
from groundwork.domain.facts import Consultation, OpinionKind
from groundwork.domain.model import Role, StepState
from groundwork.domain.rejections import Reason
from tests.domain.acceptance import (
    REVIEW,
    TWO_OFFICERS,
    WATER,
    AcceptancePlay,
    visiting_rules,
)
from tests.domain.worlds import actor, local

KEY = "U04.B1"
AGREE, DISAGREE = OpinionKind.AGREE, OpinionKind.DISAGREE
CONDITIONS, SILENT = OpinionKind.AGREE_WITH_CONDITIONS, OpinionKind.NO_OBJECTION
PASS = cmd.Decide.model_validate({"step": KEY, "result": "pass"})
PUT_RIGHT = cmd.RequestRectification(
    step=KEY,
    items=("the fire lane is blocked", "a door opens inwards"),
    planned_end=date(2026, 3, 20),
)


def asked() -> AcceptancePlay:
    """Joint acceptance of the first building, accepted on a Monday."""
    return AcceptancePlay().planned().acceptable("B1").receive(KEY).accept(KEY)


def consultation(play: AcceptancePlay) -> Consultation:
    found = play.step(KEY).consultation
    assert found is not None
    return found


def test_acceptance_asks_every_department_at_once() -> None:
    play = asked()
    assert consultation(play).departments == ("review", "water")
    assert consultation(play).pending == ("review", "water")
    assert consultation(play).reply_on == date(2026, 3, 5)


def test_each_department_speaks_for_itself_and_may_change_its_mind_in_time() -> None:
    play = asked().say(KEY, REVIEW, DISAGREE, "no lane").say(KEY, REVIEW, AGREE)
    assert consultation(play).opinions["review"].kind is AGREE
    assert consultation(play).pending == ("water",)


@pytest.mark.parametrize("kind", [CONDITIONS, DISAGREE])
def test_a_condition_or_an_objection_says_which(kind: OpinionKind) -> None:
    bare = cmd.GiveOpinion.model_validate({"step": KEY, "opinion": kind})
    assert asked().refused(bare, REVIEW) is Reason.REASON_MISSING


def test_silence_is_no_objection_and_grants_nothing() -> None:
    play = asked().wait("2026-03-06 00:00")
    assert {one.kind for one in consultation(play).opinions.values()} == {SILENT}
    assert play.step(KEY).state is StepState.ACCEPTED
    assert play.step(KEY).decision is None


def test_an_opinion_received_in_time_replaces_silence_however_late_it_is_processed() -> None:
    play = asked().wait("2026-03-09 09:00").at("2026-03-05 23:59").say(KEY, WATER, DISAGREE, "wet")
    assert consultation(play).against == ("water",)


@pytest.mark.parametrize("command", [PASS, PUT_RIGHT], ids=["decide", "rectify"])
def test_what_waits_for_opinions_is_refused_however_late_it_is_processed(
    command: cmd.AnyCommand,
) -> None:
    # Silence became an opinion when 5 March was over; what was received before came too early.
    play = asked().say(KEY, REVIEW).visit(KEY)
    assert play.at("2026-03-05 16:00").refused(command) is Reason.CONSULTATION_PENDING
    play.wait("2026-03-09 09:00").at("2026-03-05 16:00")
    assert play.refused(command) is Reason.CONSULTATION_PENDING
    play.at("2026-03-09 09:00").do(command)


def test_what_an_earlier_release_let_pass_is_carried_out_again_as_it_was() -> None:
    play = asked().visit(KEY).wait("2026-03-09 09:00").at("2026-03-05 16:00")
    early = play.envelope(PASS)
    assert isinstance(core.handle(play.rules, play.chain, early), core.Rejected)
    assert isinstance(core.handle(play.rules, play.chain, early, let_pass=True), core.Accepted)


def test_a_refusal_waits_for_nobody_and_an_opinion_of_the_same_day_counts() -> None:
    late = asked().wait("2026-03-09 09:00").at("2026-03-05 16:00")
    assert late.decide(KEY, "fail").step(KEY).state is StepState.FAILED
    heard = asked().visit(KEY).say(KEY, REVIEW).say(KEY, WATER)
    heard.wait("2026-03-09 09:00").at("2026-03-05 16:00").do(PASS)
    assert heard.step(KEY).state is StepState.PASSED


def test_one_received_after_the_term_is_too_late() -> None:
    late = cmd.GiveOpinion.model_validate({"step": KEY, "opinion": AGREE})
    assert asked().at("2026-03-06 00:00").refused(late, WATER) is Reason.OPINION_TOO_LATE


def test_only_those_asked_may_speak() -> None:
    stranger = actor(Role.OFFICER, "market")
    word = cmd.GiveOpinion.model_validate({"step": KEY, "opinion": AGREE})
    assert asked().refused(word, stranger) is Reason.NOT_CONSULTED


class TestTheSummary:
    def test_it_waits_for_every_opinion_and_for_the_visit(self) -> None:
        play = asked().say(KEY, REVIEW)
        assert play.refused(PASS) is Reason.CONSULTATION_PENDING
        play.say(KEY, WATER)
        assert play.refused(PASS) is Reason.VISIT_MISSING
        play.visit(KEY).do(PASS)
        assert play.step(KEY).state is StepState.PASSED

    def test_conditions_do_not_stand_in_its_way_but_an_objection_does(self) -> None:
        play = asked().say(KEY, REVIEW, CONDITIONS, "mark the lane").say(KEY, WATER).visit(KEY)
        play.do(PASS)
        play = asked().say(KEY, REVIEW, DISAGREE, "no lane").say(KEY, WATER).visit(KEY)
        assert play.refused(PASS) is Reason.OPINION_AGAINST

    def test_a_refusal_needs_no_agreement(self) -> None:
        play = asked().say(KEY, REVIEW, DISAGREE, "no lane").decide(KEY, "fail")
        assert play.step(KEY).state is StepState.FAILED


class TestTheVisit:
    def test_there_is_one_on_a_day_that_may_be_moved_until_it_is_held(self) -> None:
        play = asked()
        for day in (date(2026, 3, 4), date(2026, 3, 5)):
            play.do(cmd.ScheduleVisit(step=KEY, visit_on=day))
        assert consultation(play).visit_on == date(2026, 3, 5)
        held = cmd.RecordVisit(step=KEY, visited_on=date(2026, 3, 5), findings="dry")
        play.at("2026-03-05 17:00").do(held)
        assert play.refused(held) is Reason.ALREADY_VISITED

    def test_it_is_neither_set_in_the_past_nor_held_in_the_future(self) -> None:
        play = asked()
        past = cmd.ScheduleVisit(step=KEY, visit_on=date(2026, 3, 1))
        future = cmd.RecordVisit(step=KEY, visited_on=date(2026, 3, 3))
        assert play.refused(past) is Reason.VISIT_IN_PAST
        assert play.refused(future) is Reason.VISIT_NOT_HELD

    def test_other_steps_have_none(self) -> None:
        visit = cmd.ScheduleVisit(step="U01.B1", visit_on=date(2026, 3, 3))
        assert AcceptancePlay().planned().receive("U01.B1").refused(visit) is Reason.NOT_JOINT


class TestWhoVisits:
    """Two officers of the lead department or more, where the definition asks for them."""

    def asked(self) -> AcceptancePlay:
        play = AcceptancePlay(rules=visiting_rules()).planned().acceptable("B1")
        return play.receive(KEY).accept(KEY)

    @pytest.mark.parametrize("officers", [(), ("officer-a",), ("officer-a", "officer-a")])
    def test_too_few_are_refused_with_how_many_it_takes(self, officers: tuple[str, ...]) -> None:
        visit = cmd.RecordVisit(step=KEY, visited_on=date(2026, 3, 2), officers=officers)
        refusal = self.asked().refusal(visit)
        assert refusal.reason is Reason.VISIT_OFFICERS_MISSING
        assert "takes 2 officers" in refusal.sentence("en")
        assert "至少 2 名" in refusal.sentence("zh")

    def test_they_are_kept_each_once_in_event_and_state(self) -> None:
        play = self.asked().visit(KEY, *TWO_OFFICERS, TWO_OFFICERS[0])
        (held,) = [one for one in play.last if isinstance(one, ev.SiteVisitHeld)]
        assert held.officers == consultation(play).visited_by == TWO_OFFICERS

    def test_a_second_round_asks_for_them_again(self) -> None:
        play = self.asked().say(KEY, REVIEW, DISAGREE, "no lane").say(KEY, WATER)
        play.visit(KEY, *TWO_OFFICERS).do(PUT_RIGHT)
        play.at("2026-03-10 10:00").do(cmd.SubmitRectification(step=KEY))
        assert consultation(play).visited_by == ()
        visit = cmd.RecordVisit(step=KEY, visited_on=date(2026, 3, 10))
        assert play.refused(visit) is Reason.VISIT_OFFICERS_MISSING
        play.visit(KEY, "officer-c", "officer-d")
        assert consultation(play).visited_by == ("officer-c", "officer-d")

    def test_a_definition_that_does_not_ask_takes_a_visit_with_and_without_them(self) -> None:
        assert consultation(asked().visit(KEY)).visited_by == ()
        assert consultation(asked().visit(KEY, "officer-a")).visited_by == ("officer-a",)

    def test_what_is_not_said_is_not_written(self) -> None:
        play = asked().visit(KEY)
        command = cmd.RecordVisit(step=KEY, visited_on=date(2026, 3, 2))
        terms = play.rules.definition.joint
        assert terms is not None
        for written in (command, play.last[-1], consultation(play), terms):
            named = {"officers", "visited_by", "visit"}
            assert not named & written.model_dump().keys(), type(written)


class TestPuttingRight:
    def objected(self) -> AcceptancePlay:
        return asked().say(KEY, REVIEW, DISAGREE, "no lane").say(KEY, WATER).visit(KEY)

    def test_everything_is_told_once_and_the_clock_stops(self) -> None:
        play = self.objected().do(PUT_RIGHT)
        assert play.step(KEY).state is StepState.STOPPED
        assert play.refused(PUT_RIGHT) is Reason.WRONG_STATE
        play.at("2026-03-10 10:00").do(cmd.SubmitRectification(step=KEY, document="photos"))
        play.at("2026-03-11 10:00").say(KEY, REVIEW).visit(KEY)
        assert play.refused(PUT_RIGHT) is Reason.ALREADY_RECTIFIED

    def test_those_who_objected_look_again_within_their_term(self) -> None:
        play = self.objected().do(PUT_RIGHT)
        play.at("2026-03-10 10:00").do(cmd.SubmitRectification(step=KEY))
        again = consultation(play)
        assert (again.round, again.departments) == (2, ("review",))
        assert again.reply_on == date(2026, 3, 13)
        assert again.opinions["water"].kind is AGREE
        assert play.step(KEY).state is StepState.RESUMED

    def test_the_second_visit_and_agreement_lead_to_the_opinion(self) -> None:
        play = self.objected().do(PUT_RIGHT)
        play.at("2026-03-10 10:00").do(cmd.SubmitRectification(step=KEY))
        play.at("2026-03-11 10:00").say(KEY, REVIEW)
        assert play.refused(PASS) is Reason.VISIT_MISSING
        play.visit(KEY).do(PASS)
        assert play.step(KEY).state is StepState.PASSED

    def test_not_before_all_have_spoken(self) -> None:
        play = asked().say(KEY, REVIEW, DISAGREE, "no lane")
        assert play.refused(PUT_RIGHT) is Reason.CONSULTATION_PENDING

    def test_what_comes_after_its_term_is_too_late(self) -> None:
        play = self.objected().do(PUT_RIGHT).wait("2026-03-21 00:00")
        done = cmd.SubmitRectification(step=KEY)
        assert play.refused(done) is Reason.RECTIFIED_TOO_LATE
        in_time = play.at("2026-03-20 23:59").do(done)
        assert consultation(in_time).round == 2

    def test_nothing_to_put_right(self) -> None:
        assert asked().refused(cmd.SubmitRectification(step=KEY)) is Reason.NOTHING_TO_RECTIFY


def test_any_step_with_departments_consulted_can_be_consulted_on() -> None:
    play = AcceptancePlay().settle("B01").receive("W02").accept("W02")
    opened = cmd.OpenConsultation(step="W02")
    play.do(opened)
    assert play.refused(opened) is Reason.ALREADY_CONSULTED
    passing = cmd.Decide.model_validate({"step": "W02", "result": "pass"})
    assert play.refused(passing) is Reason.CONSULTATION_PENDING
    play.say("W02", WATER).do(passing)


def test_there_is_nobody_to_consult_on_other_steps() -> None:
    play = AcceptancePlay().planned().receive("U01.B1").accept("U01.B1")
    assert play.refused(cmd.OpenConsultation(step="U01.B1")) is Reason.NOBODY_TO_CONSULT


def test_a_reply_is_due_at_the_end_of_its_last_day() -> None:
    assert local(consultation(asked()).reply_before) == "2026-03-06 00:00"
