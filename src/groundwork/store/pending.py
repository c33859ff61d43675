"""Commands that the engine has not answered yet.

The engine keeps an unanswered command in memory only. Kept here as well, it survives the engine,
is sent again until it is answered, and counts from the moment it was first received.
"""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.commands import Envelope
from groundwork.store.announcements import Topic, announce
from groundwork.store.engine import autocommit, transaction
from groundwork.store.tables import PendingRow, table

_PENDING = table(PendingRow)


class Unanswered(NamedTuple):
    """A command on its way to a chain."""

    chain_id: str
    envelope: Envelope


class Refusal(NamedTuple):
    """The no that a command was answered with at last: a problem's code and its particulars."""

    code: str
    params: dict[str, str]


class Kept(NamedTuple):
    """A command that was kept, and the refusal if it was refused since."""

    envelope: Envelope
    refusal: Refusal | None


class Pending:
    """Keeps commands until they are answered."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def keep(self, chain_id: str, envelope: Envelope) -> None:
        """Keep a command. One kept under the same key before stays as it is."""
        values = {
            "chain_id": chain_id,
            "key": envelope.key,
            "received_at": envelope.received_at,
            "envelope": envelope.model_dump(mode="json"),
        }
        statement = insert(_PENDING).values(values).on_conflict_do_nothing()
        await self._write(statement)

    async def find(self, chain_id: str, key: str) -> Kept | None:
        """What is kept under the key, or None."""
        query = select(_PENDING.c.envelope, _PENDING.c.refusal).where(_is(chain_id, key))
        async with autocommit(self._engine) as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        refusal = Refusal(**row.refusal) if row.refusal else None
        return Kept(Envelope.model_validate(row.envelope), refusal)

    async def oldest(self, limit: int) -> list[Unanswered]:
        """The commands that wait longest, in the order in which they were received."""
        query = (
            select(_PENDING.c.chain_id, _PENDING.c.envelope)
            .where(_PENDING.c.refusal.is_(None))
            .order_by(_PENDING.c.received_at, _PENDING.c.chain_id, _PENDING.c.key)
            .limit(limit)
        )
        async with autocommit(self._engine) as connection:
            rows = (await connection.execute(query)).all()
        return [Unanswered(row.chain_id, Envelope.model_validate(row.envelope)) for row in rows]

    async def refuse(self, chain_id: str, key: str, refusal: Refusal) -> None:
        """Note that a kept command was refused, for whoever asks for its receipt."""
        statement = _PENDING.update().where(_is(chain_id, key)).values(refusal=refusal._asdict())
        await self._write(statement)

    async def drop(self, chain_id: str, key: str) -> None:
        """Forget a command that was carried out: its events tell of it."""
        await self._write(_PENDING.delete().where(_is(chain_id, key)))

    async def _write(self, statement: Any) -> None:
        """Carry the statement out, and tell those whose command it was."""
        whose = _PENDING.c.envelope["by"]["id"].astext
        async with transaction(self._engine) as connection:
            persons = (await connection.execute(statement.returning(whose))).scalars().all()
            if persons:
                await announce(connection, Topic.HELD, *persons)


def _is(chain_id: str, key: str) -> ColumnElement[bool]:
    return and_(_PENDING.c.chain_id == chain_id, _PENDING.c.key == key)
