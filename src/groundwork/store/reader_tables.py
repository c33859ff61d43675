"""The tables of those who read: tracking codes, saved views, and what each person saw last."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from groundwork.store.tables import Row


class TrackingCodeRow(Row, table=True):
    """A project's tracking code (跟踪码). It can be shown again, so it stands here as it is.

    It is looked up by `hash`, its SHA-256: how long that takes says nothing about other codes.
    """

    __tablename__ = "tracking_code"

    project_code: str = Field(primary_key=True, foreign_key="project.code")
    code: str
    hash: str = Field(unique=True)
    issued_at: datetime
    issued_by: str


class SavedViewRow(Row, table=True):
    """A list's filters under a name of one's own; `position` orders a person's views of a list."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("person_id", "list", "name"),)

    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id")
    list: str
    name: str
    query: str
    position: int
    created_at: datetime


class LastSeenRow(Row, table=True):
    """The number of the last event of a chain that somebody has seen."""

    __tablename__ = "last_seen"

    person_id: str = Field(primary_key=True, foreign_key="person.id")
    chain_id: str = Field(primary_key=True, foreign_key="chain.id")
    seq: int
    seen_at: datetime
