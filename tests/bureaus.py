"""A credit bureau of our own: a real HTTP server in a thread, which can be slow, wrong or away."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import uvicorn
from fastapi import FastAPI, Request, Response

from groundwork.runtime import processes
from groundwork.runtime.settings import Settings

TOKEN = "bureau-secret"

Trouble = Callable[[], Awaitable[Response | None]]


def status(code: int) -> Trouble:
    """Answers with a status."""

    async def answer() -> Response:
        return Response("no", code)

    return answer


def says(content: Any) -> Trouble:
    """Answers with this, whatever was asked."""

    async def answer() -> Response:
        return Response(content if isinstance(content, bytes) else orjson.dumps(content))

    return answer


def sleeps(seconds: float) -> Trouble:
    """Answers well, but late."""

    async def answer() -> None:
        await asyncio.sleep(seconds)

    return answer


class FakeBureau:
    """Keeps records as the protocol says. `troubles` come first, one per request."""

    def __init__(self) -> None:
        self.port = processes.free_port()
        self.records: list[dict[str, Any]] = []
        self.reports: dict[str, Any] = {}
        self.troubles: deque[Trouble] = deque()
        self.asked: list[Any] = []
        self.app = FastAPI(openapi_url=None)
        self.app.add_api_route("/credit/look-ups", self._look_up, methods=["POST"])
        self.app.add_api_route("/credit/reports/{report_id:path}", self._report, methods=["PUT"])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/credit"

    def settings(self, settings: Settings, **changes: Any) -> Settings:
        """Settings with which this bureau is asked: quick to give up, and nothing kept."""
        given = {
            "credit_url": self.url,
            "credit_token": TOKEN,
            "credit_timeout": 1.0,
            "credit_retries": 0,
            "credit_cache_seconds": 0,
        }
        return Settings(**(settings.model_dump() | given | changes))

    @contextmanager
    def open(self) -> Iterator[None]:
        """Serve at the bureau's port meanwhile."""
        config = uvicorn.Config(self.app, port=self.port, log_config=None, lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield
        finally:
            server.should_exit = server.force_exit = True
            thread.join()

    async def _trouble(self, request: Request) -> Response | None:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Response("who are you?", 401)
        return await self.troubles.popleft()() if self.troubles else None

    async def _look_up(self, request: Request) -> Response:
        asked = orjson.loads(await request.body())
        self.asked.append(asked)
        if trouble := await self._trouble(request):
            return trouble
        known = [record for record in self.records if record["subject"] in asked["subjects"]]
        return Response(orjson.dumps({"subjects": asked["subjects"], "records": known}))

    async def _report(self, report_id: str, request: Request) -> Response:
        report = orjson.loads(await request.body())
        self.asked.append(report)
        if trouble := await self._trouble(request):
            return trouble
        if self.reports.setdefault(report_id, report) != report:
            return Response("another one", 409)
        others = [one for one in self.records if one["id"] != report["record"]["id"]]
        self.records = [*others, report["record"]]
        return Response(status_code=204)
