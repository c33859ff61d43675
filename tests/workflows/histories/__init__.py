"""Histories of chains as they were recorded: JSON, compressed, written as text.

One folder for each version that recorded some. They are small, and a review shows that a file
changed, not how; `python -m tests.workflows.histories FILE` prints one.
"""

import base64
import json
import re
import zlib
from pathlib import Path
from typing import Any, Final

HISTORIES: Final = Path(__file__).parent
CHANGELOG: Final = Path(__file__).parents[3] / "CHANGELOG.md"


def write(file: Path, document: dict[str, Any]) -> None:
    """Keep a history, with its folder."""
    file.parent.mkdir(exist_ok=True)
    plain = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    file.write_text(base64.encodebytes(zlib.compress(plain, 9)).decode(), "ascii")


def read(file: Path) -> dict[str, Any]:
    """A history that was kept."""
    packed = base64.b64decode(file.read_text("ascii"))
    found: dict[str, Any] = json.loads(zlib.decompress(packed))
    return found


def released() -> frozenset[str]:
    """The versions that the changelog says were released."""
    return frozenset(re.findall(r"^## \[(\d[^\]]*)\]", CHANGELOG.read_text("utf-8"), re.MULTILINE))
