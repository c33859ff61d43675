"""Plants the park on the running engine: every command at its own moment, through the real gateway.

Beside the running product, some projects at once. Killed in the middle it goes on where it was: the
moment that counts as today is written down first, keys of commands follow from the script, and what
is on record already is not asked for again.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from math import floor
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError, RPCStatusCode

from groundwork.demonstration.casting import Casting
from groundwork.demonstration.park import Park, PlannedProject
from groundwork.demonstration.workflows import MOVE_CLOCK, ClockMove, ParkInput
from groundwork.domain.commands import Receipt
from groundwork.domain.grants import Grant, GrantKind
from groundwork.domain.model import Role
from groundwork.rehearsal.plan import DISTRICT, Cue, Pause, Plan
from groundwork.runtime.demonstration import ParkState, read_park, save_park
from groundwork.runtime.gateway import (
    AlreadyLaunched,
    ChainNotFound,
    EngineSilent,
    Gateway,
    Refused,
    case_of,
    go_on_being_cancelled,
    title,
)
from groundwork.store.credit import CreditRegister
from groundwork.store.duties import Written
from groundwork.store.errors import ProjectExists, StoreError
from groundwork.store.grants import Grants
from groundwork.store.projects import NewProject, Projects
from groundwork.store.reads import Reads

AT_ONCE: Final = 4
PATIENCE: Final = timedelta(seconds=20)
"""How long a single command may take on a busy machine before it is given again."""
ATTEMPTS: Final = 6
GLANCE_SECONDS: Final = 0.02

T = TypeVar("T")

OnProgress = Callable[[ParkState, PlannedProject], None]


class Seeding:
    """Plants a park; to be repeated until it is complete."""

    def __init__(
        self, client: Client, task_queue: str, database: AsyncEngine, casting: Casting
    ) -> None:
        self._client = client
        self._gateway = Gateway(client, task_queue)
        self._projects = Projects(database)
        self._grants = Grants(database)
        self._register = CreditRegister(database)
        self._reads = Reads(database)
        self._casting = casting

    async def run(
        self, park: Park, data_dir: Path, on_progress: OnProgress, as_of: datetime | None = None
    ) -> ParkState:
        """Plant what is not there yet; `as_of` is today for a park that is begun just now.

        Raises EngineSilent when engine or database stay away: run it again then. What is wrong with
        the park itself comes as an ExceptionGroup of the errors of `Park.planned`.
        """
        state = read_park(data_dir) or ParkState(as_of=as_of or datetime.now(UTC), total=0)
        state = state.model_copy(update={"total": len(park.ids)})
        save_park(data_dir, state)
        waiting = park.planned(self._casting, state.as_of, without=state.done)
        turn = asyncio.Lock()

        async def work() -> None:
            nonlocal state
            while (project := await _next(waiting, turn)) is not None:
                await self._plant(project)
                state = state.model_copy(update={"done": (*state.done, project.id)})
                save_park(data_dir, state)
                on_progress(state, project)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(AT_ONCE):
                    group.create_task(work())
        except ExceptionGroup as failures:
            away, defects = failures.split((EngineSilent, StoreError, OSError))
            if away is None or defects is not None:
                raise
            raise EngineSilent(type(away.exceptions[0]).__name__) from failures
        return state

    async def _plant(self, project: PlannedProject) -> None:
        housekeeper = self._casting.actor(Role.HOUSEKEEPER).id
        new = NewProject(
            code=project.code,
            name=project.name.zh,
            enterprise=project.enterprise,
            uscc=project.uscc,
            district=DISTRICT,
            housekeeper=housekeeper,
            created_by=housekeeper,
        )
        with contextlib.suppress(ProjectExists):  # planted in part before
            await self._projects.create(new)
        manager = self._casting.actor(Role.PROJECT_MANAGER).id
        enterprise = Grant(kind=GrantKind.ENTERPRISE, value=project.uscc)
        await self._grants.give(manager, enterprise, Written("system", "demonstration"))
        for report in project.reports:
            await self._register.file(report)
        for plan in project.plans:
            await self._grow(plan, title(plan.rules.definition, case_of(new.model_dump())))

    async def _grow(self, plan: Plan, name: str) -> None:
        """Take a chain from its launch to today, and let its clock run."""
        launch = plan.launch
        recorded = await self._reads.projected_seq(launch.chain_id)
        if recorded == 0:
            begin = ParkInput(launch=launch, stands_at=launch.received_at)
            with contextlib.suppress(AlreadyLaunched):
                await _patiently(lambda: self._gateway.launch(launch, plan.rules, name, begin))
        # Also where an earlier planting launched it: what it asked for comes before any command.
        await self._settled(launch.chain_id, plan.launched)
        with contextlib.suppress(ChainNotFound):  # it has ended
            for act in acts(plan):
                if act.settled > recorded:
                    await self._perform(launch.chain_id, act)
            await self._move_clock(launch.chain_id, None)
        # A command is acknowledged before it is recorded; who looks at the park reads the record.
        await self._settled(launch.chain_id, len(plan.events))

    async def _perform(self, chain_id: str, act: Cue | Pause) -> None:
        if isinstance(act, Pause):
            reached = await self._move_clock(chain_id, act.at)
        else:
            envelope = act.envelope
            try:
                receipt = await _patiently(
                    lambda: self._gateway.act(chain_id, envelope, wait=PATIENCE)
                )
            except Refused:
                return  # as the script has it
            reached = receipt.seq
        if act.settled > reached:
            await self._settled(chain_id, act.settled)

    async def _move_clock(self, chain_id: str, to: datetime | None) -> int:
        """Let time pass on a chain; None: for good. The number of its last event."""
        handle = self._client.get_workflow_handle(chain_id)

        async def move() -> int:
            try:
                receipt = await handle.execute_update(
                    MOVE_CLOCK, ClockMove(to=to), result_type=Receipt, rpc_timeout=PATIENCE
                )
            except WorkflowUpdateRPCTimeoutOrCancelledError:
                go_on_being_cancelled()
                raise EngineSilent(chain_id) from None
            except RPCError as error:
                if error.status is RPCStatusCode.NOT_FOUND:
                    raise ChainNotFound(chain_id) from None
                raise EngineSilent(error.status.name) from error
            return int(receipt.seq)

        return await _patiently(move)

    async def _settled(self, chain_id: str, seq: int) -> None:
        """Wait until the record has an event, and with it all that the chain asked for."""
        for _ in range(floor(PATIENCE.total_seconds() / GLANCE_SECONDS)):
            if await self._reads.projected_seq(chain_id) >= seq:
                return
            await asyncio.sleep(GLANCE_SECONDS)
        raise EngineSilent(chain_id)


def acts(plan: Plan) -> Iterator[Cue | Pause]:
    """Everything that is done to a plan's chain, in its order."""
    pauses = list(plan.pauses)
    for number, cue in enumerate(plan.cues):
        while pauses and pauses[0].before <= number:
            yield pauses.pop(0)
        yield cue
    yield from pauses


async def _next(waiting: Iterator[PlannedProject], turn: asyncio.Lock) -> PlannedProject | None:
    """The next project; it is planned when its turn comes, so that the first is there soon."""
    async with turn:
        return await asyncio.to_thread(next, waiting, None)


async def _patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask again while the engine is silent: every command is safe to repeat.

    Raises EngineSilent when it stays so.
    """
    for attempt in range(1, ATTEMPTS):
        try:
            return await ask()
        except EngineSilent:
            await asyncio.sleep(attempt / 2)
    return await ask()
