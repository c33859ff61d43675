"""The table of checks of the record: who asked for one, how far it is, what it found."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from groundwork.store.tables import Row


class RecordCheckRow(Row, table=True):
    """A check of one chain or, without one, of all.

    `done` of `total` units of work are over; `seen_at` is when that was noted. One that has no
    `ended_at` and was not seen for long ended with the process that carried it out. `found` is
    None for one that broke off, `findings` are the first of what was found.
    """

    __tablename__ = "record_check"

    id: int | None = Field(
        default=None, primary_key=True, sa_type=BigInteger, sa_column_args=(Identity(always=True),)
    )
    chain_id: str | None
    asked_by: str
    begun_at: datetime
    seen_at: datetime
    done: int
    total: int
    ended_at: datetime | None
    found: int | None
    findings: list[Any] = Field(sa_type=JSONB)
