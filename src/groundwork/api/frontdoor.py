"""What happens to every request before and after its route: one small layer, for speed.

It gives the request its id, language and time of receipt, bounds its size, its number and its
time, sees to the headers of every answer, lets no failure out but as a problem, and writes one line
to the access log: method, route, status, duration. Names, bodies, queries and tokens are never
logged.
"""

import asyncio
import contextlib
import re
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qs
from uuid import uuid4

import structlog
from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from groundwork.api.answers import RETRY_AFTER, problem_answer
from groundwork.api.errors import Problem
from groundwork.api.identities import not_signed_in
from groundwork.api.languages import TAGS, Language, known, preferred
from groundwork.api.marks import COOKIE, LANGUAGE_COOKIE, SAFE_METHODS
from groundwork.api.receipts import PREFIX
from groundwork.api.resources import Resources
from groundwork.api.traffic import PROBES, Pace, too_slow
from groundwork.runtime.logs import about_chain
from groundwork.runtime.metrics import REQUESTS

LARGEST_BODY: Final = 1024 * 1024
Room = Callable[[str, str], int | None]
"""How many bytes a method at a path may be sent, where that is more than LARGEST_BODY."""
REQUEST_ID_HEADER: Final = "x-request-id"

GUARDS: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}
"""On every answer that does not say otherwise itself; pages say what a browser may do with them."""

A_YEAR: Final = 365 * 24 * 3600

