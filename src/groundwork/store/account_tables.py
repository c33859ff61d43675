"""The tables of those who sign in by name and password, and of their second factors."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field

from groundwork.store.tables import Row


class AccountRow(Row, table=True):
    """A person's sign-in name, the Argon2id of their password, and their second factor.

    Name and second factor are sealed (`vault`); `sign_in_key` finds the name. `failures` counts
    sign-ins that failed since the last that did not. A second factor counts from
    `totp_since`; `totp_step` is the last half minute whose code was used.
    """

    __tablename__ = "account"

    person_id: str = Field(primary_key=True, foreign_key="person.id")
    sign_in_name: bytes
    sign_in_key: str = Field(unique=True)
    hash: str
    must_change: bool
    lapses_at: datetime | None = None
    changed_at: datetime
    failures: int = 0
    locked_until: datetime | None = None
    totp_secret: bytes | None = None
    totp_since: datetime | None = None
    totp_step: int | None = Field(default=None, sa_type=BigInteger)


class RecoveryCodeRow(Row, table=True):
    """A recovery code that was not used yet, of which only the SHA-256 is kept."""

    __tablename__ = "recovery_code"

    person_id: str = Field(primary_key=True, foreign_key="account.person_id")
    hash: str = Field(primary_key=True)
