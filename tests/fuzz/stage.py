"""What is attacked: a demonstration served as in production, and what there really is in it."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from groundwork.domain.model import Role
from groundwork.runtime.embedded import EmbeddedPostgres, EmbeddedTemporal
from groundwork.store.engine import create_engine
from groundwork.store.people import People
from tests.api.house import PARK, sound_uscc
from tests.browser.demo import Demo, demonstration

SERIALS: Final = (180001, 180038, 180630, 180926, 181555)
"""Escalations, halls, a letter to be signed, a cure that was handed in, and one not launched."""
ADMINISTRATOR: Final = "administrator"
HANDLES: Final = (
    *("housekeeper", "project-manager", "data-bureau", "business-environment-office"),
    *("liaison-leader", "ops", "park-committee.officer", "park-committee.section-head"),
    *("natural-resources.officer", "natural-resources.director", "development-reform.officer"),
)
"""Who of the cast asks besides the administrator: every kind of reader and actor."""
_LISTS: Final = {
    "commitment": "/commitments?open=false&",
    "deficiency": "/deficiencies?open=false&",
    "escalation": "/escalations?",
    "person": "/people?",
}
VICTIMS: Final = 4
"""People made for being deactivated, whose tokens may be revoked."""


@dataclass
class Stage:
    """A running demonstration, the tokens of those who ask, and the ids that exist by kind."""

    demo: Demo
    tokens: Mapping[str, str]
    victims: list[str]
    known: Mapping[str, set[str]] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """Where it is served."""
        return self.demo.base

    def client(self, who: str, **headers: str) -> httpx.AsyncClient:
        """A connection with somebody's token."""
        held = {"Authorization": f"Bearer {self.tokens[who]}", "Accept-Language": "en"}
        return httpx.AsyncClient(base_url=self.base, headers=held | headers, timeout=60)

    async def still_signed_in(self) -> list[str]:
        """Whose tokens still hold: a run that lost them would have tested the door only."""
        held = []
        for who in self.tokens:
            async with self.client(who) as http:
                if (await http.get("/api/v1/catalogue")).status_code != httpx.codes.UNAUTHORIZED:
                    held.append(who)
        return held


@asynccontextmanager
async def stage(
    postgres: EmbeddedPostgres,
    temporal: EmbeddedTemporal,
    serials: tuple[int, ...] | None = SERIALS,
) -> AsyncIterator[Stage]:
    """Bring a demonstration up, some people to be treated badly, and look at what there is."""
    async with demonstration(postgres, temporal, serials) as demo:
        tokens = {who: demo.token(who) for who in (ADMINISTRATOR, *HANDLES)}
        url = demo.settings.database_url
        assert url is not None
        database = create_engine(url.get_secret_value())
        people = People(database)
        victims = [(await people.create("某人", Role.OFFICER, PARK)).id for _ in range(VICTIMS)]
        await database.dispose()
        prepared = Stage(demo, tokens, victims)
        prepared.known = await _known(prepared)
        yield prepared


async def _known(prepared: Stage) -> Mapping[str, set[str]]:
    """Every id that a request may name, by what it is an id of."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    found["uscc"].add(sound_uscc())
    async with prepared.client(ADMINISTRATOR) as http:

        async def read(path: str) -> Any:
            answer = await http.get(f"/api/v1{path}")
            assert answer.is_success, (path, answer.text)
            return answer.json()

        found["department"] |= _of(await read("/departments"), "id")
        found["kpi"] |= _of((await read("/kpis"))["figures"], "id")
        found["calendar"] |= _of(await read("/calendars"), "version")
        for one in (await read("/catalogue"))["items"]:
            found["definition"].add(one["id"])
            found["version"].add(one["version"])
        for project in (await read("/projects?limit=200"))["items"]:
            code = project["code"]
            found["project"].add(code)
            found["uscc"].add(project["uscc"])
            for document in (await read(f"/projects/{code}/documents"))["items"]:
                found["document"].add(document["id"])
        for chain in (await read("/chains?limit=200"))["items"]:
            found["chain"].add(chain["id"])
            _of_chain(found, await read(f"/chains/{chain['id']}"))
        for kind, path in _LISTS.items():
            found[kind] |= _of(await read(f"{path}limit=200"), "id")
        await _own(found, http, prepared.victims[0])
    return {kind: {one for one in ids if one} for kind, ids in found.items()}


def _of_chain(found: defaultdict[str, set[str]], detail: dict[str, Any]) -> None:
    """The ids of a chain's parts."""
    for step in detail["steps"]:
        found["step"].add(step["key"])
        found["material"] |= _of(step["materials"], "id")
    found["unit"] |= _of(detail["units"], "id")


async def _own(found: defaultdict[str, set[str]], http: httpx.AsyncClient, victim: str) -> None:
    """Things of the administrator's own, made for this: without them nobody could change them."""

    async def make(kind: str, path: str, body: Any) -> None:
        answer = await http.post(
            f"/api/v1{path}", json=body, headers={"Idempotency-Key": f"fuzz-{kind}-0001"}
        )
        assert answer.is_success, (path, answer.text)
        found[kind].add(answer.json()["id"])

    await make("channel", "/channels", {"url": "mailto:fuzz@example.com", "label": "x"})
    await make("view", "/views", {"list": "inbox", "name": "x", "query": ""})
    await make("token", f"/people/{victim}/tokens", {"label": "x"})


def _of(rows: Any, name: str) -> set[str]:
    listed: Iterable[dict[str, Any]] = rows["items"] if isinstance(rows, dict) else rows
    return {one[name] for one in listed}
