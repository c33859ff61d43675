"""Scripts for the tests, written as their readers write them."""

from datetime import UTC, datetime
from pathlib import Path

from groundwork.domain.rules import Rules
from groundwork.rehearsal.driver import Played
from groundwork.rehearsal.plan import Plan, make_plan
from groundwork.rehearsal.reading import read_script

START = datetime(2025, 3, 3, 1, tzinfo=UTC)
"""A Monday at nine."""

HEAD = """\
chain: land-to-construction
start: 2025-03-03 09:00
project:
  name: {zh: 测试项目, en: A test}
  code: 2503-440784-04-01-000001
  uscc: 91440784MA0000285Y
"""


def plan_of(tmp_path: Path, text: str, rules: Rules) -> Plan:
    """The plan of a script on the usual project, with what follows the head."""
    return make_plan(read_script(written(tmp_path, text), rules.definition)[0], rules)


def written(tmp_path: Path, text: str) -> Path:
    """A file with the script."""
    file = tmp_path / "script.yaml"
    file.write_text(HEAD + text, encoding="utf-8")
    return file


def as_planned(plan: Plan) -> Played:
    """The plan as if an engine had played it."""
    refused = {one.key: one.rejection.reason for one in plan.refusals if one.key}
    return Played(plan, plan.chain, plan.events, refused, seconds=0.0)
