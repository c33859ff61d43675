"""The tables of notices: what people were told, on which channels, and who else listens.

Written by `post`, `deliveries`, `channels`, `webhooks` and `feeds`. Addresses, labels
and signing secrets are sealed (`vault`); no read gives addresses of channels or secrets out.
"""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from groundwork.store.tables import Row


class NoticeRow(Row, table=True):
    """What one person was told, once per event and rule. It is the in-app notice as well.

    `source` names what gave rise to it: `<chain>#<seq>` for an event, else what of our own it was.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("source", "rule", "person_id"),
        Index(None, "person_id", "created_at", "id"),
        Index("ix_notice_unread", "person_id", postgresql_where=text("read_at IS NULL")),
    )

    id: str = Field(primary_key=True)
    source: str
    kind: str
    chain_id: str | None = Field(foreign_key="chain.id")
    seq: int | None
    rule: str
    book: str
    person_id: str = Field(foreign_key="person.id")
    urgent: bool
    at: datetime
    created_at: datetime
    title: dict[str, Any] = Field(sa_type=JSONB)
    body: dict[str, Any] = Field(sa_type=JSONB)
    step: str | None
    due_on: date | None
    read_at: datetime | None = None


class NoticeCursorRow(Row, table=True):
    """Up to which event of a chain notices are planned. Events have no gaps, so none is skipped."""

    __tablename__ = "notice_cursor"

    chain_id: str = Field(primary_key=True, foreign_key="chain.id")
    seq: int


class ChannelRow(Row, table=True):
    """Where a person is reached besides in the application. `url` is secret."""

    __tablename__ = "channel"
    __table_args__ = (Index(None, "person_id"),)

    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id")
    label: bytes
    scheme: str
    url: bytes
    language: str
    rhythm: str
    quiet_since: time | None
    quiet_until: time | None
    state: str
    failures: int
    retry_at: datetime | None
    last_error: str | None
    last_ok_at: datetime | None
    created_at: datetime


class DeliveryRow(Row, table=True):
    """One notice on its way through one channel. Held with no `not_before`: for a digest."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("notice_id", "channel_id"),
        Index(
            "ix_delivery_due",
            "not_before",
            postgresql_where=text("status NOT IN ('sent', 'dead')"),
        ),
        Index("ix_delivery_channel", "channel_id", "status"),
    )

    id: str = Field(primary_key=True)
    notice_id: str = Field(foreign_key="notice.id")
    channel_id: str = Field(foreign_key="channel.id")
    status: str
    not_before: datetime | None
    attempts: int
    claim: str | None
    claimed_until: datetime | None
    last_error: str | None
    digest_id: str | None = Field(foreign_key="delivery.id")
    created_at: datetime
    sent_at: datetime | None


class WebhookRow(Row, table=True):
    """Another system that is told of events. `secret` and `old_secret` sign and are secret."""

    __tablename__ = "webhook"

    id: str = Field(primary_key=True)
    label: str
    url: bytes
    types: list[str] = Field(sa_type=ARRAY(Text()))
    secret: bytes
    old_secret: bytes | None
    old_secret_until: datetime | None
    state: str
    failures: int
    retry_at: datetime | None
    last_error: str | None
    last_ok_at: datetime | None
    created_at: datetime
    created_by: str


class WebhookCallRow(Row, table=True):
    """One event on its way to one webhook."""

    __tablename__ = "webhook_call"
    __table_args__ = (
        UniqueConstraint("webhook_id", "chain_id", "seq"),
        Index(
            "ix_webhook_call_due",
            "webhook_id",
            "created_at",
            postgresql_where=text("status NOT IN ('sent', 'dead')"),
        ),
    )

    id: str = Field(primary_key=True)
    webhook_id: str = Field(foreign_key="webhook.id")
    chain_id: str = Field(foreign_key="chain.id")
    seq: int
    status: str
    attempts: int
    claim: str | None
    claimed_until: datetime | None
    last_error: str | None
    payload: dict[str, Any] = Field(sa_type=JSONB)
    created_at: datetime
    sent_at: datetime | None


class FeedRow(Row, table=True):
    """A private link to a calendar of due dates, of which only the SHA-256 is kept."""

    __tablename__ = "feed"
    __table_args__ = (UniqueConstraint("hash"), Index(None, "person_id"))

    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id")
    department: str | None
    language: str
    label: bytes
    hash: str
    created_at: datetime
    revoked_at: datetime | None
