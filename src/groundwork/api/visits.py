"""Last visits: what changed since somebody looked last, noted without making them wait.

A page calls `note` when it shows a chain; the number goes to the database a moment later, with
those of everybody else. While the database is away notes wait, and if the process dies in that
moment a visit is forgotten: then somebody is told of a change twice, never too little.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from typing import Final

import structlog

from groundwork.store.errors import StoreError
from groundwork.store.last_seen import LastSeen

EVERY_SECONDS: Final = 1.0
MOST_KEPT: Final = 10_000
"""How many visits wait at most; more are forgotten while the database is away."""

log = structlog.stdlib.get_logger(__name__)


class Visits:
    """Notes who saw what, and tells it."""

    def __init__(self, last_seen: LastSeen) -> None:
        self._last_seen = last_seen
        self._waiting: dict[tuple[str, str], int] = {}
        self._under_way: dict[tuple[str, str], int] = {}

    def note(self, person: str, chain_id: str, seq: int) -> None:
        """Somebody has seen a chain up to that event. Takes no time and never fails."""
        key = (person, chain_id)
        if key in self._waiting or len(self._waiting) < MOST_KEPT:
            self._waiting[key] = max(seq, self._waiting.get(key, 0))

    async def seen(self, person: str, chains: Iterable[str]) -> dict[str, int]:
        """The last event of each of these chains that the person has seen, if any.

        Raises StoreUnavailable.
        """
        wanted = list(chains)
        known = await self._last_seen.seen(person, wanted)
        for notes in (self._under_way, self._waiting):
            for chain_id in wanted:
                fresh = notes.get((person, chain_id), 0)
                if fresh > known.get(chain_id, 0):
                    known[chain_id] = fresh
        return known

    async def write(self) -> None:
        """Write down what waits. What could not be written waits on."""
        taken, self._waiting = self._waiting, {}
        self._under_way = taken
        written = False
        try:
            await self._last_seen.note(taken)
            written = True
        except StoreError as error:
            log.warning("visits wait", error=type(error).__name__, count=len(taken))
        finally:
            self._under_way = {}
            if not written:
                for (person, chain_id), seq in taken.items():
                    self.note(person, chain_id, seq)

    @contextlib.asynccontextmanager
    async def rounds(self) -> AsyncIterator[None]:
        """Write every moment while this is open, and once more at the end."""
        task = asyncio.create_task(self._go_on())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await self.write()

    async def _go_on(self) -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await self.write()
