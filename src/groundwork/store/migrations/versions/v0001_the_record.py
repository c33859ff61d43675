"""The record, its read model, and what they refer to."""

from alembic import op

revision = "0001"
down_revision = None

REFERRED_TO = """
CREATE TABLE project (
    code                 varchar NOT NULL CONSTRAINT pk_project PRIMARY KEY,
    name                 varchar NOT NULL,
    enterprise           varchar NOT NULL,
    uscc                 varchar NOT NULL,
    uscc_override_reason varchar,
    district             varchar NOT NULL,
    housekeeper          varchar NOT NULL,
    created_at           timestamptz NOT NULL,
    created_by           varchar NOT NULL
);
CREATE INDEX ix_project_created_at_code ON project (created_at, code);
CREATE INDEX ix_project_district_created_at_code ON project (district, created_at, code);
CREATE INDEX ix_project_housekeeper_created_at_code ON project (housekeeper, created_at, code);

CREATE TABLE definition (
    hash       varchar NOT NULL CONSTRAINT pk_definition PRIMARY KEY,
    id         varchar NOT NULL,
    version    varchar NOT NULL,
    body       jsonb NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX ix_definition_id_version ON definition (id, version);

CREATE TABLE calendar (
    version varchar NOT NULL CONSTRAINT pk_calendar PRIMARY KEY,
    hash    varchar NOT NULL,
    body    jsonb NOT NULL
);
"""

PEOPLE = """
CREATE TABLE person (
    id         varchar NOT NULL CONSTRAINT pk_person PRIMARY KEY,
    name       varchar NOT NULL,
    role       varchar NOT NULL,
    department varchar,
    active     boolean NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE api_token (
    id           varchar NOT NULL CONSTRAINT pk_api_token PRIMARY KEY,
    person_id    varchar NOT NULL CONSTRAINT fk_api_token_person REFERENCES person,
    hash         varchar NOT NULL CONSTRAINT uq_api_token_hash UNIQUE,
    label        varchar NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz
);
CREATE INDEX ix_api_token_person_id ON api_token (person_id);

CREATE TABLE denial (
    id      bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_denial PRIMARY KEY,
    at      timestamptz NOT NULL,
    actor   varchar,
    action  varchar NOT NULL,
    subject varchar NOT NULL,
    reason  varchar NOT NULL
);
CREATE INDEX ix_denial_at_id ON denial (at, id);
"""

RECORD = """
CREATE TABLE chain (
    id                 varchar NOT NULL CONSTRAINT pk_chain PRIMARY KEY,
    project_code       varchar NOT NULL CONSTRAINT fk_chain_project REFERENCES project,
    type               varchar NOT NULL,
    definition_id      varchar NOT NULL,
    definition_version varchar NOT NULL,
    definition_hash    varchar NOT NULL,
    calendar_version   varchar NOT NULL,
    variant            varchar NOT NULL,
    district           varchar NOT NULL,
    housekeeper        varchar NOT NULL,
    state              varchar NOT NULL,
    light              varchar NOT NULL,
    waiting_on         varchar NOT NULL,
    next_due_on        date,
    next_due_step      varchar,
    act_by             date NOT NULL,
    provisional        boolean NOT NULL,
    launched_at        timestamptz NOT NULL,
    finished_at        timestamptz,
    seq                integer NOT NULL,
    head_hash          varchar NOT NULL,
    snapshot           jsonb NOT NULL,
    updated_at         timestamptz NOT NULL
);
CREATE INDEX ix_chain_act_by_id ON chain (act_by, id);
CREATE INDEX ix_chain_state_act_by_id ON chain (state, act_by, id);
CREATE INDEX ix_chain_light_act_by_id ON chain (light, act_by, id);
CREATE INDEX ix_chain_district_act_by_id ON chain (district, act_by, id);
CREATE INDEX ix_chain_housekeeper_act_by_id ON chain (housekeeper, act_by, id);
CREATE INDEX ix_chain_project_code ON chain (project_code);

CREATE TABLE event (
    chain_id         varchar NOT NULL CONSTRAINT fk_event_chain REFERENCES chain,
    seq              integer NOT NULL CONSTRAINT ck_event_numbered_from_one CHECK (seq >= 1),
    type             varchar NOT NULL,
    at               timestamptz NOT NULL,
    recorded_at      timestamptz NOT NULL,
    actor_id         varchar NOT NULL,
    actor_role       varchar NOT NULL,
    actor_department varchar,
    basis            varchar NOT NULL,
    key              varchar,
    body             jsonb NOT NULL,
    prev_hash        varchar NOT NULL,
    hash             varchar NOT NULL,
    CONSTRAINT pk_event PRIMARY KEY (chain_id, seq)
);
CREATE INDEX ix_event_key ON event (chain_id, key) WHERE key IS NOT NULL;
CREATE INDEX ix_event_recorded_at_chain_id_seq ON event (recorded_at, chain_id, seq);
"""

