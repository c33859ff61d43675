"""The hash chain that makes the record tamper-evident, without a database.

Each event's hash covers the hash before it, so a row cannot be changed, dropped, moved or slipped
in without every later hash giving it away. Scheme `v1`: SHA-256 over the canonical JSON (sorted
keys, no spaces, UTF-8) of

    {"chain": id, "event": body, "prev": hash before, "recorded_at": microseconds since 1970}

A hash is stored with the name of its scheme, so that a later scheme can follow in the same chain.
Whoever can rewrite every row and the head can still forge a whole history: keep exports elsewhere
and check them against the record (`export`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

import orjson
from pydantic import TypeAdapter

from groundwork.domain.base import Frozen
from groundwork.domain.events import AnyEvent

SCHEME = "v1"

GENESIS = f"{SCHEME}:{'0' * 64}"
"""What stands for the hash before the first event."""

EVENT: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUL = b"\\u0000"


def canonical(value: object) -> bytes:
    """The one JSON text of a value."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def event_hash(chain_id: str, body: Mapping[str, Any], recorded_at: datetime, prev: str) -> str:
    """The hash of an event that follows the hash `prev`."""
    micros = (recorded_at - _EPOCH) // timedelta(microseconds=1)
    content = {"chain": chain_id, "event": body, "prev": prev, "recorded_at": micros}
    return f"{SCHEME}:{sha256(canonical(content)).hexdigest()}"


def storable(event: AnyEvent) -> tuple[AnyEvent, dict[str, Any]]:
    """The event and its body as PostgreSQL can keep them.

    JSONB has no U+0000. One such character, pasted into a remark, would hold up everything its
    chain records from then on, so it is shown as U+FFFD instead; both results have it replaced.
    """
    body = EVENT.dump_python(event, mode="json")
    if _NUL in orjson.dumps(body):
        body = _without_nul(body)
        event = EVENT.validate_python(body)
    return event, body


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(item) for key, item in value.items()}
    return [_without_nul(item) for item in value] if isinstance(value, list) else value


def searchable(body: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that repeat parts of an event's body for searching; times as ISO 8601."""
    by = body.get("by") or {}
    return {
        "type": body.get("type"),
        "at": body.get("at"),
        "actor_id": by.get("id"),
        "actor_role": by.get("role"),
        "actor_department": by.get("department"),
        "basis": body.get("basis"),
        "key": body.get("key"),
    }


class Kind(StrEnum):
    """What is wrong with the record."""

    CHANGED = "changed"
    MISSING = "missing"
    REORDERED = "reordered"
    ADDED = "added"
    UNLINKED = "unlinked"
    HEAD = "head"
    SIGNATURE = "signature"
    UNREADABLE = "unreadable"
    READ_MODEL = "read_model"


class Finding(Frozen):
    """One thing that is wrong, and where: `seq` is None when it concerns no single event."""

    chain_id: str
    seq: int | None
    kind: Kind
    detail: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One event as it is kept; `columns` are those of `searchable`, when they are kept too."""

    seq: int
    recorded_at: datetime
    body: Mapping[str, Any]
    prev_hash: str
    hash: str
    columns: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain's events end, as its head row says."""

    seq: int
    hash: str


@dataclass(slots=True)
class ChainCheck:
    """Checks one chain's entries, which are shown to it in order of `seq`, against its head."""

    chain_id: str
    head: Head | None
    last_seq: int = field(default=0, init=False)
    last_hash: str = field(default=GENESIS, init=False)

    def show(self, entry: Entry) -> Iterator[Finding]:
        """What is wrong with the next entry."""
        follows = entry.seq == self.last_seq + 1
        if entry.seq <= self.last_seq:
            yield self._finding(entry.seq, Kind.REORDERED, f"it stands after event {self.last_seq}")
        elif not follows:
            yield self._missing(self.last_seq + 1, entry.seq - 1)
        if self.head and entry.seq > self.head.seq:
            yield self._finding(
                entry.seq, Kind.ADDED, f"the chain's head ends with event {self.head.seq}"
            )
        said = entry.body.get("seq")
        if said != entry.seq:
            yield self._finding(entry.seq, Kind.REORDERED, f"this row holds event {said}")
        if follows and entry.prev_hash != self.last_hash:
            yield self._finding(
                entry.seq,
                Kind.UNLINKED,
                f"it does not follow event {entry.seq - 1} as that is now recorded",
            )
        yield from self._changes(entry)
        self.last_seq, self.last_hash = entry.seq, entry.hash

    def _changes(self, entry: Entry) -> Iterator[Finding]:
        expected = event_hash(self.chain_id, entry.body, entry.recorded_at, entry.prev_hash)
        if entry.hash != expected:
            yield self._finding(entry.seq, Kind.CHANGED, "its content does not match its hash")
        if entry.columns is None:
            return
        for name, value in searchable(entry.body).items():
            if not _same(entry.columns[name], value):
                yield self._finding(
                    entry.seq, Kind.CHANGED, f"its column {name} differs from its body"
                )

    def finish(self) -> Iterator[Finding]:
        """What is wrong with the end of the chain."""
        if self.head is None:
            yield self._finding(None, Kind.HEAD, "the chain has events but no head")
        elif self.last_seq < self.head.seq:
            yield self._missing(self.last_seq + 1, self.head.seq)
        elif self.last_seq == self.head.seq and self.last_hash != self.head.hash:
            yield self._finding(
                None, Kind.HEAD, f"the head's hash is not that of event {self.last_seq}"
            )

    def _missing(self, first: int, last: int) -> Finding:
        which = f"event {first} is" if first == last else f"events {first} to {last} are"
        return self._finding(first, Kind.MISSING, f"{which} missing")

    def _finding(self, seq: int | None, kind: Kind, detail: str) -> Finding:
        return Finding(chain_id=self.chain_id, seq=seq, kind=kind, detail=detail)


def _same(column: Any, said: Any) -> bool:
    if not isinstance(column, datetime):
        return bool(column == said)
    try:
        return column == datetime.fromisoformat(said)
    except (TypeError, ValueError):
        return False
