"""How versions of definitions spread over running chains."""

from alembic import op

revision = "0016"
down_revision = "0015"

CREATE = """
CREATE TABLE definition_rollout (
    version     varchar NOT NULL CONSTRAINT pk_definition_rollout PRIMARY KEY,
    state       varchar NOT NULL,
    adopted     integer NOT NULL,
    ended       integer NOT NULL,
    failed      integer NOT NULL,
    chains_left integer NOT NULL,
    sweep       integer NOT NULL,
    started_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);
CREATE TABLE definition_rollout_failure (
    version  varchar NOT NULL,
    chain_id varchar NOT NULL
        CONSTRAINT fk_definition_rollout_failure_chain REFERENCES chain (id),
    reason   varchar NOT NULL,
    attempts integer NOT NULL,
    at       timestamptz NOT NULL,
    CONSTRAINT pk_definition_rollout_failure PRIMARY KEY (version, chain_id)
);
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(CREATE)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE definition_rollout_failure, definition_rollout")
