"""A rehearsal's input and a live chain's never pass for one another."""

import asyncio
from collections.abc import AsyncIterator, Iterable

import pytest
from pydantic import ValidationError
from temporalio import activity
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.worker import Worker

from groundwork.domain.batch import RECORD, RecordBatch
from groundwork.domain.rules import Rules
from groundwork.rehearsal.plan import make_plan
from groundwork.rehearsal.typical import typical_script
from groundwork.rehearsal.workflows import REHEARSED, RehearsalInput
from groundwork.worker import CHAINS
from groundwork.workflows import shelf
from groundwork.workflows.land_to_construction import LandToConstruction
from groundwork.workflows.ports import ChainInput
from tests.rehearsal.scripts import START

DEFINITION = "__temporal_workflow_definition"
"""Where the SDK notes a workflow type's name."""


@pytest.fixture
def rehearsed(rules: Rules) -> RehearsalInput:
    plan = make_plan(typical_script(rules, START), rules)
    shelf.put_definition(plan.launch.definition.hash, rules.definition)
    shelf.put_calendar(rules.calendar)
    return RehearsalInput(launch=plan.launch, offset_seconds=-86_400)


def test_a_live_input_cannot_carry_an_offset(rehearsed: RehearsalInput) -> None:
    with pytest.raises(ValidationError, match="offset_seconds"):
        ChainInput.model_validate_json(rehearsed.model_dump_json())


def test_a_rehearsal_cannot_be_started_without_one(rehearsed: RehearsalInput) -> None:
    with pytest.raises(ValidationError, match="offset_seconds"):
        RehearsalInput.model_validate({"launch": rehearsed.launch})


def test_every_live_chain_has_a_rehearsed_twin() -> None:
    def names(kinds: Iterable[type]) -> set[str | None]:
        return {getattr(kind, DEFINITION).name for kind in kinds}

    assert names(REHEARSED) == names(CHAINS)


@activity.defn(name=RECORD)
async def never(batch: RecordBatch) -> int:
    raise AssertionError("a chain that never ran has nothing to record")


@pytest.fixture
async def live_worker(temporal_client: Client) -> AsyncIterator[Worker]:
    async with Worker(
        temporal_client,
        task_queue="live-for-once",
        workflows=[LandToConstruction],
        activities=[never],
    ) as worker:
        yield worker


async def test_a_live_worker_does_not_run_a_rehearsal(
    live_worker: Worker, temporal_client: Client, rehearsed: RehearsalInput
) -> None:
    handle = await temporal_client.start_workflow(
        "LandToConstruction", rehearsed, id="stray-rehearsal", task_queue=live_worker.task_queue
    )
    try:
        async with asyncio.timeout(30):
            async for event in handle.fetch_history_events(wait_new_event=True):
                if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
                    break
        failure = event.workflow_task_failed_event_attributes.failure
        told = await temporal_client.data_converter.decode_failure(failure)
        assert "offset_seconds" in str(told.__cause__)
    finally:
        await handle.terminate()
