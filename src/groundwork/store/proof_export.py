"""The record for an inspector: what can be checked on another machine, without database or server.

Kinds of lines (`proof_lines`), in this order:

- `export`: format, what was asked for, when it was made;
- `signed_head`: every signed head. What heads list (the ids of all chains) is in an export of all;
- `event`, and after each chain's events `chain_head`; in an export of a chain or project the latter
  has the proof that the newest signed head holds the chain, without naming any other chain;
- `denial`: the refused attempts on what was asked for;
- `manifest`: how many lines of each kind there are, where each chain ends, and the public keys.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from groundwork.domain import merkle
from groundwork.store.audit import entries, heads, one_moment
from groundwork.store.head_check import HeadsCheck, SignedHead, leaf_items
from groundwork.store.ledger import Head
from groundwork.store.proof_lines import Writer
from groundwork.store.signatures import fingerprint
from groundwork.store.signed_heads import read_heads
from groundwork.store.tables import ChainRow, DenialRow, table

FORMAT: Final = "groundwork-proof-1"

_CHAIN = table(ChainRow)
_DENIAL = table(DenialRow)


@dataclass(frozen=True, slots=True)
class Scope:
    """What is asked for: one chain, one project, or, with neither, everything."""

    chain: str | None = None
    project: str | None = None

    @property
    def everything(self) -> bool:
        """Whether the whole record is asked for."""
        return self.chain is None and self.project is None


@dataclass(slots=True)
class _Export:
    connection: AsyncConnection
    scope: Scope
    writer: Writer = field(default_factory=Writer)
    signed: HeadsCheck = field(default_factory=HeadsCheck)
    ends: list[list[Any]] = field(default_factory=list)

    async def lines(self) -> AsyncIterator[bytes]:
        asked = {"chain": self.scope.chain, "project": self.scope.project}
        made = {"format": FORMAT, "scope": asked, "made_at": datetime.now(UTC)}
        yield self.writer.line("export", made)
        for head in await read_heads(self.connection):
            list(self.signed.show(head))
            yield self.writer.line("signed_head", self._head(head))
        items = leaf_items(self.signed.leaves)
        chains = await self._chains()
        for one in chains:
            async for current, end in heads(self.connection, one):
                async for line in self._chain(current, end, items):
                    yield line
        for row in await _denials(self.connection, self.scope, chains):
            yield self.writer.line("denial", row)
        manifest = {
            "format": FORMAT,
            "counts": dict(self.writer.counts),
            "chains": self.ends,
            "last_signed_head": self.signed.last and self.signed.last.hash,
            "public_keys": {key: str(day) for key, day in self.signed.keys.items()},
        }
        yield self.writer.line("manifest", manifest)

    async def _chain(
        self, chain_id: str, end: Head | None, items: Sequence[bytes]
    ) -> AsyncIterator[bytes]:
        for entry in await entries(self.connection, chain_id):
            yield self.writer.line(
                "event",
                {
                    "chain_id": chain_id,
                    "seq": entry.seq,
                    "recorded_at": entry.recorded_at.astimezone(UTC),
                    "prev_hash": entry.prev_hash,
                    "hash": entry.hash,
                    "event": entry.body,
                },
            )
        if end is not None:
            self.ends.append([chain_id, end.seq, end.hash])
            kept = {"chain_id": chain_id, "seq": end.seq, "hash": end.hash}
            proof = None if self.scope.everything else self._proof(chain_id, items)
            yield self.writer.line("chain_head", kept | {"proof": proof})

    def _proof(self, chain_id: str, items: Sequence[bytes]) -> dict[str, Any] | None:
        leaf, last = self.signed.leaves.get(chain_id), self.signed.last
        if leaf is None or last is None:
            return None
        place = sorted(self.signed.leaves).index(chain_id)
        way = [[left, beside.hex()] for left, beside in merkle.path(items, place)]
        return {"day": last.day, "seq": leaf[0], "hash": leaf[1], "path": way}

    def _head(self, head: SignedHead) -> dict[str, Any]:
        whole = self.scope.everything
        return {
            "day": head.day,
            "statement": head.statement,
            "hash": head.hash,
            "signature": head.signature,
            "public_key": head.public_key,
            "key": fingerprint(head.public_key),
            "leaves": head.leaves if whole else None,
            "denials": head.denials if whole else None,
            "stamp": head.stamp,
        }

    async def _chains(self) -> Sequence[str | None]:
        """The chains asked for; a single None stands for all there are."""
        if self.scope.project is None:
            return [self.scope.chain]
        query = select(_CHAIN.c.id).where(_CHAIN.c.project_code == self.scope.project)
        return list((await self.connection.execute(query.order_by(_CHAIN.c.id))).scalars())


async def proof_export(engine: AsyncEngine, scope: Scope) -> AsyncIterator[bytes]:
    """The lines of an export, each with its line feed, all of one moment."""
    async with one_moment(engine) as connection:
        async for line in _Export(connection, scope).lines():
            yield line


async def denials_about(engine: AsyncEngine, scope: Scope) -> list[dict[str, Any]]:
    """The refused attempts on a chain, oldest first."""
    async with one_moment(engine) as connection:
        return await _denials(connection, scope, [scope.chain])


async def _denials(
    connection: AsyncConnection, scope: Scope, chains: Sequence[str | None]
) -> list[dict[str, Any]]:
    query = select(_DENIAL).order_by(_DENIAL.c.id)
    if not scope.everything:
        named = [one for one in chains if one is not None]
        about = [f"chains/{one}" for one in named]
        if scope.project is not None:
            about.append(f"projects/{scope.project}")
        subject = _DENIAL.c.subject
        under = (subject.startswith(f"{one}/", autoescape=True) for one in about)
        query = query.where(or_(subject.in_([*about, *named]), *under))
    found = (await connection.execute(query)).mappings()
    return [dict(row) | {"at": row["at"].astimezone(UTC)} for row in found]
