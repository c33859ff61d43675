"""Workflow tasks that failed because our code raised or would not replay, not because one died."""

from typing import Final

from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.client import Client

OWN_FAULT: Final = {
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE,
}


async def failed_tasks(client: Client, chain: str) -> list[str]:
    """Why each such task of a chain failed."""
    found: list[str] = []
    async for event in client.get_workflow_handle(chain).fetch_history_events():
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
            failed = event.workflow_task_failed_event_attributes
            if failed.cause in OWN_FAULT:
                found.append(str(await client.data_converter.decode_failure(failed.failure)))
    return found
