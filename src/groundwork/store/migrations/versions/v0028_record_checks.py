"""Checks of the record that overseers asked for."""

from alembic import op

revision = "0028"
down_revision = "0027"

TABLE = """
CREATE TABLE record_check (
    id       bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_record_check PRIMARY KEY,
    chain_id varchar,
    asked_by varchar NOT NULL,
    begun_at timestamptz NOT NULL,
    seen_at  timestamptz NOT NULL,
    done     integer NOT NULL,
    total    integer NOT NULL,
    ended_at timestamptz,
    found    integer,
    findings jsonb NOT NULL
);
"""


def upgrade() -> None:
    """A table that is new, and empty."""
    op.execute(TABLE)


def downgrade() -> None:
    """Checks are forgotten; what they checked is not."""
    op.execute("DROP TABLE record_check")
