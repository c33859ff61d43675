"""The live channel: real processes, a real database, and readers of every kind."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.api import hub
from groundwork.api.hub import ALL, CHAINS, MOST_TOPICS, REMEMBERED, Hub, Reader, concerns
from groundwork.api.sight import Sight
from groundwork.domain.model import Actor, Role
from groundwork.domain.reach import EVERYTHING, NOTHING, Reach
from groundwork.runtime import processes
from groundwork.store.announcements import Topic, announce
from groundwork.store.engine import create_engine, transaction
from groundwork.store.people import People
from groundwork.store.reach import ProjectKeys
from tests.api.house import PARK, PREFIX, Cast, House
from tests.api.test_outages import nobody_connects
from tests.api.test_process import lives, serving
from tests.streams import listening

MANAGER = Actor(id="p-1", role=Role.PROJECT_MANAGER)
OPERATOR = Actor(id="p-2", role=Role.OPS)
ADMINISTRATOR = Actor(id="p-3", role=Role.ADMINISTRATOR)
NOBODY = Reader(MANAGER, NOTHING)
CHAIN = "chain:land-to-construction.2603-440784-04-01-558123"
OFFICER = f"officer@{PARK}"


@asynccontextmanager
async def api(database: str, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that serves the API, without an engine."""
    nowhere = str(processes.free_port())
    environment = {"DATABASE_URL": database, "GROUNDWORK_TEMPORAL_PORT": nowhere}
    async with (
        serving(port, **environment) as process,
        httpx.AsyncClient(base_url=base(port)) as http,
    ):
        while not await lives(http):
            assert process.returncode is None
            await asyncio.sleep(0.05)
        yield process


def base(port: int) -> str:
    """Where it is."""
    return f"http://127.0.0.1:{port}"


async def say(engine: AsyncEngine, topic: Topic, *of: str) -> None:
    """Announce something, as a writer would."""
    async with transaction(engine) as connection:
        await announce(connection, topic, *of)


