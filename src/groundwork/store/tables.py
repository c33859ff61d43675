"""The tables. `migrations/` creates them; a test holds the two to each other.

Two kinds: the record (`event`, which nothing may change, and what is derived from it) and what the
events refer to (projects, people, definitions, calendars). Rows of the record are written by
`recorder` alone.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


class Row(SQLModel):
    """The base of all tables."""

    metadata = METADATA


def table(row: type[Row]) -> Table:
    """The Core table of a row class, for hot reads."""
    return METADATA.tables[str(row.__tablename__)]


def _of_step() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["chain_id", "step"], ["step.chain_id", "step.key"])


class ProjectRow(Row, table=True):
    """A construction project, by its national code."""

    __tablename__ = "project"
    __table_args__ = (
        Index(None, "created_at", "code"),
        Index(None, "district", "created_at", "code"),
        Index(None, "housekeeper", "created_at", "code"),
    )

    code: str = Field(primary_key=True)
    name: str
    enterprise: str
    uscc: str
    uscc_override_reason: str | None = None
    district: str
    housekeeper: str
    created_at: datetime
    created_by: str


class CurrentChainRow(Row, table=True):
    """How each project stands in lists: its running chain, else the one launched last, or none.

    Triggers keep it; it follows from projects and chains. `risk` is the rank of the light, the
    worst first; a project without a chain comes last in every order.
    """

    __tablename__ = "current_chain"
    __table_args__ = (
        ForeignKeyConstraint(["project_code"], ["project.code"], ondelete="CASCADE"),
        Index(None, "risk", "act_by", "project_code"),
        Index(None, "act_by", "project_code"),
        Index(None, "launched_at", "project_code"),
        Index(None, "state", "light", "waiting_on"),
    )

    project_code: str = Field(primary_key=True)
    chain_id: str | None
    definition_id: str | None
    state: str | None
    light: str | None
    waiting_on: str | None
    risk: int
    act_by: date
    launched_at: datetime


class ChainRow(Row, table=True):
    """The head of a chain: what lists show, where its events end, and the folded aggregate.

    `act_by` is `next_due_on`, or the last representable day while there is none: lists are ordered
    by it, most urgent first. `type` is the workflow type, which definitions of several ids share.
    """

    __tablename__ = "chain"
    __table_args__ = (
        Index(None, "act_by", "id"),
        Index(None, "state", "act_by", "id"),
        Index(None, "light", "act_by", "id"),
        Index(None, "district", "act_by", "id"),
        Index(None, "housekeeper", "act_by", "id"),
        Index(None, "project_code"),
    )

    id: str = Field(primary_key=True)
    project_code: str = Field(foreign_key="project.code")
    type: str
    definition_id: str
    definition_version: str
    definition_hash: str
    calendar_version: str
    variant: str
    district: str
    housekeeper: str
    state: str
    light: str
    waiting_on: str
    next_due_on: date | None
    next_due_step: str | None
    act_by: date
    provisional: bool
    launched_at: datetime
    finished_at: datetime | None
    seq: int
    head_hash: str
    snapshot: dict[str, Any] = Field(sa_type=JSONB)
    updated_at: datetime


class StepRow(Row, table=True):
    """A step as lists and inboxes show it.

    `act_by` is the day by which its holder must act: the due date or, before acceptance, the last
    day of the acceptance window; the last representable day when no limit runs. `unit` is the
    building of a step that is taken once for each; `awaited` are the departments whose opinion may
    still come, by `reply_on`, and `visit_on` is the day of the joint site visit.
    """

    __tablename__ = "step"
    __table_args__ = (
        Index(
            "ix_step_inbox",
            "department",
            "act_by",
            "chain_id",
            "key",
            postgresql_where=text("open"),
        ),
        Index(
            "ix_step_decided",
            "decided_at",
            "department",
            "ready_at",
            "due_on",
            postgresql_where=text("decided_at IS NOT NULL"),
        ),
        Index(
            "ix_step_done",
            "department",
            "decided_at",
            "chain_id",
            "key",
            postgresql_where=text("decided_at IS NOT NULL"),
        ),
        Index(None, "project_code", "key"),
        Index(
            "ix_step_awaited",
            "awaited",
            postgresql_using="gin",
            postgresql_where=text("awaited <> '{}'::text[]"),
        ),
        Index(
            "ix_step_assignee",
            "assignee",
            "act_by",
            "chain_id",
            "key",
            postgresql_where=text("open AND assignee IS NOT NULL"),
        ),
    )

    chain_id: str = Field(primary_key=True, foreign_key="chain.id")
    key: str = Field(primary_key=True)
    unit: str | None
    project_code: str
    department: str
    stage: str
    state: str
    open: bool
    status_code: int | None
    mode: str
    light: str
    level: int
    waiting_on: str
    attempt: int
    due_on: date | None
    due_provisional: bool
    act_by: date
    ready_at: datetime | None
    received_at: datetime | None
    accept_by: datetime | None
    accepted_at: datetime | None
    accepted_by_silence: bool
    decided_at: datetime | None
    result: str | None
    awaited: list[str] = Field(sa_type=ARRAY(Text()))
    reply_on: date | None
    visit_on: date | None
    assignee: str | None


class DeficiencyRow(Row, table=True):
    """A tolerated missing material (容缺)."""

    __tablename__ = "deficiency"
    __table_args__ = (
        _of_step(),
        Index(
            "ix_deficiency_open",
            "department",
            "cure_by",
            "chain_id",
            "id",
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    chain_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    project_code: str
    step: str
    department: str
    material: str
    state: str
    opened_at: datetime
    cure_by: date
    provisional: bool
    extended: bool
    reminded: list[int] = Field(sa_type=ARRAY(Integer()))
    submitted_at: datetime | None
    closed_at: datetime | None


class CommitmentRow(Row, table=True):
    """A promise (告知承诺), from its letter to its file.

    `act_by` is the day by which something must happen: it is kept, or verified once that is to be
    done; the last representable day while there is none. `outcome` is how it ended, archived or
    not. Third parties are counted, not named.
    """

    __tablename__ = "commitment"
    __table_args__ = (
        _of_step(),
        Index(
            "ix_commitment_open",
            "department",
            "act_by",
            "chain_id",
            "id",
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    chain_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    project_code: str
    step: str
    department: str
    state: str
    outcome: str | None
    breach: str | None
    obligations: list[str] = Field(sa_type=ARRAY(Text()))
    third_parties: int
    drafted_at: datetime | None
    signed_at: datetime | None
    due_on: date | None
    act_by: date
    provisional: bool
    reminded: list[int] = Field(sa_type=ARRAY(Integer()))
    performed_at: datetime | None
    verify_on: date | None
    unverified: bool
    publish_on: date | None
    rectified: bool
    officers: list[str] = Field(sa_type=ARRAY(Text()))
    closed_at: datetime | None


class EscalationRow(Row, table=True):
    """A rung of the ladder that a step reached (督办)."""

    __tablename__ = "escalation"
    __table_args__ = (
        _of_step(),
        Index(None, "at", "chain_id", "id"),
        Index(
            "ix_escalation_open",
            "department",
            "at",
            "chain_id",
            "id",
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "ix_escalation_appealed",
            "appealed_at",
            postgresql_where=text("appeal_state = 'pending'"),
        ),
    )

    chain_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    project_code: str
    step: str
    department: str
    level: int
    rung: str
    light: str
    state: str
    at: datetime
    recipients: list[str] = Field(sa_type=ARRAY(Text()))
    answer_by: date | None
    answer: str
    supervision_order: bool
    human_decides: bool
    referred: bool | None
    answer_before: datetime | None
    answer_overdue: bool
    answered_by: str | None
    answered_at: datetime | None
    appeal_by: date | None
    appeal_before: datetime | None
    appeal_state: str | None
    appeal_reason: str
    appealed_by: str | None
    appealed_at: datetime | None
    appeal_decision: str
    appeal_decided_by: str | None
    appeal_decided_at: datetime | None
    annulled_for: str
    because: str | None


class EventRow(Row, table=True):
    """What happened. Append-only: a trigger refuses every UPDATE, DELETE and TRUNCATE.

    `body` is the whole event; the columns before it repeat what readers search by, and the audit
    holds them to the body. `ledger` explains the hashes.
    """

    __tablename__ = "event"
    __table_args__ = (
        CheckConstraint("seq >= 1", name="numbered_from_one"),
        Index(
            "ix_event_key",
            "chain_id",
            "key",
            postgresql_where=text("key IS NOT NULL"),
        ),
        Index(None, "recorded_at", "chain_id", "seq"),
    )

    chain_id: str = Field(primary_key=True, foreign_key="chain.id")
    seq: int = Field(primary_key=True)
    type: str
    at: datetime
    recorded_at: datetime
    actor_id: str
    actor_role: str
    actor_department: str | None
    basis: str
    key: str | None
    body: dict[str, Any] = Field(sa_type=JSONB)
    prev_hash: str
    hash: str


class PersonRow(Row, table=True):
    """Somebody who acts. The name stands here and nowhere else, sealed (`vault`)."""

    __tablename__ = "person"

    id: str = Field(primary_key=True)
    name: bytes
    role: str
    department: str | None = None
    active: bool = True
    created_at: datetime


class TokenRow(Row, table=True):
    """A bearer token, of which only the SHA-256 is kept.

    `kind` tells a browser's session from a program's token; `confirmed_at` is when the person of a
    session last showed who they are.
    """

    __tablename__ = "api_token"

    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    hash: str = Field(unique=True)
    label: bytes
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    kind: str = Field(default="api", sa_column_kwargs={"server_default": "api"})
    scope: str = Field(default="admin", sa_column_kwargs={"server_default": "admin"})
    confirmed_at: datetime | None = None


class DenialRow(Row, table=True):
    """A refused attempt, by opaque ids: the engine keeps no trace of what it rejects."""

    __tablename__ = "denial"
    __table_args__ = (Index(None, "at", "id"),)

    id: int | None = Field(
        default=None, primary_key=True, sa_type=BigInteger, sa_column_args=(Identity(always=True),)
    )
    at: datetime
    actor: str | None
    action: str
    subject: str
    reason: str


class DefinitionRow(Row, table=True):
    """A chain definition, immutable per content hash."""

    __tablename__ = "definition"
    __table_args__ = (Index(None, "id", "version"),)

    hash: str = Field(primary_key=True)
    id: str
    version: str
    body: dict[str, Any] = Field(sa_type=JSONB)
    created_at: datetime


class CalendarRow(Row, table=True):
    """A version of the working-day calendar, immutable."""

    __tablename__ = "calendar"

    version: str = Field(primary_key=True)
    hash: str
    body: dict[str, Any] = Field(sa_type=JSONB)


class PendingRow(Row, table=True):
    """A command that the engine has not answered yet; `refusal` once it was answered with a no.

    Until `not_before` it is held, so that who sent it can take it back.
    """

    __tablename__ = "pending_command"
    __table_args__ = (
        Index(None, "received_at", "chain_id", "key", postgresql_where=text("refusal IS NULL")),
    )

    chain_id: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    received_at: datetime
    envelope: dict[str, Any] = Field(sa_type=JSONB)
    refusal: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    not_before: datetime | None = None
