"""Sessions apart from tokens, scopes of tokens, local accounts and second factors."""

from alembic import op

revision = "0012"
down_revision = "0011"

COLUMNS = """
ALTER TABLE api_token
    ADD COLUMN kind         varchar NOT NULL DEFAULT 'api',
    ADD COLUMN scope        varchar NOT NULL DEFAULT 'admin',
    ADD COLUMN confirmed_at timestamptz;
"""

SESSIONS = """
UPDATE api_token
SET kind = 'session', confirmed_at = created_at, last_used_at = coalesce(last_used_at, created_at)
WHERE label = 'browser' AND expires_at - created_at BETWEEN '11:59' AND '12:01'
"""

TABLES = """
CREATE TABLE account (
    person_id    varchar NOT NULL,
    sign_in_name varchar NOT NULL,
    hash         varchar NOT NULL,
    must_change  boolean NOT NULL,
    lapses_at    timestamptz,
    changed_at   timestamptz NOT NULL,
    failures     integer NOT NULL,
    locked_until timestamptz,
    totp_secret  varchar,
    totp_since   timestamptz,
    totp_step    bigint,
    CONSTRAINT pk_account PRIMARY KEY (person_id),
    CONSTRAINT uq_account_sign_in_name UNIQUE (sign_in_name),
    CONSTRAINT fk_account_person FOREIGN KEY (person_id) REFERENCES person
);

CREATE TABLE recovery_code (
    person_id varchar NOT NULL,
    hash      varchar NOT NULL,
    CONSTRAINT pk_recovery_code PRIMARY KEY (person_id, hash),
    CONSTRAINT fk_recovery_code_account FOREIGN KEY (person_id) REFERENCES account
);
"""


def upgrade() -> None:
    """Tell the sessions of browsers, which lasted twelve hours, from the tokens of programs.

    An earlier release may go on issuing tokens meanwhile: what it says nothing of has its default.
    """
    op.execute(COLUMNS)
    op.execute(SESSIONS)
    op.execute(TABLES)


def downgrade() -> None:
    """Passwords and second factors are lost; narrow tokens are revoked, not widened."""
    op.execute("DROP TABLE recovery_code, account")
    op.execute(
        "UPDATE api_token SET revoked_at = now() WHERE scope <> 'admin' AND revoked_at IS NULL"
    )
    op.execute(
        "ALTER TABLE api_token DROP COLUMN kind, DROP COLUMN scope, DROP COLUMN confirmed_at"
    )
