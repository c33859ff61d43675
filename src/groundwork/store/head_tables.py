"""The tables of signed heads and of their time stamps, both append-only."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from groundwork.store.tables import Row


class SignedHeadRow(Row, table=True):
    """What a day's record ended in, signed. `signed_heads` explains the statement.

    `leaves` are the chains whose head is another one than in the head before, as [chain, number,
    hash]; `denials` the refused attempts that are new in this head, as [id, hash].
    """

    __tablename__ = "signed_head"

    day: date = Field(primary_key=True)
    statement: str
    hash: str
    signature: str
    public_key: str
    leaves: list[Any] = Field(sa_type=JSONB)
    denials: list[Any] = Field(sa_type=JSONB)


class HeadStampRow(Row, table=True):
    """A time-stamp authority's answer for a signed head, as RFC 3161 has it, in base64."""

    __tablename__ = "head_stamp"

    day: date = Field(primary_key=True, foreign_key="signed_head.day")
    authority: str
    response: str
    stamped_at: datetime
