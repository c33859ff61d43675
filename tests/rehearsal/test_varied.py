"""Many plays of one chain: the same question has the same answer, and the answer is a range."""

from datetime import UTC, datetime

import pytest

from groundwork.catalogue.loader import get
from groundwork.domain.definition import Mode
from groundwork.domain.events import CorrectionRequested
from groundwork.domain.facts import UnitChoice
from groundwork.domain.model import Light
from groundwork.rehearsal.plan import make_plan
from groundwork.rehearsal.rehearse import rules_for
from groundwork.rehearsal.script import Choices
from groundwork.rehearsal.typical import ANY_PROJECT, Habits, typical_script
from groundwork.rehearsal.varied import (
    HabitBook,
    Question,
    load_habits,
    play_varied,
    played,
    risks_of,
    spread_of,
)

MONDAY = datetime(2026, 3, 2, 1, tzinfo=UTC)
PLAYS = 6


def question(chain: str = "land-to-construction", **choices: object) -> Question:
    return Question(rules_for(get(chain)), MONDAY, Choices.model_validate(choices), ANY_PROJECT)


def book(**changes: object) -> HabitBook:
    return HabitBook.model_validate(load_habits().model_dump() | changes)


def test_the_published_habits_say_where_they_come_from() -> None:
    habits = load_habits()
    assert habits.source.text
    assert habits.source.provenance == "default"


def test_the_same_question_gets_the_same_answer() -> None:
    asked = question()
    first = [play_varied(asked, load_habits(), number) for number in range(3)]
    assert first == [play_varied(asked, load_habits(), number) for number in range(3)]
    assert len({one.finish for one in first}) > 1


@pytest.mark.parametrize(
    "asked",
    [
        question(modes={"L08": Mode.COMMITMENT, "L13": Mode.EXEMPT}, phases={"L20": ("A", "B")}),
        question(
            "completion-to-production",
            units=(UnitChoice(id="B1", name="甲"), UnitChoice(id="B2", name="乙")),
        ),
    ],
    ids=["land", "production"],
)
def test_every_play_comes_to_its_end_and_the_range_is_in_order(asked: Question) -> None:
    plays = [play_varied(asked, load_habits(), number) for number in range(PLAYS)]
    spread = spread_of(plays)
    assert spread is not None
    assert (spread.plays, spread.unfinished) == (PLAYS, 0)
    assert spread.earliest <= spread.p50 <= spread.p90 <= spread.latest
    risks = risks_of(asked.rules, plays)
    assert all(0 < one.percent <= 100 for one in risks)
    assert [one.on for one in risks] == sorted(one.on for one in risks)


def test_slow_habits_end_later_and_are_escalated() -> None:
    asked = question()
    quick = play_varied(asked, book(share={100: 1}, correcting={"never": 1}), 0)
    slow = play_varied(asked, book(share={150: 1}, correcting={"never": 1}), 0)
    assert quick.finish is not None
    assert slow.finish is not None
    assert quick.finish < slow.finish
    assert Light.RED not in {one.light for one in risks_of(asked.rules, [quick])}
    assert Light.RED in {one.light for one in risks_of(asked.rules, [slow])}


def test_a_correction_stands_between_handing_in_and_acceptance() -> None:
    rules = rules_for(get("land-to-construction"))
    plan = make_plan(typical_script(rules, MONDAY, habits=Habits(correcting=3)), rules)
    asked = {one.step for one in plan.events if isinstance(one, CorrectionRequested)}
    assert "L08" in asked
    assert not plan.refusals
    assert not plan.unplayed
    plain = make_plan(typical_script(rules, MONDAY), rules)
    before, after = played(plain).finish, played(plan).finish
    assert before is not None
    assert after is not None
    assert before < after
