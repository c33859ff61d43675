"""The table of the vault: whose data is sealed, under which key."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from groundwork.store.tables import Row


class VaultSubjectRow(Row, table=True):
    """Whom sealed data is about, or what it belongs to, and the key that opens it.

    The key is wrapped under the ring's key `key_id`. Erasing destroys it and leaves the row, so
    that no other key is ever made for the id. While `held_at` is set nothing may be erased.
    """

    __tablename__ = "vault_subject"
    __table_args__ = (
        CheckConstraint("(wrapped IS NULL) = (erased_at IS NOT NULL)", name="erased_or_wrapped"),
    )

    id: str = Field(primary_key=True)
    key_id: str | None = Field(index=True)
    wrapped: bytes | None
    made_at: datetime
    held_at: datetime | None = None
    erased_at: datetime | None = None
