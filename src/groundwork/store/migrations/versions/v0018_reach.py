"""By what a project can be reached: its enterprise, park, keepers and departments, and itself.

The triggers are the one place that keeps the table, whoever writes a project, chain or step.
"""

from alembic import op

revision = "0018"
down_revision = "0017"

TABLE = """
CREATE TABLE project_key (
    project_code varchar NOT NULL,
    key          varchar NOT NULL,
    CONSTRAINT pk_project_key PRIMARY KEY (project_code, key),
    CONSTRAINT fk_project_key_project FOREIGN KEY (project_code)
        REFERENCES project ON DELETE CASCADE
);

CREATE INDEX ix_project_key_key_project_code ON project_key (key, project_code);
"""

OF_PROJECT = """
    SELECT {project}.code, held.key FROM (VALUES
        ('project:' || {project}.code),
        ('enterprise:' || {project}.uscc),
        ('park:' || {project}.district),
        ('keeper:' || {project}.housekeeper),
        ('keeper:' || {project}.created_by)
    ) AS held (key)
"""

OF_CHAIN = """
    SELECT {chain}.project_code, 'department:' || asked.department
    FROM definition
    CROSS JOIN LATERAL jsonb_array_elements(definition.body -> 'steps') AS step (body)
    CROSS JOIN LATERAL jsonb_array_elements_text(step.body -> 'consulted') AS asked (department)
    WHERE definition.hash = {chain}.definition_hash
"""

OF_STEP = """
    SELECT {step}.project_code, 'department:' || held.department
    FROM unnest(array_append({step}.awaited, {step}.department)) AS held (department)
"""

KEEP = """
CREATE FUNCTION keep_{name}_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO project_key (project_code, key) {rows} ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
"""

PROJECT_TRIGGER = """
CREATE TRIGGER project_keys AFTER INSERT OR UPDATE ON project
    FOR EACH ROW EXECUTE FUNCTION keep_project_keys();
"""

CHAIN_TRIGGER = """
CREATE TRIGGER chain_keys AFTER INSERT ON chain
    FOR EACH ROW EXECUTE FUNCTION keep_chain_keys();
"""

# A department that a step ever asked stays one that the project concerns.
STEP_TRIGGERS = """
CREATE TRIGGER step_keys AFTER INSERT ON step REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION keep_added_step_keys();
CREATE TRIGGER asked_step_keys AFTER UPDATE ON step
    FOR EACH ROW
    WHEN (new.awaited IS DISTINCT FROM old.awaited OR new.department <> old.department)
    EXECUTE FUNCTION keep_step_keys();
"""

OF_ADDED = f"""
    SELECT DISTINCT kept.* FROM added CROSS JOIN LATERAL ({OF_STEP.format(step="added")}) AS kept
"""

FUNCTIONS = {
    "project": OF_PROJECT.format(project="new"),
    "chain": OF_CHAIN.format(chain="new"),
    "step": OF_STEP.format(step="new"),
    "added_step": OF_ADDED,
}


def upgrade() -> None:
    """Create the table and have it kept from now on; the next revision fills it."""
    op.execute(TABLE)
    for name, rows in FUNCTIONS.items():
        op.execute(KEEP.format(name=name, rows=rows))
    for trigger in (PROJECT_TRIGGER, CHAIN_TRIGGER, STEP_TRIGGERS):
        op.execute(trigger)


def downgrade() -> None:
    """Drop it all; everything in it follows from other tables."""
    op.execute("DROP TRIGGER project_keys ON project")
    op.execute("DROP TRIGGER chain_keys ON chain")
    op.execute("DROP TRIGGER step_keys ON step")
    op.execute("DROP TRIGGER asked_step_keys ON step")
    op.execute("DROP TABLE project_key")
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION keep_{name}_keys()")
