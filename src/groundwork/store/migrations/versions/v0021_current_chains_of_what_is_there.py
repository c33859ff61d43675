"""The current chains of projects that were there before they were kept."""

from alembic import op

revision = "0021"
down_revision = "0020"

FILL = """
INSERT INTO current_chain
    (project_code, chain_id, definition_id, state, light, waiting_on, risk, act_by, launched_at)
SELECT project.code, found.id, found.definition_id, found.state, found.light, found.waiting_on,
    coalesce(array_position(
        ARRAY['red', 'yellow', 'paused', 'green', 'todo', 'done'], found.light::text
    ), 7) - 1,
    coalesce(found.act_by, '9999-12-31'), coalesce(found.launched_at, '0001-01-02 00:00:00+00')
FROM project LEFT JOIN LATERAL (
    SELECT chain.* FROM chain WHERE chain.project_code = project.code
    ORDER BY chain.state <> 'running', chain.launched_at DESC, chain.id LIMIT 1
) AS found ON true
ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    """Fill the table for what is there; what is written meanwhile is in it already."""
    for statement in (FILL, "ANALYZE current_chain"):
        op.execute(statement)


def downgrade() -> None:
    """Nothing: the table goes with the revision before."""
