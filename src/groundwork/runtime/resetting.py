"""Setting a chain's execution back to an earlier point of its history, for the engine to go on.

The engine begins a new run with the history up to that point, and sends the commands and signals
that came after it again. Events that they lead to anew are those on record already, or the record
refuses them: it is never changed by this. So no point before the last answer from outside will do,
which would come in another order.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import uuid4

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, ResetReapplyType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client, RPCError
from temporalio.service import RPCStatusCode

from groundwork.domain.credit import FILE_CREDIT, LOOK_UP_CREDIT
from groundwork.runtime.repair import unknown

_DONE: Final = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
_ANSWERED: Final = EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED
_ERRANDS: Final = frozenset({LOOK_UP_CREDIT, FILE_CREDIT})
_ACCEPTED: Final = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED


class Point(NamedTuple):
    """A workflow task that was completed: the number of its event in the history, and when.

    `again` are the verbs of the commands that would be sent again from there on.
    """

    event: int
    at: datetime
    again: tuple[str, ...]


async def points(client: Client, chain_id: str) -> list[Point]:
    """Where a chain's current run can go back to, the latest first. Raises UnknownChain."""
    found: list[Point] = []
    again: tuple[str, ...] = ()
    try:
        events = [event async for event in _events(client, chain_id)]
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        raise unknown(chain_id) from None
    errands = {event.event_id for event in events if _sends_for_something(event)}
    for event in reversed(events):
        if event.event_type == _ANSWERED:
            answered = event.activity_task_completed_event_attributes
            if answered.scheduled_event_id in errands:
                break
        elif event.event_type == _ACCEPTED:
            accepted = event.workflow_execution_update_accepted_event_attributes
            again = (accepted.accepted_request.input.name, *again)
        elif event.event_type == _DONE:
            found.append(Point(event.event_id, event.event_time.ToDatetime(UTC), again))
    return found


def _sends_for_something(event: HistoryEvent) -> bool:
    sent = event.activity_task_scheduled_event_attributes
    return sent.activity_type.name in _ERRANDS


def _events(client: Client, chain_id: str) -> AsyncIterator[HistoryEvent]:
    return client.get_workflow_handle(chain_id).fetch_history_events()


async def reset(client: Client, chain_id: str, event: int, reason: str) -> str:
    """Go on from before that workflow task, as a new run; its id. The engine keeps the reason.

    The point must be one of `points`.
    """
    answer = await client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=chain_id),
            reason=reason,
            workflow_task_finish_event_id=event,
            request_id=str(uuid4()),
            identity=client.identity,
            reset_reapply_type=ResetReapplyType.RESET_REAPPLY_TYPE_ALL_ELIGIBLE,
        )
    )
    return answer.run_id
