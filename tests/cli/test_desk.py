"""A write is carried out once, whatever happens to its answers; the API here is a stand-in."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from groundwork.console.desk import Desk, ProblemFault
from groundwork.console.faults import ExitCode, Unreachable
from groundwork.console.screen import Screen
from groundwork.runtime.processes import free_port

Answer = tuple[int, dict[str, Any], dict[str, str]] | None
"""Status, body and headers; None: the connection is cut instead of an answer."""

DONE = {"chain": "a.b", "key": "k", "status": "done", "seq": 3, "projected": True}
PENDING = {**DONE, "status": "pending", "seq": None, "projected": False, "note": "wait"}
HERE = {"Location": "/api/v1/chains/a.b/receipts/k"}
UNAVAILABLE = {"status": 503, "code": "engine_unavailable", "detail": "the engine is away"}


class StandIn(ThreadingHTTPServer):
    """Gives prepared answers in turn and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[Answer] = []
        self.asked: list[tuple[str, str, str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: StandIn

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        key = self.headers.get("Idempotency-Key")
        self.server.asked.append((self.command, self.path, key))
        prepared = self.server.answers.pop(0)
        if prepared is None:
            self.close_connection = True
            return
        status, body, headers = prepared
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def api() -> Iterator[StandIn]:
    with StandIn() as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def desk(api: StandIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr("groundwork.console.desk.PAUSE_SECONDS", 0.01)
    with ExitStack() as closing:
        yield Desk(Screen("en"), api.url, "gw_token", closing, patience=5)


def test_a_lost_answer_is_asked_for_again_with_the_same_key(api: StandIn, desk: Desk) -> None:
    api.answers = [None, (503, UNAVAILABLE, {}), (200, DONE, {})]
    assert desk.write("POST", "/chains/a.b/commands/accept", {}) == DONE
    keys = {key for _, _, key in api.asked}
    assert len(api.asked) == 3
    assert len(keys) == 1


def test_a_receipt_is_polled_until_reads_show_the_outcome(api: StandIn, desk: Desk) -> None:
    late = {**DONE, "projected": False}
    api.answers = [(202, PENDING, HERE), (200, PENDING, {}), (200, late, {}), (200, DONE, {})]
    assert desk.write("POST", "/chains", {}, "my-own-key")["seq"] == 3
    assert api.asked[0][2] == "my-own-key"
    assert [method for method, _, _ in api.asked] == ["POST", "GET", "GET", "GET"]


def test_a_refusal_in_the_receipt_is_a_refusal(api: StandIn, desk: Desk) -> None:
    problem = {"status": 409, "code": "wrong_state", "detail": "not now"}
    refused = {**PENDING, "status": "refused", "problem": problem}
    api.answers = [(202, PENDING, HERE), (200, refused, {})]
    with pytest.raises(ProblemFault, match=r"not now \[wrong_state\]") as caught:
        desk.write("POST", "/chains", {})
    assert caught.value.code is ExitCode.REFUSED


def test_an_engine_that_stays_silent_is_told_with_the_key_to_try_again(
    api: StandIn, desk: Desk
) -> None:
    impatient = replace(desk, patience=0)
    api.answers = [(202, {**PENDING, "key": "my-own-key"}, HERE)]
    with pytest.raises(Unreachable, match="--key my-own-key") as caught:
        impatient.write("POST", "/chains", {}, "my-own-key")
    assert caught.value.code is ExitCode.UNREACHABLE


def test_a_refused_request_is_sent_once(api: StandIn, desk: Desk) -> None:
    errors = [{"detail": "first"}, {"pointer": "#/uscc", "detail": "is required"}]
    problem = {"status": 422, "code": "invalid_request", "detail": "two", "errors": errors}
    api.answers = [(422, problem, {})]
    with pytest.raises(ProblemFault, match=r"two #/uscc: is required \[invalid_request\]"):
        desk.write("POST", "/projects", {})
    assert len(api.asked) == 1


def test_every_page_of_a_list_is_read(api: StandIn, desk: Desk) -> None:
    first, second = {"id": "1"}, {"id": "2"}
    api.answers = [
        (200, {"items": [first], "next": "n"}, {}),
        (200, {"items": [second], "next": None}, {}),
    ]
    assert desk.all("/escalations", level=None) == [first, second]
    assert api.asked[1][1] == "/api/v1/escalations?cursor=n&limit=200"


def test_nobody_at_the_address_is_told_at_once() -> None:
    with ExitStack() as closing:
        desk = Desk(Screen("en"), f"http://127.0.0.1:{free_port()}", "gw_token", closing)
        with pytest.raises(Unreachable, match="groundwork up"):
            desk.write("POST", "/chains", {})


def test_another_server_at_the_address_is_told(api: StandIn, desk: Desk) -> None:
    api.answers = [(404, {}, {})]
    with pytest.raises(Unreachable, match="not an API"):
        desk.get("/chains")
