"""`python -m groundwork.api`: serve the API on the address of the settings."""

import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from groundwork.api.accounts import check_roles
from groundwork.api.app import create_app
from groundwork.api.patience import PatientProtocol
from groundwork.api.resources import database_url
from groundwork.api.storage_watch import StorageWatch
from groundwork.runtime.bureau import check_bureau
from groundwork.runtime.keyrings import require_key_rings
from groundwork.runtime.logs import configure_logging
from groundwork.runtime.loop import run
from groundwork.runtime.monitor import Monitor, MonitorError
from groundwork.runtime.production import require_sound
from groundwork.runtime.provider import check_provider
from groundwork.runtime.scanner import scanner
from groundwork.runtime.sdk import configure_sdk
from groundwork.runtime.settings import Settings, SettingsError, load_settings, variable
from groundwork.runtime.telemetry import tracing
from groundwork.store.files import Files, FilesUnavailable

GRACE_SECONDS = 3
"""How long open connections may take over ending."""


def main() -> int:
    """Serve until a signal comes. Returns the exit code."""
    try:
        settings = load_settings()
        require_sound(settings)
        database_url(settings)
        check_bureau(settings)
        check_roles(settings)
        check_provider(settings)
        scanner(settings)
        require_key_rings(settings)
        Files(settings.documents_place)
    except (SettingsError, FilesUnavailable) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    configure_logging(settings)
    try:
        run(serve(create_app(settings), settings))
    except MonitorError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


async def serve(app: FastAPI, settings: Settings) -> None:
    """Serve the application on the address of the settings until SIGINT or SIGTERM.

    Raises MonitorError when metrics cannot be offered.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        # Once it has shut down the server raises the signal again; by then there is nothing to end.
        signal.signal(number, lambda *_: None)
    server = _Server(
        app,
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            http=PatientProtocol,
            log_config=None,
            access_log=False,
            server_header=False,
            # Whose X-Forwarded-For is believed is a setting of ours (`throttle`).
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        ),
    )
    async with watched(settings), tracing(settings, "groundwork-api"):
        await server.serve()


@asynccontextmanager
async def watched(settings: Settings) -> AsyncIterator[None]:
    """Offer the API's metrics, where the settings say so. Raises MonitorError."""
    beside = configure_sdk(measured=settings.api_metrics_port is not None)
    if settings.api_metrics_port is None:
        yield
        return
    async with Monitor(
        settings.metrics_host,
        settings.api_metrics_port,
        variable("api_metrics_port"),
        sources=[StorageWatch(Files(settings.documents_place)).source],
        beside=beside,
    ):
        yield


class _Server(uvicorn.Server):
    """Ends the streams of open pages before it waits for connections to end."""

    def __init__(self, app: FastAPI, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop serving."""
        self._app.state.resources.live.close()
        await super().shutdown(sockets)


if __name__ == "__main__":
    sys.exit(main())
