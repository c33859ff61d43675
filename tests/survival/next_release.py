"""Workflows of a release to come. Its chain writes the record in another way than those that run.

It commands a normal activity where that of today first tries a local one. A history of today
does not replay on it, nor one of its own on the chain of today.
"""

from temporalio import workflow

from groundwork.domain.batch import RECORD, RecordBatch
from groundwork.domain.rejections import Rejection
from groundwork.domain.rollout import FoundChains, RolloutOrder, RolloutProgress
from groundwork.workflows.chain import PATIENT_RETRY, PATIENT_TIMEOUT, ChainWorkflow
from groundwork.workflows.ports import ChainInput, ChainOutcome
from groundwork.workflows.rollout import CalendarRollout


@workflow.defn(name="LandToConstruction", failure_exception_types=[Rejection])
class NextLandToConstruction(ChainWorkflow):
    """The chain of the release to come."""

    @workflow.init
    def __init__(self, order: ChainInput) -> None:
        super().__init__(order)

    @workflow.run
    async def run(self, order: ChainInput) -> ChainOutcome:
        """Run the chain to its end."""
        return await self.live()

    async def _flush(self) -> None:
        while self._outbox:
            batch = RecordBatch(
                chain_id=self._chain.id, recorded_at=self.now(), events=tuple(self._outbox)
            )
            recorded = await workflow.execute_activity(
                RECORD,
                batch,
                result_type=int,
                start_to_close_timeout=PATIENT_TIMEOUT,
                retry_policy=PATIENT_RETRY,
            )
            self._outbox = [event for event in self._outbox if event.seq > recorded]


@workflow.defn(name="CalendarRollout")
class NextCalendarRollout(CalendarRollout):
    """The rollout of the release to come: it pauses before each look."""

    @workflow.init
    def __init__(self, order: RolloutOrder) -> None:
        super().__init__(order)

    @workflow.run
    async def run(self, order: RolloutOrder) -> RolloutProgress:
        """Sweep as before."""
        return await self.spread(order)

    async def _look(self) -> FoundChains:
        await workflow.sleep(1)
        return await super()._look()
