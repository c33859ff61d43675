"""The other words of the repair kit, each tried on a real engine as somebody types it."""

import asyncio
import gc
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.common import RawValue

from groundwork.domain.model import Chain, DefinitionRef
from groundwork.runtime.repair import condition
from groundwork.runtime.resetting import points
from groundwork.runtime.temporal import connect
from groundwork.runtime.workforce import workforce
from groundwork.store.engine import create_engine
from groundwork.store.projects import NewProject, Projects
from groundwork.store.reads import Reads
from groundwork.worker import running_worker
from groundwork.workflows.ports import ChainInput
from tests.api.house import House, fresh_code, sound_uscc
from tests.api.test_repairs import Typed, older

__all__ = ["older"]

PAPERS = ["investment-agreement", "business-licence"]


async def worked(house: House, **choices: Any) -> str:
    """A chain of which two commands are on record, and all that they led to."""
    chain = await house.launch(**choices)
    await house.act("housekeeper", chain, "receive", step="L01", materials=PAPERS)
    done = await house.act("officer@park-committee", chain, "accept", step="L01")
    assert done.status_code in {200, 202}, done.text
    await recorded(house, chain, done.json()["seq"])
    return chain


async def recorded(house: House, chain: str, least: int) -> int:
    """How many events engine and record have, once they agree and have so many."""
    client = await house.resources.link.client()
    while True:
        seq = await house.resources.reads.projected_seq(chain)
        if seq >= least and seq == (await condition(client, chain)).seq:
            return seq
        await asyncio.sleep(0.1)


async def failed(client: Client, chain: str) -> None:
    """Return once the workflow task of a chain failed again."""
    while (await condition(client, chain)).task_attempt < 2:
        await asyncio.sleep(0.1)


async def test_what_the_record_lacks_is_recorded_anew_from_history(
    busy_house: House, older: str, database: str
) -> None:
    house, chain = busy_house, await worked(busy_house)
    whole = await recorded(house, chain, 1)
    restored = create_engine(older)
    try:
        await Projects(restored).create(_project(chain, house))
    finally:
        await restored.dispose()
    typed = Typed(house, older)
    code, looked = await typed.told("rerecord", chain, "--preview")
    assert (code, looked["recorded"], looked["lacking"], looked["done"]) == (0, 0, whole, False)
    assert (await typed.told("rerecord", chain))[1]["done"]
    after = create_engine(older)
    try:
        assert await Reads(after).projected_seq(chain) == whole
    finally:
        await after.dispose()
    assert (await typed.run("rerecord", "land-to-construction.none"))[0] == 1


def _project(chain: str, house: House) -> NewProject:
    keeper = house.people["housekeeper"]
    return NewProject(
        code=chain.partition(".")[2],
        name="恢复的项目",
        enterprise="鹤山市某卫浴有限公司",
        uscc=sound_uscc(),
        district="440784",
        housekeeper=keeper,
        created_by=keeper,
    )


async def test_a_chain_is_set_back_to_a_point_and_its_commands_are_sent_again(
    busy_house: House, database: str
) -> None:
    house, chain = busy_house, await worked(busy_house, version="1.0.0")
    typed, seq = Typed(house, database), await recorded(house, chain, 1)
    handle = (await house.resources.link.client()).get_workflow_handle(chain)
    before = (await handle.describe()).run_id
    points = (await typed.told("reset", chain))[1]["points"]
    point = next(one for one in points if one["again"] == ["receive", "accept"])
    words = ("reset", chain, "--to", str(point["event"]), "--reason", "a bad release", "--yes")
    assert (await typed.told(*words, "--preview"))[1]["reset"] is False
    assert (await handle.describe()).run_id == before
    assert (await typed.told(*words))[1] == {
        "chain": chain,
        "to": point["event"],
        "again": ["receive", "accept"],
        "reset": True,
    }
    assert (await handle.describe()).run_id != before
    assert await recorded(house, chain, 1) == seq
    after = await house.act("officer@park-committee", chain, "begin_review", step="L01")
    assert after.status_code in {200, 202}, after.text
    assert after.json()["seq"] > seq
    await recorded(house, chain, after.json()["seq"])
    assert (await typed.run("reset", chain, "--to", "2", "--reason", "none such"))[0] == 1


async def test_no_point_before_the_last_answer_from_outside_is_offered(
    busy_house: House,
) -> None:
    house = busy_house
    chain = await house.launch(modes={"L07": "commitment"})
    client = await house.resources.link.client()
    while (await condition(client, chain)).awaits:
        await asyncio.sleep(0.1)
    await house.act("housekeeper", chain, "receive", step="L01", materials=PAPERS)
    offered = [one.again for one in await points(client, chain)]
    assert offered[-1] in {("receive",), ()}
    history = await client.get_workflow_handle(chain).fetch_history()
    assert offered, "what came after it may be gone back to"
    assert len(offered) < sum(
        one.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED for one in history.events
    )


async def test_who_asks_for_work_is_listed_or_that_nobody_does(
    idle_house: House, database: str, engine: AsyncEngine
) -> None:
    typed, settings = Typed(idle_house, database), idle_house.resources.settings
    assert await typed.told("workers") == (1, {"workers": []})
    client = await connect(settings)
    async with running_worker(client, engine, settings.task_queue):
        while not (await workforce(client, settings.task_queue)).deciding:
            await asyncio.sleep(0.1)
        code, told = await typed.told("workers")
    assert (code, [one["worker"] for one in told["workers"]]) == (0, [client.identity])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_definition_that_workers_lack_is_told_from_a_payload_that_cannot_be_read(
    busy_house: House, database: str, engine: AsyncEngine
) -> None:
    house = busy_house
    typed, settings = Typed(house, database), house.resources.settings
    client = await connect(settings)
    known: Chain = await client.get_workflow_handle(await house.launch()).query(
        "chain", result_type=Chain
    )
    lost, poisoned = (f"land-to-construction.{fresh_code()}" for _ in range(2))
    nowhere = DefinitionRef(id="land-to-construction", version="9.9.9", hash="nowhere")
    order = ChainInput(
        launch=known.launch.model_copy(update={"chain_id": lost, "definition": nowhere})
    )
    queue = settings.task_queue
    await client.start_workflow("LandToConstruction", order, id=lost, task_queue=queue)
    plain = await Client.connect(str(settings.temporal_address), namespace=settings.namespace)
    sealed = {"encoding": b"binary/encrypted", "key-id": b"k-lost"}
    await plain.start_workflow(
        "LandToConstruction",
        RawValue(Payload(metadata=sealed, data=bytes(64))),
        id=poisoned,
        task_queue=queue,
    )
    try:
        for one, finding in ((lost, "definition_missing"), (poisoned, "payload_unreadable")):
            await failed(client, one)
            code, told = await typed.told("diagnose", one)
            assert (code, told["findings"][0]) == (1, finding)
    finally:
        for one in (lost, poisoned):
            await client.get_workflow_handle(one).terminate()
    gc.collect()  # what the SDK left behind of workflows that never began warns here, not later
