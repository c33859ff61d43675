"""A small cast of people and the way they speak to the API."""

import asyncio
import functools
from collections.abc import Iterable
from typing import Any, NamedTuple, Self
from uuid import uuid4

import httpx
from fastapi import FastAPI

from groundwork.api.app import create_app
from groundwork.api.resources import Resources
from groundwork.domain.grants import Grant, GrantKind
from groundwork.domain.identifiers import uscc_check_character
from groundwork.domain.model import Role
from groundwork.runtime.settings import Settings
from groundwork.store.duties import Written
from groundwork.store.engine import create_engine
from groundwork.store.grants import Grants
from groundwork.store.people import People

PREFIX = "/api/v1"
PARK = "park-committee"
REFORM = "development-reform"


@functools.cache
def application() -> FastAPI:
    """The application and its document, made once; each test gives it resources of its own."""
    return create_app(Settings())


GIVEN = {
    Role.HOUSEKEEPER: (GrantKind.PARK, ("440784", "gonghe")),
    Role.PROJECT_MANAGER: (GrantKind.ENTERPRISE, ("91440784MA0000015C", "91440784MA4UQXXX00")),
}
"""What people of these roles reach: parks and enterprises of the projects of tests."""


class Cast(NamedTuple):
    """Ids and tokens of people, by role and department."""

    people: dict[str, str]
    tokens: dict[str, str]


class House:
    """An application, what it works with, and what tests do with it again and again."""

    def __init__(self, app: FastAPI, resources: Resources, cast: Cast) -> None:
        self.app = app
        self.resources = app.state.resources = resources
        self.people = cast.people
        self.tokens = dict(cast.tokens)
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://groundwork.test"
        )

    async def __aenter__(self) -> Self:
        await self.resources.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.http.aclose()
        await self.resources.__aexit__(*error)

    async def ask(
        self, who: str | None, method: str, path: str, *, key: str | None = None, **more: Any
    ) -> httpx.Response:
        """Ask as somebody, in English, with a fresh idempotency key for every write."""
        headers = {"Accept-Language": "en", **more.pop("headers", {})}
        if who is not None:
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        if method != "GET":
            headers.setdefault("Idempotency-Key", key or fresh_key())
        return await self.http.request(method, PREFIX + path, headers=headers, **more)

    async def get(self, who: str | None, path: str, **more: Any) -> httpx.Response:
        """Read something."""
        return await self.ask(who, "GET", path, **more)

    async def post(
        self, who: str | None, path: str, body: Any, *, key: str | None = None, **more: Any
    ) -> httpx.Response:
        """Write something."""
        return await self.ask(who, "POST", path, key=key, json=body, **more)

    async def act(
        self, who: str, chain: str, verb: str, *, key: str | None = None, **fields: Any
    ) -> httpx.Response:
        """Send a command."""
        return await self.post(who, f"/chains/{chain}/commands/{verb}", fields, key=key)

    async def project(self, **changes: Any) -> dict[str, Any]:
        """A new project of the housekeeper's."""
        response = await self.post("housekeeper", "/projects", project_body(**changes))
        assert response.status_code == 201, response.text
        project: dict[str, Any] = response.json()
        return project

    async def launch(self, **choices: Any) -> str:
        """A launched chain of a new project; returns its id."""
        project = await self.project()
        body = {"chain": "land-to-construction", "project": project["code"], **choices}
        response = await self.post("housekeeper", "/chains", body)
        assert response.status_code == 201, response.text
        chain: str = response.json()["chain"]
        return chain

    async def settled(self, location: str, who: str = "housekeeper") -> dict[str, Any]:
        """What a receipt says once it is no longer pending."""
        while True:
            response = await self.get(who, location.removeprefix(PREFIX))
            receipt: dict[str, Any] = response.json()
            if receipt["status"] != "pending":
                return receipt
            await asyncio.sleep(0.05)


async def sign_up(database: str, cast: Iterable[tuple[Role, str | None]]) -> Cast:
    """Add people, each with a token."""
    engine = create_engine(database)
    signed_up = Cast({}, {})
    for role, department in cast:
        name = f"{role}@{department}" if department else str(role)
        person = await People(engine).create("某人", role, department)
        signed_up.people[name] = person.id
        signed_up.tokens[name] = (await People(engine).issue_token(person.id, "test")).secret
        kind, values = GIVEN.get(role, (GrantKind.PROJECT, ()))
        for value in values:
            grant = Grant(kind=kind, value=value)
            await Grants(engine).give(person.id, grant, Written("p-admin", "test"))
    await engine.dispose()
    return signed_up


def fresh_key() -> str:
    """An idempotency key that nobody used before."""
    return f"test-{uuid4().hex}"


def fresh_code() -> str:
    """A project code that nobody used before."""
    return f"2603-440784-04-01-{uuid4().int % 1_000_000:06}"


def sound_uscc() -> str:
    """A unified social credit code whose checks hold."""
    return "91440784MA0000015C"


def failing_uscc() -> str:
    """One whose check character does not fit."""
    first = sound_uscc()[:17]
    return first + ("0" if uscc_check_character(first) != "0" else "1")


def project_body(**changes: Any) -> dict[str, Any]:
    """What creates a project."""
    return {
        "code": fresh_code(),
        "name": "年产十万套卫浴项目",
        "enterprise": "鹤山市某卫浴有限公司",
        "uscc": sound_uscc(),
        **changes,
    }
