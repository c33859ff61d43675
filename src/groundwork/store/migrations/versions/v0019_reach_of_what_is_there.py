"""The keys of projects that were there before keys were kept."""

from alembic import op

revision = "0019"
down_revision = "0018"

PROJECTS = """
INSERT INTO project_key (project_code, key)
SELECT project.code, held.key FROM project CROSS JOIN LATERAL (VALUES
    ('project:' || project.code),
    ('enterprise:' || project.uscc),
    ('park:' || project.district),
    ('keeper:' || project.housekeeper),
    ('keeper:' || project.created_by)
) AS held (key)
ON CONFLICT DO NOTHING
"""

STEPS = """
INSERT INTO project_key (project_code, key)
SELECT DISTINCT step.project_code, 'department:' || held.department
FROM step
CROSS JOIN LATERAL unnest(array_append(step.awaited, step.department)) AS held (department)
ON CONFLICT DO NOTHING
"""

CONSULTED = """
INSERT INTO project_key (project_code, key)
SELECT DISTINCT chain.project_code, 'department:' || asked.department
FROM chain
JOIN definition ON definition.hash = chain.definition_hash
CROSS JOIN LATERAL jsonb_array_elements(definition.body -> 'steps') AS step (body)
CROSS JOIN LATERAL jsonb_array_elements_text(step.body -> 'consulted') AS asked (department)
ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    """Fill the table for what is there; what is written meanwhile has its keys already."""
    for statement in (PROJECTS, STEPS, CONSULTED, "ANALYZE project_key"):
        op.execute(statement)


def downgrade() -> None:
    """Nothing: the table goes with the revision before."""
