"""Record or engine were restored alone: each chain is found, and goes on as the other knows it."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import make_url
from temporalio.client import Client

from groundwork.console.faults import ExitCode
from groundwork.console.reconciling import Reconciling, WrongNamespace, require_live
from groundwork.domain import commands as cmd
from groundwork.domain.definition import Mode
from groundwork.domain.model import Chain
from groundwork.domain.rejections import Reason
from groundwork.runtime.embedded import EmbeddedPostgres, EmbeddedTemporal
from groundwork.runtime.gateway import Gateway, Refused
from groundwork.runtime.processes import free_port
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import connect
from groundwork.store.audit import Audit
from groundwork.store.engine import create_engine
from groundwork.store.migrations import migrate
from groundwork.worker import running_worker, stock_from_catalogue
from groundwork.workflows import shelf
from groundwork.workflows.ports import ChainInput
from tests.cli.terminal import run
from tests.survival.town import ADMINISTRATOR, Town, asked

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[EmbeddedTemporal]:
    """An engine without anybody else's chains, since all of them are looked at.

    What runs there when a test ends is terminated; the last test leaves one that ended by itself.
    """
    server = EmbeddedTemporal(port=free_port())
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(engine: EmbeddedTemporal) -> Client:
    """A client of it, configured as in production."""
    return await connect(Settings(), address=engine.address)


@pytest.fixture
def record(postgres_server: EmbeddedPostgres) -> Iterator[str]:
    """An empty record."""
    name = f"record_{uuid4().hex}"
    migrate(url := postgres_server.create_database(name))
    yield url
    postgres_server.drop_database(name)


@pytest.fixture
def older(postgres_server: EmbeddedPostgres) -> Iterator[str]:
    """The name of a copy that is made in the middle."""
    name = f"older_{uuid4().hex}"
    yield name
    postgres_server.drop_database(name)


async def lived(client: Client, town: Town, record: str, chain: Chain, steps: list[str]) -> None:
    """Let a worker carry one command for each of the steps, until all of it is recorded."""
    stock_from_catalogue()
    database = create_engine(record)
    async with running_worker(client, database, "groundwork"):
        for step in steps:
            receipt = await town.answer(chain, choice(step))
        await town.reached(chain, receipt.seq)
    await database.dispose()


def choice(step: str) -> cmd.Envelope:
    return cmd.Envelope(
        key=f"choose-{step}",
        by=ADMINISTRATOR,
        received_at=datetime.now(UTC),
        command=cmd.ChooseMode(step=step, mode=Mode.STANDARD),
    )


async def reconciled(engine: EmbeddedTemporal, record: str, *words: str) -> tuple[int, Any]:
    """How the command ends, and what it says of the chains that do not agree."""
    env = {"DATABASE_URL": record, "TEMPORAL_ADDRESS": engine.address}
    result = await asyncio.to_thread(run, "reconcile", *words, "--json", env=env)
    assert result.stdout, result.exception or result.stderr
    return result.exit_code, json.loads(result.stdout)["items"]


def says_no(record: str, *words: str, **env: str) -> str:
    """What the command says when it refuses to go on."""
    given = {"DATABASE_URL": record, **env}
    result = run("reconcile", *words, "--lang", "en", env=given)
    assert result.exit_code == ExitCode.REFUSED, result.output
    return result.stderr


async def begun(client: Client) -> int:
    """How many executions of chains the engine has ever begun in that namespace."""
    return (await client.count_workflows("WorkflowType = 'LandToConstruction'")).count


async def whole(record: str, chain: Chain) -> bool:
    database = create_engine(record)
    audit = Audit(database, shelf.definition)
    findings = [*await audit.verify(chain.id), *await audit.refold(chain.id)]
    await database.dispose()
    return findings == []


async def test_a_record_that_is_older_is_given_what_it_lacks(
    engine: EmbeddedTemporal,
    client: Client,
    postgres_server: EmbeddedPostgres,
    record: str,
    older: str,
) -> None:
    town = Town(Gateway(client), {}, record)
    chain = await town.launch(at=datetime.now(UTC))
    await lived(client, town, record, chain, ["L20"])
    restored = postgres_server.create_database(older, template=make_url(record).database or "")
    await lived(client, town, record, chain, ["L21", "L22"])
    assert await reconciled(engine, record) == (ExitCode.OK, [])

    before = town.events(chain)
    code, (found,) = await reconciled(engine, restored)
    assert (code, found["chain"], found["standing"]) == (1, chain.id, "record_behind")
    assert (found["known"], found["mended"]) == (len(before), False)
    code, (found,) = await reconciled(engine, restored, "--mend", "--yes")
    assert (code, found["mended"]) == (ExitCode.OK, True)
    assert Town(Gateway(client), {}, restored).events(chain) == before
    assert await whole(restored, chain)
    assert await reconciled(engine, restored) == (ExitCode.OK, [])
    await client.get_workflow_handle(chain.id).terminate()


async def test_nothing_is_mended_unasked(
    engine: EmbeddedTemporal, client: Client, record: str
) -> None:
    town = Town(Gateway(client), {}, record)
    chain = await town.launch(at=datetime.now(UTC))
    await lived(client, town, record, chain, ["L20"])
    await client.get_workflow_handle(chain.id).terminate()
    said = await asyncio.to_thread(says_no, record, "--mend", TEMPORAL_ADDRESS=str(engine.address))
    assert f"{engine.address}, namespace default" in said
    assert "that begin again from their record: 1" in said
    (found,) = (await reconciled(engine, record))[1]
    assert found["standing"] == "no_chain"


async def test_chains_do_not_begin_a_second_time_at_an_engine_that_is_not_theirs(
    engine: EmbeddedTemporal, client: Client, record: str
) -> None:
    town = Town(Gateway(client), {}, record)
    chains = [await town.launch(at=datetime.now(UTC)) for _ in range(3)]
    stock_from_catalogue()
    database = create_engine(record)
    async with running_worker(client, database, "groundwork"):
        for chain in chains:
            receipt = await town.answer(chain, choice("L20"))
            await town.reached(chain, receipt.seq)
    await database.dispose()
    other = EmbeddedTemporal(port=free_port())
    await other.start()
    try:
        elsewhere = await connect(Settings(), address=other.address)
        there = {"TEMPORAL_ADDRESS": str(other.address)}
        said = await asyncio.to_thread(says_no, record, "--mend", "--yes", **there)
        assert "knows hardly any of the running chains" in said
        assert f"{other.address}, namespace default" in said
        assert await begun(elsewhere) == 0

        # After a real loss of the engine's database it is what is wanted.
        words = ("--mend", "--engine-lost", "--yes")
        code, found = await reconciled(other, record, *words)
        assert (code, [one["mended"] for one in found]) == (ExitCode.OK, [True] * 3)
        assert await begun(elsewhere) == 3
    finally:
        await other.stop()
    assert await reconciled(engine, record) == (ExitCode.OK, [])
    for chain in chains:
        await client.get_workflow_handle(chain.id).terminate()


async def test_no_chain_goes_on_where_rehearsals_are_played() -> None:
    with pytest.raises(WrongNamespace):
        require_live("rehearsal", Settings())


async def test_what_cannot_be_read_is_never_said_to_agree(
    engine: EmbeddedTemporal, client: Client, record: str
) -> None:
    handle = await client.start_workflow(
        "LandToConstruction", {}, id="land-to-construction.typed", task_queue="groundwork"
    )
    while not [one async for one in client.list_workflows("ExecutionStatus = 'Running'")]:
        await asyncio.sleep(0.1)  # the engine's lists follow a moment later
    code, (found,) = await reconciled(engine, record)
    assert (code, found["chain"], found["standing"]) == (1, handle.id, "unreadable")
    assert (found["reason"], found["mended"]) == ("damaged", False)
    await handle.terminate()


@pytest.mark.parametrize("lost", [True, False], ids=["no_chain", "chain_behind"])
async def test_a_chain_that_the_engine_lost_or_knows_less_of_goes_on_from_its_record(
    engine: EmbeddedTemporal, client: Client, record: str, lost: bool
) -> None:
    town = Town(Gateway(client), {}, record)
    chain = await town.launch(at=datetime.now(UTC))
    await lived(client, town, record, chain, ["L20", "L21"])
    handle, events = client.get_workflow_handle(chain.id), town.events(chain)
    await handle.terminate()
    if not lost:
        # What an engine has that was restored to the moment of the launch.
        await client.start_workflow(
            town.rules.definition.workflow_type,
            ChainInput(launch=chain.launch),
            id=chain.id,
            task_queue="groundwork",
        )
    code, (found,) = await reconciled(engine, record)
    assert (code, found["recorded"]) == (ExitCode.REFUSED, len(events))
    assert found["standing"] == ("no_chain" if lost else "chain_behind")
    code, (found,) = await reconciled(engine, record, "--mend", "--yes")
    assert (code, found["mended"]) == (ExitCode.OK, True)

    await lived(client, town, record, chain, ["L22"])
    after = town.events(chain)
    assert after[: len(events)] == events
    # What the chain asks of the world by itself, such as credit, may have come back meanwhile.
    assert [one.key for one in after[len(events) :] if one.key] == ["choose-L22"]
    assert await whole(record, chain)
    with pytest.raises(Refused) as refused:
        await lived(client, town, record, chain, ["L21"])
    assert refused.value.reason is Reason.KEY_REUSED
    assert await reconciled(engine, record) == (ExitCode.OK, [])
    await handle.terminate()


async def test_a_chain_that_is_told_to_begin_anew_takes_along_what_was_not_on_record_yet(
    engine: EmbeddedTemporal,
    client: Client,
    postgres_server: EmbeddedPostgres,
    record: str,
    older: str,
) -> None:
    town = Town(Gateway(client), {}, record)
    chain = await town.launch(at=datetime.now(UTC))
    behind = postgres_server.create_database(older, template=make_url(record).database or "")
    await lived(client, town, record, chain, ["L20", "L21"])
    await Reconciling(Settings(), behind, engine.address).restart(chain.id, "a test")
    late = Town(Gateway(client), {}, behind)
    assert late.events(chain) == town.events(chain)
    await lived(client, late, behind, chain, ["L19"])
    assert "choose-L19" in [one.key for one in late.events(chain)]
    assert await whole(behind, chain)
    await client.get_workflow_handle(chain.id).terminate()


async def test_a_chain_that_ended_before_an_older_record_heard_of_it_is_found(
    engine: EmbeddedTemporal,
    client: Client,
    postgres_server: EmbeddedPostgres,
    record: str,
    older: str,
) -> None:
    town = Town(Gateway(client), {}, record)
    chain = await town.launch(at=datetime.now(UTC))
    restored = postgres_server.create_database(older, template=make_url(record).database or "")
    end = cmd.TerminateChain(reason="用地另作安排")
    stock_from_catalogue()
    database = create_engine(record)
    async with running_worker(client, database, "groundwork"):
        await town.answer(chain, asked(end, datetime.now(UTC)))
        await client.get_workflow_handle(chain.id).result()
    await database.dispose()

    code, (found,) = await reconciled(engine, restored, "--mend", "--yes")
    assert (code, found["chain"], found["standing"]) == (ExitCode.OK, chain.id, "record_behind")
    assert Town(Gateway(client), {}, restored).events(chain) == town.events(chain)
    assert await reconciled(engine, restored) == (ExitCode.OK, [])
