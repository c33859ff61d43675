"""Records the histories that the replay tests hold every later release against.

`make histories` plays chains on a real server and writes them to `histories/VERSION/`: those that
are named with NAMES, or all. What a released version wrote stays for ever, since chains that began
under it still run: a version that the changelog names is not recorded again.
"""

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from temporalio.client import WorkflowHandle, WorkflowHistory
from temporalio.testing import TimeSkipper

from bench import world
from groundwork.catalogue import loader
from groundwork.catalogue.calendars import load_calendar
from groundwork.domain import commands as cmd
from groundwork.domain.calendar import SHANGHAI
from groundwork.domain.credit import LOOK_UP_CREDIT
from groundwork.domain.definition import BreachKind, ChainDefinition, Mode, StopReason
from groundwork.domain.model import Actor, Role
from groundwork.domain.rules import Rules
from groundwork.runtime.keyrings import make_ring, payload_keys
from groundwork.runtime.loop import run
from groundwork.runtime.payloads import decoded_json
from groundwork.runtime.settings import Settings
from groundwork.workflows import shelf
from groundwork.workflows.ports import NOTE_FAILING, Failing
from tests.domain.acceptance import B1, TWO_OFFICERS
from tests.domain.newer import newer, promised
from tests.workflows.hard.taped import Taped
from tests.workflows.histories import HISTORIES, released, write
from tests.workflows.office import Office, adopt, decide, open_office, upgrade
from tests.workflows.rollout_scenes import ROLLOUTS

PAYLOAD_KEYS = "GROUNDWORK_PAYLOAD_KEY_FILE"
SKIPPING = (
    "frontend.WorkflowTimeSkippingEnabled=true",
    "system.workflowTimeSkippingEnabled=true",
    'history.timerProcessorMaxTimeShift="1ms"',
)


async def _keep(name: str, history: WorkflowHistory) -> None:
    # A failure's stack names the folders of this machine, and replay does not read it.
    bare = re.sub(r'"stackTrace": ?"(?:[^"\\]|\\.)*"', '"stackTrace":""', history.to_json())
    document = await _opened(json.loads(bare))
    write(HISTORIES / version("groundwork") / f"{name}.txt", document)


async def _opened(document: dict[str, Any]) -> dict[str, Any]:
    """The history with its payloads decrypted: it must replay when the key is long gone."""
    sealed = list(_payloads(document))
    content = json.dumps({"payloads": sealed}).encode()
    opened, _ = decoded_json(payload_keys(Settings()), content)
    for payload, plain in zip(sealed, json.loads(opened)["payloads"], strict=True):
        payload.clear()
        payload.update(plain)
    return document


def _payloads(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, list):
        for one in part:
            yield from _payloads(one)
    elif isinstance(part, dict):
        if part.keys() == {"metadata", "data"}:
            yield part
        else:
            for one in part.values():
                yield from _payloads(one)


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


class _OfficePlay(Taped):
    """A play whose credit source is the office's."""

    source = "office"


