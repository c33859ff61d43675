"""People at work on the installation, whatever is the matter with it: they choose and they look."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Final
from uuid import uuid4

import httpx

from tests.chaos.load import CHOICE
from tests.drill.site import Site
from tests.survival.park import ENTERPRISE, chain_of, post, project_code

PACE_SECONDS: Final = 0.4
AT_ONCE: Final = 12
_numbers = count(1)


async def launch(client: httpx.AsyncClient, number: int) -> list[str]:
    """So many chains, each of a project of its own; credit is asked for as each begins."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def begin() -> str:
        code = project_code(next(_numbers))
        async with turns:
            project = {"code": code, "district": "440784", **ENTERPRISE}
            await post(client, "/projects", f"project-{code}", project)
            order = {"project": code, "chain": "land-to-construction"}
            await post(client, "/chains", f"launch-{code}", order)
        return chain_of(code)

    return list(await asyncio.gather(*(begin() for _ in range(number))))


async def choose(client: httpx.AsyncClient, chain: str) -> httpx.Response | None:
    """A decision that is always possible; None where nobody answers."""
    headers = {"Idempotency-Key": f"choose-{uuid4().hex}"}
    try:
        path = f"/chains/{chain}/commands/choose_mode"
        return await client.post(path, json=CHOICE, headers=headers)
    except httpx.TransportError:
        return None


async def look(client: httpx.AsyncClient, chain: str) -> None:
    """Read a chain, or try to."""
    with suppress(httpx.TransportError):
        await client.get(f"/chains/{chain}")


@asynccontextmanager
async def at_work(site: Site, chains: Sequence[str]) -> AsyncIterator[None]:
    """Have somebody choose and somebody look, again and again, on these chains."""

    async def go_on() -> None:
        async with site.client() as client:
            for number in count():
                chain = chains[number % len(chains)]
                # Nobody waits for an answer before the next goes to work.
                tasks = {asyncio.create_task(one(client, chain)) for one in (choose, look)}
                under_way.update(tasks)
                for task in tasks:
                    task.add_done_callback(under_way.discard)
                await asyncio.sleep(PACE_SECONDS)

    under_way: set[asyncio.Task[object]] = set()
    working = asyncio.create_task(go_on())
    try:
        yield
    finally:
        working.cancel()
        for task in (*under_way, working):
            task.cancel()
        await asyncio.gather(working, *under_way, return_exceptions=True)
