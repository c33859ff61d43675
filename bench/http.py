"""A caller of HTTP so plain that the server is the bottleneck: GET alone, connections kept."""

import asyncio
import re
from time import perf_counter

CONNECTIONS = 8

_LENGTH = re.compile(rb"^content-length:\s*(\d+)\s*$", re.IGNORECASE | re.MULTILINE)


async def get(port: int, path: str, token: str = "") -> bytes:
    """The body of one answer. Raises RuntimeError unless it is a 200."""
    async with asyncio.timeout(30):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            return await _exchange(reader, writer, _request(port, path, token))
        finally:
            writer.close()


async def rate(
    port: int, path: str, token: str, requests: int, connections: int = CONNECTIONS
) -> float:
    """Answers per second over some connections at once."""
    request = _request(port, path, token)

    async def call() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            for _ in range(requests // connections + 1):
                await _exchange(reader, writer, request)
        finally:
            writer.close()

    began = perf_counter()
    await asyncio.gather(*(call() for _ in range(connections)))
    return connections * (requests // connections + 1) / (perf_counter() - began)


def _request(port: int, path: str, token: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Accept: application/json"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> bytes:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head.replace(b"\r\n", b"\n"))
    body = await reader.readexactly(int(length[1]) if length else 0)
    if not head.startswith(b"HTTP/1.1 200 "):
        asked, answered = (part.partition(b"\r\n")[0].decode("latin-1") for part in (request, head))
        raise RuntimeError(f"{asked}: {answered}")
    return body
