"""Plans notices and webhook calls from the record, each exactly once.

Every chain has a cursor: the number of the last event that was planned. Notices, deliveries, calls
and the cursor's move are one transaction under the cursor's lock, so after a crash planning goes on
where it was, and two planners wait for each other. Events have no gaps within a chain, and the
chain's head moves in the same transaction as its events: nothing can appear behind the cursor.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import structlog
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from groundwork.domain.calendar import local_date
from groundwork.domain.model import Chain
from groundwork.domain.notices import Notice, NoticeBook, Setting, plan
from groundwork.domain.post import (
    DeliveryStatus,
    Quiet,
    Rhythm,
    TargetState,
    delivery_id,
    notice_id,
    webhook_message_id,
)
from groundwork.domain.rules import Rules
from groundwork.store.announcements import Topic, announce
from groundwork.store.engine import autocommit, transaction
from groundwork.store.errors import StoreUnavailable
from groundwork.store.notice_tables import (
    ChannelRow,
    DeliveryRow,
    NoticeCursorRow,
    NoticeRow,
    WebhookCallRow,
    WebhookRow,
)
from groundwork.store.recipients import open_directory
from groundwork.store.tables import ChainRow, EventRow, ProjectRow, table

NOTICE = table(NoticeRow)
CURSOR = table(NoticeCursorRow)
CHANNEL = table(ChannelRow)
DELIVERY = table(DeliveryRow)
WEBHOOK = table(WebhookRow)
CALL = table(WebhookCallRow)
_CHAIN = table(ChainRow)
_EVENT = table(EventRow)
_PROJECT = table(ProjectRow)

CHAINS_AT_ONCE: Final = 50
EVENTS_AT_ONCE: Final = 200
EVERY_TYPE: Final = "*"
REST: Final = timedelta(minutes=1)
"""How long a chain that could not be planned is left alone."""

FindRules = Callable[[Chain], Rules]
"""Finds the rules a chain is decided by; raises LookupError when they are not at hand."""

log = structlog.stdlib.get_logger(__name__)


class PostOffice:
    """Plans what the record gives rise to. `link` is where people reach the chains."""

    def __init__(
        self, engine: AsyncEngine, book: NoticeBook, find_rules: FindRules, link: str
    ) -> None:
        self._engine = engine
        self._book = book
        self._find_rules = find_rules
        self._link = link
        self._resting: dict[str, datetime] = {}

    async def plan(self) -> int:
        """Plan what is on record and not planned yet, of some chains; how many events that were.

        A chain that cannot be planned, for want of its definition or because a later release wrote
        its events, is logged and tried again after a rest; it holds up no other.
        """
        planned = 0
        for chain_id in await self._behind():
            try:
                planned += await self._plan_chain(chain_id)
            except (LookupError, ValueError) as error:
                self._resting[chain_id] = datetime.now(UTC) + REST
                log.error("notices not planned", chain=chain_id, error=type(error).__name__)
        return planned

    async def _behind(self) -> Sequence[str]:
        now = datetime.now(UTC)
        self._resting = {one: until for one, until in self._resting.items() if until > now}
        done = func.coalesce(CURSOR.c.seq, 0)
        query = (
            select(_CHAIN.c.id)
            .join(CURSOR, CURSOR.c.chain_id == _CHAIN.c.id, isouter=True)
            .where(_CHAIN.c.seq > done, _CHAIN.c.id.not_in(list(self._resting)))
            .order_by(_CHAIN.c.updated_at)
            .limit(CHAINS_AT_ONCE)
        )
        async with autocommit(self._engine) as connection:
            return (await connection.execute(query)).scalars().all()

    async def _plan_chain(self, chain_id: str) -> int:
        async with transaction(self._engine) as connection:
            start = insert(CURSOR).values(chain_id=chain_id, seq=0).on_conflict_do_nothing()
            await connection.execute(start)
            lock = select(CURSOR.c.seq).where(CURSOR.c.chain_id == chain_id).with_for_update()
            done = (await connection.execute(lock)).scalar_one()
            events = (
                await connection.execute(
                    select(_EVENT)
                    .where(_EVENT.c.chain_id == chain_id, _EVENT.c.seq > done)
                    .order_by(_EVENT.c.seq)
                    .limit(EVENTS_AT_ONCE)
                )
            ).all()
            if not events:
                return 0
            chain, name = await _chain(connection, chain_id)
            rules = self._find_rules(chain)
            setting = Setting(
                project_name=name,
                link=f"{self._link}/chains/{chain_id}",
                today=local_date(datetime.now(UTC)),
            )
            planned = [
                (event, notice)
                for event in events
                for notice in plan(self._book, event.body, chain, rules, setting)
            ]
            if planned:
                directory = await open_directory(connection, chain_id)
                for event, notice in planned:
                    people = directory.find(notice.to, but=event.actor_id)
                    source = f"{chain_id}#{event.seq}"
                    origin = Origin(source, event.at, "event", chain_id, event.seq)
                    await enter(connection, self._book, notice, people, origin)
            await _plan_calls(connection, events, chain)
            moved = CURSOR.update().where(CURSOR.c.chain_id == chain_id)
            await connection.execute(moved.values(seq=events[-1].seq))
            return len(events)


class Origin(NamedTuple):
    """What gave rise to a notice: an event, or something of our own with a name of its own."""

    source: str
    at: datetime
    kind: str = "own"
    chain_id: str | None = None
    seq: int | None = None


async def enter(
    connection: AsyncConnection,
    book: NoticeBook,
    notice: Notice,
    people: Sequence[str],
    origin: Origin,
) -> None:
    """Enter a notice for these people, with its deliveries; once, however often it is entered."""
    if not people:
        return
    await enter_without_deliveries(connection, book, notice, people, origin)
    channels = (
        await connection.execute(
            select(CHANNEL).where(
                CHANNEL.c.person_id.in_(people), CHANNEL.c.state == TargetState.ACTIVE.value
            )
        )
    ).all()
    now = datetime.now(UTC)
    deliveries = [
        delivery_values(
            notice_id(origin.source, notice.rule, one.person_id), one, now, urgent=notice.urgent
        )
        for one in channels
    ]
    if deliveries:
        await connection.execute(insert(DELIVERY).values(deliveries).on_conflict_do_nothing())


async def enter_without_deliveries(
    connection: AsyncConnection,
    book: NoticeBook,
    notice: Notice,
    people: Sequence[str],
    origin: Origin,
) -> None:
    """Enter the notice alone, for whoever sees to its delivery."""
    rows = [
        {
            "id": notice_id(origin.source, notice.rule, person),
            **origin._asdict(),
            "rule": notice.rule,
            "book": f"{book.id} {book.version}",
            "person_id": person,
            "urgent": notice.urgent,
            "created_at": datetime.now(UTC),
            "title": notice.title.model_dump(),
            "body": notice.body.model_dump(),
            "step": notice.step,
            "due_on": notice.due_on,
        }
        for person in people
    ]
    once = insert(NOTICE).values(rows).on_conflict_do_nothing().returning(NOTICE.c.person_id)
    if told := (await connection.execute(once)).scalars().all():
        await announce(connection, Topic.NOTICES, *told)


def delivery_values(notice: str, channel: Any, now: datetime, *, urgent: bool) -> dict[str, Any]:
    """A new delivery as its channel wants it: at once, after quiet hours, or with a digest."""
    if not urgent and channel.rhythm != Rhythm.IMMEDIATE.value:
        status, not_before = DeliveryStatus.HELD, None
    else:
        over = quiet_over(channel, now)
        status = DeliveryStatus.HELD if over else DeliveryStatus.PLANNED
        not_before = over or now
    return {
        "id": delivery_id(notice, channel.id),
        "notice_id": notice,
        "channel_id": channel.id,
        "status": status.value,
        "not_before": not_before,
        "attempts": 0,
        "created_at": now,
    }


def quiet_over(channel: Any, now: datetime) -> datetime | None:
    """When the channel's quiet hours around now are over; None outside them."""
    if channel.quiet_since is None or channel.quiet_until is None:
        return None
    return Quiet(since=channel.quiet_since, until=channel.quiet_until).over(now)


