"""People at work while everything dies, and the ledger of what they were told.

A clerk sends an order until it is acknowledged, as a client should, and now and then does worse:
sends it through both API processes at once, later than what it sent next, again although it was
answered, or never again although it was not.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from groundwork.domain.rules import Rules

ENTERPRISE: Final = {
    "name": "风暴测试",
    "enterprise": "风暴测试有限公司",
    "uscc": "91440784MA0000015C",
}
CHOICE: Final = {"step": "L22", "mode": "standard"}
"""What `choose_mode` is sent with: it is always possible and leaves one event."""

PATIENCE_SECONDS: Final = 0.3
"""Between two attempts at an order."""
PACE_SECONDS: Final = 0.1
"""Between two orders of one clerk."""
LATE_SECONDS: Final = 2.0
DEEDS_OF_A_STORY: Final = 12
"""Choices that are made on a chain after its first step, before the next chain is launched."""


@dataclass(frozen=True)
class Order:
    """A write under a key of its own."""

    key: str
    path: str
    body: Mapping[str, Any]
    chain: str | None = None
    """The chain that it acts on; None where it only makes one possible."""


@dataclass
class Ledger:
    """What was sent, and what came of it as far as clients were told."""

    orders: dict[str, Order] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    """The number of its last event that each order on a chain was acknowledged with."""
    given_up: set[str] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    manners: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    """Answers that nobody should get."""

    def take(self, order: Order, answer: httpx.Response) -> bool:
        """Note an answer; whether it settles the order."""
        self.answers[str(answer.status_code)] += 1
        if answer.status_code in {httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.GATEWAY_TIMEOUT}:
            return False
        if not answer.is_success:
            self.wrong.append(f"{order.path} {order.key}: {answer.status_code} {answer.text[:300]}")
            return True
        return order.chain is None or self.confirm(order.key, answer.json()["seq"])

    def confirm(self, key: str, seq: int | None) -> bool:
        """Note what a receipt says; whether it acknowledges the order."""
        if seq is not None and self.acknowledged.setdefault(key, seq) != seq:
            known = self.acknowledged[key]
            self.wrong.append(f"{key}: acknowledged as {known}, and again as {seq}")
        return seq is not None

    @property
    def unsettled(self) -> list[Order]:
        """Orders on chains that nobody gave up and that were not acknowledged."""
        return [
            one
            for key, one in self.orders.items()
            if one.chain and key not in self.acknowledged and key not in self.given_up
        ]

    @property
    def chains(self) -> set[str]:
        """Every chain that was acted on."""
        return {one.chain for one in self.orders.values() if one.chain}


class Clerk:
    """Somebody who works through the API processes, and knows a chain or makes one."""

    def __init__(
        self, name: str, clients: Sequence[httpx.AsyncClient], ledger: Ledger, seed: int
    ) -> None:
        self._name, self._clients, self._ledger = name, clients, ledger
        self._dice = random.Random(f"{seed} {name}")
        self._number = 0
        self._behind: set[asyncio.Task[None]] = set()

    async def choose(self, chains: Sequence[str]) -> None:
        """Choose again and again, on any of the chains, until cancelled."""
        async with self._to_the_end():
            while True:
                await self._pause()
                await self._in_some_manner(self._choice(self._dice.choice(chains)))

    async def live_stories(self, rules: Rules) -> None:
        """Launch chain after chain, and see each through its first step and more."""
        async with self._to_the_end():
            while True:
                chain = await self._launch()
                for verb, body in _first_step(rules):
                    await self._pause()
                    await self.deliver(self._order(chain, verb, body))
                for _ in range(DEEDS_OF_A_STORY):
                    await self._pause()
                    await self._in_some_manner(self._choice(chain))

    async def deliver(self, order: Order) -> None:
        """Send an order until it is acknowledged."""
        self._ledger.orders[order.key] = order
        while not await self._send(order, self._dice.choice(self._clients)):
            await asyncio.sleep(PATIENCE_SECONDS)

    async def _in_some_manner(self, order: Order) -> None:
        manners: list[Callable[[Order], Awaitable[None]]] = [
            self.deliver,
            self.deliver,
            self._twice_at_once,
            self._late,
            self._again,
            self._once,
        ]
        manner = self._dice.choice(manners)
        self._ledger.manners[manner.__name__.strip("_").replace("_", " ")] += 1
        await manner(order)

    async def _twice_at_once(self, order: Order) -> None:
        self._ledger.orders[order.key] = order
        await asyncio.gather(*(self._send(order, client) for client in self._clients))
        await self.deliver(order)

    async def _late(self, order: Order) -> None:
        """Others overtake it on the way."""
        self._ledger.orders[order.key] = order
        seconds = self._dice.uniform(0, LATE_SECONDS)
        task = asyncio.create_task(self._deliver_after(seconds, order))
        self._behind.add(task)
        task.add_done_callback(self._behind.discard)

    async def _deliver_after(self, seconds: float, order: Order) -> None:
        await asyncio.sleep(seconds)
        await self.deliver(order)

    async def _again(self, order: Order) -> None:
        """It was acknowledged, and comes once more; so does one from long ago."""
        await self.deliver(order)
        known = self._dice.choice([*self._ledger.acknowledged])
        for one in (order, self._ledger.orders[known]):
            await self._send(one, self._dice.choice(self._clients))

    async def _once(self, order: Order) -> None:
        """Nobody asks again what became of it."""
        self._ledger.orders[order.key] = order
        if not await self._send(order, self._dice.choice(self._clients)):
            self._ledger.given_up.add(order.key)

    async def _send(self, order: Order, client: httpx.AsyncClient) -> bool:
        headers = {"Idempotency-Key": order.key}
        try:
            answer = await client.post(f"/api/v1{order.path}", json=order.body, headers=headers)
        except httpx.TransportError:
            self._ledger.answers["none"] += 1
            return False
        return self._ledger.take(order, answer)

    async def _launch(self) -> str:
        self._number += 1
        code = f"2611-440784-04-01-{self._dice.randrange(1_000_000):06d}"
        project = {"code": code, "district": "440784", **ENTERPRISE}
        await self.deliver(Order(f"project-{code}", "/projects", project))
        chain = f"land-to-construction.{code}"
        body = {"project": code, "chain": "land-to-construction"}
        await self.deliver(Order(f"launch-{code}", "/chains", body, chain))
        return chain

    def _choice(self, chain: str) -> Order:
        return self._order(chain, "choose_mode", CHOICE)

    def _order(self, chain: str, verb: str, body: Mapping[str, Any]) -> Order:
        self._number += 1
        key = f"{self._name}-{self._number:06d}"
        return Order(key, f"/chains/{chain}/commands/{verb}", body, chain)

    async def _pause(self) -> None:
        await asyncio.sleep(self._dice.uniform(0, 2 * PACE_SECONDS))

    def _to_the_end(self) -> "_Behind":
        return _Behind(self._behind)


class _Behind:
    """Ends what a clerk left on its way when the clerk is told to stop."""

    def __init__(self, tasks: set[asyncio.Task[None]]) -> None:
        self._tasks = tasks

    async def __aenter__(self) -> None: ...

    async def __aexit__(self, *_: object) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _first_step(rules: Rules) -> Iterator[tuple[str, dict[str, Any]]]:
    first = rules.definition.steps[0]
    yield "receive", {"step": first.id, "materials": [one.id for one in first.materials]}
    yield "accept", {"step": first.id}
    yield "decide", {"step": first.id, "result": "pass"}
