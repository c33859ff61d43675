"""What a revision does to large tables while people work on them."""

import re
from typing import Final

from alembic import op
from sqlalchemy import text

_INDEX: Final = re.compile(
    r"\s*CREATE (?:UNIQUE )?INDEX CONCURRENTLY IF NOT EXISTS (\w+)", re.IGNORECASE
)


def outside_transaction(statement: str) -> None:
    """Run a statement that must not run in a transaction, such as CREATE INDEX CONCURRENTLY.

    What the revision did before it is committed, so such a revision does nothing else; and the
    statement must bear being run again (IF NOT EXISTS), for it may fail half-way. What is left of
    an index then, which nobody would use and which would stay for good, is dropped first.
    """
    with op.get_context().autocommit_block():
        if index := _INDEX.match(statement):
            _drop_if_half_made(index[1])
        op.execute(statement)


def _drop_if_half_made(index: str) -> None:
    query = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:index)")
    if op.get_bind().scalar(query, {"index": index}) is False:
        op.execute(f"DROP INDEX CONCURRENTLY {index}")
