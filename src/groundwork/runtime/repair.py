"""For repair: which chains do not get on, and how one of them stands with the engine."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import uuid4

from temporalio.api.batch.v1 import BatchOperationSignal
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.api.failure.v1 import Failure
from temporalio.api.workflowservice.v1 import (
    GetWorkflowExecutionHistoryReverseRequest,
    StartBatchOperationRequest,
)
from temporalio.client import Client, RPCError, WorkflowQueryFailedError
from temporalio.service import RPCStatusCode

from groundwork.domain.credit import FILE_CREDIT, LOOK_UP_CREDIT
from groundwork.domain.model import Chain
from groundwork.domain.views import open_errands
from groundwork.runtime.engine_figures import OPEN_CHAINS, TROUBLES
from groundwork.runtime.temporal import TemporalError
from groundwork.workflows.attributes import FAILING_ACTIVITY

QUERY_PATIENCE: Final = timedelta(seconds=3)
LOOK_AGAIN: Final = "look_again"
"""The signal with which a chain looks what is due, and whether another version is wanted."""
MOST_AT_ONCE: Final = 50
"""Signals that the engine sends in a second when many chains are told to look again."""

OTHER_CODE: Final = "other_code"
"""A workflow task fails because its history does not replay on the code of this release."""
LOOKED_AT: Final = 20
"""How many of the last events are looked at for why a task failed."""
_OTHER_CODE: Final = WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR


class UnknownChain(TemporalError):
    """The engine knows no chain of that id."""


class QueryRefused(TemporalError):
    """The engine does not understand what to look for."""


class Stuck(NamedTuple):
    """A chain that does not get on; `failing` is None where its workflow task fails."""

    chain: str
    failing: str | None


class Trying(NamedTuple):
    """An activity that the engine tries: how often so far, and the kind of the last error."""

    activity: str
    attempt: int
    error: str | None


class Awaited(NamedTuple):
    """An errand that the chain waits for: what it is called, by which activity, and since when."""

    errand: str
    activity: str
    since: datetime


class Condition(NamedTuple):
    """How a chain stands with the engine.

    `seq` is the number of its last event, None where no worker answers; `task_attempt` is above
    one where its workflow task fails, and `task_error` the kind of why. `failing` is what keeps
    failing as the chain shows it to operators, also while it is sent for afresh. `began` is false
    where its workflow task fails since the first. `unreadable` is what a worker answered, to the
    key ring of this process.
    """

    status: str
    task_attempt: int
    trying: tuple[Trying, ...]
    seq: int | None
    awaits: tuple[Awaited, ...] = ()
    task_error: str | None = None
    failing: str | None = None
    began: bool = True
    unreadable: bool = False

    def has_failed(self, errand: Awaited) -> bool:
        """Whether an attempt at an errand of this kind has failed."""
        tried = [one for one in self.trying if one.activity == errand.activity]
        noted = (self.failing or "").startswith(f"{errand.activity}:")
        return noted or any(one.attempt > 1 or one.error for one in tried)


async def stuck(client: Client) -> AsyncIterator[Stuck]:
    """Every chain that does not get on."""
    async for one in client.list_workflows(TROUBLES["stuck"]):
        yield Stuck(one.id, one.typed_search_attributes.get(FAILING_ACTIVITY))


async def condition(client: Client, chain_id: str) -> Condition:
    """How a chain stands. Raises UnknownChain."""
    handle = client.get_workflow_handle(chain_id)
    try:
        described = await handle.describe(rpc_timeout=QUERY_PATIENCE)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise unknown(chain_id) from None
        raise
    seq, awaits, unreadable = None, tuple[Awaited, ...](), False
    try:
        chain: Chain = await handle.query("chain", result_type=Chain, rpc_timeout=QUERY_PATIENCE)
        seq, awaits = chain.seq, tuple(awaited(chain))
    except (RPCError, WorkflowQueryFailedError):
        pass  # no worker answers, or none can: the other findings say why
    except ValueError:  # of the codec, or of what reads what it opened
        unreadable = True
    raw = described.raw_description
    fails = raw.pending_workflow_task.attempt > 1
    why, began = await _task_error(client, chain_id) if fails else (None, True)
    return Condition(
        status=described.status.name.lower() if described.status else "unknown",
        task_attempt=raw.pending_workflow_task.attempt,
        trying=tuple(
            Trying(
                one.activity_type.name,
                one.attempt,
                kind_of(one.last_failure),
            )
            for one in raw.pending_activities
        ),
        seq=seq,
        awaits=awaits,
        task_error=why,
        failing=described.typed_search_attributes.get(FAILING_ACTIVITY),
        began=began,
        unreadable=unreadable,
    )


async def _task_error(client: Client, chain_id: str) -> tuple[str | None, bool]:
    """Why the workflow task of a chain failed last: OTHER_CODE, or the kind of the error.

    Besides, whether one has ever succeeded.
    """
    answer = await client.workflow_service.get_workflow_execution_history_reverse(
        GetWorkflowExecutionHistoryReverseRequest(
            namespace=client.namespace,
            execution=WorkflowExecution(workflow_id=chain_id),
            maximum_page_size=LOOKED_AT,
        )
    )
    events = answer.history.events
    kinds = {event.event_type for event in events}
    whole = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED in kinds
    began = not whole or EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED in kinds
    for event in events:
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
            failed = event.workflow_task_failed_event_attributes
            error = OTHER_CODE if failed.cause == _OTHER_CODE else kind_of(failed.failure)
            return error, began
    return None, began


def unknown(chain_id: str) -> UnknownChain:
    """That the engine knows no such chain, and what to do."""
    return UnknownChain(
        f"流程引擎中没有链条 {chain_id}；若台账中有，请运行 groundwork reconcile 核对。 "
        f"The engine knows no chain {chain_id}: if the record does, look with groundwork reconcile."
    )


def awaited(chain: Chain) -> Iterator[Awaited]:
    """What a chain waits for from the world outside."""
    for key in open_errands(chain):
        if (check := chain.checks.get(key)) is not None:
            yield Awaited(key, LOOK_UP_CREDIT, check.asked_at)
        else:
            yield Awaited(key, FILE_CREDIT, chain.filings[key].due_at)


def open_chains(query: str | None) -> str:
    """The query for chains that run, narrowed by one that an operator typed."""
    return f"({query}) AND {OPEN_CHAINS}" if query else OPEN_CHAINS


async def count(client: Client, query: str) -> int:
    """How many workflows a query finds. Raises QueryRefused."""
    try:
        return (await client.count_workflows(query)).count
    except RPCError as error:
        if error.status is not RPCStatusCode.INVALID_ARGUMENT:
            raise
        raise QueryRefused(
            "流程引擎不理解该查询，请照 docs/ops 中的写法改正。 The engine does not understand "
            "the query: write it as docs/ops shows."
        ) from None


async def wake(client: Client, query: str, reason: str) -> None:
    """Have the engine tell all chains that a query finds to look again what is due or wanted.

    It does so by itself, so many in a second, and keeps the reason with the batch.
    """
    await client.workflow_service.start_batch_operation(
        StartBatchOperationRequest(
            namespace=client.namespace,
            visibility_query=query,
            job_id=f"look-again.{uuid4()}",
            reason=reason,
            max_operations_per_second=MOST_AT_ONCE,
            signal_operation=BatchOperationSignal(signal=LOOK_AGAIN, identity=client.identity),
        )
    )


def kind_of(failure: Failure) -> str | None:
    """The kind of an error as whoever raised it named it, or as the engine knows it: a timeout."""
    known = failure.WhichOneof("failure_info")
    raised = failure.application_failure_info.type
    return raised or (known.removesuffix("_failure_info") if known else None)
