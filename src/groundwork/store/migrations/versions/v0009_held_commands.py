"""Commands that are held for a moment, so that who sent them can take them back."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the moment before which a command is not sent."""
    op.execute("ALTER TABLE pending_command ADD COLUMN not_before timestamptz")


def downgrade() -> None:
    """Drop it: what was held is sent at once."""
    op.execute("ALTER TABLE pending_command DROP COLUMN not_before")
