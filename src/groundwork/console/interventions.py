"""Who lays hands on chains from the command line: told to the engine, and to the log."""

import getpass
import os
import socket

import structlog

log = structlog.stdlib.get_logger(__name__)


def operator() -> str:
    """The account and the machine, for the engine to keep with what it is asked to do."""
    return f"{_account()}@{socket.gethostname()}"


def noted(action: str, *, reason: str, chain: str | None = None, count: int | None = None) -> None:
    """Log that an operator did that to a chain, or to so many.

    `reason` is what they gave; they were told that it is shown in clear.
    """
    of = {"chain": chain, "count": count}
    log.warning(
        "operator intervened",
        action=action,
        account=_account(),
        where=socket.gethostname(),
        reason=reason,
        **{name: value for name, value in of.items() if value is not None},
    )


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())  # as in a container, for which no name is kept
