"""What a document may be: its name, its format by extension and by content, its scan.

Nothing here reads a file: `head` and `tail` are the first and last bytes of one.
"""

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

HEAD_BYTES: Final = 4096
"""How much of a file's beginning tells its format."""
LONGEST_NAME: Final = 200
_LONGEST_NAME_IN_BYTES: Final = 255
"""What file systems take: those who save the document later must be able to."""

_RESERVED: Final = frozenset(
    {"con", "prn", "aux", "nul"}
    | {f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)}
)
"""Names that Windows takes for devices, whatever the extension."""
_FORBIDDEN: Final = frozenset('<>:"|?*/\\')
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories that nobody sees, among them those that turn the reading direction around."""


class Unfit(ValueError):
    """A document that is not taken in; `code` is that of a problem, `params` fill its sentence."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class Scan(StrEnum):
    """What the virus scanner said of a content."""

    CLEAN = "clean"
    NOT_SCANNED = "not_scanned"
    """No scanner is set."""
    PENDING = "pending"
    """The scanner was away: kept apart, handed to nobody, and scanned later."""
    INFECTED = "infected"
    """Nothing of it is kept but the fact."""

    @property
    def readable(self) -> bool:
        """Whether the content may be handed out."""
        return self in {Scan.CLEAN, Scan.NOT_SCANNED}


class Container(StrEnum):
    """What a format is packed in."""

    NONE = "none"
    ZIP = "zip"


class Format(NamedTuple):
    """A format that may be let in, and how its content is known."""

    media_type: str
    begins: re.Pattern[bytes]
    container: Container = Container.NONE
    holds: frozenset[str] = frozenset()
    """Names of files that a container of this format holds."""


def _office(kind: str, main: str) -> Format:
    return Format(
        f"application/vnd.openxmlformats-officedocument.{kind}",
        _ZIP,
        Container.ZIP,
        frozenset({"[Content_Types].xml", main}),
    )


_ZIP: Final = re.compile(rb"PK\x03\x04", re.DOTALL)
_JPEG: Final = Format("image/jpeg", re.compile(rb"\xff\xd8\xff"))
_TIFF: Final = Format("image/tiff", re.compile(rb"II[*+]\x00|MM\x00[*+]"))
FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {
        "pdf": Format("application/pdf", re.compile(rb"%PDF-\d")),
        "ofd": Format("application/ofd", _ZIP, Container.ZIP, frozenset({"OFD.xml"})),
        "jpg": _JPEG,
        "jpeg": _JPEG,
        "png": Format("image/png", re.compile(rb"\x89PNG\r\n\x1a\n")),
        "tif": _TIFF,
        "tiff": _TIFF,
        "docx": _office("wordprocessingml.document", "word/document.xml"),
        "xlsx": _office("spreadsheetml.sheet", "xl/workbook.xml"),
        "pptx": _office("presentationml.presentation", "ppt/presentation.xml"),
        "dwg": Format("image/vnd.dwg", re.compile(rb"AC10\d\d")),
    }
)
"""Formats by extension. None can carry a program: those with macros are not among them."""

_MACROS: Final = "vbaproject.bin"


def checked_name(name: str) -> str:
    """The person's name for a file, in composed form. Raises Unfit (document_name_unfit).

    A name is never used as a path; it is checked because others save files under it.
    """
    name = unicodedata.normalize("NFC", name)
    unseen = any(unicodedata.category(one) in _UNSEEN for one in name)
    if (
        not 1 <= len(name) <= LONGEST_NAME
        or unseen
        or len(name.encode()) > _LONGEST_NAME_IN_BYTES
        or _FORBIDDEN.intersection(name)
        or name != name.strip(". \u3000")
        or name.partition(".")[0].rstrip().lower() in _RESERVED
    ):
        raise Unfit("document_name_unfit", limit=LONGEST_NAME)
    return name


def extension_of(name: str, allowed: frozenset[str]) -> str:
    """The extension of a checked name. Raises Unfit (document_type_refused)."""
    _, dot, extension = name.rpartition(".")
    extension = extension.lower()
    if not dot or extension not in allowed or extension not in FORMATS:
        known = ", ".join(one for one in FORMATS if one in allowed)
        raise Unfit("document_type_refused", known=known)
    return extension


def check_content(extension: str, head: bytes, directory: bytes | None) -> None:
    """See that content is what its extension says.

    `directory` is the central directory of a ZIP container, None where there is none. Raises Unfit
    (document_type_differs, document_swollen).
    """
    form = FORMATS[extension]
    fits = form.begins.match(head) is not None
    if fits and form.container is Container.ZIP:
        names = zip_names(directory or b"")
        fits = form.holds <= names and not any(
            name.lower().rpartition("/")[2] == _MACROS for name in names
        )
    if not fits:
        raise Unfit("document_type_differs", extension=extension)
    if form.container is Container.ZIP and swollen(directory or b""):
        raise Unfit("document_swollen")


class Directory(NamedTuple):
    """Where a ZIP container lists what it holds."""

    offset: int
    size: int


TAIL_BYTES: Final = 22 + 65535
"""How much of a file's end holds the record that says where the directory is."""
LARGEST_DIRECTORY: Final = 4 * 1024 * 1024
MOST_UNPACKED: Final = 2 * 1024**3
"""How many bytes a container may hold: more is no document that a desk could open."""
SUSPECT_FROM: Final = 100 * 1024**2
MOST_TIMES: Final = 200
"""How many times its packed size a container may hold, once that is as much as SUSPECT_FROM."""
_END_SIZE: Final = 22
_ENTRY_SIZE: Final = 46


def zip_directory(tail: bytes) -> Directory | None:
    """Where the central directory is, by the last bytes of a container; None where none is.

    A directory too large to be that of a document counts as none, so that nobody's memory is
    filled by reading it.
    """
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END_SIZE:
        return None
    size, offset = _number(tail, at + 12, 4), _number(tail, at + 16, 4)
    return Directory(offset, size) if size <= LARGEST_DIRECTORY else None


def zip_names(directory: bytes) -> frozenset[str]:
    """The names in a central directory, up to the first entry that is none."""
    names, at = set(), 0
    while len(directory) - at >= _ENTRY_SIZE and directory[at : at + 4] == b"PK\x01\x02":
        name, extra, comment = (_number(directory, at + place, 2) for place in (28, 30, 32))
        at += _ENTRY_SIZE
        names.add(directory[at : at + name].decode("utf-8", "replace"))
        at += name + extra + comment
    return frozenset(names)


def swollen(directory: bytes) -> bool:
    """Whether a container says that it holds what no document does (a decompression bomb).

    Nothing is unpacked here; this spares the machines of those who open it.
    """
    packed, unpacked, at = 0, 0, 0
    while len(directory) - at >= _ENTRY_SIZE and directory[at : at + 4] == b"PK\x01\x02":
        packed += _number(directory, at + 20, 4)
        unpacked += _number(directory, at + 24, 4)
        at += _ENTRY_SIZE + sum(_number(directory, at + place, 2) for place in (28, 30, 32))
    dense = unpacked >= SUSPECT_FROM and unpacked > MOST_TIMES * max(packed, 1)
    return unpacked > MOST_UNPACKED or dense


def _number(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size], "little")
