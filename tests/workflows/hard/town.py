"""A town in which the hard cases are played: everything real but the date and the credit bureau.

Chains run on the time-skipping engine, in the live shell with its clock set back to the play's
dates; their record is PostgreSQL, and credit is asked for over HTTP.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from math import floor
from typing import Any
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import Client, WorkflowHandle
from temporalio.common import TypedSearchAttributes
from temporalio.testing import TimeSkipper, TimeSkippingConfig
from temporalio.worker import Replayer, Worker

from groundwork.activities.credit import CreditActivities
from groundwork.activities.record import RecordActivities
from groundwork.domain.commands import Envelope, Receipt
from groundwork.domain.events import AnyEvent
from groundwork.domain.model import Chain
from groundwork.rehearsal.room import MAX_SKIPS
from groundwork.rehearsal.workflows import REHEARSED, RehearsalInput
from groundwork.runtime.bureau import Bureau
from groundwork.runtime.gateway import Gateway, Refused
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import connect, plugin
from groundwork.store.audit import Audit, entries
from groundwork.store.engine import autocommit, create_engine
from groundwork.store.ledger import EVENT
from groundwork.store.projects import NewProject, Projects
from groundwork.store.promises import PromiseFilter, PromiseReads
from groundwork.store.reads import Reads
from groundwork.store.recorder import Recorder
from groundwork.workflows import board, shelf
from tests.bureaus import FakeBureau
from tests.workflows.hard.taped import Act, Taped

LAG = timedelta(minutes=1)
"""How far the engine's clock stays behind a command, so that a slow machine is never ahead."""
SECOND = timedelta(seconds=1)
PATIENCE = timedelta(seconds=30)


class Town:
    """An engine, a record, a credit bureau, and one worker for the chains of a test."""

    def __init__(self, client: Client, engine: AsyncEngine, fake: FakeBureau) -> None:
        self.client = client
        self.engine = engine
        self.fake = fake
        self.task_queue = f"hard.{uuid4().hex[:8]}"
        self.gateway = Gateway(client, self.task_queue)
        self.skipper = TimeSkipper(
            client, config=TimeSkippingConfig(max_session_skip_count=MAX_SKIPS)
        )
        self.reads = Reads(engine)
        self.promises = PromiseReads(engine)

    async def launch(self, play: Taped) -> "Followed":
        """Launch the play's chain on the engine; it has not followed any of the play yet."""
        followed = Followed(self, play)
        await followed.begin()
        return followed

    async def follow(self, play: Taped) -> "Followed":
        """Launch the play's chain and let it follow the whole tape."""
        followed = await self.launch(play)
        await followed.catch_up()
        return followed


