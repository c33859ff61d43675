"""The table of the embedded credit register."""

from datetime import date, datetime

from sqlalchemy import Index
from sqlmodel import Field

from groundwork.store.tables import Row


class CreditRecordRow(Row, table=True):
    """A record about a subject, by the report that brought it; nothing is ever deleted.

    `filed_by` and `repaired_by` are ids of people, or `system` for a chain's own report; `promise`
    is where the subject's public promise stands, `repair_key` the write that repaired.
    """

    __tablename__ = "credit_record"
    __table_args__ = (
        Index(None, "subject", "decided_on", "id"),
        Index(None, "publish_on", "id"),
    )

    id: str = Field(primary_key=True)
    report_id: str = Field(unique=True)
    subject: str
    kind: str
    severity: str
    decided_on: date
    ends_on: date | None = None
    document: str
    publish_on: date | None = None
    filed_by: str
    filed_at: datetime
    uscc_override_reason: str | None = None
    repaired_on: date | None = None
    repaired_by: str | None = None
    repaired_at: datetime | None = None
    promise: str | None = None
    repair_key: str | None = None
