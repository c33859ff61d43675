"""A relay between two parts of an installation: what a test cuts, silences or slows is the network.

It carries bytes from one Unix socket or port of this machine to another and does nothing else until
a test makes a bad cable of it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

Address = int | Path
"""A port of this machine, or a Unix socket."""
_Met = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

CHUNK: Final = 64 * 1024
HOST: Final = "127.0.0.1"


class Relay:
    """Listens at one address and passes on to another. Use it as an asynchronous context."""

    def __init__(self, near: Address, far: Address) -> None:
        self.near, self._far = near, far
        self._open = asyncio.Event()
        self._refuses = False
        self._delay = 0.0
        self._carried: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._open.set()
        self._server = await _listen(self.near, self._meet)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self._end_all()
        await asyncio.gather(*self._carried, return_exceptions=True)

    def cut(self) -> None:
        """End every connection at once and refuse new ones."""
        self._refuses = True
        self._end_all()

    def silence(self) -> None:
        """Hold every byte back: both ends stay connected and hear nothing of each other."""
        self._open.clear()

    def slow(self, seconds: float) -> None:
        """Hold what comes in either direction back for so long."""
        self._delay = seconds

    def mend(self) -> None:
        """Be a good cable again; what was held back arrives."""
        self._refuses, self._delay = False, 0.0
        self._open.set()

    def _end_all(self) -> None:
        for task in self._carried:
            task.cancel()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._carried.add(task)
        ends = [writer]
        try:
            if not self._refuses:
                far_reader, far_writer = await _connect(self._far)
                ends.append(far_writer)
                there = self._carry(reader, far_writer)
                back = self._carry(far_reader, writer)
                async with asyncio.TaskGroup() as both:
                    both.create_task(there)
                    both.create_task(back)
        except (OSError, ExceptionGroup, asyncio.CancelledError):
            pass  # The other end is away, or the cable was cut: either way it is over.
        finally:
            self._carried.discard(task)
            for end in ends:
                end.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(CHUNK):
            if self._delay:
                await asyncio.sleep(self._delay)
            await self._open.wait()
            writer.write(chunk)
            await writer.drain()
        with suppress(OSError, RuntimeError):
            writer.write_eof()


async def _listen(at: Address, met: _Met) -> asyncio.Server:
    if isinstance(at, Path):
        return await asyncio.start_unix_server(met, at)
    return await asyncio.start_server(met, HOST, at)


async def _connect(to: Address) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if isinstance(to, Path):
        return await asyncio.open_unix_connection(to)
    return await asyncio.open_connection(HOST, to)
