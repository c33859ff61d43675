"""Where calendars come from, when they were published, and how each spreads to the chains."""

from alembic import op

revision = "0005"
down_revision = "0004"

CREATE = """
CREATE TABLE calendar_import (
    version     varchar NOT NULL CONSTRAINT pk_calendar_import PRIMARY KEY
        CONSTRAINT fk_calendar_import_calendar REFERENCES calendar (version),
    imported_at timestamptz NOT NULL,
    imported_by varchar NOT NULL,
    kind        varchar NOT NULL,
    base        varchar,
    source      varchar NOT NULL,
    note        varchar NOT NULL
);
CREATE TABLE calendar_publication (
    version      varchar NOT NULL CONSTRAINT pk_calendar_publication PRIMARY KEY
        CONSTRAINT fk_calendar_publication_calendar REFERENCES calendar (version),
    published_at timestamptz NOT NULL,
    published_by varchar NOT NULL,
    note         varchar NOT NULL
);
CREATE INDEX ix_calendar_publication_published_at_version
    ON calendar_publication (published_at, version);
CREATE TABLE calendar_rollout (
    version     varchar NOT NULL CONSTRAINT pk_calendar_rollout PRIMARY KEY
        CONSTRAINT fk_calendar_rollout_calendar REFERENCES calendar (version),
    state       varchar NOT NULL,
    adopted     integer NOT NULL,
    ended       integer NOT NULL,
    failed      integer NOT NULL,
    chains_left integer NOT NULL,
    sweep       integer NOT NULL,
    started_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);
CREATE TABLE calendar_rollout_failure (
    version  varchar NOT NULL
        CONSTRAINT fk_calendar_rollout_failure_calendar REFERENCES calendar (version),
    chain_id varchar NOT NULL
        CONSTRAINT fk_calendar_rollout_failure_chain REFERENCES chain (id),
    reason   varchar NOT NULL,
    attempts integer NOT NULL,
    at       timestamptz NOT NULL,
    CONSTRAINT pk_calendar_rollout_failure PRIMARY KEY (version, chain_id)
);
"""

GUARD = """
CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_is_append_only;
"""

APPEND_ONLY = ("calendar_import", "calendar_publication")


def upgrade() -> None:
    """Create the tables."""
    op.execute(CREATE)
    for table in APPEND_ONLY:
        op.execute(GUARD.format(table=table))


def downgrade() -> None:
    """Drop the tables."""
    op.execute(
        "DROP TABLE calendar_rollout_failure, calendar_rollout, calendar_publication,"
        " calendar_import"
    )
