"""Takes documents in: from upload or form through every check into the bag, and looks after them.

    begin      an upload, which may turn out to be in the bag already
    receive    a part of it, as much as came through
    finish     name, size, SHA-256, format and viruses are checked; then it is a document
    take_in    all of that at once, for a form

Contents pass through a temporary file of this machine. Whatever fails a check leaves nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, Final, NamedTuple

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import ClientDisconnect

from groundwork.api.errors import Problem
from groundwork.domain.documents import (
    FORMATS,
    Scan,
    Unfit,
    check_content,
    checked_name,
    extension_of,
)
from groundwork.domain.rejections import Reason, Rejection
from groundwork.runtime.scanner import NotScanned, Scanner, ScannerAway, scanner
from groundwork.runtime.settings import Settings
from groundwork.store.documents import Documents, filing_of
from groundwork.store.errors import ContentDiffers, StoreError
from groundwork.store.files import Content, ContentGone, Files, Staging
from groundwork.store.paging import Row
from groundwork.store.uploads import NewUpload, Received, Uploads

MIB: Final = 1024 * 1024
ROUND_SECONDS: Final = 10.0
ROUND_SIZE: Final = 50

log = structlog.stdlib.get_logger(__name__)


class Taken(NamedTuple):
    """The version that an upload became; `already` says that the bag had that content before."""

    document: str
    version: int
    already: bool


class DocumentDesk:
    """Where documents are handed in. Raises SettingsError for a scanner that cannot be."""

    def __init__(self, settings: Settings, database: AsyncEngine) -> None:
        self.files = Files(settings.documents_place)
        self.documents = Documents(database)
        self.uploads = Uploads(database)
        self.largest_part = settings.documents_part_mib * MIB
        self._largest_mib = settings.documents_largest_mib
        self._largest = settings.documents_largest_mib * MIB
        self._types = settings.document_types
        self._kept_for = timedelta(hours=settings.documents_upload_hours)
        self._scanner: Scanner | None = scanner(settings)
        self._tried = ""

    def checked(self, file_name: str, size: int | None = None) -> tuple[str, str]:
        """A file's name in composed form, and its extension. Raises Unfit."""
        name = checked_name(file_name)
        extension = extension_of(name, self._types)
        if size is not None:
            self._check_size(size)
        return name, extension

    async def begin(self, new: NewUpload) -> tuple[Row, Taken | None]:
        """Begin an upload. What the bag has already need not be sent: then it is taken at once.

        Raises Rejection (key_reused) and what the store raises.
        """
        try:
            row = await self.uploads.begin(new)
        except ContentDiffers:
            raise Rejection(Reason.KEY_REUSED) from None
        taken = _taken(row)
        if taken is None and row["sha256"] is not None and not row["received"]:
            taken = await self._recognised(row, row["size"], row["sha256"])
        return row, taken

    async def receive(self, row: Row, offset: int, stream: AsyncIterator[bytes]) -> int:
        """Take a part of an upload in; returns how many bytes are there now.

        What came before a line broke is kept. Raises Problem.
        """
        if offset != row["received"] or row["version"] is not None:
            raise self._offset_differs(row)
        room = min(self.largest_part, row["size"] - offset)
        data = bytearray()
        try:
            async for chunk in stream:
                data += chunk
                if len(data) > room:
                    raise self._too_much(row, len(data))
        except ClientDisconnect:
            log.info("a line broke", upload=row["id"], received=len(data))
        if not data:
            return offset
        name = await self.files.add_part(row["id"], offset, bytes(data))
        if await self.uploads.add_part(row["id"], offset, len(data), name):
            return offset + len(data)
        await self.files.drop_part(row["id"], name)
        now = await self.uploads.get(row["project_code"], row["id"])
        if now is None:
            raise Problem("upload_not_found", upload=row["id"])
        raise self._offset_differs(now)

    async def finish(self, row: Row) -> Taken:
        """Make a document of an upload that is complete. Raises Problem, Unfit."""
        taken = _taken(row)
        if taken is not None:
            return taken
        received, size = row["received"], row["size"]
        if received < size:
            told = {"received": received, "size": size}
            raise Problem("upload_incomplete", extensions=told, received=received, size=size)
        try:
            with await self.files.assembled(row["id"], row["parts"], size) as staging:
                taken = await self._checked_in(row, staging)
        except ContentGone:
            # Somebody else may just have finished it, which leaves no parts.
            now = await self.uploads.get(row["project_code"], row["id"])
            if now is None or (taken := _taken(now)) is None:
                raise
        await self.files.drop_parts(row["id"])
        return taken

    async def take_in(self, new: NewUpload, source: BinaryIO) -> Taken:
        """Take a whole document in, as forms hand it. Raises Rejection, Unfit."""
        row, taken = await self.begin(new)
        if taken is not None:
            return taken
        with Staging() as staging:
            await asyncio.to_thread(staging.take_from, source, self._largest)
            return await self._checked_in(row, staging)

    async def drop(self, row: Row) -> None:
        """Give an upload up."""
        await self.files.drop_parts(row["id"])
        await self.uploads.drop(row["id"])

    @asynccontextmanager
    async def rounds(self) -> AsyncIterator[None]:
        """Look after what waits, every few seconds, as long as the context lasts."""
        walking = asyncio.create_task(self._walk())
        try:
            yield
        finally:
            walking.cancel()
            await asyncio.gather(walking, return_exceptions=True)

    async def round(self, now: datetime | None = None) -> None:
        """Scan what waits for the scanner, and forget what nobody needs any more."""
        await self._scan_again()
        for row in await self.uploads.untouched(
            (now or datetime.now(UTC)) - self._kept_for, ROUND_SIZE
        ):
            await self.drop(row)
            if row["sha256"] is not None:
                await self._drop_unneeded(row["sha256"])
        for digest in await self.documents.unneeded(ROUND_SIZE):
            await self._drop_unneeded(digest)

    async def _walk(self) -> None:
        while True:
            await asyncio.sleep(ROUND_SECONDS)
            try:
                await self.round()
            except StoreError:
                # The database or the file storage is away: a later round may find it.
                continue
            except Exception as error:
                # Such as a full disk: whatever it is, this round must not be the last.
                log.exception("documents were not looked after", error=type(error).__name__)

    async def _scan_again(self) -> None:
        if self._scanner is None:
            return
        for digest, size in await self.documents.pending_scans(ROUND_SIZE, self._tried):
            self._tried = digest
            try:
                staged = await self.files.fetched(digest, size)
            except ContentGone:
                # A database restored without its files: the others are not to wait for this one.
                continue
            with staged as staging:
                content = await asyncio.to_thread(staging.content)
                try:
                    scan = await self._asked(self._scanner, content)
                except ScannerAway:
                    return
            if scan is Scan.PENDING:
                continue
            await self.documents.settle_scan(digest, scan)
            log.info("a document was scanned", scan=scan.value)

    async def _drop_unneeded(self, digest: str) -> None:
        async def drop() -> None:
            await self.files.drop(digest)

        await self.documents.drop_unneeded(digest, drop)

    async def _checked_in(self, row: Row, staging: Staging) -> Taken:
        """Check what was gathered and keep it; what fails leaves nothing. Raises Unfit."""
        content = await asyncio.to_thread(staging.content)
        try:
            self._check(row, content)
            known = await self._recognised(row, content.size, content.sha256)
            if known is not None:
                return known
            scan = await self._scan(content)
            if scan is Scan.INFECTED:
                log.warning("an infected document was refused", upload=row["id"])
                raise Unfit("document_infected")
        except Unfit:
            await self.drop(row)
            raise
        got = Received(content.size, content.sha256, scan)
        # Noted first, so that a content which was kept for nothing is found and dropped later.
        await self.uploads.note_content(row["id"], got.size, got.sha256)

        async def keep() -> None:
            await self.files.keep(content)

        return Taken(*await self.uploads.finish(row["id"], got, keep), already=False)

    def _check(self, row: Row, content: Content) -> None:
        self._check_size(content.size)
        if row["size"] is not None and content.size != row["size"]:
            raise Unfit("document_size_differs", size=row["size"])
        if row["sha256"] is not None and content.sha256 != row["sha256"]:
            raise Unfit("document_hash_differs")
        check_content(row["extension"], content.head, content.directory)

    def _check_size(self, size: int) -> None:
        if size == 0:
            raise Unfit("document_empty")
        if size > self._largest:
            raise Unfit("document_too_large", limit=self._largest_mib)

    async def _scan(self, content: Content) -> Scan:
        if self._scanner is None:
            return Scan.NOT_SCANNED
        try:
            return await self._asked(self._scanner, content)
        except ScannerAway:
            return Scan.PENDING

    async def _asked(self, scanner: Scanner, content: Content) -> Scan:
        """What the scanner says, pending if it did not look. Raises ScannerAway."""
        try:
            clean = await asyncio.to_thread(scanner.is_clean, content.path)
        except ScannerAway as away:
            log.warning("the virus scanner is away", reason=str(away))
            raise
        except NotScanned as why:
            log.warning("the virus scanner did not look at a content", reason=str(why))
            return Scan.PENDING
        return Scan.CLEAN if clean else Scan.INFECTED

    async def _recognised(self, row: Row, size: int, digest: str) -> Taken | None:
        """What the bag makes of a content that it has already; None when it must come whole.

        Filed as the same it is the same document. Filed as something else it is a document of its
        own that shares the content.
        """
        same = [
            one
            for one in await self.documents.same_content(row["project_code"], digest)
            if one["size"] == size and FORMATS[one["extension"]] == FORMATS[row["extension"]]
        ]
        for one in same:
            newest = await self._is_newest(row["project_code"], one)
            wanted = row["document_id"] in {None, one["document_id"]}
            if newest and wanted and filing_of(one) == filing_of(row):
                await self.uploads.settle(row["id"], one["document_id"], one["number"])
                return Taken(one["document_id"], one["number"], already=True)
        if not same or not await self.files.holds(digest):
            return None

        async def keep() -> None:
            if not await self.files.holds(digest):
                raise ContentGone("a content was dropped just now; it must be sent again")

        scan = Scan(same[0]["scan"])
        if scan is Scan.NOT_SCANNED and self._scanner is not None:
            scan = Scan.PENDING
        got = Received(size, digest, scan)
        return Taken(*await self.uploads.finish(row["id"], got, keep), already=True)

    async def _is_newest(self, project: str, version: Row) -> bool:
        document = await self.documents.get(project, version["document_id"])
        return document is not None and document["versions"][-1]["number"] == version["number"]

    def _offset_differs(self, row: Row) -> Problem:
        received = row["received"] if row["version"] is None else row["size"]
        told = {"received": received}
        return Problem("upload_offset_differs", extensions=told, received=received)

    def _too_much(self, row: Row, size: int) -> Problem:
        if size > self.largest_part:
            return Problem("body_too_large", limit=self.largest_part // 1024)
        return Problem("document_size_differs", size=row["size"])


def _taken(row: Row) -> Taken | None:
    if row["version"] is None:
        return None
    return Taken(row["document_id"], row["version"], already=False)
