"""Commands that the engine has not answered yet, so that none is lost and none grows late."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the table."""
    op.execute("""
        CREATE TABLE pending_command (
            chain_id    varchar NOT NULL,
            key         varchar NOT NULL,
            received_at timestamptz NOT NULL,
            envelope    jsonb NOT NULL,
            refusal     jsonb,
            CONSTRAINT pk_pending_command PRIMARY KEY (chain_id, key)
        );
        CREATE INDEX ix_pending_command_received_at_chain_id_key
            ON pending_command (received_at, chain_id, key) WHERE refusal IS NULL;
    """)


def downgrade() -> None:
    """Drop the table."""
    op.execute("DROP TABLE pending_command")
