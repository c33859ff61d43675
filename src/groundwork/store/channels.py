"""A person's channels and notices: set, listed and read, without the secret addresses."""

from datetime import UTC, datetime
from secrets import token_hex
from typing import Any, Final

from sqlalchemy import Select, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.notices import NoticeBook, of_our_own
from groundwork.domain.post import DeliveryStatus, TargetState, notice_id
from groundwork.store import vault
from groundwork.store.announcements import Topic, announce
from groundwork.store.engine import autocommit, transaction
from groundwork.store.paging import Order, Page, Row, page
from groundwork.store.post import (
    CALL,
    CHANNEL,
    CURSOR,
    DELIVERY,
    NOTICE,
    WEBHOOK,
    Origin,
    delivery_values,
    enter_without_deliveries,
)
from groundwork.store.reach import reach_now, within
from groundwork.store.tables import ChainRow, ProjectRow, table

_CHAIN = table(ChainRow)
_PROJECT = table(ProjectRow)
_SHOWN: Final = [column for column in CHANNEL.c if column.name not in {"url", "retry_at"}]


class Channels:
    """Channels of people."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, person_id: str, values: Row) -> Row:
        """Add a channel; `values` are label, scheme, url and the preferences."""
        row = values | {
            "id": f"c-{token_hex(6)}",
            "person_id": person_id,
            "state": TargetState.ACTIVE.value,
            "failures": 0,
            "created_at": datetime.now(UTC),
        }
        statement = insert(CHANNEL).returning(*_SHOWN)
        async with transaction(self._engine) as connection:
            values = await vault.sealed(connection, CHANNEL, row)
            added = await connection.execute(statement.values(values))
            (shown,) = await vault.opened(connection, CHANNEL, added.mappings())
            return shown

    async def of(self, person_id: str) -> list[Row]:
        """A person's channels, oldest first."""
        query = select(*_SHOWN).where(CHANNEL.c.person_id == person_id)
        async with autocommit(self._engine) as connection:
            rows = await connection.execute(query.order_by(CHANNEL.c.created_at, CHANNEL.c.id))
            return await vault.opened(connection, CHANNEL, rows.mappings())

    async def get(self, channel_id: str) -> Row | None:
        """A channel, or None."""
        query = select(*_SHOWN).where(CHANNEL.c.id == channel_id)
        async with autocommit(self._engine) as connection:
            rows = (await connection.execute(query)).mappings()
            return next(iter(await vault.opened(connection, CHANNEL, rows)), None)

    async def change(self, channel_id: str, values: Row) -> Row | None:
        """Change preferences or state. One that is active again starts without a past."""
        if values.get("state") == TargetState.ACTIVE.value:
            values = values | {"failures": 0, "retry_at": None, "last_error": None}
        mine = CHANNEL.c.id == channel_id
        statement = update(CHANNEL).where(mine).returning(*_SHOWN)
        async with transaction(self._engine) as connection:
            owner = (
                await connection.execute(select(CHANNEL.c.person_id).where(mine))
            ).scalar_one_or_none()
            if owner is None:
                return None
            key = await vault.key_for(connection, owner)
            values = vault.seal_with(key, CHANNEL, values)
            changed = await connection.execute(statement.values(values))
            row = vault.open_with(key, CHANNEL, changed.mappings().one())
            if row["state"] == TargetState.DISABLED.value:
                await connection.execute(
                    update(DELIVERY)
                    .where(
                        DELIVERY.c.channel_id == channel_id,
                        DELIVERY.c.status.not_in(
                            [DeliveryStatus.SENT.value, DeliveryStatus.SENDING.value]
                        ),
                    )
                    .values(status=DeliveryStatus.DEAD.value, last_error="disabled")
                )
        return row

    async def test(self, book: NoticeBook, channel_id: str, person_id: str) -> str:
        """Send a test notice on this one channel, through the post like any other; its delivery."""
        now = datetime.now(UTC)
        source = f"test:{channel_id}@{now.isoformat()}"
        async with transaction(self._engine) as connection:
            query = select(CHANNEL).where(CHANNEL.c.id == channel_id)
            channel = (await connection.execute(query)).one()
            # By its id: notices are not sealed, and its label is.
            notice = of_our_own(book, "channel_test", name=channel_id)
            origin = Origin(source, now, "test")
            await enter_without_deliveries(connection, book, notice, [person_id], origin)
            entered = notice_id(source, notice.rule, person_id)
            delivery = delivery_values(entered, channel, now, urgent=True)
            # Whoever asks for it is awake.
            delivery |= {"status": DeliveryStatus.PLANNED.value, "not_before": now}
            await connection.execute(insert(DELIVERY).values(delivery))
        return str(delivery["id"])


