"""`groundwork ops`, as somebody types it when something is wrong."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.failure.v1 import Failure, TimeoutFailureInfo

from groundwork.console.interventions import operator
from groundwork.console.operating import findings
from groundwork.runtime.embedded import EmbeddedPostgres
from groundwork.runtime.keyrings import make_ring
from groundwork.runtime.repair import Condition, Trying, kind_of
from groundwork.runtime.temporal import connect
from groundwork.store.migrations import migrate
from tests.api.house import House, fresh_code, fresh_key

COMMAND = str(Path(sys.executable).with_name("groundwork"))


class Typed:
    """An installation's engine, and the database that commands are told to use."""

    def __init__(self, house: House, database: str) -> None:
        settings = house.resources.settings
        self._env = {
            **os.environ,
            "DATABASE_URL": database.replace("+psycopg", ""),
            "TEMPORAL_ADDRESS": str(settings.temporal_address),
            "GROUNDWORK_TASK_QUEUE": settings.task_queue,
            "GROUNDWORK_PUBLIC_URL": settings.api_url,
        }
        self.other: dict[str, str] = {}
        """Settings of another installation, if it is to be typed there."""
        self.noted = ""
        """What the last command wrote beside its answer: its log."""

    async def run(self, *words: str) -> tuple[int, str]:
        """The exit code of `groundwork ops …` and what it printed, mistakes included."""
        code, printed, said = await self.streams(*words)
        return code, printed or said

    async def streams(self, *words: str, **env: str) -> tuple[int, str, str]:
        """The exit code, and what stood on standard output and on standard error."""
        process = await asyncio.create_subprocess_exec(
            COMMAND,
            "ops",
            *words,
            env=self._env | self.other | env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        printed, said = await process.communicate()
        assert process.returncode is not None
        self.noted = said.decode()
        return process.returncode, printed.decode(), self.noted

    async def told(self, *words: str) -> tuple[int, Any]:
        """The same, as JSON."""
        code, printed = await self.run(*words, "--json")
        return code, json.loads(printed)


@pytest.fixture
async def older(postgres_server: EmbeddedPostgres, database: str) -> AsyncIterator[str]:
    """Another database, as if restored from a backup of before any chain."""
    name = f"older_{os.getpid()}"
    url = postgres_server.create_database(name)
    migrate(url)
    yield url
    postgres_server.drop_database(name)


async def test_a_record_that_lacks_events_is_told_from_one_that_has_them_all(
    busy_house: House, database: str, older: str
) -> None:
    house = busy_house
    chain = await house.launch()
    done = await house.act("housekeeper", chain, "receive", step="L01")
    assert done.status_code == 200
    well, restored = Typed(house, database), Typed(house, older)
    code, found = await well.told("diagnose", chain)
    assert (code, found["findings"], found["status"]) == (0, [], "running")
    seq = found["seq"]
    assert found["recorded"] == seq >= done.json()["seq"]

    code, behind = await restored.told("diagnose", chain)
    assert (code, behind["recorded"], behind["findings"]) == (1, 0, ["record_behind"])


async def test_a_chain_whose_task_fails_is_found_and_told_apart(
    busy_house: House, database: str
) -> None:
    typed = Typed(busy_house, database)
    client = await connect(busy_house.resources.settings)
    broken = f"land-to-construction.{fresh_code()}"
    queue = busy_house.resources.settings.task_queue
    await client.start_workflow("LandToConstruction", {"launch": {}}, id=broken, task_queue=queue)
    try:
        while {"chain": broken, "failing": "workflow task"} not in (await typed.told("stuck"))[1][
            "stuck"
        ]:
            await asyncio.sleep(0.2)
        code, printed = await typed.run("diagnose", broken, "--lang", "en")
        _, listed = await typed.run("reset", broken, "--lang", "en")
        unread, answer, said = await typed.streams("rerecord", broken, "--preview", "--json")
    finally:
        await client.get_workflow_handle(broken).terminate()
    assert code == 1
    assert "Its workflow task fails since the first one" in printed
    assert "No worker answers" not in printed
    assert "There is no point to go back to" in listed
    assert (unread, answer) == (1, "")
    assert "terminate it in the Temporal UI" in said
    assert "input_value" not in said
    code, found = await typed.told("diagnose", broken)
    assert (code, found["status"], found["findings"]) == (1, "terminated", ["ended_early"])


async def test_a_chain_that_this_machines_keys_cannot_read_is_told_from_one_without_a_worker(
    busy_house: House, database: str, tmp_path: Path
) -> None:
    typed, chain = Typed(busy_house, database), await busy_house.launch()
    while (await typed.told("diagnose", chain))[1]["findings"]:
        await asyncio.sleep(0.2)  # the record follows a moment later
    make_ring(ring := tmp_path / "payload-keys.json")
    other = {"GROUNDWORK_PAYLOAD_KEY_FILE": str(ring)}
    code, printed, _ = await typed.streams("diagnose", chain, "--json", **other)
    assert (code, json.loads(printed)["findings"]) == (1, ["key_missing"])


def test_an_activity_that_never_answers_is_a_finding_as_one_that_fails_is() -> None:
    late = Failure(timeout_failure_info=TimeoutFailureInfo())
    trying = (Trying("look_up_credit", 4, kind_of(late)), Trying("record", 1, kind_of(Failure())))
    found = findings(Condition("running", 1, trying, seq=7), 7)
    assert [one.code for one in found] == ["failing_look_up_credit"]
    assert "timeout" in found[0].en


async def test_a_chain_that_nobody_knows_is_said_to_be_unknown(
    idle_house: House, database: str
) -> None:
    code, said = await Typed(idle_house, database).run("diagnose", "land-to-construction.0000")
    assert code == 1
    assert "land-to-construction.0000" in said
    assert "Traceback" not in said


async def test_chains_that_a_query_finds_are_told_to_look_again(
    busy_house: House, database: str
) -> None:
    typed, chain = Typed(busy_house, database), await busy_house.launch()
    client = await connect(busy_house.resources.settings)
    words = ("wake", "--reason", "engine was away", "--query", f'WorkflowId="{chain}"')
    while (await typed.told(*words, "--preview"))[1]["chains"] != 1:
        await asyncio.sleep(0.2)  # the engine's lists follow a moment later
    assert await typed.told(*words) == (0, {"chains": 1, "told": True})
    handle = client.get_workflow_handle(chain)
    told = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
    while not any(one.event_type == told for one in (await handle.fetch_history()).events):
        await asyncio.sleep(0.2)

    code, said = await typed.run("wake", "--reason", "a test", "--query", "Lights=")
    assert code == 1
    assert "does not understand the query" in said


async def test_a_chain_goes_on_from_its_record_in_another_execution(
    busy_house: House, database: str
) -> None:
    house = busy_house
    typed, chain = Typed(house, database), await house.launch()
    papers, key = ["investment-agreement", "business-licence"], fresh_key()
    await house.act("housekeeper", chain, "receive", key=key, step="L01", materials=papers)
    recorded = (await house.settled(f"/chains/{chain}/receipts/{key}"))["seq"]
    client = await connect(house.resources.settings)
    described = await client.get_workflow_handle(chain).describe()
    before = described.run_id
    words = ("restart", chain, "--reason", "damaged history", "--yes", "--although-well")
    code, looked = await typed.told(*words, "--preview")
    assert (code, looked["restarted"]) == (0, False)
    assert looked["recorded"] >= recorded
    assert (await client.get_workflow_handle(chain).describe()).run_id == before

    code, done = await typed.told(*words)
    assert (code, done["restarted"]) == (0, True)
    assert done["known"] == done["recorded"]
    old = client.get_workflow_handle(chain, run_id=before)
    last = (await old.fetch_history()).events[-1]
    ended = last.workflow_execution_terminated_event_attributes
    assert ended.reason == "damaged history"
    assert ended.identity == operator()
    assert '"action": "restart"' in typed.noted or "action=restart" in typed.noted
    assert chain in typed.noted
    anew = await client.get_workflow_handle(chain).describe()
    assert await anew.static_summary() == await described.static_summary()
    assert await anew.static_details() == await described.static_details()
    accepted = await house.act("officer@park-committee", chain, "accept", step="L01")
    assert accepted.status_code in {200, 202}, accepted.text
    assert accepted.json()["seq"] > recorded
    assert (await typed.run("restart", "land-to-construction.none", *words[2:]))[0] == 1


async def test_a_chain_that_gets_on_or_cannot_be_read_here_is_left_alone(
    busy_house: House, database: str, tmp_path: Path
) -> None:
    house = busy_house
    typed, chain = Typed(house, database), await house.launch()
    done = await house.act("housekeeper", chain, "receive", step="L01")
    assert done.status_code in {200, 202}, done.text
    client = await connect(house.resources.settings)
    before = (await client.get_workflow_handle(chain).describe()).run_id
    words = ("restart", chain, "--reason", "a mistake", "--yes")
    code, said = await typed.run(*words)
    assert code == 1
    assert "--although-well" in said

    make_ring(tmp_path / "ring.json")
    typed.other = {"GROUNDWORK_PAYLOAD_KEY_FILE": str(tmp_path / "ring.json")}
    code, said = await typed.run(*words, "--although-well")
    assert code == 1
    assert "copy payload-keys.json" in said
    assert (await client.get_workflow_handle(chain).describe()).run_id == before
