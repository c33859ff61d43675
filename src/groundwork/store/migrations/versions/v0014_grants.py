"""What people were given: the enterprises, parks and projects within their reach, and rights."""

from alembic import op

revision = "0014"
down_revision = "0013"

TABLE = """
CREATE TABLE person_grant (
    person_id  varchar NOT NULL,
    kind       varchar NOT NULL,
    value      varchar NOT NULL,
    granted_by varchar NOT NULL,
    granted_at timestamptz NOT NULL,
    CONSTRAINT pk_person_grant PRIMARY KEY (person_id, kind, value),
    CONSTRAINT fk_person_grant_person FOREIGN KEY (person_id) REFERENCES person
);

CREATE INDEX ix_person_grant_kind_value ON person_grant (kind, value);
"""

PARKS = """
INSERT INTO person_grant
SELECT DISTINCT person.id, 'park', project.district, 'system', now()
FROM project JOIN person ON person.id = project.housekeeper
WHERE person.role = 'housekeeper'
"""

ENTERPRISES = """
INSERT INTO person_grant
SELECT DISTINCT person.id, 'enterprise', project.uscc, 'system', now()
FROM person
JOIN event ON event.actor_id = person.id AND event.actor_role = 'project_manager'
JOIN chain ON chain.id = event.chain_id
JOIN project ON project.code = chain.project_code
WHERE person.role = 'project_manager'
"""

NOTED = """
INSERT INTO duty_record (at, by_id, person_id, what, subject, reason)
SELECT granted_at, granted_by, person_id, 'grant_given', kind || ':' || value, 'migration'
FROM person_grant ORDER BY person_id, kind, value
"""


def upgrade() -> None:
    """Create the table, and give people what they have worked on so far.

    Housekeepers get the parks of the projects they keep, project managers the enterprises for
    which they have acted; each grant stands in the record of duties.
    """
    op.execute(TABLE)
    for statement in (PARKS, ENTERPRISES, NOTED):
        op.execute(statement)


def downgrade() -> None:
    """Drop it. Who was given what stays in the record of duties."""
    op.execute("DROP TABLE person_grant")
