"""Notices, channels and their deliveries, webhooks, and calendar feeds."""

from alembic import op

revision = "0006"
down_revision = "0005"

NOTICES = """
CREATE TABLE notice (
    id         varchar NOT NULL CONSTRAINT pk_notice PRIMARY KEY,
    source     varchar NOT NULL,
    kind       varchar NOT NULL,
    chain_id   varchar CONSTRAINT fk_notice_chain REFERENCES chain,
    seq        integer,
    rule       varchar NOT NULL,
    book       varchar NOT NULL,
    person_id  varchar NOT NULL CONSTRAINT fk_notice_person REFERENCES person,
    urgent     boolean NOT NULL,
    at         timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    title      jsonb NOT NULL,
    body       jsonb NOT NULL,
    step       varchar,
    due_on     date,
    read_at    timestamptz,
    CONSTRAINT uq_notice_source_rule_person_id UNIQUE (source, rule, person_id)
);
CREATE INDEX ix_notice_person_id_created_at_id ON notice (person_id, created_at, id);
CREATE INDEX ix_notice_unread ON notice (person_id) WHERE read_at IS NULL;

CREATE TABLE notice_cursor (
    chain_id varchar NOT NULL CONSTRAINT pk_notice_cursor PRIMARY KEY
        CONSTRAINT fk_notice_cursor_chain REFERENCES chain,
    seq      integer NOT NULL
);
-- What happened before there were notices is nobody's news.
INSERT INTO notice_cursor (chain_id, seq) SELECT id, seq FROM chain;

CREATE TABLE channel (
    id          varchar NOT NULL CONSTRAINT pk_channel PRIMARY KEY,
    person_id   varchar NOT NULL CONSTRAINT fk_channel_person REFERENCES person,
    label       varchar NOT NULL,
    scheme      varchar NOT NULL,
    url         varchar NOT NULL,
    language    varchar NOT NULL,
    rhythm      varchar NOT NULL,
    quiet_since time,
    quiet_until time,
    state       varchar NOT NULL,
    failures    integer NOT NULL,
    retry_at    timestamptz,
    last_error  varchar,
    last_ok_at  timestamptz,
    created_at  timestamptz NOT NULL
);
CREATE INDEX ix_channel_person_id ON channel (person_id);

CREATE TABLE delivery (
    id            varchar NOT NULL CONSTRAINT pk_delivery PRIMARY KEY,
    notice_id     varchar NOT NULL CONSTRAINT fk_delivery_notice REFERENCES notice,
    channel_id    varchar NOT NULL CONSTRAINT fk_delivery_channel REFERENCES channel,
    status        varchar NOT NULL,
    not_before    timestamptz,
    attempts      integer NOT NULL,
    claim         varchar,
    claimed_until timestamptz,
    last_error    varchar,
    digest_id     varchar CONSTRAINT fk_delivery_delivery REFERENCES delivery,
    created_at    timestamptz NOT NULL,
    sent_at       timestamptz,
    CONSTRAINT uq_delivery_notice_id_channel_id UNIQUE (notice_id, channel_id)
);
CREATE INDEX ix_delivery_due ON delivery (not_before) WHERE status NOT IN ('sent', 'dead');
CREATE INDEX ix_delivery_channel ON delivery (channel_id, status);
"""

WEBHOOKS = """
CREATE TABLE webhook (
    id               varchar NOT NULL CONSTRAINT pk_webhook PRIMARY KEY,
    label            varchar NOT NULL,
    url              varchar NOT NULL,
    types            text[] NOT NULL,
    secret           varchar NOT NULL,
    old_secret       varchar,
    old_secret_until timestamptz,
    state            varchar NOT NULL,
    failures         integer NOT NULL,
    retry_at         timestamptz,
    last_error       varchar,
    last_ok_at       timestamptz,
    created_at       timestamptz NOT NULL,
    created_by       varchar NOT NULL
);

CREATE TABLE webhook_call (
    id            varchar NOT NULL CONSTRAINT pk_webhook_call PRIMARY KEY,
    webhook_id    varchar NOT NULL CONSTRAINT fk_webhook_call_webhook REFERENCES webhook,
    chain_id      varchar NOT NULL CONSTRAINT fk_webhook_call_chain REFERENCES chain,
    seq           integer NOT NULL,
    status        varchar NOT NULL,
    attempts      integer NOT NULL,
    claim         varchar,
    claimed_until timestamptz,
    last_error    varchar,
    payload       jsonb NOT NULL,
    created_at    timestamptz NOT NULL,
    sent_at       timestamptz,
    CONSTRAINT uq_webhook_call_webhook_id_chain_id_seq UNIQUE (webhook_id, chain_id, seq)
);
CREATE INDEX ix_webhook_call_due ON webhook_call (webhook_id, created_at)
    WHERE status NOT IN ('sent', 'dead');
"""

FEEDS = """
CREATE TABLE feed (
    id         varchar NOT NULL CONSTRAINT pk_feed PRIMARY KEY,
    person_id  varchar NOT NULL CONSTRAINT fk_feed_person REFERENCES person,
    department varchar,
    language   varchar NOT NULL,
    label      varchar NOT NULL,
    hash       varchar NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    CONSTRAINT uq_feed_hash UNIQUE (hash)
);
CREATE INDEX ix_feed_person_id ON feed (person_id);
"""


def upgrade() -> None:
    """Create the tables; what is on record already plans nothing."""
    op.execute(NOTICES)
    op.execute(WEBHOOKS)
    op.execute(FEEDS)


def downgrade() -> None:
    """Drop the tables."""
    op.execute("DROP TABLE feed, webhook_call, webhook, delivery, channel, notice_cursor, notice")
