"""Saved views: filters of lists that a person keeps under names, in an order of their own."""

from collections.abc import Sequence
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any, Final

from sqlalchemy import Select, case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from groundwork.store.engine import autocommit, transaction
from groundwork.store.errors import TooManyViews, ViewExists
from groundwork.store.paging import Row
from groundwork.store.reader_tables import SavedViewRow
from groundwork.store.tables import PersonRow, table

MOST_VIEWS: Final = 30
"""How many views of one list a person may keep: as many as one menu can show."""

_VIEW = table(SavedViewRow)
_PERSON = table(PersonRow)
_SHOWN = (
    _VIEW.c.id,
    _VIEW.c.list,
    _VIEW.c.name,
    _VIEW.c.query,
    _VIEW.c.position,
    _VIEW.c.created_at,
)


class SavedViews:
    """Keeps views. Each person sees and changes their own alone."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def of(self, person: str, of_list: str | None = None) -> list[Row]:
        """A person's views, list by list in their order."""
        query = select(*_SHOWN).where(_VIEW.c.person_id == person)
        if of_list is not None:
            query = query.where(_VIEW.c.list == of_list)
        ordered = query.order_by(_VIEW.c.list, _VIEW.c.position, _VIEW.c.id)
        async with autocommit(self._engine) as connection:
            return [dict(row) for row in (await connection.execute(ordered)).mappings()]

    async def add(self, person: str, of_list: str, name: str, query: str) -> Row:
        """Keep a view behind the others. Raises ViewExists, TooManyViews."""
        async with transaction(self._engine) as connection:
            await _one_at_a_time(connection, person)
            theirs = (_VIEW.c.person_id == person, _VIEW.c.list == of_list)
            counted = select(func.count(), func.coalesce(func.max(_VIEW.c.position), 0))
            count, last = (await connection.execute(counted.where(*theirs))).one()
            await _refuse_taken(connection, person, of_list, name)
            if count >= MOST_VIEWS:
                raise TooManyViews(f"there are {MOST_VIEWS} views of this list; delete one first")
            values = {
                "id": f"v-{token_hex(6)}",
                "person_id": person,
                "list": of_list,
                "name": name,
                "query": query,
                "position": last + 1,
                "created_at": datetime.now(UTC),
            }
            statement = insert(_VIEW).values(values).returning(*_SHOWN)
            return dict((await connection.execute(statement)).mappings().one())

    async def get(self, person: str, view: str) -> Row | None:
        """One of a person's views."""
        async with autocommit(self._engine) as connection:
            row = (await connection.execute(_one(person, view))).mappings().one_or_none()
        return dict(row) if row else None

    async def change(
        self, person: str, view: str, *, name: str | None = None, query: str | None = None
    ) -> Row | None:
        """Rename a view or give it other filters; None when there is no such view of theirs.

        Raises ViewExists when the name is taken.
        """
        async with transaction(self._engine) as connection:
            await _one_at_a_time(connection, person)
            row = (await connection.execute(_one(person, view))).mappings().one_or_none()
            if row is None:
                return None
            if name is not None and name != row["name"]:
                await _refuse_taken(connection, person, row["list"], name)
            values = {
                "name": row["name"] if name is None else name,
                "query": row["query"] if query is None else query,
            }
            statement = update(_VIEW).where(_VIEW.c.id == view).values(values)
            changed = await connection.execute(statement.returning(*_SHOWN))
            return dict(changed.mappings().one())

    async def remove(self, person: str, view: str) -> bool:
        """Forget a view; False when there is no such view of theirs."""
        statement = delete(_VIEW).where(_VIEW.c.person_id == person, _VIEW.c.id == view)
        async with autocommit(self._engine) as connection:
            return (await connection.execute(statement)).rowcount > 0

    async def reorder(self, person: str, of_list: str, views: Sequence[str]) -> list[Row]:
        """Put these views of a list first, in this order; the others follow as they stood.

        Ids that are none of theirs are passed over: somebody deleted them meanwhile.
        """
        places = {view: place for place, view in enumerate(dict.fromkeys(views), start=1)}
        async with transaction(self._engine) as connection:
            await _one_at_a_time(connection, person)
            theirs = (_VIEW.c.person_id == person, _VIEW.c.list == of_list)
            ordered = select(_VIEW.c.id).where(*theirs).order_by(_VIEW.c.position, _VIEW.c.id)
            known = (await connection.execute(ordered)).scalars().all()
            wanted = sorted(known, key=lambda one: places.get(one, len(places) + 1))
            numbered = {one: place for place, one in enumerate(wanted, start=1)}
            if numbered:
                moved = update(_VIEW).where(*theirs)
                position = case(numbered, value=_VIEW.c.id)
                await connection.execute(moved.values(position=position))
        return await self.of(person, of_list)


async def _one_at_a_time(connection: AsyncConnection, person: str) -> None:
    """Have a person's other writes wait, so that two at once do not pass the limit together."""
    query = select(_PERSON.c.id).where(_PERSON.c.id == person)
    await connection.execute(query.with_for_update(key_share=True))


async def _refuse_taken(connection: AsyncConnection, person: str, of_list: str, name: str) -> None:
    query = select(_VIEW.c.id).where(
        _VIEW.c.person_id == person, _VIEW.c.list == of_list, _VIEW.c.name == name
    )
    if (await connection.execute(query)).one_or_none() is not None:
        raise ViewExists("a view of this list has that name already; choose another one")


def _one(person: str, view: str) -> Select[Any]:
    return select(*_SHOWN).where(_VIEW.c.person_id == person, _VIEW.c.id == view)
