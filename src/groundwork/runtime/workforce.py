"""Who serves the engine: whether it answers, which workers ask it for work, how much runs there."""

import asyncio
from datetime import UTC, datetime
from typing import Final, NamedTuple

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from groundwork.runtime.gateway import EngineSilent

ANSWER_SECONDS: Final = 2.0

RUNNING: Final = 'ExecutionStatus="Running"'


class Worker(NamedTuple):
    """A worker that asked for work lately. `name` is its process and machine."""

    name: str
    seen_at: datetime


class Workforce(NamedTuple):
    """How the engine is served; the two kinds of work are asked for separately."""

    deciding: tuple[Worker, ...]
    """Those that carry chains."""
    acting: tuple[Worker, ...]
    """Those that record and notify."""
    running: int
    """Chains that run on the engine."""


async def workforce(client: Client, task_queue: str) -> Workforce:
    """How the engine is served now. Raises EngineSilent."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            deciding, acting, running = await asyncio.gather(
                _workers(client, task_queue, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW),
                _workers(client, task_queue, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
                client.count_workflows(RUNNING),
            )
    except (RPCError, TimeoutError) as error:
        raise EngineSilent("the engine does not answer") from error
    return Workforce(deciding, acting, running.count)


async def _workers(
    client: Client, task_queue: str, kind: TaskQueueType.ValueType
) -> tuple[Worker, ...]:
    asked = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=task_queue),
        task_queue_type=kind,
    )
    answer = await client.workflow_service.describe_task_queue(asked)
    return tuple(
        Worker(one.identity, one.last_access_time.ToDatetime(UTC)) for one in answer.pollers
    )
