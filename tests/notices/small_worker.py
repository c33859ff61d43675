"""A worker process with little patience, for tests that kill it.

Arguments: Temporal's address, task queue, database URL, trusted hosts.
"""

import asyncio
import sys

from groundwork.catalogue.notices import load_notices
from groundwork.domain.post import Shift
from groundwork.runtime.keyrings import vault_keys
from groundwork.runtime.loop import run
from groundwork.runtime.postal import start_post
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import connect
from groundwork.store import vault
from groundwork.store.engine import create_engine
from groundwork.worker import post_counters, running_worker, stock_from_catalogue
from tests.notices.town import IMPATIENT

SHIFT = Shift(seconds=30, heartbeat_seconds=3, shifts=2)


async def main() -> None:
    address, queue, database, trusted = sys.argv[1:]
    settings = Settings(temporal_address=address, task_queue=queue, trusted_hosts=trusted)
    client = await connect(settings)
    vault.use(vault_keys(settings))
    engine = create_engine(database)
    stock_from_catalogue()
    counters = post_counters(engine, settings, IMPATIENT)
    async with running_worker(client, engine, queue, counters=counters):
        digests = {name: one.at for name, one in load_notices().digests.items()}
        await start_post(client, queue, digests, SHIFT)
        sys.stdout.write("serves\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    run(main())
