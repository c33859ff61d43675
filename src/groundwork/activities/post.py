"""The postman's activities: plan what the record gives rise to, deliver it, compose digests.

Each works a shift and then returns, so that its history stays small; a heartbeat tells at once when
its worker died. Everything it must remember is in the database, so a shift may end anywhere.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple, TypeVar

import structlog
from temporalio import activity

from groundwork.activities.calls import Caller, NotTaken
from groundwork.activities.sending import AT_ONCE, NotSent, Sender
from groundwork.domain.calendar import Calendar
from groundwork.domain.post import (
    CALL_WEBHOOKS,
    COMPOSE_DIGESTS,
    DELIVER_POST,
    PLAN_POST,
    Rhythm,
    Shift,
)
from groundwork.runtime.metrics import DELIVERIES
from groundwork.store.deliveries import Claimed, Deliveries
from groundwork.store.digests import Digests
from groundwork.store.errors import StoreError
from groundwork.store.post import PostOffice
from groundwork.store.webhooks import Call, Calls

IDLE_SECONDS: Final = 1.0
"""How soon something new is noticed."""
LEAVING_SECONDS: Final = 2.0
"""How long a shift that is cut short waits for what it is sending."""

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

log = structlog.stdlib.get_logger(__name__)


class Counters(NamedTuple):
    """What the postman works with."""

    office: PostOffice
    deliveries: Deliveries
    calls: Calls
    digests: Digests
    sender: Sender
    caller: Caller
    calendar: Callable[[], Awaitable[Calendar]]


class PostActivities:
    """Plans and delivers notices, calls webhooks, composes digests."""

    def __init__(self, counters: Counters) -> None:
        self._at = counters

    @activity.defn(name=PLAN_POST)
    async def plan(self, shift: Shift) -> None:
        """Plan notices and webhook calls from the record until the shift is over."""
        with _ends_early():
            await self._plan(time.monotonic() + shift.seconds)

    async def _plan(self, until: float) -> None:
        while time.monotonic() < until:
            activity.heartbeat()
            planned = await _kept_up(self._at.office.plan, 0)
            if not planned:
                await asyncio.sleep(IDLE_SECONDS)

    @activity.defn(name=DELIVER_POST)
    async def deliver(self, shift: Shift) -> None:
        """Send what is due on people's channels until the shift is over."""
        with _ends_early():
            await _hand_out(shift, self._at.deliveries.claim, self._send)

    @activity.defn(name=CALL_WEBHOOKS)
    async def call(self, shift: Shift) -> None:
        """Call webhooks until the shift is over."""
        with _ends_early():
            await _hand_out(shift, self._at.calls.claim, self._call)

    @activity.defn(name=COMPOSE_DIGESTS)
    async def compose(self, rhythm: Rhythm, at: datetime) -> int:
        """Compose the digests of a day, if it is one of theirs; how many."""
        return await self._at.digests.compose(rhythm, await self._at.calendar(), at)

    async def _send(self, claimed: Claimed) -> None:
        try:
            await self._at.sender.send(claimed)
        except NotSent as error:
            dead = await self._at.deliveries.failed(claimed, str(error))
            DELIVERIES.labels("channel", "dead" if dead else "failed").inc()
            if dead:
                log.error("channel dead", channel=claimed.channel_id, reason=str(error))
        else:
            await self._at.deliveries.sent(claimed)
            DELIVERIES.labels("channel", "sent").inc()

    async def _call(self, call: Call) -> None:
        try:
            await self._at.caller.call(call)
        except NotTaken as error:
            dead = await self._at.calls.failed(call, str(error))
            DELIVERIES.labels("webhook", "dead" if dead else "failed").inc()
            if dead:
                log.error("webhook dead", webhook=call.webhook_id, reason=str(error))
        else:
            await self._at.calls.made(call)
            DELIVERIES.labels("webhook", "sent").inc()


@contextmanager
def _ends_early() -> Iterator[None]:
    """A worker that stops, or lost touch with the engine, ends its shift; the next one goes on."""
    with suppress(asyncio.CancelledError):
        yield


async def _hand_out(
    shift: Shift,
    claim: Callable[[int], Awaitable[Sequence[Item]]],
    send: Callable[[Item], Awaitable[None]],
) -> None:
    """Claim and send, several at once, so that a slow target holds up itself alone."""
    until = time.monotonic() + shift.seconds
    nothing: Sequence[Item] = ()
    under_way: set[asyncio.Task[None]] = set()
    try:
        while time.monotonic() < until:
            activity.heartbeat()
            free = AT_ONCE - len(under_way)
            claimed = await _kept_up(partial(claim, free), nothing) if free else nothing
            for item in claimed:
                task = asyncio.create_task(_kept_up(partial(send, item), None))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            if under_way:
                await asyncio.wait(
                    under_way, timeout=IDLE_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
            elif not claimed:
                await asyncio.sleep(IDLE_SECONDS)
        while under_way:
            activity.heartbeat()
            await asyncio.wait(under_way, timeout=IDLE_SECONDS)
    finally:
        # What is not settled by then is taken over when its claim runs out.
        if under_way:
            await asyncio.wait(under_way, timeout=LEAVING_SECONDS)


async def _kept_up(work: Callable[[], Awaitable[Outcome]], otherwise: Outcome) -> Outcome:
    """The outcome; while the database is away, `otherwise`."""
    try:
        return await work()
    except StoreError as error:
        log.warning("the post waits for the database", error=type(error).__name__)
        await asyncio.sleep(IDLE_SECONDS)
        return otherwise
