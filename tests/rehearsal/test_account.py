"""The report of a played chain says what its events say, and nothing else."""

from datetime import date
from pathlib import Path

import pytest

from groundwork.domain.definition import Mode, Text
from groundwork.domain.model import ChainState, Light
from groundwork.domain.rules import Rules
from groundwork.rehearsal.account import report_on
from groundwork.rehearsal.case import CaseReport, StepReport
from groundwork.rehearsal.plan import make_plan
from groundwork.rehearsal.script import Choices
from groundwork.rehearsal.typical import Habits, typical_script
from tests.rehearsal.scripts import START, as_planned, plan_of


def report(tmp_path: Path, text: str, rules: Rules) -> CaseReport:
    return report_on(as_planned(plan_of(tmp_path, text, rules)))


def step(case: CaseReport, key: str) -> StepReport:
    return next(one for one in case.steps if one.step == key)


OVERDUE = (
    "until: 2025-05-30\n"
    "steps:\n"
    "  L01: [2025-03-03, L01 received, 4 wd after L01 accepted]\n"
    "  L04: [2025-03-10, L04 received, L04 due]\n"
    "actions:\n"
    "  - {when: 2 wd after L04 accepted, do: stop_clock L04, reason: hearing, basis: 听证申请,\n"
    "     planned_end: 3 wd}\n"
    "  - {when: 20 wd after L04 accepted, do: extend L04, amount: 2, reason: 补充勘测}\n"
    "  - {when: 2025-05-28, do: decide L22}\n"
    "  - {when: L20 ready, do: receive L20}\n"
)


def test_a_steps_days_leave_out_stops_and_count_extensions(tmp_path: Path, rules: Rules) -> None:
    case = report(tmp_path, OVERDUE, rules)
    land = step(case, "L04")
    assert (land.working_days, land.stopped_days, land.extended_by) == (26, 3, 2)
    assert land.decided_on == land.due_on
    assert land.late_by == 0
    assert land.promised is not None
    assert land.promised.amount == 24


def test_a_day_on_which_its_own_office_is_shut_counts_for_nobody(
    tmp_path: Path, rules: Rules
) -> None:
    lead = rules.step("L04").lead
    shut = {lead: {date(2025, 4, 15): Text(zh="搬迁", en="moving house")}}
    calendar = rules.calendar.model_copy(update={"closed_for": shut})
    usual = step(report(tmp_path, OVERDUE, rules), "L04")
    moved = step(report(tmp_path, OVERDUE, Rules(rules.definition, calendar)), "L04")
    assert usual.due_on is not None
    assert moved.due_on == rules.calendar.add_working_days(usual.due_on, 1)
    assert (moved.working_days, moved.late_by) == (usual.working_days, 0)
    assert moved.split == usual.split


def test_a_late_step_says_by_how_much_and_shows_red(tmp_path: Path, rules: Rules) -> None:
    late = step(report(tmp_path, OVERDUE, rules), "L01")
    assert late.late_by == 3
    assert late.worst_light is Light.RED
    assert late.light is Light.DONE
    assert [span.light for span in late.lights] == [
        Light.TODO,
        Light.GREEN,
        Light.YELLOW,
        Light.RED,
        Light.DONE,
    ]
    assert all(a.until == b.since for a, b in zip(late.lights, late.lights[1:], strict=False))


def test_a_chain_that_runs_on_has_no_end_and_no_totals(tmp_path: Path, rules: Rules) -> None:
    case = report(tmp_path, OVERDUE, rules)
    assert case.status is ChainState.RUNNING
    assert case.finished_on is None
    assert case.measured_working_days == {"standard_route": None, "land_route": None}
    assert case.working_days == {"standard_route": 36, "land_route": 31}


def test_what_was_refused_and_what_never_came_is_told_with_its_line(
    tmp_path: Path, rules: Rules
) -> None:
    case = report(tmp_path, OVERDUE, rules)
    (refusal,) = case.refusals
    (unplayed,) = case.unplayed
    assert (refusal.action, refusal.reason) == ("decide L22", "wrong_state")
    assert refusal.text.zh != refusal.text.en
    assert (unplayed.action, unplayed.line) == ("receive L20", refusal.line + 1)


def test_milestones_that_were_not_reached_have_no_date(tmp_path: Path, rules: Rules) -> None:
    text = (
        "milestones:\n"
        "  signed: {name: {zh: 签约, en: Signed}, when: L01 received}\n"
        "  started: {name: {zh: 动工, en: Started}, when: L22 decided}\n"
        "spans:\n"
        "  all_of_it: {name: {zh: 全程, en: All}, between: [signed, started]}\n"
        "steps: {L01: [2025-03-05, 2025-03-06]}\n"
        "until: 2025-03-10\n"
    )
    case = report(tmp_path, text, rules)
    assert case.milestones == {"signed": date(2025, 3, 5), "started": None}
    assert case.calendar_days == {"all_of_it": None}


def test_phases_are_reported_each_under_its_own_name(rules: Rules) -> None:
    choices = Choices(phases={"L20": ("A", "B")})
    case = report_on(as_planned(make_plan(typical_script(rules, START, choices), rules)))
    first, second = step(case, "L20.A"), step(case, "L20.B")
    assert first.name != second.name
    assert first.name.zh.startswith(rules.step("L20").name.zh)


@pytest.mark.parametrize("share", [60, 200])
def test_every_event_stands_in_the_timeline_in_both_languages(share: int, rules: Rules) -> None:
    modes = {s.id: Mode.COMMITMENT for s in rules.definition.steps if Mode.COMMITMENT in s.modes}
    script = typical_script(rules, START, Choices(modes=modes), habits=Habits(share=share))
    plan = make_plan(script, rules)
    case = report_on(as_planned(plan))
    assert [entry.seq for entry in case.timeline] == [event.seq for event in plan.events]
    assert all(entry.text.zh and entry.text.en for entry in case.timeline)
    assert not any("{" in entry.text.zh + entry.text.en for entry in case.timeline)
