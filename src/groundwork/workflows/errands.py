"""Errands: look-ups and records that a chain asks of the world outside.

The core notes what it waits for; an errand fetches it and says how the core takes it in. An errand
is tried until it succeeds, in full sight of operators: nothing is ever guessed in its place. One
that never will an operator may skip (`SkipErrand`), with the reason on record.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final, Protocol, TypeAlias

from temporalio import workflow
from temporalio.common import RetryPolicy

from groundwork.domain import core
from groundwork.domain.credit import (
    FILE_CREDIT,
    LOOK_UP_CREDIT,
    CreditAnswer,
    CreditQuestion,
    CreditReport,
)
from groundwork.domain.facts import CreditCheck
from groundwork.domain.model import Chain, ChainState
from groundwork.domain.rules import Rules

Brought: TypeAlias = Callable[[Rules, Chain], core.Accepted]
"""What an errand brings back: how the core takes it in."""

ERRAND_TIMEOUT: Final = timedelta(seconds=60)
UNTIL_IT_SUCCEEDS: Final = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2,
    maximum_interval=timedelta(minutes=1),
)


class Errand(Protocol):
    """Something to fetch or to hand over."""

    async def run(self, key: str) -> Brought:
        """See to it, however long it takes."""
        ...


class LookUp:
    """Asks the source for the credit of those that a check names."""

    def __init__(self, check: CreditCheck) -> None:
        self._check = check

    async def run(self, key: str) -> Brought:
        """The source's answer, for the core to judge."""
        answer = await workflow.execute_activity(
            LOOK_UP_CREDIT,
            CreditQuestion(subjects=self._check.subjects),
            result_type=CreditAnswer,
            start_to_close_timeout=ERRAND_TIMEOUT,
            retry_policy=UNTIL_IT_SUCCEEDS,
            summary=f"核查信用 look up credit · {key}",
        )

        def take_in(rules: Rules, chain: Chain) -> core.Accepted:
            return core.credit_answered(rules, chain, key, answer)

        return take_in


class Filing:
    """Hands a credit record to the source."""

    def __init__(self, report: CreditReport) -> None:
        self._report = report

    async def run(self, key: str) -> Brought:
        """That the source has it."""
        await workflow.execute_activity(
            FILE_CREDIT,
            self._report,
            result_type=type(None),
            start_to_close_timeout=ERRAND_TIMEOUT,
            retry_policy=UNTIL_IT_SUCCEEDS,
            summary=f"归集信用记录 file credit · {key}",
        )

        def take_in(rules: Rules, chain: Chain) -> core.Accepted:
            return core.credit_filed(rules, chain, key)

        return take_in


def waiting(chain: Chain) -> dict[str, Errand]:
    """Everything that the chain waits for, by its id. A chain that has ended asks nothing more."""
    running = chain.state is ChainState.RUNNING
    asked: dict[str, Errand] = {
        key: LookUp(check) for key, check in chain.checks.items() if running and check.pending
    }
    due: dict[str, Errand] = {
        key: Filing(filing.report) for key, filing in chain.filings.items() if filing.pending
    }
    return asked | due


def skipped(chain: Chain) -> set[str]:
    """Everything that the chain no longer waits for since an operator skipped it, by its id."""
    checks = {key for key, check in chain.checks.items() if check.skipped_at is not None}
    return checks | {key for key, one in chain.filings.items() if one.skipped_at is not None}
