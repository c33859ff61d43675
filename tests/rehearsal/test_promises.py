"""What a report tells of promises: what a breach led to, and what went on record."""

from pathlib import Path

import pytest

from groundwork.domain.definition import BreachKind
from groundwork.domain.model import CommitmentState, StepState
from groundwork.domain.rules import Rules
from groundwork.rehearsal.account import report_on
from groundwork.rehearsal.case import CaseReport, CommitmentReport
from groundwork.rehearsal.demo import SCRIPTS
from groundwork.rehearsal.plan import make_plan
from groundwork.rehearsal.reading import read_script
from tests.rehearsal.scripts import as_planned

KEPT = "do: verify_commitment C12.B1-commitment}"


def played(tmp_path: Path, rules: Rules, verified: str, *more: str) -> CaseReport:
    """The case of the two workshops with another verification of the first one's commitment."""
    text = (SCRIPTS / "fengping-metal.yaml").read_text(encoding="utf-8")
    assert text.count(KEPT) == 1
    text = text.replace(KEPT, f"do: verify_commitment C12.B1-commitment, {verified}}}")
    file = tmp_path / "script.yaml"
    file.write_text(text + "".join(f"  - {{{one}}}\n" for one in more), encoding="utf-8")
    return report_on(as_planned(make_plan(read_script(file)[0], rules)))


def commitment(case: CaseReport) -> CommitmentReport:
    return next(one for one in case.commitments if one.id == "C12.B1-commitment")


def state(case: CaseReport, key: str) -> StepState:
    return next(one.state for one in case.steps if one.step == key)


def test_a_false_promise_annuls_what_it_led_to_and_shuts_what_was_built_on_it(
    tmp_path: Path, production_rules: Rules
) -> None:
    case = played(
        tmp_path, production_rules, "outcome: breached, breach: 'false', reason: 档案不实"
    )
    broken = commitment(case)
    assert (broken.outcome, broken.breach) == (CommitmentState.BREACHED, BreachKind.FALSE)
    assert broken.consequence == "step_annulled"
    assert [one.kind.value for one in broken.credit] == ["false_commitment"]
    assert state(case, "C12.B1") is StepState.ANNULLED
    assert state(case, "C13.B1") is StepState.RECHECK


def test_faults_put_right_by_their_day_leave_nothing_on_record(
    tmp_path: Path, production_rules: Rules
) -> None:
    case = played(
        tmp_path,
        production_rules,
        "outcome: rectify, reason: 档案缺页",
        "when: 2024-11-27, do: submit_performance C12.B1-commitment, document: 补页",
        "when: 2024-11-28, do: verify_commitment C12.B1-commitment",
    )
    kept = commitment(case)
    assert (kept.outcome, kept.breach) == (CommitmentState.FULFILLED, None)
    assert kept.rectify_since is not None
    assert (kept.consequence, kept.credit) == (None, ())


@pytest.mark.parametrize(
    ("watched", "missing"),
    [
        ("2024-09-21", ["opinion", "environment", "equipment"]),
        ("2024-09-24 12:00", ["environment"]),
        ("2024-09-25", []),
    ],
)
def test_a_gate_says_what_is_missing_until_it_opens(
    watched: str, missing: list[str], tmp_path: Path, production_rules: Rules
) -> None:
    text = (SCRIPTS / "fengping-metal.yaml").read_text(encoding="utf-8")
    file = tmp_path / "script.yaml"
    file.write_text(f"until: {watched}\n{text}", encoding="utf-8")
    case = report_on(as_planned(make_plan(read_script(file)[0], production_rules)))
    gate, unit = case.production_gate[0], case.units[0]
    assert [one.condition for one in gate.missing] == missing
    assert gate.open is (gate.open_since is not None) is (not missing)
    assert (unit.in_use_on is None) is ("opinion" in missing)
    holders = {one.condition: one.holder for one in gate.missing}
    assert holders.get("equipment", "market-supervision") == "market-supervision"
    if "environment" in missing:
        assert [one.step for one in unit.waits_for if one.waiting_on.value == "applicant"] != []
