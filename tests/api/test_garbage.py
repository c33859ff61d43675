"""Whatever is sent, the answer is a documented one: nothing that comes from outside is a defect."""

import re
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import quote

import pytest

from tests.api.house import PREFIX, House, application
from tests.api.test_problems import check_shape

NAMES = [
    "x",
    "💩",
    "..%2F..",
    "%FF%FE",
    "%2500",
    "'; DROP TABLE event; --",
    "x" * 3000,
    "%E5%A7%93",
]
CURSORS = [
    urlsafe_b64encode(content).decode().rstrip("=")
    for content in (
        b"[]",
        b"{}",
        b"null",
        b'["2026-01-01"]',
        b'["2026-01-01","\\u0000"]',
        b'["2026-01-01","a","\\u0000"]',
        b'["2026-01-01T00:00:00Z","\\u0000"]',
        b'["0000-00-00","x"]',
        b'["2026-01-01T00:00:00","x"]',
        b"[1e999,2]",
        b"\xff",
    )
] + ["=", "a", "%25", "💩"]
BODIES: list[Any] = [
    None,
    [],
    "text",
    7,
    {"step": "L01\0", "reason": "\0", "name": "\0", "code": "\0", "uscc": "\0"},
    {"step": "L99", "materials": ["\0"] * 1000, "items": [""], "obligations": [{}]},
    {"step": {"a": {"b": []}}, "planned_end": "9999-12-31", "amount": -1, "upheld": "maybe"},
    {"step": "L01", "reason": "x" * 5000, "planned_end": 1e20, "amount": 10**30},
    {"chain": "\0", "project": "\0", "modes": {"\0": "standard"}, "phases": {"L20": [None]}},
    {"chain": "land-to-construction", "project": "💩", "phases": {"": []}, "version": ""},
    {"name": "a\tb", "role": "officer", "department": "\0", "label": "\0"},
    {"label": "x", "expires_at": "2026-01-01T00:00:00"},
    {"label": "x", "expires_at": "10000-01-01T00:00:00Z"},
]


def addresses(method: str) -> list[str]:
    """Every address of that method."""
    paths = application().openapi()["paths"]
    return [path for path, methods in paths.items() if method in methods]


async def expect_a_documented_answer(
    house: House, method: str, template: str, path: str, **more: Any
) -> None:
    """Send something and hold the answer to the documentation."""
    response = await house.ask("administrator", method, path.removeprefix(PREFIX), **more)
    assert response.status_code != 500, (path, more)
    if response.is_error:
        check_shape(response)
    if response.status_code not in {404, 405}:  # a strange path may lead nowhere
        documented = house.app.openapi()["paths"][template][method.lower()]["responses"]
        assert str(response.status_code) in documented, (path, more)


def filled(template: str, name: str) -> str:
    """An address with a name in every gap."""
    return re.sub(r"\{\w+\}", lambda _: quote(name, safe="%"), template)


@pytest.mark.parametrize("template", [path for path in addresses("get") if PREFIX in path])
async def test_reading_with_garbage(house: House, template: str) -> None:
    for name in NAMES:
        await expect_a_documented_answer(house, "GET", template, filled(template, name))
    for cursor in CURSORS:
        query = {"cursor": cursor, "limit": "2"}
        path = filled(template, "park-committee")
        await expect_a_documented_answer(house, "GET", template, path, params=query)
    for value in ("", "💩", "-1", "1e9", "9" * 400, "2026-13-45", "true", "NaN"):
        query = dict.fromkeys(("limit", "light", "from", "working_days", "open", "level"), value)
        path = filled(template, "L01")
        await expect_a_documented_answer(house, "GET", template, path, params=query)


@pytest.mark.parametrize("template", addresses("post"))
async def test_writing_garbage(house: House, template: str) -> None:
    for body in BODIES:
        path = filled(template, "land-to-construction.2603-440784-04-01-558123")
        await expect_a_documented_answer(house, "POST", template, path, json=body)
    for name in NAMES:
        await expect_a_documented_answer(house, "POST", template, filled(template, name), json={})


@pytest.mark.parametrize("template", addresses("delete"))
async def test_deleting_garbage(house: House, template: str) -> None:
    for name in NAMES:
        await expect_a_documented_answer(house, "DELETE", template, filled(template, name))


async def test_texts_without_control_characters_only(house: House) -> None:
    body = {"name": "张\t三", "role": "ops"}
    response = await house.post("administrator", "/people", body)
    assert response.json()["errors"][0]["code"] == "control_characters"
