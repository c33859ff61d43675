"""The record activity: what happened in a chain, written once. ADR 0003 says how it fails."""

from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from groundwork.domain.batch import RECORD, RecordBatch
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
            return await self._recorder.record(batch)
        except GapError as error:
            raise _awaiting_repair("RecordGap", error) from None
        except ConflictError as error:
            raise _awaiting_repair("RecordConflict", error) from None


def _awaiting_repair(kind: str, error: StoreError) -> ApplicationError:
    return ApplicationError(str(error), type=kind, next_retry_delay=AWAITING_REPAIR)
