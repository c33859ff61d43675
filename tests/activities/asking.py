"""Workflows that ask about credit and report it, patiently, as a chain does."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from groundwork.domain.credit import (
    FILE_CREDIT,
    LOOK_UP_CREDIT,
    CreditAnswer,
    CreditQuestion,
    CreditReport,
)

PATIENT = RetryPolicy(
    initial_interval=timedelta(milliseconds=100), maximum_interval=timedelta(milliseconds=200)
)
ATTEMPT = timedelta(seconds=10)


@workflow.defn
class AskForCredit:
    """Returns the answer, however long it takes; `queue` is where to ask if not here."""

    @workflow.run
    async def run(self, question: CreditQuestion, queue: str | None = None) -> CreditAnswer:
        answer: CreditAnswer = await workflow.execute_activity(
            LOOK_UP_CREDIT,
            question,
            task_queue=queue,
            result_type=CreditAnswer,
            start_to_close_timeout=ATTEMPT,
            retry_policy=PATIENT,
        )
        return answer


@workflow.defn
class ReportCredit:
    """Reports, however long it takes."""

    @workflow.run
    async def run(self, report: CreditReport) -> None:
        await workflow.execute_activity(
            FILE_CREDIT, report, start_to_close_timeout=ATTEMPT, retry_policy=PATIENT
        )
