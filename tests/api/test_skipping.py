"""An operator skips what a chain asks of a source that never answers: by right, and on record."""

import asyncio
import json
import os
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.api.errands import ErrandsShape
from groundwork.api.unit_shapes import CreditCheckShape
from groundwork.domain.batch import RECORD
from groundwork.domain.credit import LOOK_UP_CREDIT
from groundwork.runtime import processes
from groundwork.runtime.bureau import Bureau
from groundwork.runtime.repair import Awaited, Condition, Trying
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import connect
from groundwork.worker import running_worker
from tests.api.house import House, fresh_key
from tests.api.test_grants import give
from tests.api.test_repairs import COMMAND
from tests.bureaus import FakeBureau

ERRAND = "credit-1"
REASON = "平台已停用"


@pytest.fixture
async def cut_off(
    idle_house: House, engine: AsyncEngine, engine_settings: Settings
) -> AsyncIterator[House]:
    """The API with an engine and a worker, whose credit bureau is away for good."""
    bureau = Bureau(FakeBureau().settings(engine_settings))
    client = await connect(engine_settings)
    async with running_worker(client, engine, engine_settings.task_queue, credit=bureau):
        yield idle_house
    await bureau.aclose()


@pytest.fixture
async def kept_waiting(
    idle_house: House, engine: AsyncEngine, engine_settings: Settings
) -> AsyncIterator[House]:
    """The API with an engine and a worker, whose credit bureau takes its time."""
    fake, over = FakeBureau(), threading.Event()

    async def in_time() -> None:
        while not over.is_set():
            await asyncio.sleep(0.05)

    fake.troubles.append(in_time)
    bureau = Bureau(fake.settings(engine_settings, credit_timeout=30.0))
    client = await connect(engine_settings)
    with fake.open():
        async with running_worker(client, engine, engine_settings.task_queue, credit=bureau):
            yield idle_house
            over.set()
    await bureau.aclose()


async def launched(house: House) -> str:
    """A chain that waits for credit in vain."""
    return await house.launch(modes={"L07": "commitment"})


async def errands(house: House, chain: str) -> list[Any]:
    shown = await house.get("ops", f"/chains/{chain}/errands")
    assert shown.status_code == 200, shown.text
    return list(ErrandsShape.model_validate_json(shown.content).errands)


async def test_an_errand_is_skipped_by_right_once_and_on_record(cut_off: House) -> None:
    house, chain = cut_off, await launched(cut_off)
    body = {"errand": ERRAND, "reason": REASON}
    assert (await house.get("ops", f"/chains/{chain}/errands")).status_code == 403
    assert (await house.act("ops", chain, "skip_errand", **body)).status_code == 403
    await give(house, "ops", "right", "skip_errand")

    while (found := await errands(house, chain))[0].attempts < 2:
        await asyncio.sleep(0.2)
    assert (found[0].errand, found[0].activity) == (ERRAND, LOOK_UP_CREDIT)
    assert found[0].failed
    assert found[0].error == "BureauUnavailable"
    assert "neither good nor bad" in found[0].consequence
    # The right shows nothing of the case.
    assert (await house.get("ops", f"/chains/{chain}")).status_code == 403
    preview = f"/chains/{chain}/previews/skip_errand"
    assert (await house.post("ops", preview, body)).status_code == 404

    never = await house.act("ops", chain, "skip_errand", errand="record", reason=REASON)
    assert (never.status_code, never.json()["code"]) == (409, "never_skipped")
    key = fresh_key()
    done = await house.act("ops", chain, "skip_errand", key=key, **body)
    assert done.status_code in {200, 202}, done.text
    again = await house.act("ops", chain, "skip_errand", key=key, **body)
    assert again.json()["seq"] == done.json()["seq"]
    other = await house.act("ops", chain, "skip_errand", **body)
    assert (other.status_code, other.json()["code"]) == (409, "no_such_errand")

    while await errands(house, chain):
        await asyncio.sleep(0.1)
    await house.settled(f"/chains/{chain}/receipts/{key}")
    events = (await house.get("data_bureau", f"/chains/{chain}/timeline")).json()["items"]
    (told,) = [one for one in events if one["type"] == "credit_check_skipped"]
    assert told["actor_id"] == house.people["ops"]
    assert told["body"]["reason"] == REASON
    shown = (await house.get("housekeeper", f"/chains/{chain}")).json()
    check = CreditCheckShape.model_validate(shown["checks"][0])
    assert (check.pending, check.eligible) == (False, None)
    assert "look it up again" in (check.note or "")


async def test_an_errand_that_may_still_succeed_is_skipped_only_when_that_is_meant(
    kept_waiting: House,
) -> None:
    house, chain = kept_waiting, await launched(kept_waiting)
    await give(house, "ops", "right", "skip_errand")
    while not (found := await errands(house, chain)) or not found[0].attempts:
        await asyncio.sleep(0.1)
    assert (found[0].errand, found[0].failed) == (ERRAND, False)

    key, body = fresh_key(), {"errand": ERRAND, "reason": REASON}
    early = await house.act("ops", chain, "skip_errand", key=key, **body)
    assert (early.status_code, early.json()["code"]) == (409, "errand_not_failed")
    assert "before_it_failed" in early.json()["detail"]
    assert [one.errand for one in await errands(house, chain)] == [ERRAND]

    meant = await house.act("ops", chain, "skip_errand", key=key, before_it_failed=True, **body)
    assert meant.status_code in {200, 202}, meant.text
    assert await errands(house, chain) == []
    # What was carried out is answered again, though nothing is awaited that could have failed.
    again = await house.act("ops", chain, "skip_errand", key=key, before_it_failed=True, **body)
    assert again.json()["seq"] == meant.json()["seq"]


