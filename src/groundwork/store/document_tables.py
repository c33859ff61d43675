"""The tables of a project's bag: documents with their versions, and uploads that are under way.

Opaque ids only, but for the names that people gave their files. Contents are in `files`, under
their SHA-256. A document is never deleted but marked as removed, with who did it and when.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from groundwork.store.tables import Row


class DocumentRow(Row, table=True):
    """A document of a project: a material, the output of a step or an attachment.

    `chain` and `code` are a definition's id and a material or step of it, `part` the unit or phase
    that alone it is about.
    """

    __tablename__ = "document"
    __table_args__ = (Index(None, "project_code", "created_at", "id"),)

    id: str = Field(primary_key=True)
    project_code: str = Field(foreign_key="project.code")
    kind: str
    chain: str | None
    code: str | None
    part: str | None
    title: str
    created_at: datetime
    created_by: str
    removed_at: datetime | None = None
    removed_by: str | None = None


class DocumentVersionRow(Row, table=True):
    """One version of a document; `scan` is what the virus scanner said of its content.

    The content is `kept` until no document needs it any more.
    """

    __tablename__ = "document_version"
    __table_args__ = (
        Index(None, "sha256"),
        Index(
            "ix_document_version_pending",
            "uploaded_at",
            postgresql_where=text("scan = 'pending'"),
        ),
    )

    document_id: str = Field(primary_key=True, foreign_key="document.id")
    number: int = Field(primary_key=True)
    file_name: str
    extension: str
    size: int = Field(sa_type=BigInteger)
    sha256: str
    scan: str
    scanned_at: datetime | None
    kept: bool = True
    uploaded_at: datetime
    uploaded_by: str


class UploadRow(Row, table=True):
    """An upload under way; `received` bytes of it are there, in `parts` one after the other.

    Once it is finished it names the version it became, until it is forgotten. `key` makes beginning
    it twice harmless. `document_id` is the document that gets a new version, None for a new one.
    """

    __tablename__ = "document_upload"
    __table_args__ = (
        Index("uq_document_upload_key", "created_by", "key", unique=True),
        Index(None, "touched_at"),
    )

    id: str = Field(primary_key=True)
    project_code: str = Field(foreign_key="project.code")
    document_id: str | None
    kind: str
    chain: str | None
    code: str | None
    part: str | None
    title: str
    file_name: str
    extension: str
    size: int | None = Field(sa_type=BigInteger)
    sha256: str | None
    received: int = Field(sa_type=BigInteger)
    parts: list[str] = Field(sa_type=ARRAY(Text()))
    key: str
    created_at: datetime
    created_by: str
    touched_at: datetime
    version: int | None = None
