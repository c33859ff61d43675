"""A demonstration with some of its park, on the tests' own servers, served to browsers."""

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from pydantic import SecretStr
from pyotp import random_base32

from groundwork.catalogue.loader import latest
from groundwork.console import cast, tokens
from groundwork.console.opening import DEMO_CHAINS
from groundwork.console.preparing import first_administrator, prepare_tables, save_catalogue
from groundwork.demonstration.casting import Casting
from groundwork.demonstration.park import Park, read_park_file
from groundwork.demonstration.seeding import Seeding
from groundwork.demonstration.worker import house_counters
from groundwork.demonstration.workflows import PARK_CHAINS
from groundwork.runtime import processes
from groundwork.runtime.demonstration import ParkState, save_cast, save_park
from groundwork.runtime.embedded import EmbeddedPostgres, EmbeddedTemporal
from groundwork.runtime.gateway import EngineSilent
from groundwork.runtime.passwords import hashed, one_time_password
from groundwork.runtime.settings import Settings, child_environment
from groundwork.runtime.temporal import connect
from groundwork.store.accounts import Accounts
from groundwork.store.denials import Denials
from groundwork.store.engine import create_engine
from groundwork.store.grants import Grants
from groundwork.store.people import People
from groundwork.store.signatures import SigningKey
from groundwork.store.signed_heads import SignedHeads
from groundwork.worker import running_worker, stock_from_catalogue
from tests.browser.addresses import LAND, SOME, TODAY, among

UNDO_SECONDS = 2


class Demo:
    """A running demonstration: where it is, and as whom to come in."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.base = settings.api_url
        self.ids: dict[str, str] = {}

    def token(self, handle: str) -> str:
        """The token of somebody of the cast, such as `housekeeper`."""
        found = tokens.find(self.settings.data_dir, handle)
        assert found, f"nobody is called {handle}"
        return found

    async def act(self, handle: str, path: str, body: Any) -> dict[str, Any]:
        """Write something through the API; it must succeed."""
        headers = {
            "Authorization": f"Bearer {self.token(handle)}",
            "Idempotency-Key": f"test-{uuid4().hex}",
        }
        async with httpx.AsyncClient(base_url=f"{self.base}/api/v1", timeout=30) as http:
            answer = await http.post(path, json=body, headers=headers)
        assert answer.is_success, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def read(self, handle: str, path: str) -> Any:
        """Read something through the API."""
        headers = {"Authorization": f"Bearer {self.token(handle)}"}
        async with httpx.AsyncClient(base_url=f"{self.base}/api/v1", timeout=30) as http:
            answer = await http.get(path, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()


@asynccontextmanager
async def demonstration(
    postgres: EmbeddedPostgres, temporal: EmbeddedTemporal, serials: tuple[int, ...] | None = SOME
) -> AsyncIterator[Demo]:
    """Bring it up with those projects planted, all of the park if none are named."""
    name = f"demo_{uuid4().hex}"
    url = postgres.create_database(name)
    with tempfile.TemporaryDirectory(prefix="groundwork-demo-") as folder:
        settings = Settings(
            demo=True,
            data_dir=Path(folder),
            port=processes.free_port(),
            database_url=SecretStr(url),
            temporal_address=temporal.address,
            temporal_ui_url="http://127.0.0.1:9",
            task_queue=f"demo-{uuid4().hex[:8]}",
            undo_seconds=UNDO_SECONDS,
            # Browsers and attacks of tests ask more often than people do.
            requests_per_account=0,
            requests_per_address=0,
        )
        demo = Demo(settings)
        await prepare_tables(url)
        database = create_engine(url)
        await save_catalogue(database)
        await first_administrator(People(database), settings.data_dir)
        parts = list(cast.parts([latest(one) for one in DEMO_CHAINS]))
        players = await cast.engage(People(database), Grants(database), parts, settings.data_dir)
        save_cast(settings.data_dir, players)
        demo.ids = {one.handle: one.person for one in players}
        await open_account(Accounts(database), demo.ids["ops"])
        park = read_park_file()
        if serials is not None:
            rest = tuple(one for one in park.ids if not among(one, serials))
            save_park(
                settings.data_dir,
                ParkState(as_of=TODAY, total=len(park.ids), done=rest),
            )
        stock_from_catalogue()
        client = await connect(settings, address=temporal.address)
        counters = house_counters(database, settings)
        async with running_worker(
            client, database, settings.task_queue, counters=counters, chains=PARK_CHAINS
        ):
            seeding = Seeding(client, settings.task_queue, database, Casting(players))
            await planted(seeding, park, settings)
            # As the schedule would, and somebody tried what is not theirs to do.
            refused = f"chains/{LAND}/commands/decide"
            await Denials(database).write(
                demo.ids["project-manager"], "decide", refused, "not_permitted"
            )
            await SignedHeads(database).sign(datetime.now(UTC), SigningKey.new())
            with Serving(settings, url, temporal.address):
                await answering(demo.base)
                yield demo
        await database.dispose()
    postgres.drop_database(name)


async def planted(seeding: Seeding, park: Park, settings: Settings) -> None:
    """Plant the park; on a machine as busy as this, an engine may seem to be away for a while."""
    for _ in range(2):
        with contextlib.suppress(EngineSilent):
            await seeding.run(park, settings.data_dir, lambda *_: None, TODAY)
            return
    await seeding.run(park, settings.data_dir, lambda *_: None, TODAY)


async def open_account(accounts: Accounts, person_id: str) -> None:
    """Have somebody about to choose a password and to set up a second factor."""
    now = datetime.now(UTC)
    await accounts.open(person_id, "ops", await hashed(one_time_password()), now, now)
    await accounts.propose_totp(person_id, random_base32())


class Serving:
    """The API as a process of its own, as long as the context lasts."""

    def __init__(self, settings: Settings, url: str, temporal: str) -> None:
        self._environment = child_environment(
            settings, database_url=url, temporal_address=temporal
        ) | {"GROUNDWORK_LOG_LEVEL": "warning"}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Serving":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "groundwork.api"],
            env={**os.environ, **self._environment},
            stdout=subprocess.DEVNULL,
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(30)


async def answering(base: str) -> None:
    """Wait until the API serves."""
    async with httpx.AsyncClient() as http:
        while True:
            try:
                if (await http.get(f"{base}/readyz")).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
