"""Sessions that the identity provider may end, and the tokens by which it did."""

from alembic import op

revision = "0024"
down_revision = "0023"

TABLES = """
CREATE TABLE provider_session (
    token_id varchar NOT NULL,
    link_id  varchar NOT NULL,
    sid_key  varchar,
    CONSTRAINT pk_provider_session PRIMARY KEY (token_id),
    CONSTRAINT fk_provider_session_api_token FOREIGN KEY (token_id) REFERENCES api_token
);
CREATE INDEX ix_provider_session_link_id ON provider_session (link_id);
CREATE INDEX ix_provider_session_sid_key ON provider_session (sid_key);

CREATE TABLE logout_token (
    id         varchar NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT pk_logout_token PRIMARY KEY (id)
);
CREATE INDEX ix_logout_token_expires_at ON logout_token (expires_at);
"""


def upgrade() -> None:
    """Create the tables. Sessions of before end here alone, or when they lapse."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE logout_token, provider_session")
