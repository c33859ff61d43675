"""The lines of an export: each numbered, and each bound to the line before it.

    {"sum":"<64 hex digits>","content":…,"kind":…,"n":…}

`sum` is SHA-256 over the sum before (64 zeros for the first) and over the rest of the line, from
the comma after the sum to the line feed, byte by byte. So no line can be changed, dropped, moved or
slipped in without its number being named; the sum of the last line stands for the whole file.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

import orjson

from groundwork.store.ledger import Finding, Kind, canonical

_START: Final = b'{"sum":"'
_DIGITS: Final = 64
_NONE: Final = "0" * _DIGITS


@dataclass(slots=True)
class Writer:
    """Makes lines; `counts` says how many of each kind there are."""

    counts: dict[str, int] = field(default_factory=dict, init=False)
    _sum: str = field(default=_NONE, init=False)
    _number: int = field(default=0, init=False)

    def line(self, kind: str, content: object) -> bytes:
        """The next line, with its line feed."""
        self._number += 1
        self.counts[kind] = self.counts.get(kind, 0) + 1
        row = canonical({"kind": kind, "n": self._number, "content": content})
        rest = b'",' + row[1:] + b"\n"
        self._sum = _sum(self._sum, rest)
        return _START + self._sum.encode() + rest


@dataclass(frozen=True, slots=True)
class Line:
    """A line that could be read; `at` is its place in the file, counted from one."""

    at: int
    kind: str
    content: Any


@dataclass(slots=True)
class Reader:
    """Reads lines and finds what is wrong with their numbers and sums."""

    findings: list[Finding] = field(default_factory=list, init=False)
    _sum: str = field(default=_NONE, init=False)
    _number: int = field(default=0, init=False)
    _at: int = field(default=0, init=False)

    def read(self, raw: bytes) -> Line | None:
        """The next line, or None where it is none of ours."""
        self._at += 1
        stated = raw[len(_START) : len(_START) + _DIGITS].decode("ascii", "replace")
        rest = raw[len(_START) + _DIGITS :]
        try:
            if not raw.startswith(_START) or not raw.endswith(b"\n"):
                raise ValueError
            row = orjson.loads(raw)
            number, kind, content = row["n"], row["kind"], row["content"]
            if not isinstance(number, int) or not isinstance(kind, str):
                raise TypeError
        except (KeyError, TypeError, ValueError):
            # It has a place all the same, so that the lines after it are not called moved.
            self._number, self._sum = self._number + 1, stated
            self._found(Kind.UNREADABLE, "it is not a line of an export")
            return None
        self._place(number)
        if number == self._number + 1 and _sum(self._sum, rest) != stated:
            self._found(Kind.CHANGED, "it does not match its sum")
        self._sum, self._number = stated, number
        return Line(self._at, kind, content)

    def _place(self, number: int) -> None:
        if number <= self._number:
            self._found(Kind.REORDERED, f"it is numbered {number} after {self._number}")
        elif number > self._number + 1:
            missing = list(self._gap(number))
            self._found(Kind.MISSING, f"before it {', '.join(missing)} is missing")

    def _gap(self, number: int) -> Iterator[str]:
        first, last = self._number + 1, number - 1
        yield f"line {first}" if first == last else f"lines {first} to {last}"

    def _found(self, kind: Kind, detail: str) -> None:
        self.findings.append(about_line(self._at, kind, detail))


def about_line(at: int, kind: Kind, detail: str) -> Finding:
    """A finding about a line of a file."""
    return Finding(chain_id="", seq=None, kind=kind, detail=f"line {at}: {detail}")


def _sum(before: str, rest: bytes) -> str:
    return sha256(before.encode() + rest).hexdigest()
