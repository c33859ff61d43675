"""Servers that run, and a worker process that only runs when a test wants it to."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from groundwork.catalogue.calendars import load_calendar, newest_calendar_version
from groundwork.catalogue.loader import content_hash, latest
from groundwork.domain import commands as cmd
from groundwork.domain import core
from groundwork.domain.definition import Mode
from groundwork.domain.events import AnyEvent
from groundwork.domain.model import Actor, Chain, DefinitionRef, Launch, Role
from groundwork.domain.rules import Rules
from groundwork.runtime.gateway import EngineSilent, Gateway
from groundwork.store.ledger import EVENT

ADMINISTRATOR = Actor(id="administrator", role=Role.ADMINISTRATOR)
"""Only one who may do everything lets these tests be about time alone."""

PERSON = "housekeeper-1"
LAUNCHED = datetime(2026, 8, 3, 1, tzinfo=UTC)
"""A Monday morning in Heshan, long enough ago for everything to have fallen due since."""


class Town:
    """Servers that run, a worker that only runs when it is told to, and a chain's rules."""

    def __init__(
        self,
        gateway: Gateway,
        environment: dict[str, str],
        database: str,
        rules: Rules | None = None,
    ) -> None:
        self.gateway = gateway
        self._environment = environment
        self._database = database.replace("+psycopg", "")
        newest = load_calendar(newest_calendar_version())
        self.rules = rules or Rules(latest("land-to-construction"), newest)
        definition = self.rules.definition
        self._reference = DefinitionRef(
            id=definition.id, version=definition.version, hash=content_hash(definition)
        )

    def under(self, rules: Rules) -> "Town":
        """The same town, whose chains go by these rules."""
        return Town(self.gateway, self._environment, self._database, rules)

    @contextmanager
    def worker(self, program: str = "groundwork.worker", **variables: str) -> Iterator[None]:
        """A worker process of its own, of that program and with these variables besides."""
        process = subprocess.Popen(
            [sys.executable, "-m", program],
            env=self._environment | variables,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield
        finally:
            process.terminate()
            assert process.wait(30) == 0

    @contextmanager
    def doomed_worker(
        self, program: str = "groundwork.worker", **variables: str
    ) -> Iterator[Callable[[], None]]:
        """A worker process as of `worker`, and what kills it as a power cut would."""
        process = subprocess.Popen(
            [sys.executable, "-m", program],
            env=self._environment | variables,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield process.kill
        finally:
            process.kill()
            process.wait(30)

    async def launch(self, modes: dict[str, Mode] | None = None, at: datetime = LAUNCHED) -> Chain:
        """Start a chain on the day of old, or at another moment; nobody carries it yet."""
        code = f"2608-440784-04-01-{uuid4().int % 1_000_000:06d}"
        order = Launch(
            chain_id=f"land-to-construction.{code}",
            project_code=code,
            uscc="91440784MA0000015C",
            definition=self._reference,
            calendar_version=self.rules.calendar.version,
            modes=modes or {},
            housekeeper=PERSON,
            district="440784",
            key=f"launch-{code}",
            by=ADMINISTRATOR,
            received_at=at,
        )
        with psycopg.connect(self._database, autocommit=True) as connection:
            connection.execute(
                "INSERT INTO project (code, name, enterprise, uscc, district, housekeeper,"
                " created_at, created_by) VALUES (%s, '沉睡测试', '沉睡测试有限公司', %s, %s, %s,"
                " now(), 'test')",
                (code, order.uscc, order.district, PERSON),
            )
        await self.gateway.launch(order, self.rules, "沉睡测试")
        launched = core.launch(self.rules, order)
        assert isinstance(launched, core.Accepted)
        return launched.chain

    async def leave_unanswered(self, chain: Chain, envelope: cmd.Envelope) -> None:
        """Send a command that the engine holds because nobody carries it out."""
        with pytest.raises(EngineSilent):
            await self.gateway.act(chain.id, envelope, timedelta(seconds=0.5))

    async def answer(self, chain: Chain, envelope: cmd.Envelope) -> cmd.Receipt:
        """Send the command again, as a client does, until it is answered."""
        while True:
            try:
                return await self.gateway.act(chain.id, envelope)
            except EngineSilent:
                continue

    async def recorded(self, chain: Chain, until: str) -> list[tuple[str, datetime]]:
        """What is recorded of a chain, in order, once an event of that type is."""
        rows: list[tuple[str, datetime]] = []
        while until not in {kind for kind, _ in rows}:
            await asyncio.sleep(0.1)
            with psycopg.connect(self._database) as connection:
                rows = connection.execute(
                    "SELECT type, at FROM event WHERE chain_id = %s ORDER BY seq", (chain.id,)
                ).fetchall()
        return [(kind, at.astimezone(UTC)) for kind, at in rows]

    def events(self, chain: Chain) -> tuple[AnyEvent, ...]:
        """The record of a chain."""
        with psycopg.connect(self._database) as connection:
            rows = connection.execute(
                "SELECT body FROM event WHERE chain_id = %s ORDER BY seq", (chain.id,)
            ).fetchall()
        return tuple(EVENT.validate_python(body) for (body,) in rows)

    async def reached(self, chain: Chain, seq: int) -> None:
        """Return once so many events are on record."""
        while len(self.events(chain)) < seq:
            await asyncio.sleep(0.1)


def asked(command: cmd.AnyCommand, at: datetime) -> cmd.Envelope:
    """The command as the API would have received it at that moment."""
    key = f"{command.type}-{uuid4().hex[:12]}"
    return cmd.Envelope(key=key, by=ADMINISTRATOR, received_at=at, command=command)


def all_materials(town: Town, step: str) -> tuple[str, ...]:
    """Everything that a step asks for."""
    return tuple(material.id for material in town.rules.step(step).materials)
