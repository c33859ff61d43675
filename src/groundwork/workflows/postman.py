"""The postman, one per namespace and task queue, and the digests that schedules start.

Chains know nothing of either: the postman reads the record. It only keeps its activities going;
where they are stands in the database, so that nothing is lost or repeated when it begins anew.
"""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from groundwork.domain.post import (
    CALL_WEBHOOKS,
    COMPOSE_DIGESTS,
    DELIVER_POST,
    PLAN_POST,
    Rhythm,
    Shift,
)
from groundwork.workflows.about import ABOUT
from groundwork.workflows.moving import ON_TARGET, moves_on

RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2,
    maximum_interval=timedelta(seconds=30),
)
OVERTIME = timedelta(minutes=2)
"""How long a shift may take over ending."""
_SUMMARIES = {
    PLAN_POST: "按台账拟通知 · plan notices",
    DELIVER_POST: "投递通知 · deliver notices",
    CALL_WEBHOOKS: "调用 Webhook · call webhooks",
}
DIGEST_TIMEOUT = timedelta(minutes=5)


@workflow.defn(name="Postman")
class Postman:
    """Keeps planning and delivering, shift after shift."""

    @workflow.run
    async def run(self, shift: Shift) -> None:
        """Work some shifts, then continue as new: the history stays short."""
        workflow.set_current_details(ABOUT["Postman"].details)
        for _ in range(shift.shifts):
            await asyncio.gather(
                *(self._work(name, shift) for name in (PLAN_POST, DELIVER_POST, CALL_WEBHOOKS))
            )
            if workflow.info().is_continue_as_new_suggested() or moves_on():
                break
        workflow.continue_as_new(shift, initial_versioning_behavior=ON_TARGET)

    async def _work(self, name: str, shift: Shift) -> None:
        await workflow.execute_activity(
            name,
            shift,
            start_to_close_timeout=timedelta(seconds=shift.seconds) + OVERTIME,
            heartbeat_timeout=timedelta(seconds=shift.heartbeat_seconds),
            retry_policy=RETRY,
            summary=_SUMMARIES[name],
        )


@workflow.defn(name="Digest")
class Digest:
    """Composes the digests of one day; started by a schedule."""

    @workflow.run
    async def run(self, rhythm: Rhythm) -> int:
        """How many digests were composed: none on a day that is not theirs."""
        composed: int = await workflow.execute_activity(
            COMPOSE_DIGESTS,
            args=[rhythm, workflow.info().workflow_start_time],
            result_type=int,
            start_to_close_timeout=DIGEST_TIMEOUT,
            retry_policy=RETRY,
            summary="编写摘要 · compose digests",
        )
        return composed
