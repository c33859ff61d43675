"""Files, packages, names and headers that were damaged: read for what they are, or refused.

Nothing else may come of them: no other exception, no endless reading. A `Reader` names what reads
them, a sound one to begin with, and how it refuses.
"""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import hypothesis
import orjson
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from sqlalchemy import Column, DateTime, Integer, String
from starlette.requests import cookie_parser

from groundwork.api.back_channel import token_in
from groundwork.api.errors import Problem
from groundwork.api.languages import LANGUAGES, known, preferred
from groundwork.api.marks import LANGUAGE_COOKIE
from groundwork.api.pages.flashes import flashed
from groundwork.catalogue.calendar_ics import from_ics
from groundwork.catalogue.calendar_notice import CalendarSourceError
from groundwork.catalogue.calendar_sources import from_json
from groundwork.catalogue.calendars import (
    SHELF,
    CalendarFileError,
    newest_calendar_version,
    read_calendar,
)
from groundwork.catalogue.check import BUILT_IN, check_file
from groundwork.catalogue.credit_policies import DEFAULT_CREDIT, load_credit
from groundwork.catalogue.kpi_files import FOLDER
from groundwork.catalogue.kpis import DEFAULT_KPIS, load_kpis
from groundwork.catalogue.loader import CatalogueError
from groundwork.catalogue.notices import CURRENT, NoticeFileError, read_notices
from groundwork.demonstration.park import PARK, read_park_file
from groundwork.domain.documents import (
    FORMATS,
    HEAD_BYTES,
    TAIL_BYTES,
    Unfit,
    check_content,
    checked_name,
    extension_of,
    zip_directory,
)
from groundwork.rehearsal import reading
from groundwork.runtime.provider import ProviderRefused, _named_key
from groundwork.store.errors import BadCursor
from groundwork.store.paging import _decode, _encode
from groundwork.store.proof_reading import verify_file
from tests.papers_of_all_kinds import CONTENTS

PUT: Final = (
    *(b"[", b"{", b"\n", b": ", b"- ", b"'", b'"', b"|", b"?", b"&a ", b"*a", b"<<: *a"),
    *(b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"9" * 5000, b"1e999", b"0o7", b".inf"),
    *(b"2026-13-45", b"0001-01-01", b"99999-01-01", b"2026-04-16T25:61:61Z", b"%YAML 1"),
    *(b"!!python/none ", b"null", b"true", b"~", b"-1", b"\xe2\x80\xae"),
    *(b"[" * 3000, b"{a: " * 3000),
)
"""What is put into something sound to break it."""
BOMB: Final = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (one, one, b",".join([b"*%c" % (one - 1)] * 9)) for one in range(98, 110)
)
"""A few hundred bytes of YAML that say more than any memory holds."""


@dataclass(frozen=True)
class Reader:
    """What reads something: a sound one, the reading, and the exceptions by which it refuses."""

    sound: bytes
    read: Callable[[bytes], object]
    refuses: tuple[type[Exception], ...] = ()


def attack(name: str, examples: int, seed: int | None = None) -> None:
    """Damage what a reader reads in so many ways. Raises what it should not have raised."""
    reader = READERS[name]

    @hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(content=_damaged(reader.sound))
    @hypothesis.example(content=reader.sound)
    @hypothesis.example(content=BOMB)
    @hypothesis.example(content=b"")
    @hypothesis.example(content=b"[" * 20_000)
    def run(content: bytes) -> None:
        try:
            reader.read(content)
        except reader.refuses as refusal:
            _require_words(refusal)

    (run if seed is None else hypothesis.seed(seed)(run))()


def _require_words(refusal: Exception) -> None:
    """A refusal says something, which can be printed anywhere."""
    assert str(refusal).encode("utf-8", "strict")


def _damaged(sound: bytes) -> SearchStrategy[bytes]:
    cuts = st.builds(
        lambda at, cut, put: sound[:at] + put + sound[at + cut :],
        st.integers(0, len(sound)),
        st.integers(0, 200),
        st.one_of(st.binary(max_size=12), st.sampled_from(PUT)),
    )
    return st.one_of(cuts, cuts, st.binary(max_size=300), st.text(max_size=100).map(str.encode))


def _as_file(name: str, read: Callable[[Path], object]) -> Callable[[bytes], object]:
    """Reading a file of that name."""

    def reading_it(content: bytes) -> object:
        with tempfile.TemporaryDirectory(prefix="groundwork-fuzz-") as folder:
            file = Path(folder) / name
            file.write_bytes(content)
            return read(file)

    return reading_it


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _parsed(content: bytes) -> object:
    try:
        parsed = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None  # refused before it is looked into
    return from_json(parsed)


