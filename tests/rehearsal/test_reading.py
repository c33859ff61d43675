"""What is wrong with a script is said with its line, its field and what to do."""

import re
from pathlib import Path

import pytest

from groundwork.domain.calendar import SHANGHAI
from groundwork.domain.definition import Mode
from groundwork.domain.facts import UnitChoice
from groundwork.domain.model import Role
from groundwork.domain.rules import Rules
from groundwork.rehearsal.demo import CASES, SCRIPTS
from groundwork.rehearsal.reading import ScriptError, read_script
from tests.rehearsal.scripts import HEAD, written

FIRST = HEAD.count("\n") + 1
"""The line on which the text after the head begins."""


def test_a_row_is_the_usual_people_doing_the_usual_things(tmp_path: Path, rules: Rules) -> None:
    row = "steps:\n  L04: [2025-03-04, L04 received, 3 wd after L04 accepted 15:00]\n"
    script, _ = read_script(written(tmp_path, row), rules.definition)
    received, accepted, decided = script.actions
    assert [one.verb for one in script.actions] == ["receive", "accept", "decide"]
    assert received.by is Role.PROJECT_MANAGER
    assert accepted.actor.id == "officer.natural-resources"
    assert decided.when.count == 3
    assert {one.line for one in script.actions} == {FIRST + 1}


def test_an_enterprise_does_its_own_step_itself(tmp_path: Path, rules: Rules) -> None:
    row = "steps:\n  L18: [2025-03-04, 2025-03-05]\n"
    script, _ = read_script(written(tmp_path, row), rules.definition)
    assert {one.by for one in script.actions} == {Role.PROJECT_MANAGER}


def test_an_action_says_what_differs_from_the_usual(tmp_path: Path, rules: Rules) -> None:
    text = (
        "modes: {L07: deficiency_tolerant}\n"
        "actions:\n"
        "  - {when: L07 ready, do: receive L07, materials: all but pipeline-opinion}\n"
        "  - {when: L07 red, do: acknowledge L07-red, by: director@water, answer: ok}\n"
    )
    script, _ = read_script(written(tmp_path, text), rules.definition)
    handing_in, answer = script.actions
    assert script.choices.modes == {"L07": Mode.DEFICIENCY_TOLERANT}
    assert handing_in.fields == {"materials": ("design-scheme", "site-plan")}
    assert (answer.by, answer.department) == (Role.DIRECTOR, "water")


def test_times_are_those_of_heshan(tmp_path: Path, rules: Rules) -> None:
    script, _ = read_script(written(tmp_path, "until: 2025-12-31\n"), rules.definition)
    assert script.until is not None
    assert f"{script.start.astimezone(SHANGHAI):%H:%M}" == "09:00"
    assert f"{script.until.astimezone(SHANGHAI):%H:%M}" == "23:59"


def test_a_script_names_its_own_definition(tmp_path: Path) -> None:
    _, definition = read_script(written(tmp_path, "version: 1.0.0\n"))
    assert (definition.id, definition.version) == ("land-to-construction", "1.0.0")


@pytest.mark.parametrize("name", CASES)
def test_the_scripts_that_come_along_can_be_read(name: str) -> None:
    script, _ = read_script(SCRIPTS / f"{name}.yaml")
    assert len(script.actions) > 60


