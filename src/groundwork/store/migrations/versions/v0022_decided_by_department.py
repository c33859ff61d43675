"""What a department decided, in the order in which it did: its list, its count and its week."""

from alembic import op

from groundwork.store.migrations.online import outside_transaction

revision = "0022"
down_revision = "0021"

INDEX = """
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_step_done
    ON step (department, decided_at, chain_id, key) WHERE decided_at IS NOT NULL
"""


def upgrade() -> None:
    """Create the index while people work."""
    outside_transaction(INDEX)


def downgrade() -> None:
    """Drop it; the lists are the same without it, and slower."""
    op.execute("DROP INDEX ix_step_done")
