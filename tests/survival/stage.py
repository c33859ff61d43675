"""Plays plans in skipped time on an engine that may be killed at any moment, and records them."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from math import floor
from types import TracebackType
from typing import Any, Final, Self
from uuid import uuid4

import psycopg
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from groundwork.domain.commands import Envelope
from groundwork.domain.events import AnyEvent
from groundwork.domain.rejections import Reason
from groundwork.rehearsal.plan import Plan
from groundwork.rehearsal.room import MAX_SKIPS
from groundwork.rehearsal.workflows import RehearsalInput
from groundwork.runtime.embedded import EmbeddedTemporal
from groundwork.runtime.gateway import EngineSilent, Gateway, Refused
from groundwork.store.ledger import EVENT

LAG: Final = timedelta(minutes=15)
"""How far the engine stays behind the script: more than all deaths together take in real time, so
that no command ever comes too late. What falls due in it fires with the command, in its order."""

TRY_AGAIN: Final = 0.1
"""Seconds between two looks at the record, and between two attempts while the engine is away."""


class Stage:
    """An engine that keeps its state, a worker process, and the record they write."""

    def __init__(self, server: EmbeddedTemporal, client: Client, database: str) -> None:
        self.client, self._server = client, server
        self.task_queue = f"year.{uuid4().hex[:8]}"
        self._environment = os.environ | {
            "TEMPORAL_ADDRESS": server.address,
            "DATABASE_URL": database,
        }
        self._record = psycopg.connect(database.replace("+psycopg", ""), autocommit=True)
        self._worker: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._start_worker()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._kill_worker()
        self._record.close()

    async def kill(self, victim: str) -> None:
        """End the worker or the server as a power cut would, and start it again."""
        if victim == "worker":
            self._kill_worker()
            self._start_worker()
        else:
            self._server.process.kill()
            await asyncio.to_thread(self._server.process.stop)
            await self._server.start()

    def _start_worker(self) -> None:
        command = [sys.executable, "-m", "tests.survival.skipping_worker", self.task_queue]
        self._worker = subprocess.Popen(command, env=self._environment, stderr=subprocess.DEVNULL)

    def _kill_worker(self) -> None:
        assert self._worker is not None
        assert self._worker.poll() is None, "it ended by itself"
        self._worker.kill()
        self._worker.wait()

    def recorded(self, chain_id: str | None = None) -> int:
        """How many events are on record, of one chain or of all."""
        row = self._record.execute(
            "SELECT count(*) FROM event WHERE %(id)s::text IS NULL OR chain_id = %(id)s",
            {"id": chain_id},
        ).fetchone()
        return row[0] if row else 0

    def events(self, chain_id: str) -> tuple[AnyEvent, ...]:
        """The record of a chain."""
        rows = self._record.execute(
            "SELECT body FROM event WHERE chain_id = %s ORDER BY seq", (chain_id,)
        )
        return tuple(EVENT.validate_python(body) for (body,) in rows)

    def fired(self) -> list[tuple[datetime, str, int]]:
        """Every escalation on record: when, on which chain and as which event; in that order."""
        rows = self._record.execute(
            "SELECT at, chain_id, seq FROM event WHERE type = 'escalation_fired'"
            ' ORDER BY at, chain_id COLLATE "C", seq'
        )
        return [(at, chain, seq) for at, chain, seq in rows]

    def add_projects(self, plans: Sequence[Plan]) -> None:
        """What the record of the plans' chains refers to."""
        for plan in plans:
            order = plan.launch
            self._record.execute(
                "INSERT INTO project (code, name, enterprise, uscc, district, housekeeper,"
                " created_at, created_by) VALUES (%s, '全年测试', '全年测试有限公司', %s, %s, %s,"
                " now(), 'test')",
                (order.project_code, order.uscc, order.district, order.housekeeper),
            )


class Performance:
    """One plan's chain on a stage, played on whatever dies meanwhile."""

    def __init__(self, stage: Stage, plan: Plan) -> None:
        self.plan, self.id = plan, plan.launch.chain_id
        self.refused: dict[str, Reason] = {}
        self._stage = stage
        self._offset = floor((plan.script.start - LAG - datetime.now(UTC)).total_seconds())
        self._gateway = Gateway(stage.client, stage.task_queue)
        self._skipper = TimeSkipper(
            stage.client, config=TimeSkippingConfig(max_session_skip_count=MAX_SKIPS)
        )
        self._handle: WorkflowHandle[Any, Any] = stage.client.get_workflow_handle(self.id)

    @property
    def foretold_refusals(self) -> dict[str, Reason]:
        """The commands that the core refuses, by their keys."""
        return {one.key: one.rejection.reason for one in self.plan.refusals if one.key}

    async def launch(self) -> None:
        """Begin; nothing dies yet."""
        await self._stage.client.start_workflow(
            self.plan.rules.definition.workflow_type,
            RehearsalInput(launch=self.plan.launch, offset_seconds=self._offset),
            id=self.id,
            task_queue=self._stage.task_queue,
        )
        await self._reached(self.plan.launched)

    async def play(self) -> None:
        """Give every command at its moment, and let time run to the end of the plan."""
        for cue in self.plan.cues:
            await self._forward_to(cue.envelope.received_at - LAG)
            if await self._give(cue.envelope):
                await self._reached(cue.settled)
        if not self.plan.ends:
            await self._forward_to(self.plan.until + timedelta(seconds=1))
        await self._reached(len(self.plan.events))

    async def _forward_to(self, moment: datetime) -> None:
        while True:
            with suppress(RPCError, TimeoutError):
                async with asyncio.timeout(15):
                    virtual = await self._skipper.get_current_time(self._handle)
                    distance = moment - timedelta(seconds=self._offset) - virtual
                    if distance > timedelta(0):
                        await self._skipper.fast_forward(self._handle, distance)
                    return
            await asyncio.sleep(TRY_AGAIN)

    async def _give(self, envelope: Envelope) -> bool:
        """Whether the chain took the command."""
        while True:
            try:
                await self._gateway.act(self.id, envelope, timedelta(seconds=5))
            except EngineSilent:
                await asyncio.sleep(TRY_AGAIN)
            except Refused as refusal:
                self.refused[envelope.key] = refusal.reason
                return False
            else:
                return True

    async def _reached(self, seq: int) -> None:
        while self._stage.recorded(self.id) < seq:
            await asyncio.sleep(0.02)
