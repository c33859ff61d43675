"""The embedded credit register: answers and takes reports where no bureau is connected.

A third party's blacklisting is a record about that third party, like any other.
"""

from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from groundwork.domain.base import Frozen
from groundwork.domain.credit import CreditAnswer, CreditQuestion, CreditRecord, CreditReport
from groundwork.domain.credit_law import repairable_from
from groundwork.domain.definition import CreditPolicy
from groundwork.store.announcements import Topic, announce
from groundwork.store.credit_tables import CreditRecordRow
from groundwork.store.engine import autocommit, transaction
from groundwork.store.errors import (
    ContentDiffers,
    NothingToRepair,
    RepairTooEarly,
    UnknownCreditRecord,
)
from groundwork.store.paging import Order, Page, Row, page
from groundwork.store.tables import table

REGISTER: Final = "register"
"""The name by which answers of the embedded register are known."""
SYSTEM: Final = "system"

_RECORD = table(CreditRecordRow)
_TOLD: Final = tuple(CreditRecord.model_fields)
_PUBLIC: Final = ("id", "subject", "kind", "severity", "decided_on", "ends_on", "document")


class Repair(Frozen):
    """That a person found a record repaired (信用修复).

    `on` is the day from which it no longer counts, `promise` where the subject's public promise
    stands, `key` the write: the same again changes nothing.
    """

    on: date
    by: str
    promise: str
    key: str


class CreditRegister:
    """Keeps records by subject, repairs them, and tells what is published."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def look_up(self, question: CreditQuestion) -> CreditAnswer:
        """Every record of the subjects, ended and repaired ones included."""
        query = (
            select(*(_RECORD.c[name] for name in _TOLD))
            .where(_RECORD.c.subject.in_(question.subjects))
            .order_by(_RECORD.c.decided_on, _RECORD.c.id)
        )
        async with autocommit(self._engine) as connection:
            rows = (await connection.execute(query)).mappings().all()
        return CreditAnswer(
            asked_at=datetime.now(UTC),
            source=REGISTER,
            subjects=question.subjects,
            records=tuple(CreditRecord.model_validate(dict(row)) for row in rows),
        )

    async def file(
        self, report: CreditReport, *, by: str = SYSTEM, uscc_override_reason: str | None = None
    ) -> None:
        """Take a report, once per id. Raises ContentDiffers when the id has other content.

        `by` is the id of the person who reports, `uscc_override_reason` why they let a credit code
        pass whose check fails.
        """
        values = report.record.model_dump() | {
            "report_id": report.id,
            "publish_on": report.publish_on,
            "filed_by": by,
            "filed_at": datetime.now(UTC),
            "uscc_override_reason": uscc_override_reason,
        }
        statement = insert(_RECORD).values(values).on_conflict_do_nothing().returning(_RECORD.c.id)
        async with transaction(self._engine) as connection:
            if (await connection.execute(statement)).one_or_none() is not None:
                await announce(connection, Topic.CREDIT)
                return
            same = or_(_RECORD.c.id == report.record.id, _RECORD.c.report_id == report.id)
            rows = (await connection.execute(select(_RECORD).where(same))).mappings().all()
        told = {name: values[name] for name in (*_TOLD, "report_id", "publish_on")}
        told.pop("repaired_on")
        if not all(told.items() <= dict(row).items() for row in rows):
            raise ContentDiffers(
                f"credit report {report.id}: another one is kept under its id, or that of its"
                " record; give each report and record an id of its own"
            )

    async def get(self, record_id: str) -> Row | None:
        """A record with all that is known of it."""
        query = select(_RECORD).where(_RECORD.c.id == record_id)
        async with autocommit(self._engine) as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return dict(row) if row else None

    async def repair(self, record_id: str, repair: Repair, policy: CreditPolicy) -> Row:
        """End a record and what follows from it, and return it.

        Raises UnknownCreditRecord, NothingToRepair, RepairTooEarly.
        """
        async with transaction(self._engine) as connection:
            row = await _locked(connection, record_id)
            if row["repair_key"] == repair.key and row["repaired_by"] == repair.by:
                return row
            record = CreditRecord.model_validate({name: row[name] for name in _TOLD})
            if record.repaired_on is not None:
                raise NothingToRepair(f"credit record {record_id} is repaired already")
            first_day = repairable_from(policy, record)
            if repair.on < first_day:
                raise RepairTooEarly(record_id, first_day)
            repaired = {
                "repaired_on": repair.on,
                "repaired_by": repair.by,
                "repaired_at": datetime.now(UTC),
                "promise": repair.promise,
                "repair_key": repair.key,
            }
            statement = _RECORD.update().where(_RECORD.c.id == record_id).values(repaired)
            await connection.execute(statement)
            await announce(connection, Topic.CREDIT)
            return row | repaired

    async def published(self, on: date, *, cursor: str | None = None, limit: int = 100) -> Page:
        """What the public may see on a day, newest first: neither repaired nor over by then."""
        record = _RECORD.c
        query = select(*(record[name] for name in _PUBLIC), record.publish_on).where(
            record.publish_on <= on,
            record.decided_on <= on,
            or_(record.ends_on.is_(None), record.ends_on >= on),
            or_(record.repaired_on.is_(None), record.repaired_on > on),
        )
        order = Order([record.publish_on, record.id], descending=True)
        async with autocommit(self._engine) as connection:
            return await page(connection, query, order, cursor, limit)


async def _locked(connection: AsyncConnection, record_id: str) -> dict[str, Any]:
    query = select(_RECORD).where(_RECORD.c.id == record_id).with_for_update()
    row = (await connection.execute(query)).mappings().one_or_none()
    if row is None:
        raise UnknownCreditRecord(f"there is no credit record {record_id}; compare its id")
    return dict(row)