async def production(office: Office) -> WorkflowHistory:
    """A chain of buildings: one added, one deficiency, a commitment broken, credit away twice."""
    play = _OfficePlay(
        datetime.now(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
        rules=production_rules(),
        units=(B1,),
        modes={"C12": Mode.COMMITMENT},
    )
    launch = play.chain.launch
    shelf.put_definition(launch.definition.hash, play.rules.definition)
    shelf.put_calendar(play.rules.calendar)
    await office.gateway.launch(launch, play.rules, "完工测试")
    await office.memory.reached(launch.chain_id, play.launched.seq)
    for act in _building_and_breaking(play).tape:
        assert act.envelope is not None
        # What these ask of the credit source fails at first, and is tried again.
        errand = {"sign_commitment", "verify_commitment"}
        office.credit.away_for = int(act.envelope.command.type in errand)
        await office.gateway.act(launch.chain_id, act.envelope, timedelta(seconds=10))
        await office.memory.reached(launch.chain_id, act.seq)
    handle = office.client.get_workflow_handle(launch.chain_id)
    await handle.result()
    assert office.memory.events[launch.chain_id] == play.events
    return await handle.fetch_history()


async def errand_skipped(office: Office) -> WorkflowHistory:
    """A chain whose look-up of credit keeps failing until an operator skips it."""
    play = _OfficePlay(
        datetime.now(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
        rules=production_rules(),
        units=(B1,),
        modes={"C12": Mode.COMMITMENT},
        away=True,
    )
    launch = play.chain.launch
    shelf.put_definition(launch.definition.hash, play.rules.definition)
    shelf.put_calendar(play.rules.calendar)
    office.credit.away_for = 1_000_000
    await office.gateway.launch(launch, play.rules, "跳过测试")
    await office.memory.reached(launch.chain_id, play.launched.seq)
    handle = office.client.get_workflow_handle(launch.chain_id)
    await handle.signal(
        NOTE_FAILING,
        Failing(activity=LOOK_UP_CREDIT, error="ConnectionError", since=datetime.now(UTC)),
    )
    play.do(cmd.SkipErrand(errand="credit-1", reason="平台已停用"))
    play.do(cmd.TerminateChain(reason="演练结束"))
    for act in play.tape:
        assert act.envelope is not None
        await office.gateway.act(launch.chain_id, act.envelope, timedelta(seconds=10))
        await office.memory.reached(launch.chain_id, act.seq)
    await handle.result()
    office.credit.away_for = 0
    assert office.memory.events[launch.chain_id] == play.events
    return await handle.fetch_history()


def production_rules() -> Rules:
    """The published definition and calendar that the recorded chain of buildings is pinned to."""
    definition = loader.get("completion-to-production", "1.0.0")
    return Rules(definition, load_calendar("cn-2026.1"))


def _building_and_breaking(play: Taped) -> Taped:
    """From the plan of one building to a second one, and to a commitment that is broken."""
    play.settle("C01", "C02", "C05", "C07", "C08.B1")
    play.do(cmd.AddUnit(unit="B2", name="2号厂房", reason="增资扩产"))
    play.do(cmd.ChooseMode(step="C12.B2", mode=Mode.DEFICIENCY_TOLERANT)).settle("C08.B2")
    play.receive("C12.B2", lacking=("drainage-acceptance",)).accept("C12.B2")
    play.receive("C12.B1", "construction-archives").sign("C12.B1").accept("C12.B1")
    play.decide("C12.B1")
    (promise,) = play.chain.commitments
    play.do(cmd.SubmitPerformance(commitment=promise))
    play.do(
        cmd.VerifyCommitment(
            commitment=promise,
            outcome=cmd.VerificationOutcome.BREACHED,
            reason="没有归档",
            officers=TWO_OFFICERS,
            breach=BreachKind.FALSE,
        )
    )
    return play.do(cmd.TerminateChain(reason="演练结束"))


async def stopped(office: Office) -> WorkflowHistory:
    """A chain one of whose clocks stops, is planned anew, resumes and gets an extension."""
    handle = await office.launch()
    await office.gateway.act(handle.id, decide(0))
    step, ends = world.step_id(1), datetime.now(SHANGHAI).date()
    reason = StopReason.FORCE_MAJEURE
    acts: tuple[cmd.AnyCommand, ...] = (
        cmd.StopClock(step=step, reason=reason, basis="台风", planned_end=ends + timedelta(days=9)),
        cmd.ReplanStop(
            step=step, reason=reason, ground="提前", planned_end=ends + timedelta(days=5)
        ),
        cmd.ResumeClock(step=step, reason=reason),
        cmd.Extend(step=step, amount=2, reason="复杂"),
    )
    for number, command in enumerate(acts):
        envelope = cmd.Envelope(
            key=f"clock-{number:04}",
            by=world.PERSON,
            received_at=datetime.now(UTC),
            command=command,
        )
        await office.gateway.act(handle.id, envelope, timedelta(seconds=10))
    for number in range(1, world.STEPS):
        await office.gateway.act(handle.id, decide(number), timedelta(seconds=10))
    await handle.result()
    return await handle.fetch_history()


async def definition_adopted(office: Office) -> WorkflowHistory:
    """A chain that goes by a newer definition on its way, whose limits are other ones."""
    shelf.put_definition(NEWER, newer_definition())
    handle = await office.launch()
    await office.gateway.act(handle.id, decide(0))
    await office.gateway.act(handle.id, upgrade("2", NEWER), timedelta(seconds=10))
    for number in range(1, world.STEPS):
        await office.gateway.act(handle.id, decide(number), timedelta(seconds=10))
    await handle.result()
    return await handle.fetch_history()


NEWER: Final = "bench-chain-newer"


def newer_definition() -> ChainDefinition:
    """The bench's chain in its second version."""
    return newer(world.definition(), "2", edit=promised(world.step_id(1), 3))


SKIPPED: Final = {
    "completed": completed,
    "database-away": database_away,
    "errand-skipped": errand_skipped,
    "handed-over": handed_over,
    "kept-first": completed,
    "calendar-adopted": calendar_adopted,
    "late-and-escalated": late_and_escalated,
    "production": production,
    "stopped": stopped,
    "definition-adopted": definition_adopted,
    **ROLLOUTS,
}
SCENES: Final = frozenset({*SKIPPED, "continued"})


async def main(names: Sequence[str]) -> None:
    """Play and write those of these names, or all of them."""
    if version("groundwork") in released():
        raise SystemExit(f"{version('groundwork')} is released: its histories stay as they are")
    wanted = set(names or SCENES)
    make_ring(Path(os.environ[PAYLOAD_KEYS]))
    async with open_office(*SKIPPING) as office, office.worker():
        for name in sorted(wanted & SKIPPED.keys()):
            await _keep(name, await SKIPPED[name](office))
    if "continued" not in wanted:
        return
    async with open_office("limit.historyCount.suggestContinueAsNew=30") as office, office.worker():
        await _keep("continued", await continued(office))


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        os.environ[PAYLOAD_KEYS] = str(Path(folder) / "payload-keys.json")
        run(main(sys.argv[1:]))
