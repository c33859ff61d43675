"""A chain's history told again: every event that its runs handed over to the record.

Histories hold what was asked and when timers rang; replayed, the core makes the events of it again.
For repairs alone, outside the sandbox, on a replayer, which changes nothing.
"""

from collections import defaultdict
from typing import Any

from temporalio.worker import (
    ExecuteWorkflowInput,
    Interceptor,
    StartActivityInput,
    StartLocalActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)
from temporalio.workflow import ActivityHandle

from groundwork.domain.batch import RECORD
from groundwork.domain.events import AnyEvent


class Retold(Interceptor):
    """Give it to a replayer; it gathers what the replayed runs bring forth."""

    def __init__(self) -> None:
        self.events: defaultdict[str, dict[int, AnyEvent]] = defaultdict(dict)
        """By the chain's id, then by number."""
        self.last: dict[str, int] = {}
        """The number of the last event that each chain handed over, or carried along."""

    def note(self, chain_id: str, last: int, *events: AnyEvent) -> None:
        """Note down what a run brought forth, or that it carried so much."""
        self.events[chain_id] |= {event.seq: event for event in events}
        self.last[chain_id] = max(last, self.last.get(chain_id, 0))

    def workflow_interceptor_class(
        self, about: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor]:
        """See `Interceptor.workflow_interceptor_class`."""
        retold = self

        class Inbound(WorkflowInboundInterceptor):
            def init(self, outbound: WorkflowOutboundInterceptor) -> None:
                super().init(_Outbound(outbound, retold))

            async def execute_workflow(self, begun: ExecuteWorkflowInput) -> Any:
                (order,) = begun.args
                if order.carried is not None:
                    retold.note(order.launch.chain_id, order.carried.chain.seq)
                return await super().execute_workflow(begun)

        return Inbound


class _Outbound(WorkflowOutboundInterceptor):
    def __init__(self, following: WorkflowOutboundInterceptor, retold: Retold) -> None:
        super().__init__(following)
        self._retold = retold

    def start_activity(self, asked: StartActivityInput) -> ActivityHandle[Any]:
        self._note(asked)
        return super().start_activity(asked)

    def start_local_activity(self, asked: StartLocalActivityInput) -> ActivityHandle[Any]:
        self._note(asked)
        return super().start_local_activity(asked)

    def _note(self, asked: StartActivityInput | StartLocalActivityInput) -> None:
        if asked.activity == RECORD:
            (batch,) = asked.args
            self._retold.note(batch.chain_id, batch.events[-1].seq, *batch.events)