class TestProcesses:
    async def test_a_change_through_one_is_told_by_the_other(
        self, database: str, cast: Cast, engine: AsyncEngine
    ) -> None:
        one, other = processes.free_ports(2)
        token, person = cast.tokens[OFFICER], cast.people[OFFICER]
        deputy = await People(engine).create("代理人", Role.OFFICER, PARK)
        async with (
            api(database, one),
            api(database, other),
            listening(base(other), token) as stream,
            httpx.AsyncClient(base_url=base(one)) as http,
        ):
            assert stream.response.headers["content-type"].startswith("text/event-stream")
            assert stream.response.headers["cache-control"] == "no-store"
            first = await stream.told()
            assert (first.topics, first.fields["retry"]) == ([ALL], "1000")
            body = {
                "first_day": "2099-03-02",
                "last_day": "2099-03-03",
                "substitute": deputy.id,
                "reason": "出差",
            }
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "live-0001"}
            answer = await http.post(
                f"{PREFIX}/people/{person}/absences", json=body, headers=headers
            )
            assert answer.status_code == 201, answer.text
            await stream.until("people")

    async def test_a_process_started_again_tells_that_anything_may_have_changed(
        self, database: str, cast: Cast, engine: AsyncEngine, free_port: int
    ) -> None:
        token = cast.tokens[OFFICER]
        async with api(database, free_port) as process, listening(base(free_port), token) as stream:
            await say(engine, Topic.CREDIT)
            last = (await stream.until("credit")).id
            process.kill()
            await process.wait()
        async with (
            api(database, free_port),
            listening(base(free_port), token, last=last) as stream,
        ):
            assert (await stream.told()).topics == [ALL]

    async def test_it_ends_at_once_with_streams_open(
        self, database: str, cast: Cast, free_port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with AsyncExitStack() as stack:
            process = await stack.enter_async_context(api(database, free_port))
            streams = [
                await stack.enter_async_context(listening(base(free_port), cast.tokens[OFFICER]))
                for _ in range(20)
            ]
            for stream in streams:
                await stream.told()
            process.send_signal(signal.SIGTERM)
            # Cut off by force they would break; these end in order.
            await asyncio.gather(*(stream.rest() for stream in streams))
            _, logged = await process.communicate()
            assert process.returncode == 0
            assert b"graceful" not in logged.lower()
            assert b"Traceback" not in logged

    async def test_streams_outlive_the_database(
        self, database: str, cast: Cast, engine: AsyncEngine, free_port: int
    ) -> None:
        token = cast.tokens[OFFICER]
        async with api(database, free_port), listening(base(free_port), token) as stream:
            await say(engine, Topic.CREDIT)
            await stream.until("credit")
            async with nobody_connects(database):
                pass
            await stream.until(ALL)
            await say(engine, Topic.CALENDARS)
            await stream.until("calendars")


class TestReaders:
    async def test_strangers_hear_nothing(self, house: House) -> None:
        for path in ("/live", "/live/version"):
            for headers in ({}, {"Authorization": "Bearer gw_nobody"}):
                answer = await house.http.get(path, headers=headers)
                assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")

    async def test_it_is_no_part_of_the_public_interface(self, house: House) -> None:
        document = (await house.get("ops", "/openapi.json")).text
        assert "/live" not in document

    @pytest.mark.parametrize(
        ("actor", "heard"),
        [
            (MANAGER, {CHAIN, "documents:x", "calendars", "people", "credit"}),
            (OPERATOR, {"calendars", "people"}),
        ],
    )
    def test_everybody_hears_what_they_may_read(self, actor: Actor, heard: set[str]) -> None:
        told = {CHAIN, "documents:x", "calendars", "people", "credit", "definitions"}
        told |= {"unheard-of", "unheard:of"}
        personal = {f"{kind}:{who}" for kind in ("notices", "held") for who in "12"}
        personal = {topic.replace(":", ":p-") for topic in personal}
        mine = {topic for topic in personal if topic.endswith(actor.id)}
        assert {topic for topic in told | personal if concerns(actor, topic)} == heard | mine

    def test_every_topic_reaches_somebody(self) -> None:
        for topic in Topic:
            names = [(one, of) for one in (MANAGER, ADMINISTRATOR) for of in ("", f":{one.id}")]
            assert any(concerns(one, f"{topic}{of}") for one, of in names)

    async def test_a_person_hears_of_their_own_notices_alone(
        self, house: House, engine: AsyncEngine
    ) -> None:
        async def since(who: str, tag: str) -> httpx.Response:
            headers = {"Authorization": f"Bearer {house.tokens[who]}", "If-None-Match": tag}
            return await house.http.get("/live/version", headers=headers)

        while house.resources.live.position.endswith(".0"):  # not listening yet
            await asyncio.sleep(0.02)
        before = await since("ops", '"lost.1"')
        assert before.json()["topics"] == [ALL]
        tag = before.headers["etag"]
        mine = f"notices:{house.people['ops']}"
        await say(engine, Topic.NOTICES, house.people["ops"])
        while (answer := await since("ops", tag)).status_code == 304:
            await asyncio.sleep(0.02)
        assert answer.json() == {"version": answer.headers["etag"].strip('"'), "topics": [mine]}
        stranger = await since("housekeeper", tag)
        assert (stranger.status_code, stranger.content) == (304, b"")
        assert stranger.headers["etag"] == answer.headers["etag"]
        assert (await since("ops", answer.headers["etag"])).status_code == 304


async def test_nobody_hears_of_cases_beyond_their_reach(house: House) -> None:
    own, strange = [(await house.project())["code"] for _ in range(2)]
    hub, known = house.resources.live, f"chain:land-to-construction.{own}"
    while hub.position.endswith(".0"):  # not listening yet
        await asyncio.sleep(0.02)
    near = Reader(MANAGER, Reach(keys=frozenset({f"project:{own}"})))
    start, streams = hub.position, [lines(hub, one, hub.position) for one in (near, NOBODY)]
    assert [await anext(stream) for stream in streams] == [[], []]
    hear(hub, known, f"chain:land-to-construction.{strange}", f"documents:{strange}")
    assert await hub.missed(near, start) == [known, CHAINS]
    assert await hub.missed(NOBODY, start) == []
    assert await anext(streams[0]) == [known, CHAINS]
    hear(hub, "credit")
    assert await anext(streams[1]) == ["credit"], "of the cases not even that there were any"


@pytest.fixture
def quiet() -> Hub:
    """A hub that nobody connected to a database."""
    sight = Sight(ProjectKeys(create_engine("postgresql://nowhere/none")))
    return Hub("postgresql://nowhere/none", sight)


def of(actor: Actor) -> Reader:
    """Somebody within whose reach everything is."""
    return Reader(actor, EVERYTHING)


def hear(of: Hub, *topics: str | None) -> None:
    """As if these had been announced."""
    for topic in topics:
        of._hear(topic)


async def lines(hub: Hub, by: Reader, after: str | None) -> AsyncIterator[list[str]]:
    """The topics of each message."""
    async for message in hub.messages(by, after):
        data = next(one for one in message.decode().splitlines() if one.startswith("data:"))
        yield httpx.Response(200, text=data.removeprefix("data:")).json()


class TestHub:
    async def test_it_knows_what_was_missed(self, quiet: Hub) -> None:
        start = quiet.position
        assert await quiet.missed(of(MANAGER), start) == []
        hear(quiet, CHAIN, "credit", CHAIN)
        assert await quiet.missed(of(MANAGER), start) == [CHAIN, CHAINS, "credit"]
        assert await quiet.missed(of(OPERATOR), start) == []
        hear(quiet, None)
        assert await quiet.missed(of(OPERATOR), start) == [ALL]
        assert await quiet.missed(of(MANAGER), quiet.position) == []

    @pytest.mark.parametrize("position", [None, "", "x", "other.0", "EPOCH.9", "EPOCH.-1"])
    async def test_it_says_so_when_it_cannot_know(self, quiet: Hub, position: str | None) -> None:
        epoch = quiet.position.split(".")[0]
        given = position and position.replace("EPOCH", epoch)
        assert await quiet.missed(of(MANAGER), given) == [ALL]

    async def test_what_is_long_past_is_forgotten(self, quiet: Hub) -> None:
        start = quiet.position
        hear(quiet, *["credit"] * REMEMBERED)
        assert await quiet.missed(of(MANAGER), start) == ["credit"]
        hear(quiet, "credit")
        assert await quiet.missed(of(MANAGER), start) == [ALL]

    async def test_a_burst_is_one_message(self, quiet: Hub) -> None:
        stream = lines(quiet, of(MANAGER), quiet.position)
        assert await anext(stream) == []
        hear(quiet, "credit", "people", CHAIN, "credit", "held:somebody-else")
        assert await anext(stream) == [CHAIN, CHAINS, "credit", "people"]

    async def test_a_slow_reader_is_told_that_anything_may_have_changed(self, quiet: Hub) -> None:
        stream = lines(quiet, of(MANAGER), quiet.position)
        assert await anext(stream) == []
        hear(quiet, *(f"chain:{number}" for number in range(10 * MOST_TOPICS)))
        (reader,) = quiet._readers
        assert len(reader._untold) <= MOST_TOPICS
        assert await anext(stream) == [ALL]

    async def test_a_silent_stream_beats(self, quiet: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(hub, "BEAT_SECONDS", 0.01)
        stream = quiet.messages(of(MANAGER), quiet.position)
        await anext(stream)
        beat = (await anext(stream)).decode()
        assert beat.startswith(": beat\nevent: beat\n")

    async def test_a_stream_ends_in_time_and_leaves_nothing(
        self, quiet: Hub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hub, "LIFETIME_SECONDS", 0.0)
        assert [one async for one in lines(quiet, of(MANAGER), quiet.position)] == [[]]
        assert not quiet._readers

    async def test_a_closed_hub_ends_its_streams(self, quiet: Hub) -> None:
        stream = lines(quiet, of(MANAGER), quiet.position)
        assert await anext(stream) == []
        quiet.close()
        assert [one async for one in stream] == []
