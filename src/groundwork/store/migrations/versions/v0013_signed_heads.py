"""Signed heads and their time stamps; refused attempts can only be added from now on."""

from alembic import op

revision = "0013"
down_revision = "0012"

TABLES = """
CREATE TABLE signed_head (
    day        date NOT NULL,
    statement  varchar NOT NULL,
    hash       varchar NOT NULL,
    signature  varchar NOT NULL,
    public_key varchar NOT NULL,
    leaves     jsonb NOT NULL,
    denials    jsonb NOT NULL,
    CONSTRAINT pk_signed_head PRIMARY KEY (day)
);

CREATE TABLE head_stamp (
    day        date NOT NULL,
    authority  varchar NOT NULL,
    response   varchar NOT NULL,
    stamped_at timestamptz NOT NULL,
    CONSTRAINT pk_head_stamp PRIMARY KEY (day),
    CONSTRAINT fk_head_stamp_signed_head FOREIGN KEY (day) REFERENCES signed_head
);
"""

APPEND_ONLY = ("signed_head", "head_stamp", "denial")

# ALWAYS: also in a session that pretends to be a replica, which skips ordinary triggers.
GUARD = """
CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_is_append_only;
"""


def upgrade() -> None:
    """Create the tables, and guard them and the refused attempts."""
    op.execute(TABLES)
    for table in APPEND_ONLY:
        op.execute(GUARD.format(table=table))


def downgrade() -> None:
    """Drop them. What was signed and not exported is lost."""
    op.execute("DROP TRIGGER denial_is_append_only ON denial")
    op.execute("DROP TABLE head_stamp, signed_head")
