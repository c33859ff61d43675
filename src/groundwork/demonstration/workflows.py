"""The demonstration's twin of each live workflow type: the same shell on a clock that can stand.

A chain of the park begins in the past. Until it has caught up its clock stands where the script
stands: at the last command, or where `move_clock` put it. Then it is let go and lives in real time,
for good; nothing of the past is kept but what was recorded. A chain launched through the API lives
in real time from the start. Only the demonstration's worker registers these.
"""

from datetime import datetime
from typing import Final

from pydantic import AwareDatetime
from temporalio import workflow
from temporalio.exceptions import ApplicationError

from groundwork.domain import commands as cmd
from groundwork.domain import core
from groundwork.domain.base import Frozen
from groundwork.domain.rejections import Rejection
from groundwork.workflows.chain import ChainWorkflow
from groundwork.workflows.ports import NOT_YET, Carried, ChainInput, ChainOutcome

MOVE_CLOCK: Final = "move_clock"
SCRIPTED: Final = "park."
"""How the keys of the script's own commands begin."""


class ParkInput(ChainInput):
    """A live chain's input, and the moment at which its clock stands; None: it runs."""

    stands_at: AwareDatetime | None = None


class ClockMove(Frozen):
    """Where the clock of a chain goes; None: it runs from now on."""

    to: AwareDatetime | None = None


class ParkChain(ChainWorkflow):
    """A chain of the demonstration."""

    def __init__(self, order: ParkInput) -> None:
        self._stands_at = order.stands_at
        self._moved = False
        super().__init__(order)

    def now(self) -> datetime:
        """The engine's time, or the script's as long as the chain has not caught up."""
        return self._stands_at or workflow.now()

    def next_input(self, carried: Carried) -> ChainInput:
        """The input of the run that continues this one, on the same clock."""
        return ParkInput(launch=carried.chain.launch, carried=carried, stands_at=self._stands_at)

    def check(self, verb: str, envelope: cmd.Envelope) -> None:
        """Judge a command. What people ask before the chain has caught up waits until then."""
        if self._stands_at is not None and not envelope.key.startswith(SCRIPTED):
            raise ApplicationError("演示链条尚在准备", type=NOT_YET, non_retryable=True)
        super().check(verb, envelope)

    def carry_out(self, envelope: cmd.Envelope) -> cmd.Receipt:
        """Commit a command; the script's own take the clock along."""
        if self._stands_at is not None:
            self._stands_at = max(self._stands_at, envelope.received_at)
        return super().carry_out(envelope)

    @workflow.update(name=MOVE_CLOCK, description="Let time pass up to a moment, or run from now.")
    def move_clock(self, move: ClockMove) -> cmd.Receipt:
        """Let time pass; a clock that runs is left alone. Safe to repeat."""
        if self._stands_at is not None and (move.to is None or move.to > self._stands_at):
            self._stands_at = move.to
            self._moved = True
            passed = core.tick(self._rules, self._chain, self.now())
            if passed.events:
                self._commit(passed)
        return cmd.Receipt(seq=self._chain.seq)

    def _has_reason_to_wake(self) -> bool:
        return self._moved or super()._has_reason_to_wake()

    def _set_alarm(self) -> None:
        # A clock that stands wakes nobody: the script moves it on.
        self._moved = False
        if self._stands_at is None:
            super()._set_alarm()


@workflow.defn(name="LandToConstruction", failure_exception_types=[Rejection])
class ParkLandToConstruction(ParkChain):
    """拿地即动工, in the demonstration."""

    @workflow.init
    def __init__(self, order: ParkInput) -> None:
        super().__init__(order)

    @workflow.run
    async def run(self, order: ParkInput) -> ChainOutcome:
        """Run the chain to its end."""
        return await self.live()


@workflow.defn(name="CompletionToProduction", failure_exception_types=[Rejection])
class ParkCompletionToProduction(ParkChain):
    """完工即投产, in the demonstration."""

    @workflow.init
    def __init__(self, order: ParkInput) -> None:
        super().__init__(order)

    @workflow.run
    async def run(self, order: ParkInput) -> ChainOutcome:
        """Run the chain to its end."""
        return await self.live()


PARK_CHAINS: Final[tuple[type[ParkChain], ...]] = (
    ParkLandToConstruction,
    ParkCompletionToProduction,
)
"""Every workflow type of the demonstration."""
