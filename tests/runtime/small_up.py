"""A small `groundwork up`: the real supervisor and servers, with stand-ins for worker and API.

Reads its settings from the environment, as the real one does. A worker writes its pid into the
database on each start; the API serves the data folder's listing.
"""

import sys

import psycopg

from groundwork.runtime.logs import configure_logging, line_relay
from groundwork.runtime.loop import run
from groundwork.runtime.processes import StartError
from groundwork.runtime.settings import child_environment, load_settings
from groundwork.runtime.supervisor import Child, Engines, Supervisor, UpState, http_answers

WORKER = """
import os, signal, sys, psycopg
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
url = os.environ["DATABASE_URL"].replace("+psycopg", "")
with psycopg.connect(url) as connection:
    connection.execute("INSERT INTO starts VALUES (%s)", [os.getpid()])
print("the worker works", flush=True)
signal.sigwait([signal.SIGTERM])
print("the worker has finished its work", flush=True)
"""


async def migrate(url: str) -> None:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS starts (pid int)")


def say_ready(state: UpState) -> None:
    sys.stdout.write(f"ready at {state.api_url}\n")
    sys.stdout.flush()


def main() -> None:
    settings = load_settings()
    configure_logging(settings)

    def children(engines: Engines) -> list[Child]:
        env = child_environment(
            settings,
            database_url=engines.database_url,
            temporal_address=engines.temporal_address,
        )
        serve = ["-m", "http.server", "--bind", settings.host, str(settings.port)]
        return [
            Child("worker", [sys.executable, "-c", WORKER], env),
            Child(
                "api",
                [sys.executable, *serve],
                env,
                ready=lambda: http_answers(f"{settings.api_url}/"),
            ),
        ]

    supervisor = Supervisor(
        settings,
        children,
        prepare_database=migrate,
        on_ready=say_ready,
        on_line=line_relay(settings),
    )
    try:
        run(supervisor.run())
    except StartError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
