"""Running chains outlive releases: their histories must replay, and edits must be versioned."""

import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, WorkflowReplayResult

from bench import world
from groundwork.catalogue.loader import content_hash
from groundwork.domain.credit import FILE_CREDIT, LOOK_UP_CREDIT
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import plugin
from groundwork.workflows import shelf
from groundwork.workflows.completion_to_production import CompletionToProduction
from groundwork.workflows.land_to_construction import LandToConstruction
from groundwork.workflows.rollout import CalendarRollout, DefinitionRollout
from tests.survival.next_release import NextCalendarRollout, NextLandToConstruction
from tests.workflows import fingerprints
from tests.workflows.histories import HISTORIES, read, released
from tests.workflows.record_histories import (
    NEWER,
    SCENES,
    newer_definition,
    production_rules,
)

KINDS = (LandToConstruction, CompletionToProduction, CalendarRollout, DefinitionRollout)
FILES = sorted(HISTORIES.glob("*/*.txt"))


@pytest.fixture(autouse=True)
def _stocked_shelf() -> None:
    shelf.put_definition(world.HASH, world.definition())
    shelf.put_calendar(world.calendar())
    shelf.put_calendar(world.other_calendar())
    shelf.put_definition(NEWER, newer_definition())
    buildings = production_rules()
    shelf.put_definition(content_hash(buildings.definition), buildings.definition)
    shelf.put_calendar(buildings.calendar)


async def _replay(
    history: WorkflowHistory, *, sandbox: bool = True, kinds: Sequence[type] = KINDS
) -> WorkflowReplayResult:
    configured = plugin(Settings(sandbox=sandbox))
    replayer = Replayer(workflows=kinds, plugins=[configured])
    return await replayer.replay_workflow(history, raise_on_replay_failure=False)


def _newest(name: str) -> Path:
    return HISTORIES / version("groundwork") / f"{name}.txt"


def _history(file: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(file.stem, read(file))


def test_every_version_has_histories_of_every_kind() -> None:
    """Those of a released version are as many as it knew; this one's are complete."""
    recorded = {folder.name for folder in HISTORIES.iterdir() if any(folder.glob("*.txt"))}
    assert recorded >= released() | {version("groundwork")}
    assert {file.stem for file in FILES if file.parent.name == version("groundwork")} == SCENES


def test_histories_are_small() -> None:
    assert all(file.stat().st_size < 40_000 for file in FILES)


def test_the_chain_of_buildings_sent_for_credit_again_where_the_source_was_away() -> None:
    document = read(_newest("production"))
    asked, tried = {}, {}
    for event in document["events"]:
        if "activityTaskScheduledEventAttributes" in event:
            facts = event["activityTaskScheduledEventAttributes"]
            asked[event["eventId"]] = facts["activityType"]["name"]
        if "activityTaskStartedEventAttributes" in event:
            facts = event["activityTaskStartedEventAttributes"]
            tried[asked[facts["scheduledEventId"]]] = facts["attempt"]
    assert tried == {LOOK_UP_CREDIT: 2, FILE_CREDIT: 2}


@pytest.mark.parametrize("sandbox", [True, False], ids=["sandbox", "bare"])
@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
async def test_a_committed_history_replays(file: Path, sandbox: bool) -> None:
    result = await _replay(_history(file), sandbox=sandbox)
    assert result.replay_failure is None


async def test_a_history_that_does_not_fit_is_noticed() -> None:
    document = read(_newest("completed"))
    for event in document["events"]:
        if event["eventType"].endswith("TIMER_STARTED"):
            event["eventType"] = "EVENT_TYPE_TIMER_CANCELED"
    result = await _replay(WorkflowHistory.from_json("bent", json.dumps(document)))
    assert result.replay_failure is not None


@pytest.mark.parametrize("name", ["completed", "database-away", "late-and-escalated", "stopped"])
async def test_a_workflow_that_commands_something_else_is_noticed(name: str) -> None:
    """The gate can fail: this is the shell with one change, as somebody may make it unawares."""
    result = await _replay(_history(_newest(name)), kinds=(NextLandToConstruction,))
    assert result.replay_failure is not None


@pytest.mark.parametrize("name", ["calendar-rollout", "rollout-superseded"])
async def test_a_rollout_that_commands_something_else_is_noticed(name: str) -> None:
    result = await _replay(_history(_newest(name)), kinds=(NextCalendarRollout,))
    assert result.replay_failure is not None


def test_the_histories_of_rollouts_hold_every_way_in_which_one_ends() -> None:
    ends = {"calendar-rollout", "definition-rollout", "rollout-continued", "rollout-superseded"}
    assert ends <= SCENES
    sweeps = json.dumps(read(_newest("definition-rollout"))).count("TIMER_FIRED")
    assert sweeps, "a rollout that fails pauses before it sweeps again"
    begun = read(_newest("rollout-continued"))["events"][0]
    assert begun["workflowExecutionStartedEventAttributes"]["continuedExecutionRunId"]


def test_the_commands_of_the_workflows_are_those_of_the_baseline() -> None:
    baseline = json.loads(fingerprints.BASELINE.read_text("utf-8"))
    assert fingerprints.complaint(fingerprints.fingerprints(), baseline) is None


class TestAnEdit:
    """What the baseline makes of an edit, on a copy of the real source."""

    @pytest.fixture
    def copy(self, tmp_path: Path) -> Path:
        for source in fingerprints.SOURCES.glob("*.py"):
            (tmp_path / source.name).write_text(source.read_text("utf-8"), "utf-8")
        return tmp_path

    def _edit(self, copy: Path, old: str, new: str) -> None:
        file = copy / "chain.py"
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), "utf-8")

    def test_a_new_command_without_a_patch_is_refused(self, copy: Path) -> None:
        self._edit(
            copy, "self._set_alarm()\n", "await workflow.sleep(1)\n            self._set_alarm()\n"
        )
        now, baseline = fingerprints.fingerprints(copy), fingerprints.fingerprints()
        assert fingerprints.unguarded(now, baseline) == ["chain.py"]
        complaint = fingerprints.complaint(now, baseline)
        assert complaint is not None
        assert "not guarded" in complaint

    def test_a_new_command_behind_a_patch_can_be_accepted(self, copy: Path) -> None:
        guarded = "if workflow.patched('pause'):\n                await workflow.sleep(1)\n"
        self._edit(copy, "self._set_alarm()\n", f"{guarded}            self._set_alarm()\n")
        now, baseline = fingerprints.fingerprints(copy), fingerprints.fingerprints()
        assert fingerprints.unguarded(now, baseline) == []

    def test_another_summary_is_no_change(self, copy: Path) -> None:
        self._edit(copy, "summary=summary", "summary='别的说法'")
        assert fingerprints.fingerprints(copy) == fingerprints.fingerprints()
