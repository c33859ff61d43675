"""The check explains what is wrong with promises, units, joint steps, gates and outputs."""

from pathlib import Path

import pytest

from groundwork.catalogue.check import check_file
from tests.catalogue.planting import PRODUCTION, Plot
from tests.catalogue.test_check import only


def test_the_built_in_chain_has_no_mistakes() -> None:
    assert check_file(PRODUCTION) == []


UNITS = """units:
  name: {zh: 单体, en: building}
  most: 60
  source: P
"""
SILENCE = "  silence_source: SZ22\n"
JOINT = f"""joint:
  reply: 3 wd P
  reinspection: 3 wd P
{SILENCE}"""

# Step, text replaced, its replacement, what marks the line, the field, what the sentence says.
IN_STEPS = {
    "a commitment without notice": (
        "C01", "modes: [standard]", "modes: [standard, commitment]", "modes:",
        "steps[C01].modes[1]", "gives no notice",
    ),
    "a notice without commitment": (
        "C12", "[commitment, deficiency_tolerant, standard]", "[deficiency_tolerant, standard]",
        "conditions:", "steps[C12].commitment", "does not offer commitment",
    ),
    "a notice on an unknown law": (
        "C04", "      basis: PJ", "      basis: PJX", "PJX", "steps[C04].commitment.basis",
        'tag "PJX" is not defined',
    ),
    "a step that names the units and is one of theirs": (
        "C07", "confirms_units: true", "confirms_units: true\n    per_unit: true",
        "confirms_units", "steps[C07].confirms_units", "is not one of theirs",
    ),
    "a second step that names the units": (
        "C05", "    promised: 5\n", "    promised: 5\n    confirms_units: true\n",
        "confirms_units", "steps[C07].confirms_units", "step C05 does",
    ),
    "a step of units in phases": (
        "C15", "per_unit: true",
        "per_unit: true\n    phases: [{id: A, name: {zh: 一期, en: Phase one}}]", "phases:",
        "steps[C15].phases", "in phases as well",
    ),
    "a joint step without departments": (
        "C15", "per_unit: true", "per_unit: true\n    joint: true\n    stops: [rectification]",
        "joint: true", "steps[C15].joint", "needs departments",
    ),
    "a joint step that cannot wait for rectification": (
        "C13", "    stops: [rectification]\n", "", "joint: true", "steps[C13].joint",
        "Add rectification to stops",
    ),
    "materials for what passes by itself": (
        "C14", "settles_cures: true",
        "settles_cures: true\n    materials: [{id: cure, name: {zh: 补正, en: Cure}}]",
        "materials:", "steps[C14].materials", "passes by itself",
    ),
    "a mode for what passes by itself": (
        "C14", "modes: [standard]", "modes: [standard, standard]", "modes:", "steps[C14].modes",
        "no mode to choose",
    ),
    "a second step that settles the cures of a unit": (
        "C15", "    promised: 1\n    modes: [standard]\n    materials:\n"
        "      - {id: summary-opinion, name: {zh: 汇总意见, en: Summary of "
        "opinions}, output_of: C13}\n", "    modes: [standard]\n    settles_cures: true\n",
        "settles_cures",
        "steps[C15].settles_cures", "step C14 does",
    ),
    "an output of an unknown step": (
        "C04", "output_of: C03", "output_of: C33", "output_of: C33",
        "steps[C04].materials[assessment-report].output_of", 'no step "C33"',
    ),
    "an output of the step itself": (
        "C04", "output_of: C03", "output_of: C04", "output_of: C04",
        "steps[C04].materials[assessment-report].output_of", "what only it hands out",
    ),
    "an output of an unknown step of the chain before": (
        "C01", "land-to-construction/L20", "land-to-construction/L40", "L40",
        "steps[C01].materials[construction-permit].output_of",
        'land-to-construction has no step "L40"',
    ),
    "an output of a chain that does not come before": (
        "C01", "land-to-construction/L20", "land/L20", "land/L20",
        "steps[C01].materials[construction-permit].output_of", 'does not follow "land"',
    ),
    "an output that is none": (
        "C04", "output_of: C03", "output_of: 'C03, C04'", "C03, C04",
        "steps[C04].materials[assessment-report].output_of", "Write a step",
    ),
    "a cure on a red line": (
        "C10", "en: As-built drawings}}", "en: As-built drawings}, cure: 5 wd}",
        "cure: 5 wd", "steps[C10].materials[as-built-drawings].cure", "red line",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", IN_STEPS.values(), ids=IN_STEPS)
def test_a_mistake_in_a_step_is_explained_on_its_line(
    case: tuple[str, str, str, str, str, str], tmp_path: Path
) -> None:
    step, old, new, marker, field, says = case
    plot = Plot(tmp_path, PRODUCTION).in_step(step, old, new)
    mistakes = [one for one in plot.harvest() if "listed twice" not in one.message_en]
    mistake = only(mistakes)
    assert mistake.path == field
    assert says in mistake.message_en
    assert mistake.message_zh
    assert mistake.line == plot.line_of(marker, field[6:9])


# Text replaced, its replacement, what marks the line, the field, what the sentence says.
ELSEWHERE = {
    "an unknown chain before": (
        "follows: land-to-construction", "follows: land-to-constructoin", "constructoin",
        "follows", 'Did you mean "land-to-construction"',
    ),
    "reminders that rise": (
        "reminders: [10, 3, 0]", "reminders: [3, 10, 0]", "reminders: [3", "promises.reminders[1]",
        "not below 3",
    ),
    "a reminder after the day": (
        "reminders: [10, 3, 0]", "reminders: [10, 3, -1]", "reminders:", "promises.reminders[2]",
        "At least 0",
    ),
    "a breach without consequence": (
        "    overdue_commitment: recheck\n", "", "false_commitment:", "promises.consequences",
        '"overdue_commitment" is missing',
    ),
    "an unknown consequence": (
        "overdue_commitment: recheck", "overdue_commitment: fine", "overdue_commitment",
        "promises.consequences.overdue_commitment", "cannot be used here",
    ),
    "nobody to verify": (
        "officers: 2", "officers: 0", "officers: 0", "promises.officers", "At least 1",
    ),
    "months to verify": (
        "verification: 60 cd P\n  officers", "verification: 2 mo P\n  officers",
        "verification: 2 mo", "promises.verification", "Months occur in statutory limits only",
    ),
    "nobody to visit": (
        SILENCE, f"{SILENCE}  visit: {{officers: 0, source: XK34}}\n",
        "visit:", "joint.visit.officers", "At least 1",
    ),
    "a visit on no ground": (
        SILENCE, f"{SILENCE}  visit: {{officers: 2}}\n",
        "visit:", "joint.visit", '"source" is missing',
    ),
    "a gate's id used twice": (
        "- id: use\n", "- id: early-entry\n", "    name: {zh: 单体使用", "gates[early-entry].id",
        "used twice",
    ),
    "a condition's id used twice": (
        "{id: filing, name", "{id: safety, name", "提前进场已承诺备案",
        "gates[early-entry].conditions[safety].id", "used twice",
    ),
    "a condition on an unknown step": (
        "kind: step, step: C16", "kind: step, step: C61", "C61",
        "gates[production].conditions[environment].step", 'no step "C61"',
    ),
    "a condition on no step": (
        "kind: step, step: C16", "kind: step", "id: environment",
        "gates[production].conditions[environment]", "kind step needs step",
    ),
    "a condition that needs no step": (
        "kind: red_line,", "kind: red_line, step: C10,", "kind: red_line",
        "gates[production].conditions[red-lines].step", "does not go with",
    ),
    "an unknown holder": (
        "holder: market-supervision", "holder: market", "holder: market",
        "gates[production].conditions[equipment].holder", 'no department "market"',
    ),
    "a gate that permits nothing": (
        "    permits: {zh: 投入生产, en: Production}\n", "", "- id: production",
        "gates[production]", '"permits" is missing',
    ),
    "units of which there may be none": (
        "most: 60", "most: 0", "most: 0", "units.most", "At least 1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_mistake_elsewhere_is_explained_on_its_line(
    case: tuple[str, str, str, str, str], tmp_path: Path
) -> None:
    old, new, marker, field, says = case
    plot = Plot(tmp_path, PRODUCTION).plant(old, new)
    mistake = only(plot.harvest())
    assert mistake.path == field
    assert says in mistake.message_en
    assert mistake.line == plot.line_of(marker) or field.endswith(".id")


def test_everything_that_needs_units_says_so(tmp_path: Path) -> None:
    mistakes = Plot(tmp_path, PRODUCTION).plant(UNITS, "").harvest()
    places = {one.path for one in mistakes}
    fanned = {f"steps[C{number:02}].per_unit" for number in range(8, 17)}
    assert places == fanned | {"steps[C07].confirms_units", "gates"}
    assert all("units" in one.message_en for one in mistakes)


def test_a_joint_step_needs_its_limits(tmp_path: Path) -> None:
    mistake = only(Plot(tmp_path, PRODUCTION).plant(JOINT, "").harvest())
    assert mistake.path == "steps[C13].joint"
    assert "Add joint to the chain" in mistake.message_en


def test_units_that_no_step_fans_out_over_are_idle(tmp_path: Path) -> None:
    plot = Plot(tmp_path, PRODUCTION)
    plot.text = plot.text.replace("    per_unit: true\n", "")
    mistake = only(plot.harvest())
    assert mistake.path == "units"
    assert "No step is handled for each unit" in mistake.message_en


def test_a_red_line_condition_needs_a_red_line(tmp_path: Path) -> None:
    plot = Plot(tmp_path, PRODUCTION)
    plot.text = plot.text.replace("    never_tolerable: true\n", "")
    mistake = only(plot.harvest())
    assert mistake.path == "gates[production].conditions[red-lines].kind"


def test_a_chain_cannot_follow_itself(tmp_path: Path) -> None:
    plot = Plot(tmp_path, PRODUCTION).plant(
        "follows: land-to-construction", "follows: completion-to-production"
    )
    mistake = only(plot.harvest())
    assert (mistake.path, mistake.line) == ("follows", plot.line_of("follows:"))
