"""Webhooks: who subscribed to which events, and the calls that are on their way.

Claimed and settled like deliveries (`deliveries` says why). The signing secret is told once, when
it is made; while it is rotated, calls bear the signature of the old one too.
"""

from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from secrets import token_bytes, token_hex
from typing import Any, Final, NamedTuple

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from groundwork.domain.notices import NoticeBook, of_our_own
from groundwork.domain.post import DeliveryStatus, Patience, TargetState
from groundwork.store import vault
from groundwork.store.engine import autocommit, transaction
from groundwork.store.paging import Row
from groundwork.store.post import CALL, WEBHOOK, Origin, enter
from groundwork.store.recipients import open_directory

SECRET_PREFIX: Final = "whsec_"
OLD_SECRET_KEPT: Final = timedelta(days=1)
"""How long both secrets sign after a rotation, so that receivers can follow."""

_SHOWN: Final = [
    column
    for column in WEBHOOK.c
    if column.name not in {"secret", "old_secret", "old_secret_until", "retry_at"}
]
_OPEN = (DeliveryStatus.PLANNED.value, DeliveryStatus.FAILED.value)


class Call(NamedTuple):
    """A call that is ours to make, with the secrets that sign it."""

    id: str
    claim: str
    webhook_id: str
    url: str
    secrets: tuple[str, ...]
    payload: dict[str, Any]

    def __repr__(self) -> str:
        """Without address and secrets."""
        return f"Call({self.id} of {self.webhook_id})"


