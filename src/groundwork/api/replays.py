"""Answers to writes that have no key of their own in the store, kept for those who ask again.

Creating a person or a token twice would make two, and a token's secret is told only once. So the
answer is kept for a while in this process, and the same request gets it again.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Final, NamedTuple

from groundwork.api.errors import Problem

KEPT_SECONDS: Final = 600.0
MOST_KEPT: Final = 256


class _Kept(NamedTuple):
    digest: bytes
    body: asyncio.Task[bytes]
    until: float


class Replays:
    """Carries out each write once per key."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], _Kept] = {}

    async def once(
        self, person: str, key: str, asked: bytes, write: Callable[[], Awaitable[bytes]]
    ) -> bytes:
        """The answer of `write`, carried out unless the same person asked the same before.

        Raises Problem (key_reused) when the key was used for something else.
        """
        self._drop_old()
        place, digest = (person, key), sha256(asked).digest()
        kept = self._kept.get(place)
        if kept is None:
            task = asyncio.ensure_future(_awaited(write))
            kept = _Kept(digest, task, time.monotonic() + KEPT_SECONDS)
            self._kept[place] = kept
        if kept.digest != digest:
            raise Problem("key_reused")
        try:
            # A caller that gives up does not stop what others may be waiting for.
            return await asyncio.shield(kept.body)
        except Exception:
            # A failure is no answer: whoever asks again gets another attempt.
            self._kept.pop(place, None)
            raise

    def _drop_old(self) -> None:
        now = time.monotonic()
        over = [place for place, kept in self._kept.items() if kept.until < now]
        too_many = max(0, len(self._kept) - MOST_KEPT + 1)
        for place in {*over, *list(self._kept)[:too_many]}:
            del self._kept[place]


async def _awaited(write: Callable[[], Awaitable[bytes]]) -> bytes:
    return await write()
