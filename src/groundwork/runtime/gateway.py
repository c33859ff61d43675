"""The one door to the engine: launch a chain, act on it, learn what became of an action."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from temporalio.client import (
    Client,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import TypedSearchAttributes, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from groundwork.domain import core
from groundwork.domain.commands import Envelope, Receipt
from groundwork.domain.definition import ChainDefinition
from groundwork.domain.model import Launch
from groundwork.domain.rejections import Reason, sentence
from groundwork.domain.rules import Rules
from groundwork.runtime.metrics import timed_decision
from groundwork.workflows import board
from groundwork.workflows.about import fitted
from groundwork.workflows.ports import NOT_YET, TASK_QUEUE, ChainInput

UPDATES_IN_FLIGHT = 8
"""Updates that one process keeps open on one chain: a bare server aborts more than ten."""

WAIT = timedelta(seconds=2)
"""How long a caller waits for the engine before it gets a receipt to poll instead."""


class GatewayError(Exception):
    """Why an action did not reach, or may not have reached, the chain."""

    outcome = "failed"
    """How metrics count it."""


class AlreadyLaunched(GatewayError):
    """The project already has a chain of this kind."""


class ChainNotFound(GatewayError):
    """No chain of this id runs."""

    outcome = "missing"


class EngineSilent(GatewayError):
    """The engine has not answered in time. The action may still be carried out: ask again."""

    outcome = "silent"


class CoreFault(GatewayError):
    """The core failed on the command: a defect. Nothing changed, and the chain goes on."""

    outcome = "fault"


class Refused(GatewayError):
    """The core rejected the action; nothing changed."""

    outcome = "refused"

    def __init__(self, reason: Reason, params: dict[str, str]) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.params = params

    def sentence(self, language: str) -> str:
        """What is wrong and what to do, in `zh` or `en`."""
        return sentence(self.reason, self.params, language)


def go_on_being_cancelled() -> None:
    """Raise CancelledError if that is what ended a call.

    The SDK tells a caller's own cancellation as if the engine had been slow; taken for that, it
    would let a loop that is to end go on for ever.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


class Gateway:
    """Speaks to chains on one Temporal namespace and task queue."""

    def __init__(self, client: Client, task_queue: str = TASK_QUEUE) -> None:
        self._client = client
        self._task_queue = task_queue
        self._turns: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(UPDATES_IN_FLIGHT)
        )

    async def launch(
        self,
        order: Launch,
        rules: Rules,
        title: str,
        begin: ChainInput | None = None,
        pages: str | None = None,
    ) -> None:
        """Start a chain; `title` is what operators read in the Temporal UI, with a link to `pages`.

        `begin` stands in for the plain input where the workflows of a namespace take more.

        Raises Refused when the order is not valid (nothing is started then), AlreadyLaunched,
        EngineSilent.
        """
        outcome = core.launch(rules, order)
        if isinstance(outcome, core.Rejected):
            raise Refused(outcome.rejection.reason, outcome.rejection.params)
        chain = outcome.chain
        shown = board.fixed(chain) | board.shown(rules, chain)
        try:
            await self._client.start_workflow(
                rules.definition.workflow_type,
                begin or ChainInput(launch=order),
                id=order.chain_id,
                task_queue=self._task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=TypedSearchAttributes(board.pairs(shown)),
                static_summary=fitted(title),
                static_details=board.introduction(rules, order.chain_id, pages),
                request_eager_start=False,
                rpc_timeout=WAIT,
            )
        except WorkflowAlreadyStartedError:
            raise AlreadyLaunched(order.chain_id) from None
        except RPCError as error:
            raise EngineSilent(str(error.status.name)) from error

    async def act(self, chain_id: str, envelope: Envelope, wait: timedelta = WAIT) -> Receipt:
        """Carry a command to its chain and return the receipt.

        Raises Refused, ChainNotFound, EngineSilent. After EngineSilent the command may still be
        carried out; sending it again with the same key is safe.
        """
        with timed_decision(envelope.command.type) as decision:
            try:
                receipt = await self._carry(chain_id, envelope, wait)
            except GatewayError as error:
                decision.outcome = error.outcome
                raise
            decision.outcome = "accepted"
            return receipt

    async def _carry(self, chain_id: str, envelope: Envelope, wait: timedelta) -> Receipt:
        handle = self._client.get_workflow_handle(chain_id)
        try:
            async with asyncio.timeout(wait.total_seconds()), self._turns[chain_id]:
                receipt: Receipt = await handle.execute_update(
                    envelope.command.type,
                    envelope,
                    id=update_id(envelope),
                    result_type=Receipt,
                    rpc_timeout=wait,
                )
            return receipt
        except WorkflowUpdateFailedError as failure:
            raise _refused(failure) from None
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
            go_on_being_cancelled()
            raise EngineSilent(chain_id) from error
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise ChainNotFound(chain_id) from None
            go_on_being_cancelled()
            raise EngineSilent(error.status.name) from error

    async def outcome(
        self, chain_id: str, envelope_id: str, wait: timedelta = WAIT
    ) -> Receipt | None:
        """What became of an update by its id (`update_id`); None while it is not decided yet.

        Raises Refused, ChainNotFound.
        """
        handle = self._client.get_workflow_handle(chain_id).get_update_handle(
            envelope_id, result_type=Receipt
        )
        try:
            async with asyncio.timeout(wait.total_seconds()):
                receipt: Receipt = await handle.result(rpc_timeout=wait)
            return receipt
        except WorkflowUpdateFailedError as failure:
            raise _refused(failure) from None
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
            go_on_being_cancelled()
            return None
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise ChainNotFound(chain_id) from None
            return None


def title(definition: ChainDefinition, case: str = "") -> str:
    """What operators read of a chain in the Temporal UI: its kind, and whose case it is."""
    kind = f"{definition.name.zh} {definition.name.en}"
    return f"{kind} · {case}" if case else kind


def case_of(project: Mapping[str, Any]) -> str:
    """A project's case for a title."""
    return f"{project['name']}（{project['enterprise']}）"


def update_id(envelope: Envelope) -> str:
    """The update's id: key and digest, so that a reused key still reaches the chain's judgement."""
    return f"{envelope.key}.{envelope.digest}"


def _refused(failure: WorkflowUpdateFailedError) -> GatewayError:
    cause = failure.cause
    if isinstance(cause, ApplicationError) and cause.type == NOT_YET:
        return EngineSilent(NOT_YET)
    if isinstance(cause, ApplicationError) and cause.type in set(Reason):
        params = cause.details[0] if cause.details else {}
        return Refused(Reason(cause.type), dict(params))
    return CoreFault(getattr(cause, "type", None) or type(cause).__name__)
