"""Writes batches of events to the record: audit rows and read model in one transaction.

This runs inside every decision's latency: one round trip to the database as a rule, no ORM, and no
lock held between reading and writing (`statements` says how two writers are kept apart).
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
from psycopg import AsyncConnection
from psycopg.errors import ForeignKeyViolation
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.batch import RecordBatch
from groundwork.domain.events import AnyEvent
from groundwork.domain.fold import evolve
from groundwork.domain.model import Chain
from groundwork.store import statements
from groundwork.store.definitions import FindDefinition, pinned
from groundwork.store.engine import autocommit, driver_connection
from groundwork.store.errors import ConflictError, GapError, StoreUnavailable, UnknownProject
from groundwork.store.ledger import EVENT, GENESIS, event_hash, searchable, storable
from groundwork.store.projection import chain_values, part_values

CHANNEL = "groundwork_changes"
"""Where PostgreSQL announces (NOTIFY) the id of each chain that changed."""

_RACES = 10
"""How often another writer may get ahead before a batch is given back."""


class _Head(NamedTuple):
    """Where the record of a chain ends, and what it folds to."""

    seq: int
    hash: str
    chain: Chain | None


_NOTHING = _Head(0, GENESIS, None)


class Recorder:
    """Writes batches exactly once, in order and without gaps.

    `definitions` finds the definition a chain is pinned to. The heads of the `remembered` chains
    used last stay in memory, which saves reading them; the database has the last word on each.
    """

    def __init__(
        self, engine: AsyncEngine, definitions: FindDefinition, *, remembered: int = 256
    ) -> None:
        self._engine = engine
        self._definitions = definitions
        self._heads: OrderedDict[str, _Head] = OrderedDict()
        self._remembered = remembered

    async def record(self, batch: RecordBatch) -> int:
        """Record what of the batch is not recorded yet, and return the last recorded number.

        A batch may come again, whole or in part, also from two writers at once. Raises GapError
        when events are missing before it, ConflictError when a recorded number has other content,
        UnknownProject, UnknownDefinition, and StoreError when the database fails.
        """
        async with autocommit(self._engine) as pooled:
            connection = await driver_connection(pooled)
            try:
                head = await self._record(connection, batch)
            except ForeignKeyViolation as error:
                if error.diag.constraint_name != "fk_chain_project":
                    raise
                raise UnknownProject(
                    f"chain {batch.chain_id}: its project is not in the store; create it first"
                ) from None
        self._remember(batch.chain_id, head)
        return head.seq

    async def _record(self, connection: AsyncConnection, batch: RecordBatch) -> _Head:
        seen = self._heads.get(batch.chain_id)
        if seen is None or not batch.events or batch.events[0].seq != seen.seq + 1:
            seen = await _read_head(connection, batch.chain_id)
        for _ in range(_RACES):
            fresh = [event for event in batch.events if event.seq > seen.seq]
            known = [event for event in batch.events if event.seq <= seen.seq]
            await _refuse_other_content(connection, batch.chain_id, known)
            _refuse_gap(batch.chain_id, seen.seq, fresh)
            if not fresh:
                return seen
            rest = batch.model_copy(update={"events": tuple(fresh)})
            written = await self._append(connection, seen, rest)
            if written:
                return written
            # The head is elsewhere: another writer got ahead, perhaps with these very events.
            seen = await _read_head(connection, batch.chain_id)
        raise StoreUnavailable(f"chain {batch.chain_id}: its head kept moving; try again")

    async def _append(
        self, connection: AsyncConnection, seen: _Head, batch: RecordBatch
    ) -> _Head | None:
        """Write the events that follow; None when the head is no longer where it was seen."""
        chain, rows = _follow(seen, batch)
        definition = pinned(self._definitions, chain)
        last_hash = rows[-1]["hash"]
        head = chain_values(chain, definition) | {
            "head_hash": last_hash,
            "snapshot": orjson.Fragment(chain.model_dump_json()),
            "updated_at": batch.recorded_at,
        }
        before, gone = _comparable(seen.chain, chain)
        parts = {
            into.name: _json(values)
            for into, values in part_values(chain, definition, before).items()
            if values
        }
        given = {"seq": seen.seq, "head_hash": seen.hash, "channel": CHANNEL, "gone": gone}
        cursor = await connection.execute(
            statements.append(tuple(parts), first=seen.chain is None, shrinks=bool(gone)),
            given | parts | {"chain": _json(head), "event": _json(rows)},
        )
        return _Head(chain.seq, last_hash, chain) if cursor.rowcount else None

    def _remember(self, chain_id: str, head: _Head) -> None:
        self._heads[chain_id] = head
        self._heads.move_to_end(chain_id)
        if len(self._heads) > self._remembered:
            self._heads.popitem(last=False)


async def _read_head(connection: AsyncConnection, chain_id: str) -> _Head:
    cursor = await connection.execute(statements.READ_HEAD, [chain_id])
    row = await cursor.fetchone()
    if row is None:
        return _NOTHING
    seq, head_hash, snapshot = row
    return _Head(seq, head_hash, Chain.model_validate_json(snapshot))


async def _refuse_other_content(
    connection: AsyncConnection, chain_id: str, events: Sequence[AnyEvent]
) -> None:
    if not events:
        return
    numbers = [event.seq for event in events]
    cursor = await connection.execute(statements.READ_BODIES, (chain_id, numbers))
    recorded = {seq: orjson.loads(body) for seq, body in await cursor.fetchall()}
    for event in events:
        if not _same(recorded.get(event.seq), event):
            raise ConflictError(chain_id, event.seq)


def _same(body: Any, event: AnyEvent) -> bool:
    """Whether a recorded body is that event; one of an earlier release may have fewer fields."""
    sent, dumped = storable(event)
    if body == dumped:
        return True
    try:
        return EVENT.validate_python(body) == sent
    except ValidationError:
        return False


def _refuse_gap(chain_id: str, last: int, events: Sequence[AnyEvent]) -> None:
    for expected, event in enumerate(events, start=last + 1):
        if event.seq != expected:
            raise GapError(chain_id, expected, event.seq)


def _follow(seen: _Head, batch: RecordBatch) -> tuple[Chain, list[dict[str, Any]]]:
    """What the chain becomes with the events, and their rows."""
    chain, prev_hash = seen.chain, seen.hash
    rows = []
    for given in batch.events:
        event, body = storable(given)
        chain = evolve(chain, event)
        row = searchable(body) | {
            "chain_id": batch.chain_id,
            "seq": event.seq,
            "recorded_at": batch.recorded_at,
            "body": body,
            "prev_hash": prev_hash,
            "hash": event_hash(batch.chain_id, body, batch.recorded_at, prev_hash),
        }
        prev_hash = row["hash"]
        rows.append(row)
    assert chain is not None, "callers hand in at least one event"
    return chain, rows


def _comparable(before: Chain | None, now: Chain) -> tuple[Chain | None, list[str]]:
    """The chain before, if rows written for it still hold, and the steps that are no more.

    By another definition steps have other departments and stages, so all rows are written anew.
    """
    if before is None or before.definition == now.definition:
        return before, []
    return None, [key for key in before.steps if key not in now.steps]


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