class Followed:
    """A chain on the engine that follows a taped play, act by act."""

    def __init__(self, town: Town, play: Taped) -> None:
        self.town = town
        self.play = play
        self.id = play.chain.id
        self.handle: WorkflowHandle[Any, Any] = town.client.get_workflow_handle(self.id)
        self._done = 0
        launched = play.chain.launch.received_at
        # Whole seconds, and always behind the play's own time.
        self._offset = timedelta(
            seconds=floor((launched - LAG - datetime.now(UTC)).total_seconds())
        )

    async def begin(self) -> None:
        """Create the project and start the chain."""
        rules, launch = self.play.rules, self.play.chain.launch
        shelf.put_definition(launch.definition.hash, rules.definition)
        shelf.put_calendar(rules.calendar)
        project = NewProject(
            code=launch.project_code,
            name="疑难测试",
            enterprise="疑难测试有限公司",
            uscc=launch.uscc,
            district=launch.district,
            housekeeper=launch.housekeeper,
            created_by=launch.housekeeper,
        )
        await Projects(self.town.engine).create(project)
        launched = self.play.launched
        shown = board.fixed(launched) | board.shown(rules, launched)
        await self.town.client.start_workflow(
            rules.definition.workflow_type,
            RehearsalInput(launch=launch, offset_seconds=round(self._offset.total_seconds())),
            id=self.id,
            task_queue=self.town.task_queue,
            search_attributes=TypedSearchAttributes(board.pairs(shown)),
            static_summary="疑难测试",
        )
        # What the launch asks for comes back before anybody does anything else.
        await self.recorded(launched.seq)

    async def catch_up(self) -> None:
        """Follow the tape to where the play is now; engine, record and play must then agree."""
        await self.advance()
        await self.recorded(self.play.chain.seq)
        assert await self.events() == self.play.events
        assert await self.chain() == self.play.chain
        audit = Audit(self.town.engine, shelf.definition)
        assert await audit.verify(self.id) == []
        assert await audit.refold(self.id) == []

    async def advance(self) -> None:
        """Follow the tape without a look at what it came to."""
        while self._done < len(self.play.tape):
            act = self.play.tape[self._done]
            self._done += 1
            await self._follow(act)

    async def _follow(self, act: Act) -> None:
        if act.envelope is None:
            await self.forward_to(act.moment + SECOND)
        else:
            await self.forward_to(act.moment - LAG)
            if act.refused is not None:
                assert await self.refused(act.envelope) is act.refused
                return
            await self.send(act.envelope)
        await self.recorded(act.seq)

    async def send(self, envelope: Envelope) -> Receipt:
        """The command is carried out."""
        return await self.town.gateway.act(self.id, envelope, wait=PATIENCE)

    async def refused(self, envelope: Envelope) -> str:
        """The command is refused; the code of why."""
        try:
            await self.send(envelope)
        except Refused as refusal:
            return refusal.reason
        raise AssertionError("it was accepted")

    async def forward_to(self, moment: datetime) -> None:
        """Skip time up to a moment of the play; everything due before then happens."""
        virtual = await self.town.skipper.get_current_time(self.handle)
        distance = moment - self._offset - virtual
        if distance > timedelta(0):
            async with asyncio.timeout(PATIENCE.total_seconds()):
                await self.town.skipper.fast_forward(self.handle, distance)

    async def recorded(self, seq: int) -> None:
        """Return once the events up to that number are in the record."""
        async with asyncio.timeout(PATIENCE.total_seconds()):
            while await self.town.reads.projected_seq(self.id) < seq:
                await asyncio.sleep(0.01)

    # What there is to see.

    async def chain(self) -> Chain:
        """The chain as the engine has it."""
        chain: Chain = await self.handle.query("chain", result_type=Chain)
        return chain

    async def events(self) -> list[AnyEvent]:
        """The chain's events, from the record."""
        async with autocommit(self.town.engine) as connection:
            found = await entries(connection, self.id)
        return [EVENT.validate_python(entry.body) for entry in found]

    async def details(self) -> str:
        """What operators read as the chain's current details."""
        metadata: WorkflowMetadata = await self.handle.query(
            "__temporal_workflow_metadata", result_type=WorkflowMetadata
        )
        return metadata.current_details

    async def pending(self) -> list[PendingActivityInfo]:
        """What operators read of the activities that have not succeeded yet."""
        described = await self.handle.describe()
        return list(described.raw_description.pending_activities)

    async def failing(self) -> PendingActivityInfo:
        """The one activity that waits to be tried again, once it has failed twice."""
        async with asyncio.timeout(PATIENCE.total_seconds()):
            while True:
                match await self.pending():
                    case [one] if one.attempt > 2:
                        return one
                await asyncio.sleep(0.05)

    async def scheduled(self, activity: str) -> int:
        """How often an activity of that name was sent for in the chain's whole history."""
        history = await self.handle.fetch_history()
        told = [one.activity_task_scheduled_event_attributes for one in history.events]
        return sum(1 for one in told if one.activity_type.name == activity)

    async def replay(self) -> None:
        """Replay the chain's history from its first event, as another worker would."""
        replayer = Replayer(workflows=REHEARSED, plugins=[plugin(Settings())])
        await replayer.replay_workflow(await self.handle.fetch_history())

    async def step(self, key: str) -> dict[str, Any]:
        """A step's row in the read model."""
        rows = {row["key"]: row for row in await self.town.reads.steps(self.id)}
        return dict(rows[key])

    async def deficiencies(self) -> dict[str, dict[str, Any]]:
        """The chain's deficiencies in the ledger, settled ones included, by id."""
        which = PromiseFilter(open_only=False, chain_id=self.id)
        rows = (await self.town.promises.deficiencies(which)).items
        return {row["id"]: dict(row) for row in rows}

    async def commitments(self) -> dict[str, dict[str, Any]]:
        """The chain's commitments in the ledger, settled ones included, by id."""
        which = PromiseFilter(open_only=False, chain_id=self.id)
        rows = (await self.town.promises.commitments(which)).items
        return {row["id"]: dict(row) for row in rows}


@asynccontextmanager
async def open_town(settings: Settings, address: str, database: str) -> AsyncIterator[Town]:
    """A town on a running engine, with a migrated database of its own."""
    fake = FakeBureau()
    bureau = Bureau(fake.settings(settings))
    engine = create_engine(database)
    client = await connect(settings, address=address, namespace=settings.rehearsal_namespace)
    town = Town(client, engine, fake)
    credit = CreditActivities(bureau)
    try:
        async with Worker(
            client,
            task_queue=town.task_queue,
            workflows=REHEARSED,
            activities=[
                RecordActivities(Recorder(engine, shelf.definition)).record,
                credit.look_up,
                credit.file,
            ],
        ):
            yield town
    finally:
        await bureau.aclose()
        await engine.dispose()
