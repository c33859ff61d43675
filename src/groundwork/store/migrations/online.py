"""What a revision does to large tables while people work on them."""

from alembic import op


def outside_transaction(statement: str) -> None:
    """Run a statement that must not run in a transaction, such as CREATE INDEX CONCURRENTLY.

    What the revision did before it is committed, so such a revision does nothing else; and the
    statement must bear being run again (IF NOT EXISTS), for it may fail half-way.
    """
    with op.get_context().autocommit_block():
        op.execute(statement)
