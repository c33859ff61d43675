"""Every role at every address of the API and the pages: what the policy says is what happens.

The addresses are those that the application serves, so a new one is tried without being named here;
what is expected follows from the policy alone. A real server answers over HTTP.
"""

import asyncio
import gzip
import io
import os
import re
import subprocess
import time
import zipfile
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final, NamedTuple

import httpx
import pytest

from groundwork.api.authority import OPEN_TO_ALL
from groundwork.api.marks import MARK_HEADER, mark
from groundwork.domain.model import Role
from groundwork.domain.policy import PERMITTED, RIGHTS, ROWS, Rows, permits, possible
from groundwork.runtime import processes
from groundwork.runtime.loop import run
from groundwork.store.engine import create_engine
from tests.api.house import fresh_key
from tests.api.realm import DESK, ROLES, Case, Realm, Route, routes, settle
from tests.api.test_process import ARGV

AT_ONCE: Final = 6
NOT_FOUND: Final = frozenset({"chain_not_found", "project_not_found"})
ENDLESS: Final = "/live"
"""A stream: it is tried without reading it to its end."""
FINER: Final = frozenset({"other_inbox", "other_person", "not_permitted", "other_department"})
"""Refusals of whom the door lets in: a route may ask for more than its action, never for less."""

SAMPLES: Final = frozenset({"/api/v1/chains/{chain_id}/commands/receive"})
"""Commands, which are all let in by one door, that are also tried on what does not exist."""

ASKS_AGAIN: Final = frozenset({"/confirm"})
"""Where somebody shows once more who they are: 401 is its answer to who does not."""

ROUTES: Final = tuple(routes())
BEHIND_A_DOOR: Final = tuple(route for route in ROUTES if route.actions)


class Answer(NamedTuple):
    """What came back, with the text in it however it was packed."""

    status: int
    code: str
    text: str


class Visitor:
    """Somebody of a role who asks for everything."""

    def __init__(self, http: httpx.AsyncClient, realm: Realm, role: Role) -> None:
        self._http = http
        self._realm = realm
        self._token = realm.tokens[role]
        self.role = role

    async def ask(self, route: Route, case: Case) -> Answer:
        """What the route answers about a case."""
        headers = {"Authorization": f"Bearer {self._token}", "Accept-Language": "en"}
        body: dict[str, Any] = {}
        if route.method != "GET":
            headers |= {"Idempotency-Key": fresh_key(), MARK_HEADER: mark(self._token)}
            if route.path.startswith("/api/") and route.method in {"POST", "PATCH"}:
                body = {"json": {}}
        # Nobody is to give up their own account on the way.
        person = "p-none" if route.actions == ("manage_people",) else self._realm.people[self.role]
        url = _filled(route.path, case, person)
        async with self._http.stream(route.method, url, headers=headers, **body) as response:
            if route.path == ENDLESS and response.status_code == httpx.codes.OK:
                return Answer(response.status_code, "", "")
            content = await response.aread()
        problem = "problem" in response.headers.get("content-type", "")
        return Answer(
            response.status_code, response.json()["code"] if problem else "", _text(content)
        )


def _filled(path: str, case: Case, person: str) -> str:
    values = {
        "chain_id": case.chain,
        "code": case.code,
        "uscc": case.uscc,
        "key": "L02",
        "department": DESK,
        "department_id": DESK,
        "person_id": person,
        "kind": "park",
        "kpi": "on-time",
        "version": "cn-2026.1",
        "chain": "land-to-construction",
    }
    return re.sub(r"\{(\w+)\}", lambda gap: values.get(gap[1], "none-such"), path)


