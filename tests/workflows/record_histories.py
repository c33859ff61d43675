"""Records the histories that the replay tests hold every later release against.

`python -m tests.workflows.record_histories` plays five chains on a real server and writes them to
`histories/`. Keep the files of released versions: chains that began under them still run.
"""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from temporalio.client import WorkflowHandle, WorkflowHistory
from temporalio.testing import TimeSkipper

from bench import world
from groundwork.domain import commands as cmd
from groundwork.domain.model import Actor, Role
from groundwork.runtime.loop import run
from tests.workflows.office import Office, adopt, decide, open_office

SKIPPING = (
    "frontend.WorkflowTimeSkippingEnabled=true",
    "system.workflowTimeSkippingEnabled=true",
    'history.timerProcessorMaxTimeShift="1ms"',
)
HISTORIES = Path(__file__).with_name("histories")


def _keep(name: str, history: WorkflowHistory) -> None:
    # A failure's stack names the folders of this machine, and replay does not read it.
    bare = re.sub(r'"stackTrace": ?"(?:[^"\\]|\\.)*"', '"stackTrace":""', history.to_json())
    document = json.dumps(json.loads(bare), indent=1, ensure_ascii=False)
    (HISTORIES / f"{name}.json").write_text(document + "\n", "utf-8")


async def _decide_all(office: Office, handle: WorkflowHandle[object, object]) -> None:
    for number in range(world.STEPS):
        await office.gateway.act(handle.id, decide(number), timedelta(seconds=10))


async def completed(office: Office) -> WorkflowHistory:
    """A chain that runs from launch to end."""
    handle = await office.launch()
    await _decide_all(office, handle)
    await handle.result()
    return await handle.fetch_history()


async def database_away(office: Office) -> WorkflowHistory:
    """A chain whose record fails for a while, so that the patient way is taken."""

    def fail(_attempt: int) -> None:
        raise ConnectionError("the database is away")

    handle = await office.launch()
    await office.gateway.act(handle.id, decide(0))
    office.memory.before = fail
    await office.gateway.act(handle.id, decide(1))
    office.memory.before = lambda _attempt: None
    for number in range(2, world.STEPS):
        await office.gateway.act(handle.id, decide(number), timedelta(seconds=10))
    await handle.result()
    return await handle.fetch_history()


async def continued(office: Office) -> WorkflowHistory:
    """The last run of a chain that continued as new."""
    handle = await office.launch()
    await _decide_all(office, handle)
    await handle.result()
    return await handle.fetch_history()


async def calendar_adopted(office: Office) -> WorkflowHistory:
    """A chain that adopts another calendar, twice, on its way."""
    handle = await office.launch()
    await office.gateway.act(handle.id, decide(0))
    for _ in range(2):
        await office.gateway.act(handle.id, adopt(world.other_calendar().version))
    for number in range(1, world.STEPS):
        await office.gateway.act(handle.id, decide(number), timedelta(seconds=10))
    await handle.result()
    return await handle.fetch_history()


async def late_and_escalated(office: Office) -> WorkflowHistory:
    """A chain whose first step is left alone for two months of skipped time."""
    handle = await office.launch()
    await office.gateway.act(handle.id, decide(0))
    await TimeSkipper(office.client).fast_forward(handle, timedelta(days=60))
    for number in range(1, world.STEPS):
        await office.gateway.act(handle.id, decide(number), timedelta(seconds=10))
    await handle.result()
    return await handle.fetch_history()


async def handed_over(office: Office) -> WorkflowHistory:
    """A chain whose first step changes hands, by a substitute too, before it goes its way."""
    handle = await office.launch()
    officer = Actor(id="p-first", role=Role.OFFICER, department="office")
    stand_in = officer.model_copy(
        update={"id": "p-second", "on_behalf_of": officer.id, "mandate": "a-1"}
    )
    for number, (by, assignee) in enumerate(((officer, officer.id), (stand_in, stand_in.id))):
        assign = cmd.Assign(step=world.step_id(0), assignee=assignee, reason="轮岗")
        envelope = cmd.Envelope(
            key=f"assign-{number:04}", by=by, received_at=datetime.now(UTC), command=assign
        )
        await office.gateway.act(handle.id, envelope, timedelta(seconds=10))
    await _decide_all(office, handle)
    await handle.result()
    return await handle.fetch_history()


async def main() -> None:
    """Play and write all of them."""
    HISTORIES.mkdir(exist_ok=True)
    async with open_office(*SKIPPING) as office, office.worker():
        _keep("completed", await completed(office))
        _keep("database-away", await database_away(office))
        _keep("handed-over", await handed_over(office))
        _keep("calendar-adopted", await calendar_adopted(office))
        _keep("late-and-escalated", await late_and_escalated(office))
    async with open_office("limit.historyCount.suggestContinueAsNew=30") as office, office.worker():
        _keep("continued", await continued(office))


if __name__ == "__main__":
    run(main())
