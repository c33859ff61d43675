"""Logging: structured, in colour for people or as JSON for machines, and free of secrets.

Everything goes through the standard library's root logger, so that the SDK, the web server and our
own structlog loggers are formatted and redacted alike.
"""

import contextlib
import json
import logging
import re
import sys
from collections.abc import Callable, Mapping
from typing import Final, TextIO

import structlog
from opentelemetry import trace
from structlog.typing import EventDict, Processor, WrappedLogger

from groundwork.runtime.redaction import describe_exception, redact, redact_entry
from groundwork.runtime.settings import Settings

CHAIN_ID: Final = re.compile(r"[a-z][a-z0-9-]{0,59}\.[0-9][0-9-]{0,39}")
"""How the ids of chains look, which are those of their workflows: kind and project code."""

TELLTALES: Final = ("httpcore", "httpx", "urllib3")
"""Libraries that log the addresses they ask, with the keys that receivers' addresses hold."""

COLOURS: Final = {"api": "36", "worker": "32", "temporal": "35", "postgres": "34"}


def configure_logging(settings: Settings, *, stream: TextIO | None = None) -> None:
    """Send every log entry of this process to `stream` (standard error) in the chosen format."""
    output = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        name_trace,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        describe_exception,
    ]
    handler = logging.StreamHandler(output)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder(), name_execution],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redact_entry,
                _renderer(settings, colours=output.isatty()),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    for name in TELLTALES:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def name_trace(_logger: WrappedLogger, _method: str, entry: EventDict) -> EventDict:
    """A structlog processor that adds the ids of the trace under way, if any."""
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        entry["trace_id"] = f"{span.trace_id:032x}"
        entry["span_id"] = f"{span.span_id:016x}"
    return entry


def name_execution(_logger: WrappedLogger, _method: str, entry: EventDict) -> EventDict:
    """A structlog processor that says of the SDK's entries what ours say of an execution."""
    entry.pop("temporal_log", None)  # what its core forwards, whose text is the event already
    entry.pop("color_message", None)  # the web server's event once more, with colours
    for source, kind in _OF_THE_SDK.items():
        told = entry.pop(source, None)
        if isinstance(told, Mapping):
            named = {ours: told[theirs] for theirs, ours in kind.items() if theirs in told}
            for name, value in {**named, **about_chain(named.get("workflow_id"))}.items():
                entry.setdefault(name, value)
    return entry


def about_chain(workflow_id: str | None) -> dict[str, str]:
    """The chain that an execution is, if it is one, as log entries name it."""
    is_chain = workflow_id is not None and CHAIN_ID.fullmatch(workflow_id)
    return {"chain": workflow_id} if workflow_id and is_chain else {}


_EXECUTION: Final = {
    "workflow_id": "workflow_id",
    "run_id": "run_id",
    "workflow_run_id": "run_id",
    "workflow_type": "workflow_type",
    "attempt": "attempt",
}
_OF_THE_SDK: Final = {
    "temporal_workflow": _EXECUTION,
    "temporal_activity": _EXECUTION | {"activity_type": "activity"},
}


def line_relay(settings: Settings, *, stream: TextIO | None = None) -> Callable[[str, str], None]:
    """A function that writes a child process's line, marked with the name of the process."""
    output = stream or sys.stderr
    if settings.log_format == "json":
        mark = _marked_json
    else:
        mark = _marked_in_colour if output.isatty() else _marked

    def relay(name: str, line: str) -> None:
        # When nobody reads us any more, the child must not be made to wait.
        with contextlib.suppress(OSError, ValueError):
            # One write per line: several threads share the stream.
            output.write(mark(name, redact(line)) + "\n")
            output.flush()

    return relay


def _renderer(settings: Settings, *, colours: bool) -> Processor:
    if settings.log_format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    return structlog.dev.ConsoleRenderer(colors=colours)


def _marked(name: str, line: str) -> str:
    return f"{name:<8} | {line}"


def _marked_in_colour(name: str, line: str) -> str:
    return f"\x1b[{COLOURS.get(name, '33')}m{name:<8}\x1b[0m | {line}"


def _marked_json(name: str, line: str) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        entry = line
    fields = entry if isinstance(entry, dict) else {"event": line}
    return json.dumps({"process": name} | fields, ensure_ascii=False)
