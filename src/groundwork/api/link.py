"""The API's line to the engine, which may be down when the API starts and come later."""

import asyncio
import time
from typing import Final

import structlog
from temporalio.client import Client

from groundwork.runtime.gateway import EngineSilent, Gateway
from groundwork.runtime.rollouts import RolloutGateway
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import TemporalUnavailable, connect
from groundwork.runtime.workforce import Workforce, engine_answers, workforce

ANSWER_SECONDS: Final = 2.0
PAUSE_SECONDS: Final = 1.0
"""After a failed attempt everybody is refused at once for so long, instead of waiting in line."""

log = structlog.stdlib.get_logger(__name__)


class EngineLink:
    """Connects when it is first needed, and again later when that failed.

    Once connected the client itself survives restarts of the engine.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: Client | None = None
        self._gateway: Gateway | None = None
        self._connecting = asyncio.Lock()
        self._not_before = 0.0

    async def gateway(self) -> Gateway:
        """The door to the engine. Raises EngineSilent while there is none: nothing was sent."""
        if self._gateway is None:
            self._gateway = Gateway(await self._connected(), self._settings.task_queue)
        return self._gateway

    async def client(self) -> Client:
        """The line itself, for looking at a chain. Raises EngineSilent while there is none."""
        return await self._connected()

    async def rollouts(self) -> RolloutGateway:
        """The door to the rollouts of calendars. Raises EngineSilent while there is none."""
        return RolloutGateway(await self._connected(), self._settings.task_queue)

    async def workforce(self) -> Workforce:
        """Who serves the engine. Raises EngineSilent when it does not answer."""
        return await workforce(await self._connected(), self._settings.task_queue)

    async def ping(self) -> None:
        """Return if the engine answers. Raises EngineSilent when it does not."""
        await engine_answers(await self._connected())

    async def _connected(self) -> Client:
        if self._client is None:
            async with self._connecting:
                if self._client is None:
                    self._client = await self._connect()
        return self._client

    async def _connect(self) -> Client:
        if time.monotonic() < self._not_before:
            raise EngineSilent("the engine did not answer a moment ago")
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await connect(self._settings)
        except (TemporalUnavailable, TimeoutError) as error:
            self._not_before = time.monotonic() + PAUSE_SECONDS
            log.warning("the engine does not answer")
            raise EngineSilent("the engine does not answer") from error
