"""Answers, appeals and annulments of escalations, for the board and the history."""

from alembic import op

revision = "0008"
down_revision = "0007"

_FROM_EVENTS = """
    SELECT body ->> 'escalation' AS id, chain_id, seq, type, body, at, actor_id
    FROM event
    WHERE type IN ('escalation_acknowledged', 'referral_decided', 'escalation_annulled')
"""


def upgrade() -> None:
    """Add the columns, and say in them and in the snapshots what the events have said before."""
    op.execute("""
        ALTER TABLE escalation
            ADD COLUMN answer_before     timestamptz,
            ADD COLUMN answer_overdue    boolean NOT NULL DEFAULT false,
            ADD COLUMN answered_by       varchar,
            ADD COLUMN answered_at       timestamptz,
            ADD COLUMN appeal_by         date,
            ADD COLUMN appeal_before     timestamptz,
            ADD COLUMN appeal_state      varchar,
            ADD COLUMN appeal_reason     varchar NOT NULL DEFAULT '',
            ADD COLUMN appealed_by       varchar,
            ADD COLUMN appealed_at       timestamptz,
            ADD COLUMN appeal_decision   varchar NOT NULL DEFAULT '',
            ADD COLUMN appeal_decided_by varchar,
            ADD COLUMN appeal_decided_at timestamptz,
            ADD COLUMN annulled_for      varchar NOT NULL DEFAULT '',
            ADD COLUMN because           varchar;
        ALTER TABLE escalation
            ALTER COLUMN answer_overdue DROP DEFAULT,
            ALTER COLUMN appeal_reason DROP DEFAULT,
            ALTER COLUMN appeal_decision DROP DEFAULT,
            ALTER COLUMN annulled_for DROP DEFAULT;
        CREATE INDEX ix_escalation_appealed ON escalation (appealed_at)
            WHERE appeal_state = 'pending';
        UPDATE escalation
            SET answer_before = (answer_by + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
            WHERE answer_by IS NOT NULL;
    """)
    op.execute(f"""
        UPDATE escalation SET answered_by = said.actor_id, answered_at = said.at
        FROM ({_FROM_EVENTS}) said
        WHERE said.chain_id = escalation.chain_id AND said.id = escalation.id
            AND said.type <> 'escalation_annulled';
        UPDATE escalation SET annulled_for = said.body ->> 'reason'
        FROM ({_FROM_EVENTS}) said
        WHERE said.chain_id = escalation.chain_id AND said.id = escalation.id
            AND said.type = 'escalation_annulled';
    """)
    op.execute(f"""
        UPDATE chain SET snapshot = jsonb_set(snapshot, '{{escalations}}', told.escalations)
        FROM (
            SELECT chain.id, jsonb_object_agg(card.key, card.value || COALESCE(more.facts, '{{}}'))
                AS escalations
            FROM chain
            CROSS JOIN jsonb_each(chain.snapshot -> 'escalations') AS card
            LEFT JOIN (
                SELECT chain_id, id, jsonb_object_agg(fact.key, fact.value) AS facts
                FROM ({_FROM_EVENTS}) said
                CROSS JOIN LATERAL jsonb_each(
                    CASE WHEN type = 'escalation_annulled'
                    THEN jsonb_build_object('annulled_for', body -> 'reason')
                    ELSE jsonb_build_object(
                        'answered_by', body -> 'by' -> 'id', 'answered_at', body -> 'at'
                    ) END
                ) AS fact
                GROUP BY chain_id, id
            ) more ON more.chain_id = chain.id AND more.id = card.key
            GROUP BY chain.id
        ) told
        WHERE told.id = chain.id;
    """)


def downgrade() -> None:
    """Drop the columns; the events keep what they said."""
    op.execute("""
        DROP INDEX ix_escalation_appealed;
        ALTER TABLE escalation
            DROP COLUMN answer_before,
            DROP COLUMN answer_overdue,
            DROP COLUMN answered_by,
            DROP COLUMN answered_at,
            DROP COLUMN appeal_by,
            DROP COLUMN appeal_before,
            DROP COLUMN appeal_state,
            DROP COLUMN appeal_reason,
            DROP COLUMN appealed_by,
            DROP COLUMN appealed_at,
            DROP COLUMN appeal_decision,
            DROP COLUMN appeal_decided_by,
            DROP COLUMN appeal_decided_at,
            DROP COLUMN annulled_for,
            DROP COLUMN because;
    """)
