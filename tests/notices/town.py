"""A small town for the post: people, a chain on record, a mail server and an HTTP receiver."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from uuid import uuid4

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.catalogue.calendars import load_calendar, newest_calendar_version
from groundwork.catalogue.loader import content_hash, latest
from groundwork.catalogue.notices import load_notices
from groundwork.domain import commands as cmd
from groundwork.domain import core
from groundwork.domain.batch import RecordBatch
from groundwork.domain.grants import Grant, GrantKind
from groundwork.domain.model import Actor, Chain, DefinitionRef, Launch, Role
from groundwork.domain.post import Patience, Rhythm
from groundwork.domain.rules import Rules
from groundwork.runtime.processes import free_port
from groundwork.store.channels import Channels, Notices
from groundwork.store.duties import Written
from groundwork.store.grants import Grants
from groundwork.store.people import People
from groundwork.store.post import PostOffice
from groundwork.store.projects import NewProject, Projects
from groundwork.store.recorder import Recorder

BOOK = load_notices()
DEFINITION = latest("land-to-construction")
CALENDAR = load_calendar(newest_calendar_version())
RULES = Rules(DEFINITION, CALENDAR)
HASH = content_hash(DEFINITION)
PARK = "park-committee"
LINK = "https://approvals.example/api/v1"
IMPATIENT = Patience(first_seconds=0.01, factor=1, tries=3, lease_seconds=6)
NAME = "东湖智造一期"


class Sink:
    """A real SMTP server that keeps what it was sent; it can be made to refuse or dawdle."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuses = False
        self.before_answer: threading.Event | None = None
        self.received = threading.Event()
        self.port = free_port()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.refuses:
            return "554 no"
        content = cast(bytes, envelope.content)
        parsed = message_from_bytes(content, policy=policy.default)
        self.mails.append(parsed)
        self.received.set()
        if self.before_answer is not None:
            await asyncio.to_thread(self.before_answer.wait, 20)
        return "250 OK"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def accept(self) -> None:
        self.refuses = False

    def url(self, who: str = "a@example.cn") -> str:
        return f"mailto://{self.host}?mode=insecure&from=post@example.cn&to={who}"

    def ids(self) -> list[str]:
        return [str(mail["Message-ID"]) for mail in self.mails]

    def texts(self) -> list[str]:
        return [str(mail.get_content()) for mail in self.mails]


@contextmanager
def mail_server() -> Iterator[Sink]:
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()


@dataclass
class Receiver:
    """A real HTTP server that keeps the requests, and answers with `status`."""

    port: int
    status: int = 204
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


@contextmanager
def receiver() -> Iterator[Receiver]:
    kept = Receiver(free_port())

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.requests.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(kept.status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", kept.port), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Town:
    """A database with people in it, and a chain that grows by real decisions."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.channels = Channels(engine)
        self.notices = Notices(engine)
        self.office = PostOffice(engine, BOOK, lambda _chain: RULES, LINK)
        self.people: dict[str, str] = {}
        self._recorder = Recorder(engine, {HASH: DEFINITION}.__getitem__)
        self.chain: Chain | None = None

    async def add(self, name: str, role: Role, department: str | None = None) -> str:
        person = await People(self.engine).create("某人", role, department)
        self.people[name] = person.id
        return person.id

    async def found(self) -> None:
        """The usual people."""
        await self.add("housekeeper", Role.HOUSEKEEPER)
        manager = await self.add("manager", Role.PROJECT_MANAGER)
        given = Grant(kind=GrantKind.ENTERPRISE, value="91440784MA0000015C")
        await Grants(self.engine).give(manager, given, Written("p-admin", "test"))
        await self.add("officer", Role.OFFICER, PARK)
        await self.add("head", Role.SECTION_HEAD, PARK)
        await self.add("elsewhere", Role.OFFICER, "water")
        await self.add("ops", Role.OPS)

    async def channel(self, who: str, url: str, **preferences: Any) -> str:
        values = {
            "label": "邮箱",
            "scheme": url.partition(":")[0],
            "url": url,
            "language": "zh",
            "rhythm": Rhythm.IMMEDIATE.value,
            "quiet_since": None,
            "quiet_until": None,
            **preferences,
        }
        return str((await self.channels.add(self.people[who], values))["id"])

    async def launch(self, at: datetime | None = None) -> Chain:
        """A chain of a new project, on record."""
        code = f"2612-440784-04-01-{uuid4().int % 1_000_000:06}"
        keeper = self.people["housekeeper"]
        await Projects(self.engine).create(
            NewProject(
                code=code,
                name=NAME,
                enterprise="某某有限公司",
                uscc="91440784MA0000015C",
                district="440784",
                housekeeper=keeper,
                created_by=keeper,
            )
        )
        order = Launch(
            chain_id=f"land-to-construction.{code}",
            project_code=code,
            uscc="91440784MA0000015C",
            definition=DefinitionRef(id=DEFINITION.id, version=DEFINITION.version, hash=HASH),
            calendar_version=CALENDAR.version,
            housekeeper=keeper,
            district="440784",
            key=f"launch-{code}",
            by=Actor(id="p-other", role=Role.ADMINISTRATOR),
            received_at=at or datetime.now(UTC),
        )
        outcome = core.launch(RULES, order)
        assert isinstance(outcome, core.Accepted)
        return await self._record(outcome)

    async def act(self, command: cmd.AnyCommand, who: str, role: Role, **more: Any) -> Chain:
        """Carry out a command and record what it led to."""
        assert self.chain is not None
        envelope = cmd.Envelope(
            key=f"key-{uuid4().hex[:12]}",
            by=Actor(id=self.people[who], role=role, department=more.get("department")),
            received_at=more.get("at") or datetime.now(UTC),
            command=command,
        )
        outcome = core.handle(RULES, self.chain, envelope)
        assert isinstance(outcome, core.Accepted), outcome
        return await self._record(outcome)

    async def receive(self) -> Chain:
        """The enterprise hands in the first application."""
        materials = tuple(one.id for one in RULES.step("L01").materials)
        command = cmd.Receive(step="L01", materials=materials)
        return await self.act(command, "manager", Role.PROJECT_MANAGER)

    async def accept(self) -> Chain:
        return await self.act(cmd.Accept(step="L01"), "officer", Role.OFFICER, department=PARK)

    async def wait(self, until: datetime) -> Chain:
        """Let time pass for the chain."""
        assert self.chain is not None
        return await self._record(core.tick(RULES, self.chain, until))

    async def _record(self, outcome: core.Accepted) -> Chain:
        self.chain = outcome.chain
        batch = RecordBatch(
            chain_id=outcome.chain.id, recorded_at=datetime.now(UTC), events=outcome.events
        )
        await self._recorder.record(batch)
        return outcome.chain

    async def plan(self) -> None:
        """Plan until there is nothing more."""
        while await self.office.plan():
            pass

    async def told(self, who: str) -> list[str]:
        """By which rules somebody was told, oldest first."""
        page = await self.notices.page(self.people[who])
        return [row["rule"] for row in reversed(page.items)]

    async def sql(self, statement: str, **given: Any) -> list[Any]:
        async with self.engine.begin() as connection:
            result = await connection.execute(text(statement), given)
            return list(result.all()) if result.returns_rows else []
