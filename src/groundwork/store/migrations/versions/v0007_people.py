"""People at work: absences, delegations, who is in charge of a step, and handovers."""

from alembic import op

revision = "0007"
down_revision = "0006"

DUTIES = """
CREATE TABLE absence (
    id            varchar NOT NULL,
    person_id     varchar NOT NULL,
    substitute_id varchar NOT NULL,
    first_day     date NOT NULL,
    last_day      date NOT NULL,
    reason        varchar NOT NULL,
    set_by        varchar NOT NULL,
    set_at        timestamptz NOT NULL,
    ended_at      timestamptz,
    ended_by      varchar,
    CONSTRAINT pk_absence PRIMARY KEY (id),
    CONSTRAINT fk_absence_person FOREIGN KEY (person_id) REFERENCES person,
    CONSTRAINT fk_absence_substitute FOREIGN KEY (substitute_id) REFERENCES person
);
CREATE INDEX ix_absence_person_id_first_day ON absence (person_id, first_day);
CREATE INDEX ix_absence_substitute_id ON absence (substitute_id);
CREATE INDEX ix_absence_standing ON absence (last_day) WHERE ended_at IS NULL;

CREATE TABLE delegation (
    id           varchar NOT NULL,
    delegator_id varchar NOT NULL,
    delegate_id  varchar NOT NULL,
    actions      text[] NOT NULL,
    chains       text[] NOT NULL,
    steps        text[] NOT NULL,
    first_day    date NOT NULL,
    last_day     date NOT NULL,
    reason       varchar NOT NULL,
    granted_by   varchar NOT NULL,
    granted_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    ended_by     varchar,
    CONSTRAINT pk_delegation PRIMARY KEY (id),
    CONSTRAINT fk_delegation_delegator FOREIGN KEY (delegator_id) REFERENCES person,
    CONSTRAINT fk_delegation_delegate FOREIGN KEY (delegate_id) REFERENCES person
);
CREATE INDEX ix_delegation_delegator_id ON delegation (delegator_id);
CREATE INDEX ix_delegation_delegate_id ON delegation (delegate_id);
CREATE INDEX ix_delegation_standing ON delegation (last_day) WHERE ended_at IS NULL;

CREATE TABLE duty_record (
    id        bigint GENERATED ALWAYS AS IDENTITY,
    at        timestamptz NOT NULL,
    by_id     varchar NOT NULL,
    person_id varchar NOT NULL,
    what      varchar NOT NULL,
    subject   varchar NOT NULL,
    reason    varchar NOT NULL,
    CONSTRAINT pk_duty_record PRIMARY KEY (id)
);
CREATE INDEX ix_duty_record_person_id_id ON duty_record (person_id, id);
CREATE TRIGGER duty_record_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON duty_record
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE duty_record ENABLE ALWAYS TRIGGER duty_record_is_append_only;
"""

HANDOVERS = """
ALTER TABLE step ADD COLUMN assignee varchar;
CREATE INDEX ix_step_assignee ON step (assignee, act_by, chain_id, key)
    WHERE open AND assignee IS NOT NULL;

CREATE TABLE handover (
    id          varchar NOT NULL,
    by_id       varchar NOT NULL,
    source_id   varchar NOT NULL,
    target_id   varchar NOT NULL,
    department  varchar,
    reason      varchar NOT NULL,
    received_at timestamptz NOT NULL,
    CONSTRAINT pk_handover PRIMARY KEY (id)
);
CREATE TABLE handover_step (
    handover_id varchar NOT NULL,
    chain_id    varchar NOT NULL,
    step        varchar NOT NULL,
    number      integer NOT NULL,
    outcome     varchar NOT NULL,
    refusal     jsonb,
    CONSTRAINT pk_handover_step PRIMARY KEY (handover_id, chain_id, step),
    CONSTRAINT fk_handover_step_handover FOREIGN KEY (handover_id) REFERENCES handover
);
"""


def upgrade() -> None:
    """Create the tables, and the column that says who is in charge of a step."""
    op.execute(DUTIES)
    op.execute(HANDOVERS)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE handover_step, handover, duty_record, delegation, absence")
    op.execute("DROP INDEX ix_step_assignee")
    op.execute("ALTER TABLE step DROP COLUMN assignee")
