"""What accompanies every activity: whose work it is, said in each line that is logged meanwhile."""

from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from groundwork.runtime.logs import about_chain
from groundwork.workflows.ports import NOTE_FAILING, Failing

ANNOUNCED: Final = frozenset({5, 50, 500, 5000, 50_000})
"""At which attempts a chain is told: soon, and seldom enough to keep its history short."""
ANSWER: Final = timedelta(seconds=2)


class LogContext(Interceptor):
    """Binds the execution that an activity works for to the log."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 -- the base class's name
        """See `Interceptor.intercept_activity`."""
        return _Bound(next)


class _Bound(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 -- as above
        info = activity.info()
        with structlog.contextvars.bound_contextvars(
            activity=info.activity_type,
            attempt=info.attempt,
            workflow_id=info.workflow_id,
            workflow_type=info.workflow_type,
            run_id=info.workflow_run_id,
            **about_chain(info.workflow_id),
        ):
            try:
                return await super().execute_activity(input)
            except Exception as error:
                await _announce(info, error)
                raise


async def _announce(info: activity.Info, error: Exception) -> None:
    """Tell a chain whose activity keeps failing, so that operators find it among thousands."""
    chain = about_chain(info.workflow_id).get("chain")
    if chain is None or info.is_local or info.attempt not in ANNOUNCED:
        return
    kind = error.type if isinstance(error, ApplicationError) else None
    note = Failing(
        activity=info.activity_type,
        error=kind or type(error).__name__,
        since=info.scheduled_time,
    )
    with suppress(RPCError):
        handle = activity.client().get_workflow_handle(chain)
        await handle.signal(NOTE_FAILING, note, rpc_timeout=ANSWER)
