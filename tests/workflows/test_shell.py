"""The durable shell on a real server: what it promises whatever the core decides."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import (
    WorkflowExecutionStatus,
    WorkflowHistory,
    WorkflowUpdateFailedError,
)
from temporalio.exceptions import ApplicationError

from bench import world
from groundwork.domain import core
from groundwork.domain.commands import ChooseMode, Envelope, Receipt
from groundwork.domain.definition import Mode
from groundwork.domain.fold import fold
from groundwork.domain.model import Actor, ChainState, Role
from groundwork.domain.rejections import Reason
from groundwork.runtime.gateway import (
    AlreadyLaunched,
    ChainNotFound,
    CoreFault,
    EngineSilent,
    Refused,
    update_id,
)
from tests.workflows.office import Office, by, decide, open_office

pytestmark = pytest.mark.asyncio(loop_scope="module")


class TestCommands:
    async def test_a_chain_runs_to_its_end_and_everything_is_recorded(self, office: Office) -> None:
        async with office.worker():
            handle = await office.launch()
            for number in range(world.STEPS):
                await office.gateway.act(handle.id, decide(number))
            outcome = await handle.result()
        events = office.memory.events[handle.id]
        assert outcome == {"state": "completed", "seq": len(events)}
        assert fold(events).state is ChainState.COMPLETED

    async def test_a_refusal_leaves_no_trace_in_the_history(self, office: Office) -> None:
        async with office.worker():
            handle = await office.launch()
            await office.gateway.act(handle.id, decide(0))
            before = _updates(await handle.fetch_history())
            with pytest.raises(Refused) as refused:
                await office.gateway.act(handle.id, decide(17))
            after = _updates(await handle.fetch_history())
        assert refused.value.reason is Reason.WRONG_STATE
        assert "B17" in refused.value.sentence("en")
        assert after == before > 0

    async def test_the_core_judges_who_may_act(self, office: Office) -> None:
        outsider = Actor(id="elsewhere", role=Role.OFFICER, department="other")
        async with office.worker():
            handle = await office.launch()
            with pytest.raises(Refused) as refused:
                await office.gateway.act(handle.id, by(outsider, decide(0)))
        assert refused.value.reason is Reason.OTHER_DEPARTMENT

    async def test_a_fault_in_the_core_refuses_the_command_and_spares_the_chain(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with office.worker():
            handle = await office.launch()
            whole = core.handle
            monkeypatch.setattr(core, "handle", _broken)
            with pytest.raises(CoreFault):
                await office.gateway.act(handle.id, decide(0))
            monkeypatch.setattr(core, "handle", whole)
            receipt = await office.gateway.act(handle.id, decide(0, key="decide-again"))
        assert receipt.seq > 0

    async def test_an_update_refuses_another_verbs_command(self, office: Office) -> None:
        async with office.worker():
            handle = await office.launch()
            with pytest.raises(WorkflowUpdateFailedError) as failure:
                await handle.execute_update("accept", decide(0))
        assert isinstance(failure.value.cause, ApplicationError)
        assert failure.value.cause.type == "wrong_update"

    async def test_three_hundred_commands_at_once_are_each_answered_and_none_is_lost(
        self, office: Office
    ) -> None:
        async with office.worker():
            handle = await office.launch()
            gateway = office.gateway
            answers = await asyncio.gather(
                *(
                    gateway.act(handle.id, _choose(number), timedelta(seconds=30))
                    for number in range(300)
                )
            )
            await _until_recorded(office, handle.id, max(answer.seq for answer in answers))
        keys = [event.key for event in office.memory.events[handle.id]]
        assert len({answer.seq for answer in answers}) == 300
        assert all(keys.count(_choose(number).key) == 1 for number in range(300))


class TestIdempotency:
    async def test_the_same_key_gives_the_same_receipt_and_one_event(self, office: Office) -> None:
        envelope = decide(0)
        async with office.worker():
            handle = await office.launch()
            first = await office.gateway.act(handle.id, envelope)
            second = await office.gateway.act(handle.id, envelope)
            await _until_recorded(office, handle.id, second.seq)
        assert first == second
        keys = [event.key for event in office.memory.events[handle.id]]
        assert keys.count(envelope.key) == first.seq - keys.index(envelope.key)

    async def test_a_key_cannot_be_used_for_something_else(self, office: Office) -> None:
        async with office.worker():
            handle = await office.launch()
            await office.gateway.act(handle.id, decide(0, key="one-and-the-same"))
            with pytest.raises(Refused) as refused:
                await office.gateway.act(handle.id, decide(1, key="one-and-the-same"))
        assert refused.value.reason is Reason.KEY_REUSED

    async def test_a_key_holds_across_continue_as_new(self) -> None:
        async with open_office("limit.historyCount.suggestContinueAsNew=30") as office:
            async with office.worker():
                handle = await office.launch()
                receipts = [
                    await office.gateway.act(handle.id, decide(number)) for number in range(12)
                ]
                description = await handle.describe()
                repeated = await office.gateway.act(handle.id, decide(0))
                for number in range(12, world.STEPS):
                    await office.gateway.act(handle.id, decide(number))
                await handle.result()
            first_run = description.raw_description.workflow_execution_info.first_run_id
        assert first_run != description.run_id, "the chain must have continued as new"
        assert repeated == receipts[0]
        told = office.memory.events[handle.id]
        decided = [event.step for event in told if event.type == "step_decided"]
        assert len(decided) == len(set(decided)) == world.STEPS
        assert fold(told).state is ChainState.COMPLETED

    async def test_a_project_gets_one_chain_of_a_kind(self, office: Office) -> None:
        handle = await office.launch()
        with pytest.raises(AlreadyLaunched):
            await office.gateway.launch(world.order(handle.id), office.rules, "again")

    async def test_a_command_sent_while_no_worker_ran_is_carried_out_once(
        self, office: Office
    ) -> None:
        envelope = decide(0)
        handle = await office.launch()
        with pytest.raises(EngineSilent):
            await office.gateway.act(handle.id, envelope, timedelta(seconds=0.5))
        async with office.worker():
            receipt = await _resent_until_answered(office, handle.id, envelope)
            outcome = await office.gateway.outcome(handle.id, update_id(envelope))
            await _until_recorded(office, handle.id, receipt.seq)
        decided = [e for e in office.memory.events[handle.id] if e.type == "step_decided"]
        assert outcome == receipt
        assert len(decided) == 1

    async def test_an_unknown_chain_is_said_to_be_unknown(self, office: Office) -> None:
        with pytest.raises(ChainNotFound):
            await office.gateway.act("land-to-construction.none", decide(0))


class TestRecord:
    async def test_a_failing_record_never_holds_a_decision_and_leaves_no_gap(
        self, office: Office
    ) -> None:
        async with office.worker():
            handle = await office.launch()
            await office.gateway.act(handle.id, decide(0))
            healthy = office.memory.attempts
            office.memory.before = _fail
            for number in range(1, 6):
                await office.gateway.act(handle.id, decide(number))
            office.memory.before = lambda _attempt: None
            receipt = await office.gateway.act(handle.id, decide(6))
            await _until_recorded(office, handle.id, receipt.seq)
            history = await handle.fetch_history()
        assert office.memory.attempts > healthy
        kinds = {event.WhichOneof("attributes") for event in history.events}
        assert "activity_task_scheduled_event_attributes" in kinds, "the patient way was taken"
        assert [e.seq for e in office.memory.events[handle.id]] == list(range(1, receipt.seq + 1))

    async def test_a_chain_does_not_end_before_everything_is_recorded(self, office: Office) -> None:
        async with office.worker():
            handle = await office.launch()
            for number in range(world.STEPS - 1):
                await office.gateway.act(handle.id, decide(number))
            office.memory.before = _fail
            await office.gateway.act(handle.id, decide(world.STEPS - 1))
            status_while_down = (await handle.describe()).status
            office.memory.before = lambda _attempt: None
            await handle.result()
        assert status_while_down is WorkflowExecutionStatus.RUNNING
        assert office.memory.events[handle.id][-1].type == "chain_completed"


def _updates(history: WorkflowHistory) -> int:
    """How many events tell of updates."""
    return sum("UPDATE" in EventType.Name(event.event_type) for event in history.events)


def _broken(*_arguments: object) -> None:
    raise KeyError("a defect")


def _fail(_attempt: int) -> None:
    raise ConnectionError("the database is away")


def _choose(number: int) -> Envelope:
    """A harmless command that always passes: the last step stays in its only mode."""
    return decide(0, key=f"choose-mode-{number:04d}").model_copy(
        update={"command": ChooseMode(step=world.step_id(17), mode=Mode.STANDARD)}
    )


async def _until_recorded(office: Office, chain_id: str, seq: int) -> None:
    await office.memory.reached(chain_id, seq)


async def _resent_until_answered(office: Office, chain_id: str, envelope: Envelope) -> Receipt:
    while True:
        try:
            return await office.gateway.act(chain_id, envelope)
        except EngineSilent:
            continue
