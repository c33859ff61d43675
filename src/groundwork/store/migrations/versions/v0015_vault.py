"""The vault: personal data is sealed where it stands, under a key of each subject's own.

What is there is sealed row by row, which takes the key ring: without one only a database in which
nothing is to be sealed can be migrated.
"""

from collections.abc import Sequence
from typing import Any

from alembic import op
from sqlalchemy import text

from groundwork.store import vault
from groundwork.store.sealing import DataKey

revision = "0015"
down_revision = "0014"

SIGN_IN_NAMES = "sign-in-names"

TABLE = """
CREATE TABLE vault_subject (
    id        varchar NOT NULL,
    key_id    varchar,
    wrapped   bytea,
    made_at   timestamptz NOT NULL,
    held_at   timestamptz,
    erased_at timestamptz,
    CONSTRAINT pk_vault_subject PRIMARY KEY (id),
    CONSTRAINT ck_vault_subject_erased_or_wrapped
        CHECK ((wrapped IS NULL) = (erased_at IS NOT NULL))
);
CREATE INDEX ix_vault_subject_key_id ON vault_subject (key_id);
"""

SEALED = (
    ("person", "id", "id", ("name",)),
    ("account", "person_id", "person_id", ("sign_in_name", "totp_secret")),
    ("channel", "person_id", "id", ("label", "url")),
    ("api_token", "person_id", "id", ("label",)),
    ("feed", "person_id", "id", ("label",)),
    ("absence", "person_id", "id", ("reason",)),
    ("webhook", "id", "id", ("url", "secret", "old_secret")),
)
"""Table, the column of its subject, its key, and the columns that are sealed."""


def upgrade() -> None:
    """Create the table, and seal what is there."""
    op.execute(TABLE)
    op.execute("ALTER TABLE account DROP CONSTRAINT uq_account_sign_in_name")
    op.execute("ALTER TABLE account ADD COLUMN sign_in_key varchar")
    keys: dict[str, DataKey] = {}
    for row in _rows("account", ("person_id", "sign_in_name")):
        found = _key(keys, SIGN_IN_NAMES).digest(row[1])
        _set("account", "person_id", row[0], "sign_in_key", found)
    op.execute("ALTER TABLE account ALTER COLUMN sign_in_key SET NOT NULL")
    op.execute("ALTER TABLE account ADD CONSTRAINT uq_account_sign_in_key UNIQUE (sign_in_key)")
    for table, subject, row_id, columns in SEALED:
        for column in columns:
            rows = _rows(table, (subject, row_id, column))
            _retype(table, column, "bytea", f"convert_to({column}, 'UTF8')")
            for owner, this, value in rows:
                if value is not None:
                    sealed = _key(keys, owner).seal(f"{table}.{column}", value)
                    _set(table, row_id, this, column, sealed)


def downgrade() -> None:
    """Open what is sealed. What was erased stays so: its place says that it was."""
    keys = {
        row.id: vault.unwrap(row.id, row.key_id, row.wrapped)
        for row in _rows("vault_subject", ("id", "key_id", "wrapped"))
    }
    for table, subject, row_id, columns in SEALED:
        for column in columns:
            rows = _rows(table, (subject, row_id, column))
            _retype(table, column, "varchar", f"encode({column}, 'hex')")
            for owner, this, value in rows:
                if value is not None:
                    key = keys[owner]
                    plain = key.open(f"{table}.{column}", value) if key else f"erased {this}"
                    _set(table, row_id, this, column, plain)
    op.execute("ALTER TABLE account DROP COLUMN sign_in_key")
    op.execute("ALTER TABLE account ADD CONSTRAINT uq_account_sign_in_name UNIQUE (sign_in_name)")
    op.execute("DROP TABLE vault_subject")


def _retype(table: str, column: str, kind: str, using: str) -> None:
    op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {kind} USING {using}")


def _key(keys: dict[str, DataKey], subject: str) -> DataKey:
    """The subject's key, made and kept when it is first asked for."""
    if subject not in keys:
        under, keys[subject] = vault.master(), DataKey.new(subject)
        op.get_bind().execute(
            text(
                "INSERT INTO vault_subject (id, key_id, wrapped, made_at)"
                " VALUES (:id, :key_id, :wrapped, now())"
            ),
            {"id": subject, "key_id": under.id, "wrapped": keys[subject].wrapped(under)},
        )
    return keys[subject]


def _rows(table: str, columns: Sequence[str]) -> Sequence[Any]:
    return op.get_bind().execute(text(f"SELECT {', '.join(columns)} FROM {table}")).all()


def _set(table: str, row_id: str, this: str, column: str, value: object) -> None:
    op.get_bind().execute(
        text(f"UPDATE {table} SET {column} = :value WHERE {row_id} = :this"),
        {"value": value, "this": this},
    )
