"""For how long steps stood still and whether they were corrected, out of the chains' snapshots.

The trigger is the one place that keeps the table, whoever writes a chain.
"""

from alembic import op

revision = "0026"
down_revision = "0025"

TABLE = """
CREATE TABLE step_pause (
    chain_id  varchar NOT NULL,
    key       varchar NOT NULL,
    corrected boolean NOT NULL,
    stops     datemultirange,
    CONSTRAINT pk_step_pause PRIMARY KEY (chain_id, key),
    CONSTRAINT fk_step_pause_chain FOREIGN KEY (chain_id) REFERENCES chain
);
"""

# What a stop excludes are the days after its first up to its last: the planned one when it ran its
# course (24:00 of that day is the next one's 00:00), as the clock itself reckons.
FIRST = "((stop->>'since')::timestamptz AT TIME ZONE 'Asia/Shanghai')::date"
LAST = """CASE
    WHEN (stop->>'until')::timestamptz
        = ((stop->>'planned_end')::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
    THEN (stop->>'planned_end')::date
    ELSE ((stop->>'until')::timestamptz AT TIME ZONE 'Asia/Shanghai')::date END"""

PAUSES = f"""
    SELECT {{chain}}.id AS chain_id, part->>'key' AS key,
        part->'correction'->>'requested_at' IS NOT NULL AS corrected,
        (SELECT range_agg(daterange({FIRST}, greatest({FIRST}, {LAST}), '(]'))
            FROM jsonb_array_elements(part->'clock'->'stops') AS stop) AS stops
    FROM {{of}} jsonb_path_query({{chain}}.snapshot,
        '$.steps.* ? (exists(@.clock.stops[*]) || exists(@.correction.requested_at))') AS part
"""

KEEP = f"""
CREATE FUNCTION keep_step_pauses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    WITH found AS MATERIALIZED ({PAUSES.format(chain="new", of="")}), gone AS (
        DELETE FROM step_pause
        WHERE chain_id = new.id AND key NOT IN (SELECT found.key FROM found)
    )
    INSERT INTO step_pause (chain_id, key, corrected, stops)
        SELECT found.chain_id, found.key, found.corrected, found.stops FROM found
        ON CONFLICT (chain_id, key) DO UPDATE
        SET corrected = excluded.corrected, stops = excluded.stops
        WHERE (step_pause.corrected, step_pause.stops)
            IS DISTINCT FROM (excluded.corrected, excluded.stops);
    RETURN NULL;
END
$$;
"""

TRIGGER = """
CREATE TRIGGER step_pauses AFTER INSERT OR UPDATE OF snapshot ON chain
    FOR EACH ROW EXECUTE FUNCTION keep_step_pauses();
"""


def upgrade() -> None:
    """Create the table and have it kept from now on; the next revision fills it."""
    for statement in (TABLE, KEEP, TRIGGER):
        op.execute(statement)


def downgrade() -> None:
    """Drop it all; everything in it follows from the chains."""
    op.execute("DROP TRIGGER step_pauses ON chain")
    op.execute("DROP TABLE step_pause")
    op.execute("DROP FUNCTION keep_step_pauses()")
