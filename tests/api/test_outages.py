"""What the API does while the worker, the engine or the database is away."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bench.usage import resume, suspend
from groundwork.api import shapes
from groundwork.api.link import EngineLink
from groundwork.api.resources import Resources
from groundwork.api.shelf import Shelf
from groundwork.domain.commands import Envelope, Receive
from groundwork.domain.model import Actor, Role
from groundwork.runtime import processes
from groundwork.runtime.embedded import EmbeddedPostgres, EmbeddedTemporal
from groundwork.runtime.gateway import update_id
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import connect
from groundwork.store.engine import create_engine
from groundwork.worker import running_worker
from tests.api.house import PARK, PREFIX, Cast, House, fresh_key

CHAIN = "land-to-construction"


@asynccontextmanager
async def nobody_connects(url: str) -> AsyncIterator[None]:
    """The database ends every connection and refuses new ones, as while it restarts."""
    database = make_url(url).database
    admin = create_engine(make_url(url).set(database="postgres"))

    async def let_in(allowed: bool) -> None:
        async with admin.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(
                text(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS {str(allowed).lower()}')
            )
            ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
            await connection.execute(text(ended), {"name": database})

    await let_in(False)
    try:
        yield
    finally:
        await let_in(True)
        await admin.dispose()


@contextmanager
def frozen(server: EmbeddedPostgres) -> Iterator[None]:
    """The database takes questions and answers none, as a machine without processor or disk."""
    pid = server.process.pid
    assert pid is not None
    suspended = suspend(pid)
    try:
        yield
    finally:
        resume(suspended)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Return once something holds; the test's own timeout ends a wait in vain."""
    while True:
        if await holds():
            return
        await asyncio.sleep(0.05)


class TestWithoutAWorker:
    async def test_who_gives_up_waiting_is_let_go(
        self, idle_house: House, engine: AsyncEngine, engine_settings: Settings
    ) -> None:
        """The service could not end if its rounds took their own end for a slow engine."""
        house = idle_house
        client = await connect(engine_settings)
        async with running_worker(client, engine, engine_settings.task_queue):
            chain = await house.launch()
        gateway = await house.resources.link.gateway()
        envelope = Envelope(
            key=fresh_key(),
            by=Actor(id=house.people["housekeeper"], role=Role.HOUSEKEEPER),
            received_at=datetime.now(UTC),
            command=Receive(step="L01"),
        )
        for asked in (
            gateway.act(chain, envelope, timedelta(minutes=1)),
            gateway.outcome(chain, update_id(envelope), timedelta(minutes=1)),
        ):
            waiting = asyncio.create_task(asked)
            await asyncio.sleep(0.2)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting

    async def test_a_command_is_answered_with_a_receipt_and_done_when_a_worker_comes(
        self, idle_house: House, engine: AsyncEngine, engine_settings: Settings
    ) -> None:
        house, key = idle_house, fresh_key()
        client = await connect(engine_settings)
        async with running_worker(client, engine, engine_settings.task_queue):
            chain = await house.launch()
        answer = await house.act("housekeeper", chain, "receive", key=key, step="L01")
        assert answer.status_code == 202
        assert answer.headers["retry-after"]
        pending = shapes.ReceiptShape.model_validate_json(answer.content)
        assert (pending.status, pending.seq, pending.projected) == ("pending", None, False)
        asked = await house.get("housekeeper", answer.headers["location"].removeprefix(PREFIX))
        assert (asked.status_code, asked.json()["status"]) == (202, "pending")

        async with running_worker(client, engine, engine_settings.task_queue):
            done = await house.settled(answer.headers["location"])
            # By its key alone a command is found on record, which follows a moment later.
            by_key = await house.settled(f"/chains/{chain}/receipts/{key}")
        assert done["status"] == "done"
        assert by_key["seq"] == done["seq"]

    async def test_a_refusal_is_told_when_the_receipt_is_asked_for(
        self, idle_house: House, engine: AsyncEngine, engine_settings: Settings
    ) -> None:
        house = idle_house
        client = await connect(engine_settings)
        async with running_worker(client, engine, engine_settings.task_queue):
            chain = await house.launch()
        answer = await house.act("housekeeper", chain, "receive", step="L17")
        assert answer.status_code == 202
        async with running_worker(client, engine, engine_settings.task_queue):
            refused = await house.settled(answer.headers["location"])
        assert refused["status"] == "refused"
        assert refused["problem"]["code"] == "wrong_state"
        assert "L17" in refused["problem"]["detail"]

    async def test_a_launch_is_accepted_and_to_be_seen_later(
        self, idle_house: House, engine: AsyncEngine, engine_settings: Settings
    ) -> None:
        house = idle_house
        project = await house.project()
        body, key = {"chain": CHAIN, "project": project["code"]}, fresh_key()
        answer = await house.post("housekeeper", "/chains", body, key=key)
        assert answer.status_code == 202
        receipt = shapes.ReceiptShape.model_validate_json(answer.content)
        assert (receipt.status, receipt.projected) == ("done", False)
        client = await connect(engine_settings)
        async with running_worker(client, engine, engine_settings.task_queue):
            done = await house.settled(answer.headers["location"])
            await until(
                lambda: is_projected(house, f"/chains/{receipt.chain}/receipts/{receipt.key}")
            )
            again = await house.post("housekeeper", "/chains", body, key=key)
        assert again.status_code == 201
        assert again.json()["seq"] == receipt.seq
        assert done["chain"] == receipt.chain


