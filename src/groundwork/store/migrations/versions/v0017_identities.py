"""Whom an identity provider means, and sign-ins under way to it."""

from alembic import op

revision = "0017"
down_revision = "0016"

TABLES = """
CREATE TABLE person_identity (
    id           varchar NOT NULL,
    issuer       varchar NOT NULL,
    kind         varchar NOT NULL CONSTRAINT ck_person_identity_kind
        CHECK (kind IN ('person', 'system')),
    subject      bytea NOT NULL,
    subject_key  varchar NOT NULL,
    person_id    varchar NOT NULL,
    linked_at    timestamptz NOT NULL,
    linked_by    varchar NOT NULL,
    ended_at     timestamptz,
    ended_by     varchar,
    last_used_at timestamptz,
    CONSTRAINT pk_person_identity PRIMARY KEY (id),
    CONSTRAINT fk_person_identity_person FOREIGN KEY (person_id) REFERENCES person
);
CREATE UNIQUE INDEX ix_person_identity_in_force
    ON person_identity (subject_key) WHERE ended_at IS NULL;
CREATE INDEX ix_person_identity_person_id ON person_identity (person_id);

CREATE TABLE sign_in_trip (
    id         varchar NOT NULL,
    sealed     varchar NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT pk_sign_in_trip PRIMARY KEY (id)
);
CREATE INDEX ix_sign_in_trip_expires_at ON sign_in_trip (expires_at);
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drop them. Nobody signs in by the provider any more, and who was linked is forgotten."""
    op.execute("DROP TABLE sign_in_trip, person_identity")