class Webhooks:
    """Subscriptions, for administrators."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, label: str, url: str, types: Sequence[str], by: str) -> tuple[Row, str]:
        """Subscribe an address; the webhook, and its secret, which is told this once."""
        secret = _new_secret()
        values = {
            "id": f"w-{token_hex(6)}",
            "label": label,
            "url": url,
            "types": list(types),
            "secret": secret,
            "state": TargetState.ACTIVE.value,
            "failures": 0,
            "created_at": datetime.now(UTC),
            "created_by": by,
        }
        async with transaction(self._engine) as connection:
            row = await vault.sealed(connection, WEBHOOK, values)
            added = await connection.execute(WEBHOOK.insert().values(row).returning(*_SHOWN))
            (shown,) = await vault.opened(connection, WEBHOOK, added.mappings())
            return shown, secret

    async def all(self) -> list[Row]:
        """Every webhook, oldest first, without secrets."""
        query = select(*_SHOWN).order_by(WEBHOOK.c.created_at, WEBHOOK.c.id)
        async with autocommit(self._engine) as connection:
            rows = (await connection.execute(query)).mappings()
            return await vault.opened(connection, WEBHOOK, rows)

    async def rotate(self, webhook_id: str) -> str | None:
        """A new secret, told this once; None when there is no such webhook."""
        secret, mine = _new_secret(), WEBHOOK.c.id == webhook_id
        query = select(WEBHOOK.c.id, WEBHOOK.c.secret).where(mine).with_for_update()
        async with transaction(self._engine) as connection:
            rows = (await connection.execute(query)).mappings()
            for before in await vault.opened(connection, WEBHOOK, rows):
                values = {
                    "id": webhook_id,
                    "old_secret": before["secret"],
                    "old_secret_until": datetime.now(UTC) + OLD_SECRET_KEPT,
                    "secret": secret,
                }
                row = await vault.sealed(connection, WEBHOOK, values)
                await connection.execute(update(WEBHOOK).where(mine).values(row))
                return secret
        return None

    async def set_state(self, webhook_id: str, state: TargetState) -> bool:
        """Use it again, or no longer; whether there is such a webhook."""
        values: Row = {"state": state.value}
        if state is TargetState.ACTIVE:
            values |= {"failures": 0, "retry_at": None, "last_error": None}
        statement = update(WEBHOOK).where(WEBHOOK.c.id == webhook_id).values(values)
        async with transaction(self._engine) as connection:
            known = bool((await connection.execute(statement)).rowcount)
            if state is TargetState.DISABLED:
                await _give_up(connection, webhook_id, "disabled")
            return known


class Calls:
    """Hands out calls that are due, and notes what became of them."""

    def __init__(
        self, engine: AsyncEngine, book: NoticeBook, patience: Patience | None = None
    ) -> None:
        self._engine = engine
        self._book = book
        self._patience = patience or Patience()

    async def claim(self, limit: int) -> Sequence[Call]:
        """Claim up to so many calls, one per webhook at most: each receives events in order."""
        now = datetime.now(UTC)
        due = or_(
            CALL.c.status.in_(_OPEN),
            and_(CALL.c.status == DeliveryStatus.SENDING.value, CALL.c.claimed_until < now),
        )
        other = CALL.alias("other")
        idle = ~exists().where(
            other.c.webhook_id == WEBHOOK.c.id,
            other.c.status == DeliveryStatus.SENDING.value,
            other.c.claimed_until >= now,
        )
        candidates = (
            select(CALL.c.id)
            .ext(distinct_on(CALL.c.webhook_id))
            .join(WEBHOOK, WEBHOOK.c.id == CALL.c.webhook_id)
            .where(
                due,
                WEBHOOK.c.state == TargetState.ACTIVE.value,
                or_(WEBHOOK.c.retry_at.is_(None), WEBHOOK.c.retry_at <= now),
                idle,
            )
            .order_by(CALL.c.webhook_id, CALL.c.created_at, CALL.c.chain_id, CALL.c.seq)
            .limit(limit)
        )
        claim = token_hex(16)
        statement = (
            update(CALL)
            .where(CALL.c.id.in_(candidates), due, WEBHOOK.c.id == CALL.c.webhook_id)
            .values(
                status=DeliveryStatus.SENDING.value,
                attempts=CALL.c.attempts + 1,
                claim=claim,
                claimed_until=now + timedelta(seconds=self._patience.lease_seconds),
            )
            .returning(
                CALL.c.id.label("call"),
                CALL.c.payload,
                WEBHOOK.c.id,
                WEBHOOK.c.url,
                WEBHOOK.c.secret,
                WEBHOOK.c.old_secret,
                WEBHOOK.c.old_secret_until,
            )
        )
        async with transaction(self._engine) as connection:
            rows = (await connection.execute(statement)).mappings()
            opened = await vault.opened(connection, WEBHOOK, rows)
        return [_call(row, claim, now) for row in opened]

    async def made(self, call: Call) -> None:
        """Note that the receiver took it."""
        now = datetime.now(UTC)
        values = {"status": DeliveryStatus.SENT.value, "sent_at": now, "last_error": None}
        async with transaction(self._engine) as connection:
            if await _settle(connection, call, values):
                well = update(WEBHOOK).where(WEBHOOK.c.id == call.webhook_id)
                await connection.execute(
                    well.values(failures=0, retry_at=None, last_error=None, last_ok_at=now)
                )

    async def failed(self, call: Call, error: str) -> bool:
        """Note that it failed; whether the webhook is dead now, which operators are then told."""
        now = datetime.now(UTC)
        async with transaction(self._engine) as connection:
            values = {"status": DeliveryStatus.FAILED.value, "last_error": error}
            if not await _settle(connection, call, values):
                return False
            failing = (
                update(WEBHOOK)
                .where(WEBHOOK.c.id == call.webhook_id)
                .values(failures=WEBHOOK.c.failures + 1, last_error=error)
                .returning(WEBHOOK.c.failures)
            )
            failures = (await connection.execute(failing)).scalar_one()
            dead = bool(failures >= self._patience.tries)
            state = {"state": TargetState.DEAD.value} if dead else {}
            rest = update(WEBHOOK).where(WEBHOOK.c.id == call.webhook_id)
            wait = self._patience.wait(failures)
            await connection.execute(rest.values(retry_at=now + wait, **state))
            if dead:
                await _give_up(connection, call.webhook_id, error)
                notice = of_our_own(
                    self._book, "webhook_dead", name=call.webhook_id, count=str(failures)
                )
                people = (await open_directory(connection)).find(notice.to)
                origin = Origin(f"{call.webhook_id}@{now.isoformat()}", now)
                await enter(connection, self._book, notice, people, origin)
            return dead


def _call(row: Row, claim: str, now: datetime) -> Call:
    secrets = [row["secret"]]
    if row["old_secret"] is not None and row["old_secret_until"] > now:
        secrets.append(row["old_secret"])
    return Call(row["call"], claim, row["id"], row["url"], tuple(secrets), row["payload"])


def _new_secret() -> str:
    return SECRET_PREFIX + b64encode(token_bytes(32)).decode()


async def _settle(connection: AsyncConnection, call: Call, values: Row) -> bool:
    statement = (
        update(CALL)
        .where(
            CALL.c.id == call.id,
            CALL.c.claim == call.claim,
            CALL.c.status == DeliveryStatus.SENDING.value,
        )
        .values(values | {"claim": None, "claimed_until": None})
    )
    return bool((await connection.execute(statement)).rowcount)


async def _give_up(connection: AsyncConnection, webhook_id: str, error: str) -> None:
    waiting = update(CALL).where(CALL.c.webhook_id == webhook_id, CALL.c.status.in_(_OPEN))
    await connection.execute(waiting.values(status=DeliveryStatus.DEAD.value, last_error=error))
