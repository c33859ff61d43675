"""A running chain rehearsed onward: from where it stands, under assumptions, on a copy."""

from datetime import date, datetime

import pytest

from groundwork.domain import commands as cmd
from groundwork.domain.calendar import local_date
from groundwork.domain.definition import Variant
from groundwork.domain.facts import UnitChoice
from groundwork.domain.model import SETTLED, ChainState
from groundwork.domain.rules import Rules
from groundwork.rehearsal.onward import Onward, onward
from groundwork.rehearsal.typical import Habits
from tests.domain.small import COMMITTED, TOLERANT
from tests.domain.worlds import Play, rules_in_catalogue

LAND = "land-to-construction"


def foreseen(play: Play, share: int = 100, **habits: int) -> Onward:
    return onward(play.rules, play.chain, play.now, lambda _: Habits(share=share, **habits))


def decided(played: Onward, key: str) -> date | None:
    decision = played.chain.steps[key].decision
    return local_date(decision.at) if decision else None


def finished(played: Onward) -> bool:
    return all(step.state in SETTLED for step in played.chain.steps.values())


def whole() -> Rules:
    return rules_in_catalogue(LAND)


def test_what_is_at_work_is_decided_on_its_last_day_and_the_rest_follows() -> None:
    play = Play().receive("A01").accept("A01")
    played = foreseen(play)
    assert decided(played, "A01") == play.step("A01").due_on
    assert finished(played)
    assert not played.hindered


def test_the_chain_itself_stays_as_it_is() -> None:
    play = Play().receive("A01").accept("A01")
    before = play.chain.model_copy(deep=True)
    played = foreseen(play)
    assert play.chain == before
    assert [event.seq for event in played.events] == list(
        range(before.seq + 1, before.seq + 1 + len(played.events))
    )


def test_who_takes_longer_is_late_and_called_to_account() -> None:
    play = Play(whole(), variant=Variant.STANDARD).settle("L01", "L02", "L03")
    usual, slow = foreseen(play), foreseen(play, share=250)
    assert finished(usual)
    assert finished(slow)
    fired = [[e for e in one.events if e.type == "escalation_fired"] for one in (usual, slow)]
    assert len(fired[1]) > len(fired[0])
    ends = [max(e.at for e in one.events if e.type == "step_decided") for one in (usual, slow)]
    assert ends[0] < ends[1]


def stopped() -> Play:
    play = Play().settle("A01").receive("A02").accept("A02")
    return play.stop("A02", "2026-03-20")


def corrected() -> Play:
    play = Play().receive("A01")
    return play.do(cmd.RequestCorrection(step="A01", items=("page 3",)))


def refused() -> Play:
    return Play().receive("A01").accept("A01").decide("A01", "fail")


def lacking() -> Play:
    play = Play(modes={"A02": TOLERANT}).settle("A01")
    return play.receive("A02", lacking=("pipeline",)).accept("A02")


def overdue() -> Play:
    return Play().receive("A01").accept("A01").wait("2026-03-10 09:00")


def handed_in() -> Play:
    return Play(whole()).settle("L01", "L02").receive("L03")


def lapsed() -> Play:
    """Sent back because what lacked never followed."""
    return lacking().wait("2026-06-01 09:00")


def unsigned() -> Play:
    """Accepted by silence, and the letter is not signed yet."""
    play = Play(whole(), variant=Variant.FAST, modes={"L08": COMMITTED}).settle("L01", "L02")
    play.receive("L08")
    play.do(cmd.DraftCommitment(step="L08", obligations=("as told",)))
    return play.wait("2026-03-20 09:00")


@pytest.mark.parametrize(
    "state",
    [stopped, corrected, refused, lacking, lapsed, unsigned, overdue, handed_in, Play],
)
def test_from_every_state_it_comes_to_its_end(state: type[Play]) -> None:
    play = state()
    played = foreseen(play)
    assert finished(played), {k: s.state for k, s in played.chain.steps.items()}
    assert min(event.at for event in played.events) >= play.now


def test_promises_that_are_open_are_kept_to_their_end() -> None:
    played = foreseen(lacking())
    assert played.chain.state is ChainState.COMPLETED
    assert all(one.closed_at for one in played.chain.deficiencies.values())


def test_buildings_are_accepted_and_come_into_use() -> None:
    rules = rules_in_catalogue("completion-to-production")
    units = (UnitChoice(id="B1", name="Hall 1"), UnitChoice(id="B2", name="Hall 2"))
    play = Play(rules, units=units).settle("C01")
    played = foreseen(play)
    assert finished(played), {k: s.state for k, s in played.chain.steps.items()}


def test_an_overdue_step_is_not_decided_before_the_next_working_day() -> None:
    play = overdue()
    day = decided(foreseen(play), "A01")
    assert day == date(2026, 3, 11)
    assert play.now < datetime.fromisoformat("2026-03-11 00:00+08:00")
