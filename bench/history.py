"""What a chain leaves in Temporal's history: events, billable actions, bytes.

Actions are counted as Temporal Cloud bills them: the start (and every continuation), each update,
timer, signal and upsert of search attributes, each attempt of an activity, and once per workflow
task whatever markers it records, which is how local activities appear.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHandle

from bench import world
from bench.effort import Effort
from bench.report import Figure, Report
from bench.site import Site
from bench.worker import CHAINS

EVENTS, ACTIONS, KIB = 115, 39, 24

ONE_ACTION = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
    EventType.EVENT_TYPE_TIMER_STARTED,
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
}


class Trace(NamedTuple):
    """What one workflow left behind."""

    events: int
    actions: int
    kib: float
    kinds: dict[str, int]


async def trace(client: Client, workflow_id: str) -> Trace:
    """Read what a workflow left behind; the size is the server's own reckoning."""
    handle: WorkflowHandle[object, object] = client.get_workflow_handle(workflow_id)
    events = list((await handle.fetch_history()).events)
    described = (await handle.describe()).raw_description.workflow_execution_info
    kinds = Counter(kind_of(event) for event in events)
    size = described.history_size_bytes / 1024
    return Trace(len(events), actions(events), round(size, 2), dict(kinds.most_common()))


def actions(events: Iterable[HistoryEvent]) -> int:
    """How many actions Temporal Cloud would bill for these events."""
    counted, marking_tasks = 0, set()
    for event in events:
        counted += event.event_type in ONE_ACTION
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
            counted += event.activity_task_started_event_attributes.attempt - 1
        if event.event_type == EventType.EVENT_TYPE_MARKER_RECORDED:
            marker = event.marker_recorded_event_attributes
            marking_tasks.add(marker.workflow_task_completed_event_id)
    return counted + len(marking_tasks)


def kind_of(event: HistoryEvent) -> str:
    """The event's type in short."""
    return EventType.Name(event.event_type).removeprefix("EVENT_TYPE_").lower()


async def measure_history(site: Site, _effort: Effort) -> Report:
    """One chain whose commands are so far apart that each is a workflow task of its own."""
    async with site.worker(CHAINS) as ours:
        chain_id = await ours.start()
        for number in range(world.STEPS):
            await site.settled(chain_id)
            await site.recorded(chain_id, await ours.act(chain_id, number))
        handle: WorkflowHandle[object, object] = site.client.get_workflow_handle(chain_id)
        await handle.result()
        # The server adds the closing event's bytes a moment after it has answered.
        await asyncio.sleep(0.1)
        left = await trace(site.client, chain_id)
    return Report(
        [
            Figure("history of 18 spaced steps, events", left.events, at_most=EVENTS),
            Figure("history of 18 spaced steps, actions", left.actions, at_most=ACTIONS),
            Figure("history of 18 spaced steps, size", left.kib, "KiB", at_most=KIB),
        ],
        {
            "chain": {
                "events": left.events,
                "actions": left.actions,
                "kib": left.kib,
                "kinds": left.kinds,
            }
        },
    )
