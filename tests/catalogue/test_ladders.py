"""Ladder files with cards, and the ladders of single steps and departments."""

from pathlib import Path

import pytest

from groundwork.catalogue.check import BUILT_IN
from groundwork.catalogue.loader import load_chain
from groundwork.catalogue.mistakes import Mistake
from tests.catalogue.planting import CHAIN, Plot


def only(mistakes: list[Mistake]) -> Mistake:
    assert len(mistakes) == 1, mistakes
    return mistakes[0]


NEWER_LADDER_MISTAKES = {
    "days and hours past due in one ladder": (
        "days_past_due: 3\n", "hours_past_due: 30\n", "rungs[red_card].hours_past_due",
    ),
    "an answer that nobody is asked for": (
        "    answer_within: 1 wd P\n", "", "rungs[yellow_card].unanswered",
    ),
    "a next rung after the last": (
        "    human_decides: true\n",
        "    human_decides: true\n    answer_within: 1 wd P\n    unanswered: next\n",
        "rungs[referral].unanswered",
    ),
    "something else without an answer": (
        "unanswered: mark ", "unanswered: wait ", "rungs[red_card].unanswered",
    ),
    "an appeal without a source": (
        "    appeal_within: 2 wd P\n    supervision_order",
        "    appeal_within: 2\n    supervision_order", "rungs[red_card].appeal_within",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", NEWER_LADDER_MISTAKES.values(), ids=NEWER_LADDER_MISTAKES)
def test_a_mistake_about_cards_is_explained(case: tuple[str, str, str], tmp_path: Path) -> None:
    old, new, field = case
    plot = Plot(tmp_path, BUILT_IN / "ladders" / "default-1.1.0.yaml").plant(old, new)
    assert field in [one.path for one in plot.harvest()]


LADDERS = "ladder: default-1.0.0\nladders:\n  steps: {L01: hotline-1.0.0}\n"


def test_steps_and_departments_may_climb_ladders_of_their_own(tmp_path: Path) -> None:
    used = f"{LADDERS}  departments: {{water: default-1.1.0}}\n"
    plot = Plot(tmp_path).plant("ladder: default-1.0.0\n", used)
    assert plot.harvest() == []
    chain = load_chain(plot.file)
    assert [one.hours_past_due for one in chain.ladder_of("L01")] == [None, 0, 1]
    of_water = {step.id for step in chain.steps if step.lead == "water"}
    appealable = {
        step.id
        for step in chain.steps
        if any(one.appeal_within for one in chain.ladder_of(step.id))
    }
    assert appealable == of_water | {"L01"}
    assert chain.ladder == load_chain(CHAIN).ladder


LADDERS_MISTAKES = {
    "an unknown step": ("{L01:", "{L99:", "ladders.steps.L99"),
    "an unknown file": ("L01: hotline-1.0.0", "L01: hotlines-1.0.0", "ladders.steps.L01"),
    "an unknown department": (
        "  steps: {L01: hotline-1.0.0}", "  departments: {watter: hotline-1.0.0}",
        "ladders.departments.watter",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", LADDERS_MISTAKES.values(), ids=LADDERS_MISTAKES)
def test_a_mistake_in_the_use_of_ladders_is_explained(
    case: tuple[str, str, str], tmp_path: Path
) -> None:
    old, new, field = case
    plot = Plot(tmp_path).plant("ladder: default-1.0.0\n", LADDERS.replace(old, new))
    assert only(plot.harvest()).path == field


def test_a_rung_has_one_name_in_all_ladders_of_a_chain(tmp_path: Path) -> None:
    folder = tmp_path / "chains" / "land-to-construction"
    folder.mkdir(parents=True)
    (tmp_path / "ladders").mkdir()
    hotline = Plot(tmp_path / "ladders", BUILT_IN / "ladders" / "hotline-1.0.0.yaml")
    hotline.plant("{zh: 黄牌,", "{zh: 黄色卡,").harvest()
    mistake = only(Plot(folder).plant("ladder: default-1.0.0\n", LADDERS).harvest())
    assert mistake.path == "ladders"
    assert "yellow_card" in mistake.message_en
