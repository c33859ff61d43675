"""Notices on their way: claimed before they are sent, settled afterwards.

A claim is taken by one conditional statement, so two workers never send the same. One that was
never settled, because its worker died, runs out and is taken over; the e-mail's Message-ID is the
same then. A channel sends one at a time, and rests after a failure, so that none holds up another.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from groundwork.domain.calendar import SHANGHAI
from groundwork.domain.notices import NoticeBook, of_our_own
from groundwork.domain.post import DeliveryStatus, Patience, TargetState
from groundwork.store import vault
from groundwork.store.engine import transaction
from groundwork.store.post import CHANNEL, DELIVERY, NOTICE, Origin, enter
from groundwork.store.recipients import open_directory
from groundwork.store.tables import PersonRow, table

_PERSON = table(PersonRow)
_OPEN = tuple(
    status.value for status in (DeliveryStatus.PLANNED, DeliveryStatus.HELD, DeliveryStatus.FAILED)
)


class Claimed(NamedTuple):
    """A delivery that is ours to send. `url` is secret: it is neither shown nor logged."""

    id: str
    claim: str
    channel_id: str
    scheme: str
    url: str
    language: str
    title: dict[str, str]
    body: dict[str, str]

    def __repr__(self) -> str:
        """Without the address."""
        return f"Claimed({self.id} on {self.channel_id})"


class Deliveries:
    """Hands out deliveries that are due, and notes what became of them."""

    def __init__(
        self, engine: AsyncEngine, book: NoticeBook, patience: Patience | None = None
    ) -> None:
        self._engine = engine
        self._book = book
        self._patience = patience or Patience()

    async def claim(self, limit: int) -> Sequence[Claimed]:
        """Claim up to so many deliveries, one per channel at most."""
        now = datetime.now(UTC)
        due = or_(
            and_(DELIVERY.c.status.in_(_OPEN), DELIVERY.c.not_before <= now),
            and_(DELIVERY.c.status == DeliveryStatus.SENDING.value, DELIVERY.c.claimed_until < now),
        )
        other = DELIVERY.alias("other")
        idle = ~exists().where(
            other.c.channel_id == CHANNEL.c.id,
            other.c.status == DeliveryStatus.SENDING.value,
            other.c.claimed_until >= now,
        )
        candidates = (
            select(DELIVERY.c.id)
            .ext(distinct_on(DELIVERY.c.channel_id))
            .join(CHANNEL, CHANNEL.c.id == DELIVERY.c.channel_id)
            .join(NOTICE, NOTICE.c.id == DELIVERY.c.notice_id)
            .join(_PERSON, _PERSON.c.id == CHANNEL.c.person_id)
            .where(
                due,
                _PERSON.c.active,
                or_(~_quiet(now), NOTICE.c.kind == "test"),
                CHANNEL.c.state == TargetState.ACTIVE.value,
                or_(CHANNEL.c.retry_at.is_(None), CHANNEL.c.retry_at <= now),
                idle,
            )
            .order_by(
                DELIVERY.c.channel_id,
                DELIVERY.c.attempts,
                DELIVERY.c.not_before,
                DELIVERY.c.created_at,
            )
            .limit(limit)
        )
        claim = uuid4().hex
        # The condition is looked at again once the row is locked: who comes second gets nothing.
        statement = (
            update(DELIVERY)
            .where(
                DELIVERY.c.id.in_(candidates),
                due,
                CHANNEL.c.id == DELIVERY.c.channel_id,
                NOTICE.c.id == DELIVERY.c.notice_id,
            )
            .values(
                status=DeliveryStatus.SENDING.value,
                attempts=DELIVERY.c.attempts + 1,
                claim=claim,
                claimed_until=now + timedelta(seconds=self._patience.lease_seconds),
            )
            .returning(
                DELIVERY.c.id,
                DELIVERY.c.claim,
                CHANNEL.c.id.label("channel_id"),
                CHANNEL.c.person_id,
                CHANNEL.c.scheme,
                CHANNEL.c.url,
                CHANNEL.c.language,
                NOTICE.c.title,
                NOTICE.c.body,
            )
        )
        async with transaction(self._engine) as connection:
            rows = (await connection.execute(statement)).mappings()
            opened = await vault.opened(connection, CHANNEL, rows)
        return [Claimed(*(row[name] for name in Claimed._fields)) for row in opened]

    async def sent(self, claimed: Claimed) -> None:
        """Note that it was sent, with what it bundled if it was a digest."""
        now = datetime.now(UTC)
        values = {"status": DeliveryStatus.SENT.value, "sent_at": now, "last_error": None}
        async with transaction(self._engine) as connection:
            if not await _settle(connection, claimed, values):
                return
            bundled = update(DELIVERY).where(DELIVERY.c.digest_id == claimed.id)
            await connection.execute(bundled.values(values))
            well = update(CHANNEL).where(CHANNEL.c.id == claimed.channel_id)
            await connection.execute(
                well.values(failures=0, retry_at=None, last_error=None, last_ok_at=now)
            )

    async def failed(self, claimed: Claimed, error: str) -> bool:
        """Note that it failed; whether the channel is dead now, which operators are then told.

        `error` is a code of ours, never what a server said: that may hold an address.
        """
        now, tries = datetime.now(UTC), self._patience.tries
        async with transaction(self._engine) as connection:
            values: dict[str, Any] = {"status": DeliveryStatus.FAILED.value, "last_error": error}
            row = await _settle(connection, claimed, values)
            if row is None:
                return False
            if row.attempts >= tries:
                await _give_up(connection, DELIVERY.c.id == claimed.id, error)
            failing = (
                update(CHANNEL)
                .where(CHANNEL.c.id == claimed.channel_id)
                .values(failures=CHANNEL.c.failures + 1, last_error=error)
                .returning(CHANNEL.c.failures)
            )
            channel = (await connection.execute(failing)).one()
            dead = bool(channel.failures >= tries)
            rest = update(CHANNEL).where(CHANNEL.c.id == claimed.channel_id)
            state = {"state": TargetState.DEAD.value} if dead else {}
            wait = self._patience.wait(channel.failures)
            await connection.execute(rest.values(retry_at=now + wait, **state))
            if dead:
                waiting = and_(
                    DELIVERY.c.channel_id == claimed.channel_id, DELIVERY.c.status.in_(_OPEN)
                )
                await _give_up(connection, waiting, error)
                await self._tell_operators(connection, claimed.channel_id, channel.failures, now)
            return dead

    async def _tell_operators(
        self, connection: AsyncConnection, channel_id: str, failures: int, now: datetime
    ) -> None:
        notice = of_our_own(self._book, "channel_dead", name=channel_id, count=str(failures))
        people = (await open_directory(connection)).find(notice.to)
        origin = Origin(f"{channel_id}@{now.isoformat()}", now)
        await enter(connection, self._book, notice, people, origin)


def _quiet(now: datetime) -> ColumnElement[bool]:
    """Whether a channel's quiet hours hold now, for what was due earlier and is late."""
    clock = now.astimezone(SHANGHAI).time().replace(tzinfo=None)
    since, until = CHANNEL.c.quiet_since, CHANNEL.c.quiet_until
    within_a_day = and_(since < until, since <= clock, clock < until)
    across_midnight = and_(since > until, or_(since <= clock, clock < until))
    return func.coalesce(or_(within_a_day, across_midnight), False)


async def _settle(
    connection: AsyncConnection, claimed: Claimed, values: dict[str, Any]
) -> Any | None:
    """Note an outcome if the claim is still ours; the row, or None when it was taken over."""
    statement = (
        update(DELIVERY)
        .where(
            DELIVERY.c.id == claimed.id,
            DELIVERY.c.claim == claimed.claim,
            DELIVERY.c.status == DeliveryStatus.SENDING.value,
        )
        .values(values | {"claim": None, "claimed_until": None})
        .returning(DELIVERY.c.attempts)
    )
    return (await connection.execute(statement)).one_or_none()


async def _give_up(connection: AsyncConnection, which: Any, error: str) -> None:
    values = {"status": DeliveryStatus.DEAD.value, "last_error": error}
    await connection.execute(update(DELIVERY).where(which).values(values))
