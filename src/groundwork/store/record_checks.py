"""Checks of the record that overseers ask for: any process can tell how far one is."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.store.announcements import Topic, announce
from groundwork.store.check_tables import RecordCheckRow
from groundwork.store.engine import autocommit, transaction
from groundwork.store.ledger import Finding
from groundwork.store.paging import Row
from groundwork.store.tables import table

_CHECK: Final = table(RecordCheckRow)

LOST_AFTER: Final = timedelta(seconds=60)
"""A check that nobody noted anything of for so long is carried out by nobody any more."""
MOST_FINDINGS: Final = 200

_ONE_AT_A_TIME: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('record check', 0))")


class RecordChecks:
    """Begins, notes and ends checks, and tells of the last."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def begin(self, chain: str | None, by: str) -> int | None:
        """Note that somebody has a chain checked, or all; None while another check is under way."""
        now = datetime.now(UTC)
        under_way = select(_CHECK.c.id).where(
            _CHECK.c.ended_at.is_(None), _CHECK.c.seen_at > now - LOST_AFTER
        )
        begun = {"begun_at": now, "seen_at": now, "done": 0, "total": 0, "findings": []}
        added = _CHECK.insert().values(begun | {"chain_id": chain, "asked_by": by})
        async with transaction(self._engine) as connection:
            await connection.execute(_ONE_AT_A_TIME)
            if (await connection.execute(under_way)).first() is not None:
                return None
            check = (await connection.execute(added.returning(_CHECK.c.id))).scalar_one()
            await announce(connection, Topic.CHECKS)
            return int(check)

    async def note(self, check: int, done: int, total: int) -> None:
        """Note how far a check is."""
        await self._change(check, done=done, total=total, seen_at=datetime.now(UTC))

    async def end(self, check: int, findings: Sequence[Finding] | None) -> None:
        """Note what a check found; None for one that broke off."""
        now = datetime.now(UTC)
        told = [one.model_dump(mode="json") for one in (findings or ())[:MOST_FINDINGS]]
        found = None if findings is None else len(findings)
        await self._change(check, ended_at=now, seen_at=now, found=found, findings=told)

    async def last(self) -> Row | None:
        """The newest check, with `lost` for one that nobody carries out any more."""
        newest = select(_CHECK, func.now().label("now")).order_by(_CHECK.c.id.desc()).limit(1)
        async with autocommit(self._engine) as connection:
            row = (await connection.execute(newest)).mappings().one_or_none()
        if row is None:
            return None
        lost = row["ended_at"] is None and row["seen_at"] < row["now"] - LOST_AFTER
        return dict(row) | {"lost": lost}

    async def _change(self, check: int, **values: object) -> None:
        statement = update(_CHECK).where(_CHECK.c.id == check).values(values)
        async with transaction(self._engine) as connection:
            await connection.execute(statement)
            await announce(connection, Topic.CHECKS)
