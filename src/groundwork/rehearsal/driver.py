"""Plays a plan on the real engine: skips time to each command, so that every timer fires between.

The chain is the live one in every respect but its clock and its record.
"""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from math import floor
from time import perf_counter
from typing import Any, Final, NamedTuple

from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError, WorkflowHandle
from temporalio.common import TypedSearchAttributes
from temporalio.service import RPCError, RPCStatusCode

from groundwork.domain import core
from groundwork.domain.events import AnyEvent
from groundwork.domain.fold import fold
from groundwork.domain.model import Chain, Launch
from groundwork.domain.rejections import Reason
from groundwork.domain.rules import Rules
from groundwork.rehearsal.plan import Cue, Plan
from groundwork.rehearsal.room import RehearsalError, RehearsalRoom
from groundwork.rehearsal.workflows import RehearsalInput
from groundwork.runtime.gateway import EngineSilent, Gateway, Refused, title
from groundwork.workflows import board, shelf
from groundwork.workflows.about import fitted

LAG: Final = timedelta(minutes=1)
"""How far the engine's clock stays behind the script's, so that a slow machine is never ahead of a
command: what falls due in that minute fires with the command itself, in the same order."""

PATIENCE: Final = timedelta(seconds=60)
"""How long a single leap or command may take before the engine counts as stuck."""
SECOND: Final = timedelta(seconds=1)


class TimeSkippingOff(RehearsalError):
    """The server does not skip time."""


class EngineStuck(RehearsalError):
    """The engine does not get on with the chain."""

    def __init__(self, chain_id: str) -> None:
        super().__init__(
            f"预演 {chain_id} 停滞不前，请查看 Temporal 中该工作流的错误。 "
            f"The rehearsal {chain_id} does not move on: look at its workflow's errors in Temporal."
        )


class Played(NamedTuple):
    """What a plan came to on the engine; `refused` has the keys of commands that it refused."""

    plan: Plan
    chain: Chain
    events: tuple[AnyEvent, ...]
    refused: dict[str, Reason]
    seconds: float

    @property
    def agrees(self) -> bool:
        """Whether engine and pure core came to the same events and refusals."""
        refused = {one.key: one.rejection.reason for one in self.plan.refusals if one.key}
        return self.events == self.plan.events and self.refused == refused


async def play(room: RehearsalRoom, plan: Plan) -> Played:
    """Play a plan from its launch to the chain's end, or to the plan's horizon.

    Raises TimeSkippingOff when the server does not skip time, EngineStuck when the chain fails.
    """
    began = perf_counter()
    performance = _Performance(room, plan)
    await performance.begin()
    try:
        for cue in plan.cues:
            await performance.forward_to(cue.envelope.received_at - LAG)
            await performance.give(cue)
        events = await performance.end()
    except (TimeoutError, EngineSilent, WorkflowFailureError) as error:
        raise EngineStuck(performance.id) from error
    finally:
        await performance.clear_away()
    return Played(
        plan=plan,
        chain=fold(events),
        events=events,
        refused=performance.refused,
        seconds=perf_counter() - began,
    )


class _Performance:
    """One run of a plan's chain on the engine."""

    def __init__(self, room: RehearsalRoom, plan: Plan) -> None:
        self.room = room
        self.plan = plan
        self.refused: dict[str, Reason] = {}
        self.id = f"{plan.launch.chain_id}.{uuid.uuid4().hex[:8]}"
        self._gateway = Gateway(room.client, room.task_queue)
        self._seq = 1
        # Whole seconds, and always behind the script's own time.
        self._offset = floor((plan.script.start - LAG - datetime.now(UTC)).total_seconds())
        self._handle: WorkflowHandle[Any, Any] = room.client.get_workflow_handle(self.id)

    async def begin(self) -> None:
        """Launch the chain."""
        rules, launch = self.plan.rules, self.plan.launch
        name = title(rules.definition, self.plan.script.project.name.zh)
        shelf.put_definition(launch.definition.hash, rules.definition)
        shelf.put_calendar(rules.calendar)
        await self.room.client.start_workflow(
            rules.definition.workflow_type,
            RehearsalInput(launch=launch, offset_seconds=self._offset),
            id=self.id,
            task_queue=self.room.task_queue,
            search_attributes=_shown(rules, launch),
            static_summary=fitted(f"预演 rehearsal · {name}"),
        )
        await self._settle(self.plan.launched)

    async def _settle(self, seq: int) -> None:
        """Let come back what the chain asked for, before anybody does anything else."""
        async with asyncio.timeout(PATIENCE.total_seconds()):
            await self.room.recorder.reached(self.id, seq)

    async def forward_to(self, moment: datetime) -> None:
        """Skip time up to a moment of the script; everything due before then happens."""
        virtual = await self.room.skipper.get_current_time(self._handle)
        distance = moment - timedelta(seconds=self._offset) - virtual
        if distance <= timedelta(0):
            return
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                await self.room.skipper.fast_forward(self._handle, distance)
        except RPCError as error:
            if error.status not in {RPCStatusCode.INVALID_ARGUMENT, RPCStatusCode.UNIMPLEMENTED}:
                raise
            raise TimeSkippingOff(
                "该 Temporal 服务器未开启时间快进，请改用预演自带的服务器。 "
                f"This Temporal server does not skip time ({error.message}): rehearse on a "
                "private server instead, or set frontend.WorkflowTimeSkippingEnabled on it."
            ) from error

    async def give(self, cue: Cue) -> None:
        """Carry a command to the chain."""
        try:
            receipt = await self._gateway.act(self.id, cue.envelope, wait=PATIENCE)
        except Refused as refusal:
            self.refused[cue.envelope.key] = refusal.reason
        else:
            self._seq = max(receipt.seq, cue.settled)
            await self._settle(self._seq)

    async def end(self) -> tuple[AnyEvent, ...]:
        """Wait for the chain's end, or let time run to the horizon; return what was recorded."""
        if self.plan.ends:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                await self._handle.result()
        else:
            await self.forward_to(self.plan.until + SECOND)
            async with asyncio.timeout(PATIENCE.total_seconds()):
                await self.room.recorder.reached(self.id, self._seq)
        return self.room.recorder.take(self.id)

    async def clear_away(self) -> None:
        """Leave no chain behind that would wait for years."""
        status = (await self._handle.describe()).status
        if status is WorkflowExecutionStatus.RUNNING:
            await self._handle.terminate("the rehearsal is over")


def _shown(rules: Rules, launch: Launch) -> TypedSearchAttributes:
    """What an operator sees of the chain from its first moment."""
    outcome = core.launch(rules, launch)
    if isinstance(outcome, core.Rejected):
        raise outcome.rejection
    chain = outcome.chain
    return TypedSearchAttributes(board.pairs(board.fixed(chain) | board.shown(rules, chain)))
