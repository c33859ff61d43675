"""How far calendars and definitions have spread: chains on another one, progress, failures."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, Table, Text, and_, cast, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.fitness import version_key
from groundwork.domain.model import ChainState
from groundwork.domain.rollout import FoundChains, RolloutProgress, named_version
from groundwork.store.announcements import Topic, announce
from groundwork.store.calendar_tables import CalendarRolloutFailureRow, CalendarRolloutRow
from groundwork.store.calendars import Calendars
from groundwork.store.definition_tables import DefinitionRolloutFailureRow, DefinitionRolloutRow
from groundwork.store.engine import autocommit, transaction
from groundwork.store.errors import UnknownDefinition
from groundwork.store.paging import Order, Page, page
from groundwork.store.tables import ChainRow, DefinitionRow, table

_CHAIN = table(ChainRow)
_DEFINITION = table(DefinitionRow)
_RUNNING = _CHAIN.c.state == ChainState.RUNNING.value


class VersionRollouts(ABC):
    """Reads and notes how versions of something spread over the running chains."""

    rollout: ClassVar[Table]
    failure: ClassVar[Table]
    topic: ClassVar[Topic]
    """Who is told when the progress changes."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @abstractmethod
    async def _another(self, version: str) -> ColumnElement[bool]:
        """Which running chains have still to adopt the version."""

    @abstractmethod
    def _same(self, version: str) -> ColumnElement[bool]:
        """Which chains have adopted it."""

    @abstractmethod
    async def _is_superseded(self, version: str) -> bool:
        """Whether a later version takes its place."""

    async def outstanding(self, version: str, after: str, limit: int) -> FoundChains:
        """The next running chains that have to adopt the version, and how many there are."""
        another = await self._another(version)
        async with autocommit(self._engine) as connection:
            rows = await connection.execute(
                select(_CHAIN.c.id)
                .where(another, _CHAIN.c.id > after)
                .order_by(_CHAIN.c.id)
                .limit(limit)
            )
            left = await connection.scalar(_count(another))
        return FoundChains(
            chains=tuple(row.id for row in rows),
            left=left or 0,
            superseded=await self._is_superseded(version),
        )

    async def count_outstanding(self, version: str) -> int:
        """How many running chains have to adopt the version."""
        another = await self._another(version)
        async with autocommit(self._engine) as connection:
            return await connection.scalar(_count(another)) or 0

    async def snapshots(self, version: str, size: int) -> AsyncIterator[Sequence[str]]:
        """The running chains that have to adopt the version, as JSON, in pages."""
        after, another = "", await self._another(version)
        while True:
            query = (
                select(_CHAIN.c.id, cast(_CHAIN.c.snapshot, Text).label("snapshot"))
                .where(another, _CHAIN.c.id > after)
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
        """Those of the chains whose record says that they adopted the version."""
        query = select(_CHAIN.c.id).where(_CHAIN.c.id.in_(chains), self._same(version))
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
        statement = insert(self.rollout).values(values)
        async with transaction(self._engine) as connection:
            await connection.execute(
                statement.on_conflict_do_update(index_elements=["version"], set_=changes)
            )
            await announce(connection, self.topic)

    async def find(self, version: str) -> RolloutProgress | None:
        """How far the rollout of a version is; None where none began."""
        query = select(self.rollout).where(self.rollout.c.version == version)
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
        failure = self.failure
        values = [
            {"version": version, "chain_id": chain, "reason": reason, "attempts": 1, "at": at}
            for chain, reason in failed.items()
        ]
        async with transaction(self._engine) as connection:
            await connection.execute(
                failure.delete().where(
                    failure.c.version == version, failure.c.chain_id.in_(list(done))
                )
            )
            if values:
                fresh = insert(failure).values(values)
                again = {
                    "reason": fresh.excluded.reason,
                    "at": fresh.excluded.at,
                    "attempts": failure.c.attempts + 1,
                }
                await connection.execute(
                    fresh.on_conflict_do_update(index_elements=["version", "chain_id"], set_=again)
                )

    async def failures(self, version: str, *, cursor: str | None = None, limit: int = 50) -> Page:
        """The chains that could not adopt a version yet, by id."""
        query = select(self.failure).where(self.failure.c.version == version)
        async with autocommit(self._engine) as connection:
            return await page(connection, query, Order([self.failure.c.chain_id]), cursor, limit)


def _column(field: str) -> str:
    return "chains_left" if field == "left" else field


def _count(another: ColumnElement[bool]) -> Any:
    return select(func.count()).select_from(_CHAIN).where(another)


class Rollouts(VersionRollouts):
    """How the versions of the calendar spread: the one published last is followed by all."""

    rollout, failure = table(CalendarRolloutRow), table(CalendarRolloutFailureRow)
    topic = Topic.CALENDARS

    async def _another(self, version: str) -> ColumnElement[bool]:
        return and_(_RUNNING, _CHAIN.c.calendar_version != version)

    def _same(self, version: str) -> ColumnElement[bool]:
        return _CHAIN.c.calendar_version == version

    async def _is_superseded(self, version: str) -> bool:
        in_force = await Calendars(self._engine).in_force()
        return in_force not in {None, version}


class DefinitionRollouts(VersionRollouts):
    """How the versions of definitions spread; a version is written `land-to-construction@1.2.0`."""

    rollout, failure = table(DefinitionRolloutRow), table(DefinitionRolloutFailureRow)
    topic = Topic.DEFINITIONS

    async def running(self) -> dict[tuple[str, str], int]:
        """How many running chains go by each version of each definition."""
        pinned = (_CHAIN.c.definition_id, _CHAIN.c.definition_version)
        query = select(*pinned, func.count().label("chains")).where(_RUNNING).group_by(*pinned)
        async with autocommit(self._engine) as connection:
            found = await connection.execute(query)
            return {(row.definition_id, row.definition_version): row.chains for row in found}

    async def hash_of(self, version: str) -> str:
        """The content hash of a stored definition. Raises UnknownDefinition."""
        kind, number = named_version(version)
        query = select(_DEFINITION.c.hash).where(
            _DEFINITION.c.id == kind, _DEFINITION.c.version == number
        )
        async with autocommit(self._engine) as connection:
            found = await connection.scalar(query)
        if found is None:
            raise UnknownDefinition(f"definition {version} is not in the store; publish it first")
        return str(found)

    async def _another(self, version: str) -> ColumnElement[bool]:
        """Those on older versions; a chain never goes back to an older one."""
        kind, number = named_version(version)
        query = (
            select(_CHAIN.c.definition_version)
            .distinct()
            .where(_RUNNING, _CHAIN.c.definition_id == kind)
        )
        async with autocommit(self._engine) as connection:
            known = (await connection.execute(query)).scalars().all()
        older = [one for one in known if version_key(one) < version_key(number)]
        return and_(
            _RUNNING, _CHAIN.c.definition_id == kind, _CHAIN.c.definition_version.in_(older)
        )

    def _same(self, version: str) -> ColumnElement[bool]:
        kind, number = named_version(version)
        return and_(_CHAIN.c.definition_id == kind, _CHAIN.c.definition_version == number)

    async def _is_superseded(self, version: str) -> bool:
        kind, number = named_version(version)
        query = select(self.rollout.c.version).where(self.rollout.c.version.startswith(f"{kind}@"))
        async with autocommit(self._engine) as connection:
            begun = (await connection.execute(query)).scalars().all()
        return any(version_key(named_version(one)[1]) > version_key(number) for one in begun)