MISTAKES = [
    ("variant: quick\n", "variant", "fast"),
    ("until: tomorrow\n", "until", "2025-09-01"),
    ("version: 9.9.9\n", "version", "1.0.0"),
    ("modes: {L01: exempt}\n", "modes.L01", "standard"),
    ("modes: {L77: standard}\n", "modes.L77", "L17"),
    ("phases: {L20: [A, D]}\n", "phases.L20", "A, B, C"),
    ("steps: {L99: [2025-03-04, 2025-03-04]}\n", "steps.L99", "L19"),
    ("steps: {L01: [2025-03-04]}\n", "steps.L01", ""),
    ("steps: {L01: [soon, 2025-03-04]}\n", "steps.L01[0]", "3 wd after L04 accepted"),
    ("steps: {L01: [2025-03-02, 2025-03-04]}\n", "steps.L01[0]", "of the start"),
    ("until: 2052-01-01\n", "until", "10 years"),
    ("acts: []\n", "acts", "actions"),
    ("actions: [{do: decide L01}]\n", "actions[0].when", "missing"),
    ("actions: [{when: 2025-03-04}]\n", "actions[0].do", "do: decide L04"),
    ("actions: [{when: 5, do: decide L01}]\n", "actions[0].when", "no point in time"),
    ("actions: [{when: L01 recieved, do: decide L01}]\n", "actions[0].when", "received"),
    ("actions: [{when: L1 ready, do: decide L01}]\n", "actions[0].when", "Did you mean"),
    ("actions: [{when: L01 ready, do: decied L01}]\n", "actions[0].do", "decide"),
    ("actions: [{when: L01 ready, do: decide L0l}]\n", "actions[0].do", "Did you mean"),
    ("actions: [{when: L01 ready, do: withdraw_chain L01}]\n", "actions[0].do", "whole chain"),
    ("actions: [{when: L01 ready, do: decide L01, by: oficer}]\n", "actions[0].by", "officer"),
    ("actions: [{when: L01 ready, do: decide L01, by: a@watr}]\n", "actions[0].by", "role"),
    ("actions: [{when: L01 ready, do: decide L01, result: ok}]\n", "actions[0].result", "pass"),
    ("actions: [{when: L01 ready, do: decide L01, opinon: x}]\n", "actions[0].opinon", "opinion"),
    ("actions: [{when: L01 ready, do: extend L01, amount: 3}]\n", "actions[0].reason", "missing"),
    (
        "actions: [{when: L04 ready, do: receive L04, materials: all but map}]\n",
        "actions[0].materials",
        "conversion-dossier",
    ),
    (
        "actions: [{when: L04 ready, do: stop_clock L04, reason: hearing, basis: x, "
        "planned_end: later}]\n",
        "actions[0].planned_end",
        "date",
    ),
    (
        "milestones: {a: {name: {zh: 甲, en: A}, when: L01 ready}}\n"
        "spans: {s: {name: {zh: 甲, en: A}, between: [a, b]}}\n",
        "spans.s.between[1]",
        'no milestone "b"',
    ),
]


@pytest.mark.parametrize(("text", "field", "remedy"), MISTAKES)
def test_a_mistake_is_told_with_line_field_and_remedy(
    text: str, field: str, remedy: str, tmp_path: Path
) -> None:
    with pytest.raises(ScriptError) as failure:
        read_script(written(tmp_path, text))
    told = next(one for one in failure.value.mistakes if one.path == field)
    assert told.line == FIRST + text.count("\n") - 1
    assert remedy in told.message_en
    assert re.search("[\u4e00-\u9fff]", told.message_zh)


def test_every_mistake_of_a_script_is_told_at_once_and_in_order(tmp_path: Path) -> None:
    text = "modes: {L77: standard}\nactions:\n  - {when: soon, do: sing L01}\n  - {do: decide}\n"
    with pytest.raises(ScriptError, match="另有") as failure:
        read_script(written(tmp_path, text))
    lines = [one.line for one in failure.value.mistakes]
    assert len(lines) >= 4
    assert lines == sorted(lines)


def test_a_script_for_another_chain_is_refused(tmp_path: Path, rules: Rules) -> None:
    other = rules.definition.model_copy(update={"id": "completion-to-production"})
    with pytest.raises(ScriptError, match="completion-to-production"):
        read_script(written(tmp_path, ""), other)


def test_a_file_that_is_not_there_is_a_mistake_too(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="cannot be read"):
        read_script(tmp_path / "nowhere.yaml")


def test_units_are_those_of_the_launch(tmp_path: Path, rules: Rules) -> None:
    script, _ = read_script(written(tmp_path, "units: {B1: 1号厂房}\n"), rules.definition)
    assert script.choices.units == (UnitChoice(id="B1", name="1号厂房"),)
