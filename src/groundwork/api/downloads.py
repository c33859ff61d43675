"""How a document leaves: always as a file to be saved, never as something a browser acts on."""

import re
from collections.abc import AsyncIterator
from typing import Final, NamedTuple
from urllib.parse import quote

from fastapi.responses import StreamingResponse

from groundwork.domain.documents import FORMATS
from groundwork.store.files import Files
from groundwork.store.paging import Row

_RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
POLICY: Final = "sandbox; default-src 'none'"


class Span(NamedTuple):
    """The bytes from `start` up to `end`."""

    start: int
    end: int


def byte_range(header: str | None, size: int) -> Span | None:
    """The one range that a request asks for.

    None for the whole: where nothing was asked for, or several ranges, or what is not there.
    """
    match = _RANGE.fullmatch(header or "")
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        span = Span(max(0, size - int(last)), size)
    else:
        span = Span(int(first), min(size, int(last) + 1) if last else size)
    return span if span.start < span.end else None


def disposition(file_name: str, extension: str) -> str:
    """To be saved under the person's name for it (RFC 6266), for old programs under a plain one."""
    return f"attachment; filename=\"document.{extension}\"; filename*=UTF-8''{quote(file_name, '')}"


async def download(
    files: Files, version: Row, wanted: str | None, condition: str | None
) -> StreamingResponse:
    """A version's content, or the range of it that is wanted.

    `condition` is `If-Range`. Raises FilesUnavailable.
    """
    size, tag = version["size"], f'"{version["sha256"]}"'
    span = byte_range(wanted, size) if condition in {None, tag} else None
    start, end = span or (0, size)
    content = files.read(version["sha256"], start, end)
    # Opened before the answer begins: afterwards nothing could be told.
    first = await anext(content, b"")
    extension = version["extension"]
    headers = {
        "Content-Disposition": disposition(version["file_name"], extension),
        "Content-Security-Policy": POLICY,
        "Content-Length": str(end - start),
        "Cross-Origin-Resource-Policy": "same-origin",
        "Accept-Ranges": "bytes",
        "ETag": tag,
    }
    if span:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return StreamingResponse(
        _joined(first, content),
        206 if span else 200,
        headers,
        media_type=FORMATS[extension].media_type,
    )


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for data in rest:
        yield data
