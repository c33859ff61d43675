"""The definitions and calendars a worker process has at hand, by content hash and version.

Chains pin both by name; what a name stands for never changes, so looking it up is as deterministic
as a constant. One shelf serves the whole process: the sandbox passes this module through.
"""

from functools import lru_cache

from groundwork.domain.calendar import Calendar
from groundwork.domain.definition import ChainDefinition
from groundwork.domain.rules import Rules

_definitions: dict[str, ChainDefinition] = {}
_calendars: dict[str, Calendar] = {}


class NotOnShelf(KeyError):
    """The worker has not got a definition or calendar that a chain is pinned to.

    Raised inside a workflow it fails the task, not the chain: Temporal tries again until a worker
    has it, and the operator reads which one is missing.
    """


def put_definition(content_hash: str, published: ChainDefinition) -> None:
    """Have a definition at hand."""
    _definitions[content_hash] = published


def put_calendar(calendar: Calendar) -> None:
    """Have a calendar at hand."""
    _calendars[calendar.version] = calendar


def definition(content_hash: str) -> ChainDefinition:
    """The definition of that content. Raises NotOnShelf."""
    try:
        return _definitions[content_hash]
    except KeyError:
        raise NotOnShelf(
            f"no definition {content_hash} on this worker: store or deploy it"
        ) from None


def calendar(version: str) -> Calendar:
    """The calendar of that version. Raises NotOnShelf."""
    try:
        return _calendars[version]
    except KeyError:
        raise NotOnShelf(f"no calendar {version} on this worker: store or deploy it") from None


def rules(content_hash: str, calendar_version: str) -> Rules:
    """The rules that a chain is decided by. Raises NotOnShelf."""
    definition(content_hash)
    calendar(calendar_version)
    return _rules(content_hash, calendar_version)


@lru_cache(maxsize=64)
def _rules(content_hash: str, calendar_version: str) -> Rules:
    return Rules(_definitions[content_hash], _calendars[calendar_version], calendar, definition)
