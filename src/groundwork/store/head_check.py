"""What a signed head says, and whether the heads are whole: without a database.

A statement is canonical JSON (see `ledger`), signed as it stands:

    {"chains": how many, "day", "denials": {"count", "root"}, "events": how many,
     "key": fingerprint, "prev": hash of the head before, "root", "scheme": "head-v1", "signed_at"}

`root` is the Merkle root (`domain.merkle`) over all chains by id, each as [id, number, hash] of its
last event; `denials.root` that over the refused attempts that are new, each as [id, hash]. A head
of a day says what the record held when it was signed, which is after the day ended.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import orjson

from groundwork.domain import merkle
from groundwork.domain.calendar import local_date
from groundwork.store.ledger import Finding, Kind, canonical
from groundwork.store.signatures import SigningKey, fingerprint, signed
from groundwork.store.stamps import stamp_says

SCHEME: Final = "head-v1"
FIRST: Final = f"{SCHEME}:{'0' * 64}"
"""What stands for the hash before the first head."""
PATIENCE: Final = timedelta(days=1)
"""How long after its day a head may be lacking before that is a finding."""

Leaf = tuple[int, str]
"""The number and hash of a chain's last event."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A signed head as it is kept; without `leaves` and `denials` where others must not see them.

    `stamp` is a time-stamp authority's answer for `hash`, in base64.
    """

    day: date
    statement: str
    hash: str
    signature: str
    public_key: str
    leaves: Sequence[Any] | None = None
    denials: Sequence[Any] | None = None
    stamp: str | None = None

    def said(self) -> Mapping[str, Any]:
        """The statement; empty if it cannot be read."""
        try:
            content = orjson.loads(self.statement)
        except orjson.JSONDecodeError:
            return {}
        return content if isinstance(content, dict) else {}


def head_hash(statement: str) -> str:
    """The hash by which the next head refers to this one, and which is time-stamped."""
    return f"{SCHEME}:{sha256(statement.encode()).hexdigest()}"


def leaf_items(leaves: Mapping[str, Leaf]) -> list[bytes]:
    """What the Merkle tree over the chains is made of."""
    return [canonical([chain, *leaves[chain]]) for chain in sorted(leaves)]


def denial_root(denials: Sequence[Any]) -> str:
    """The root over refused attempts, each as [id, hash]."""
    return merkle.root(canonical(one) for one in denials).hex()


def denial_hash(row: Mapping[str, Any]) -> str:
    """The hash of a refused attempt."""
    micros = (row["at"] - _EPOCH) // timedelta(microseconds=1)
    kept = {name: row[name] for name in ("id", "actor", "action", "subject", "reason")}
    return sha256(canonical(kept | {"at": micros})).hexdigest()


def make_head(
    day: date,
    before: SignedHead | None,
    leaves: Mapping[str, Leaf],
    denials: Sequence[Any],
    key: SigningKey,
) -> tuple[str, str, str]:
    """The statement of a day, its hash and its signature."""
    statement = canonical(
        {
            "scheme": SCHEME,
            "day": day,
            "signed_at": datetime.now(UTC),
            "prev": before.hash if before else FIRST,
            "chains": len(leaves),
            "events": sum(seq for seq, _ in leaves.values()),
            "root": merkle.root(leaf_items(leaves)).hex(),
            "denials": {"count": len(denials), "root": denial_root(denials)},
            "key": fingerprint(key.public),
        }
    )
    return statement.decode(), head_hash(statement.decode()), key.sign(statement)


@dataclass(slots=True)
class HeadsCheck:
    """Checks signed heads, which are shown to it by day; afterwards it knows what they hold.

    `trusted` are the fingerprints of the keys that may have signed; empty: any, which is reported
    in `keys` for whoever can compare them.
    """

    trusted: frozenset[str] = frozenset()
    leaves: dict[str, Leaf] = field(default_factory=dict, init=False)
    history: dict[str, dict[int, tuple[str, date]]] = field(default_factory=dict, init=False)
    denials: dict[int, str] = field(default_factory=dict, init=False)
    keys: dict[str, date] = field(default_factory=dict, init=False)
    last: SignedHead | None = field(default=None, init=False)
    count: int = field(default=0, init=False)
    newest_denial: int = field(default=0, init=False)

    def show(self, head: SignedHead) -> Iterator[Finding]:
        """What is wrong with the next head."""
        said, before = head.said(), self.last
        if before and head.day <= before.day:
            yield about_head(head.day, Kind.REORDERED, f"it stands after that of {before.day}")
        elif before:
            yield from _lacking(before.day + timedelta(days=1), head.day)
        if head.hash != head_hash(head.statement) or said.get("day") != head.day.isoformat():
            yield about_head(head.day, Kind.CHANGED, "its statement does not match its hash or day")
        if before is None and said.get("prev") != FIRST:
            gone = head.day - timedelta(days=1)
            yield about_head(gone, Kind.MISSING, f"that of {head.day} follows it")
        elif before and said.get("prev") != before.hash:
            yield about_head(head.day, Kind.UNLINKED, "it does not follow the head before it")
        yield from self._signature(head, said)
        yield from self._content(head, said)
        if head.stamp is not None and stamp_says(head.stamp, head.hash) is None:
            yield about_head(head.day, Kind.SIGNATURE, "its time stamp is not one of it")
        self.last, self.count = head, self.count + 1

    def finish(self, now: datetime | None = None) -> Iterator[Finding]:
        """What is lacking at the end, at that moment."""
        if self.last and now:
            overdue = local_date(now - PATIENCE)
            yield from _lacking(self.last.day + timedelta(days=1), overdue)

    def of_denial(self, row: Mapping[str, Any]) -> Iterator[Finding]:
        """What is wrong with a refused attempt; each is to be shown once."""
        known = self.denials.pop(row["id"], None)
        if known is None and row["id"] <= self.newest_denial:
            yield about_denial(row["id"], Kind.ADDED, "no signed head holds it")
        elif known is not None and denial_hash(row) != known:
            yield about_denial(row["id"], Kind.CHANGED, "its content does not match its hash")

    def without_denials(self) -> Iterator[Finding]:
        """The refused attempts that signed heads hold and nobody showed."""
        for number in sorted(self.denials):
            yield about_denial(number, Kind.MISSING, "a signed head holds it")

    def of_event(self, chain_id: str, seq: int, found: str) -> Iterator[Finding]:
        """What signed heads say against an event's hash."""
        known = self.history.get(chain_id, {}).pop(seq, None)
        if known is not None and known[0] != found:
            detail = f"the signed head of {known[1]} holds another hash of it"
            yield Finding(chain_id=chain_id, seq=seq, kind=Kind.CHANGED, detail=detail)

    def without_events(self, chain_id: str) -> Iterator[Finding]:
        """The events of a chain that signed heads hold and nobody showed."""
        for seq, (_, day) in sorted(self.history.pop(chain_id, {}).items()):
            detail = f"the signed head of {day} holds event {seq}"
            yield Finding(chain_id=chain_id, seq=seq, kind=Kind.MISSING, detail=detail)

    def _signature(self, head: SignedHead, said: Mapping[str, Any]) -> Iterator[Finding]:
        key = fingerprint(head.public_key)
        self.keys.setdefault(key, head.day)
        if said.get("key") != key:
            yield about_head(head.day, Kind.SIGNATURE, "its key is not the one it names")
        elif not signed(head.public_key, head.signature, head.statement.encode()):
            yield about_head(head.day, Kind.SIGNATURE, "its signature does not match")
        elif self.trusted and key not in self.trusted:
            yield about_head(head.day, Kind.SIGNATURE, f"its key {key} is not a trusted one")

    def _content(self, head: SignedHead, said: Mapping[str, Any]) -> Iterator[Finding]:
        if head.leaves is None or head.denials is None:
            return
        try:
            for chain, seq, found in head.leaves:
                self.leaves[chain] = (seq, found)
                # The first head that held an event is the one to believe.
                self.history.setdefault(chain, {}).setdefault(seq, (found, head.day))
            self.newest_denial = max([self.newest_denial, *(number for number, _ in head.denials)])
            self.denials |= dict(head.denials)
            events = sum(seq for seq, _ in self.leaves.values())
            counts = (len(self.leaves), events, {"count": len(head.denials)})
        except (TypeError, ValueError):
            yield about_head(head.day, Kind.CHANGED, "its list of chains cannot be read")
            return
        of_denials = counts[2] | {"root": denial_root(head.denials)}
        root = merkle.root(leaf_items(self.leaves)).hex()
        if (said.get("chains"), said.get("events"), said.get("root")) != (*counts[:2], root):
            yield about_head(head.day, Kind.CHANGED, "its list of chains is not the signed one")
        if said.get("denials") != of_denials:
            yield about_head(head.day, Kind.CHANGED, "its list of denials is not the signed one")


def about_head(day: date, kind: Kind, detail: str) -> Finding:
    """A finding about the signed head of a day."""
    return Finding(chain_id="", seq=None, kind=kind, detail=f"signed head {day}: {detail}")


def about_denial(number: int, kind: Kind, detail: str) -> Finding:
    """A finding about a refused attempt."""
    return Finding(chain_id="", seq=None, kind=kind, detail=f"denial {number}: {detail}")


def _lacking(since: date, before: date) -> Iterator[Finding]:
    for number in range((before - since).days):
        yield about_head(since + timedelta(days=number), Kind.MISSING, "there is none")
