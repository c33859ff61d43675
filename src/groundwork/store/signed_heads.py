"""Signs what the record holds, once a day, and keeps what was signed.

Signing again changes nothing; days that were missed are made up for, each head saying when it was
signed. Chains are listed only where they grew since the head before, so the table stays small.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from groundwork.domain.calendar import local_date
from groundwork.store.engine import autocommit, transaction
from groundwork.store.head_check import HeadsCheck, SignedHead, denial_hash, make_head
from groundwork.store.head_tables import HeadStampRow, SignedHeadRow
from groundwork.store.signatures import SigningKey
from groundwork.store.tables import ChainRow, DenialRow, table

_HEAD = table(SignedHeadRow)
_STAMP = table(HeadStampRow)
_CHAIN = table(ChainRow)
_DENIAL = table(DenialRow)

_KEPT = tuple(_HEAD.columns.keys())
_LOCK = 0x68656164
"""The advisory lock of whoever signs: "head" in ASCII."""


class Unstamped(NamedTuple):
    """A head that has no time stamp yet, and the hash to be stamped."""

    day: date
    hash: str


class SignedHeads:
    """Makes signed heads and reads them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def sign(self, at: datetime, key: SigningKey) -> list[date]:
        """Sign a head for every day that is over at that moment and has none; which days.

        Before there is any head, only the day before has one made.
        """
        async with transaction(self._engine) as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            check = HeadsCheck()
            for head in await read_heads(connection):
                list(check.show(head))
            # Whoever writes a refused attempt is waited for, so that no lower id appears later.
            await connection.execute(text("LOCK TABLE denial IN SHARE MODE"))
            yesterday = local_date(at) - timedelta(days=1)
            day = check.last.day + timedelta(days=1) if check.last else yesterday
            days = []
            while day <= yesterday:
                await _sign(connection, day, check, key)
                days.append(day)
                day += timedelta(days=1)
            return days

    async def list(self, limit: int = 100) -> list[SignedHead]:
        """The newest heads, newest first, without what they list."""
        query = _query(whole=False).order_by(_HEAD.c.day.desc()).limit(limit)
        async with autocommit(self._engine) as connection:
            return [_head(row) for row in (await connection.execute(query)).mappings()]

    async def keys(self) -> Sequence[tuple[str, date]]:
        """The public keys that signed, each with its first day, oldest first."""
        since = func.min(_HEAD.c.day).label("since")
        query = select(_HEAD.c.public_key, since).group_by(_HEAD.c.public_key).order_by(since)
        async with autocommit(self._engine) as connection:
            return [(key, day) for key, day in await connection.execute(query)]

    async def unstamped(self, limit: int = 100) -> Sequence[Unstamped]:
        """Heads without a time stamp, oldest first."""
        query = (
            select(_HEAD.c.day, _HEAD.c.hash)
            .outerjoin(_STAMP, _STAMP.c.day == _HEAD.c.day)
            .where(_STAMP.c.day.is_(None))
            .order_by(_HEAD.c.day)
            .limit(limit)
        )
        async with autocommit(self._engine) as connection:
            return [Unstamped(*row) for row in await connection.execute(query)]

    async def stamp(self, day: date, authority: str, response: str) -> None:
        """Keep an authority's answer for a head; a second one for the same head is dropped."""
        values = {"day": day, "authority": authority, "response": response}
        async with transaction(self._engine) as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            known = await connection.execute(select(_STAMP.c.day).where(_STAMP.c.day == day))
            if known.one_or_none() is None:
                stamped = values | {"stamped_at": datetime.now(UTC)}
                await connection.execute(_STAMP.insert().values(stamped))


async def read_heads(connection: AsyncConnection) -> list[SignedHead]:
    """All signed heads by day, with what they list."""
    query = _query(whole=True).order_by(_HEAD.c.day)
    return [_head(row) for row in (await connection.execute(query)).mappings()]


async def read_denials(
    connection: AsyncConnection, after: int | None = None
) -> list[dict[str, Any]]:
    """Refused attempts by id; without `after` all, whatever their ids."""
    query = select(_DENIAL).order_by(_DENIAL.c.id)
    if after is not None:
        query = query.where(_DENIAL.c.id > after)
    return [dict(row) for row in (await connection.execute(query)).mappings()]


async def _sign(connection: AsyncConnection, day: date, check: HeadsCheck, key: SigningKey) -> None:
    chains = await connection.execute(
        select(_CHAIN.c.id, _CHAIN.c.seq, _CHAIN.c.head_hash).order_by(_CHAIN.c.id)
    )
    now = {chain: (seq, found) for chain, seq, found in chains}
    grown = [[one, *leaf] for one, leaf in now.items() if check.leaves.get(one) != leaf]
    fresh = await read_denials(connection, check.newest_denial)
    denials = [[row["id"], denial_hash(row)] for row in fresh]
    # A chain that is gone stays in the head: the check is to find it.
    leaves = check.leaves | now
    statement, found, signature = make_head(day, check.last, leaves, denials, key)
    head = SignedHead(day, statement, found, signature, key.public, grown, denials)
    values = {name: getattr(head, name) for name in _KEPT}
    await connection.execute(_HEAD.insert().values(values))
    list(check.show(head))


def _query(*, whole: bool) -> Any:
    kept = [one for one in _HEAD.c if whole or one.name not in {"leaves", "denials"}]
    joined = _HEAD.outerjoin(_STAMP, _STAMP.c.day == _HEAD.c.day)
    return select(*kept, _STAMP.c.response).select_from(joined)


def _head(row: Any) -> SignedHead:
    return SignedHead(
        day=row["day"],
        statement=row["statement"],
        hash=row["hash"],
        signature=row["signature"],
        public_key=row["public_key"],
        leaves=row.get("leaves"),
        denials=row.get("denials"),
        stamp=row["response"],
    )
