"""What an operator reads of every type of workflow, whatever it has done."""

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio import workflow
from temporalio.api.common.v1 import Payload
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client, ScheduleActionStartWorkflow, ScheduleUpdate
from temporalio.client import ScheduleUpdateInput as Given
from temporalio.worker import Worker

from bench import world
from groundwork.catalogue.calendars import load_calendar, newest_calendar_version
from groundwork.catalogue.loader import available, load_chain
from groundwork.domain import core
from groundwork.domain.definition import ChainDefinition
from groundwork.domain.due import DueMoment
from groundwork.domain.post import Rhythm, Shift
from groundwork.domain.rollout import RolloutOrder, definition_rollout_id, rollout_id
from groundwork.domain.rules import Rules
from groundwork.runtime.head_schedule import head_schedule_id, schedule_heads
from groundwork.runtime.postal import postman_id, schedule_id, start_post
from groundwork.runtime.rollouts import RolloutGateway
from groundwork.worker import WORKFLOWS
from groundwork.workflows import board, errands, postman, signed_head
from groundwork.workflows.about import ABOUT, SUMMARY_BYTES, details_of, fitted
from groundwork.workflows.postman import Postman
from tests.workflows.office import Office

ROOT = Path(__file__).parents[2]
HAN, LATIN = re.compile(r"[一-鿿]"), re.compile(r"[a-z]{3}")
DEFINITIONS = [load_chain(one.path) for one in available()]


def in_both_languages(text: str) -> bool:
    return bool(HAN.search(text) and LATIN.search(text))


def types() -> set[str]:
    return {str(workflow._Definition.must_from_class(kind).name) for kind in WORKFLOWS}


def test_every_type_that_the_worker_registers_has_words_and_no_other() -> None:
    assert ABOUT.keys() == types()


@pytest.mark.parametrize("kind", sorted(ABOUT))
def test_the_words_say_what_it_does_how_often_and_where_to_look_if_it_fails(kind: str) -> None:
    about = ABOUT[kind]
    assert all(in_both_languages(said) for said in about)
    assert len(about.summary.encode()) <= SUMMARY_BYTES
    assert len(about.details.encode()) < 20_000
    pages = re.findall(r"docs/[\w/]+\.md", about.fails)
    assert pages
    assert all((ROOT / page).is_file() for page in pages)


def test_the_words_of_a_chain_are_those_of_its_definition() -> None:
    for definition in DEFINITIONS:
        name = definition.name
        assert ABOUT[definition.workflow_type].summary == f"{name.zh} {name.en}"
    assert details_of("Unheard") == ""


def test_a_summary_is_cut_between_characters() -> None:
    assert fitted("够短 short") == "够短 short"
    cut = fitted("长" * 100)
    assert cut == "长" * 65 + "…"
    assert len(cut.encode()) <= SUMMARY_BYTES


class TestTheLongestNames:
    """No summary that the shipped definitions lead to has to be cut."""

    def test_of_timers(self) -> None:
        for definition in DEFINITIONS:
            for summary in self._timers(definition):
                assert in_both_languages(summary), summary
                assert not summary.endswith("…"), summary
                assert len(summary.encode()) <= SUMMARY_BYTES

    @staticmethod
    def _timers(definition: ChainDefinition) -> Iterator[str]:
        rules = Rules(definition, load_calendar(newest_calendar_version()))
        begun = core.launch(Rules(world.definition(), world.calendar()), world.order("bench.x"))
        assert isinstance(begun, core.Accepted)
        chain = begun.chain.model_copy(
            update={"steps": {one.id: begun.chain.steps["B00"] for one in definition.steps}}
        )
        moment = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
        for key in chain.steps:
            for what in (*board._WHAT, *(rung.id for rung in rules.ladder(key))):
                due = DueMoment(moment, 0, key, what, lambda _: None)
                yield board.alarm_summary(rules, chain, due)

    def test_of_activities(self) -> None:
        summaries = [
            board.record_summary(5, 5),
            board.record_summary(99_999, 100_000),
            *postman._SUMMARIES.values(),
        ]
        assert all(in_both_languages(one) for one in summaries)
        assert max(len(one.encode()) for one in summaries) <= SUMMARY_BYTES

    def test_one_event_is_no_range(self) -> None:
        assert board.record_summary(5, 5) == "写入台账 record · 第 5 号事件 event 5"
        assert board.record_summary(5, 7) == "写入台账 record · 第 5–7 号事件 events 5–7"

    @pytest.mark.parametrize("room", [errands, postman, signed_head])
    def test_summaries_written_in_place_are_in_both_languages(self, room: object) -> None:
        source = Path(str(room.__file__)).read_text("utf-8")  # type: ignore[attr-defined]
        for said in re.findall(r'summary=f?"([^"]+)"', source):
            assert in_both_languages(said), said


