"""Reasons about people are sealed: those of delegations, of handovers and of the record of duties.

What is there is sealed row by row, which takes the key ring, as in the revision of the vault. Test
notices of before say the label of a channel, which is its owner's: they say it no more.
"""

from collections.abc import Sequence
from typing import Any, Final

from alembic import op
from sqlalchemy import text

from groundwork.store import vault
from groundwork.store.sealing import DataKey

revision = "0023"
down_revision = "0022"

COLUMNS: Final = """
ALTER TABLE delegation ADD COLUMN sealed_reason bytea;
ALTER TABLE handover ADD COLUMN sealed_reason bytea;
ALTER TABLE duty_record ADD COLUMN sealed_reason bytea, ADD COLUMN sealed_for varchar;
"""

TABLES: Final = (
    ("delegation", "delegator_id", ""),
    ("handover", "source_id", ""),
    ("duty_record", "person_id", ", sealed_for = :owner"),
)
"""Table, whom its reasons are about, and what else is written with a sealed one."""

# The id of its channel stands in its source, and in what it says since labels are sealed.
TESTS: Final = """
UPDATE notice SET body = jsonb_build_object(
    'zh', '此渠道可以收到通知。', 'en', 'This channel receives notices.')
WHERE kind = 'test' AND strpos(body ->> 'zh', split_part(substr(source, 6), '@', 1)) = 0
"""

CHANGEABLE: Final = "ALTER TABLE duty_record DISABLE TRIGGER duty_record_is_append_only"
APPEND_ONLY: Final = "ALTER TABLE duty_record ENABLE ALWAYS TRIGGER duty_record_is_append_only"


def upgrade() -> None:
    """Add the columns, and seal what is there; of who was erased nothing is kept."""
    op.execute(COLUMNS)
    op.execute(CHANGEABLE)
    keys: dict[str, DataKey | None] = {}
    for table, owner, besides in TABLES:
        for row_id, subject, reason in _rows(table, owner, "reason"):
            if not reason:
                continue
            if subject not in keys:
                keys[subject] = _key(subject)
            key = keys[subject]
            sealed = key.seal(f"{table}.sealed_reason", reason) if key else None
            _set(
                f"UPDATE {table} SET reason = '', sealed_reason = :sealed{besides} WHERE id = :id",
                {"sealed": sealed, "id": row_id, "owner": subject if sealed else None},
            )
    op.execute(APPEND_ONLY)
    op.execute(TESTS)


def downgrade() -> None:
    """Open what is sealed; what was erased stays so."""
    op.execute(CHANGEABLE)
    for table, owner, besides in TABLES:
        under = "sealed_for" if besides else owner
        for row_id, subject, sealed in _rows(table, under, "sealed_reason"):
            if sealed is None:
                continue
            key = _found(subject)
            reason = key.open(f"{table}.sealed_reason", sealed) if key else vault.ERASED
            _set(
                f"UPDATE {table} SET reason = :reason WHERE id = :id",
                {"reason": reason, "id": row_id},
            )
        op.execute(f"ALTER TABLE {table} DROP COLUMN sealed_reason")
    op.execute("ALTER TABLE duty_record DROP COLUMN sealed_for")
    op.execute(APPEND_ONLY)


def _rows(table: str, owner: str, column: str) -> Sequence[Any]:
    return op.get_bind().execute(text(f"SELECT id, {owner}, {column} FROM {table}")).all()


def _set(statement: str, values: dict[str, object]) -> None:
    op.get_bind().execute(text(statement), values)


def _key(subject: str) -> DataKey | None:
    """The subject's key, made now if there is none; None once it was destroyed."""
    if key := _found(subject):
        return key
    under, key = vault.master(), DataKey.new(subject)
    statement = (
        "INSERT INTO vault_subject (id, key_id, wrapped, made_at)"
        " VALUES (:id, :key_id, :wrapped, now()) ON CONFLICT DO NOTHING"
    )
    _set(statement, {"id": subject, "key_id": under.id, "wrapped": key.wrapped(under)})
    return _found(subject)


def _found(subject: str) -> DataKey | None:
    query = text("SELECT id, key_id, wrapped FROM vault_subject WHERE id = :id")
    row = op.get_bind().execute(query, {"id": subject}).one_or_none()
    return None if row is None else vault.unwrap(row.id, row.key_id, row.wrapped)
