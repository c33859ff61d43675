"""The rehearsal's record: events in memory, under the same rules as the real one."""

import asyncio
from collections import defaultdict

from temporalio import activity
from temporalio.exceptions import ApplicationError

from groundwork.domain.batch import RECORD, RecordBatch
from groundwork.domain.credit import (
    FILE_CREDIT,
    LOOK_UP_CREDIT,
    CreditAnswer,
    CreditQuestion,
    CreditReport,
)
from groundwork.domain.events import AnyEvent
from groundwork.rehearsal.credit import SupposedCredit


class Recorder:
    """Stands where the live worker has its record and its credit source.

    Nothing is stored, nobody is told and nobody's credit is looked up.
    """

    def __init__(self) -> None:
        self._credit: defaultdict[str, SupposedCredit] = defaultdict(SupposedCredit)
        self._kept: dict[str, list[AnyEvent]] = {}
        self._grown = asyncio.Condition()

    @activity.defn(name=RECORD)
    async def record(self, batch: RecordBatch) -> int:
        """Keep a batch: in order, each event once. Fails for good on a gap or a contradiction."""
        kept = self._kept.setdefault(activity.info().workflow_id or batch.chain_id, [])
        for event in batch.events:
            if event.seq > len(kept) + 1:
                raise _fault(f"event {event.seq} cannot follow event {len(kept)}")
            if event.seq == len(kept) + 1:
                kept.append(event)
            elif kept[event.seq - 1] != event:
                raise _fault(f"event {event.seq} was recorded with another content")
        async with self._grown:
            self._grown.notify_all()
        return len(kept)

    @activity.defn(name=LOOK_UP_CREDIT)
    async def look_up_credit(self, question: CreditQuestion) -> CreditAnswer:
        """Suppose good credit, but for what this rehearsal itself has filed."""
        info = activity.info()
        return self._credit[info.workflow_id or ""].look_up(question, info.scheduled_time)

    @activity.defn(name=FILE_CREDIT)
    async def file_credit(self, report: CreditReport) -> None:
        """Remember a record for as long as the rehearsal lasts."""
        self._credit[activity.info().workflow_id or ""].file(report)

    @property
    def rehearsals(self) -> tuple[str, ...]:
        """The workflow ids of rehearsals whose events are kept."""
        return tuple(self._kept)

    async def reached(self, workflow_id: str, seq: int) -> None:
        """Return once the events of a rehearsal up to that number are kept."""
        async with self._grown:
            await self._grown.wait_for(lambda: len(self._kept.get(workflow_id, ())) >= seq)

    def take(self, workflow_id: str) -> tuple[AnyEvent, ...]:
        """The events of a rehearsal that is over; they are not kept any longer."""
        self._credit.pop(workflow_id, None)
        return tuple(self._kept.pop(workflow_id, ()))


def _fault(message: str) -> ApplicationError:
    return ApplicationError(message, type="broken_record", non_retryable=True)
