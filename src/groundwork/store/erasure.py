"""Erasing a person (删除个人信息): their key is destroyed, their id and what they did stay.

What was sealed under the key can be read by nobody any more, wherever a copy of it lies. The record
names people by id alone, so its hashes and signatures hold as before.
"""

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from groundwork.domain.base import Frozen
from groundwork.domain.calendar import local_date
from groundwork.domain.post import TargetState
from groundwork.store import vault
from groundwork.store.account_tables import AccountRow, RecoveryCodeRow
from groundwork.store.announcements import Topic, announce
from groundwork.store.duties import LOCK, Written, note, work_of
from groundwork.store.engine import transaction
from groundwork.store.errors import ErasureRefused, UnknownPerson
from groundwork.store.identity_tables import PersonIdentityRow
from groundwork.store.notice_tables import ChannelRow, FeedRow
from groundwork.store.reader_tables import SavedViewRow
from groundwork.store.tables import PersonRow, TokenRow, table

_PERSON: Final = table(PersonRow)
_ACCOUNT: Final = table(AccountRow)
_CODE: Final = table(RecoveryCodeRow)
_CHANNEL: Final = table(ChannelRow)
_LINK: Final = table(PersonIdentityRow)
_FEED: Final = table(FeedRow)
_TOKEN: Final = table(TokenRow)
_VIEW: Final = table(SavedViewRow)


class Erasable(Frozen):
    """What is kept of a person, and `why` it may not be erased; None when it may.

    `why` is `active`, `work`, `held` or `erased`; `steps`, `substitutes` and `delegations` count
    the work that is left. The others count what would be unreadable or gone.
    """

    person_id: str
    why: str | None
    held: bool
    erased_at: datetime | None
    steps: int
    substitutes: int
    delegations: int
    account: int
    channels: int
    feeds: int
    tokens: int
    views: int


class Erasure:
    """Looks at what is kept of people, holds it, and erases it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def preview(self, person: str) -> Erasable:
        """What would be erased, and whether it may be. Nothing is changed. Raises UnknownPerson."""
        async with transaction(self._engine) as connection:
            return await self._look(connection, person)

    async def erase(self, person: str, written: Written) -> None:
        """Destroy the person's key, for good, and note it. Raises UnknownPerson, ErasureRefused."""
        async with transaction(self._engine) as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            found = await self._look(connection, person)
            if found.why is not None:
                raise ErasureRefused(person, found.why)
            await vault.destroy(connection, person)
            await _clear(connection, person)
            await note(connection, written, person, "person_erased", person)
            await announce(connection, Topic.PEOPLE)

    async def hold(self, person: str, written: Written) -> None:
        """Let nobody erase the person until it is released (依法保留). Raises UnknownPerson."""
        await self._set_hold(person, datetime.now(UTC), written, "erasure_held")

    async def release(self, person: str, written: Written) -> None:
        """End a hold. Raises UnknownPerson."""
        await self._set_hold(person, None, written, "erasure_released")

    async def _set_hold(
        self, person: str, at: datetime | None, written: Written, what: str
    ) -> None:
        statement = update(vault.SUBJECT).where(vault.SUBJECT.c.id == person)
        async with transaction(self._engine) as connection:
            await _require(connection, person)
            await connection.execute(statement.values(held_at=at))
            await note(connection, written, person, what, person)

    async def _look(self, connection: AsyncConnection, person: str) -> Erasable:
        active = await _require(connection, person)
        query = select(vault.SUBJECT).where(vault.SUBJECT.c.id == person)
        subject: Any = (await connection.execute(query)).one_or_none()
        work = await work_of(connection, person, local_date(datetime.now(UTC)))
        held = subject is not None and subject.held_at is not None
        erased_at = subject.erased_at if subject is not None else None
        reasons = {
            "erased": erased_at is not None,
            "active": active,
            "work": work.must_move,
            "held": held,
        }
        return Erasable(
            person_id=person,
            why=next((why for why, holds in reasons.items() if holds), None),
            held=held,
            erased_at=erased_at,
            steps=len(work.steps),
            substitutes=len(work.standing_in),
            delegations=len(work.delegations),
            account=await _count(connection, _ACCOUNT, person),
            channels=await _count(connection, _CHANNEL, person),
            feeds=await _count(connection, _FEED, person),
            tokens=await _count(connection, _TOKEN, person),
            views=await _count(connection, _VIEW, person),
        )


async def _require(connection: AsyncConnection, person: str) -> bool:
    """Whether the person is in office. Raises UnknownPerson."""
    query = select(_PERSON.c.active).where(_PERSON.c.id == person).with_for_update()
    active = (await connection.execute(query)).scalar_one_or_none()
    if active is None:
        raise UnknownPerson(f"there is no person {person}")
    return bool(active)


async def _clear(connection: AsyncConnection, person: str) -> None:
    """End what could still be used, and drop what nothing refers to."""
    for of in (_CODE, _ACCOUNT, _LINK, _VIEW):
        await connection.execute(delete(of).where(of.c.person_id == person))
    silent = update(_CHANNEL).where(_CHANNEL.c.person_id == person)
    await connection.execute(silent.values(state=TargetState.DISABLED.value))
    for of in (_FEED, _TOKEN):
        revoked = update(of).where(of.c.person_id == person, of.c.revoked_at.is_(None))
        await connection.execute(revoked.values(revoked_at=func.now()))


async def _count(connection: AsyncConnection, of: Any, person: str) -> int:
    query = select(func.count()).select_from(of).where(of.c.person_id == person)
    return int((await connection.execute(query)).scalar_one())
