"""Carries commands to their chains; those without an answer are kept and sent again.

A command counts from the moment it was first received. The engine keeps an unanswered one in memory
only, so it is kept in the database as well until the engine has answered: then neither a crash of
the engine nor a client that gives up loses it or makes it late.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Final

import structlog

from groundwork.api.link import EngineLink
from groundwork.api.problems import PROBLEMS
from groundwork.domain.commands import Envelope
from groundwork.domain.rejections import Reason
from groundwork.runtime.gateway import ChainNotFound, CoreFault, EngineSilent, Refused
from groundwork.store.denials import Denials
from groundwork.store.errors import StoreError
from groundwork.store.pending import Kept, Pending, Refusal
from groundwork.store.reads import Reads

LOOK_SECONDS: Final = 0.3
"""How long an absent database may hold a command that only wants to know of an earlier attempt."""

ROUND_SECONDS: Final = 2.0
ROUND_SIZE: Final = 50

log = structlog.stdlib.get_logger(__name__)


class Delivery:
    """Brings commands to the engine, each until it is answered."""

    def __init__(self, link: EngineLink, reads: Reads, pending: Pending, denials: Denials) -> None:
        self._link = link
        self._reads = reads
        self._pending = pending
        self._denials = denials

    async def carry(self, chain_id: str, envelope: Envelope) -> int | None:
        """The number of the command's last event; None while the engine has not answered.

        A command sent before under the same key counts from when it was first received. Raises
        Refused, ChainNotFound and CoreFault, and EngineSilent when nothing was sent or kept.
        """
        kept = await self.kept(chain_id, envelope.key)
        if kept is not None and kept.refusal is None:
            if kept.envelope.digest != envelope.digest:
                raise Refused(Reason.KEY_REUSED, {})
            envelope = kept.envelope
        elif kept is not None:
            # Whoever sends a refused command again gets a new judgement.
            await self._forget(chain_id, envelope.key)
        try:
            gateway = await self._link.gateway()
        except EngineSilent:
            if not await self._is_known(chain_id) or not await self._keep(chain_id, envelope):
                raise
            return None
        try:
            receipt = await gateway.act(chain_id, envelope)
        except EngineSilent:
            await self._keep(chain_id, envelope)
            return None
        if kept is not None:
            await self._forget(chain_id, envelope.key)
        return receipt.seq

    async def _is_known(self, chain_id: str) -> bool:
        try:
            return await self._reads.projected_seq(chain_id) > 0
        except StoreError:
            return False

    async def kept(self, chain_id: str, key: str) -> Kept | None:
        """The command that waits under the key, as far as the database tells in time."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                return await self._pending.find(chain_id, key)
        except (StoreError, TimeoutError):
            return None

    async def _keep(self, chain_id: str, envelope: Envelope) -> bool:
        try:
            await self._pending.keep(chain_id, envelope)
        except StoreError:
            return False
        return True

    async def _forget(self, chain_id: str, key: str) -> None:
        try:
            await self._pending.drop(chain_id, key)
        except StoreError:
            # It will be sent once more, which its key makes harmless.
            return

    @asynccontextmanager
    async def rounds(self) -> AsyncIterator[None]:
        """Send again what waits, every few seconds, as long as the context lasts."""
        walking = asyncio.create_task(self._walk())
        try:
            yield
        finally:
            walking.cancel()
            await asyncio.gather(walking, return_exceptions=True)

    async def _walk(self) -> None:
        while True:
            await asyncio.sleep(ROUND_SECONDS)
            try:
                await self._round()
            except (StoreError, EngineSilent):
                # One of the two is still away: the next round may find it.
                continue

    async def _round(self) -> None:
        """Send what waits in the order in which it was received. Stops at the first silence."""
        for chain_id, envelope in await self._pending.oldest(ROUND_SIZE):
            gateway = await self._link.gateway()
            try:
                await gateway.act(chain_id, envelope)
            except Refused as refused:
                refusal = Refusal(refused.reason.value, refused.params)
            except ChainNotFound:
                refusal = Refusal("chain_not_found", {"chain": chain_id})
            except CoreFault as fault:
                log.error("the core failed", verb=envelope.command.type, error=str(fault))
                refusal = Refusal("internal_error", {})
            else:
                await self._pending.drop(chain_id, envelope.key)
                continue
            await self._pending.refuse(chain_id, envelope.key, refusal)
            await self._note(chain_id, envelope, refusal)

    async def _note(self, chain_id: str, envelope: Envelope, refusal: Refusal) -> None:
        if PROBLEMS[refusal.code].status == HTTPStatus.FORBIDDEN:
            verb = envelope.command.type
            subject = f"chains/{chain_id}/commands/{verb}"
            await self._denials.write(envelope.by.id, verb, subject, refusal.code)
