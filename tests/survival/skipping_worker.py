"""A worker process for rehearsed chains whose record is the real one, to be killed by tests."""

import asyncio
import os
import signal
import sys
from datetime import timedelta

from temporalio.worker import Worker

from groundwork.activities.record import RecordActivities
from groundwork.rehearsal.recorder import Recorder as Suppositions
from groundwork.rehearsal.workflows import REHEARSED
from groundwork.runtime.loop import run
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import connect
from groundwork.store.engine import create_engine
from groundwork.store.recorder import Recorder
from groundwork.worker import stock_from_catalogue, stock_from_store
from groundwork.workflows import shelf


async def serve(address: str, database: str, task_queue: str) -> None:
    """Carry chains until the process is ended."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    settings, engine, supposed = Settings(), create_engine(database), Suppositions()
    stock_from_catalogue()
    await stock_from_store(engine)
    client = await connect(settings, address=address, namespace=settings.rehearsal_namespace)
    async with Worker(
        client,
        task_queue=task_queue,
        workflows=REHEARSED,
        activities=[
            RecordActivities(Recorder(engine, shelf.definition)).record,
            supposed.look_up_credit,
            supposed.file_credit,
        ],
        # What a killed worker still held is given to the next one soon.
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
    ):
        await stop.wait()
    await engine.dispose()


if __name__ == "__main__":
    run(serve(os.environ["TEMPORAL_ADDRESS"], os.environ["DATABASE_URL"], sys.argv[1]))
