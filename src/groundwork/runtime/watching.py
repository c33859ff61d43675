"""What accompanies every activity: whose work it is, said in each line that is logged meanwhile."""

from typing import Any

import structlog
from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from groundwork.runtime.logs import about_chain


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
            return await super().execute_activity(input)
