"""What operators read in the Temporal UI."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import uuid4

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import TimeSkipper
from temporalio.worker import Replayer

from bench import world
from groundwork.domain import core
from groundwork.domain.commands import AnyCommand
from groundwork.domain.core import Accepted
from groundwork.domain.credit import LOOK_UP_CREDIT
from groundwork.domain.model import Chain, StepState
from groundwork.domain.rules import Rules
from groundwork.runtime import watching
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import plugin
from groundwork.store.errors import StoreUnavailable
from groundwork.workflows import attributes as sa
from groundwork.workflows import board
from groundwork.workflows.land_to_construction import LandToConstruction
from groundwork.workflows.ports import Carried, ChainInput, Failing
from tests.workflows.office import Office, decide, open_office
from tests.workflows.record_histories import SKIPPING

METADATA_QUERY = "__temporal_workflow_metadata"
PAGES = "https://approvals.example"
VERBS = {kind.model_fields["type"].default for kind in get_args(get_args(AnyCommand)[0])}


async def _summaries_of_timers(office: Office, handle: WorkflowHandle[Any, Any]) -> list[str]:
    return [
        await _readable(office.client, event.user_metadata.summary)
        for event in (await handle.fetch_history()).events
        if event.HasField("timer_started_event_attributes")
    ]


async def _readable(client: Client, payload: Payload) -> str:
    (text,) = await client.data_converter.decode([payload], [str])
    return str(text)


async def _metadata(handle: WorkflowHandle[object, object]) -> WorkflowMetadata:
    metadata: WorkflowMetadata = await handle.query(METADATA_QUERY, result_type=WorkflowMetadata)
    return metadata


@pytest.mark.asyncio(loop_scope="module")
class TestAnOpenChain:
    async def test_it_has_a_sayable_id_a_summary_and_its_attributes_from_the_start(
        self, office: Office
    ) -> None:
        handle = await office.launch()
        described = await handle.describe()
        attributes = described.typed_search_attributes
        assert handle.id.startswith("bench.")
        assert await described.static_summary() == "测试链条"
        assert attributes[sa.PROJECT_CODE] == handle.id
        assert attributes[sa.LIGHT] == "green"
        assert attributes[sa.CHAIN_STATE] == "running"
        assert attributes[sa.WAITING_ON] == "department"
        assert attributes[sa.DEFINITION] == "bench@1"
        assert attributes[sa.OPEN_STEPS] == ["B00"]
        assert attributes[sa.OPEN_DEPTS] == ["office"]

    async def test_its_details_say_what_it_waits_for_in_whose_hands_until_when(
        self, office: Office
    ) -> None:
        async with office.worker():
            handle = await office.launch()
            await office.gateway.act(handle.id, decide(0))
            details = (await _metadata(handle)).current_details
        assert (
            "| B01 B01 · B01 | office · office | 部门 department | 已受理 · accepted |" in details
        )
        assert "B00" not in details
        assert "正常办理 green" in details
        assert re.search(r"下一时点 next：yellow · \d\d-\d\d 00:00 · B01 B01 · office", details)

    async def test_a_link_leads_to_the_page_of_the_case_with_and_without_a_worker(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(board, "_pages", [])
        board.put_pages(PAGES)
        handle = await office.launch(pages=PAGES)
        link = f"({PAGES}/chains/{handle.id})"
        assert link in str(await (await handle.describe()).static_details())
        async with office.worker():
            assert link in (await _metadata(handle)).current_details

    async def test_nobody_reads_the_details_without_the_codec(self, office: Office) -> None:
        stranger = await Client.connect(office.client.service_client.config.target_host)
        async with office.worker():
            handle = await office.launch()
            with pytest.raises(KeyError, match="binary/encrypted"):
                await _metadata(stranger.get_workflow_handle(handle.id))

    async def test_its_timer_says_what_it_waits_for(self, office: Office) -> None:
        async with office.worker():
            handle = await office.launch()
            await office.gateway.act(handle.id, decide(0))
            # The chain sets its timer when it has recorded what happened.
            while not (summaries := await _summaries_of_timers(office, handle)):
                await asyncio.sleep(0.02)
        assert len(summaries) == 1
        # Which of the two steps it is depends on whether the worker was there in between.
        assert re.fullmatch(r"yellow · \d\d-\d\d 00:00 · B0[01] B0[01] · office", summaries[0])

    async def test_its_updates_are_listed_with_their_meaning(self, office: Office) -> None:
        async with office.worker():
            handle = await office.launch()
            metadata = await _metadata(handle)
        updates = {one.name: one.description for one in metadata.definition.update_definitions}
        assert updates["receive"].startswith("Hand in the application")
        assert updates.keys() == VERBS


@pytest.mark.asyncio(loop_scope="module")
class TestAnActivityThatKeepsFailing:
    @pytest.fixture(autouse=True)
    def told_soon(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(watching, "ANNOUNCED", {2})

    async def test_the_chain_is_found_until_the_record_is_written(self, office: Office) -> None:
        away = True

        def fail(_attempt: int) -> None:
            if away:
                raise StoreUnavailable("the database is away: 机密")

        async with office.worker():
            handle = await office.launch()
            await office.gateway.act(handle.id, decide(0))
            assert await _failing(handle) is None
            office.memory.before = fail
            receipt = await office.gateway.act(handle.id, decide(1))
            while await _failing(handle) != "record: StoreUnavailable":
                await asyncio.sleep(0.05)
            details = (await _metadata(handle)).current_details
            decided = await office.gateway.act(handle.id, decide(2))
            away = False
            await office.memory.reached(handle.id, decided.seq)
            while await _failing(handle) is not None:
                await asyncio.sleep(0.05)
            after = (await _metadata(handle)).current_details
            history = await handle.fetch_history()
        office.memory.before = lambda _attempt: None
        replayer = Replayer(workflows=[LandToConstruction], plugins=[plugin(Settings())])
        assert (await replayer.replay_workflow(history)).replay_failure is None
        assert decided.seq > receipt.seq
        assert "`record` · `StoreUnavailable`" in details
        assert "机密" not in details
        assert "StoreUnavailable" not in after

    async def test_a_continued_chain_remembers_it_until_nothing_is_asked_any_more(
        self, office: Office
    ) -> None:
        order = world.order(f"bench.{uuid4().int % 10**8:08}")
        launched = core.launch(office.rules, order)
        assert isinstance(launched, Accepted)
        office.memory.events[order.chain_id] = list(launched.events)
        note = Failing(activity=LOOK_UP_CREDIT, error="Away", since=datetime.now(UTC))
        carried = Carried(chain=launched.chain, handled={}, failing=(note,))
        async with office.worker():
            handle = await office.client.start_workflow(
                office.rules.definition.workflow_type,
                ChainInput(launch=order, carried=carried),
                id=order.chain_id,
                task_queue="groundwork",
            )
            while await _failing(handle) != f"{LOOK_UP_CREDIT}: Away":
                await asyncio.sleep(0.05)
            await office.gateway.act(handle.id, decide(0))
            while await _failing(handle) is not None:
                await asyncio.sleep(0.05)


async def _failing(handle: WorkflowHandle[Any, Any]) -> str | None:
    return (await handle.describe()).typed_search_attributes.get(sa.FAILING_ACTIVITY)


async def test_a_late_chain_turns_red_in_the_attributes() -> None:
    async with open_office(*SKIPPING) as office, office.worker():
        handle = await office.launch()
        await office.gateway.act(handle.id, decide(0))
        await TimeSkipper(office.client).fast_forward(handle, timedelta(days=60))
        await office.gateway.act(handle.id, decide(1))
        attributes = (await handle.describe()).typed_search_attributes
    assert attributes[sa.LIGHT] == "red"
    assert attributes[sa.RED_DEPTS] == ["office"]
    assert attributes[sa.ESCALATION_LEVEL] == 2


class TestInWhoseHandsAStepIs:
    @pytest.mark.parametrize(
        ("state", "said"),
        [
            (StepState.READY, "企业 applicant"),
            (StepState.ACCEPTED, "部门 department"),
        ],
    )
    def test_the_details_say_it_of_each_step(self, state: StepState, said: str) -> None:
        rules = Rules(world.definition(), world.calendar())
        launched = core.launch(rules, world.order("bench.x"))
        assert isinstance(launched, Accepted)
        step = launched.chain.steps["B00"].model_copy(update={"state": state})
        chain = launched.chain.model_copy(update={"steps": {**launched.chain.steps, "B00": step}})
        assert f"| office · office | {said} | " in board.details(rules, chain)
        assert board.shown(rules, chain)[sa.WAITING_ON] == said.rpartition(" ")[2]


class TestMisleading:
    def _launched(self) -> tuple[Rules, Chain]:
        rules = Rules(world.definition(), world.calendar())
        launched = core.launch(rules, world.order("bench.x"))
        assert isinstance(launched, Accepted)
        return rules, launched.chain

    def test_the_same_picture_misleads_nobody(self) -> None:
        shown = board.shown(*self._launched())
        assert not board.misleads(shown, shown)

    def test_another_open_step_of_the_same_department_may_wait(self) -> None:
        rules, chain = self._launched()
        before = board.shown(rules, chain)
        decided = core.handle(rules, chain, decide(0))
        assert isinstance(decided, Accepted)
        now = board.shown(rules, decided.chain)
        assert now[sa.OPEN_STEPS] != before[sa.OPEN_STEPS]
        assert not board.misleads(before, now)

    def test_an_earlier_moment_than_the_one_shown_may_not(self) -> None:
        now = board.shown(*self._launched())
        shown = {**now, sa.NEXT_DUE_AT: now[sa.NEXT_DUE_AT] + timedelta(days=1)}
        assert board.misleads(shown, now)

    def test_nothing_shown_yet_misleads(self) -> None:
        assert board.misleads({}, board.shown(*self._launched()))
