"""The codec server: for the Temporal UI alone, and for who may read payloads."""

import zlib
from base64 import b64decode, b64encode
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload

from groundwork.api.marks import COOKIE
from groundwork.domain.model import Role
from groundwork.runtime.keyrings import new_key, payload_keys
from groundwork.runtime.payloads import SealingCodec
from tests.api.house import House
from tests.api.test_traffic import bounded

UI = "http://127.0.0.1:7401"
SAID = b'"L08 \xe5\xae\xb9\xe7\xbc\xba"'
PLAIN = Payload(metadata={"encoding": b"json/plain"}, data=SAID)


async def sealed(house: House) -> dict[str, Any]:
    """An encrypted payload, as the UI hands it in."""
    codec = SealingCodec(payload_keys(house.resources.settings))
    (payload,) = await codec.encode([PLAIN])
    return as_json(payload)


def as_json(payload: Payload) -> dict[str, Any]:
    metadata = {name: b64encode(value).decode() for name, value in payload.metadata.items()}
    return {"metadata": metadata, "data": b64encode(payload.data).decode()}


@pytest.fixture
async def ui(house: House) -> str:
    """The origin of the Temporal UI."""
    origin = house.resources.settings.temporal_ui
    assert origin is not None
    return origin


async def signed_in(house: House, *, right: bool, role: Role = Role.OPS) -> dict[str, str]:
    """The headers of a browser in which somebody is signed in."""
    person = await house.resources.people.create("值守", role)
    if right:
        body = {"kind": "right", "value": "read_payloads", "reason": "值守"}
        given = await house.post("administrator", f"/people/{person.id}/grants", body)
        assert given.status_code < 300, given.text
        house.resources.standing.forget()
    far = person.created_at.replace(year=person.created_at.year + 1)
    session = await house.resources.people.begin_session(
        person.id, expires_at=far, confirmed_at=person.created_at
    )
    return {"Cookie": f"{COOKIE}={session.secret}"}


async def ask(house: House, headers: dict[str, str], *payloads: dict[str, Any]) -> Any:
    more = {"X-Namespace": "default", **headers}
    return await house.http.post("/codec/decode", json={"payloads": payloads}, headers=more)


async def test_who_may_read_payloads_reads_them_in_the_ui(house: House, ui: str) -> None:
    headers = await signed_in(house, right=True) | {"Origin": ui}
    answer = await ask(house, headers, await sealed(house))
    assert answer.status_code == 200
    (payload,) = answer.json()["payloads"]
    assert b64decode(payload["data"]) == SAID
    assert answer.headers["access-control-allow-origin"] == ui
    assert answer.headers["access-control-allow-credentials"] == "true"


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1", "null", None])
async def test_no_other_page_may_ask(house: House, origin: str | None) -> None:
    headers = await signed_in(house, right=True) | ({"Origin": origin} if origin else {})
    answer = await ask(house, headers, await sealed(house))
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers
    preflight = await house.http.options("/codec/decode", headers={"Origin": origin or ""})
    assert "access-control-allow-origin" not in preflight.headers


async def test_a_browser_is_told_that_the_ui_may_ask(house: House, ui: str) -> None:
    headers = {"Origin": ui, "Access-Control-Request-Method": "POST"}
    answer = await house.http.options("/codec/decode", headers=headers)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == ui
    assert "x-namespace" in answer.headers["access-control-allow-headers"].lower()


@pytest.mark.parametrize("role", [Role.OPS, Role.DIRECTOR])
async def test_nobody_reads_without_the_right(house: House, ui: str, role: Role) -> None:
    headers = await signed_in(house, right=False, role=role) | {"Origin": ui}
    answer = await ask(house, headers, await sealed(house))
    assert answer.status_code == 403
    assert SAID.decode() not in answer.text


async def test_nobody_reads_who_is_not_signed_in(house: House, ui: str) -> None:
    answer = await ask(house, {"Origin": ui}, await sealed(house))
    assert answer.status_code == 401


async def test_a_program_shows_a_token(house: House) -> None:
    headers = {"Authorization": f"Bearer {house.tokens['administrator']}"}
    answer = await ask(house, headers, await sealed(house))
    assert b64decode(answer.json()["payloads"][0]["data"]) == SAID


async def test_what_does_not_open_is_handed_back_and_holds_up_no_other(house: House) -> None:
    ring = payload_keys(house.resources.settings)().model_copy(update={"keys": (new_key(),)})
    (strange,) = await SealingCodec(lambda: ring).encode([PLAIN])
    headers = {"Authorization": f"Bearer {house.tokens['administrator']}"}
    answer = await ask(house, headers, as_json(strange), await sealed(house))
    first, second = answer.json()["payloads"]
    assert first == as_json(strange)
    assert b64decode(second["data"]) == SAID


async def test_what_was_compressed_and_is_no_payload_is_handed_back(house: House) -> None:
    odd = Payload(metadata={"encoding": b"binary/zlib"}, data=zlib.compress(b"\xff" * 8))
    headers = {"Authorization": f"Bearer {house.tokens['administrator']}"}
    answer = await ask(house, headers, as_json(odd), await sealed(house))
    assert answer.status_code == 200, answer.text
    first, second = answer.json()["payloads"]
    assert first == as_json(odd)
    assert b64decode(second["data"]) == SAID


async def test_how_often_an_account_may_ask_is_bounded_here_as_well(house: House) -> None:
    bounded(house, requests_per_account=1)
    headers = {"Authorization": f"Bearer {house.tokens['administrator']}"}
    answers = [await ask(house, headers, await sealed(house)) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 429]


async def test_what_is_no_payload_is_refused(house: House) -> None:
    headers = {"Authorization": f"Bearer {house.tokens['administrator']}"}
    answer = await house.http.post("/codec/decode", content=b"{]", headers=headers)
    assert answer.status_code == 400
