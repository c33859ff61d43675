"""Which chain of a project is the current one, so that lists need not look for it each time.

The triggers are the one place that keeps the table, whoever writes a project or a chain.
"""

from alembic import op

revision = "0020"
down_revision = "0019"

TABLE = """
CREATE TABLE current_chain (
    project_code  varchar NOT NULL,
    chain_id      varchar,
    definition_id varchar,
    state         varchar,
    light         varchar,
    waiting_on    varchar,
    risk          integer NOT NULL,
    act_by        date NOT NULL,
    launched_at   timestamptz NOT NULL,
    CONSTRAINT pk_current_chain PRIMARY KEY (project_code),
    CONSTRAINT fk_current_chain_project FOREIGN KEY (project_code)
        REFERENCES project ON DELETE CASCADE
);

CREATE INDEX ix_current_chain_risk_act_by_project_code
    ON current_chain (risk, act_by, project_code);
CREATE INDEX ix_current_chain_act_by_project_code ON current_chain (act_by, project_code);
CREATE INDEX ix_current_chain_launched_at_project_code
    ON current_chain (launched_at, project_code);
CREATE INDEX ix_current_chain_state_light_waiting_on
    ON current_chain (state, light, waiting_on);
"""

# Until a chain is launched a project comes last in every order. Who writes another chain of the
# project meanwhile is waited for, and then seen: the statement after the lock looks anew.
KEEP = """
CREATE FUNCTION begin_current_chain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO current_chain (project_code, risk, act_by, launched_at)
        VALUES (new.code, 6, '9999-12-31', '0001-01-02 00:00:00+00') ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

CREATE FUNCTION keep_current_chain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO current_chain (project_code, risk, act_by, launched_at)
        VALUES (new.project_code, 6, '9999-12-31', '0001-01-02 00:00:00+00')
        ON CONFLICT DO NOTHING;
    PERFORM FROM current_chain WHERE project_code = new.project_code FOR UPDATE;
    UPDATE current_chain
        SET (chain_id, definition_id, state, light, waiting_on, risk, act_by, launched_at) = (
            SELECT id, definition_id, state, light, waiting_on,
                coalesce(array_position(
                    ARRAY['red', 'yellow', 'paused', 'green', 'todo', 'done'], light::text
                ), 7) - 1,
                act_by, launched_at
            FROM chain WHERE chain.project_code = new.project_code
            ORDER BY state <> 'running', launched_at DESC, id LIMIT 1
        )
        WHERE project_code = new.project_code;
    RETURN NULL;
END
$$;
"""

TRIGGERS = """
CREATE TRIGGER current_chain_begins AFTER INSERT ON project
    FOR EACH ROW EXECUTE FUNCTION begin_current_chain();
CREATE TRIGGER current_chain_launched AFTER INSERT ON chain
    FOR EACH ROW EXECUTE FUNCTION keep_current_chain();
CREATE TRIGGER current_chain_moves AFTER UPDATE ON chain
    FOR EACH ROW
    WHEN ((new.definition_id, new.state, new.light, new.waiting_on, new.act_by, new.launched_at)
        IS DISTINCT FROM
        (old.definition_id, old.state, old.light, old.waiting_on, old.act_by, old.launched_at))
    EXECUTE FUNCTION keep_current_chain();
"""


def upgrade() -> None:
    """Create the table and have it kept from now on; the next revision fills it."""
    for statement in (TABLE, KEEP, TRIGGERS):
        op.execute(statement)


def downgrade() -> None:
    """Drop it all; everything in it follows from projects and chains."""
    op.execute("DROP TRIGGER current_chain_begins ON project")
    op.execute("DROP TRIGGER current_chain_launched ON chain")
    op.execute("DROP TRIGGER current_chain_moves ON chain")
    op.execute("DROP TABLE current_chain")
    op.execute("DROP FUNCTION begin_current_chain()")
    op.execute("DROP FUNCTION keep_current_chain()")
