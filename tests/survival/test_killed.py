"""Whatever is killed, whenever: every acknowledged command is there once, in order."""

import asyncio
import itertools
from typing import Any

import httpx
import pytest

from tests.survival.park import ENTERPRISE, Park, chain_of, post, project_code

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

COMMANDS = 30
_numbers = itertools.count(1)


async def _launched(client: httpx.AsyncClient) -> str:
    code = project_code(next(_numbers))
    project = {"code": code, "district": "440784", **ENTERPRISE}
    await post(client, "/projects", f"project-{code}", project)
    order = {"project": code, "chain": "land-to-construction"}
    await post(client, "/chains", f"launch-{code}", order)
    return chain_of(code)


async def _choose(client: httpx.AsyncClient, chain: str, number: int) -> dict[str, Any]:
    """A command that is always possible and leaves one event."""
    body = {"step": "L22", "mode": "standard"}
    path = f"/chains/{chain}/commands/choose_mode"
    return await post(client, path, f"choose-{number:06d}", body)


async def _events(client: httpx.AsyncClient, chain: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    place: dict[str, str] = {}
    while True:
        answer = await client.get(f"/audit/chains/{chain}", params=place)
        assert answer.status_code in {httpx.codes.OK, httpx.codes.SERVICE_UNAVAILABLE}, answer.text
        if answer.status_code != httpx.codes.OK:
            return []
        page = answer.json()
        found.extend(page["items"])
        if page["next"] is None:
            return found
        place = {"cursor": page["next"]}


async def _recorded(client: httpx.AsyncClient, chain: str, seq: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(60):
        while len(events := await _events(client, chain)) < seq:
            await asyncio.sleep(0.2)
    return events


@pytest.mark.parametrize("victim", ["worker", "temporal", "postgres", "api", "up"])
async def test_every_acknowledged_command_is_there_once(park: Park, victim: str) -> None:
    async with park.client() as client:
        chain = await _launched(client)
        receipts: dict[str, int] = {}

        async def write() -> None:
            for number in range(COMMANDS):
                receipt = await _choose(client, chain, number)
                receipts[f"choose-{number:06d}"] = receipt["seq"]

        writing = asyncio.create_task(write())
        while len(receipts) < COMMANDS // 3:
            await asyncio.sleep(0.02)
            assert not writing.done()
        park.kill(victim)
        if victim == "up":
            await park.start()
        await writing
        events = await _recorded(client, chain, max(receipts.values()))
        verified = (await client.get("/audit/verify", params={"chain": chain})).json()
    by_key = {event["key"]: event["seq"] for event in events if event["type"] == "mode_chosen"}
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert by_key == receipts
    assert sum(event["type"] == "mode_chosen" for event in events) == COMMANDS
    assert verified["findings"] == []


async def test_three_hundred_commands_at_once_all_succeed(park: Park) -> None:
    async with park.client() as client:
        chain = await _launched(client)
        receipts = await asyncio.gather(*(_choose(client, chain, number) for number in range(300)))
        seqs = {receipt["seq"] for receipt in receipts}
        events = await _recorded(client, chain, max(seqs))
    assert len(seqs) == 300
    assert sum(event["type"] == "mode_chosen" for event in events) == 300
