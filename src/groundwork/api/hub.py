"""Tells open pages what changed: from one connection to the database to any number of readers.

A message names topics, and a page that shows one of them asks for itself again. So a message may
say too much, but nothing may go untold: a reader who is too slow, or whose last message nobody
here remembers, is told that anything may have changed.
"""

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from secrets import token_hex
from types import MappingProxyType
from typing import Final, NamedTuple, Self

import orjson
from fastapi.sse import format_sse_event
from sqlalchemy import URL

from groundwork.api.sight import Sight
from groundwork.domain.model import Actor
from groundwork.domain.policy import permits
from groundwork.domain.reach import Reach, project_of
from groundwork.store.announcements import Announcements, Topic
from groundwork.store.errors import StoreUnavailable

ALL: Final = "all"
"""The topic that stands for every other one."""
CHAINS: Final = "chains"
"""The topic of lists of chains: it comes with every `chain:<id>`."""

BEAT_SECONDS: Final = 15.0
GAP_SECONDS: Final = 0.2
"""The least time between two messages to one reader; what happens in between comes together."""
LIFETIME_SECONDS: Final = 300.0
"""A stream then ends and is asked for again, so that who may read is looked up anew."""
RETRY_MILLISECONDS: Final = 1000
MOST_TOPICS: Final = 64
REMEMBERED: Final = 2000

_PERSONAL: Final[frozenset[str]] = frozenset({Topic.NOTICES, Topic.HELD})
"""Topics that the person they name hears of, and nobody else."""
_ACTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        Topic.CHAIN: "read_cases",
        Topic.DOCUMENTS: "read_cases",
        Topic.CALENDARS: "read_catalogue",
        Topic.DEFINITIONS: "manage_definitions",
        Topic.PEOPLE: "read_duties",
        Topic.CREDIT: "read_credit",
        Topic.CHECKS: "read_audit",
    }
)
"""What who hears of the other topics must be permitted."""


def concerns(actor: Actor, topic: str) -> bool:
    """Whether somebody may hear of a topic. One of an unknown kind reaches nobody."""
    if topic == ALL:
        return True
    kind, _, of = topic.partition(":")
    if kind in _PERSONAL:
        return of == actor.id
    action = _ACTIONS.get(kind)
    return action is not None and permits(actor.role, action)


class Reader(NamedTuple):
    """Who hears, and what is within their reach."""

    actor: Actor
    reach: Reach


class Hub:
    """Fans out what is announced. Use it as an asynchronous context.

    A position, such as `9f3c.17`, names how far this process had heard. It says nothing to another
    process, nor to this one's successor.
    """

    def __init__(self, url: str | URL, sight: Sight) -> None:
        self._sight = sight
        self._announcements = Announcements(url, self._hear)
        self._epoch = token_hex(4)
        self._number = 0
        self._recent: deque[str] = deque(maxlen=REMEMBERED)
        self._readers: set[_Reader] = set()
        self._closed = False

    async def __aenter__(self) -> Self:
        await self._announcements.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()
        await self._announcements.__aexit__(None, None, None)

    def close(self) -> None:
        """End every stream now: a server that shuts down waits for them."""
        self._closed = True
        for reader in self._readers:
            reader.wake()

    @property
    def position(self) -> str:
        """How far this process has heard. A page takes it before it reads what it shows."""
        return f"{self._epoch}.{self._number}"

    async def missed(self, reader: Reader, position: str | None) -> list[str]:
        """The topics that somebody was not told since the position; `all` when nobody knows."""
        epoch, _, number = (position or "").rpartition(".")
        known = epoch == self._epoch and number.isdecimal() and int(number) <= self._number
        behind = self._number - int(number) if known else REMEMBERED + 1
        if behind > len(self._recent):
            return [ALL]
        since = (self._recent[-back] for back in range(behind, 0, -1))
        return await self._seen(reader, {one for one in since if concerns(reader.actor, one)})

    async def messages(self, by: Reader, after: str | None = None) -> AsyncIterator[bytes]:
        """A stream for one reader, as Server-Sent Events; it begins with what they missed."""
        with self._reading(by.actor) as reader:
            yield self._message(await self.missed(by, after), retry=RETRY_MILLISECONDS)
            clock = asyncio.get_running_loop().time
            # Not all at once, even if they all came at once.
            ends = clock() + LIFETIME_SECONDS * random.uniform(0.8, 1.2)
            while not self._closed and clock() < ends:
                if await reader.changed(BEAT_SECONDS):
                    if told := await self._seen(by, reader.take()):
                        yield self._message(told)
                    await asyncio.sleep(GAP_SECONDS)
                elif not self._closed:
                    yield self._beat()

    async def _seen(self, reader: Reader, topics: set[str]) -> list[str]:
        """The topics without those of cases out of the reader's reach, as a message names them."""
        projects = {topic: code for topic in topics if (code := _project(topic)) is not None}
        try:
            seen = await self._sight.among(reader.reach, projects.values())
        except StoreUnavailable:
            return [ALL]
        return _bounded(topic for topic in topics if projects.get(topic, ALL) in {ALL, *seen})

    def _hear(self, topic: str | None) -> None:
        topic = topic or ALL
        self._number += 1
        self._recent.append(topic)
        for reader in self._readers:
            if concerns(reader.actor, topic):
                reader.tell(topic)

    @contextmanager
    def _reading(self, actor: Actor) -> Iterator["_Reader"]:
        reader = _Reader(actor)
        self._readers.add(reader)
        try:
            yield reader
        finally:
            self._readers.discard(reader)

    def _message(self, topics: list[str], retry: int | None = None) -> bytes:
        data = orjson.dumps(topics).decode()
        return format_sse_event(data_str=data, id=self.position, retry=retry)

    def _beat(self) -> bytes:
        """A comment keeps proxies from hanging up; the event shows the page that the line holds."""
        return format_sse_event(comment="beat", event="beat", data_str="[]", id=self.position)


class _Reader:
    """What one stream has not been told yet: a bounded set, however slow the reader is."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self._untold: set[str] = set()
        self._woken = asyncio.Event()

    def tell(self, topic: str) -> None:
        """Note a topic for the next message."""
        if len(self._untold) < MOST_TOPICS:
            self._untold.add(topic)
        else:
            self._untold = {ALL}
        self._woken.set()

    def wake(self) -> None:
        """Have `changed` return."""
        self._woken.set()

    async def changed(self, seconds: float) -> bool:
        """Wait until there is something to tell, at most so long; whether there is."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        return bool(self._untold)

    def take(self) -> set[str]:
        """What to tell now."""
        topics, self._untold = self._untold, set()
        self._woken.clear()
        return topics


def _project(topic: str) -> str | None:
    """The code of the project that a topic is about, if it is about one."""
    kind, _, of = topic.partition(":")
    if kind == Topic.CHAIN:
        return project_of(of)
    return of if kind == Topic.DOCUMENTS else None


def _bounded(topics: Iterable[str]) -> list[str]:
    """Topics as a message names them: in a fixed order, not too many, lists of chains beside."""
    named = set(topics)
    if ALL in named or len(named) > MOST_TOPICS:
        return [ALL]
    if any(topic.startswith(f"{Topic.CHAIN}:") for topic in named):
        named.add(CHAINS)
    return sorted(named)
