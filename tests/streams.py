"""Reads a live channel as a browser would."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import httpx
import orjson

PATIENCE = 30
"""Seconds until a test that waits in vain is given up."""


class Told(NamedTuple):
    """One message."""

    topics: list[str]
    id: str
    fields: dict[str, str]


class Listener:
    """One open stream."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def told(self) -> Told:
        """The next message. Raises StopAsyncIteration when the stream ends."""
        fields: dict[str, str] = {}
        while line := await anext(self._lines):
            name, _, value = line.partition(":")
            fields[name] = value.strip()
        return Told(orjson.loads(fields["data"]), fields["id"], fields)

    async def until(self, topic: str) -> Told:
        """The next message that names the topic."""
        while True:
            told = await self.told()
            if topic in told.topics:
                return told

    async def rest(self) -> list[Told]:
        """Everything until the stream ends."""
        told = []
        try:
            while True:
                told.append(await self.told())
        except StopAsyncIteration:
            return told


@asynccontextmanager
async def listening(
    base: str, token: str, after: str | None = None, last: str | None = None
) -> AsyncIterator[Listener]:
    """A stream from the API at `base`, from a position or after the message of an id."""
    headers = {"Authorization": f"Bearer {token}"} | ({"Last-Event-ID": last} if last else {})
    params = {"after": after} if after else {}
    async with (
        httpx.AsyncClient(base_url=base, timeout=PATIENCE) as http,
        http.stream("GET", "/live", headers=headers, params=params) as response,
    ):
        yield Listener(response)
