"""Chain definitions and calendars, kept for ever because chains are pinned to them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.calendar import Calendar, calendar_hash
from groundwork.domain.definition import ChainDefinition
from groundwork.domain.model import Chain
from groundwork.store.engine import autocommit
from groundwork.store.errors import ContentDiffers, UnknownDefinition
from groundwork.store.tables import CalendarRow, DefinitionRow, table

_DEFINITION = table(DefinitionRow)
_CALENDAR = table(CalendarRow)

FindDefinition = Callable[[str], ChainDefinition]
"""Finds a definition by its content hash; raises KeyError for an unknown one."""


def pinned(find: FindDefinition, chain: Chain) -> ChainDefinition:
    """The definition a chain is pinned to. Raises UnknownDefinition when it cannot be found."""
    reference = chain.definition
    try:
        return find(reference.hash)
    except KeyError:
        raise UnknownDefinition(
            f"chain {chain.id}: its definition {reference.id} {reference.version}"
            f" ({reference.hash}) is not in the store; publish it first"
        ) from None


class Definitions:
    """Saves definitions and calendars, once each, and loads them all.

    Saving the same again does nothing; saving other content in its place raises ContentDiffers.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def save(self, content_hash: str, definition: ChainDefinition) -> None:
        """Save a definition under the hash of its content."""
        values = {
            "hash": content_hash,
            "id": definition.id,
            "version": definition.version,
            "body": definition.model_dump(mode="json"),
            "created_at": datetime.now(UTC),
        }
        async with autocommit(self._engine) as connection:
            await connection.execute(insert(_DEFINITION).values(values).on_conflict_do_nothing())
            saved = await connection.scalar(
                select(_DEFINITION.c.body).where(_DEFINITION.c.hash == content_hash)
            )
        # As values: an earlier release wrote the body without the fields that were added since.
        if ChainDefinition.model_validate(saved) != definition:
            raise ContentDiffers(
                f"definition {definition.id} {definition.version}: another definition is saved"
                f" under its hash {content_hash}; the hash must be computed from the content"
            )

    async def save_calendar(self, calendar: Calendar) -> None:
        """Save a calendar under its version."""
        values = {
            "version": calendar.version,
            "hash": calendar_hash(calendar),
            "body": calendar.model_dump(mode="json"),
        }
        async with autocommit(self._engine) as connection:
            await connection.execute(insert(_CALENDAR).values(values).on_conflict_do_nothing())
            saved = await connection.scalar(
                select(_CALENDAR.c.hash).where(_CALENDAR.c.version == calendar.version)
            )
        if saved != values["hash"]:
            raise ContentDiffers(
                f"calendar {calendar.version} is saved with other content, and chains may rely on"
                " it; publish the change as a new version"
            )

    async def all(self) -> dict[str, ChainDefinition]:
        """Every definition by its content hash."""
        rows = await self._bodies(_DEFINITION.c.hash, _DEFINITION.c.body)
        return {content_hash: ChainDefinition.model_validate(body) for content_hash, body in rows}

    async def all_calendars(self) -> dict[str, Calendar]:
        """Every calendar by its version."""
        rows = await self._bodies(_CALENDAR.c.version, _CALENDAR.c.body)
        return {version: Calendar.model_validate(body) for version, body in rows}

    async def _bodies(self, key: Any, body: Any) -> list[tuple[str, Any]]:
        async with autocommit(self._engine) as connection:
            return [(row[0], row[1]) for row in await connection.execute(select(key, body))]
