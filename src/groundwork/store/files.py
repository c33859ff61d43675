"""Where the contents of documents are kept: a folder, an object store, whatever fsspec reaches.

    kept/ab/abcdef…       a whole content, under its SHA-256
    parts/u-…/…           pieces of an upload that is under way

A content is written beside its place and moved there, so that what is there is whole. Nothing here
knows a person's file name, and every call leaves the event loop alone while it waits.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from secrets import token_hex
from tempfile import NamedTemporaryFile
from typing import Any, BinaryIO, Final, NamedTuple

from fsspec.core import url_to_fs

from groundwork.domain.documents import HEAD_BYTES, TAIL_BYTES, zip_directory
from groundwork.store.errors import StoreError

_CHUNK: Final = 256 * 1024


class FilesUnavailable(StoreError):
    """The file storage does not answer, or refused. Trying again later may help."""


class ContentGone(FilesUnavailable):
    """A content that should be there is not, as after restoring a database without its files."""


class Content(NamedTuple):
    """A whole content on this machine, for as long as it is being looked at.

    `directory` is that of a ZIP container, None where there is none.
    """

    path: str
    size: int
    sha256: str
    head: bytes
    directory: bytes | None


class Files:
    """The contents of one installation."""

    def __init__(self, url: str) -> None:
        """Raises FilesUnavailable when nothing here reaches such a place."""
        with _clean_errors():
            # What another process kept or dropped meanwhile must be seen.
            filesystem, root = url_to_fs(url, use_listings_cache=False)
        self._fs: Any = filesystem
        self._root = root.rstrip("/")
        self._local = "file" in _protocols(filesystem)

    async def probe(self) -> None:
        """Keep something and drop it again. Raises FilesUnavailable."""
        name = f"probe-{token_hex(8)}"
        await self.add_part(name, 0, b"?")
        await self.drop_parts(name)

    async def add_part(self, upload: str, offset: int, data: bytes) -> str:
        """Keep a piece of an upload; returns the name to find it by."""
        name = f"{offset:015d}-{token_hex(4)}"
        await asyncio.to_thread(self._write, f"{self._root}/parts/{upload}/{name}", [data])
        return name

    async def drop_part(self, upload: str, name: str) -> None:
        """Forget one piece."""
        await asyncio.to_thread(self._remove, f"{self._root}/parts/{upload}/{name}")

    async def drop_parts(self, upload: str) -> None:
        """Forget every piece of an upload."""
        await asyncio.to_thread(self._remove, f"{self._root}/parts/{upload}")

    async def assembled(self, upload: str, parts: Iterable[str], limit: int) -> "Staging":
        """The pieces put together on this machine, up to one byte more than `limit`.

        Close what it returns.
        """
        staging = Staging()
        try:
            await asyncio.to_thread(self._assemble, upload, list(parts), staging, limit)
        except BaseException:
            staging.close()
            raise
        return staging

    async def keep(self, content: Content) -> None:
        """Keep a whole content for good; once is enough for any number of documents."""
        await asyncio.to_thread(self._keep, content)

    async def drop(self, digest: str) -> None:
        """Forget a content."""
        await asyncio.to_thread(self._remove, self._place(digest))

    async def holds(self, digest: str) -> bool:
        """Whether the content is there."""
        return bool(await asyncio.to_thread(self._exists, self._place(digest)))

    async def read(self, digest: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `end`. Raises FilesUnavailable, before the first is given
        if the content is gone."""
        source = await asyncio.to_thread(self._open, digest, start)
        try:
            left = end - start
            while left > 0:
                data = await asyncio.to_thread(_read, source, min(left, _CHUNK))
                if not data:
                    raise ContentGone("a content ends before its size")
                left -= len(data)
                yield data
        finally:
            await asyncio.to_thread(source.close)

    async def fetched(self, digest: str, size: int) -> "Staging":
        """A kept content on this machine, to be scanned. Close what it returns."""
        staging = Staging()
        try:
            async for data in self.read(digest, 0, size):
                await asyncio.to_thread(staging.write, data)
        except BaseException:
            staging.close()
            raise
        return staging

    def _place(self, digest: str) -> str:
        return f"{self._root}/kept/{digest[:2]}/{digest}"

    def _open(self, digest: str, start: int) -> BinaryIO:
        with _clean_errors():
            source: BinaryIO = self._fs.open(self._place(digest), "rb")
            source.seek(start)
            return source

    def _exists(self, path: str) -> bool:
        with _clean_errors():
            return bool(self._fs.exists(path))

    def _keep(self, content: Content) -> None:
        place = self._place(content.sha256)
        if self._exists(place):
            return
        with open(content.path, "rb") as source:  # noqa: PTH123 -- a temporary file's own path
            self._write(place, iter(lambda: source.read(_CHUNK), b""))

    def _write(self, path: str, pieces: Iterable[bytes]) -> None:
        with _clean_errors():
            if not self._local:
                # An object store shows an object when it is whole.
                with self._fs.open(path, "wb") as target:
                    for piece in pieces:
                        target.write(piece)
                return
            self._fs.makedirs(path.rpartition("/")[0], exist_ok=True)
            beside = f"{path}.{token_hex(4)}"
            with self._fs.open(beside, "wb") as target:
                for piece in pieces:
                    target.write(piece)
                target.flush()
                os.fsync(target.fileno())
            self._fs.mv(beside, path)

    def _assemble(self, upload: str, parts: list[str], staging: "Staging", limit: int) -> None:
        for name in parts:
            with _clean_errors(), self._fs.open(f"{self._root}/parts/{upload}/{name}") as source:
                while data := source.read(_CHUNK):
                    staging.write(data)
                    if staging.size > limit:
                        return

    def _remove(self, path: str) -> None:
        # Two who remove the same at once find half of it gone: it is being removed.
        with suppress(ContentGone), _clean_errors():
            if self._fs.exists(path):
                self._fs.rm(path, recursive=True)


