"""Uploads under way, and how one becomes a version of a document.

What an upload has received stands in the database, so that whoever comes back, to whichever process
and after whatever restart, goes on from there.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any, Final, NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from groundwork.domain.bag import Filing
from groundwork.domain.documents import Scan, Unfit
from groundwork.store.announcements import Topic, announce
from groundwork.store.document_tables import UploadRow
from groundwork.store.documents import DOCUMENT, VERSION, hold
from groundwork.store.engine import autocommit, transaction
from groundwork.store.errors import ContentDiffers
from groundwork.store.paging import Row
from groundwork.store.tables import table

_UPLOAD: Final = table(UploadRow)


class NewUpload(NamedTuple):
    """An upload to begin. `size` and `sha256` are None where nobody told them beforehand.

    `document` is the one that gets a new version, None for a new document.
    """

    project: str
    document: str | None
    filing: Filing
    title: str
    file_name: str
    extension: str
    size: int | None
    sha256: str | None
    by: str
    key: str


class Received(NamedTuple):
    """A content that passed every check, and what the virus scanner said of it."""

    size: int
    sha256: str
    scan: Scan


class Uploads:
    """Begins uploads, notes what they received, and makes versions of them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def begin(self, new: NewUpload) -> Row:
        """Begin an upload, or find the one that the same person began with the same key.

        Raises ContentDiffers when that one is of something else.
        """
        now = datetime.now(UTC)
        said: Row = {
            "project_code": new.project,
            "kind": new.filing.kind.value,
            "chain": new.filing.chain,
            "code": new.filing.code,
            "part": new.filing.part,
            "file_name": new.file_name,
        }
        values = said | {
            "id": f"u-{token_hex(8)}",
            "document_id": new.document,
            "title": new.title,
            "extension": new.extension,
            "size": new.size,
            "sha256": new.sha256,
            "received": 0,
            "parts": [],
            "key": new.key,
            "created_at": now,
            "created_by": new.by,
            "touched_at": now,
        }
        mine = (_UPLOAD.c.created_by == new.by, _UPLOAD.c.key == new.key)
        async with transaction(self._engine) as connection:
            await connection.execute(insert(_UPLOAD).values(values).on_conflict_do_nothing())
            found = await connection.execute(select(_UPLOAD).where(*mine))
            row = dict(found.mappings().one())
        if new.sha256 is not None:
            said["sha256"] = new.sha256
        if said.items() <= row.items():
            return row
        raise ContentDiffers("the key was used for another upload")

    async def get(self, project: str, upload: str) -> Row | None:
        """An upload of a project; None when there is none of that id, or no longer."""
        query = select(_UPLOAD).where(_UPLOAD.c.id == upload, _UPLOAD.c.project_code == project)
        async with autocommit(self._engine) as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return dict(row) if row else None

    async def add_part(self, upload: str, offset: int, size: int, name: str) -> bool:
        """Note that `size` bytes from `offset` on are there; False when others came first."""
        statement = (
            update(_UPLOAD)
            .where(
                _UPLOAD.c.id == upload, _UPLOAD.c.received == offset, _UPLOAD.c.version.is_(None)
            )
            .values(
                received=offset + size,
                parts=func.array_append(_UPLOAD.c.parts, name),
                touched_at=datetime.now(UTC),
            )
        )
        async with transaction(self._engine) as connection:
            return bool((await connection.execute(statement)).rowcount)

    async def note_content(self, upload: str, size: int, digest: str) -> None:
        """Note what an upload turned out to be, before any of it is kept under that name."""
        statement = (
            update(_UPLOAD)
            .where(_UPLOAD.c.id == upload)
            .values(size=size, sha256=digest, touched_at=datetime.now(UTC))
        )
        async with transaction(self._engine) as connection:
            await connection.execute(statement)

    async def finish(
        self, upload: str, got: Received, keep: Callable[[], Awaitable[None]]
    ) -> tuple[str, int]:
        """Make a version of the upload; `keep` sees to it that the content is kept.

        Returns document and number; those of the first time when it was finished before. Raises
        Unfit (upload_not_found, document_not_found).
        """
        now = datetime.now(UTC)
        async with transaction(self._engine) as connection:
            query = select(_UPLOAD).where(_UPLOAD.c.id == upload).with_for_update()
            row = (await connection.execute(query)).mappings().one_or_none()
            if row is None:
                raise Unfit("upload_not_found", upload=upload)
            if row["version"] is not None:
                return row["document_id"], row["version"]
            await hold(connection, got.sha256)
            document = row["document_id"] or await _add_document(connection, dict(row), now)
            number = await _next_number(connection, document)
            await keep()
            version = {
                "document_id": document,
                "number": number,
                "file_name": row["file_name"],
                "extension": row["extension"],
                "size": got.size,
                "sha256": got.sha256,
                "scan": got.scan.value,
                "scanned_at": now if got.scan is Scan.CLEAN else None,
                "kept": True,
                "uploaded_at": now,
                "uploaded_by": row["created_by"],
            }
            await connection.execute(VERSION.insert().values(version))
            await _settle(connection, upload, document, number)
            await announce(connection, Topic.DOCUMENTS, row["project_code"])
        return document, number

    async def settle(self, upload: str, document: str, number: int) -> None:
        """Note that the upload's content is a version already: nothing need be sent."""
        async with transaction(self._engine) as connection:
            await _settle(connection, upload, document, number)

    async def drop(self, upload: str) -> None:
        """Forget an upload."""
        async with transaction(self._engine) as connection:
            await connection.execute(delete(_UPLOAD).where(_UPLOAD.c.id == upload))

    async def untouched(self, since: datetime, limit: int) -> list[Row]:
        """Uploads that nobody touched since, longest first, finished or not."""
        query = (
            select(_UPLOAD.c.id, _UPLOAD.c.sha256)
            .where(_UPLOAD.c.touched_at < since)
            .order_by(_UPLOAD.c.touched_at)
            .limit(limit)
        )
        async with autocommit(self._engine) as connection:
            return [dict(row) for row in (await connection.execute(query)).mappings()]


async def _add_document(connection: AsyncConnection, row: dict[str, Any], now: datetime) -> str:
    document = f"d-{token_hex(8)}"
    same = ("project_code", "kind", "chain", "code", "part", "title", "created_by")
    values = {name: row[name] for name in same} | {"id": document, "created_at": now}
    await connection.execute(DOCUMENT.insert().values(values))
    return document


async def _next_number(connection: AsyncConnection, document: str) -> int:
    """The number of the next version; the document stays locked until the transaction ends."""
    living = select(DOCUMENT.c.id).where(DOCUMENT.c.id == document, DOCUMENT.c.removed_at.is_(None))
    if (await connection.execute(living.with_for_update())).first() is None:
        raise Unfit("document_not_found", document=document)
    last = select(func.max(VERSION.c.number)).where(VERSION.c.document_id == document)
    return ((await connection.execute(last)).scalar() or 0) + 1


async def _settle(connection: AsyncConnection, upload: str, document: str, number: int) -> None:
    await connection.execute(
        update(_UPLOAD)
        .where(_UPLOAD.c.id == upload)
        .values(document_id=document, version=number, parts=[], touched_at=datetime.now(UTC))
    )
