"""Cards: who must answer, what follows without an answer, and how a card is appealed."""

from datetime import date

import pytest

from groundwork.domain import commands as cmd
from groundwork.domain.ladder import answer_overdue, can_be_appealed
from groundwork.domain.model import AppealState, ChainState, EscalationState, Role
from groundwork.domain.rejections import Reason
from groundwork.domain.rules import Rules
from tests.domain.ladders import CARDS, HOTLINE, carded_rules
from tests.domain.small import STEPS
from tests.domain.worlds import OFFICE, Play, actor, local, moment, rules_of, small_rules

YELLOW, RED = "A01-yellow_card", "A01-red_card"
ANSWER = cmd.Acknowledge(escalation=YELLOW, answer="two officers are ill")
APPEAL = cmd.AppealEscalation(escalation=YELLOW, reason="the system was down")


def carded(when: str = "2026-03-06 09:00") -> Play:
    """A01 due on 4 March and not decided: its yellow card is of 6 March, a Friday."""
    play = Play(carded_rules()).at("2026-03-02 10:00").receive("A01").accept("A01")
    return play.wait(when)


def by_the_hour() -> Play:
    """A10 accepted at ten, with eight hours to run, on the hour ladder."""
    play = Play(carded_rules()).settle("A01")
    return play.at("2026-03-02 10:00").receive("A10").accept("A10")


class TestAnswers:
    def test_an_unanswered_card_is_marked_and_leads_on_at_once(self) -> None:
        play = carded().wait("2026-03-10 08:00")
        assert play.happened() == ["answer_overdue", "escalation_fired"]
        assert play.escalation(YELLOW).answer_overdue
        red = play.escalation(RED)
        # A working day earlier than the clock alone would have had it.
        assert (local(red.at), red.because) == ("2026-03-10 00:00", YELLOW)

    def test_an_answer_in_time_leaves_the_ladder_to_the_clock(self) -> None:
        play = carded().do(ANSWER).wait("2026-03-11 08:00")
        assert not play.escalation(YELLOW).answer_overdue
        red = play.escalation(RED)
        assert (local(red.at), red.because) == ("2026-03-11 00:00", None)

    def test_an_answer_records_who_and_when(self) -> None:
        card = carded().do(ANSWER).escalation(YELLOW)
        assert (card.answered_by, local(card.answered_at)) == (
            "person-officer",
            "2026-03-06 09:00",
        )

    def test_an_overseer_may_answer_too(self) -> None:
        assert carded().do(ANSWER, OFFICE).escalation(YELLOW).answered_by == OFFICE.id

    def test_a_late_answer_is_taken_and_the_mark_stays(self) -> None:
        card = carded("2026-03-10 08:00").do(ANSWER).escalation(YELLOW)
        assert (card.state, card.answer_overdue) == (EscalationState.ACKNOWLEDGED, True)

    def test_a_marked_card_leads_nowhere(self) -> None:
        play = carded().do(ANSWER).wait("2026-03-31 08:00")
        assert play.escalation(RED).answer_overdue
        assert local(play.escalation("A01-referral").at) == "2026-03-12 00:00"

    def test_an_answer_received_in_time_undoes_what_followed_from_its_delay(self) -> None:
        play = carded("2026-03-10 08:00").at("2026-03-09 23:59").do(ANSWER)
        assert play.happened() == [
            "answer_overdue_reversed",
            "escalation_reversed",
            "escalation_acknowledged",
        ]
        assert play.step("A01").level == 3
        again = play.wait("2026-03-31 08:00").rungs("A01")
        assert again[2:] == [
            ("yellow_card", "2026-03-06 00:00"),
            ("red_card", "2026-03-11 00:00"),
            ("referral", "2026-03-12 00:00"),
        ]

    def test_after_the_decision_the_explanation_is_still_owed_but_nothing_climbs(self) -> None:
        play = carded().decide("A01").wait("2026-03-31 08:00")
        assert play.happened(YELLOW) == ["answer_overdue"]
        assert RED not in play.chain.escalations

    def test_what_followed_is_undone_on_a_decided_step_too(self) -> None:
        play = carded("2026-03-10 08:00").decide("A01").at("2026-03-09 12:00").do(ANSWER)
        assert play.escalation(RED).state is EscalationState.REVERSED
        assert play.step("A01").state == "passed"

    def test_where_the_ladder_says_nothing_an_overdue_answer_is_only_seen(self) -> None:
        play = Play(small_rules()).at("2026-03-02 10:00").receive("A01").accept("A01")
        card = play.wait("2026-03-31 08:00").escalation(YELLOW)
        assert not card.answer_overdue
        assert answer_overdue(card, play.now)
        assert not answer_overdue(card, moment("2026-03-09 23:59"))


class TestTheEndOfAChain:
    """On a chain that had ended, nobody was silent: only the processing was late."""

    def _silent(self, rules: Rules) -> Play:
        play = Play(rules, "2026-03-02 09:00").receive("A01").accept("A01")
        play.wait("2026-03-10 09:00").at("2026-03-09 10:00")
        assert play.escalation("A01-yellow_card").answer_overdue
        return play

    def test_withdrawn_before_the_answer_was_due(self) -> None:
        play = self._silent(carded_rules()).do(cmd.WithdrawChain(reason="no more money"))
        assert not play.escalation("A01-yellow_card").answer_overdue
        assert play.escalation("A01-red_card").state is EscalationState.REVERSED

    def test_completed_before_the_answer_was_due(self) -> None:
        play = self._silent(rules_of(STEPS[0], ladder=CARDS)).decide("A01")
        assert play.state() is ChainState.COMPLETED
        assert not play.escalation("A01-yellow_card").answer_overdue


