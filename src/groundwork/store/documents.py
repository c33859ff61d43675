"""A project's bag: documents with their versions, as they are read and removed.

`uploads` writes them. What a document serves and where it was used is derived (`domain.bag`), from
what the record says of materials that were handed in.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Select, delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from groundwork.domain.bag import Edition, Filed, Filing, FilingKind, HandIn
from groundwork.domain.documents import Scan
from groundwork.store.announcements import Topic, announce
from groundwork.store.document_tables import DocumentRow, DocumentVersionRow, UploadRow
from groundwork.store.engine import autocommit, transaction
from groundwork.store.paging import Order, Page, Row, page
from groundwork.store.tables import table

DOCUMENT: Final = table(DocumentRow)
VERSION: Final = table(DocumentVersionRow)
_UPLOAD: Final = table(UploadRow)

_HAND_INS: Final = text("""
    SELECT event.chain_id, chain.definition_id, event.at, event.seq, material.id AS material,
        COALESCE(event.body ->> 'step', deficiency.step) AS step
    FROM chain
    JOIN event ON event.chain_id = chain.id
    LEFT JOIN deficiency
        ON deficiency.chain_id = chain.id AND deficiency.id = event.body ->> 'deficiency'
    CROSS JOIN LATERAL jsonb_array_elements_text(
        COALESCE(event.body -> 'materials', jsonb_build_array(deficiency.material))
    ) AS material (id)
    WHERE chain.project_code = :project
        AND event.type IN ('step_received', 'correction_submitted', 'cure_submitted')
        AND material.id IS NOT NULL
    ORDER BY event.at, event.chain_id, event.seq, material.id
