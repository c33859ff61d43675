"""Rollouts whose histories later releases must replay, over chains that are kept in memory."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from temporalio import activity
from temporalio.client import WorkflowHandle, WorkflowHistory
from temporalio.worker import Worker

from groundwork.domain.rollout import (
    CALENDAR_ADOPT,
    CALENDAR_PAGE,
    DEFINITION_ADOPT,
    DEFINITION_PAGE,
    Adoption,
    AdoptionOutcome,
    FoundChains,
    RolloutOrder,
    RolloutPage,
    RolloutProgress,
    RolloutState,
)
from groundwork.workflows.rollout import CalendarRollout, DefinitionRollout
from tests.workflows.office import Office

QUEUE: Final = "rollouts"
CHAINS: Final = tuple(f"bench.{number:04}" for number in range(6))
MOMENT: Final = 0.05
"""The pauses of these rollouts, in seconds."""


class Spreading:
    """Running chains that go by an older version; some refuse the new one so many times.

    From `superseded_after` looks on, a later version takes the place of the one that is asked for.
    """

    def __init__(
        self, stubborn: dict[str, int] | None = None, superseded_after: int | None = None
    ) -> None:
        self.left = set(CHAINS)
        self.stubborn = dict(stubborn or {})
        self.superseded_after = superseded_after
        self.looks = 0

    @activity.defn(name=CALENDAR_PAGE)
    async def calendar_page(self, asked: RolloutPage) -> FoundChains:
        """The next chains on another calendar."""
        return self._page(asked)

    @activity.defn(name=CALENDAR_ADOPT)
    async def calendar_adopt(self, asked: Adoption) -> AdoptionOutcome:
        """What became of these chains."""
        return self._adopt(asked)

    @activity.defn(name=DEFINITION_PAGE)
    async def definition_page(self, asked: RolloutPage) -> FoundChains:
        """The next chains on an older definition."""
        return self._page(asked)

    @activity.defn(name=DEFINITION_ADOPT)
    async def definition_adopt(self, asked: Adoption) -> AdoptionOutcome:
        """What became of these chains."""
        return self._adopt(asked)

    def _page(self, asked: RolloutPage) -> FoundChains:
        self.looks += 1
        later = [chain for chain in sorted(self.left) if chain > asked.after]
        replaced = self.superseded_after is not None and self.looks > self.superseded_after
        return FoundChains(
            chains=tuple(later[: asked.size]), left=len(self.left), superseded=replaced
        )

    def _adopt(self, asked: Adoption) -> AdoptionOutcome:
        refusing = {chain for chain in asked.chains if self.stubborn.get(chain)}
        for chain in refusing:
            self.stubborn[chain] -= 1
        self.left -= set(asked.chains) - refusing
        return AdoptionOutcome(adopted=len(asked.chains) - len(refusing), failed=len(refusing))

    @asynccontextmanager
    async def worker(self, office: Office) -> AsyncIterator[Worker]:
        """A worker for rollouts over these chains."""
        async with Worker(
            office.client,
            task_queue=QUEUE,
            workflows=[CalendarRollout, DefinitionRollout],
            activities=[
                self.calendar_page,
                self.calendar_adopt,
                self.definition_page,
                self.definition_adopt,
            ],
        ) as worker:
            yield worker


async def _spread(
    office: Office, kind: Any, spreading: Spreading, ends: RolloutState, **gently: Any
) -> WorkflowHistory:
    order = RolloutOrder(
        version="bench@2", page_size=4, pause_seconds=MOMENT, settle_seconds=MOMENT, **gently
    )
    async with spreading.worker(office):
        handle: WorkflowHandle[Any, RolloutProgress] = await office.client.start_workflow(
            kind.run, order, id=f"rollout.{uuid.uuid4().hex[:8]}", task_queue=QUEUE
        )
        progress = await handle.result()
        assert progress.state is ends, progress
        return await handle.fetch_history()


async def calendar_rollout(office: Office) -> WorkflowHistory:
    """A calendar that one chain adopts at the second sweep only."""
    spreading = Spreading({CHAINS[2]: 1})
    return await _spread(office, CalendarRollout, spreading, RolloutState.DONE)


async def definition_rollout(office: Office) -> WorkflowHistory:
    """A definition that does not fit one of the chains, however often it is tried."""
    spreading = Spreading({CHAINS[2]: 1_000})
    return await _spread(
        office, DefinitionRollout, spreading, RolloutState.INCOMPLETE, most_sweeps=2
    )


async def rollout_continued(office: Office) -> WorkflowHistory:
    """The last run of a rollout that continued as new after each page."""
    return await _spread(office, DefinitionRollout, Spreading(), RolloutState.DONE, pages_per_run=1)


async def rollout_superseded(office: Office) -> WorkflowHistory:
    """A calendar in whose place a later one was published midway."""
    spreading = Spreading(superseded_after=1)
    return await _spread(office, CalendarRollout, spreading, RolloutState.SUPERSEDED)


ROLLOUTS: Final = {
    "calendar-rollout": calendar_rollout,
    "definition-rollout": definition_rollout,
    "rollout-continued": rollout_continued,
    "rollout-superseded": rollout_superseded,
}
