"""The escalation ladder: which rung is reached at which moment, and what people do about it."""

from datetime import date

import pytest

from groundwork.domain import commands as cmd
from groundwork.domain import events as ev
from groundwork.domain.definition import StopReason
from groundwork.domain.model import EscalationState, Light
from groundwork.domain.views import step_light
from tests.domain.worlds import Play, local, real_rules


def reviewed(accepted: str = "2026-03-02 10:00") -> Play:
    """A02 accepted at that moment, with ten working days to run."""
    return Play(start="2026-01-05 09:00").settle("A01").at(accepted).receive("A02").accept("A02")


def test_every_rung_is_reached_at_its_moment_across_may_day() -> None:
    # Off from 1 to 5 May, and Saturday the 9th is worked: the tenth working day is 11 May.
    play = reviewed("2026-04-23 10:00").wait("2026-12-31 09:00")
    assert play.rungs("A02") == [
        ("yellow", "2026-05-07 00:00"),  # the seventh of ten days begins
        ("red", "2026-05-12 00:00"),  # 11 May is over
        ("yellow_card", "2026-05-13 00:00"),
        ("red_card", "2026-05-15 00:00"),
        ("referral", "2026-05-19 00:00"),  # after a weekend
    ]


def test_working_days_past_due_leave_national_day_out() -> None:
    play = reviewed("2026-09-16 10:00").wait("2026-12-31 09:00")
    assert play.step("A02").due_on == date(2026, 9, 30)
    assert play.rungs("A02")[1:] == [
        ("red", "2026-10-01 00:00"),
        ("yellow_card", "2026-10-09 00:00"),  # 8 October is the next working day
        ("red_card", "2026-10-11 00:00"),  # Saturday the 10th is worked
        ("referral", "2026-10-14 00:00"),
    ]


def test_a_short_limit_turns_yellow_when_one_day_is_left() -> None:
    play = Play().at("2026-03-02 10:00").receive("A01").accept("A01").wait("2026-03-04 09:00")
    assert play.rungs("A01") == [("yellow", "2026-03-03 00:00")]


def test_a_limit_of_one_day_is_yellow_for_that_day() -> None:
    play = Play(real_rules()).at("2026-03-02 10:00").receive("L01").accept("L01")
    assert play.wait("2026-03-03 23:00").rungs("L01") == [("yellow", "2026-03-03 00:00")]


def test_a_limit_in_hours_climbs_by_the_hour() -> None:
    play = Play().settle("A01").at("2026-03-02 10:00").receive("A10").accept("A10")
    assert play.wait("2026-03-02 23:00").rungs("A10") == [
        ("yellow", "2026-03-02 15:36"),  # 70 percent of eight hours
        ("red", "2026-03-02 18:00"),
        ("yellow_card", "2026-03-02 19:00"),
        ("red_card", "2026-03-02 21:00"),
        ("referral", "2026-03-02 23:00"),
    ]


def test_lights_go_from_green_over_yellow_to_red() -> None:
    play = reviewed()
    lights = [
        play.wait(f"2026-03-{day} 12:00").step("A02").light for day in ("10", "11", "16", "17")
    ]
    assert lights == [Light.GREEN, Light.YELLOW, Light.YELLOW, Light.RED]


def test_each_rung_tells_its_recipients() -> None:
    play = reviewed().wait("2026-03-17 09:00")
    assert play.escalation("A02-yellow").recipients == ("officer",)
    assert play.escalation("A02-red").recipients == ("deputy_leader", "data_bureau")


def test_the_yellow_card_asks_for_an_answer_within_a_working_day() -> None:
    card = reviewed().wait("2026-03-18 09:00").escalation("A02-yellow_card")
    assert (local(card.at), card.answer_by) == ("2026-03-18 00:00", date(2026, 3, 19))


def test_the_red_card_comes_with_a_supervision_order() -> None:
    play = reviewed().wait("2026-03-20 09:00")
    assert play.escalation("A02-red_card").supervision_order
    assert not play.escalation("A02-yellow_card").supervision_order


def test_only_a_person_refers_a_delay() -> None:
    play = reviewed().wait("2027-01-31 09:00")
    referral = play.escalation("A02-referral")
    assert (referral.human_decides, referral.referred) == (True, None)
    play.do(cmd.DecideReferral(escalation="A02-referral", refer=True, reason="third time"))
    decided = play.escalation("A02-referral")
    assert (decided.state, decided.referred) == (EscalationState.ACKNOWLEDGED, True)


def test_the_ladder_ends_with_its_last_rung() -> None:
    play = reviewed().wait("2026-12-31 09:00")
    assert len(play.rungs("A02")) == 5
    assert play.wait("2029-12-31 09:00").last == ()


