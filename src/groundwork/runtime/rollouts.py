"""Starts the rollout of a calendar or of a definition."""

from collections.abc import Callable
from typing import Any

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError

from groundwork.domain.rollout import RolloutOrder, definition_rollout_id, rollout_id
from groundwork.runtime.gateway import WAIT, EngineSilent
from groundwork.workflows.about import ABOUT, About, fitted
from groundwork.workflows.ports import TASK_QUEUE
from groundwork.workflows.rollout import CalendarRollout, DefinitionRollout


class RolloutGateway:
    """Speaks to rollouts on one namespace and task queue."""

    def __init__(self, client: Client, task_queue: str = TASK_QUEUE) -> None:
        self._client = client
        self._task_queue = task_queue

    async def start(self, order: RolloutOrder) -> None:
        """Roll a calendar out; what is under way goes on, what has ended begins afresh.

        Raises EngineSilent.
        """
        about = ABOUT["CalendarRollout"]
        await self._start(CalendarRollout.run, order, rollout_id(order.version), about)

    async def start_definition(self, order: RolloutOrder) -> None:
        """Roll a definition out, in the same way. Raises EngineSilent."""
        about, workflow_id = ABOUT["DefinitionRollout"], definition_rollout_id(order.version)
        await self._start(DefinitionRollout.run, order, workflow_id, about)

    async def _start(
        self, rollout: Callable[..., Any], order: RolloutOrder, workflow_id: str, about: About
    ) -> None:
        try:
            await self._client.start_workflow(
                rollout,
                order,
                id=workflow_id,
                task_queue=self._task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                static_summary=fitted(f"{about.summary} · {order.version}"),
                static_details=about.details,
                rpc_timeout=WAIT,
            )
        except RPCError as error:
            raise EngineSilent(str(error.status.name)) from error
