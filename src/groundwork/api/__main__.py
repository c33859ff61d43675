"""`python -m groundwork.api`: serve the API on the address of the settings."""

import signal
import sys

import uvicorn

from groundwork.api.app import create_app
from groundwork.api.resources import database_url
from groundwork.runtime.bureau import check_bureau
from groundwork.runtime.logs import configure_logging
from groundwork.runtime.loop import run
from groundwork.runtime.scanner import scanner
from groundwork.runtime.settings import Settings, SettingsError, load_settings
from groundwork.store.files import Files, FilesUnavailable

GRACE_SECONDS = 3
"""How long open connections may take over ending; streams never end by themselves."""


def main() -> int:
    """Serve until a signal comes. Returns the exit code."""
    try:
        settings = load_settings()
        database_url(settings)
        check_bureau(settings)
        scanner(settings)
        Files(settings.documents_place)
    except (SettingsError, FilesUnavailable) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    configure_logging(settings)
    run(serve(settings))
    return 0


async def serve(settings: Settings) -> None:
    """Serve the API until SIGINT or SIGTERM."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # Once it has shut down the server raises the signal again; by then there is nothing to end.
        signal.signal(number, lambda *_: None)
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(settings),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )
    await server.serve()


if __name__ == "__main__":
    sys.exit(main())
