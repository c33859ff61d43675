"""What people type about themselves stands nowhere in clear: not in the engine's own files, its
histories and attributes, not in the database, not in any log.
"""

import asyncio
import io
import json
import logging
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import psycopg
import pytest
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from groundwork.api.app import create_app
from groundwork.api.link import EngineLink
from groundwork.api.resources import Resources
from groundwork.api.shelf import Shelf
from groundwork.runtime.embedded import EmbeddedTemporal
from groundwork.runtime.logs import configure_logging
from groundwork.runtime.settings import Settings, load_settings
from groundwork.runtime.temporal import connect
from groundwork.store.accounts import Accounts
from groundwork.worker import running_worker
from tests.api.desks import HEAD, LEADER, OFFICER, OTHER, delegate, staff
from tests.api.desks import held as held_by
from tests.api.house import Cast, House

TYPED = {
    "name": "欧阳若溪",
    "sign-in name": "ouyang.ruoxi",
    "address": "ruoxi.ouyang@personal.example",
    "mail password": "pa55phrase",
    "label of a channel": "若溪的手机13912345678",
    "label of a token": "若溪的平板电脑",
    "label of a feed": "若溪的日历",
    "reason of an absence": "住院手术",
    "reason of a delegation": "赴外地陪护父亲",
    "reason of a handover": "停职配合调查",
    "reason of a grant": "亲属企业回避后改派",
    "reason of a hold": "劳动仲裁期间",
    "path of a webhook": "k3y-in-the-path",
}
"""What is typed where personal data belongs."""

FREE = {"reason of a decision": "代理人司徒明月来电撤回"}
"""Free text of the case: part of the record, and of the record alone."""


def spellings(value: str) -> Iterator[tuple[str, bytes]]:
    """How a value may stand in a file."""
    raw = value.encode()
    yield "UTF-8", raw
    yield "UTF-16", value.encode("utf-16-le")
    yield "UTF-16, big end first", value.encode("utf-16-be")
    escaped = json.dumps(value)[1:-1].encode()
    yield "JSON", escaped
    yield "address", quote(value).encode()
    yield "hexadecimal", raw.hex().encode()
    for before, skipped in enumerate((0, 2, 3)):
        for content in (raw, escaped):
            coded = b64encode(bytes(before) + content)
            yield "base64", coded[skipped : (before + len(content)) * 8 // 6]


def found(content: bytes, data: Mapping[str, str]) -> set[str]:
    """Which of the data stand in it, in any spelling."""
    return {
        what for what, value in data.items() for _, spelt in spellings(value) if spelt in content
    }


class Place:
    """An installation of its own, and all that it writes."""

    def __init__(self, house: House, client: Client, folder: Path, logs: io.StringIO) -> None:
        self.house, self.client, self.folder, self.logs = house, client, folder, logs

    def files(self) -> bytes:
        """What the engine keeps."""
        return b"".join(
            path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file()
        )

    async def histories(self) -> bytes:
        """What the engine hands out of every execution: histories and search attributes."""
        told: list[str] = []
        while not told:  # lists follow after a moment
            async for one in self.client.list_workflows():
                handle = self.client.get_workflow_handle(one.id, run_id=one.run_id)
                history = await handle.fetch_history()
                told += [history.to_json(), str((await handle.describe()).raw_description)]
        return "\n".join(told).encode()

    def database(self) -> bytes:
        """Every row of every table, as text."""
        url = self.house.resources.database.url.render_as_string(hide_password=False)
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            names = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            ).fetchall()
            rows = [
                str(row[0])
                for (name,) in names
                for row in connection.execute(f'SELECT t::text FROM "{name}" t')
            ]
        assert len(rows) > 20
        return "\n".join(rows).encode()


@pytest.fixture
async def place(
    engine: AsyncEngine, shelf: Shelf, settings: Settings, cast: Cast, data_dir: Path
) -> AsyncIterator[Place]:
    """An installation with an engine that keeps its data in a file, and every log."""
    root = logging.getLogger()
    handlers, level, logs = root.handlers[:], root.level, io.StringIO()
    configure_logging(load_settings(log_format="json", log_level="debug"), stream=logs)
    server = EmbeddedTemporal(
        port=settings.temporal_port,
        data_dir=data_dir,
        on_line=lambda name, line: print(name, line, file=logs),
    )
    own = settings.model_copy(
        update={
            "temporal_address": server.address,
            "task_queue": f"privacy-{uuid4().hex[:6]}",
            "trusted_hosts": "127.0.0.1",
        }
    )
    try:
        await server.start()
        client = await connect(own)
        resources = Resources(own, engine, EngineLink(own), shelf)
        async with (
            House(create_app(own), resources, cast) as house,
            running_worker(client, engine, own.task_queue),
        ):
            yield Place(house, client, data_dir, logs)
    finally:
        await server.stop()
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()


