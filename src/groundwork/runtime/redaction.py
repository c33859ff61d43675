"""What a log may say: fields that are known to be safe, and texts without what looks personal.

A field that nobody vouched for is masked, so that a new one cannot give anything away unnoticed.
"""

import re
import sys
import traceback
from collections.abc import Mapping
from types import TracebackType
from typing import Final

from structlog.typing import EventDict, WrappedLogger
from temporalio.exceptions import ApplicationError

MASK: Final = "***"

SAFE_NAMES: Final = frozenset(
    {
        # of every entry
        "event", "exception", "level", "logger", "process", "stack", "timestamp",
        # of requests, executions and traces
        "activity", "activity_type", "attempt", "chain", "method", "ms", "namespace", "request_id",
        "route", "run_id", "span_id", "status", "task_queue", "trace_id", "workflow_id",
        "workflow_type",
        # codes, ids and counts of our own
        "account", "action", "by", "calendar", "chains", "channel", "check", "complaint", "count",
        "day", "definition", "department", "error", "folder", "in_seconds", "payloads", "people",
        "person", "reason", "received", "received_by", "role", "scan", "sessions", "source", "step",
        "upload", "verb", "version", "webhook", "where",
    }
)  # fmt: skip
"""Fields that hold ids, codes, counts or sentences of our own, never what people typed.

But for the `reason` of an operator at the command line, who was told that it is shown in clear.
"""

LARGEST_NUMBER: Final = 10**9
"""Larger numbers may be telephone numbers."""

# Each pattern keeps its first group and masks the rest. None looks twice at the same long word.
SECRET_TEXTS: Final = (
    re.compile(r"((?<![\w+.-])\w[\w+.-]*://[^\s:/@]*:)[^\s@/]+(?=@)"),  # password in a URL
    re.compile(r"(\bbearer\s+)[\w~+/.=-]+", re.IGNORECASE),
    re.compile(
        r"((?<![A-Za-z])(?:password|passwd|secret|token|api[_-]?key)[\"']?\s*[=:]\s*[\"']?)"
        r"[^\s,;&\"']+",
        re.IGNORECASE,
    ),
    re.compile(r"()(?<![\w-])eyJ[\w-]{8,}\.[\w-]+\.[\w-]*"),  # tokens of an identity provider
    re.compile(r"()\b(?:gw|gs|whsec)_[\w+/=-]{16,}"),  # tokens, sessions and secrets of our own
    re.compile(r"()(?<![0-9A-Za-z])\d{17}[0-9Xx](?![0-9A-Za-z])"),  # resident identity number
    re.compile(r"()(?<![0-9A-Za-z.-])1[3-9]\d{9}(?![0-9A-Za-z])"),  # mobile telephone number
    re.compile(  # mail address; three numbers are the version of a definition, not a domain
        r"()(?<![\w.+-])[\w.+-]+@"
        r"(?!\d+\.\d+\.\d+(?![0-9A-Za-z_-]|\.\w))(?:[\w-]+(?:\.[\w-]+)+|\[[\w.:]+\])"
    ),
)


def redact(text: str) -> str:
    """Mask passwords, tokens, personal numbers and mail addresses in a text."""
    for pattern in SECRET_TEXTS:
        text = pattern.sub(rf"\g<1>{MASK}", text)
    return text


def redact_entry(_logger: WrappedLogger, _method: str, entry: EventDict) -> EventDict:
    """A structlog processor that masks all fields but the safe ones, and secrets in their texts."""
    return {name: _redacted(name, value) for name, value in entry.items()}


def describe_exception(_logger: WrappedLogger, _method: str, entry: EventDict) -> EventDict:
    """A structlog processor that tells where an exception came from, and what ours say.

    What those of libraries say may quote what people sent.
    """
    given = entry.pop("exc_info", None)
    error = _error(given)
    if error is not None:
        entry["exception"] = "\n".join(_told(error))
    return entry


def _error(given: object) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple) and isinstance(given[1], BaseException):
        return given[1]
    return sys.exc_info()[1] if given else None


def _told(error: BaseException) -> list[str]:
    """The chain of causes, the first one first, as Python tells it."""
    lines: list[str] = []
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        lines = [*_one(following), *lines]
        suppressed = following.__suppress_context__
        following = following.__cause__ or (None if suppressed else following.__context__)
    return lines


def _one(error: BaseException) -> list[str]:
    kind = type(error)
    ours = isinstance(error, ApplicationError) or kind.__module__.startswith("groundwork")
    says = f": {redact(str(error))}" if ours and str(error) else ""
    frames: TracebackType | None = error.__traceback__
    where = [line.rstrip("\n") for line in traceback.format_tb(frames)]
    return [*where, f"{kind.__module__}.{kind.__qualname__}{says}"]


def _redacted(name: str, value: object) -> object:
    if name not in SAFE_NAMES:
        return value if _harmless(value) else MASK
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {str(inner): _redacted(str(inner), item) for inner, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted(name, item) for item in value]
    return value if _harmless(value) else redact(str(value))


def _harmless(value: object) -> bool:
    """Whether a value says nothing of anybody, whatever it is called."""
    small = isinstance(value, int) and -LARGEST_NUMBER < value < LARGEST_NUMBER
    return value is None or small or isinstance(value, float)
