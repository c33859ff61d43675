"""The tables of people known to an identity provider, of sign-ins that are under way to it, and of
the sessions that it can end.
"""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field

from groundwork.store.tables import Row


class PersonIdentityRow(Row, table=True):
    """A subject of an issuer, and the person it means here: ended, and removed with the person.

    The subject is sealed (`vault`); `subject_key` finds it, with its issuer and kind. `kind` says
    whether a person signs in by it or a system: the two never stand for each other.
    """

    __tablename__ = "person_identity"
    __table_args__ = (
        Index(
            "ix_person_identity_in_force",
            "subject_key",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: str = Field(primary_key=True)
    issuer: str
    kind: str
    subject: bytes
    subject_key: str
    person_id: str = Field(foreign_key="person.id", index=True)
    linked_at: datetime
    linked_by: str
    ended_at: datetime | None = None
    ended_by: str | None = None
    last_used_at: datetime | None = None


class SignInTripRow(Row, table=True):
    """A sign-in that was begun: sealed with a key that only its browser has."""

    __tablename__ = "sign_in_trip"

    id: str = Field(primary_key=True)
    sealed: str
    expires_at: datetime = Field(index=True)


class ProviderSessionRow(Row, table=True):
    """A session that was begun through the provider: by which link, and in which of its sessions.

    Of the provider's session only a hash is kept (`store.signed_out`).
    """

    __tablename__ = "provider_session"

    token_id: str = Field(primary_key=True, foreign_key="api_token.id")
    link_id: str = Field(index=True)
    sid_key: str | None = Field(index=True)


class LogoutTokenRow(Row, table=True):
    """A logout token that was taken, by its hash, as long as it could be sent again."""

    __tablename__ = "logout_token"

    id: str = Field(primary_key=True)
    expires_at: datetime = Field(index=True)
