"""Checks the record against itself: hashes, numbers, heads, and the read model folded again.

One chain at a time is read, all of them in one repeatable-read transaction, so that the check of a
busy system sees one moment of it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Subquery, Table, func, select, text, union
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from groundwork.domain.fold import fold
from groundwork.domain.model import Chain
from groundwork.store.definitions import FindDefinition, pinned
from groundwork.store.errors import clean_errors
from groundwork.store.head_check import HeadsCheck
from groundwork.store.ledger import EVENT, ChainCheck, Entry, Finding, Head, Kind, searchable
from groundwork.store.projection import Values, chain_values, part_values
from groundwork.store.signed_heads import read_denials, read_heads
from groundwork.store.tables import ChainRow, EventRow, table

_CHAIN = table(ChainRow)
_EVENT = table(EventRow)
_SEARCHABLE = tuple(searchable({}))

Seen = Callable[[], None]
"""Called for every chain that was read."""


def _untold() -> None:
    """Tell nobody how far a check is."""


class Audit:
    """Checks one chain or, without an id, all of them. No finding means that nothing is wrong."""

    def __init__(
        self,
        engine: AsyncEngine,
        definitions: FindDefinition,
        trusted: frozenset[str] = frozenset(),
    ) -> None:
        """`trusted` are the fingerprints of keys that may have signed heads; empty: any."""
        self._engine = engine
        self._definitions = definitions
        self._trusted = trusted

    async def verify(
        self, chain_id: str | None = None, now: datetime | None = None, seen: Seen = _untold
    ) -> list[Finding]:
        """Find what was changed, dropped, moved or slipped in since it was recorded.

        Events are held to their hashes and to the signed heads, the heads to their signatures and,
        over all chains, the refused attempts to the heads. `now` is the moment at which heads may
        be overdue. An unknown id is a finding too: nothing can be said to be whole that is not
        there.
        """
        async with one_moment(self._engine) as connection:
            return await verify_on(connection, chain_id, now, self._trusted, seen)

    async def chains(self) -> int:
        """Of how many chains there is a record."""
        every = select(func.count()).select_from(_every_chain(None))
        async with one_moment(self._engine) as connection:
            return int((await connection.execute(every)).scalar_one())

    async def refold(self, chain_id: str | None = None, seen: Seen = _untold) -> list[Finding]:
        """Find what the read model says otherwise than the events, folded again from the first."""
        findings: list[Finding] = []
        async with one_moment(self._engine) as connection:
            async for current, _ in heads(connection, chain_id):
                for detail in await self._differences(connection, current):
                    findings.append(
                        Finding(chain_id=current, seq=None, kind=Kind.READ_MODEL, detail=detail)
                    )
                seen()
        return findings

    async def _differences(self, connection: AsyncConnection, chain_id: str) -> list[str]:
        history = await entries(connection, chain_id)
        try:
            chain = await asyncio.to_thread(_folded, history)
        except (ValueError, KeyError) as error:
            # Pydantic's messages quote what they refuse; the kind of error must do.
            return [f"its events cannot be folded ({type(error).__name__})"]
        definition = pinned(self._definitions, chain)
        heads_stored = await _rows(connection, _CHAIN, _CHAIN.c.id == chain_id)
        for row in heads_stored:
            row["snapshot"] = _as_chain(row["snapshot"])
        head = chain_values(chain, definition) | {"snapshot": chain}
        found = list(_compared(_CHAIN, heads_stored, [head]))
        for into, rows in part_values(chain, definition).items():
            stored = await _rows(connection, into, into.c.chain_id == chain_id)
            found += _compared(into, stored, rows)
        return found


async def verify_on(
    connection: AsyncConnection,
    chain_id: str | None = None,
    now: datetime | None = None,
    trusted: frozenset[str] = frozenset(),
    seen: Seen = _untold,
) -> list[Finding]:
    """What `Audit.verify` finds, as that connection sees the record."""
    signed = HeadsCheck(trusted)
    findings = [one for head in await read_heads(connection) for one in signed.show(head)]
    findings += signed.finish(now or datetime.now(UTC))
    known = False
    async for current, head in heads(connection, chain_id):
        known = True
        history = await entries(connection, current)
        findings += await asyncio.to_thread(_checked, current, head, history, signed)
        seen()
    if chain_id is None:
        for gone in sorted(signed.history):
            findings += signed.without_events(gone)
        for denial in await read_denials(connection):
            findings += signed.of_denial(denial)
        findings += signed.without_denials()
    elif not known:
        detail = "the record has no such chain"
        findings.append(Finding(chain_id=chain_id, seq=None, kind=Kind.MISSING, detail=detail))
    return findings


def _checked(
    chain_id: str, head: Head | None, history: Sequence[Entry], signed: HeadsCheck
) -> list[Finding]:
    """What is wrong with a chain's events. Hashing takes a while: it is done in a thread."""
    check = ChainCheck(chain_id, head)
    findings: list[Finding] = []
    for entry in history:
        findings += check.show(entry)
        findings += signed.of_event(chain_id, entry.seq, entry.hash)
    return [*findings, *check.finish(), *signed.without_events(chain_id)]


