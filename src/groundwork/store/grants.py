"""What people were given: each grant is a row, and giving and taking are on record."""

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.grants import Grant
from groundwork.store.announcements import Topic, announce
from groundwork.store.duties import Written, note
from groundwork.store.engine import autocommit, transaction
from groundwork.store.paging import Row
from groundwork.store.people_tables import GrantRow
from groundwork.store.tables import table

_GRANT = table(GrantRow)


class Grants:
    """Gives, takes and reads."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def give(self, person: str, grant: Grant, written: Written) -> Row:
        """Give something to a person who is there. Giving it twice is giving it once."""
        row = {
            "person_id": person,
            "kind": grant.kind.value,
            "value": grant.value,
            "granted_by": written.by,
            "granted_at": datetime.now(UTC),
        }
        new = insert(_GRANT).values(row).on_conflict_do_nothing().returning(_GRANT.c.kind)
        async with transaction(self._engine) as connection:
            if (await connection.execute(new)).one_or_none():
                await note(connection, written, person, "grant_given", grant.key)
                await announce(connection, Topic.PEOPLE)
                return row
            found = await connection.execute(select(_GRANT).where(*_is(person, grant)))
            return dict(found.mappings().one())

    async def take(self, person: str, grant: Grant, written: Written) -> bool:
        """Take something back from a person; whether they had it."""
        async with transaction(self._engine) as connection:
            had = (await connection.execute(delete(_GRANT).where(*_is(person, grant)))).rowcount
            if had:
                await note(connection, written, person, "grant_taken", grant.key)
                await announce(connection, Topic.PEOPLE)
        return bool(had)

    async def of(self, people: Iterable[str]) -> dict[str, list[Row]]:
        """What these people were given, by their ids; each by kind and value."""
        wanted = sorted(set(people))
        query = select(_GRANT).where(_GRANT.c.person_id.in_(wanted))
        found: dict[str, list[Row]] = {one: [] for one in wanted}
        async with autocommit(self._engine) as connection:
            ordered = query.order_by(_GRANT.c.kind, _GRANT.c.value)
            for row in (await connection.execute(ordered)).mappings():
                found[row["person_id"]].append(dict(row))
        return found


def _is(person: str, grant: Grant) -> tuple[ColumnElement[bool], ...]:
    return (
        _GRANT.c.person_id == person,
        _GRANT.c.kind == grant.kind.value,
        _GRANT.c.value == grant.value,
    )
