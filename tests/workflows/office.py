"""A small office for tests of the shell: a server, a worker and a record kept in memory."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from temporalio import activity
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from bench import world
from groundwork.domain import commands as cmd
from groundwork.domain.batch import RECORD, RecordBatch
from groundwork.domain.credit import (
    FILE_CREDIT,
    LOOK_UP_CREDIT,
    CreditAnswer,
    CreditQuestion,
    CreditReport,
)
from groundwork.domain.events import AnyEvent
from groundwork.domain.model import SYSTEM, Actor, DecisionResult
from groundwork.domain.rules import Rules
from groundwork.runtime.embedded import temporal_binary
from groundwork.runtime.gateway import Gateway
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import plugin, register_search_attributes
from groundwork.workflows import shelf
from groundwork.workflows.completion_to_production import CompletionToProduction
from groundwork.workflows.land_to_construction import LandToConstruction

OUR_SERVERS_FLAGS = ("history.maxInFlightUpdates=1000",)


class Memory:
    """A record that keeps events in memory, exactly once, and can be made to fail or wait."""

    def __init__(self) -> None:
        self.events: dict[str, list[AnyEvent]] = {}
        self.attempts = 0
        self.before: Callable[[int], None] = lambda _attempt: None
        self._grown = asyncio.Condition()

    @activity.defn(name=RECORD)
    async def record(self, batch: RecordBatch) -> int:
        """Keep the batch as the store would: in order, without gaps, each event once."""
        self.attempts += 1
        self.before(self.attempts)
        kept = self.events.setdefault(batch.chain_id, [])
        for event in batch.events:
            if event.seq <= len(kept):
                continue
            assert event.seq == len(kept) + 1, "the record must never see a gap"
            kept.append(event)
        async with self._grown:
            self._grown.notify_all()
        return len(kept)

    async def reached(self, chain_id: str, seq: int) -> None:
        """Return once the chain's events up to that number are kept."""
        async with self._grown:
            await self._grown.wait_for(lambda: len(self.events.get(chain_id, [])) >= seq)


class Credit:
    """A credit source that knows of nobody, keeps what it is told, and can be away for a while."""

    def __init__(self) -> None:
        self.away_for = 0
        self.kept: dict[str, CreditReport] = {}

    @activity.defn(name=LOOK_UP_CREDIT)
    async def look_up(self, question: CreditQuestion) -> CreditAnswer:
        """No record of anybody."""
        self._answer()
        asked_at = activity.info().scheduled_time
        return CreditAnswer(asked_at=asked_at, source="office", subjects=question.subjects)

    @activity.defn(name=FILE_CREDIT)
    async def file(self, report: CreditReport) -> None:
        """Keep a report, once."""
        self._answer()
        self.kept[report.id] = report

    def _answer(self) -> None:
        if self.away_for:
            self.away_for -= 1
            raise ConnectionError("the credit source is away")


@dataclass
class Office:
    """What a test of the shell needs at hand."""

    client: Client
    rules: Rules
    memory: Memory = field(default_factory=Memory)
    credit: Credit = field(default_factory=Credit)

    @property
    def gateway(self) -> Gateway:
        """The door that the API uses."""
        return Gateway(self.client)

    async def launch(self, pages: str | None = None) -> WorkflowHandle[object, object]:
        """Start a chain of eighteen steps and return its handle."""
        chain_id = f"bench.{uuid.uuid4().int % 10**8:08}"
        await self.gateway.launch(world.order(chain_id), self.rules, "测试链条", pages=pages)
        return self.client.get_workflow_handle(chain_id)

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[Worker]:
        """A worker, sandboxed as in production by default, that must never see a task fail."""
        async with Worker(
            self.client,
            task_queue="groundwork",
            workflows=[LandToConstruction, CompletionToProduction],
            activities=[self.memory.record, self.credit.look_up, self.credit.file],
        ) as worker:
            yield worker


@asynccontextmanager
async def open_office(*flags: str) -> AsyncIterator[Office]:
    """Boot a server of its own with our flags and more, and put the bench chain on the shelf."""
    definition, calendar = world.definition(), world.calendar()
    shelf.put_definition(world.HASH, definition)
    shelf.put_calendar(calendar)
    shelf.put_calendar(world.other_calendar())
    arguments = [
        word for flag in (*OUR_SERVERS_FLAGS, *flags) for word in ("--dynamic-config-value", flag)
    ]
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(temporal_binary()),
        dev_server_extra_args=arguments,
        dev_server_log_level="error",
        plugins=[plugin(Settings())],
    ) as environment:
        await register_search_attributes(environment.client)
        yield Office(environment.client, Rules(definition, calendar))


def decide(number: int, key: str | None = None, opinion: str = "") -> cmd.Envelope:
    """The command that passes the step of that number."""
    return cmd.Envelope(
        key=key or f"decide-{number:04d}",
        by=world.PERSON,
        received_at=datetime.now(UTC),
        command=cmd.Decide(step=world.step_id(number), result=DecisionResult.PASS, opinion=opinion),
    )


def adopt(version: str) -> cmd.Envelope:
    """The command to count by another calendar."""
    return cmd.Envelope(
        key=f"calendar.{version}",
        by=SYSTEM,
        received_at=datetime.now(UTC),
        command=cmd.AdoptCalendar(version=version),
    )


def upgrade(version: str, content_hash: str) -> cmd.Envelope:
    """The command to go by a newer definition."""
    return cmd.Envelope(
        key=f"definition.{content_hash}",
        by=SYSTEM,
        received_at=datetime.now(UTC),
        command=cmd.AdoptDefinition(version=version, hash=content_hash),
    )


def by(actor: Actor, envelope: cmd.Envelope) -> cmd.Envelope:
    """The same command from somebody else."""
    return envelope.model_copy(update={"by": actor})
