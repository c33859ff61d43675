"""Traces: from a request through the engine to what an activity did, for OpenTelemetry.

Nothing here is loaded unless a collector is named. What leaves the process is reduced to an
allowance first (`Reduced`): libraries put whole addresses and messages into spans.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any, Final

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from sqlalchemy import ExceptionContext, ExecutionContext, event
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import workflow
from temporalio.api.common.v1 import Payload
from temporalio.contrib.opentelemetry import TracingInterceptor
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    ExecuteWorkflowInput,
    HandleUpdateInput,
    StartActivityInput,
    StartLocalActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

from groundwork.runtime.logs import about_chain
from groundwork.runtime.settings import Settings

HEADER: Final = "_tracer-data"
"""In which header the SDK's interceptor carries a trace."""
MARK: Final = "groundwork_mark"
FOLLOWED: Final = timedelta(minutes=1)
"""How long what a chain does still belongs to the request that led to it."""
EXPORT_SECONDS: Final = 3.0
LONGEST: Final = 500
"""How many characters of a statement are told."""

ALLOWED: Final = frozenset(
    {
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "error.type",
        "exception.type",
        "db.system.name",
        "db.query.text",
        "temporalWorkflowID",
        "temporalRunID",
        "temporalActivityID",
    }
)
"""The only attributes that leave. Statements hold placeholders; their values are not told."""


@asynccontextmanager
async def traced(settings: Settings, service: str) -> AsyncIterator[None]:
    """Send the traces of this process to the collector of the settings; once per process."""
    resource = Resource.create({"service.name": service, "service.version": version("groundwork")})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(
        endpoint=f"{str(settings.otlp_endpoint).rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS
    )
    provider.add_span_processor(BatchSpanProcessor(Reduced(exporter)))
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        await asyncio.to_thread(provider.shutdown)


def trace_engine(engine: AsyncEngine) -> None:
    """Have the statements of a pool of connections traced; those that bypass it are not."""
    tracer = trace.get_tracer("groundwork.store")

    def begin(context: ExecutionContext | None, statement: str) -> None:
        if context is None or not trace.get_current_span().is_recording():
            return  # what goes round all day for nobody's sake
        attributes = {"db.system.name": "postgresql", "db.query.text": statement[:LONGEST]}
        verb = statement.split(maxsplit=1)[0]
        span = tracer.start_span(verb, kind=SpanKind.CLIENT, attributes=attributes)
        context.groundwork_span = span  # type: ignore[attr-defined]

    def end(context: ExecutionContext | None, error: BaseException | None = None) -> None:
        span: trace.Span | None = getattr(context, "groundwork_span", None)
        if span is not None:
            if error is not None:
                span.set_status(StatusCode.ERROR)
                span.set_attribute("error.type", type(error).__name__)
            span.end()

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def _begin(_c: Any, _cursor: Any, text: str, _p: Any, context: Any, _many: Any) -> None:
        begin(context, text)

    @event.listens_for(engine.sync_engine, "after_cursor_execute")
    def _end(_c: Any, _cursor: Any, _text: str, _p: Any, context: Any, _many: Any) -> None:
        end(context)

    @event.listens_for(engine.sync_engine, "handle_error")
    def _fail(failure: ExceptionContext) -> None:
        end(failure.execution_context, failure.original_exception)


class Reduced(SpanExporter):
    """Passes on what may leave: names, times, the attributes of ALLOWED, types of exceptions."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """See `SpanExporter.export`."""
        return self._exporter.export([_reduced(span) for span in spans])

    def shutdown(self) -> None:
        """See `SpanExporter.shutdown`."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """See `SpanExporter.force_flush`."""
        return self._exporter.force_flush(timeout_millis)


def _reduced(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=span.name,
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes=_allowed(span.attributes),
        events=[
            Event(event.name, _allowed(event.attributes), event.timestamp) for event in span.events
        ],
        links=span.links,
        kind=span.kind,
        # Its description quotes the exception.
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _allowed(attributes: Any) -> dict[str, Any]:
    return {name: value for name, value in (attributes or {}).items() if name in ALLOWED}


class ChainTracing(TracingInterceptor):
    """The SDK's tracing of clients and activities, with workflows that live for months.

    The SDK would put all that a workflow ever does into the trace that started it. Here what a
    chain does belongs to the request that led to it, and what time leads to belongs to none.
    """

    def __init__(self) -> None:
        super().__init__(trace.get_tracer("groundwork"))
        # Baggage is what callers please to send along, and has no business in histories.
        self.text_map_propagator = TraceContextTextMapPropagator()

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 -- the base class's name
        """See `TracingInterceptor.intercept_activity`."""
        return _Asked(next, super().intercept_activity(next))

    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> Any:  # noqa: A002 -- the base class's name
        """See `TracingInterceptor.workflow_interceptor_class`."""
        input.unsafe_extern_functions[MARK] = self._mark
        return _Following

    def _mark(self, header: Payload, name: str, workflow_id: str, run_id: str) -> None:
        """Note in the trace that a workflow took something in hand."""
        (carrier,) = self.payload_converter.from_payloads([header])
        attributes = {"temporalWorkflowID": workflow_id, "temporalRunID": run_id}
        context = self.text_map_propagator.extract(carrier)
        # On the clock of this machine: a rehearsal's own may be months ahead.
        now = time.time_ns()
        span = self.tracer.start_span(name, context, SpanKind.SERVER, attributes, start_time=now)
        span.end(now)


class _Asked(ActivityInboundInterceptor):
    """Traces activities that belong to a request; the postman's rounds belong to none."""

    def __init__(
        self,
        next: ActivityInboundInterceptor,  # noqa: A002 -- the base class's name
        traced_next: ActivityInboundInterceptor,
    ) -> None:
        super().__init__(next)
        self._traced = traced_next

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 -- as above
        if HEADER in input.headers:
            return await self._traced.execute_activity(input)
        return await super().execute_activity(input)


class _Following(WorkflowInboundInterceptor):
    """Remembers which request a workflow works for."""

    led_by: tuple[Payload, datetime] | None = None

    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Led(outbound, self))

    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:  # noqa: A002 -- the base class's name
        info = workflow.info()
        if about_chain(info.workflow_id):
            self._follow(f"RunWorkflow:{info.workflow_type}", info.headers.get(HEADER))
        return await super().execute_workflow(input)

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:  # noqa: A002 -- as above
        self._follow(f"HandleUpdate:{input.update}", input.headers.get(HEADER))
        return await super().handle_update_handler(input)

    def _follow(self, name: str, header: Payload | None) -> None:
        self.led_by = (header, workflow.now()) if header else None
        if header and not workflow.unsafe.is_replaying():
            info = workflow.info()
            workflow.extern_functions()[MARK](header, name, info.workflow_id, info.run_id)


class _Led(WorkflowOutboundInterceptor):
    """Hands the trace of that request on to activities."""

    def __init__(self, next: WorkflowOutboundInterceptor, inbound: _Following) -> None:  # noqa: A002 -- the base class's name
        super().__init__(next)
        self._inbound = inbound

    def start_activity(self, input: StartActivityInput) -> Any:  # noqa: A002 -- as above
        input.headers = {**input.headers, **self._leading()}
        return super().start_activity(input)

    def start_local_activity(self, input: StartLocalActivityInput) -> Any:  # noqa: A002 -- as above
        input.headers = {**input.headers, **self._leading()}
        return super().start_local_activity(input)

    def _leading(self) -> dict[str, Payload]:
        if self._inbound.led_by is None:
            return {}
        header, since = self._inbound.led_by
        return {HEADER: header} if workflow.now() - since <= FOLLOWED else {}