def _document(content: bytes) -> None:
    """See what kind of file this is, under every name."""
    found = zip_directory(content[-TAIL_BYTES:])
    directory = content[found.offset :][: found.size] if found else None
    for extension in FORMATS:
        try:
            check_content(extension, content[:HEAD_BYTES], directory)
        except Unfit:
            continue


def _named(content: bytes) -> str:
    name = checked_name(content.decode("utf-8", "replace"))
    extension_of(name, frozenset(FORMATS))
    return name


def _headers(content: bytes) -> None:
    """Read them as the front door does: a header is text of Latin-1."""
    header = content.decode("latin-1")
    assert preferred(header) in LANGUAGES
    cookies = cookie_parser(header)
    assert known(cookies.get(LANGUAGE_COOKIE)) in {None, *LANGUAGES}
    for language in LANGUAGES:
        flashed(cookies.get("flash", header), language)


def _logout_token(content: bytes) -> str | None:
    """Read it as far as before its signature is looked at."""
    return _named_key(token_in(content))


_COLUMNS: Final = (
    Column("at", DateTime(timezone=True)),
    Column("number", Integer),
    Column("id", String),
)
_CALENDAR: Final = f"{newest_calendar_version()}.yaml"
_CHAIN: Final = "land-to-construction/1.1.0.yaml"
_SCRIPT: Final = Path(reading.__file__).parent / "scripts" / "messy.yaml"
_ICS: Final = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nSUMMARY:元旦 休\r\n"
    "DTSTART;VALUE=DATE:20270101\r\nDTEND;VALUE=DATE:20270104\r\nRRULE:FREQ=YEARLY\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n"
).encode()
_JSON: Final = (
    '{"years": {"2027": {"off": {"2027-01-01": "元旦"}, "worked": {"2027-01-09": "元旦"},'
    ' "notice": "国办发明电〔2026〕1号"}}}'
).encode()

READERS: Final[Mapping[str, Reader]] = MappingProxyType(
    {
        "chain": Reader(
            (BUILT_IN / "chains" / _CHAIN).read_bytes(), _as_file("1.1.0.yaml", check_file)
        ),
        "ladder": Reader(
            (BUILT_IN / "ladders" / "default-1.1.0.yaml").read_bytes(),
            _as_file("default-1.1.0.yaml", check_file),
        ),
        "credit": Reader(
            (BUILT_IN / "credit" / f"{DEFAULT_CREDIT}.yaml").read_bytes(),
            _as_file(f"{DEFAULT_CREDIT}.yaml", load_credit),
            (CatalogueError,),
        ),
        "kpis": Reader(
            (BUILT_IN / FOLDER / f"{DEFAULT_KPIS}.yaml").read_bytes(),
            _as_file(f"{DEFAULT_KPIS}.yaml", load_kpis),
            (CatalogueError,),
        ),
        "calendar": Reader(
            (SHELF / _CALENDAR).read_bytes(),
            _as_file(_CALENDAR, read_calendar),
            (CalendarFileError,),
        ),
        "notices": Reader(
            (BUILT_IN / "notices" / f"{CURRENT}.yaml").read_bytes(),
            _as_file(f"{CURRENT}.yaml", read_notices),
            (NoticeFileError,),
        ),
        "script": Reader(
            _SCRIPT.read_bytes(),
            _as_file("messy.yaml", reading.read_script),
            (reading.ScriptError, CatalogueError),
        ),
        "park": Reader(
            PARK.read_bytes(), _as_file("park.yaml", read_park_file), (reading.ScriptError,)
        ),
        "ics": Reader(_ICS, lambda content: from_ics(_text(content)), (CalendarSourceError,)),
        "calendar JSON": Reader(_JSON, _parsed, (CalendarSourceError,)),
        "document": Reader(CONTENTS["docx"], _document),
        "name of a document": Reader("设计方案.pdf".encode(), _named, (Unfit,)),
        "export of the record": Reader(
            b'{"kind": "export", "format": 2}\n{"chain_id": "x", "seq": 1}\n',
            lambda content: verify_file(content.splitlines(keepends=True)),
        ),
        "cursor": Reader(
            _encode(["2026-04-16T00:00:00+00:00", 7, "x"]).encode(),
            lambda content: _decode(_text(content), _COLUMNS),
            (BadCursor,),
        ),
        "logout token": Reader(
            b"logout_token=eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJqdGkiOiJhIn0.c2ln",
            _logout_token,
            (Problem, ProviderRefused),
        ),
        "headers": Reader(b"zh-CN;q=0.8, en;q=0.9; language=en; flash=said:saved", _headers),
    }
)
"""Everything that reads what comes from outside, by name."""
