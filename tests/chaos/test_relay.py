"""A relay carries bytes, until it is cut, silent or slow."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from groundwork.runtime.processes import free_port
from tests.chaos.relay import Relay

ENDED = (ConnectionError, asyncio.IncompleteReadError)
"""How a connection that is cut shows."""


@pytest.fixture
async def relay(tmp_path: Path) -> AsyncIterator[Relay]:
    """A relay to a server that answers with what it is told."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
        writer.close()

    far = tmp_path / "far"
    async with (
        await asyncio.start_unix_server(echo, far),
        Relay(free_port(), far) as relay,
    ):
        yield relay


async def call(relay: Relay) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection through the relay."""
    assert isinstance(relay.near, int)
    return await asyncio.open_connection("127.0.0.1", relay.near)


async def test_it_carries_both_ways(relay: Relay) -> None:
    reader, writer = await call(relay)
    writer.write(b"one\n")
    assert await reader.readline() == b"one\n"
    writer.write_eof()
    assert await reader.read() == b""
    writer.close()


async def test_silent_it_holds_everything_back_until_it_is_mended(relay: Relay) -> None:
    reader, writer = await call(relay)
    relay.silence()
    writer.write(b"one\n")
    answer = asyncio.create_task(reader.readline())
    done, _ = await asyncio.wait([answer], timeout=0.1)
    assert not done
    relay.mend()
    assert await answer == b"one\n"
    writer.close()


async def test_cut_it_ends_connections_and_refuses_new_ones_until_it_is_mended(
    relay: Relay,
) -> None:
    reader, writer = await call(relay)
    writer.write(b"one\n")
    await reader.readline()
    relay.cut()
    with pytest.raises(ENDED):
        await reader.readexactly(1)
    reader, other = await call(relay)
    with pytest.raises(ENDED):
        await reader.readexactly(1)
    relay.mend()
    reader, third = await call(relay)
    third.write(b"two\n")
    assert await reader.readline() == b"two\n"
    for one in (writer, other, third):
        one.close()


async def test_slow_it_still_carries_in_order(relay: Relay) -> None:
    reader, writer = await call(relay)
    relay.slow(0.01)
    for number in range(5):
        writer.write(b"%d\n" % number)
    assert [await reader.readline() for _ in range(5)] == [b"%d\n" % n for n in range(5)]
    writer.close()
