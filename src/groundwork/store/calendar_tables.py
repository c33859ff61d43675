"""The tables of calendar versions: where each came from, when it was published, how it spreads."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from groundwork.store.tables import Row


class CalendarImportRow(Row, table=True):
    """Who brought a version of the calendar in, from where. Append-only.

    A version that came with a release has no such row.
    """

    __tablename__ = "calendar_import"

    version: str = Field(primary_key=True, foreign_key="calendar.version")
    imported_at: datetime
    imported_by: str
    kind: str
    base: str | None = None
    source: str
    note: str


class CalendarPublicationRow(Row, table=True):
    """When a version was published. Append-only; the one published last is in force."""

    __tablename__ = "calendar_publication"
    __table_args__ = (Index(None, "published_at", "version"),)

    version: str = Field(primary_key=True, foreign_key="calendar.version")
    published_at: datetime
    published_by: str
    note: str


class CalendarRolloutRow(Row, table=True):
    """How far the rollout of a version is, as its workflow last said."""

    __tablename__ = "calendar_rollout"

    version: str = Field(primary_key=True, foreign_key="calendar.version")
    state: str
    adopted: int
    ended: int
    failed: int
    chains_left: int
    sweep: int
    started_at: datetime
    updated_at: datetime


class CalendarRolloutFailureRow(Row, table=True):
    """A chain that could not adopt a version yet, and the code of why."""

    __tablename__ = "calendar_rollout_failure"

    version: str = Field(primary_key=True, foreign_key="calendar.version")
    chain_id: str = Field(primary_key=True, foreign_key="chain.id")
    reason: str
    attempts: int
    at: datetime
