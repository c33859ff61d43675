"""The question by which operators find what is stuck, among many chains that are not.

`CHAINS=1000 make test ARGS="-n0 tests/workflows/test_stuck.py"` asks it among a thousand.
"""

import asyncio
import os
from datetime import UTC, datetime

import pytest

from groundwork.api.pages.ops_views import STUCK
from groundwork.domain.batch import RECORD
from groundwork.workflows.ports import NOTE_FAILING, Failing
from tests.workflows.office import open_office

CHAINS = int(os.environ.get("CHAINS", "30"))
AT_ONCE = 20
TELLING = "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute=2"
"""As the embedded server has it: so many failed tasks in a row are said."""


@pytest.mark.timeout(60 + CHAINS)
async def test_the_saved_view_lists_exactly_the_stuck_ones_among_many() -> None:
    async with open_office(TELLING) as office, office.worker():
        for begun in range(0, CHAINS, AT_ONCE):
            several = range(min(AT_ONCE, CHAINS - begun))
            for healthy in await asyncio.gather(*(office.launch() for _ in several)):
                await office.memory.reached(healthy.id, 1)
        client = office.client
        await client.start_workflow(
            "LandToConstruction", {"launch": {}}, id="broken", task_queue="groundwork"
        )
        office.memory.before = _away
        failing = await office.launch()
        note = Failing(activity=RECORD, error="StoreUnavailable", since=datetime.now(UTC))
        await failing.signal(NOTE_FAILING, note)
        stuck: set[str] = set()
        while len(stuck) < 2:
            await asyncio.sleep(0.1)
            stuck = {one.id async for one in client.list_workflows(STUCK[0].query)}
        running = await client.count_workflows('ExecutionStatus="Running"')
        await client.get_workflow_handle("broken").terminate()
    assert stuck == {"broken", failing.id}
    assert running.count == CHAINS + 2


def _away(_attempt: int) -> None:
    raise ConnectionError("the database is away")