def _text(content: bytes) -> str:
    """All that a reader could find in an answer: a workbook is a packed folder."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as folder:
            content = b"".join(folder.read(name) for name in folder.namelist())
    if content.startswith(b"\x1f\x8b"):
        content = gzip.decompress(content)
    return content.decode(errors="replace")


@pytest.fixture(scope="module")
def realm(database: str) -> Realm:
    """The two cases and the people of every role."""

    async def settled() -> Realm:
        engine = create_engine(database)
        try:
            return await settle(engine)
        finally:
            await engine.dispose()

    return run(settled())


@pytest.fixture(scope="module")
def address(database: str, realm: Realm) -> Iterator[str]:
    """Where a server of its own process serves them, without an engine."""
    assert realm.people
    port, nowhere = processes.free_ports(2)
    places = {"GROUNDWORK_PORT": str(port), "GROUNDWORK_TEMPORAL_PORT": str(nowhere)}
    # Everything at once is more than anybody may ask for.
    places |= dict.fromkeys(
        ("GROUNDWORK_REQUESTS_PER_ACCOUNT", "GROUNDWORK_REQUESTS_PER_ADDRESS"), "0"
    )
    with subprocess.Popen(
        ARGV,
        env={**os.environ, "DATABASE_URL": database, **places},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            while not answers(f"http://127.0.0.1:{port}/healthz"):
                assert process.poll() is None
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def answers(url: str) -> bool:
    """Whether somebody serves there."""
    try:
        return httpx.get(url).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


@pytest.mark.timeout(600)  # thousands of requests, on a machine that may be busy
@pytest.mark.parametrize("role", ROLES)
async def test_what_the_policy_says_is_what_happens(address: str, realm: Realm, role: Role) -> None:
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=60) as http:
        visitor, turn = Visitor(http, realm, role), asyncio.Semaphore(AT_ONCE)

        async def tried(route: Route) -> list[str]:
            async with turn:
                return [one async for one in _mistakes(visitor, route, realm)]

        found = await asyncio.gather(*(tried(route) for route in BEHIND_A_DOOR))
    assert [one for mistakes in found for one in mistakes] == []


async def _mistakes(visitor: Visitor, route: Route, realm: Realm) -> AsyncIterator[str]:
    """Whatever differs from the policy when somebody asks for a route."""
    name = f"{route.method} {route.path}"
    own = await visitor.ask(route, realm.own)
    if not let_in(visitor.role, route):
        if (own.status, own.code) != (403, "not_permitted"):
            yield f"{name}: answers {own.status} {own.code} to who is not let in"
        return
    strangers = set() if route.path in ASKS_AGAIN else {401}
    if own.status in {500, *strangers} or (own.status == 403 and own.code not in FINER):
        yield f"{name}: answers {own.status} {own.code} to who is let in"
    told = [word for word in realm.strange.words if word in own.text]
    if told and Rows.ALL not in ROWS[visitor.role]:
        yield f"{name}: tells of {told}, which are out of reach"
    if not route.of_a_case:
        return
    if own.code in NOT_FOUND:
        yield f"{name}: does not find what is within reach"
    overseer = Rows.ALL in ROWS[visitor.role]
    if route.command and (overseer or "/previews/" in route.path):
        return
    strange = await visitor.ask(route, realm.strange)
    if overseer:
        if strange.code in NOT_FOUND:
            yield f"{name}: does not find what is within reach of all that oversee"
        return
    if strange.code not in NOT_FOUND or strange.status != 404:
        yield f"{name}: answers {strange.status} {strange.code} about what is out of reach"
    if route.command and route.path not in SAMPLES:
        return
    absent = await visitor.ask(route, realm.absent)
    if _plain(strange, realm.strange) != _plain(absent, realm.absent):
        yield f"{name}: tells what is out of reach from what does not exist"


def let_in(role: Role, route: Route) -> bool:
    """Whether the policy lets the role in."""
    may = possible if route.command else permits
    admitted = [action for action in route.actions if may(role, action)]
    return any(role is Role.ADMINISTRATOR or action not in RIGHTS for action in admitted)


def _plain(answer: Answer, case: Case) -> tuple[int, str, str]:
    """An answer without what differs from one request and one name to another."""
    text = answer.text.replace(case.chain, "it").replace(case.code, "it")
    return answer.status, answer.code, re.sub(r"request:[0-9a-f]{32}", "request", text)


def test_every_address_has_its_line_in_the_policy() -> None:
    """Also the build fails: whoever adds an address says who is let in, or that everybody is."""
    named = {action for route in BEHIND_A_DOOR for action in route.actions}
    assert named <= PERMITTED.keys()
    without = {f"{route.method} {route.path}" for route in ROUTES if not route.actions}
    assert without == OPEN_TO_ALL.keys()


async def test_a_refused_look_at_a_case_is_on_record(address: str, realm: Realm) -> None:
    async with httpx.AsyncClient(base_url=address) as http:
        prying = Visitor(http, realm, Role.PROJECT_MANAGER)
        route = Route("GET", "/api/v1/chains/{chain_id}", ("read_cases",))
        assert (await prying.ask(route, realm.strange)).status == 404
        headers = {"Authorization": f"Bearer {realm.tokens[Role.DATA_BUREAU]}"}
        denials = await http.get("/api/v1/audit/denials?limit=1", headers=headers)
    (denial,) = denials.json()["items"]
    assert denial["actor"] == realm.people[Role.PROJECT_MANAGER]
    assert (denial["action"], denial["reason"]) == ("read_cases", "out_of_reach")
    assert denial["subject"] == f"chains/{realm.strange.chain}"
