"""How commands speak to the engine themselves, with nothing beside their answer on its stream.

What is logged on the way goes to standard error, redacted and in the chosen format.
"""

import logging
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from temporalio.client import Client

    from groundwork.runtime.settings import Settings


def logged(find: "Callable[[Settings], Settings] | None" = None) -> "Settings":
    """The settings of such a command, by which its logs are configured; `find` may refine them.

    Raises SettingsError.
    """
    from groundwork.runtime.logs import configure_logging
    from groundwork.runtime.settings import load_settings

    settings = load_settings()
    if find is not None:
        settings = find(settings)
    configure_logging(settings)
    # It introduces each of its plugins wherever a command looks at the tables.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    _silence_the_core()
    return settings


async def reach(settings: "Settings", address: str | None = None) -> "Client":
    """A client of the live namespace, which is there; the engine learns who types.

    Raises TemporalUnavailable, NamespaceMissing, KeyRingError.
    """
    from groundwork.console.interventions import operator
    from groundwork.runtime.temporal import connect, require_namespace

    client = await connect(settings, address=address, identity=operator())
    await require_namespace(client)
    return client


@cache
def _silence_the_core() -> None:
    """Its core writes past Python, with what payloads hold, and to standard output.

    All that matters of it reaches a command as an exception, or as a log entry of the SDK.
    """
    from temporalio.runtime import Runtime, TelemetryConfig

    Runtime.set_default(
        Runtime(telemetry=TelemetryConfig(logging=None)), error_if_already_set=False
    )
