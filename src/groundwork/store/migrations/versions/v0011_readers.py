"""Tracking codes, saved views and last visits; every project that is there gets its code."""

from datetime import UTC, datetime
from hashlib import sha256
from secrets import choice

from alembic import op
from sqlalchemy import text

revision = "0011"
down_revision = "0010"

ALPHABET = "23456789CDFHJKMNPRTVWXY"
BATCH = 1000

TABLES = """
CREATE TABLE tracking_code (
    project_code varchar NOT NULL,
    code         varchar NOT NULL,
    hash         varchar NOT NULL,
    issued_at    timestamptz NOT NULL,
    issued_by    varchar NOT NULL,
    CONSTRAINT pk_tracking_code PRIMARY KEY (project_code),
    CONSTRAINT uq_tracking_code_hash UNIQUE (hash),
    CONSTRAINT fk_tracking_code_project FOREIGN KEY (project_code) REFERENCES project
);

CREATE TABLE saved_view (
    id         varchar NOT NULL,
    person_id  varchar NOT NULL,
    list       varchar NOT NULL,
    name       varchar NOT NULL,
    query      varchar NOT NULL,
    position   integer NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_saved_view PRIMARY KEY (id),
    CONSTRAINT uq_saved_view_person_id_list_name UNIQUE (person_id, list, name),
    CONSTRAINT fk_saved_view_person FOREIGN KEY (person_id) REFERENCES person
);

CREATE TABLE last_seen (
    person_id varchar NOT NULL,
    chain_id  varchar NOT NULL,
    seq       integer NOT NULL,
    seen_at   timestamptz NOT NULL,
    CONSTRAINT pk_last_seen PRIMARY KEY (person_id, chain_id),
    CONSTRAINT fk_last_seen_person FOREIGN KEY (person_id) REFERENCES person,
    CONSTRAINT fk_last_seen_chain FOREIGN KEY (chain_id) REFERENCES chain
);
"""


def upgrade() -> None:
    """Create the tables. A project that comes meanwhile gets its code when it is first asked for.

    So an older release may go on creating projects while this runs, and afterwards.
    """
    op.execute(TABLES)
    connection = op.get_bind()
    without = connection.execute(text("SELECT code FROM project ORDER BY code")).scalars().all()
    issue = text(
        "INSERT INTO tracking_code (project_code, code, hash, issued_at, issued_by)"
        " VALUES (:project_code, :code, :hash, :issued_at, 'system')"
    )
    for start in range(0, len(without), BATCH):
        connection.execute(issue, [_issued(one) for one in without[start : start + BATCH]])


def downgrade() -> None:
    """Drop them. Codes that were given out are void; new ones follow with the next upgrade."""
    op.execute("DROP TABLE last_seen, saved_view, tracking_code")


def _issued(project: str) -> dict[str, object]:
    code = _code()
    return {
        "project_code": project,
        "code": code,
        "hash": sha256(code.encode()).hexdigest(),
        "issued_at": datetime.now(UTC),
    }


def _code() -> str:
    """A code with its check, as `domain.tracking` had it in this release."""
    drawn = [choice(ALPHABET) for _ in range(19)]
    weighed = sum(ALPHABET.index(one) * (20 - place) for place, one in enumerate(drawn))
    code = "".join([*drawn, ALPHABET[-weighed % len(ALPHABET)]])
    return "-".join(code[start : start + 4] for start in range(0, 20, 4))
