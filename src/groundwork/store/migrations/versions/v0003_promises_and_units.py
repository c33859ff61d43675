"""Units, open opinions, and the whole life of promises in the read model.

What is known of chains that were there before follows from their rows and snapshots: their
commitments were all signed, they have no units, and no department was asked for an opinion.
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the table, and widen those of steps and promises."""
    op.execute("""
        CREATE TABLE unit (
            chain_id     varchar NOT NULL CONSTRAINT fk_unit_chain REFERENCES chain,
            id           varchar NOT NULL,
            project_code varchar NOT NULL,
            name         varchar NOT NULL,
            state        varchar NOT NULL,
            "into"       varchar,
            equipment    varchar,
            open_gates   text[] NOT NULL,
            CONSTRAINT pk_unit PRIMARY KEY (chain_id, id)
        );

        ALTER TABLE step
            ADD COLUMN unit varchar,
            ADD COLUMN awaited text[] NOT NULL DEFAULT '{}',
            ADD COLUMN reply_on date,
            ADD COLUMN visit_on date;
        ALTER TABLE step ALTER COLUMN awaited DROP DEFAULT;
        CREATE INDEX ix_step_awaited ON step USING gin (awaited) WHERE awaited <> '{}'::text[];

        ALTER TABLE deficiency ADD COLUMN reminded integer[] NOT NULL DEFAULT '{}';
        ALTER TABLE deficiency ALTER COLUMN reminded DROP DEFAULT;

        ALTER TABLE commitment
            ADD COLUMN outcome varchar,
            ADD COLUMN breach varchar,
            ADD COLUMN third_parties integer NOT NULL DEFAULT 0,
            ADD COLUMN drafted_at timestamptz,
            ADD COLUMN act_by date,
            ADD COLUMN reminded integer[] NOT NULL DEFAULT '{}',
            ADD COLUMN performed_at timestamptz,
            ADD COLUMN verify_on date,
            ADD COLUMN unverified boolean NOT NULL DEFAULT false,
            ADD COLUMN publish_on date,
            ADD COLUMN rectified boolean NOT NULL DEFAULT false,
            ADD COLUMN officers text[] NOT NULL DEFAULT '{}',
            ALTER COLUMN signed_at DROP NOT NULL,
            ALTER COLUMN due_on DROP NOT NULL;
        UPDATE commitment SET
            act_by = due_on,
            outcome = CASE WHEN state IN ('fulfilled', 'breached') THEN state END,
            rectified = EXISTS (
                SELECT FROM event
                WHERE event.chain_id = commitment.chain_id AND event.type = 'rectification_ordered'
                AND event.body ->> 'commitment' = commitment.id
            );
        UPDATE chain SET snapshot = jsonb_set(snapshot, '{commitments}', (
            SELECT jsonb_object_agg(one.key, one.value
                || jsonb_build_object('outcome', commitment.outcome)
                || CASE WHEN ordered.at IS NULL THEN '{}'
                   ELSE jsonb_build_object('rectify_since', ordered.at) END
            )
            FROM jsonb_each(chain.snapshot -> 'commitments') AS one
            JOIN commitment ON commitment.chain_id = chain.id AND commitment.id = one.key
            LEFT JOIN LATERAL (
                SELECT event.body -> 'at' AS at FROM event
                WHERE event.chain_id = chain.id AND event.type = 'rectification_ordered'
                AND event.body ->> 'commitment' = one.key
                ORDER BY event.seq DESC LIMIT 1
            ) AS ordered ON true
        ))
        WHERE EXISTS (SELECT FROM commitment WHERE commitment.chain_id = chain.id);
        ALTER TABLE commitment
            ALTER COLUMN act_by SET NOT NULL,
            ALTER COLUMN third_parties DROP DEFAULT,
            ALTER COLUMN reminded DROP DEFAULT,
            ALTER COLUMN unverified DROP DEFAULT,
            ALTER COLUMN rectified DROP DEFAULT,
            ALTER COLUMN officers DROP DEFAULT;
        DROP INDEX ix_commitment_open;
        CREATE INDEX ix_commitment_open ON commitment (department, act_by, chain_id, id)
            WHERE closed_at IS NULL;
    """)


def downgrade() -> None:
    """Narrow them again; letters that nobody signed go, for the old table has no place for them."""
    op.execute("""
        DROP TABLE unit;
        DROP INDEX ix_step_awaited;
        ALTER TABLE step
            DROP COLUMN unit, DROP COLUMN awaited, DROP COLUMN reply_on, DROP COLUMN visit_on;
        ALTER TABLE deficiency DROP COLUMN reminded;
        DROP INDEX ix_commitment_open;
        DELETE FROM commitment WHERE signed_at IS NULL OR due_on IS NULL;
        ALTER TABLE commitment
            ALTER COLUMN signed_at SET NOT NULL,
            ALTER COLUMN due_on SET NOT NULL,
            DROP COLUMN outcome, DROP COLUMN breach, DROP COLUMN third_parties,
            DROP COLUMN drafted_at, DROP COLUMN act_by, DROP COLUMN reminded,
            DROP COLUMN performed_at, DROP COLUMN verify_on, DROP COLUMN unverified,
            DROP COLUMN publish_on, DROP COLUMN rectified, DROP COLUMN officers;
        CREATE INDEX ix_commitment_open ON commitment (department, due_on, chain_id, id)
            WHERE closed_at IS NULL;
    """)