class TestAppeals:
    def test_an_appeal_waits_for_somebody_above_the_departments(self) -> None:
        appeal = carded().do(APPEAL).escalation(YELLOW).appeal
        assert appeal is not None
        assert (appeal.state, appeal.by) == (AppealState.PENDING, "person-officer")
        assert appeal.reason == "the system was down"

    @pytest.mark.parametrize("role", [Role.BUSINESS_ENVIRONMENT_OFFICE, Role.LIAISON_LEADER])
    def test_a_granted_appeal_annuls_the_card_which_stays_in_history(self, role: Role) -> None:
        judge = actor(role)
        annul = cmd.AnnulEscalation(escalation=YELLOW, reason="it was down indeed")
        card = carded().do(APPEAL).do(annul, judge).escalation(YELLOW)
        assert (card.state, card.annulled_for) == (EscalationState.ANNULLED, "it was down indeed")
        assert card.appeal is not None
        assert (card.appeal.state, card.appeal.decided_by) == (AppealState.GRANTED, judge.id)

    def test_a_dismissed_appeal_leaves_the_card(self) -> None:
        play = carded().do(APPEAL)
        play.do(cmd.UpholdEscalation(escalation=YELLOW, reason="the log shows no outage"))
        card = play.escalation(YELLOW)
        assert card.state is EscalationState.OPEN
        assert card.appeal is not None
        assert card.appeal.state is AppealState.DISMISSED
        assert play.refused(APPEAL) is Reason.ALREADY_APPEALED

    def test_the_term_is_two_working_days_and_the_refusal_says_until_when(self) -> None:
        assert carded().escalation(YELLOW).appeal_by == date(2026, 3, 10)
        carded().at("2026-03-10 23:59").do(APPEAL)
        refused = carded().at("2026-03-11 00:00").refusal(APPEAL)
        assert refused.reason is Reason.APPEAL_TOO_LATE
        assert "2026-03-10" in refused.sentence("en")
        assert "2026-03-10" in refused.sentence("zh")

    def test_an_appeal_received_in_time_counts_however_late_it_is_processed(self) -> None:
        play = carded("2026-03-20 09:00").at("2026-03-10 23:59").do(APPEAL)
        assert play.escalation(YELLOW).appeal is not None

    def test_an_appeal_suspends_nothing(self) -> None:
        play = carded().do(APPEAL).wait("2026-03-10 08:00")
        assert play.escalation(YELLOW).answer_overdue
        assert RED in play.chain.escalations

    def test_what_can_be_appealed_can_be_seen(self) -> None:
        play = carded()
        assert can_be_appealed(play.escalation(YELLOW), play.now)
        assert not can_be_appealed(play.escalation(YELLOW), moment("2026-03-11 00:00"))
        assert not can_be_appealed(play.escalation("A01-red"), play.now)
        assert not can_be_appealed(play.do(APPEAL).escalation(YELLOW), play.now)


class TestHours:
    def test_an_hour_ladder_fires_to_the_minute(self) -> None:
        assert by_the_hour().wait("2026-03-31 08:00").rungs("A10") == [
            ("yellow", "2026-03-02 14:00"),  # half of eight hours
            ("red", "2026-03-02 18:00"),
            ("yellow_card", "2026-03-02 19:00"),
        ]

    def test_not_a_minute_before(self) -> None:
        assert by_the_hour().wait("2026-03-02 13:59").rungs("A10") == []
        assert by_the_hour().wait("2026-03-02 18:59").step("A10").level == 2

    def test_other_steps_keep_the_chains_own_ladder(self) -> None:
        rules = carded_rules()
        assert [one.id for one in rules.ladder("A10")] == ["yellow", "red", "yellow_card"]
        assert rules.ladder("A02") == rules.ladder("A08.A") == rules.definition.ladder

    def test_an_answer_may_be_due_within_hours(self) -> None:
        play = by_the_hour().wait("2026-03-02 20:59")
        card = play.escalation("A10-yellow_card")
        assert (card.answer_by, local(card.answer_over)) == (date(2026, 3, 2), "2026-03-02 21:00")
        assert not card.answer_overdue
        assert play.wait("2026-03-02 21:00").escalation(card.id).answer_overdue

    def test_a_refusal_names_the_hour_of_a_term_in_hours(self) -> None:
        play = by_the_hour().wait("2026-03-02 22:00")
        appeal = cmd.AppealEscalation(escalation="A10-yellow_card", reason="so")
        assert "2026-03-02 22:00" in play.refusal(appeal).sentence("en")

    def test_on_a_limit_in_days_hours_run_on_from_its_end(self) -> None:
        play = Play(rules_of(*STEPS, ladder=HOTLINE))
        play.at("2026-03-02 10:00").receive("A01").accept("A01").wait("2026-03-31 08:00")
        assert play.rungs("A01")[1:] == [
            ("red", "2026-03-05 00:00"),
            ("yellow_card", "2026-03-05 01:00"),
        ]