class Notices:
    """What a person was told, as read in the application."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def page(
        self, person_id: str, *, unread: bool = False, cursor: str | None = None, limit: int = 50
    ) -> Page:
        """A person's notices, newest first, each with its project if it is about one.

        Digests and tests are no notices of their own here.
        """
        query = _with_projects().where(_told(person_id))
        if unread:
            query = query.where(NOTICE.c.read_at.is_(None))
        order = Order([NOTICE.c.created_at, NOTICE.c.id], descending=True)
        async with autocommit(self._engine) as connection:
            return await page(connection, query, order, cursor, limit)

    async def one(self, person_id: str, notice: str) -> Row | None:
        """One of a person's notices, or None when it is not theirs."""
        query = _with_projects().where(_told(person_id), NOTICE.c.id == notice)
        async with autocommit(self._engine) as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return dict(row) if row else None

    async def unread(self, person_id: str) -> int:
        """How many notices a person has not read."""
        query = select(func.count()).where(_told(person_id), NOTICE.c.read_at.is_(None))
        async with autocommit(self._engine) as connection:
            return int((await connection.execute(query)).scalar_one())

    async def read(self, person_id: str, one: str | None = None) -> int | None:
        """Mark one notice read, or all; how many are unread now, None when it is not theirs."""
        mine = _told(person_id)
        which = mine if one is None else and_(mine, NOTICE.c.id == one)
        async with transaction(self._engine) as connection:
            known = await connection.execute(select(NOTICE.c.id).where(which).limit(1))
            if one is not None and known.one_or_none() is None:
                return None
            unread = update(NOTICE).where(which, NOTICE.c.read_at.is_(None))
            if (await connection.execute(unread.values(read_at=datetime.now(UTC)))).rowcount:
                await announce(connection, Topic.NOTICES, person_id)
        return await self.unread(person_id)

    async def put_away(self, before: datetime) -> bool:
        """Mark everybody's notices of what happened before that moment as read.

        False while some event is not planned yet: what it gives rise to may still come.
        """
        old = update(NOTICE).where(NOTICE.c.at < before, NOTICE.c.read_at.is_(None))
        planned = func.coalesce(CURSOR.c.seq, 0) >= _CHAIN.c.seq
        query = select(func.bool_and(planned)).select_from(
            _CHAIN.join(CURSOR, CURSOR.c.chain_id == _CHAIN.c.id, isouter=True)
        )
        async with transaction(self._engine) as connection:
            complete = (await connection.execute(query)).scalar_one()
            await connection.execute(old.values(read_at=datetime.now(UTC)))
        return complete is not False

    async def health(self) -> Row:
        """For operators: how many deliveries are in which state, and which targets are not well."""
        counts = select(DELIVERY.c.status, func.count()).group_by(DELIVERY.c.status)
        calls = select(CALL.c.status, func.count()).group_by(CALL.c.status)
        ailing = (
            select(
                CHANNEL.c.id,
                CHANNEL.c.person_id,
                CHANNEL.c.scheme,
                CHANNEL.c.state,
                CHANNEL.c.failures,
                CHANNEL.c.last_error,
                CHANNEL.c.last_ok_at,
            )
            .where((CHANNEL.c.failures > 0) & (CHANNEL.c.state != TargetState.DISABLED.value))
            .order_by(CHANNEL.c.state.desc(), CHANNEL.c.id)
        )
        hooks = select(WEBHOOK.c.id, WEBHOOK.c.state, WEBHOOK.c.failures, WEBHOOK.c.last_error)
        async with autocommit(self._engine) as connection:
            statuses = {str(row[0]): int(row[1]) for row in await connection.execute(counts)}
            called = {str(row[0]): int(row[1]) for row in await connection.execute(calls)}
            channels = [dict(row) for row in (await connection.execute(ailing)).mappings()]
            failing = await connection.execute(hooks.where(WEBHOOK.c.failures > 0))
            webhooks = [dict(row) for row in failing.mappings()]
        return {
            "deliveries": statuses,
            "calls": called,
            "channels": channels,
            "webhooks": webhooks,
        }


def _with_projects() -> Select[Any]:
    return (
        select(NOTICE, _CHAIN.c.project_code, _PROJECT.c.name.label("project_name"))
        .outerjoin(_CHAIN, _CHAIN.c.id == NOTICE.c.chain_id)
        .outerjoin(_PROJECT, _PROJECT.c.code == _CHAIN.c.project_code)
    )


def _told(person_id: str) -> Any:
    """A person's notices, without those of cases that are out of their reach by now."""
    told = and_(NOTICE.c.person_id == person_id, NOTICE.c.kind.in_(("event", "own")))
    if reach_now().everything:
        return told
    of = select(_CHAIN.c.id).where(_CHAIN.c.id == NOTICE.c.chain_id, within(_CHAIN.c.project_code))
    return and_(told, or_(NOTICE.c.chain_id.is_(None), of.correlate_except(_CHAIN).exists()))
