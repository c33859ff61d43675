"""The activities of a rollout: find chains, and let each adopt the version, once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

from temporalio import activity

from groundwork.domain.commands import AdoptCalendar, AdoptDefinition, Envelope
from groundwork.domain.model import SYSTEM
from groundwork.domain.rejections import Reason
from groundwork.domain.rollout import (
    CALENDAR_ADOPT,
    CALENDAR_PAGE,
    DEFINITION_ADOPT,
    DEFINITION_PAGE,
    Adoption,
    AdoptionOutcome,
    FoundChains,
    RolloutPage,
    adoption_key,
    definition_key,
    named_version,
)
from groundwork.runtime.gateway import (
    ChainNotFound,
    CoreFault,
    EngineSilent,
    Gateway,
    Refused,
)
from groundwork.store.rollouts import DefinitionRollouts, Rollouts, VersionRollouts

WAIT: Final = timedelta(seconds=5)
"""How long one chain may take to answer before its turn comes again in the next sweep."""
RECORDED_SECONDS: Final = 5.0
FETCHED_SECONDS: Final = 10
"""Workers look for new versions every few seconds."""
LOOK_SECONDS: Final = 0.1

UNRECORDED: Final = "unrecorded"
"""The chain has adopted the version, but the record does not say so yet."""


_FETCHED_LATER: Final = frozenset({Reason.UNKNOWN_CALENDAR, Reason.UNKNOWN_DEFINITION})
"""Refusals that end once the chain's worker has fetched what was published a moment ago."""

Asked = tuple[str, AdoptCalendar | AdoptDefinition]
"""What is asked of a chain: under which key, and the command."""


class _Rollout:
    """Lets chains adopt a version through the same door that people use."""

    def __init__(self, rollouts: VersionRollouts, gateway: Gateway) -> None:
        self._rollouts = rollouts
        self._gateway = gateway

    async def _page(self, request: RolloutPage) -> FoundChains:
        """Note the progress, and find the next chains that go by another version."""
        await self._rollouts.note(request.progress)
        return await self._rollouts.outstanding(
            request.progress.version, request.after, request.size
        )

    async def _adopt(self, order: Adoption, asked: Asked) -> AdoptionOutcome:
        """Let the chains adopt the version. Begun again it changes nothing twice."""
        failed: dict[str, str] = {}
        closed: set[str] = set()
        turns = asyncio.Semaphore(order.at_once)

        async def one(chain: str) -> None:
            async with turns:
                reason = await self._carry_where_known(chain, asked)
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

    async def _carry_where_known(self, chain: str, asked: Asked) -> str | None:
        """Wait for the chain's worker to fetch the version, which was published a moment ago."""
        reason = await self._carry(chain, asked)
        for _ in range(FETCHED_SECONDS):
            if reason not in _FETCHED_LATER:
                break
            activity.heartbeat()
            await asyncio.sleep(1)
            reason = await self._carry(chain, asked)
        return reason

    async def _carry(self, chain: str, asked: Asked) -> str | None:
        """Bring the command to the chain; the code of the reason if that failed."""
        key, command = asked
        envelope = Envelope(key=key, by=SYSTEM, received_at=datetime.now(UTC), command=command)
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


class CalendarRolloutActivities(_Rollout):
    """The activities of a calendar's rollout."""

    def __init__(self, rollouts: Rollouts, gateway: Gateway) -> None:
        super().__init__(rollouts, gateway)

    @activity.defn(name=CALENDAR_PAGE)
    async def page(self, request: RolloutPage) -> FoundChains:
        """Note the progress, and find the next chains that follow another calendar."""
        return await self._page(request)

    @activity.defn(name=CALENDAR_ADOPT)
    async def adopt(self, order: Adoption) -> AdoptionOutcome:
        """Let the chains adopt the calendar. Begun again it changes nothing twice."""
        asked = adoption_key(order.version), AdoptCalendar(version=order.version)
        return await self._adopt(order, asked)


class DefinitionRolloutActivities(_Rollout):
    """The activities of a definition's rollout."""

    def __init__(self, rollouts: DefinitionRollouts, gateway: Gateway) -> None:
        super().__init__(rollouts, gateway)
        self._definitions = rollouts

    @activity.defn(name=DEFINITION_PAGE)
    async def page(self, request: RolloutPage) -> FoundChains:
        """Note the progress, and find the next chains that go by an older version."""
        return await self._page(request)

    @activity.defn(name=DEFINITION_ADOPT)
    async def adopt(self, order: Adoption) -> AdoptionOutcome:
        """Let the chains go by the definition. Begun again it changes nothing twice."""
        content_hash = await self._definitions.hash_of(order.version)
        command = AdoptDefinition(version=named_version(order.version)[1], hash=content_hash)
        return await self._adopt(order, (definition_key(content_hash), command))
