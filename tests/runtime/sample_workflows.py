"""Small workflows, in a module that a sandbox can load quickly."""

import time
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from groundwork.domain.base import Frozen


@workflow.defn
class Echo:
    """Returns its input."""

    @workflow.run
    async def run(self, text: str) -> str:
        return text


@workflow.defn
class LookAround:
    """Tells which classes it sees: the process's own or the sandbox's copies."""

    @workflow.run
    async def run(self) -> dict[str, int]:
        return {"core": id(Frozen), "here": id(LookAround)}


@workflow.defn
class AskTheClock:
    """Breaks the rules."""

    @workflow.run
    async def run(self) -> float:
        return time.time()


@workflow.defn
class ManyDays:
    """Waits for a day, `days` times over."""

    @workflow.run
    async def run(self, days: int) -> int:
        for _ in range(days):
            await workflow.sleep(timedelta(days=1))
        return days


@workflow.defn
class Fail:
    """Fails with what it was told."""

    @workflow.run
    async def run(self, reason: str) -> None:
        raise ApplicationError(reason, non_retryable=True)