def test_no_rung_is_reached_after_the_decision() -> None:
    play = reviewed().at("2026-03-12 10:00").decide("A02").wait("2026-12-31 09:00")
    assert play.rungs("A02") == [("yellow", "2026-03-11 00:00")]
    assert step_light(play.step("A02")) is Light.DONE


def test_nobody_is_late_before_the_application_is_accepted() -> None:
    play = Play().at("2026-03-02 10:00").receive("A01").wait("2026-03-09 23:00")
    assert play.rungs("A01") == []


def test_lights_freeze_while_the_clock_is_stopped() -> None:
    play = reviewed().at("2026-03-10 10:00").stop("A02", "2026-06-30").wait("2026-06-30 12:00")
    assert play.rungs("A02") == []
    assert step_light(play.step("A02")) is Light.PAUSED


def test_after_a_stop_the_ladder_goes_on_from_where_it_was() -> None:
    play = reviewed().at("2026-03-12 10:00").stop("A02", "2026-03-31")
    play.at("2026-03-19 10:00").resume("A02").wait("2026-03-24 09:00")
    assert play.rungs("A02") == [
        ("yellow", "2026-03-11 00:00"),  # not once more after the resumption
        ("red", "2026-03-24 00:00"),
    ]


def test_a_frozen_yellow_light_shows_as_paused_and_comes_back() -> None:
    play = reviewed().at("2026-03-12 10:00").stop("A02", "2026-03-31")
    assert step_light(play.step("A02")) is Light.PAUSED
    assert step_light(play.at("2026-03-19 10:00").resume("A02").step("A02")) is Light.YELLOW


def test_two_stops_freeze_the_lights_until_both_have_ended() -> None:
    play = reviewed().at("2026-03-03 10:00").stop("A02", "2026-03-05")
    play.stop("A02", "2026-04-30", StopReason.PUBLICITY).wait("2026-04-30 12:00")
    assert play.rungs("A02") == []


def test_an_extension_eases_the_light_and_the_escalation_stands() -> None:
    play = reviewed().at("2026-03-12 10:00").extend("A02", 10)
    assert play.happened("A02")[-2:] == ["limit_extended", "light_eased"]
    assert (play.step("A02").level, play.step("A02").light) == (0, Light.GREEN)
    assert play.escalation("A02-yellow").state is EscalationState.OPEN


def test_an_eased_light_can_turn_yellow_again() -> None:
    play = reviewed().at("2026-03-12 10:00").extend("A02", 10).wait("2026-03-30 09:00")
    assert play.rungs("A02") == [
        ("yellow", "2026-03-11 00:00"),
        ("yellow", "2026-03-20 00:00"),  # the fourteenth of twenty days
    ]
    assert {"A02-yellow", "A02-yellow-2"} <= set(play.chain.escalations)


def test_a_short_extension_leaves_the_light_yellow() -> None:
    play = reviewed().at("2026-03-16 10:00").extend("A02", 1)
    assert play.happened("A02")[-1] == "limit_extended"
    assert play.step("A02").light is Light.YELLOW


def test_a_light_that_the_longer_limit_reaches_at_that_instant_stays() -> None:
    play = reviewed().at("2026-03-12 00:00").extend("A02", 1)
    assert play.happened("A02")[-1] == "limit_extended"
    assert play.step("A02").light is Light.YELLOW


def test_a_new_application_climbs_its_own_ladder() -> None:
    play = reviewed().at("2026-03-17 10:00").decide("A02", "fail")
    play.at("2026-03-18 10:00").receive("A02").accept("A02").wait("2026-03-27 09:00")
    assert play.step("A02").level == 1
    assert "A02-yellow-2" in play.chain.escalations


def test_an_explanation_is_kept_with_the_card() -> None:
    play = reviewed().wait("2026-03-18 09:00")
    play.do(cmd.Acknowledge(escalation="A02-yellow_card", answer="two officers are ill"))
    card = play.escalation("A02-yellow_card")
    assert (card.state, card.answer) == (EscalationState.ACKNOWLEDGED, "two officers are ill")


@pytest.mark.parametrize("acknowledged", [False, True])
def test_a_card_taken_back_leaves_the_light_as_the_clock_has_it(acknowledged: bool) -> None:
    play = reviewed().wait("2026-03-20 09:00")
    if acknowledged:
        play.do(cmd.Acknowledge(escalation="A02-red_card"))
    play.do(cmd.AnnulEscalation(escalation="A02-red_card", reason="the system was down"))
    assert play.escalation("A02-red_card").state is EscalationState.ANNULLED
    assert play.step("A02").light is Light.RED


def test_a_card_taken_back_is_not_given_again() -> None:
    play = reviewed().wait("2026-03-20 09:00")
    play.do(cmd.AnnulEscalation(escalation="A02-red_card", reason="the system was down"))
    play.wait("2026-04-30 09:00")
    assert [e.rung for e in play.last if isinstance(e, ev.EscalationFired)] == ["referral"]
