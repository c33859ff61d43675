"""A chain walked to its end as an administrator does it over the API, whatever dies meanwhile."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import httpx

from tests.survival.park import ENTERPRISE

DONE: Final = {"passed", "passed_with_tolerance", "exempt"}
AGAIN: Final = {202, 502, 503, 504}
"""Not done yet, or nobody knows: the same command may be sent again."""
GATE: Final = "L14"
"""The step whose decision also says who won the land."""


class Walk:
    """One chain on its way. `turns` gives the client of the next call: several APIs may alternate.

    `receipts` are the numbers that were acknowledged, by the command's key.
    """

    def __init__(self, chain: str, turns: Callable[[], httpx.AsyncClient]) -> None:
        self.chain, self._turns = chain, turns
        self.receipts: dict[str, int] = {}

    async def seen(self) -> dict[str, Any]:
        """The chain as the API shows it."""
        return await self._asked("GET", f"/chains/{self.chain}")

    async def steps(self) -> list[dict[str, Any]]:
        """The steps that are open."""
        return [
            one for one in (await self.seen())["steps"] if one["state"] not in {*DONE, "waiting"}
        ]

    async def to_the_end(self) -> dict[str, Any]:
        """Decide until nothing is open; the chain then."""
        while opened := await self.steps():
            for step in opened:
                await self.decide(step)
        return await self.seen()

    async def decide(self, step: Mapping[str, Any]) -> None:
        """Take a step that is ready to its decision."""
        for verb, fields in _life(step):
            await self.do(verb, {"step": step["key"], **fields})

    async def do(self, verb: str, body: Mapping[str, Any]) -> None:
        """Give a command until it is acknowledged and to be seen."""
        key = f"{verb}-{body['step']}-{self.chain[-6:]}"
        path = f"/chains/{self.chain}/commands/{verb}"
        answer = await self._asked("POST", path, json=body, headers={"Idempotency-Key": key})
        self.receipts[key] = answer["seq"]

    async def _asked(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        async with asyncio.timeout(100):
            while True:
                try:
                    answer = await self._turns().request(method, path, **more)
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
                    continue
                if answer.status_code in {httpx.codes.OK, httpx.codes.CREATED}:
                    told: dict[str, Any] = answer.json()
                    return told
                assert answer.status_code in AGAIN, answer.text
                await asyncio.sleep(0.1)


def _life(step: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "receive", {"materials": [one["id"] for one in step["materials"]]}
    yield "accept", {}
    gate = {"winner_uscc": ENTERPRISE["uscc"], "planning_conditions_changed": False}
    yield "decide", {"result": "pass", **(gate if step["key"] == GATE else {})}
