"""The rehearsed twin of each live workflow type: the same shell on a shifted clock.

Only a rehearsal's worker registers these. A live chain cannot be one of them: its input has no
offset, and neither input is accepted where the other is expected.
"""

from datetime import datetime, timedelta
from typing import Final

from temporalio import workflow

from groundwork.domain.rejections import Rejection
from groundwork.workflows.chain import ChainWorkflow
from groundwork.workflows.ports import Carried, ChainInput, ChainOutcome


class RehearsalInput(ChainInput):
    """A live chain's input and how far the rehearsal's clock is from the engine's.

    The engine's time starts at the real present; the offset moves it to the dates of the script.
    """

    offset_seconds: int


class RehearsedChain(ChainWorkflow):
    """A chain whose clock is moved by a fixed offset, for all its runs."""

    def __init__(self, order: RehearsalInput) -> None:
        self._offset_seconds = order.offset_seconds
        super().__init__(order)

    def now(self) -> datetime:
        """The engine's time, moved to the dates of the script."""
        return workflow.now() + timedelta(seconds=self._offset_seconds)

    def next_input(self, carried: Carried) -> ChainInput:
        """The input of the run that continues this one, on the same clock."""
        return RehearsalInput(
            launch=carried.chain.launch, carried=carried, offset_seconds=self._offset_seconds
        )


@workflow.defn(name="LandToConstruction", failure_exception_types=[Rejection])
class RehearsedLandToConstruction(RehearsedChain):
    """拿地即动工, rehearsed."""

    @workflow.init
    def __init__(self, order: RehearsalInput) -> None:
        super().__init__(order)

    @workflow.run
    async def run(self, order: RehearsalInput) -> ChainOutcome:
        """Run the chain to its end."""
        return await self.live()


@workflow.defn(name="CompletionToProduction", failure_exception_types=[Rejection])
class RehearsedCompletionToProduction(RehearsedChain):
    """完工即投产, rehearsed."""

    @workflow.init
    def __init__(self, order: RehearsalInput) -> None:
        super().__init__(order)

    @workflow.run
    async def run(self, order: RehearsalInput) -> ChainOutcome:
        """Run the chain to its end."""
        return await self.live()


REHEARSED: Final[tuple[type[RehearsedChain], ...]] = (
    RehearsedLandToConstruction,
    RehearsedCompletionToProduction,
)
"""Every workflow type that can be rehearsed."""