""")

_LIVING: Final = DOCUMENT.c.removed_at.is_(None)
_SOUND: Final = VERSION.c.scan != Scan.INFECTED.value


class Documents:
    """Reads bags, and removes documents from them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def page(self, project: str, *, cursor: str | None = None, limit: int = 50) -> Page:
        """The documents of a bag with their `versions`, oldest first. Raises BadCursor."""
        query = select(DOCUMENT).where(DOCUMENT.c.project_code == project, _LIVING)
        order = Order([DOCUMENT.c.created_at, DOCUMENT.c.id])
        async with autocommit(self._engine) as connection:
            found = await page(connection, query, order, cursor, limit)
            return Page(await _with_versions(connection, found.items), found.next)

    async def get(self, project: str, document: str) -> Row | None:
        """A document with its `versions`, oldest first; None when the bag has none of that id."""
        query = select(DOCUMENT).where(
            DOCUMENT.c.id == document, DOCUMENT.c.project_code == project, _LIVING
        )
        async with autocommit(self._engine) as connection:
            rows = await _rows(connection, query)
            return (await _with_versions(connection, rows))[0] if rows else None

    async def filed(self, project: str) -> list[Filed]:
        """Every document of a bag, as the law of the bag needs to know it."""
        query = (
            select(DOCUMENT)
            .where(DOCUMENT.c.project_code == project, _LIVING)
            .order_by(DOCUMENT.c.created_at, DOCUMENT.c.id)
        )
        async with autocommit(self._engine) as connection:
            rows = await _with_versions(connection, await _rows(connection, query))
        return [as_filed(row) for row in rows]

    async def hand_ins(self, project: str) -> list[HandIn]:
        """Every material that came to a step of the project's chains, oldest first."""
        async with autocommit(self._engine) as connection:
            rows = (await connection.execute(_HAND_INS, {"project": project})).mappings().all()
        return [
            HandIn(row["chain_id"], row["definition_id"], row["step"], row["material"], row["at"])
            for row in rows
        ]

    async def same_content(self, project: str, digest: str) -> list[Row]:
        """Versions of the bag's documents that have that content, newest first."""
        query = (
            select(VERSION, *_FILED_AS)
            .join(DOCUMENT)
            .where(DOCUMENT.c.project_code == project, _LIVING, _SOUND, VERSION.c.sha256 == digest)
            .order_by(VERSION.c.uploaded_at.desc())
        )
        async with autocommit(self._engine) as connection:
            return await _rows(connection, query)

    async def remove(self, document: str, by: str) -> bool:
        """Take a document out of its bag; whether it was still there."""
        statement = (
            update(DOCUMENT)
            .where(DOCUMENT.c.id == document, _LIVING)
            .values(removed_at=datetime.now(UTC), removed_by=by)
            .returning(DOCUMENT.c.project_code)
        )
        # So that whoever uploads it again with the same key begins anew.
        forgotten = delete(_UPLOAD).where(
            _UPLOAD.c.document_id == document, _UPLOAD.c.version.is_not(None)
        )
        async with transaction(self._engine) as connection:
            project = (await connection.execute(statement)).scalar_one_or_none()
            if project is None:
                return False
            await connection.execute(forgotten)
            await announce(connection, Topic.DOCUMENTS, project)
            return True

    async def pending_scans(self, limit: int, after: str = "") -> list[tuple[str, int]]:
        """Contents that wait for the scanner, with their sizes, by their hashes.

        `after` is the last one that was tried: those behind it come first, so that none which the
        scanner refuses again and again keeps the others waiting.
        """
        query = (
            select(VERSION.c.sha256, VERSION.c.size)
            .where(VERSION.c.scan == Scan.PENDING.value, VERSION.c.kept)
            .group_by(VERSION.c.sha256, VERSION.c.size)
            .order_by(VERSION.c.sha256 <= after, VERSION.c.sha256)
            .limit(limit)
        )
        async with autocommit(self._engine) as connection:
            return [(row.sha256, row.size) for row in await connection.execute(query)]

    async def settle_scan(self, digest: str, scan: Scan) -> None:
        """Note what the scanner said of a content that waited for it."""
        statement = (
            update(VERSION)
            .where(VERSION.c.sha256 == digest, VERSION.c.scan == Scan.PENDING.value)
            .values(scan=scan.value, scanned_at=datetime.now(UTC))
            .returning(VERSION.c.document_id)
        )
        async with transaction(self._engine) as connection:
            scanned = (await connection.execute(statement)).scalars().all()
            bags = select(DOCUMENT.c.project_code).where(DOCUMENT.c.id.in_(scanned)).distinct()
            if projects := (await connection.execute(bags)).scalars().all():
                await announce(connection, Topic.DOCUMENTS, *projects)

    async def unneeded(self, limit: int) -> list[str]:
        """Contents that versions name but no document needs any more: removed, or infected."""
        needed = select(VERSION.c.sha256).join(DOCUMENT).where(_LIVING, _SOUND)
        query = (
            select(VERSION.c.sha256)
            .where(VERSION.c.kept, VERSION.c.sha256.not_in(needed))
            .distinct()
            .limit(limit)
        )
        async with autocommit(self._engine) as connection:
            return list((await connection.execute(query)).scalars())

    async def drop_unneeded(self, digest: str, drop: Callable[[], Awaitable[None]]) -> None:
        """Have a content dropped unless some document needs it, and note that it is gone."""
        needed = (
            select(VERSION.c.number)
            .join(DOCUMENT)
            .where(_LIVING, _SOUND, VERSION.c.sha256 == digest)
            .limit(1)
        )
        gone = update(VERSION).where(VERSION.c.sha256 == digest).values(kept=False)
        async with transaction(self._engine) as connection:
            await hold(connection, digest)
            if (await connection.execute(needed)).first() is None:
                await drop()
                await connection.execute(gone)


async def hold(connection: AsyncConnection, digest: str) -> None:
    """Let nobody else keep or drop that content until the transaction ends."""
    await connection.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(f"document {digest}", 0)))
    )


def as_filed(row: Row) -> Filed:
    """A document as the law of the bag needs to know it, from its row with `versions`."""
    editions = [
        Edition(one["number"], one["uploaded_at"], Scan(one["scan"])) for one in row["versions"]
    ]
    return Filed(row["id"], filing_of(row), editions)


def filing_of(row: Row) -> Filing:
    """What a document or an upload is filed as."""
    kind = FilingKind(row["kind"])
    return Filing(kind=kind, chain=row["chain"], code=row["code"], part=row["part"])


_FILED_AS: Final = (DOCUMENT.c.kind, DOCUMENT.c.chain, DOCUMENT.c.code, DOCUMENT.c.part)


async def _with_versions(connection: AsyncConnection, rows: list[Row]) -> list[Row]:
    query = (
        select(VERSION)
        .where(VERSION.c.document_id.in_([row["id"] for row in rows]))
        .order_by(VERSION.c.document_id, VERSION.c.number)
    )
    by_document: defaultdict[str, list[Row]] = defaultdict(list)
    for version in await _rows(connection, query):
        by_document[version["document_id"]].append(version)
    return [row | {"versions": by_document[row["id"]]} for row in rows]


async def _rows(connection: AsyncConnection, query: Select[Any]) -> list[Row]:
    return [dict(row) for row in (await connection.execute(query)).mappings()]
