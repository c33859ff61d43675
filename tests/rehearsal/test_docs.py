"""The guide shows scripts that can be played, and names every word that they may use."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from groundwork.domain import events as ev
from groundwork.domain.calendar import local_date
from groundwork.domain.rules import Rules
from groundwork.rehearsal.account import report_on
from groundwork.rehearsal.demo import SCRIPTS
from groundwork.rehearsal.moments import DUE_DAYS, HAPPENINGS
from groundwork.rehearsal.plan import make_plan
from groundwork.rehearsal.reading import read_script
from tests.rehearsal.scripts import as_planned, written

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "rehearsal.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)


def test_the_example_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "example.yaml"
    file.write_text(EXAMPLES[0], encoding="utf-8")
    script, _ = read_script(file)
    assert script.actions


@pytest.mark.parametrize("example", EXAMPLES[1:])
def test_the_other_examples_are_parts_of_a_script(example: str, tmp_path: Path) -> None:
    assert read_script(written(tmp_path, example))


def test_every_word_is_explained() -> None:
    words = {word for _, word in HAPPENINGS.values()} | set(DUE_DAYS.values())
    assert not {word for word in words if f"`{word}`" not in GUIDE}


def days_of(event: ev.AnyEvent) -> set[date]:
    """The day of an event, and the days that it names; the last one before a moment too late."""
    days = {local_date(event.at)}
    for value in dict(event).values():
        if isinstance(value, datetime):
            days.add(local_date(value - timedelta.resolution))
        elif isinstance(value, date):
            days.add(value)
    return days


@pytest.mark.parametrize("page", ["project-managers.md", "officers.md"])
def test_the_worked_examples_are_what_the_demonstration_comes_to(
    page: str, production_rules: Rules
) -> None:
    script, _ = read_script(SCRIPTS / "fengping-metal.yaml")
    plan = make_plan(script, production_rules)
    case = report_on(as_planned(plan))
    kept, broken = (one for one in case.commitments if one.unit)
    (cured,) = case.deficiencies
    told = set(re.findall(r"\b202[45]-\d\d-\d\d\b", (DOCS / page).read_text(encoding="utf-8")))
    assert told >= {str(day) for day in (kept.due_on, kept.performed_on, kept.closed_on)}
    assert told >= {str(day) for day in (broken.due_on, broken.closed_on)}
    assert told >= {str(day) for day in (cured.opened_on, cured.cure_by, cured.confirmed_on)}
    assert told <= {str(day) for event in plan.events for day in days_of(event)}
