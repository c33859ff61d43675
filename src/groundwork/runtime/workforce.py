"""Who serves the engine: whether it answers, which workers ask it for work, how much runs there."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from groundwork.runtime.engine_figures import OPEN_CHAINS, TROUBLES
from groundwork.runtime.gateway import EngineSilent

ANSWER_SECONDS: Final = 2.0

POLLED_WITHIN: Final = timedelta(minutes=2)
"""A worker asks again after a minute at the latest, when there is no work."""


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
    stuck: int
    """How many of them do not get on: something of theirs fails again and again."""


async def workforce(client: Client, task_queue: str) -> Workforce:
    """How the engine is served now. Raises EngineSilent."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            deciding, acting, running, stuck = await asyncio.gather(
                _workers(client, task_queue, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW),
                _workers(client, task_queue, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
                client.count_workflows(OPEN_CHAINS),
                client.count_workflows(TROUBLES["stuck"]),
            )
    except (RPCError, TimeoutError) as error:
        raise EngineSilent("the engine does not answer") from error
    return Workforce(deciding, acting, running.count, stuck.count)


async def engine_answers(client: Client) -> None:
    """Return if the engine answers. Raises EngineSilent when it does not."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await client.service_client.check_health()
    except (RPCError, TimeoutError) as error:
        raise EngineSilent("the engine does not answer") from error


async def polling(client: Client, task_queue: str) -> None:
    """Return if the engine has lately been asked for work by this client's worker.

    Raises EngineSilent when it does not answer, or knows nothing of the worker.
    """
    kinds = (TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)
    since = datetime.now(UTC) - POLLED_WITHIN
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            for workers in await asyncio.gather(
                *(_workers(client, task_queue, kind) for kind in kinds)
            ):
                if not any(one.name == client.identity and one.seen_at > since for one in workers):
                    raise EngineSilent("the engine knows nothing of this worker")
    except (RPCError, TimeoutError) as error:
        raise EngineSilent("the engine does not answer") from error


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
