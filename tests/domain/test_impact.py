"""What a calendar would do is told before it is done, and then done exactly so."""

from groundwork.domain.definition import OtherLadder
from groundwork.domain.events import EscalationFired
from groundwork.domain.impact import Tallies, Tally, impact
from groundwork.domain.rules import Rules
from tests.domain.small import STEPS, rung
from tests.domain.test_replanning import OLD, adopt, play, with_off, with_worked
from tests.domain.worlds import Play, rules_of

SHORTER = with_worked("2026-05-04", "2026-05-05")


def test_who_would_be_late_and_which_card_would_appear_is_told_and_comes_true() -> None:
    game = play(SHORTER, start="2026-04-30 09:00").receive("A01").accept("A01")
    game.at("2026-05-06 10:00")
    told = impact(game.rules, game.chain, SHORTER.version, game.now)
    assert told.late == ("A01",)
    assert told.relieved == ()
    assert [(one.rung, one.department) for one in told.appearing] == [("red", "desk")]
    assert [(one.key, (one.after - one.before).days) for one in told.moved] == [("A01", -2)]
    before = game.chain
    adopt(game, SHORTER)
    fired = [one for one in game.last if isinstance(one, EscalationFired)]
    assert [one.rung for one in fired if one.at == game.now] == [one.rung for one in told.appearing]
    assert before != game.chain


def test_who_would_be_relieved_and_which_light_would_go_is_told() -> None:
    later = with_off("2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06")
    game = play(later).receive("A01").accept("A01").wait("2026-03-04 12:00").at("2026-03-05 09:00")
    told = impact(game.rules, game.chain, later.version, game.now)
    assert told.relieved == ("A01",)
    # The red light falls due on the way to the adoption, and is eased by it.
    assert [one.rung for one in told.vanishing] == ["yellow", "red"]


def test_lights_go_off_by_the_ladder_of_their_own_step() -> None:
    later = with_off("2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06")
    strict = OtherLadder(id="strict", steps=("A01",), rungs=(rung(1, "late", days_past_due=0),))
    definition = rules_of(*STEPS, ladders=(strict,)).definition
    rules = Rules(definition, OLD, {later.version: later}.__getitem__)
    game = Play(rules).receive("A01").accept("A01").wait("2026-03-05 09:00")
    told = impact(game.rules, game.chain, later.version, game.now)
    assert [one.rung for one in told.vanishing] == ["late"]


def test_the_calendar_in_force_changes_nothing() -> None:
    game = play().receive("A01")
    assert not impact(game.rules, game.chain, OLD.version, game.now).touched


def test_sums_are_the_same_however_they_are_split() -> None:
    games = [
        play(SHORTER, start=f"2026-04-{day} 09:00").receive("A01").accept("A01").at(when)
        for day in (28, 29, 30)
        for when in ("2026-05-01 10:00", "2026-05-06 10:00")
    ]
    told = [impact(one.rules, one.chain, SHORTER.version, one.now) for one in games]
    whole, first, rest = Tallies(), Tallies(), Tallies()
    whole.add(told)
    first.add(told[:2])
    rest.add(told[2:])
    first.merge(rest)
    assert first.result == whole.result
    assert whole.result.looked_at == 6
    assert whole.result.departments == {"desk": whole.result.total}
    assert whole.result.total.earlier > whole.result.total.late > 0
    assert Tallies().result.total == Tally()
