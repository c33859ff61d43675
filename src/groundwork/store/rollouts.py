"""How far calendars have spread: chains that follow another one, progress, and failures."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.model import ChainState
from groundwork.domain.rollout import FoundChains, RolloutProgress
from groundwork.store.announcements import Topic, announce
from groundwork.store.calendar_tables import CalendarRolloutFailureRow, CalendarRolloutRow
from groundwork.store.calendars import Calendars
from groundwork.store.engine import autocommit, transaction
from groundwork.store.paging import Order, Page, page
from groundwork.store.tables import ChainRow, table

_CHAIN = table(ChainRow)
_ROLLOUT = table(CalendarRolloutRow)
_FAILURE = table(CalendarRolloutFailureRow)


class Rollouts:
    """Reads and notes how the versions of the calendar spread."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def outstanding(self, version: str, after: str, limit: int) -> FoundChains:
        """The next running chains that follow another calendar, and how many there are."""
        async with autocommit(self._engine) as connection:
            rows = await connection.execute(
                select(_CHAIN.c.id)
                .where(_follows_another(version), _CHAIN.c.id > after)
                .order_by(_CHAIN.c.id)
                .limit(limit)
            )
            left = await connection.scalar(_count(version))
        in_force = await Calendars(self._engine).in_force()
        return FoundChains(
            chains=tuple(row.id for row in rows),
            left=left or 0,
            superseded=in_force not in {None, version},
        )

    async def count_outstanding(self, version: str) -> int:
        """How many running chains follow another calendar."""
        async with autocommit(self._engine) as connection:
            return await connection.scalar(_count(version)) or 0

    async def snapshots(self, version: str, size: int) -> AsyncIterator[Sequence[str]]:
        """The running chains that follow another calendar, as JSON, in pages."""
        after = ""
        while True:
            query = (
                select(_CHAIN.c.id, cast(_CHAIN.c.snapshot, Text).label("snapshot"))
                .where(_follows_another(version), _CHAIN.c.id > after)
                .order_by(_CHAIN.c.id)
                .limit(size)
            )
            async with autocommit(self._engine) as connection:
                rows = (await connection.execute(query)).all()
            if not rows:
                return
            after = rows[-1].id
            yield [row.snapshot for row in rows]

    async def following(self, version: str, chains: Sequence[str]) -> set[str]:
        """Those of the chains whose record says that they follow the version."""
        query = select(_CHAIN.c.id).where(
            _CHAIN.c.id.in_(chains), _CHAIN.c.calendar_version == version
        )
        async with autocommit(self._engine) as connection:
            return {row.id for row in await connection.execute(query)}

    async def ended(self, chains: Sequence[str]) -> set[str]:
        """Those of the chains that have ended, as far as is recorded."""
        query = select(_CHAIN.c.id).where(
            _CHAIN.c.id.in_(chains), _CHAIN.c.state != ChainState.RUNNING.value
        )
        async with autocommit(self._engine) as connection:
            return {row.id for row in await connection.execute(query)}

    async def note(self, progress: RolloutProgress) -> None:
        """Note how far a rollout is."""
        values = {_column(name): value for name, value in dict(progress).items()}
        changes = {name: value for name, value in values.items() if name != "version"}
        statement = insert(_ROLLOUT).values(values)
        async with transaction(self._engine) as connection:
            await connection.execute(
                statement.on_conflict_do_update(index_elements=["version"], set_=changes)
            )
            await announce(connection, Topic.CALENDARS)

    async def find(self, version: str) -> RolloutProgress | None:
        """How far the rollout of a version is; None where none began."""
        query = select(_ROLLOUT).where(_ROLLOUT.c.version == version)
        async with autocommit(self._engine) as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        if row is None:
            return None
        return RolloutProgress.model_validate(
            {name: row[_column(name)] for name in RolloutProgress.model_fields}
        )

    async def settle(
        self, version: str, done: Iterable[str], failed: Mapping[str, str], at: datetime
    ) -> None:
        """Forget the failures of chains that are done, and keep those that failed: why, how often.

        `failed` maps a chain to the code of its reason.
        """
        values = [
            {"version": version, "chain_id": chain, "reason": reason, "attempts": 1, "at": at}
            for chain, reason in failed.items()
        ]
        async with transaction(self._engine) as connection:
            await connection.execute(
                _FAILURE.delete().where(_of(version), _FAILURE.c.chain_id.in_(list(done)))
            )
            if values:
                fresh = insert(_FAILURE).values(values)
                again = {
                    "reason": fresh.excluded.reason,
                    "at": fresh.excluded.at,
                    "attempts": _FAILURE.c.attempts + 1,
                }
                await connection.execute(
                    fresh.on_conflict_do_update(index_elements=["version", "chain_id"], set_=again)
                )

    async def failures(self, version: str, *, cursor: str | None = None, limit: int = 50) -> Page:
        """The chains that could not adopt a version yet, by id."""
        query = select(_FAILURE).where(_of(version))
        async with autocommit(self._engine) as connection:
            return await page(connection, query, Order([_FAILURE.c.chain_id]), cursor, limit)


def _column(field: str) -> str:
    return "chains_left" if field == "left" else field


def _of(version: str) -> ColumnElement[bool]:
    return _FAILURE.c.version == version


def _follows_another(version: str) -> ColumnElement[bool]:
    return and_(_CHAIN.c.state == ChainState.RUNNING.value, _CHAIN.c.calendar_version != version)


def _count(version: str) -> Any:
    return select(func.count()).select_from(_CHAIN).where(_follows_another(version))
