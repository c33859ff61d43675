"""A calendar adopted mid-flight: open terms move, past ones stand, lights follow from now on."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwork.catalogue.calendars import load_calendar
from groundwork.domain import commands as cmd
from groundwork.domain import core
from groundwork.domain import events as ev
from groundwork.domain.calendar import Calendar, end_of
from groundwork.domain.core import Accepted
from groundwork.domain.fold import fold
from groundwork.domain.ladder import level_at
from groundwork.domain.model import SYSTEM, Actor, Light, Role
from groundwork.domain.rejections import Reason
from groundwork.domain.rules import Rules
from tests.domain.ladders import carded_rules
from tests.domain.small import COMMITTED, TOLERANT, limit, small_definition, text
from tests.domain.worlds import OFFICE, Play, local, moment

OLD = load_calendar("cn-2026.1")


def changed(version: str = "cn-2026.9", **changes: object) -> Calendar:
    return Calendar.model_validate({**dict(OLD), "version": version, **changes})


def with_off(*days: str, version: str = "cn-2026.9") -> Calendar:
    """The calendar with further days off, and make-up days among them no longer worked."""
    more = {date.fromisoformat(day): text("extended") for day in days}
    worked = {day: name for day, name in OLD.days_worked.items() if day not in more}
    return changed(version, days_off={**OLD.days_off, **more}, days_worked=worked)


def with_worked(*days: str, version: str = "cn-2026.9") -> Calendar:
    """The calendar with fewer days off or more weekend days worked."""
    named = {date.fromisoformat(day) for day in days}
    off = {day: name for day, name in OLD.days_off.items() if day not in named}
    weekend = {day: text("made up") for day in named if day.weekday() >= 5}
    return changed(version, days_off=off, days_worked={**OLD.days_worked, **weekend})


def play(*calendars: Calendar, start: str = "2026-03-02 09:00", **choices: object) -> Play:
    known = {one.version: one for one in (OLD, *calendars)}
    rules = Rules(small_definition(), OLD, known.__getitem__)
    return Play(rules, start, **choices)


def adopt(game: Play, calendar: Calendar, by: Actor = SYSTEM) -> Play:
    game.do(cmd.AdoptCalendar(version=calendar.version), by)
    game.rules = game.rules.under(game.chain.calendar_version)
    return game


def adoption(game: Play) -> ev.CalendarAdopted:
    (found,) = [one for one in game.last if isinstance(one, ev.CalendarAdopted)]
    return found


class TestTheRealExtensionOf2020:
    """On 27 January 2020 the State Council prolonged the Spring Festival until 2 February."""

    BEFORE = changed(
        "cn-2020.1",
        days_off={
            day: name
            for day, name in OLD.days_off.items()
            if day not in {date(2020, 1, 31), date(2020, 2, 1), date(2020, 2, 2)}
        },
        days_worked={**OLD.days_worked, date(2020, 2, 1): text("Spring Festival")},
    )

    def test_five_working_days_move_from_5_to_7_february(self) -> None:
        rules = Rules(small_definition(), self.BEFORE, {OLD.version: OLD}.__getitem__)
        game = Play(rules, "2020-01-23 09:00").receive("A01")
        assert local(game.step("A01").accept_by) == "2020-02-06 00:00"
        adopt(game.at("2020-01-27 10:00"), OLD)
        (term,) = adoption(game).terms
        assert (term.kind, term.before, term.after) == (
            ev.TermKind.ACCEPTANCE,
            date(2020, 2, 5),
            date(2020, 2, 7),
        )
        assert local(game.step("A01").accept_by) == "2020-02-08 00:00"

    def test_a_clock_and_the_plain_count_agree(self) -> None:
        assert self.BEFORE.add_working_days(date(2020, 1, 23), 5) == date(2020, 2, 5)
        assert OLD.add_working_days(date(2020, 1, 23), 5) == date(2020, 2, 7)


class TestWhatMoves:
    def test_a_running_clock_moves_and_the_event_says_from_where(self) -> None:
        later = with_off("2026-03-03")
        game = adopt(play(later).receive("A01").accept("A01").at("2026-03-02 12:00"), later)
        (term,) = adoption(game).terms
        assert (term.before, term.after, term.moved) == (date(2026, 3, 4), date(2026, 3, 5), True)
        assert game.step("A01").due_on == date(2026, 3, 5)
        assert game.chain.calendar_version == "cn-2026.9"
        assert adoption(game).previous == "cn-2026.1"

    def test_cures_and_commitments_move_too(self) -> None:
        later = with_off("2026-03-03")
        game = play(later, modes={"A02": TOLERANT, "A03": COMMITTED})
        game.settle("A01").receive("A02", lacking=("opinion",)).accept("A02")
        game.receive("A03").sign("A03")
        cure = game.deficiency("A02-opinion")
        promise = game.commitment("A03-commitment")
        adopt(game.at("2026-03-02 12:00"), later)
        assert game.deficiency("A02-opinion").cure_by == cure.cure_by + timedelta(days=1)
        assert promise.due_on is not None
        assert game.commitment("A03-commitment").due_on == promise.due_on + timedelta(days=1)
        moved = {(one.kind.value, one.step) for one in adoption(game).terms if one.moved}
        assert {("deficiency", "A02"), ("commitment", "A03")} <= moved

    def test_a_rectification_counts_from_its_order(self) -> None:
        later = with_off("2026-03-04")
        game = play(later, modes={"A03": COMMITTED}).settle("A01").receive("A03").sign("A03")
        order = cmd.VerificationOutcome.RECTIFY
        game.at("2026-03-03 09:00").do(
            cmd.VerifyCommitment(commitment="A03-commitment", outcome=order, reason="not built")
        )
        assert game.commitment("A03-commitment").due_on == date(2026, 3, 17)
        adopt(game.at("2026-03-03 12:00"), later)
        assert game.commitment("A03-commitment").due_on == date(2026, 3, 18)

    def test_hours_and_ended_steps_stay(self) -> None:
        later = with_off("2026-03-03", "2026-03-04")
        game = play(later).settle("A01").receive("A10").accept("A10")
        due_on = game.step("A10").due_on
        adopt(game.at("2026-03-02 12:00"), later)
        assert game.step("A10").due_on == due_on
        assert "A01" not in {one.key for one in adoption(game).terms}

    def test_a_stopped_clock_keeps_its_stop_and_counts_on_by_the_new_calendar(self) -> None:
        later = with_off("2026-03-20")
        game = play(later).settle("A01").receive("A02").accept("A02")
        game.at("2026-03-03 09:00").stop("A02", "2026-03-10")
        adopt(game.at("2026-03-04 09:00"), later)
        game.at("2026-03-05 09:00").resume("A02")
        expected = play(later, start="2026-03-02 09:00")
        expected.rules = expected.rules.under(later.version)
        expected.settle("A01").receive("A02").accept("A02")
        expected.at("2026-03-03 09:00").stop("A02", "2026-03-10")
        expected.at("2026-03-05 09:00").resume("A02")
        assert game.step("A02").due_on == expected.step("A02").due_on
        assert game.step("A02").clock == expected.step("A02").clock

    def test_what_is_accepted_later_counts_by_the_new_calendar(self) -> None:
        later = with_off("2026-03-03")
        game = adopt(play(later).receive("A01"), later).accept("A01")
        assert game.step("A01").due_on == date(2026, 3, 5)


def carded(later: Calendar) -> Play:
    """A01 was due on 4 March 2026; its yellow card of the 6th asks for an answer by that day."""
    known = {OLD.version: OLD, later.version: later}
    game = Play(Rules(carded_rules().definition, OLD, known.__getitem__), "2026-03-02 09:00")
    game.receive("A01").accept("A01").wait("2026-03-06 09:00")
    assert game.escalation("A01-yellow_card").answer_by == date(2026, 3, 9)
    return game


class TestCards:
    def test_the_days_for_an_answer_and_an_appeal_move_with_the_calendar(self) -> None:
        later = with_off("2026-03-09", "2026-03-10")
        game = adopt(carded(later), later)
        card = game.escalation("A01-yellow_card")
        assert (card.answer_by, card.appeal_by) == (date(2026, 3, 11), date(2026, 3, 12))
        assert card.appeal_before == end_of(date(2026, 3, 12))
        moved = {
            term.kind.value: (term.key, term.before, term.after) for term in adoption(game).terms
        }
        assert moved["answer"] == (card.id, date(2026, 3, 9), date(2026, 3, 11))
        assert moved["appeal"] == (card.id, date(2026, 3, 10), date(2026, 3, 12))
        assert game.wait("2026-03-11 23:59").happened("A01-yellow_card") == []
        assert game.wait("2026-03-12 00:00").happened("A01-yellow_card") == ["answer_overdue"]
        assert game.chain == fold(game.events)

    def test_a_day_that_was_shortened_lasts_until_the_adoption_day_is_over(self) -> None:
        longer = with_off("2026-03-09", version="cn-2026.8")
        known = {one.version: one for one in (OLD, longer)}
        game = Play(Rules(carded_rules().definition, longer, known.__getitem__))
        game.receive("A01").accept("A01").wait("2026-03-10 10:00")
        assert game.escalation("A01-yellow_card").answer_by == date(2026, 3, 10)
        adopt(game, OLD)
        assert game.escalation("A01-yellow_card").answer_by == date(2026, 3, 10)
        game.do(cmd.Acknowledge(escalation="A01-yellow_card", answer="too few hands"))

    def test_what_is_over_answered_or_appealed_stays(self) -> None:
        later = with_off("2026-03-09", "2026-03-10")
        game = carded(later)
        game.do(cmd.Acknowledge(escalation="A01-yellow_card", answer="too few hands"))
        game.do(cmd.AppealEscalation(escalation="A01-yellow_card", reason="the system was down"))
        before = game.escalation("A01-yellow_card")
        assert adopt(game, later).escalation("A01-yellow_card") == before
        late = carded(later).wait("2026-03-11 09:00")
        silent = late.escalation("A01-yellow_card")
        assert silent.answer_overdue
        assert adopt(late, later).escalation("A01-yellow_card") == silent

    def test_a_light_is_not_eased_below_what_an_unanswered_card_led_to(self) -> None:
        # By its days alone the clock stands at the yellow card again, which nobody answered.
        later = with_off("2026-03-09")
        game = carded(later).wait("2026-03-11 09:00")
        assert game.escalation("A01-red_card").because == "A01-yellow_card"
        adopt(game, later)
        assert level_at(game.rules, game.step("A01"), game.now)[0] == 3
        assert game.happened() == ["calendar_adopted"]
        assert game.step("A01").level == 4
        assert game.wait("2026-03-11 12:00").last == ()

    def test_hours_stay(self) -> None:
        later = with_off("2026-03-03")
        known = {OLD.version: OLD, later.version: later}
        game = Play(Rules(carded_rules().definition, OLD, known.__getitem__), "2026-03-02 09:00")
        game.settle("A01").receive("A10").accept("A10").wait("2026-03-02 18:30")
        before = game.escalation("A10-yellow_card")
        assert before.answer_before is not None
        assert adopt(game, later).escalation("A10-yellow_card") == before


class TestLights:
    def test_a_clock_that_got_time_is_eased_and_its_past_escalations_stand(self) -> None:
        later = with_off("2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06")
        game = play(later).receive("A01").accept("A01").wait("2026-03-05 00:00")
        before = dict(game.chain.escalations)
        assert game.step("A01").light is Light.RED
        adopt(game.at("2026-03-05 09:00"), later)
        assert game.happened() == ["calendar_adopted", "light_eased"]
        assert game.step("A01").light is Light.GREEN
        assert game.chain.escalations == before
        game.wait("2026-03-11 00:00")
        assert [rung for rung, _ in game.rungs("A01")] == ["yellow", "red", "yellow", "red"]

    def test_a_clock_that_became_overdue_escalates_at_the_adoption(self) -> None:
        # Labour Day is cut short: what was due after it is overdue at once.
        shorter = with_worked("2026-05-04", "2026-05-05")
        game = play(shorter, start="2026-04-30 09:00").receive("A01").accept("A01")
        assert game.step("A01").due_on == date(2026, 5, 7)
        game.wait("2026-05-06 00:00")
        adopt(game.at("2026-05-06 10:00"), shorter)
        assert game.step("A01").due_on == date(2026, 5, 5)
        fired = [one for one in game.last if isinstance(one, ev.EscalationFired)]
        assert [one.rung for one in fired] == ["red"]
        assert {local(one.at) for one in fired} == {"2026-05-06 10:00"}
        game.wait("2026-05-07 00:00")
        assert game.rungs("A01")[-1] == ("yellow_card", "2026-05-07 00:00")

    def test_a_cure_that_would_be_over_lasts_until_the_adoption_day_is_over(self) -> None:
        shorter = with_worked("2026-05-04", "2026-05-05")
        game = play(shorter, start="2026-04-29 09:00", modes={"A02": TOLERANT})
        game.settle("A01").receive("A02", lacking=("opinion",)).accept("A02")
        assert game.deficiency("A02-opinion").cure_by == date(2026, 5, 9)
        adopt(game.at("2026-05-09 10:00"), shorter)
        cure = game.deficiency("A02-opinion")
        assert (cure.cure_by, cure.cure_before) == (date(2026, 5, 9), end_of(date(2026, 5, 9)))
        assert cure.state == "open"

    def test_a_stopped_clock_keeps_its_light(self) -> None:
        later = with_off("2026-03-06")
        game = play(later).settle("A01").receive("A02").accept("A02")
        game.at("2026-03-03 09:00").stop("A02", "2026-03-10")
        adopt(game.at("2026-03-04 09:00"), later)
        assert "calendar_adopted" in game.happened()
        assert game.happened("A02") == []


class TestOnce:
    def test_adopting_the_calendar_in_force_does_nothing(self) -> None:
        later = with_off("2026-03-03")
        game = adopt(play(later).receive("A01").accept("A01"), later)
        chain = game.chain
        adopt(game, later)
        assert game.last == ()
        assert game.chain == chain

    @given(
        off=st.sets(st.dates(date(2026, 3, 3), date(2026, 4, 3)), min_size=1, max_size=8),
        hours=st.integers(0, 24 * 20),
    )
    def test_replanning_twice_is_once_whatever_the_calendar_and_the_moment(
        self, off: set[date], hours: int
    ) -> None:
        later = with_off(*(day.isoformat() for day in off))
        game = play(later, modes={"A02": TOLERANT})
        game.settle("A01").receive("A02", lacking=("survey",)).accept("A02").receive("A03")
        game.now += timedelta(hours=hours)
        adopt(game, later)
        once = game.chain
        assert not [one for one in game.last if one.at > game.now]
        adopt(game, later)
        assert game.last == ()
        assert game.chain == once == fold(game.events)

    def test_a_repeated_command_is_ordered_like_any_other(self) -> None:
        later, latest = with_off("2026-03-03"), with_off("2026-03-04", version="cn-2026.10")
        game = play(later, latest).receive("A01").accept("A01")
        adopt(adopt(game, later), latest)
        assert game.step("A01").due_on == date(2026, 3, 5)
        assert game.chain.calendar_version == "cn-2026.10"


class TestWhoAndWhich:
    def test_only_the_system_and_administrators_may(self) -> None:
        later = with_off("2026-03-03")
        game = play(later)
        assert game.refused(cmd.AdoptCalendar(version=later.version), OFFICE) is (
            Reason.NOT_PERMITTED
        )
        adopt(game, later, Actor(id="a", role=Role.ADMINISTRATOR))

    def test_rules_that_know_no_other_calendar_refuse(self) -> None:
        game = Play(Rules(small_definition(), OLD))
        refusal = game.refusal(cmd.AdoptCalendar(version="cn-1999.1"), SYSTEM)
        assert refusal.reason is Reason.UNKNOWN_CALENDAR
        assert "cn-1999.1" in refusal.sentence("zh")

    def test_an_unknown_version_raises_what_the_finder_raises(self) -> None:
        game = play()
        with pytest.raises(KeyError):
            core.handle(
                game.rules, game.chain, game.envelope(cmd.AdoptCalendar(version="x"), SYSTEM)
            )


class TestClosures:
    CLOSED = changed(
        closed={date(2026, 3, 3): text("typhoon")},
        closed_for={"review": {date(2026, 3, 5): text("moving house")}},
    )

    def test_a_department_rests_on_its_own_closures_and_on_the_citys(self) -> None:
        review = self.CLOSED.of("review")
        assert not review.is_working_day(date(2026, 3, 5))
        assert not review.is_working_day(date(2026, 3, 3))
        assert self.CLOSED.is_working_day(date(2026, 3, 5))
        assert not self.CLOSED.is_working_day(date(2026, 3, 3))
        assert self.CLOSED.of("desk") is self.CLOSED
        assert review.describe(date(2026, 3, 5)).name.en == "moving house"

    def test_a_closure_on_a_rest_day_changes_neither_the_count_nor_the_name(self) -> None:
        closed = changed(closed={date(2026, 3, 7): text("typhoon")})
        assert closed.describe(date(2026, 3, 7)) == OLD.describe(date(2026, 3, 7))

    def test_only_clocks_of_the_closed_department_move(self) -> None:
        game = play(self.CLOSED).settle("A01")
        game.receive("A02").accept("A02").receive("A03").accept("A03")
        was = {key: game.step(key).due_on for key in ("A02", "A03")}
        adopt(game.at("2026-03-02 12:00"), self.CLOSED)
        now = {key: game.step(key).due_on for key in ("A02", "A03")}
        assert was == {"A02": date(2026, 3, 16), "A03": date(2026, 3, 11)}
        assert now == {"A02": date(2026, 3, 18), "A03": date(2026, 3, 12)}

    def test_a_limit_never_ends_on_a_day_on_which_its_office_is_shut(self) -> None:
        closed = changed(closed_for={"desk": {date(2026, 3, 4): text("moving house")}})
        rules = Rules(small_definition(), closed)
        game = Play(rules).receive("A01").accept("A01")
        assert game.step("A01").due_on == date(2026, 3, 5)
        assert rules.window(moment("2026-03-02 09:00"), limit(2), "A02").on == date(2026, 3, 4)

    def test_calendars_without_closures_are_written_as_before(self) -> None:
        assert not {"closed", "closed_for"} & OLD.model_dump().keys()
        assert Calendar.model_validate(self.CLOSED.model_dump(mode="json")) == self.CLOSED


def test_an_event_that_is_due_first_fires_under_the_old_calendar() -> None:
    later = with_off("2026-03-04")
    game = play(later).receive("A01").accept("A01")
    answer = core.handle(
        game.rules,
        game.chain,
        game.at("2026-03-05 00:00").envelope(cmd.AdoptCalendar(version=later.version), SYSTEM),
    )
    assert isinstance(answer, Accepted)
    types = [event.type for event in answer.events]
    assert types == ["escalation_fired", "escalation_fired", "calendar_adopted", "light_eased"]