async def is_projected(house: House, path: str) -> bool:
    """Whether reads show a write."""
    response = await house.get("housekeeper", path)
    return bool(response.json()["projected"])


async def is_found(house: House, path: str) -> bool:
    """Whether something can be read."""
    return (await house.get("housekeeper", path)).status_code == 200


class TestWithoutADatabase:
    async def test_reads_say_so_and_commands_go_through(
        self, busy_house: House, database: str
    ) -> None:
        house, key = busy_house, fresh_key()
        chain = await house.launch()
        async with nobody_connects(database):
            read = await house.get("housekeeper", "/chains")
            assert (read.status_code, read.json()["code"]) == (503, "store_unavailable")
            assert read.headers["retry-after"]
            answer = await house.act("housekeeper", chain, "receive", key=key, step="L01")
            assert answer.status_code == 202
            receipt = shapes.ReceiptShape.model_validate_json(answer.content)
            assert (receipt.status, receipt.projected) == ("done", False)
            ready = await house.http.get("/readyz")
            assert ready.json()["parts"] == {"store": False, "engine": True}
            inbox = await house.get("housekeeper", f"/departments/{PARK}/inbox")
            assert (inbox.status_code, inbox.json()["code"]) == (503, "store_unavailable")
        await until(lambda: is_projected(house, answer.headers["location"].removeprefix(PREFIX)))
        rows = (await house.get("data_bureau", f"/audit/chains/{chain}")).json()["items"]
        assert [row["key"] for row in rows].count(key) == 1
        await until(lambda: is_found(house, "/chains"))
        await until(lambda: is_found(house, f"/departments/{PARK}/inbox"))

    async def test_lists_do_not_notice_that_the_database_was_restarted(
        self, house: House, database: str
    ) -> None:
        assert await is_found(house, "/chains")
        async with nobody_connects(database):
            pass
        assert await is_found(house, "/chains")

    async def test_ready_says_that_a_frozen_database_does_not_answer(
        self, idle_house: House, postgres_server: EmbeddedPostgres
    ) -> None:
        async def ready() -> bool:
            return (await idle_house.http.get("/readyz")).status_code == 200

        assert await ready()
        with frozen(postgres_server):
            answers = await asyncio.gather(*(idle_house.http.get("/readyz") for _ in range(3)))
            alive = await idle_house.http.get("/healthz")
        assert [answer.status_code for answer in answers] == [503] * 3
        for answer in answers:
            assert answer.json()["parts"] == {"store": False, "engine": True}
        assert alive.status_code == 200
        await until(ready)

    async def test_strangers_stay_strangers(self, busy_house: House, database: str) -> None:
        house = busy_house
        chain = await house.launch()
        house.tokens["stranger"] = f"gw_{uuid4().hex}"
        async with nobody_connects(database):
            answer = await house.act("stranger", chain, "receive", step="L01")
        assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")

    async def test_a_refusal_stands_even_if_it_cannot_be_written_down(
        self, busy_house: House, database: str
    ) -> None:
        house = busy_house
        chain = await house.launch()
        await house.get("ops", "/catalogue")
        async with nobody_connects(database):
            answer = await house.act("ops", chain, "receive", step="L01")
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")

    async def test_whom_only_a_substitution_could_let_act_is_asked_to_come_back(
        self, busy_house: House, database: str
    ) -> None:
        house, officer = busy_house, f"officer@{PARK}"
        chain = await house.launch()
        await house.get(officer, "/catalogue")
        house.resources.standing.forget()
        async with nobody_connects(database):
            answer = await house.act(officer, chain, "extend", step="L01", amount=1, reason="核实")
        assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")


