"""A project's bag of documents, and uploads under way."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create the tables."""
    op.execute("""
        CREATE TABLE document (
            id           varchar NOT NULL,
            project_code varchar NOT NULL,
            kind         varchar NOT NULL,
            chain        varchar,
            code         varchar,
            part         varchar,
            title        varchar NOT NULL,
            created_at   timestamptz NOT NULL,
            created_by   varchar NOT NULL,
            removed_at   timestamptz,
            removed_by   varchar,
            CONSTRAINT pk_document PRIMARY KEY (id),
            CONSTRAINT fk_document_project FOREIGN KEY (project_code) REFERENCES project (code)
        );
        CREATE INDEX ix_document_project_code_created_at_id
            ON document (project_code, created_at, id);

        CREATE TABLE document_version (
            document_id varchar NOT NULL,
            number      integer NOT NULL,
            file_name   varchar NOT NULL,
            extension   varchar NOT NULL,
            size        bigint NOT NULL,
            sha256      varchar NOT NULL,
            scan        varchar NOT NULL,
            scanned_at  timestamptz,
            kept        boolean NOT NULL,
            uploaded_at timestamptz NOT NULL,
            uploaded_by varchar NOT NULL,
            CONSTRAINT pk_document_version PRIMARY KEY (document_id, number),
            CONSTRAINT fk_document_version_document
                FOREIGN KEY (document_id) REFERENCES document (id)
        );
        CREATE INDEX ix_document_version_sha256 ON document_version (sha256);
        CREATE INDEX ix_document_version_pending ON document_version (uploaded_at)
            WHERE scan = 'pending';

        CREATE TABLE document_upload (
            id           varchar NOT NULL,
            project_code varchar NOT NULL,
            document_id  varchar,
            kind         varchar NOT NULL,
            chain        varchar,
            code         varchar,
            part         varchar,
            title        varchar NOT NULL,
            file_name    varchar NOT NULL,
            extension    varchar NOT NULL,
            size         bigint,
            sha256       varchar,
            received     bigint NOT NULL,
            parts        text[] NOT NULL,
            key          varchar NOT NULL,
            created_at   timestamptz NOT NULL,
            created_by   varchar NOT NULL,
            touched_at   timestamptz NOT NULL,
            version      integer,
            CONSTRAINT pk_document_upload PRIMARY KEY (id),
            CONSTRAINT fk_document_upload_project
                FOREIGN KEY (project_code) REFERENCES project (code)
        );
        CREATE UNIQUE INDEX uq_document_upload_key ON document_upload (created_by, key);
        CREATE INDEX ix_document_upload_touched_at ON document_upload (touched_at);
    """)


def downgrade() -> None:
    """Drop the tables; the files stay where they are."""
    op.execute("""
        DROP TABLE document_upload;
        DROP TABLE document_version;
        DROP TABLE document;
    """)
