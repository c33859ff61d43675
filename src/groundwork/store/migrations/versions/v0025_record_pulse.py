"""How much was recorded, to be had without reading what was."""

from alembic import op

revision = "0025"
down_revision = "0024"

TABLE = """
CREATE TABLE record_pulse (
    part  integer NOT NULL,
    beats bigint NOT NULL,
    CONSTRAINT pk_record_pulse PRIMARY KEY (part)
) WITH (fillfactor = 20);

INSERT INTO record_pulse SELECT part, 0 FROM generate_series(0, 63) AS part;
"""

# In parts, so that who records at once seldom waits for another's commit.
KEEP = """
CREATE FUNCTION keep_record_pulse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE record_pulse SET beats = beats + 1 WHERE part = mod(abs(hashtext(new.id)::bigint), 64);
    RETURN NULL;
END
$$;
"""

TRIGGERS = """
CREATE TRIGGER record_pulse_begins AFTER INSERT ON chain
    FOR EACH ROW EXECUTE FUNCTION keep_record_pulse();
CREATE TRIGGER record_pulse_beats AFTER UPDATE ON chain
    FOR EACH ROW WHEN (new.seq <> old.seq) EXECUTE FUNCTION keep_record_pulse();
"""


def upgrade() -> None:
    """Create the table and have it kept."""
    for statement in (TABLE, KEEP, TRIGGERS):
        op.execute(statement)


def downgrade() -> None:
    """Drop it; it says nothing but that something changed."""
    op.execute("DROP TRIGGER record_pulse_begins ON chain")
    op.execute("DROP TRIGGER record_pulse_beats ON chain")
    op.execute("DROP TABLE record_pulse")
    op.execute("DROP FUNCTION keep_record_pulse()")