class TestWithoutAnEngine:
    async def test_reads_go_on_and_writes_say_that_nothing_was_done(self, house: House) -> None:
        project = await house.project()
        assert (await house.get("housekeeper", "/chains")).status_code == 200
        for path, body in (
            ("/chains", {"chain": CHAIN, "project": project["code"]}),
            (f"/chains/{CHAIN}.{project['code']}/commands/receive", {"step": "L01"}),
        ):
            answer = await house.post("housekeeper", path, body)
            assert (answer.status_code, answer.json()["code"]) == (503, "engine_unavailable")
            assert answer.headers["retry-after"]
        ready = await house.http.get("/readyz", headers={"Accept-Language": "en"})
        assert ready.status_code == 503
        assert ready.json()["code"] == "not_ready"
        assert ready.json()["parts"] == {"store": True, "engine": False}

    async def test_a_command_sent_into_an_outage_is_done_once_and_counts_from_when_it_was_sent(
        self,
        *,
        app: FastAPI,
        engine: AsyncEngine,
        shelf: Shelf,
        settings: Settings,
        cast: Cast,
        tmp_path: Path,
    ) -> None:
        port = processes.free_port()
        settings = settings.model_copy(update={"temporal_address": f"127.0.0.1:{port}"})
        server = EmbeddedTemporal(port=port, data_dir=tmp_path)
        await server.start()
        try:
            resources = Resources(settings, engine, EngineLink(settings), shelf)
            client = await connect(settings)
            async with (
                House(app, resources, cast) as house,
                running_worker(client, engine, settings.task_queue),
            ):
                chain, key = await house.launch(), fresh_key()
                await server.stop()
                lost = await house.act("housekeeper", chain, "receive", key=key, step="L01")
                assert (lost.status_code, lost.json()["status"]) == (202, "pending")
                assert (await house.get("housekeeper", f"/chains/{chain}")).status_code == 200
                sent_before = datetime.now(UTC)
                await server.start()
                done = await house.settled(lost.headers["location"])
                again = await house.act("housekeeper", chain, "receive", key=key, step="L01")
                rows = (await house.get("data_bureau", f"/audit/chains/{chain}")).json()["items"]
        finally:
            await server.stop()
        assert done["status"] == "done"
        assert (again.status_code, again.json()["seq"]) == (200, done["seq"])
        received = [row for row in rows if row["key"] == key]
        assert len(received) == 1
        assert datetime.fromisoformat(received[0]["at"]) < sent_before


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_a_healthy_house_says_so(busy_house: House, path: str) -> None:
    response = await busy_house.http.get(path)
    assert response.status_code == 200
