"""The pauses of steps that were there before they were kept."""

from alembic import op

from groundwork.store.migrations.versions.v0026_step_pauses import PAUSES

revision = "0027"
down_revision = "0026"

FILL = f"""
INSERT INTO step_pause (chain_id, key, corrected, stops)
{PAUSES.format(chain="chain", of="chain CROSS JOIN LATERAL")}
ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    """Fill the table for what is there; what is written meanwhile is in it already."""
    for statement in (FILL, "ANALYZE step_pause"):
        op.execute(statement)


def downgrade() -> None:
    """Nothing: the table goes with the revision before."""
