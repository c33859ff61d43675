"""The activities of a calendar's rollout: find chains, and let each adopt it, once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

from temporalio import activity

from groundwork.domain.commands import AdoptCalendar, Envelope
from groundwork.domain.model import SYSTEM
from groundwork.domain.rejections import Reason
from groundwork.domain.rollout import (
    ROLLOUT_ADOPT,
    ROLLOUT_PAGE,
    Adoption,
    AdoptionOutcome,
    FoundChains,
    RolloutPage,
    adoption_key,
)
from groundwork.runtime.gateway import (
    ChainNotFound,
    CoreFault,
    EngineSilent,
    Gateway,
    Refused,
)
from groundwork.store.rollouts import Rollouts

WAIT: Final = timedelta(seconds=5)
"""How long one chain may take to answer before its turn comes again in the next sweep."""
RECORDED_SECONDS: Final = 5.0
FETCHED_SECONDS: Final = 10
"""Workers look for new versions every few seconds."""
LOOK_SECONDS: Final = 0.1

UNRECORDED: Final = "unrecorded"
"""The chain has adopted the calendar, but the record does not say so yet."""


class RolloutActivities:
    """Lets chains adopt a calendar through the same door that people use."""

    def __init__(self, rollouts: Rollouts, gateway: Gateway) -> None:
        self._rollouts = rollouts
        self._gateway = gateway

    @activity.defn(name=ROLLOUT_PAGE)
    async def page(self, request: RolloutPage) -> FoundChains:
        """Note the progress, and find the next chains that follow another calendar."""
        await self._rollouts.note(request.progress)
        return await self._rollouts.outstanding(
            request.progress.version, request.after, request.size
        )

    @activity.defn(name=ROLLOUT_ADOPT)
    async def adopt(self, order: Adoption) -> AdoptionOutcome:
        """Let the chains adopt the version. Begun again it changes nothing twice."""
        failed: dict[str, str] = {}
        closed: set[str] = set()
        turns = asyncio.Semaphore(order.at_once)

        async def one(chain: str) -> None:
            async with turns:
                reason = await self._carry_where_known(chain, order.version)
            activity.heartbeat()
            if reason == Reason.CHAIN_CLOSED:
                closed.add(chain)
            elif reason is not None:
                failed[chain] = reason

        await asyncio.gather(*(one(chain) for chain in order.chains))
        # The engine forgets chains that ended; the record tells them from those it never had.
        ended = closed | await self._rollouts.ended(list(failed))
        reached = [chain for chain in order.chains if chain not in failed.keys() | ended]
        recorded = await self._recorded(order.version, reached)
        failed |= dict.fromkeys(set(reached) - recorded, UNRECORDED)
        failed = {chain: reason for chain, reason in failed.items() if chain not in ended}
        await self._rollouts.settle(order.version, recorded | ended, failed, datetime.now(UTC))
        return AdoptionOutcome(adopted=len(recorded), ended=len(ended), failed=len(failed))

    async def _carry_where_known(self, chain: str, version: str) -> str | None:
        """Wait for the chain's worker to fetch the version, which was published a moment ago."""
        reason = await self._carry(chain, version)
        for _ in range(FETCHED_SECONDS):
            if reason != Reason.UNKNOWN_CALENDAR:
                break
            activity.heartbeat()
            await asyncio.sleep(1)
            reason = await self._carry(chain, version)
        return reason

    async def _carry(self, chain: str, version: str) -> str | None:
        """Bring the command to the chain; the code of the reason if that failed."""
        envelope = Envelope(
            key=adoption_key(version),
            by=SYSTEM,
            received_at=datetime.now(UTC),
            command=AdoptCalendar(version=version),
        )
        try:
            await self._gateway.act(chain, envelope, WAIT)
        except Refused as refused:
            return refused.reason.value
        except ChainNotFound:
            return "chain_not_found"
        except EngineSilent:
            return "engine_unavailable"
        except CoreFault:
            return "internal_error"
        return None

    async def _recorded(self, version: str, chains: list[str]) -> set[str]:
        """Those of the chains whose adoption is recorded before the patience ends."""
        loop = asyncio.get_running_loop()
        until = loop.time() + RECORDED_SECONDS
        while True:
            found = await self._rollouts.following(version, chains)
            if len(found) == len(chains) or loop.time() > until:
                return found
            activity.heartbeat()
            await asyncio.sleep(LOOK_SECONDS)