async def _chain(connection: AsyncConnection, chain_id: str) -> tuple[Chain, str]:
    query = (
        select(_CHAIN.c.snapshot, _PROJECT.c.name)
        .join(_PROJECT, _PROJECT.c.code == _CHAIN.c.project_code)
        .where(_CHAIN.c.id == chain_id)
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise StoreUnavailable(f"chain {chain_id} is not to be read")
    return Chain.model_validate(row.snapshot), row.name


async def _plan_calls(connection: AsyncConnection, events: Sequence[Any], chain: Chain) -> None:
    """Webhooks are told what happened where, never who did it or what they wrote."""
    active = select(WEBHOOK.c.id, WEBHOOK.c.types).where(
        WEBHOOK.c.state == TargetState.ACTIVE.value
    )
    hooks = (await connection.execute(active)).all()
    now = datetime.now(UTC)
    calls = [
        {
            "id": webhook_message_id(hook.id, chain.id, event.seq),
            "webhook_id": hook.id,
            "chain_id": chain.id,
            "seq": event.seq,
            "status": DeliveryStatus.PLANNED.value,
            "attempts": 0,
            "payload": call_payload(event, chain),
            "created_at": now,
        }
        for event in events
        for hook in hooks
        if EVERY_TYPE in hook.types or event.type in hook.types
    ]
    if calls:
        await connection.execute(insert(CALL).values(calls).on_conflict_do_nothing())


def call_payload(event: Any, chain: Chain) -> dict[str, Any]:
    """What a subscriber gets: type, time and the event's place; details are for the API."""
    data = {
        "chain": chain.id,
        "project": chain.launch.project_code,
        "definition": chain.launch.definition.id,
        "seq": event.seq,
    }
    if isinstance(step := event.body.get("step"), str):
        data["step"] = step
    timestamp = event.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {"type": event.type, "timestamp": timestamp, "data": data}
