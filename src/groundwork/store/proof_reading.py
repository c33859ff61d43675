"""Checks an export without a database: its lines, its chains, its signed heads and its proofs."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain as joined
from typing import Any, Final

import orjson

from groundwork.domain import merkle
from groundwork.domain.base import Frozen
from groundwork.store.export import verify_export
from groundwork.store.head_check import HeadsCheck, SignedHead
from groundwork.store.ledger import ChainCheck, Entry, Finding, Head, Kind, canonical
from groundwork.store.proof_export import FORMAT
from groundwork.store.proof_lines import Line, Reader, about_line

_READ_FAULTS: Final = (KeyError, TypeError, ValueError, AttributeError)


class Verdict(Frozen):
    """What a check of a file came to. `keys` are the fingerprints of the keys that signed."""

    findings: tuple[Finding, ...]
    counts: dict[str, int]
    keys: dict[str, date]
    last_head: date | None
    unsigned: dict[str, int]
    """Chains that have events after those that the newest signed head holds, and how many."""
    stamped: int = 0


@dataclass(slots=True)
class _Reading:
    signed: HeadsCheck
    reader: Reader = field(default_factory=Reader)
    counts: dict[str, int] = field(default_factory=dict)
    check: ChainCheck | None = None
    hashes: dict[int, str] = field(default_factory=dict)
    ends: list[list[Any]] = field(default_factory=list)
    unsigned: dict[str, int] = field(default_factory=dict)
    heads: dict[str, SignedHead] = field(default_factory=dict)
    everything: bool = False
    finished: bool = False
    stamped: int = 0

    def take(self, raw: bytes) -> None:
        line = self.reader.read(raw)
        if line is None:
            return
        if self.finished:
            self._add([about_line(line.at, Kind.ADDED, "it stands after the manifest")])
        counted = line.kind != "manifest"
        if counted:
            self.counts[line.kind] = self.counts.get(line.kind, 0) + 1
        try:
            self._add(self._read(line))
        except _READ_FAULTS:
            self._add([about_line(line.at, Kind.UNREADABLE, "its content is not of its kind")])

    def close(self) -> None:
        self._add(self._end_chain())
        if not self.finished:
            detail = "the end of the file is missing: it has no manifest"
            self._add([Finding(chain_id="", seq=None, kind=Kind.MISSING, detail=detail)])
        if self.everything:
            for gone in sorted(self.signed.history):
                self._add(self.signed.without_events(gone))
            self._add(self.signed.without_denials())

    def _add(self, findings: Iterable[Finding]) -> None:
        self.reader.findings.extend(findings)

    def _read(self, line: Line) -> Iterable[Finding]:
        of_kind: dict[str, Callable[[Any], Iterable[Finding]]] = {
            "signed_head": self._head,
            "event": self._event,
            "chain_head": self._chain_head,
            "denial": self._denial,
        }
        if line.kind in of_kind:
            return of_kind[line.kind](line.content)
        of_file = {"export": self._start, "manifest": self._manifest}
        if line.kind in of_file:
            return of_file[line.kind](line)
        return [about_line(line.at, Kind.UNREADABLE, "its kind is unknown")]

    def _start(self, line: Line) -> Iterator[Finding]:
        asked = line.content["scope"]
        self.everything = asked["chain"] is None and asked["project"] is None
        if line.at != 1 or line.content["format"] != FORMAT:
            yield about_line(line.at, Kind.UNREADABLE, f"the format is not {FORMAT}")

    def _head(self, content: Mapping[str, Any]) -> Iterator[Finding]:
        kept = {name: content[name] for name in _HEAD_FIELDS}
        head = SignedHead(**kept | {"day": date.fromisoformat(content["day"])})
        self.heads[content["day"]] = head
        self.stamped += head.stamp is not None
        yield from self.signed.show(head)

    def _denial(self, content: Mapping[str, Any]) -> Iterator[Finding]:
        row = {**content, "at": datetime.fromisoformat(content["at"])}
        yield from self.signed.of_denial(row) if self.everything else ()

    def _event(self, content: Mapping[str, Any]) -> Iterator[Finding]:
        chain_id = content["chain_id"]
        if self.check is None or self.check.chain_id != chain_id:
            yield from self._end_chain()
            self.check, self.hashes = ChainCheck(chain_id, None), {}
        entry = Entry(
            seq=content["seq"],
            recorded_at=datetime.fromisoformat(content["recorded_at"]),
            body=content["event"],
            prev_hash=content["prev_hash"],
            hash=content["hash"],
        )
        self.hashes[entry.seq] = entry.hash
        yield from self.check.show(entry)
        yield from self.signed.of_event(chain_id, entry.seq, entry.hash)

    def _chain_head(self, content: Mapping[str, Any]) -> Iterator[Finding]:
        chain_id, end = content["chain_id"], Head(content["seq"], content["hash"])
        if self.check is None or self.check.chain_id != chain_id:
            yield from self._end_chain()
            self.check, self.hashes = ChainCheck(chain_id, None), {}
        self.check.head = end
        yield from self.check.finish()
        self.check = None
        self.ends.append([chain_id, end.seq, end.hash])
        yield from self.signed.without_events(chain_id)
        if self.everything:
            held = self.signed.leaves.get(chain_id, (0, ""))[0]
        else:
            held = content["proof"]["seq"] if content["proof"] else 0
            yield from self._proof(chain_id, content["proof"])
        if end.seq > held:
            self.unsigned[chain_id] = end.seq - held

    def _proof(self, chain_id: str, proof: Mapping[str, Any] | None) -> Iterator[Finding]:
        if proof is None:
            return
        head, seq = self.heads.get(proof["day"]), proof["seq"]
        way = [(left, bytes.fromhex(beside)) for left, beside in proof["path"]]
        root = merkle.climb(canonical([chain_id, seq, proof["hash"]]), way).hex()
        if head is None or head.said().get("root") != root:
            detail = f"the proof that the signed head of {proof['day']} holds it does not fit"
            yield Finding(chain_id=chain_id, seq=None, kind=Kind.SIGNATURE, detail=detail)
        if self.hashes.get(seq) != proof["hash"]:
            detail = f"the signed head of {proof['day']} holds another hash of it"
            yield Finding(chain_id=chain_id, seq=seq, kind=Kind.CHANGED, detail=detail)

    def _manifest(self, line: Line) -> Iterator[Finding]:
        yield from self._end_chain()
        self.finished = True
        content, last = line.content, self.signed.last
        if content["counts"] != self.counts:
            yield about_line(line.at, Kind.CHANGED, "the manifest counts other lines")
        if content["chains"] != self.ends:
            yield about_line(line.at, Kind.CHANGED, "the manifest lists other chains")
        keys = {key: str(day) for key, day in self.signed.keys.items()}
        if content["public_keys"] != keys or content["last_signed_head"] != (last and last.hash):
            yield about_line(line.at, Kind.CHANGED, "the manifest names other signed heads")

    def _end_chain(self) -> Iterator[Finding]:
        if self.check is not None:
            yield from self.check.finish()
            self.check = None


_HEAD_FIELDS: Final = (
    *("statement", "hash", "signature", "public_key", "leaves", "denials", "stamp"),
)


def verify_file(lines: Iterable[bytes], trusted: frozenset[str] = frozenset()) -> Verdict:
    """Find what was changed, dropped, moved or slipped in, in an export of this or an older format.

    `trusted` are the fingerprints of keys that may have signed; empty: any.
    """
    waiting = iter(lines)
    first = next(waiting, b"")
    everything = joined([first] if first else [], waiting)
    if _is_older(first):
        findings = tuple(verify_export(everything))
        return Verdict(findings=findings, counts={}, keys={}, last_head=None, unsigned={})
    reading = _Reading(HeadsCheck(trusted))
    for raw in everything:
        reading.take(raw)
    reading.close()
    signed = reading.signed
    return Verdict(
        findings=tuple(reading.reader.findings),
        counts=reading.counts,
        keys=signed.keys,
        last_head=signed.last.day if signed.last else None,
        unsigned=reading.unsigned,
        stamped=reading.stamped,
    )


def _is_older(line: bytes) -> bool:
    """Whether the line is one of an export without sums, as `export` writes them."""
    try:
        content = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return isinstance(content, dict) and "chain_id" in content and "sum" not in content
