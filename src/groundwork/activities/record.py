"""The record activity: what happened in a chain, written once. ADR 0003 says how it fails."""

from datetime import UTC, datetime, timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from groundwork.domain.batch import RECORD, RecordBatch
from groundwork.domain.events import EscalationFired
from groundwork.runtime.metrics import (
    ESCALATION_LAG,
    ESCALATIONS,
    RECORD_FAILURES,
    RECORD_LAG,
    RECORDED,
)
from groundwork.store.errors import ConflictError, GapError, StoreError
from groundwork.store.recorder import Recorder

AWAITING_REPAIR = timedelta(minutes=1)
"""How long a batch waits that only a repaired record can take."""


class RecordActivities:
    """Records events in the live store."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    @activity.defn(name=RECORD)
    async def record(self, batch: RecordBatch) -> int:
        """Record the batch, and return the number of the last recorded event.

        Every failure is retried: the events are safe with the engine until they are recorded. A gap
        or a conflict waits for a repair, with its remedy on show in the engine's own pages.
        """
        try:
            recorded = await self._recorder.record(batch)
        except StoreError as error:
            RECORD_FAILURES.labels(type(error).__name__).inc()
            if isinstance(error, GapError):
                raise _awaiting_repair("RecordGap", error) from None
            if isinstance(error, ConflictError):
                raise _awaiting_repair("RecordConflict", error) from None
            raise
        _count(batch, activity.info().scheduled_time)
        return recorded


def _count(batch: RecordBatch, handed_over_at: datetime) -> None:
    """Tell operators what was recorded, and how far the record lags behind."""
    now = datetime.now(UTC)
    RECORDED.inc(len(batch.events))
    RECORD_LAG.observe((now - handed_over_at).total_seconds())
    for event in batch.events:
        if isinstance(event, EscalationFired):
            ESCALATIONS.labels(event.level).inc()
            ESCALATION_LAG.observe((now - event.at).total_seconds())


def _awaiting_repair(kind: str, error: StoreError) -> ApplicationError:
    return ApplicationError(str(error), type=kind, next_retry_delay=AWAITING_REPAIR)
