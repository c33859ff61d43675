"""Starts the rollout of a calendar and asks how far it is."""

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError

from groundwork.domain.rollout import RolloutOrder, rollout_id
from groundwork.runtime.gateway import WAIT, EngineSilent
from groundwork.workflows.calendar_rollout import CalendarRollout
from groundwork.workflows.ports import TASK_QUEUE


class RolloutGateway:
    """Speaks to rollouts on one namespace and task queue."""

    def __init__(self, client: Client, task_queue: str = TASK_QUEUE) -> None:
        self._client = client
        self._task_queue = task_queue

    async def start(self, order: RolloutOrder) -> None:
        """Roll a version out; one that is under way goes on, one that ended begins afresh.

        Raises EngineSilent.
        """
        try:
            await self._client.start_workflow(
                CalendarRollout.run,
                order,
                id=rollout_id(order.version),
                task_queue=self._task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                static_summary=f"推行日历 {order.version}",
                rpc_timeout=WAIT,
            )
        except RPCError as error:
            raise EngineSilent(str(error.status.name)) from error
