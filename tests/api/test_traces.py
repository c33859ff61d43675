"""Traces, as a collector receives them from an API and a worker that are processes of their own."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from groundwork.runtime import processes
from groundwork.runtime.tracing import ALLOWED
from tests.api.house import PREFIX, Cast, House, fresh_key, project_body
from tests.api.test_process import answers, serving
from tests.api.test_watched import ready, working

CALLER = "4bf92f3577b34da6a3ce929d0e0e4736"
"""A trace that a caller is in already."""
LAUNCHED = "RunWorkflow:LandToConstruction"
ENTERPRISE = "某某机密有限公司"


class Span(NamedTuple):
    """What a collector knows of a span."""

    service: str
    name: str
    trace: str
    attributes: dict[str, str]


class Collector(ThreadingHTTPServer):
    """Keeps what it is sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Intake)
        self.received = b""
        self.spans: list[Span] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def take(self, body: bytes) -> None:
        self.received += body
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = _texts(resource.resource.attributes)["service.name"]
            for scope in resource.scope_spans:
                self.spans += [
                    Span(service, one.name, one.trace_id.hex(), _texts(one.attributes))
                    for one in scope.spans
                ]

    def of(self, trace: str) -> dict[str, Span]:
        """The spans of a trace by their names."""
        return {span.name: span for span in self.spans if span.trace == trace}


class _Intake(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        assert self.path == "/v1/traces"
        self.server.take(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


def _texts(attributes: Any) -> dict[str, str]:
    return {one.key: one.value.string_value for one in attributes}


@contextmanager
def collecting() -> Iterator[Collector]:
    with Collector() as collector:
        threading.Thread(target=collector.serve_forever, daemon=True).start()
        yield collector
        collector.shutdown()


async def test_one_trace_leads_from_a_request_through_update_and_workflow_to_its_activity(
    idle_house: House, database: str, cast: Cast
) -> None:
    """Nothing that people wrote, and nobody's token, is in it."""
    settings = idle_house.resources.settings
    port, metrics = processes.free_ports(2)
    with collecting() as collector:
        shared = {
            "DATABASE_URL": database,
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_BSP_SCHEDULE_DELAY": "200",
        }
        api = {
            "TEMPORAL_ADDRESS": str(settings.temporal_address),
            "GROUNDWORK_TASK_QUEUE": settings.task_queue,
        }
        async with (
            serving(port, **shared, **api) as serves,
            working(metrics, settings, **shared) as works,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}{PREFIX}", timeout=30) as http,
        ):
            while not (await answers(http, f"http://127.0.0.1:{port}") and await ready(metrics)):
                assert serves.returncode is None
                assert works.returncode is None
                await asyncio.sleep(0.1)
            http.headers["Authorization"] = f"Bearer {cast.tokens['housekeeper']}"
            http.headers["X-Forwarded-For"] = "203.0.113.7"
            chain = await launched(http)
            sent = await http.post(
                f"/chains/{chain}/commands/receive?q=13800138000",
                json={"step": "L01"},
                headers={
                    "Idempotency-Key": fresh_key(),
                    "Traceparent": f"00-{CALLER}-00f067aa0ba902b7-01",
                    "Baggage": "who=li-ming",
                },
            )
            assert sent.status_code == 200, sent.text
            for process in (serves, works):
                process.terminate()
                await process.communicate()
                assert process.returncode == 0
    trace = collector.of(CALLER)
    route = f"POST {PREFIX}/chains/{{chain_id}}/commands/receive"
    steps = (route, "StartWorkflowUpdate:receive", "HandleUpdate:receive", "RunActivity:record")
    assert [trace[name].service for name in steps] == ["groundwork-api"] * 2 + [
        "groundwork-worker"
    ] * 2
    assert all(trace[name].attributes["temporalWorkflowID"] == chain for name in steps[1:])
    assert any(name.startswith("SELECT") for name in trace)
    assert {name for span in collector.spans for name in span.attributes} <= ALLOWED
    launched_by = next(one.trace for one in collector.spans if one.name == LAUNCHED)
    assert {LAUNCHED, "RunActivity:record"} <= collector.of(launched_by).keys()
    # What nobody asked for is in no trace: the postman looks for news every second.
    assert not any("_post" in span.name for span in collector.spans)
    secret = (ENTERPRISE, "li-ming", "13800138000", "203.0.113.7", *cast.tokens.values())
    for text in (*secret, *cast.people.values()):
        assert text.encode() not in collector.received


async def launched(http: httpx.AsyncClient) -> str:
    """A chain of a new project."""
    key = {"Idempotency-Key": fresh_key()}
    body = project_body(enterprise=ENTERPRISE)
    project = (await http.post("/projects", json=body, headers=key)).json()
    order = {"chain": "land-to-construction", "project": project["code"]}
    made = await http.post("/chains", json=order, headers={"Idempotency-Key": fresh_key()})
    assert made.status_code == 201, made.text
    return str(made.json()["chain"])
