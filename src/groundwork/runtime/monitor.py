"""Metrics and health of a process, on an address of their own that no person's request reaches.

It answers from a thread, so that it can tell when the process itself no longer does anything.
"""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import TimeoutError as NotInTime
from http import HTTPStatus
from typing import Any, Final, NamedTuple, Self, TypeVar
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

import httpx
import structlog
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import ThreadingWSGIServer

from groundwork.runtime.deadlines import CHECK_SECONDS, within
from groundwork.runtime.metrics import REGISTRY

FRESH_SECONDS: Final = 15.0
"""How long what a source told is told again, however many ask."""
ANSWER_SECONDS: Final = 5.0
"""How long the process may take over an answer before it counts as silent."""

SILENCE_SECONDS: Final = 10.0
"""How long whoever connects may say nothing: a thread of ours waits for each of them."""

log = structlog.stdlib.get_logger(__name__)

Answer = TypeVar("Answer")
Check = Callable[[], Coroutine[Any, Any, bool]]
"""Whether a part that the process needs works now."""


class Source(NamedTuple):
    """Who knows figures that this process does not count itself, such as the database."""

    name: str
    collect: Callable[[], Coroutine[Any, Any, Iterable[Metric]]]


class MonitorError(RuntimeError):
    """The address of the metrics cannot be used. The message is for the user."""


class Monitor:
    """Serves `/metrics`, `/healthz` and `/readyz` while it is open."""

    def __init__(  # noqa: PLR0913 -- where it is, who set that, and what it tells
        self,
        host: str,
        port: int,
        setting: str,
        *,
        sources: Sequence[Source] = (),
        checks: Mapping[str, Check] | None = None,
        beside: str | None = None,
    ) -> None:
        """`setting` is the variable that names the port.

        `checks` say what `/readyz` needs; `beside` is the address of the SDK's own metrics.
        """
        self._address, self._setting = (host, port), setting
        self._sources = [_Remembering(source) for source in sources]
        self._checks = checks or {}
        self._beside = beside

    async def __aenter__(self) -> Self:
        """Begin to serve. Raises MonitorError when the address is not to be had."""
        self._loop = asyncio.get_running_loop()
        host, port = self._address
        try:
            self._server = make_server(
                host, port, self._serve, server_class=_Server, handler_class=_Quiet
            )
        except OSError as error:
            raise MonitorError(
                f"无法在 {host}:{port} 提供监控指标，端口可能被另一进程占用，请以 {self._setting} "
                f"另选一个。 Metrics cannot be offered at {host}:{port}; another process may have "
                f"the port: choose another with {self._setting} (docs/ops/metrics.md)."
            ) from error
        threading.Thread(target=self._server.serve_forever, name="monitor", daemon=True).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self._server.shutdown)
        self._server.server_close()

    def _serve(self, request: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        status, kind, body = HTTPStatus.NOT_FOUND, "text/plain", b""
        match request["PATH_INFO"]:
            case "/metrics":
                status, kind, body = HTTPStatus.OK, CONTENT_TYPE_PLAIN_0_0_4, self._metrics()
            case "/healthz":
                status, body = _told("alive", {"process": self._asked(_here(), False)})
                kind = "application/json"
            case "/readyz":
                status, body = _told("ready", self._parts())
                kind = "application/json"
        start(f"{status.value} {status.phrase}", [("Content-Type", kind)])
        return [body]

    def _parts(self) -> dict[str, bool]:
        silent = dict.fromkeys(self._checks, False)
        return {"process": self._asked(_here(), False)} | self._asked(self._check(), silent)

    async def _check(self) -> dict[str, bool]:
        # Each by itself: one that is silent must not be taken for all of them.
        answers = await asyncio.gather(
            *(within(CHECK_SECONDS, check(), otherwise=False) for check in self._checks.values())
        )
        return dict(zip(self._checks, answers, strict=True))

    def _metrics(self) -> bytes:
        told = self._asked(self._collect(), [self._up(dict.fromkeys(self._sources))])
        return generate_latest(REGISTRY) + generate_latest(_registry(told)) + self._of_the_sdk()

    async def _collect(self) -> list[Metric]:
        # All at once: several that are silent must not use up the patience for the answer.
        answers = await asyncio.gather(*(source.told() for source in self._sources))
        told = dict(zip(self._sources, answers, strict=True))
        return [self._up(told), *(metric for one in answers for metric in one or ())]

    @staticmethod
    def _up(told: "Mapping[_Remembering, list[Metric] | None]") -> Metric:
        up = GaugeMetricFamily(
            "groundwork_source_up", "Whether who knows figures answered.", labels=["source"]
        )
        for source, answer in told.items():
            up.add_metric([source.name], float(answer is not None))
        return up

    def _of_the_sdk(self) -> bytes:
        if self._beside is None:
            return b""
        try:
            return httpx.get(self._beside, timeout=ANSWER_SECONDS, trust_env=False).content
        except httpx.HTTPError:
            return b""

    def _asked(self, question: Any, otherwise: Answer) -> Answer:
        """What the process answers, or `otherwise` when it does not in time."""
        asked = asyncio.run_coroutine_threadsafe(question, self._loop)
        try:
            answer: Answer = asked.result(ANSWER_SECONDS)
        except NotInTime:
            asked.cancel()
            return otherwise
        return answer


class _Remembering:
    """A source that is asked at most once in FRESH_SECONDS."""

    def __init__(self, source: Source) -> None:
        self.name = source.name
        self._collect = source.collect
        self._asking = asyncio.Lock()
        self._told: list[Metric] | None = None
        self._asked_at = float("-inf")

    async def told(self) -> list[Metric] | None:
        """What the source says; None while it does not answer."""
        async with self._asking:
            if time.monotonic() - self._asked_at >= FRESH_SECONDS:
                try:
                    told = await within(ANSWER_SECONDS / 2, self._collect(), otherwise=None)
                    self._told = None if told is None else list(told)
                except Exception as error:  # a scrape fails for nobody's sake
                    log.debug("no figures", source=self.name, error=type(error).__name__)
                    self._told = None
                self._asked_at = time.monotonic()
            return self._told


class _Server(ThreadingWSGIServer):
    """Comes back at once after a restart."""

    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever asks may go away or stay silent: that is no fault, and no trace is printed."""
        log.debug("a question for metrics or health broke off")


class _Quiet(WSGIRequestHandler):
    """Writes no access log: a scrape every few seconds is no news."""

    timeout = SILENCE_SECONDS

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class's name
        """Nothing."""


async def _here() -> bool:
    return True


def _registry(families: Iterable[Metric]) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Told(list(families)))
    return registry


class _Told:
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> list[Metric]:
        return self._families


def _told(word: str, parts: Mapping[str, bool]) -> tuple[HTTPStatus, bytes]:
    well = all(parts.values())
    body = {"status": word if well else f"not {word}", "parts": dict(parts)}
    return HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE, json.dumps(body).encode()