@asynccontextmanager
async def one_moment(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection that sees the database at one moment, only reads, and may take its time."""
    with clean_errors():
        async with engine.connect() as connection:
            await connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            await connection.execute(text("SET LOCAL statement_timeout = 0"))
            yield connection


async def heads(
    connection: AsyncConnection, chain_id: str | None
) -> AsyncIterator[tuple[str, Head | None]]:
    """Every chain that has a head or events, or the one asked for, each with its head if any."""
    every = _every_chain(chain_id)
    query = select(every.c.id, _CHAIN.c.seq, _CHAIN.c.head_hash).outerjoin_from(
        every, _CHAIN, every.c.id == _CHAIN.c.id
    )
    async with connection.stream(query) as rows:
        async for current, seq, head_hash in rows:
            yield current, None if seq is None else Head(seq, head_hash)


def _every_chain(chain_id: str | None) -> Subquery:
    with_head, with_events = select(_CHAIN.c.id), select(_EVENT.c.chain_id)
    if chain_id is not None:
        with_head = with_head.where(_CHAIN.c.id == chain_id)
        with_events = with_events.where(_EVENT.c.chain_id == chain_id)
    return union(with_head, with_events).subquery()


async def entries(connection: AsyncConnection, chain_id: str) -> list[Entry]:
    """The events of a chain as they are kept, by number."""
    query = select(_EVENT).where(_EVENT.c.chain_id == chain_id).order_by(_EVENT.c.seq)
    return [
        Entry(
            seq=row["seq"],
            recorded_at=row["recorded_at"],
            # Somebody may have put a list or a number there, which no event ever is.
            body=row["body"] if isinstance(row["body"], dict) else {},
            prev_hash=row["prev_hash"],
            hash=row["hash"],
            columns={name: row[name] for name in _SEARCHABLE},
        )
        for row in (await connection.execute(query)).mappings()
    ]


async def _rows(connection: AsyncConnection, of: Table, which: ColumnElement[bool]) -> list[Values]:
    return [dict(row) for row in (await connection.execute(select(of).where(which))).mappings()]


def _folded(history: Sequence[Entry]) -> Chain:
    return fold(EVENT.validate_python(entry.body) for entry in history)


def _as_chain(snapshot: Any) -> Chain | None:
    try:
        return Chain.model_validate(snapshot)
    except ValidationError:
        return None


def _compared(of: Table, stored: Sequence[Values], folded: Sequence[Values]) -> Iterator[str]:
    keys = of.primary_key.columns.keys()

    def by_key(rows: Sequence[Values]) -> Mapping[str, Values]:
        return {" ".join(row[key] for key in keys): row for row in rows}

    is_stored, is_folded = by_key(stored), by_key(folded)
    for key in sorted(is_stored.keys() | is_folded.keys()):
        if key not in is_stored:
            yield f"table {of.name}: row {key} is missing"
        elif key not in is_folded:
            yield f"table {of.name}: row {key} has no event behind it"
        elif wrong := _wrong_columns(is_stored[key], is_folded[key]):
            yield f"table {of.name}: row {key} differs in {', '.join(wrong)}"


def _wrong_columns(stored: Values, folded: Values) -> list[str]:
    return [name for name, value in folded.items() if stored[name] != value]
