"""Refused attempts. The engine keeps no trace of what it rejects, so they are written here."""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.store.engine import autocommit
from groundwork.store.paging import Order, Page, page
from groundwork.store.tables import DenialRow, table

_DENIAL = table(DenialRow)


class Denials:
    """Writes and lists refused attempts."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def write(self, actor: str | None, action: str, subject: str, reason: str) -> None:
        """Note that an action on a subject was refused.

        Opaque ids and codes only, never a name or a free text: `actor` is a person's id, or None
        for somebody unknown, `subject` for instance a chain's id and `reason` a rejection's code.
        """
        values = {"actor": actor, "action": action, "subject": subject, "reason": reason}
        async with autocommit(self._engine) as connection:
            await connection.execute(_DENIAL.insert().values(values | {"at": datetime.now(UTC)}))

    async def page(self, *, cursor: str | None = None, limit: int = 100) -> Page:
        """Refused attempts, newest first."""
        order = Order([_DENIAL.c.at, _DENIAL.c.id], descending=True)
        async with autocommit(self._engine) as connection:
            return await page(connection, select(_DENIAL), order, cursor, limit)
