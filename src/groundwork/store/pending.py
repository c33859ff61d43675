"""Commands that the engine has not answered yet.

The engine keeps an unanswered command in memory only. Kept here as well, it survives the engine,
is sent again until it is answered, and counts from the moment it was first received.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, and_, false, func, not_, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.commands import Envelope
from groundwork.store.announcements import Topic, announce
from groundwork.store.engine import autocommit, transaction
from groundwork.store.tables import PendingRow, table

_PENDING = table(PendingRow)

_sender = _PENDING.c.envelope["by"]["id"].astext
_is_held = func.coalesce(_PENDING.c.not_before > func.now(), false())
"""The database's own clock decides, so that nothing is both sent and taken back."""


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


class Held(NamedTuple):
    """A command that its sender could take back for a while.

    `until` is when it is sent; `refusal` tells that it was sent then, and refused.
    """

    chain_id: str
    key: str
    verb: str
    step: str | None
    until: datetime
    refusal: Refusal | None


class Backlog(NamedTuple):
    """Commands that the engine has not answered: how many, since when, and how many it refused."""

    waiting: int
    since: datetime | None
    refused: int


class Pending:
    """Keeps commands until they are answered."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def keep(
        self, chain_id: str, envelope: Envelope, *, not_before: datetime | None = None
    ) -> None:
        """Keep a command. One kept under the same key before stays as it is.

        Until `not_before` it is not sent, and may be taken back.
        """
        values = {
            "chain_id": chain_id,
            "key": envelope.key,
            "received_at": envelope.received_at,
            "envelope": envelope.model_dump(mode="json"),
            "not_before": not_before,
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
            .where(_PENDING.c.refusal.is_(None), not_(_is_held))
            .order_by(_PENDING.c.received_at, _PENDING.c.chain_id, _PENDING.c.key)
            .limit(limit)
        )
        async with autocommit(self._engine) as connection:
            rows = (await connection.execute(query)).all()
        return [Unanswered(row.chain_id, Envelope.model_validate(row.envelope)) for row in rows]

    async def of(self, person_id: str) -> list[Held]:
        """A person's commands that were held and are not carried out, in their order."""
        query = (
            select(_PENDING)
            .where(_sender == person_id, _PENDING.c.not_before.is_not(None))
            .order_by(_PENDING.c.received_at, _PENDING.c.key)
        )
        async with autocommit(self._engine) as connection:
            rows = (await connection.execute(query)).all()
        return [_held(row) for row in rows]

    async def backlog(self) -> Backlog:
        """What waits for the engine; what is held for its sender does not."""
        waiting = and_(_PENDING.c.refusal.is_(None), not_(_is_held))
        query = select(
            func.count().filter(waiting),
            func.min(_PENDING.c.received_at).filter(waiting),
            func.count().filter(_PENDING.c.refusal.is_not(None)),
        )
        async with autocommit(self._engine) as connection:
            row = (await connection.execute(query)).one()
        return Backlog(row[0], row[1], row[2])

    async def take_back(self, commands: Collection[tuple[str, str]], person_id: str) -> int:
        """Forget commands, by chain and key, that their sender thought better of.

        How many that were: one that is sent is taken back no more.
        """
        statement = _PENDING.delete().where(
            _among(commands), _sender == person_id, _PENDING.c.refusal.is_(None), _is_held
        )
        return await self._write(statement)

    async def dismiss(self, commands: Collection[tuple[str, str]], person_id: str) -> None:
        """Forget refusals, by chain and key, that their sender has read."""
        statement = _PENDING.delete().where(
            _among(commands), _sender == person_id, _PENDING.c.refusal.is_not(None)
        )
        await self._write(statement)

    async def refuse(self, chain_id: str, key: str, refusal: Refusal) -> None:
        """Note that a kept command was refused, for whoever asks for its receipt."""
        statement = _PENDING.update().where(_is(chain_id, key)).values(refusal=refusal._asdict())
        await self._write(statement)

    async def drop(self, chain_id: str, key: str) -> None:
        """Forget a command that was carried out: its events tell of it."""
        await self._write(_PENDING.delete().where(_is(chain_id, key)))

    async def _write(self, statement: Any) -> int:
        """Carry the statement out, and tell those whose commands they were; how many those were."""
        async with transaction(self._engine) as connection:
            senders = (await connection.execute(statement.returning(_sender))).scalars().all()
            if senders:
                await announce(connection, Topic.HELD, *set(senders))
        return len(senders)


def _held(row: Row[Any]) -> Held:
    command = row.envelope["command"]
    refusal = Refusal(**row.refusal) if row.refusal else None
    return Held(
        row.chain_id, row.key, command["type"], command.get("step"), row.not_before, refusal
    )


def _among(commands: Collection[tuple[str, str]]) -> ColumnElement[bool]:
    return tuple_(_PENDING.c.chain_id, _PENDING.c.key).in_(commands)


def _is(chain_id: str, key: str) -> ColumnElement[bool]:
    return and_(_PENDING.c.chain_id == chain_id, _PENDING.c.key == key)
