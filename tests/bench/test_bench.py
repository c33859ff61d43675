"""The benchmarks run, and their file has the promised shape; what they measure is not judged."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from bench.__main__ import CURVES, MEASURES, measure
from bench.effort import TINY
from bench.history import ONE_ACTION, actions
from bench.report import BEGIN, EMPTY, END, RATIOS, Figure, Report, merged, publish, show, write


class TestARun:
    @pytest.mark.timeout(300)
    async def test_every_measure_finds_what_the_file_promises(self, tmp_path: Path) -> None:
        heard: list[str] = []
        report = await measure(list(MEASURES), TINY, heard.append)
        facts = _written(report, tmp_path)
        assert set(RATIOS) <= facts["ratios"].keys()
        assert {"events", "actions", "kib"} <= facts["chain"].keys()
        assert not [name for name, value in _leaves(facts) if value is None]
        assert all(facts["ratios"][name] > 0 for name in RATIOS if name != "cpu")
        assert facts["real_chain"]["commands"] > facts["real_chain"]["events_per_command"] > 0
        assert len(facts["goals"]) == sum(one.met is not None for one in report.figures)
        assert len(heard) == 2 * len(MEASURES)


class TestTheCurves:
    @pytest.mark.timeout(300)
    async def test_every_size_is_looked_at(self) -> None:
        report = await measure(list(CURVES), TINY)
        assert all(
            list(curve) == [str(size) for size in TINY.stores]
            for curve in report.facts["growth"].values()
        )
        assert list(report.facts["crowds"]) == [str(size) for size in TINY.crowds]
        assert report.facts["large"]["state_kib"] > 0
        assert all(figure.value > 0 for figure in report.figures)


class TestTheReport:
    def test_what_was_not_measured_is_null(self, tmp_path: Path) -> None:
        facts = _written(Report(facts={"chain": {"events": 7}}), tmp_path)
        assert facts["chain"] == {"events": 7, "actions": None, "kib": None}
        assert facts["ratios"] == dict.fromkeys(RATIOS)
        assert facts["command"] == "a command"
        assert facts["date"] == "a date"
        assert facts.keys() >= EMPTY.keys()

    def test_a_goal_is_for_the_ratio_where_there_is_one(self) -> None:
        slow = Figure("slow", 30, "ms", floor=10, ratio=3.0, at_most=2)
        fast = Figure("fast", 0.5, "s", at_most=2)
        busy = Figure("busy", 90, "/s", floor=100, ratio=0.9, at_least=1)
        told = Figure("told", 5)
        assert [one.met for one in (slow, fast, busy, told)] == [False, True, False, None]
        assert [one.goal for one in (slow, fast, busy, told)] == ["≤ 2×", "≤ 2 s", "≥ 1×", ""]

    def test_the_table_shows_every_measure_and_counts_the_goals(self) -> None:
        console = Console(width=120, record=True, file=StringIO())
        figures = [
            Figure("first", 1, at_most=2),
            Figure("second", 3, at_most=2),
            Figure("third", 1),
        ]
        show(Report(figures), console)
        shown = console.export_text()
        assert all(name in shown for name in ("first", "second", "third"))
        assert "1 of 2 goals met" in shown

    def test_the_page_gets_the_new_table_in_the_place_of_the_old(self, tmp_path: Path) -> None:
        page = tmp_path / "page.md"
        page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", "utf-8")
        publish(Report([Figure("new", 1, "s", at_most=2)]), page, command="a command", date="today")
        lines = page.read_text("utf-8").splitlines()
        assert lines[0] == "before"
        assert "`a command`, today:" in lines
        assert "| new | 1 s |  |  | ≤ 2 s | yes |" in lines
        assert lines[-1] == "after"
        assert "old" not in lines

    def test_facts_of_several_measures_are_laid_together(self) -> None:
        left = {"ratios": {"cpu": 1}, "other": 2}
        assert merged(left, {"ratios": {"throughput": 3}}) == {
            "ratios": {"cpu": 1, "throughput": 3},
            "other": 2,
        }


class TestActions:
    def test_markers_of_one_workflow_task_are_one_action(self) -> None:
        assert actions([_marker(4), _marker(4), _marker(9)]) == 2

    def test_every_attempt_of_an_activity_is_an_action(self) -> None:
        scheduled = HistoryEvent(event_type=EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED)
        started = HistoryEvent(event_type=EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED)
        started.activity_task_started_event_attributes.attempt = 3
        assert actions([scheduled, started]) == 3

    def test_workflow_tasks_are_free(self) -> None:
        assert actions([HistoryEvent(event_type=EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED)]) == 0
        assert actions([HistoryEvent(event_type=kind) for kind in ONE_ACTION]) == len(ONE_ACTION)


def _marker(workflow_task: int) -> HistoryEvent:
    event = HistoryEvent(event_type=EventType.EVENT_TYPE_MARKER_RECORDED)
    event.marker_recorded_event_attributes.workflow_task_completed_event_id = workflow_task
    return event


def _written(report: Report, folder: Path) -> dict[str, Any]:
    path = folder / "build" / "bench.json"
    write(report, path, command="a command", date="a date")
    facts: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return facts


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{name}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, name)
    else:
        yield name, value
