"""Where rehearsals take place: a namespace of their own, a worker of their own, no record.

Nothing here can reach live data, because nothing live is ever constructed: the room has no store
and no notifier, and refuses a client of any namespace but the rehearsals'.
"""

import uuid
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

from temporalio.client import Client
from temporalio.testing import TimeSkipper, TimeSkippingConfig
from temporalio.worker import Worker

from groundwork.rehearsal.recorder import Recorder
from groundwork.rehearsal.workflows import REHEARSED
from groundwork.runtime.embedded import EmbeddedTemporal
from groundwork.runtime.keyrings import Keys, private_keys
from groundwork.runtime.processes import free_port
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import connect, verify_search_attributes

TASK_QUEUE: Final = "groundwork-rehearsal"
MAX_SKIPS: Final = 100_000
"""The server gives up after 200 leaps through time unless told otherwise."""


class RehearsalError(Exception):
    """A rehearsal cannot take place. The message says why and what helps, for the user."""


class NotARehearsal(RehearsalError):
    """The client speaks to another namespace than the rehearsals'."""


class RehearsalRoom:
    """A worker for rehearsals on one server, from `async with` to its end.

    Raises NotARehearsal for a client that is not in the settings' rehearsal namespace.
    """

    def __init__(self, client: Client, settings: Settings) -> None:
        allowed = settings.rehearsal_namespace
        if client.namespace != allowed or allowed == settings.namespace:
            raise NotARehearsal(
                f"预演只能在命名空间 {allowed} 中进行，不能在 {client.namespace} 中进行。 "
                f"A rehearsal takes place in the namespace {allowed} only, "
                f"not in {client.namespace}: connect to the former."
            )
        self.client = client
        # Events are kept in this process, so its own worker alone may serve its rehearsals.
        self.task_queue = f"{TASK_QUEUE}.{uuid.uuid4().hex[:8]}"
        self.recorder = Recorder()
        self.skipper = TimeSkipper(
            client, config=TimeSkippingConfig(max_session_skip_count=MAX_SKIPS)
        )
        self._worker = Worker(
            client,
            task_queue=self.task_queue,
            workflows=REHEARSED,
            activities=[
                self.recorder.record,
                self.recorder.look_up_credit,
                self.recorder.file_credit,
            ],
        )

    async def __aenter__(self) -> "RehearsalRoom":
        await self._worker.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._worker.__aexit__(*error)


@asynccontextmanager
async def private_room(settings: Settings) -> AsyncIterator[RehearsalRoom]:
    """A room with a server of its own, in memory, that ends with it.

    Raises StartError when the server cannot be started.
    """
    server = EmbeddedTemporal(port=free_port(), namespaces=(settings.rehearsal_namespace,))
    await server.start()
    try:
        # What is said on it ends with it, and so do the keys.
        async with room_at(settings, server.address, private_keys()) as room:
            yield room
    finally:
        await server.stop()


@asynccontextmanager
async def room_at(
    settings: Settings, address: str | None = None, keys: Keys | None = None
) -> AsyncIterator[RehearsalRoom]:
    """A room on a running server: the one at the address, else the settings' own.

    `keys` encrypt payloads in place of the settings' own. Raises TemporalError when there is no
    server, or it lacks the namespace or its search attributes; KeyRingError.
    """
    client = await connect(
        settings, address=address, namespace=settings.rehearsal_namespace, keys=keys
    )
    await verify_search_attributes(client)
    async with RehearsalRoom(client, settings) as room:
        yield room


def open_room(
    settings: Settings, address: str | None = None
) -> AbstractAsyncContextManager[RehearsalRoom]:
    """A room on the server at the address, or a private one where none is given."""
    return room_at(settings, address) if address else private_room(settings)