@pytest.mark.asyncio(loop_scope="module")
class TestAStart:
    async def test_of_the_postman(self, office: Office) -> None:
        queue = _queue()
        await start_post(office.client, queue, {}, Shift())
        await _says(office.client, postman_id(queue), "Postman")

    async def test_the_postman_says_it_itself_too_for_a_continued_run_is_not_given_it(
        self, office: Office
    ) -> None:
        client, queue = office.client, _queue()
        await start_post(client, queue, {}, Shift())
        async with Worker(client, task_queue=queue, workflows=[Postman]):
            metadata = await client.get_workflow_handle(postman_id(queue)).query(
                "__temporal_workflow_metadata", result_type=WorkflowMetadata
            )
        assert metadata.current_details == ABOUT["Postman"].details

    async def test_of_rollouts(self, office: Office) -> None:
        queue = _queue()
        door, version = RolloutGateway(office.client, queue), f"land-to-construction@{queue}"
        await door.start(RolloutOrder(version=version))
        await door.start_definition(RolloutOrder(version=version))
        await _says(office.client, rollout_id(version), "CalendarRollout", version)
        await _says(office.client, definition_rollout_id(version), "DefinitionRollout", version)

    async def test_of_a_chain(self, office: Office) -> None:
        described = await (await office.launch()).describe()
        assert await described.static_details() == ABOUT["LandToConstruction"].details

    async def test_of_what_schedules_start(self, office: Office) -> None:
        queue = _queue()
        await schedule_heads(office.client, queue, time(0, 20))
        while not (found := await _started(office.client, head_schedule_id(queue))):
            await asyncio.sleep(0.05)
        await _says(office.client, found, "SignedHead")

    async def test_of_what_schedules_started_before_they_knew_the_words(
        self, office: Office
    ) -> None:
        queue = _queue()
        client, digest = office.client, schedule_id(queue, Rhythm.DAILY)
        for _ in range(2):
            await start_post(client, queue, {"daily": time(8)}, Shift())
            await schedule_heads(client, queue, time(0, 20))
            for name, kind in ((digest, "Digest"), (head_schedule_id(queue), "SignedHead")):
                handle = client.get_schedule_handle(name)
                action = (await handle.describe()).schedule.action
                assert isinstance(action, ScheduleActionStartWorkflow)
                given = [action.static_summary, action.static_details]
                kept = [one for one in given if isinstance(one, Payload)]
                told = await client.data_converter.decode(kept, [str, str])
                assert told == [ABOUT[kind].summary, ABOUT[kind].details]
                await handle.update(_forget)


def _forget(given: Given) -> ScheduleUpdate:
    schedule = given.description.schedule
    assert isinstance(schedule.action, ScheduleActionStartWorkflow)
    schedule.action.static_summary = schedule.action.static_details = None
    return ScheduleUpdate(schedule)


def _queue() -> str:
    """One that no worker asks, so that what is started there stays as it was started."""
    return f"words-{uuid4().hex[:8]}"


async def _started(client: Client, begins: str) -> str | None:
    async for one in client.list_workflows(f'WorkflowId STARTS_WITH "{begins}"'):
        return one.id
    return None


async def _says(client: Client, workflow_id: str, kind: str, besides: str = "") -> None:
    described = await client.get_workflow_handle(workflow_id).describe()
    summary = str(await described.static_summary())
    assert summary.startswith(ABOUT[kind].summary)
    assert summary.endswith(besides)
    assert await described.static_details() == ABOUT[kind].details
