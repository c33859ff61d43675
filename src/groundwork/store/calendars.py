"""Versions of the calendar: brought in once, published once, and which of them is in force."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.calendar import Calendar, calendar_hash
from groundwork.store.announcements import Topic, announce
from groundwork.store.calendar_tables import CalendarImportRow, CalendarPublicationRow
from groundwork.store.engine import autocommit, transaction
from groundwork.store.errors import ContentDiffers, UnknownCalendar
from groundwork.store.paging import Row
from groundwork.store.tables import CalendarRow, table

_CALENDAR = table(CalendarRow)
_IMPORT = table(CalendarImportRow)
_PUBLICATION = table(CalendarPublicationRow)


class Origin(NamedTuple):
    """Where a version comes from: who brought it in and when, of which kind, after which base."""

    at: datetime
    by: str
    kind: str
    base: str | None
    source: str
    note: str


class Calendars:
    """Adds, publishes and lists versions. Nothing here changes one that is there."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, calendar: Calendar, origin: Origin) -> bool:
        """Keep a new version for ever, with its origin; False when it was there already.

        Raises ContentDiffers when the version is there with other content.
        """
        body = {
            "version": calendar.version,
            "hash": calendar_hash(calendar),
            "body": calendar.model_dump(mode="json"),
        }
        history = {
            "version": calendar.version,
            "imported_at": origin.at,
            "imported_by": origin.by,
            "kind": origin.kind,
            "base": origin.base,
            "source": origin.source,
            "note": origin.note,
        }
        async with transaction(self._engine) as connection:
            keep = insert(_CALENDAR).values(body).on_conflict_do_nothing()
            if await connection.scalar(keep.returning(_CALENDAR.c.version)) is not None:
                await connection.execute(_IMPORT.insert().values(history))
                await announce(connection, Topic.CALENDARS)
                return True
            saved = await connection.scalar(
                select(_CALENDAR.c.hash).where(_CALENDAR.c.version == calendar.version)
            )
        if saved != body["hash"]:
            raise ContentDiffers(
                f"calendar {calendar.version} is saved with other content, and chains may rely on"
                " it; choose another name for the new version"
            )
        return False

    async def find(self, version: str) -> Calendar | None:
        """The calendar of that version, or None."""
        query = select(_CALENDAR.c.body).where(_CALENDAR.c.version == version)
        async with autocommit(self._engine) as connection:
            body = await connection.scalar(query)
        return Calendar.model_validate(body) if body is not None else None

    async def all(self) -> dict[str, Calendar]:
        """Every calendar by its version."""
        query = select(_CALENDAR.c.version, _CALENDAR.c.body)
        async with autocommit(self._engine) as connection:
            rows = (await connection.execute(query)).all()
        return {row.version: Calendar.model_validate(row.body) for row in rows}

    async def histories(self) -> dict[str, Row]:
        """What is known of every version's way: its import and publication, as far as any."""
        query = (
            select(
                _CALENDAR.c.version,
                _CALENDAR.c.hash,
                *(c for c in _IMPORT.c if c.name not in {"version", "source"}),
                *(c for c in _PUBLICATION.c if c.name not in {"version", "note"}),
            )
            .outerjoin(_IMPORT, _IMPORT.c.version == _CALENDAR.c.version)
            .outerjoin(_PUBLICATION, _PUBLICATION.c.version == _CALENDAR.c.version)
        )
        async with autocommit(self._engine) as connection:
            rows = (await connection.execute(query)).mappings().all()
        return {row["version"]: dict(row) for row in rows}

    async def publish(self, version: str, by: str, note: str, at: datetime) -> datetime:
        """Put a version in force from now on; when it was first published.

        Publishing it again changes nothing. Raises UnknownCalendar.
        """
        values = {"version": version, "published_at": at, "published_by": by, "note": note}
        when = select(_PUBLICATION.c.published_at).where(_PUBLICATION.c.version == version)
        async with transaction(self._engine) as connection:
            known = select(_CALENDAR.c.version).where(_CALENDAR.c.version == version)
            if await connection.scalar(known) is None:
                raise UnknownCalendar(
                    f"there is no calendar {version} in the store; add it before it is published"
                )
            first = insert(_PUBLICATION).values(values).on_conflict_do_nothing()
            if await connection.scalar(first.returning(_PUBLICATION.c.version)) is not None:
                await announce(connection, Topic.CALENDARS)
            published: datetime = (await connection.execute(when)).scalar_one()
        return published

    async def in_force(self) -> str | None:
        """The version that was published last; None while none ever was."""
        async with autocommit(self._engine) as connection:
            version: str | None = await connection.scalar(_newest())
        return version


def _newest() -> Select[tuple[str]]:
    """The version that was published last."""
    order = (_PUBLICATION.c.published_at.desc(), _PUBLICATION.c.version.desc())
    return select(_PUBLICATION.c.version).order_by(*order).limit(1)