_SAFE_ID = re.compile(r"[A-Za-z0-9_.:-]{8,64}")
_CHAIN = re.compile(r"/chains/([^/]+)")
UNTIMED = PROBES | {"/live"}
"""Probes say nothing about service, and a stream lasts as long as its page is open."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})

log = structlog.stdlib.get_logger(__name__)


class FrontDoor:
    """The outermost layer of the API."""

    def __init__(self, app: ASGIApp, room: Room) -> None:
        self._app = app
        self._room = room

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        headers = Headers(scope=scope)
        largest = self._room(scope["method"], scope["path"]) or LARGEST_BODY
        resources: Resources = scope["app"].state.resources
        visit = _Visit(scope, headers, receive, send, largest=largest, resources=resources)
        with structlog.contextvars.bound_contextvars(request_id=visit.request_id, **_about(scope)):
            try:
                visit.refuse_at_the_door(headers)
                async with visit.patience:
                    await self._app(scope, visit.receive, visit.send)
            except TimeoutError as error:
                if not visit.patience.expired():
                    _log_failure(error)
                    await visit.fail(Problem("internal_error"))
                else:
                    await visit.fail(Problem("request_too_long", headers=RETRY_AFTER))
            except Problem as problem:
                await visit.fail(problem)
            except Exception as error:  # the last boundary: a caller never sees a stack trace
                _log_failure(error)
                await visit.fail(Problem("internal_error"))
            finally:
                _note_access(scope, visit, time.perf_counter() - started)


class _Visit:
    """One request: what is known of it from the start, and what became of it."""

    def __init__(
        self,
        scope: Scope,
        headers: Headers,
        receive: Receive,
        send: Send,
        *,
        largest: int,
        resources: Resources,
    ) -> None:
        self.request_id = _request_id(headers.get(REQUEST_ID_HEADER))
        self.language = _language(scope, headers)
        self.status: int | None = None
        self._scope, self._receive, self._send = scope, receive, send
        self._received = 0
        self._largest = largest
        self._resources = resources
        self._pace = Pace(resources.settings.request_silence)
        self._whole = False
        self.patience = asyncio.timeout(None)
        """Runs from when the request is whole until its answer begins."""
        if scope["method"] in SAFE_METHODS:
            self.patience = asyncio.timeout(resources.settings.request_seconds)
        state: dict[str, Any] = scope.setdefault("state", {})
        state["request_id"] = self.request_id
        state["language"] = self.language
        state["received_at"] = datetime.now(UTC)

    def refuse_at_the_door(self, headers: Headers) -> None:
        """Raise Problem for what no route could make use of, or may see."""
        if "\0" in self._scope["path"] or b"%00" in self._scope["query_string"]:
            raise Problem("malformed_request")
        bearing = "authorization" in headers or f"{COOKIE}=" in headers.get("cookie", "")
        if self._scope["path"].startswith(PREFIX) and not bearing:
            # Before anything is read: strangers learn nothing and cost nothing.
            raise not_signed_in()
        self._resources.traffic.admit_address(Request(self._scope))
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length) > self._largest:
            raise _too_large(self._largest)

    async def receive(self) -> Message:
        if self._whole:
            return await self._receive()  # nothing more comes but that the client left
        try:
            async with self._pace.patience():
                message = await self._receive()
        except TimeoutError:
            raise too_slow() from None
        size = len(message.get("body", b""))
        self._received += size
        if self._received > self._largest:
            raise _too_large(self._largest)
        self._pace.note(size)
        if not message.get("more_body", False):
            self._whole = True
            self._await_answer()
        return message

    def _await_answer(self) -> None:
        if self.status is None:
            limit = self._resources.settings.request_seconds
            self._wait_until(asyncio.get_running_loop().time() + limit)

    def _wait_until(self, moment: float | None) -> None:
        with contextlib.suppress(RuntimeError):  # refused before or after: nobody waits
            self.patience.reschedule(moment)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._wait_until(None)
            headers = MutableHeaders(scope=message)
            headers[REQUEST_ID_HEADER] = self.request_id
            headers["content-language"] = TAGS[self.language]
            for name, value in GUARDS.items():
                headers.setdefault(name, value)
            if self._resources.settings.api_url.startswith("https:"):
                headers["strict-transport-security"] = f"max-age={A_YEAR}"
            headers.add_vary_header("Accept-Language, Cookie")
            # What one person may read must not be kept for the next by a proxy or browser.
            headers.setdefault("cache-control", "no-store")
        await self._send(message)

    async def fail(self, problem: Problem) -> None:
        if self.status is None:
            answer = await problem_answer(Request(self._scope), problem)
            await answer(self._scope, self._receive, self.send)


def _too_large(limit: int) -> Problem:
    return Problem("body_too_large", limit=limit // 1024, headers={"Connection": "close"})


def _language(scope: Scope, headers: Headers) -> Language:
    """The language asked for in the address, chosen before in this browser, or preferred."""
    asked = parse_qs(scope["query_string"].decode("latin-1")).get("lang", [""])[-1]
    chosen = cookie_parser(headers.get("cookie", "")).get(LANGUAGE_COOKIE)
    return known(asked) or known(chosen) or preferred(headers.get("accept-language"))


def _request_id(given: str | None) -> str:
    return given if given and _SAFE_ID.fullmatch(given) else uuid4().hex


def _note_access(scope: Scope, visit: _Visit, seconds: float) -> None:
    """Write the access log's line and count the request."""
    method, route = scope["method"], _route(scope)
    write = log.debug if scope["path"] in PROBES else log.info
    write("request", method=method, route=route, status=visit.status, ms=_ms(seconds))
    if scope["path"] not in UNTIMED:
        # Whatever strangers send, there are few values.
        known = method if method in _METHODS else "other"
        REQUESTS.labels(known, route or "none", str(visit.status)).observe(seconds)


def _about(scope: Scope) -> dict[str, str]:
    """The chain that a request is about, for every line that is logged meanwhile."""
    named = _CHAIN.match(scope["path"].removeprefix(PREFIX))
    return about_chain(named[1]) if named else {}


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _route(scope: Scope) -> str | None:
    """The address's pattern, which names nobody; None when there is no such address."""
    path = getattr(scope.get("route"), "path", None)
    return f"{PREFIX}{path}" if path and scope["path"].startswith(PREFIX) else path


def _log_failure(error: Exception) -> None:
    # The message is left out: those of validators and drivers quote what people sent.
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    log.error(
        "request failed",
        error=type(error).__name__,
        where=[f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    )