PARTS = """
CREATE TABLE step (
    chain_id            varchar NOT NULL CONSTRAINT fk_step_chain REFERENCES chain,
    key                 varchar NOT NULL,
    project_code        varchar NOT NULL,
    department          varchar NOT NULL,
    stage               varchar NOT NULL,
    state               varchar NOT NULL,
    open                boolean NOT NULL,
    status_code         integer,
    mode                varchar NOT NULL,
    light               varchar NOT NULL,
    level               integer NOT NULL,
    waiting_on          varchar NOT NULL,
    attempt             integer NOT NULL,
    due_on              date,
    due_provisional     boolean NOT NULL,
    act_by              date NOT NULL,
    ready_at            timestamptz,
    received_at         timestamptz,
    accept_by           timestamptz,
    accepted_at         timestamptz,
    accepted_by_silence boolean NOT NULL,
    decided_at          timestamptz,
    result              varchar,
    CONSTRAINT pk_step PRIMARY KEY (chain_id, key)
);
CREATE INDEX ix_step_inbox ON step (department, act_by, chain_id, key) WHERE open;
CREATE INDEX ix_step_decided ON step (decided_at, department, ready_at, due_on)
    WHERE decided_at IS NOT NULL;
CREATE INDEX ix_step_project_code_key ON step (project_code, key);

CREATE TABLE deficiency (
    chain_id     varchar NOT NULL,
    id           varchar NOT NULL,
    project_code varchar NOT NULL,
    step         varchar NOT NULL,
    department   varchar NOT NULL,
    material     varchar NOT NULL,
    state        varchar NOT NULL,
    opened_at    timestamptz NOT NULL,
    cure_by      date NOT NULL,
    provisional  boolean NOT NULL,
    extended     boolean NOT NULL,
    submitted_at timestamptz,
    closed_at    timestamptz,
    CONSTRAINT pk_deficiency PRIMARY KEY (chain_id, id),
    CONSTRAINT fk_deficiency_step FOREIGN KEY (chain_id, step) REFERENCES step
);
CREATE INDEX ix_deficiency_open ON deficiency (department, cure_by, chain_id, id)
    WHERE closed_at IS NULL;

CREATE TABLE commitment (
    chain_id     varchar NOT NULL,
    id           varchar NOT NULL,
    project_code varchar NOT NULL,
    step         varchar NOT NULL,
    department   varchar NOT NULL,
    state        varchar NOT NULL,
    obligations  text[] NOT NULL,
    signed_at    timestamptz NOT NULL,
    due_on       date NOT NULL,
    provisional  boolean NOT NULL,
    closed_at    timestamptz,
    CONSTRAINT pk_commitment PRIMARY KEY (chain_id, id),
    CONSTRAINT fk_commitment_step FOREIGN KEY (chain_id, step) REFERENCES step
);
CREATE INDEX ix_commitment_open ON commitment (department, due_on, chain_id, id)
    WHERE closed_at IS NULL;

CREATE TABLE escalation (
    chain_id          varchar NOT NULL,
    id                varchar NOT NULL,
    project_code      varchar NOT NULL,
    step              varchar NOT NULL,
    department        varchar NOT NULL,
    level             integer NOT NULL,
    rung              varchar NOT NULL,
    light             varchar NOT NULL,
    state             varchar NOT NULL,
    at                timestamptz NOT NULL,
    recipients        text[] NOT NULL,
    answer_by         date,
    answer            varchar NOT NULL,
    supervision_order boolean NOT NULL,
    human_decides     boolean NOT NULL,
    referred          boolean,
    CONSTRAINT pk_escalation PRIMARY KEY (chain_id, id),
    CONSTRAINT fk_escalation_step FOREIGN KEY (chain_id, step) REFERENCES step
);
CREATE INDEX ix_escalation_at_chain_id_id ON escalation (at, chain_id, id);
CREATE INDEX ix_escalation_open ON escalation (department, at, chain_id, id)
    WHERE state = 'open';
"""

IMMUTABLE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of table "%" are only ever added: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation',
              HINT = 'Correct a mistake by a new event, definition or calendar version.';
END
$$;
"""

APPEND_ONLY = ("event", "definition", "calendar")

# ALWAYS: also in a session that pretends to be a replica, which skips ordinary triggers.
GUARD = """
CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_is_append_only;
"""

TABLES = (
    "escalation, commitment, deficiency, step, event, chain,"
    " denial, api_token, person, calendar, definition, project"
)


def upgrade() -> None:
    """Create everything."""
    for script in (REFERRED_TO, PEOPLE, RECORD, PARTS, IMMUTABLE):
        op.execute(script)
    for table in APPEND_ONLY:
        op.execute(GUARD.format(table=table))


def downgrade() -> None:
    """Drop everything."""
    op.execute(f"DROP TABLE {TABLES}")
    op.execute("DROP FUNCTION refuse_change()")
