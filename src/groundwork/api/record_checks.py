"""Checks of the record (台账核验) in the background: they may take minutes."""

import asyncio
from contextlib import suppress
from typing import Final, Protocol

import structlog

from groundwork.store.errors import StoreUnavailable
from groundwork.store.ledger import Finding
from groundwork.store.record_checks import RecordChecks

NOTED_EVERY: Final = 1.0
"""Seconds between two notes of how far a check is."""
SOON: Final = 2.0
"""A check of one chain is over within so many seconds: whoever asks sees at once what it found."""

log = structlog.stdlib.get_logger(__name__)


class Progress:
    """How far a check is, counted in chains that were read; each is read twice."""

    def __init__(self) -> None:
        self.done = 0
        self.total = 0

    def step(self) -> None:
        """Note that one more chain was read."""
        self.done += 1


class Checked(Protocol):
    """Checks a chain or, without one, all, and tells how far it is."""

    async def __call__(self, chain: str | None, progress: Progress, /) -> list[Finding]: ...


class Checks:
    """Carries out checks in this process; the database knows of them, so all processes do."""

    def __init__(self, kept: RecordChecks, check: Checked) -> None:
        self.kept = kept
        self._check = check
        self._tasks: set[asyncio.Task[None]] = set()

    async def begin(self, chain: str | None, by: str) -> None:
        """Have a chain checked, or all, unless a check is under way; wait for a short one."""
        number = await self.kept.begin(chain, by)
        if number is None:
            return
        task = asyncio.create_task(self._perform(number, chain))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.wait({task}, timeout=SOON)

    async def close(self) -> None:
        """Stop what is under way."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _perform(self, number: int, chain: str | None) -> None:
        progress = Progress()
        noting = asyncio.create_task(self._note(number, progress))
        findings: list[Finding] | None = None
        try:
            findings = await self._check(chain, progress)
        except StoreUnavailable:
            log.warning("a check of the record broke off", check=number)
        finally:
            noting.cancel()
            await asyncio.gather(noting, return_exceptions=True)
            with suppress(StoreUnavailable):
                await self.kept.end(number, findings)

    async def _note(self, number: int, progress: Progress) -> None:
        while True:
            with suppress(StoreUnavailable):
                await self.kept.note(number, progress.done, progress.total)
            await asyncio.sleep(NOTED_EVERY)