class Staging:
    """A content being gathered in a temporary file of this machine. Its calls block."""

    def __init__(self) -> None:
        self._file = NamedTemporaryFile(prefix="groundwork-")  # noqa: SIM115 -- closed by `close`
        self._hash = sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        """Add bytes."""
        self._file.write(data)
        self._hash.update(data)
        self.size += len(data)

    def take_from(self, source: BinaryIO, limit: int) -> None:
        """Add what a file holds, up to one byte more than `limit`."""
        while self.size <= limit and (data := source.read(min(_CHUNK, limit + 1 - self.size))):
            self.write(data)

    def content(self) -> Content:
        """What has been gathered."""
        self._file.flush()
        self._file.seek(0)
        head = self._file.read(HEAD_BYTES)
        self._file.seek(max(0, self.size - TAIL_BYTES))
        found = zip_directory(self._file.read(TAIL_BYTES))
        directory = None
        if found is not None:
            self._file.seek(found.offset)
            directory = self._file.read(found.size)
        return Content(self._file.name, self.size, self._hash.hexdigest(), head, directory)

    def close(self) -> None:
        """Let go of the temporary file."""
        self._file.close()

    def __enter__(self) -> "Staging":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _read(source: BinaryIO, size: int) -> bytes:
    with _clean_errors():
        return source.read(size)


def _protocols(filesystem: Any) -> tuple[str, ...]:
    protocol = filesystem.protocol
    return (protocol,) if isinstance(protocol, str) else tuple(protocol)


@contextmanager
def _clean_errors() -> Iterator[None]:
    """Storage drivers raise what their own libraries raise, and quote addresses: it stops here."""
    try:
        yield
    except FileNotFoundError:
        raise ContentGone("a content is not in the file storage") from None
    except Exception as error:  # every driver has errors of its own, without a common base
        kind = type(error).__name__
        raise FilesUnavailable(f"the file storage does not answer or refused ({kind})") from None
