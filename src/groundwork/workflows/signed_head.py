"""The signed head of the record, once a day; started by a schedule.

Which days have one stands in the database: a run that comes late makes up for those before it.
"""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from groundwork.domain.proof import SIGN_HEADS, STAMP_HEADS

RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=2),
    backoff_coefficient=2,
    maximum_interval=timedelta(minutes=10),
)
SIGN_TIMEOUT = timedelta(minutes=30)
STAMP_TIMEOUT = timedelta(minutes=5)
STAMP_PATIENCE = timedelta(hours=20)
"""For so long an authority that is away is asked again; the next day's run goes on."""


@workflow.defn(name="SignedHead")
class SignedHeadOfDay:
    """Signs what the record holds, then has the heads time-stamped."""

    @workflow.run
    async def run(self) -> int:
        """How many heads were signed: more than one after missed days, none when it was done."""
        made: int = await workflow.execute_activity(
            SIGN_HEADS,
            workflow.info().workflow_start_time,
            result_type=int,
            start_to_close_timeout=SIGN_TIMEOUT,
            retry_policy=RETRY,
            summary="签署台账首部 · sign the head of the record",
        )
        await workflow.execute_activity(
            STAMP_HEADS,
            result_type=int,
            start_to_close_timeout=STAMP_TIMEOUT,
            schedule_to_close_timeout=STAMP_PATIENCE,
            retry_policy=RETRY,
            summary="加盖时间戳 · have it time-stamped",
        )
        return made