def test_what_is_noted_as_failing_has_failed_also_while_it_is_asked_afresh() -> None:
    awaited = Awaited(ERRAND, LOOK_UP_CREDIT, datetime.now(UTC))
    first = Condition("running", 1, (Trying(LOOK_UP_CREDIT, 1, None),), seq=3)
    assert not first.has_failed(awaited)
    assert first._replace(failing=f"{LOOK_UP_CREDIT}: BureauUnavailable").has_failed(awaited)
    assert not first._replace(failing=f"{RECORD}: StoreUnavailable").has_failed(awaited)
    again = Condition("running", 1, (Trying(LOOK_UP_CREDIT, 2, "timeout"),), seq=3)
    assert again.has_failed(awaited)


async def test_who_may_not_and_what_is_not_there(busy_house: House) -> None:
    house = busy_house
    body = {"errand": ERRAND, "reason": REASON}
    for who in ("housekeeper", "project_manager", "officer@park-committee", "data_bureau"):
        refused = await house.act(who, "land-to-construction.none", "skip_errand", **body)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
    for ask in (
        house.get("administrator", "/chains/land-to-construction.none/errands"),
        house.act("administrator", "land-to-construction.none", "skip_errand", **body),
    ):
        missing = await ask
        assert (missing.status_code, missing.json()["code"]) == (404, "chain_not_found")


class Terminal:
    """Where somebody types `groundwork ops skip`, about one chain."""

    def __init__(self, chain: str, env: dict[str, str]) -> None:
        self._chain = chain
        self._env = env

    async def type(self, *words: str) -> tuple[int, str]:
        """The exit code and what was printed, mistakes included."""
        process = await asyncio.create_subprocess_exec(
            *(COMMAND, "ops", "skip", self._chain, *words),
            env=self._env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        printed, said = await process.communicate()
        assert process.returncode is not None
        return process.returncode, (printed or said).decode()


@asynccontextmanager
async def terminal(house: House, database: str, chain: str) -> AsyncIterator[Terminal]:
    """A terminal beside an API of the same installation, which an operator uses."""
    settings, port = house.resources.settings, processes.free_port()
    url = f"http://127.0.0.1:{port}"
    env = {
        **os.environ,
        "DATABASE_URL": database,
        "GROUNDWORK_PORT": str(port),
        "TEMPORAL_ADDRESS": str(settings.temporal_address),
        "GROUNDWORK_TASK_QUEUE": settings.task_queue,
        "GROUNDWORK_PUBLIC_URL": url,
        "GROUNDWORK_TOKEN": house.tokens["ops"],
    }
    api = await asyncio.create_subprocess_exec(sys.executable, "-m", "groundwork.api", env=env)
    try:
        async with httpx.AsyncClient(base_url=url) as http:
            while not await _lives(http):
                assert api.returncode is None
                await asyncio.sleep(0.1)
        yield Terminal(chain, env)
    finally:
        api.terminate()
        await api.wait()


async def test_what_follows_is_said_before_it_is_skipped_at_a_terminal(
    cut_off: House, database: str
) -> None:
    house, chain = cut_off, await launched(cut_off)
    await give(house, "ops", "right", "skip_errand")
    words = (ERRAND, "--reason", REASON)
    while not (await errands(house, chain))[0].failed:
        await asyncio.sleep(0.1)
    async with terminal(house, database, chain) as at:
        code, said = await at.type(*words, "--preview", "--lang", "en")
        assert code == 0
        assert "neither good nor bad" in said
        assert "before-it-failed" not in said
        assert [one.errand for one in await errands(house, chain)] == [ERRAND]
        code, said = await at.type("record", "--reason", REASON, "--yes", "--lang", "en")
        assert code == 1
        assert "happened to nobody" in said
        key = fresh_key()
        code, said = await at.type(*words, "--yes", "--key", key, "--json")
        assert code == 0, said
        again = await at.type(*words, "--yes", "--key", key, "--json")
        assert json.loads(again[1])["seq"] == json.loads(said)["seq"]
    while await errands(house, chain):
        await asyncio.sleep(0.1)


async def test_a_terminal_asks_whether_it_is_meant_before_anything_has_failed(
    kept_waiting: House, database: str
) -> None:
    house, chain = kept_waiting, await launched(kept_waiting)
    await give(house, "ops", "right", "skip_errand")
    while not await errands(house, chain):
        await asyncio.sleep(0.1)
    words = (ERRAND, "--reason", REASON)
    async with terminal(house, database, chain) as at:
        code, said = await at.type(*words, "--preview", "--lang", "en")
        assert code == 0
        assert "neither good nor bad" in said
        assert "--before-it-failed" in said
        code, said = await at.type(*words, "--yes", "--lang", "en")
        assert code == 1
        assert "--before-it-failed" in said
        assert [one.errand for one in await errands(house, chain)] == [ERRAND]
        code, said = await at.type(*words, "--before-it-failed", "--yes", "--json")
        assert code == 0, said
    assert await errands(house, chain) == []


async def _lives(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/healthz")).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