async def live(place: Place) -> dict[str, str]:
    """Somebody types everything that a person can, and works; secrets that they were handed."""
    house = place.house

    async def write(who: str, path: str, body: Mapping[str, object]) -> dict[str, str]:
        answer = await house.post(who, path, body)
        assert answer.status_code < 300, (path, answer.text)
        told: dict[str, str] = answer.json()
        return told

    person = (
        await write("administrator", "/people", {"name": TYPED["name"], "role": "housekeeper"})
    )["id"]
    token = await write(
        "administrator", f"/people/{person}/tokens", {"label": TYPED["label of a token"]}
    )
    handed = await write(
        "administrator", f"/people/{person}/password", {"sign_in_name": TYPED["sign-in name"]}
    )
    account = await Accounts(house.resources.database).of(person)
    assert account is not None
    totp = await house.resources.accounts.propose(account)
    house.people["ruoxi"], house.tokens["ruoxi"] = person, token["secret"]
    address = f"mailtos://ruoxi:{TYPED['mail password']}@smtp.example.com?to={TYPED['address']}"
    await write("ruoxi", "/channels", {"label": TYPED["label of a channel"], "url": address})
    await write("ruoxi", "/feeds", {"label": TYPED["label of a feed"]})
    absence = {
        "substitute": house.people["housekeeper"],
        "first_day": "2031-03-03",
        "last_day": "2031-03-04",
        "reason": TYPED["reason of an absence"],
    }
    await write("ruoxi", f"/people/{person}/absences", absence)
    about = f"/people/{person}"
    grant = {"kind": "park", "value": "440784", "reason": TYPED["reason of a grant"]}
    await write("administrator", f"{about}/grants", grant)
    hold = {"reason": TYPED["reason of a hold"]}
    held = await house.ask("administrator", "PUT", f"{about}/hold", json=hold)
    assert held.status_code == 204
    url = f"https://127.0.0.1/{TYPED['path of a webhook']}"
    hook = await write("administrator", "/webhooks", {"label": "平台", "url": url})
    await staff(house)
    lent = await delegate(house, LEADER, OFFICER, "extend", reason=TYPED["reason of a delegation"])
    assert lent.status_code == 201, lent.text
    await held_by(house, OFFICER)
    handover = {"to": house.people[OTHER], "reason": TYPED["reason of a handover"]}
    moved = await house.post(HEAD, f"/people/{house.people[OFFICER]}/reassign", handover)
    assert moved.json()["done"] == 1, moved.text
    chain = await house.launch()
    await house.act("housekeeper", chain, "terminate_chain", reason=FREE["reason of a decision"])
    return {
        "token": token["secret"],
        "one-time password": handed["password"],
        "second factor": totp,
        "secret of a webhook": hook["secret"],
    }


async def test_nothing_personal_stands_anywhere_in_clear(place: Place) -> None:
    secrets = await live(place)
    assert all(secrets.values())
    data = TYPED | secrets
    assert found(place.files(), data | FREE) == set()
    assert found(await place.histories(), data | FREE) == set()
    assert found(place.database(), data) == set()
    assert "groundwork" in place.logs.getvalue()
    assert found(place.logs.getvalue().encode(), data | FREE) == set()
    # The record is where the case's own words stand.
    assert found(place.database(), FREE) == set(FREE)


async def test_the_search_would_find_what_is_there(place: Place) -> None:
    await place.house.launch()
    name = {"name": TYPED["name"]}
    stranger = await Client.connect(place.client.service_client.config.target_host)
    await stranger.start_workflow(
        "Nobody", TYPED["name"], id=f"planted-{uuid4()}", task_queue="nobody"
    )
    assert found(place.files(), name) == {"name"}
    async with asyncio.timeout(60):  # lists follow after a moment
        while not found(await place.histories(), name):
            await asyncio.sleep(0.05)
    await place.house.project(name=TYPED["name"])
    assert found(place.database(), name) == {"name"}
    logging.getLogger("careless").warning(TYPED["name"])
    assert found(place.logs.getvalue().encode(), name) == {"name"}


@pytest.mark.parametrize("value", [*TYPED.values(), "gs_bare-word"])
def test_every_spelling_would_be_found(value: str) -> None:
    for _, spelt in spellings(value):
        assert found(b"\x00x" + spelt + b"y\x00", {"it": value}) == {"it"}
    for before in range(3):
        coded = b64encode(b"a" * before + value.encode() + b"zz")
        assert found(b"{" + coded + b"}", {"it": value}) == {"it"}
    assert found(b"something else", {"it": value}) == set()
