"""Rolls a version out to every running chain, page by page, until none is left."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, ClassVar, Final

from temporalio import workflow
from temporalio.common import RetryPolicy

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
from groundwork.workflows.about import ABOUT, About, fitted
from groundwork.workflows.moving import ON_TARGET, moves_on

PATIENT: Final = RetryPolicy(maximum_interval=timedelta(seconds=30))
PAGE_TIMEOUT: Final = timedelta(seconds=30)
ADOPT_TIMEOUT: Final = timedelta(minutes=10)
SIGN_OF_LIFE: Final = timedelta(seconds=10)
"""After so long without one, an adoption that a killed worker had begun is given to another."""

WORDS: Final[Mapping[RolloutState, str]] = MappingProxyType(
    {
        RolloutState.RUNNING: "推行中 under way",
        RolloutState.WAITING: "等待重试 waiting to try again",
        RolloutState.DONE: "已完成 done",
        RolloutState.INCOMPLETE: "未完成 incomplete",
        RolloutState.SUPERSEDED: "已被新版本取代 superseded",
    }
)


class Rollout:
    """One rollout. Stopped anywhere, it goes on where it was: adoptions are carried out once."""

    page: ClassVar[str]
    """The activity that notes the progress and finds the next chains."""
    adoption: ClassVar[str]
    """The activity that lets some chains adopt the version."""
    about: ClassVar[About]

    def __init__(self, order: RolloutOrder) -> None:
        now = workflow.now()
        self._order = order
        self._after = order.after
        self._found = order.found
        self._pages = 0
        self._progress = order.carried or RolloutProgress(
            version=order.version, started_at=now, updated_at=now
        )
        self._describe()

    @workflow.query(description="How far the rollout is.")
    def progress(self) -> RolloutProgress:
        """The progress as the workflow knows it; the store may be a page behind."""
        return self._progress

    async def spread(self, order: RolloutOrder) -> RolloutProgress:
        """Sweep until no running chain goes by another version."""
        while True:
            page = await self._look()
            if page.superseded:
                return await self._finish(RolloutState.SUPERSEDED)
            if page.chains:
                await self._adopt(page.chains)
                self._perhaps_continue_as_new()
            elif self._found == 0:
                return await self._finish(RolloutState.DONE)
            elif self._progress.failed and self._progress.sweep >= order.most_sweeps:
                return await self._finish(RolloutState.INCOMPLETE)
            else:
                await self._sweep_again()

    async def _look(self) -> FoundChains:
        page: FoundChains = await workflow.execute_activity(
            self.page,
            RolloutPage(progress=self._progress, after=self._after, size=self._order.page_size),
            result_type=FoundChains,
            start_to_close_timeout=PAGE_TIMEOUT,
            retry_policy=PATIENT,
            summary=fitted(f"查找尚未启用的链条 find chains without · {self._order.version}"),
        )
        self._note(left=page.left)
        return page

    async def _adopt(self, chains: tuple[str, ...]) -> None:
        outcome: AdoptionOutcome = await workflow.execute_activity(
            self.adoption,
            Adoption(version=self._order.version, chains=chains, at_once=self._order.at_once),
            result_type=AdoptionOutcome,
            start_to_close_timeout=ADOPT_TIMEOUT,
            heartbeat_timeout=SIGN_OF_LIFE,
            retry_policy=PATIENT,
            summary=f"启用并重新计算 adopt and reckon anew · {len(chains)}",
        )
        self._after = chains[-1]
        self._found += len(chains)
        self._pages += 1
        self._note(
            adopted=self._progress.adopted + outcome.adopted,
            ended=self._progress.ended + outcome.ended,
            failed=self._progress.failed + outcome.failed,
            left=max(0, self._progress.left - outcome.adopted - outcome.ended),
        )

    async def _sweep_again(self) -> None:
        """Begin again from the first chain: after a pause where some failed."""
        seconds = self._order.settle_seconds
        if self._progress.failed:
            self._note(state=RolloutState.WAITING)
            await self._look()
            seconds = self._order.pause_seconds * 2 ** (self._progress.sweep - 1)
        await workflow.sleep(seconds, summary="稍候再次检查 · look again in a while")
        self._after, self._found = "", 0
        self._note(state=RolloutState.RUNNING, failed=0, sweep=self._progress.sweep + 1)

    async def _finish(self, state: RolloutState) -> RolloutProgress:
        self._note(state=state)
        noted = self._progress
        await self._look()
        return noted

    def _perhaps_continue_as_new(self) -> None:
        many = self._pages >= self._order.pages_per_run
        if many or workflow.info().is_continue_as_new_suggested() or moves_on():
            carried = {"carried": self._progress, "after": self._after, "found": self._found}
            workflow.continue_as_new(
                self._order.model_copy(update=carried), initial_versioning_behavior=ON_TARGET
            )

    def _note(self, **changes: Any) -> None:
        self._progress = self._progress.model_copy(update={**changes, "updated_at": workflow.now()})
        self._describe()

    def _describe(self) -> None:
        now = self._progress
        workflow.set_current_details(
            f"**{WORDS[now.state]}** · {self.about.summary} {now.version} · 轮次 sweep {now.sweep}"
            f"\n\n已启用 adopted {now.adopted} · 已结束 ended {now.ended}"
            f" · 失败 failed {now.failed} · 剩余 left {now.left}\n\n{self.about.details}"
        )


@workflow.defn(name="CalendarRollout")
class CalendarRollout(Rollout):
    """The rollout of a published calendar."""

    page, adoption, about = CALENDAR_PAGE, CALENDAR_ADOPT, ABOUT["CalendarRollout"]

    @workflow.init
    def __init__(self, order: RolloutOrder) -> None:
        super().__init__(order)

    @workflow.run
    async def run(self, order: RolloutOrder) -> RolloutProgress:
        """Sweep until no running chain follows another calendar."""
        return await self.spread(order)


@workflow.defn(name="DefinitionRollout")
class DefinitionRollout(Rollout):
    """The rollout of a newer version of a definition."""

    page, adoption, about = DEFINITION_PAGE, DEFINITION_ADOPT, ABOUT["DefinitionRollout"]

    @workflow.init
    def __init__(self, order: RolloutOrder) -> None:
        super().__init__(order)

    @workflow.run
    async def run(self, order: RolloutOrder) -> RolloutProgress:
        """Sweep until no running chain goes by an older version that can go by this one."""
        return await self.spread(order)
