"""The tables of people at work: who is away, who may act for whom, and what was handed over.

Opaque ids only; reasons are sealed (`vault`), for they may tell of people's health or conduct. An
absence or delegation is never changed but ended; `duty_record` says who did what about it, and
nothing may change that. A `reason` beside a sealed one is what an earlier release wrote.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKeyConstraint, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from groundwork.store.tables import Row


class AbsenceRow(Row, table=True):
    """Somebody is out of office (请假), and who takes their place; both days are included."""

    __tablename__ = "absence"
    __table_args__ = (
        Index(None, "person_id", "first_day"),
        Index("ix_absence_standing", "last_day", postgresql_where=text("ended_at IS NULL")),
    )

    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id")
    substitute_id: str = Field(foreign_key="person.id", index=True)
    first_day: date
    last_day: date
    reason: bytes
    set_by: str
    set_at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None


class DelegationRow(Row, table=True):
    """A leader lets somebody do named things in their place (委托); empty limits are none."""

    __tablename__ = "delegation"
    __table_args__ = (
        Index("ix_delegation_standing", "last_day", postgresql_where=text("ended_at IS NULL")),
    )

    id: str = Field(primary_key=True)
    delegator_id: str = Field(foreign_key="person.id", index=True)
    delegate_id: str = Field(foreign_key="person.id", index=True)
    actions: list[str] = Field(sa_type=ARRAY(Text()))
    chains: list[str] = Field(sa_type=ARRAY(Text()))
    steps: list[str] = Field(sa_type=ARRAY(Text()))
    first_day: date
    last_day: date
    reason: str
    sealed_reason: bytes | None = None
    granted_by: str
    granted_at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None


class DutyRecordRow(Row, table=True):
    """What was done about a person's duties. Append-only.

    `sealed_for` is under whose key the reason is sealed: the person's or, once that is destroyed,
    that of who wrote it down.
    """

    __tablename__ = "duty_record"
    __table_args__ = (Index(None, "person_id", "id"),)

    id: int | None = Field(
        default=None, primary_key=True, sa_type=BigInteger, sa_column_args=(Identity(always=True),)
    )
    at: datetime
    by_id: str
    person_id: str
    what: str
    subject: str
    reason: str
    sealed_reason: bytes | None = None
    sealed_for: str | None = None


class GrantRow(Row, table=True):
    """What a person was given: something within their reach, or a right."""

    __tablename__ = "person_grant"
    __table_args__ = (Index(None, "kind", "value"),)

    person_id: str = Field(primary_key=True, foreign_key="person.id")
    kind: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    granted_by: str
    granted_at: datetime


class ProjectKeyRow(Row, table=True):
    """By what a project can be reached. Triggers keep it; it follows from other tables."""

    __tablename__ = "project_key"
    __table_args__ = (
        ForeignKeyConstraint(["project_code"], ["project.code"], ondelete="CASCADE"),
        Index(None, "key", "project_code"),
    )

    project_code: str = Field(primary_key=True)
    key: str = Field(primary_key=True)


class HandoverRow(Row, table=True):
    """Steps of one person that go to another (移交), as they stood when it was asked."""

    __tablename__ = "handover"

    id: str = Field(primary_key=True)
    by_id: str
    source_id: str
    target_id: str
    department: str | None = None
    reason: str
    sealed_reason: bytes | None = None
    received_at: datetime


class HandoverStepRow(Row, table=True):
    """One step of a handover; `outcome` is open, done or refused, and `refusal` says why."""

    __tablename__ = "handover_step"

    handover_id: str = Field(primary_key=True, foreign_key="handover.id")
    chain_id: str = Field(primary_key=True)
    step: str = Field(primary_key=True)
    number: int
    outcome: str
    refusal: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
