"""The credit register: records about enterprises and third parties, and their repair."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table."""
    op.execute("""
        CREATE TABLE credit_record (
            id                   varchar NOT NULL,
            report_id            varchar NOT NULL,
            subject              varchar NOT NULL,
            kind                 varchar NOT NULL,
            severity             varchar NOT NULL,
            decided_on           date NOT NULL,
            ends_on              date,
            document             varchar NOT NULL,
            publish_on           date,
            filed_by             varchar NOT NULL,
            filed_at             timestamptz NOT NULL,
            uscc_override_reason varchar,
            repaired_on          date,
            repaired_by          varchar,
            repaired_at          timestamptz,
            promise              varchar,
            repair_key           varchar,
            CONSTRAINT pk_credit_record PRIMARY KEY (id),
            CONSTRAINT uq_credit_record_report_id UNIQUE (report_id)
        );
        CREATE INDEX ix_credit_record_subject_decided_on_id
            ON credit_record (subject, decided_on, id);
        CREATE INDEX ix_credit_record_publish_on_id ON credit_record (publish_on, id);
    """)


def downgrade() -> None:
    """Drop the table."""
    op.execute("DROP TABLE credit_record")
