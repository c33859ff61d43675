"""Style sheets and scripts: each under a name with its content's hash, to be kept for ever."""

import gzip
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from fastapi import APIRouter, Request, Response

from groundwork.api.errors import Problem

_FOLDER: Final = Path(__file__).with_name("static")
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_FOR_EVER: Final = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Vary": "Accept-Encoding",
    # A worker goes by its own script's policy, not by its page's: it may ask this site alone.
    "Content-Security-Policy": "default-src 'none'; connect-src 'self'",
}

router = APIRouter(include_in_schema=False)


class Asset(NamedTuple):
    """A file as it is sent."""

    content: bytes
    packed: bytes
    media_type: str


@lru_cache(maxsize=1)
def _assets() -> tuple[dict[str, str], dict[str, Asset]]:
    """The address's last part of each file, and what is there."""
    names: dict[str, str] = {}
    known: dict[str, Asset] = {}
    for path in sorted(_FOLDER.iterdir()):
        if path.suffix not in _TYPES:
            continue
        content = path.read_bytes()
        name = f"{path.stem}.{sha256(content).hexdigest()[:16]}{path.suffix}"
        names[path.name] = name
        known[name] = Asset(content, gzip.compress(content, 9), _TYPES[path.suffix])
    return names, known


def asset(name: str) -> str:
    """The address of a file of `static/`. Raises KeyError for one that is not there."""
    return f"/static/{_assets()[0][name]}"


@router.get("/static/{name}")
async def get_asset(request: Request, name: str) -> Response:
    """A style sheet or script; open to everybody, since it says nothing of anybody."""
    found = _assets()[1].get(name)
    if found is None:
        raise Problem("not_found")
    if takes_gzip(request):
        headers = {**_FOR_EVER, "Content-Encoding": "gzip"}
        return Response(found.packed, headers=headers, media_type=found.media_type)
    return Response(found.content, headers=_FOR_EVER, media_type=found.media_type)


def takes_gzip(request: Request) -> bool:
    """Whether the reader can unpack an answer."""
    return "gzip" in request.headers.get("accept-encoding", "")
