"""Whether a process traces: what it takes is loaded only where a collector is named."""

from contextlib import AbstractAsyncContextManager, nullcontext
from typing import TYPE_CHECKING

from temporalio.worker import Interceptor

from groundwork.runtime.settings import Settings
from groundwork.runtime.watching import LogContext

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

# ruff: noqa: PLC0415


def tracing(settings: Settings, service: str) -> AbstractAsyncContextManager[None]:
    """Send this process's traces, under the name of a service, while it is open."""
    if settings.otlp_endpoint is None:
        return nullcontext()
    from groundwork.runtime.tracing import traced

    return traced(settings, service)


def trace_store(settings: Settings, engine: "AsyncEngine") -> None:
    """Trace what is asked of the database."""
    if settings.otlp_endpoint is not None:
        from groundwork.runtime.tracing import trace_engine

        trace_engine(engine)


def watching(settings: Settings) -> list[Interceptor]:
    """What accompanies all that clients and workers do."""
    if settings.otlp_endpoint is None:
        return [LogContext()]
    from groundwork.runtime.tracing import ChainTracing

    return [LogContext(), ChainTracing()]
