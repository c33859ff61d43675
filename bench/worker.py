"""A worker in a process of its own, so that its processor time and memory can be told apart.

`chains` carries our chains with the live worker's own parts; the others carry floors with the same
options of the SDK. All take the sandbox setting from the environment.
"""

import argparse
import asyncio
import signal
import sys
from contextlib import AbstractAsyncContextManager

from temporalio.client import Client
from temporalio.worker import PollerBehaviorAutoscaling, Worker

from bench import world
from bench.floor import Bare, BareRecording, nothing
from groundwork.runtime.keyrings import vault_keys
from groundwork.runtime.logs import configure_logging
from groundwork.runtime.loop import run
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import connect
from groundwork.store import vault
from groundwork.store.engine import create_engine
from groundwork.worker import running_worker
from groundwork.workflows import shelf

READY = "ready"
"""What a worker prints once it polls."""

CHAINS, BARE, BARE_RECORDING = "chains", "bare", "recording"


async def serve(kind: str, task_queue: str, address: str, database_url: str) -> None:
    """Work until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    settings = Settings()
    configure_logging(settings)
    vault.use(vault_keys(settings))
    client = await connect(settings, address=address)
    async with _worker(kind, client, task_queue, database_url):
        sys.stdout.write(f"{READY}\n")
        sys.stdout.flush()
        await stop.wait()


def _worker(
    kind: str, client: Client, task_queue: str, database_url: str
) -> AbstractAsyncContextManager[Worker]:
    if kind != CHAINS:
        return Worker(
            client,
            task_queue=task_queue,
            workflows=[Bare, BareRecording],
            activities=[nothing],
            workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
            activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        )
    shelf.put_definition(world.HASH, world.definition())
    shelf.put_definition(world.LARGE_HASH, world.large_definition())
    shelf.put_calendar(world.calendar())
    return running_worker(client, create_engine(database_url), task_queue)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=[CHAINS, BARE, BARE_RECORDING])
    parser.add_argument("task_queue")
    parser.add_argument("address")
    parser.add_argument("database_url")
    given = parser.parse_args()
    run(serve(given.kind, given.task_queue, given.address, given.database_url))
