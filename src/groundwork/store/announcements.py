"""What changed, told by PostgreSQL to every process that listens, as soon as it is committed.

A writer announces a topic within its own transaction: nobody hears of what was not written, and a
topic names what to read again, never what stands there now. Chains are announced by the recorder.
"""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final, Self

import psycopg
import structlog
from psycopg.sql import SQL, Identifier
from sqlalchemy import URL, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.ext.asyncio import AsyncConnection

from groundwork.store.engine import database_url
from groundwork.store.recorder import CHANNEL

TOPICS: Final = "groundwork_topics"
"""Where PostgreSQL announces every change that is not one of a chain."""

QUIET_SECONDS: Final = 10.0
"""After so long without an announcement the connection is tried: a dead one says nothing either."""
ANSWER_SECONDS: Final = 5.0
FIRST_DELAY: Final = 0.1
LONGEST_DELAY: Final = 1.0

log = structlog.stdlib.get_logger(__name__)


class Topic(StrEnum):
    """Of which kind a change is; that of a person, chain or project goes on with `:` and an id."""

    CHAIN = "chain"
    """`chain:<chain id>`: its record grew."""
    NOTICES = "notices"
    """`notices:<person id>`: somebody was told something, or read it."""
    HELD = "held"
    """`held:<person id>`: a command of theirs is kept until the engine answers, or no longer."""
    CALENDARS = "calendars"
    """A version was added or published, or its rollout went on."""
    DEFINITIONS = "definitions"
    """The rollout of a version of a definition went on."""
    PEOPLE = "people"
    """An absence or delegation began or ended, or somebody left."""
    CREDIT = "credit"
    """A credit record was filed or repaired."""
    DOCUMENTS = "documents"
    """`documents:<project code>`: a file came to the bag, left it, or was scanned."""
    CHECKS = "checks"
    """A check of the record began, went on or ended."""


async def announce(connection: AsyncConnection, topic: Topic, *of: str) -> None:
    """Have everybody who listens told of a change, once this transaction commits.

    `of` names the persons or projects it is about; without any, the topic stands for itself.
    """
    names = [f"{topic}:{one}" for one in of] or [str(topic)]
    each = func.unnest(bindparam("names", names, ARRAY(TEXT))).column_valued("name")
    await connection.execute(select(func.pg_notify(TOPICS, each)))


class Announcements:
    """Listens on one connection as long as the context lasts, and connects again when it breaks.

    `hear` gets each topic, and None after every new connection: anything may have changed before.
    """

    def __init__(self, url: str | URL, hear: Callable[[str | None], None]) -> None:
        plain = database_url(url).set(drivername="postgresql")
        self._where = plain.render_as_string(hide_password=False)
        self._hear = hear

    async def __aenter__(self) -> Self:
        self._listening = asyncio.create_task(self._keep_listening())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)

    async def _keep_listening(self) -> None:
        delay = FIRST_DELAY
        while True:
            try:
                connecting = psycopg.AsyncConnection.connect(
                    self._where,
                    autocommit=True,
                    application_name="groundwork changes",
                    connect_timeout=5,
                )
                async with await connecting as connection:
                    for channel in (CHANNEL, TOPICS):
                        await connection.execute(SQL("LISTEN {}").format(Identifier(channel)))
                    delay = FIRST_DELAY
                    self._hear(None)
                    await self._listen(connection)
            except (psycopg.Error, TimeoutError) as error:
                # The message is left out: a driver's may quote addresses.
                log.warning("not listening for changes", error=type(error).__name__)
            await asyncio.sleep(delay)
            delay = min(delay * 2, LONGEST_DELAY)

    async def _listen(self, connection: psycopg.AsyncConnection[Any]) -> None:
        while True:
            async for told in connection.notifies(timeout=QUIET_SECONDS):
                chain = told.channel == CHANNEL
                self._hear(f"{Topic.CHAIN}:{told.payload}" if chain else told.payload)
            async with asyncio.timeout(ANSWER_SECONDS):
                await connection.execute("SELECT 1")
