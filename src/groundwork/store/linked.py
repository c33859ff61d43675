"""Whom an identity provider means: subjects of an issuer, linked to people by administrators.

A link is by issuer and subject alone, never by a name or mail address, which others may come to
have. One that ended stays on record: who linked whom, and who ended it.
"""

from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Final, Literal, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from groundwork.store import vault
from groundwork.store.engine import autocommit, transaction
from groundwork.store.errors import IdentityTaken, UnknownPerson
from groundwork.store.identity_tables import PersonIdentityRow
from groundwork.store.paging import Row
from groundwork.store.people import PEOPLE, Person, person_of
from groundwork.store.tables import PersonRow, table

_LINK = table(PersonIdentityRow)
_PERSON = table(PersonRow)

_USE_NOTED_EVERY: Final = timedelta(minutes=5)

LinkKind = Literal["person", "system"]


class Linked(NamedTuple):
    """A link in force, and the person it means."""

    id: str
    person: Person


class LinkedIdentities:
    """Links and ends links, and tells whom a subject means."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def link(
        self, person_id: str, issuer: str, subject: str, *, kind: LinkKind, by: str
    ) -> str:
        """Have a subject mean a person from now on; the id of the link.

        Doing it twice is doing it once. Raises UnknownPerson; IdentityTaken when the subject
        means somebody else.
        """
        link_id = f"l-{token_hex(6)}"
        row = {
            "id": link_id,
            "issuer": issuer,
            "kind": kind,
            "subject": subject,
            "person_id": person_id,
            "linked_at": datetime.now(UTC),
            "linked_by": by,
        }
        known = select(_PERSON.c.id).where(_PERSON.c.id == person_id)
        async with transaction(self._engine) as connection:
            if (await connection.execute(known)).one_or_none() is None:
                raise UnknownPerson(f"there is no person {person_id}")
            key = await subject_key(connection, issuer, kind, subject)
            there = await connection.execute(
                select(_LINK.c.id, _LINK.c.person_id).where(
                    _LINK.c.subject_key == key, _LINK.c.ended_at.is_(None)
                )
            )
            if (found := there.one_or_none()) is not None:
                if found.person_id != person_id:
                    raise IdentityTaken("the subject means somebody else")
                return str(found.id)
            values = await vault.sealed(connection, _LINK, row) | {"subject_key": key}
            try:
                await connection.execute(_LINK.insert().values(values))
            except IntegrityError:
                raise IdentityTaken("the subject was linked just now") from None
        return link_id

    async def end(self, person_id: str, link_id: str, *, by: str) -> bool:
        """Have a subject mean nobody from now on; whether it did."""
        statement = (
            update(_LINK)
            .where(
                _LINK.c.id == link_id,
                _LINK.c.person_id == person_id,
                _LINK.c.ended_at.is_(None),
            )
            .values(ended_at=datetime.now(UTC), ended_by=by)
        )
        async with transaction(self._engine) as connection:
            return bool((await connection.execute(statement)).rowcount)

    async def of(self, person_id: str) -> list[Row]:
        """A person's links in force, the oldest first."""
        query = (
            select(_LINK)
            .where(_LINK.c.person_id == person_id, _LINK.c.ended_at.is_(None))
            .order_by(_LINK.c.linked_at, _LINK.c.id)
        )
        async with autocommit(self._engine) as connection:
            rows = (await connection.execute(query)).mappings()
            return await vault.opened(connection, _LINK, rows)

    async def find(
        self, issuer: str, subject: str, *, kind: LinkKind, counts: bool = True
    ) -> Linked | None:
        """Whom a subject means; they may have left. What asks by itself is not noted as use."""
        now = datetime.now(UTC)
        async with autocommit(self._engine) as connection:
            key = await subject_key(connection, issuer, kind, subject)
            query = (
                PEOPLE.add_columns(_LINK.c.id.label("link_id"), _LINK.c.last_used_at)
                .join(_LINK, _LINK.c.person_id == _PERSON.c.id)
                .where(_LINK.c.subject_key == key, _LINK.c.ended_at.is_(None))
            )
            row = (await connection.execute(query)).mappings().one_or_none()
            if row is None:
                return None
            last = row["last_used_at"]
            if counts and row["active"] and (last is None or now - last > _USE_NOTED_EVERY):
                await connection.execute(
                    update(_LINK).where(_LINK.c.id == row["link_id"]).values(last_used_at=now)
                )
            return Linked(row["link_id"], person_of(row))


async def subject_key(
    connection: AsyncConnection, issuer: str, kind: LinkKind, subject: str
) -> str:
    """By which links of a subject are found."""
    return await vault.digest(connection, f"{kind} {issuer} {subject}")
