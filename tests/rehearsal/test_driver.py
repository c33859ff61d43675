"""On the real engine a script comes to what the pure core foretells, whatever the script."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from groundwork.domain import events as ev
from groundwork.domain.definition import Mode, StopReason, Variant
from groundwork.domain.model import ChainState, Role
from groundwork.domain.rules import Rules
from groundwork.rehearsal.driver import TimeSkippingOff, play
from groundwork.rehearsal.moments import parse
from groundwork.rehearsal.plan import make_plan
from groundwork.rehearsal.room import RehearsalRoom, open_room
from groundwork.rehearsal.script import Action, Choices, Days, Script
from groundwork.rehearsal.typical import Habits, typical_script
from groundwork.runtime.embedded import temporal_binary
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import plugin, register_search_attributes
from tests.rehearsal.scripts import START, plan_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


def haphazard(seed: int, rules: Rules) -> Script:
    """A script in which the seed decides who is late, which modes are chosen and what is stopped.

    Some of it is refused; that is part of the test.
    """
    dice = random.Random(seed)
    steps = rules.definition.steps
    plain = [step for step in steps if not step.phases]
    modes = {step.id: dice.choice(step.modes) for step in plain if dice.random() < 0.4}
    phases: dict[str, tuple[str, ...]] = {"L20": ("A", "B")} if dice.random() < 0.5 else {}
    script = typical_script(
        rules,
        START,
        Choices(variant=dice.choice(list(Variant)), modes=modes, phases=phases),
        habits=Habits(
            share=dice.randint(30, 220),
            handing_in=dice.randint(0, 6),
            accepting=dice.randint(0, 7),
            confirming=dice.randint(0, 12),
        ),
    )
    actions = [one for one in script.actions if dice.random() < 0.98]
    for step in steps:
        if step.stops and dice.random() < 0.5:
            actions.append(stop(step.id, step.lead, dice.choice(step.stops), dice.randint(0, 5)))
    return script.model_copy(update={"actions": tuple(actions)})


def stop(step: str, department: str, reason: StopReason, after: int) -> Action:
    fields = {"reason": reason, "basis": "法定程序", "planned_end": Days(count=4, unit="wd")}
    return Action(
        when=parse(f"{after} wd after {step} accepted"),
        verb="stop_clock",
        subject=step,
        by=Role.OFFICER,
        department=department,
        fields=fields,
    )


async def test_engine_and_pure_core_come_to_the_same_events(
    room: RehearsalRoom, rules: Rules
) -> None:
    plans = [make_plan(haphazard(seed, rules), rules) for seed in range(4)]
    for played in await asyncio.gather(*(play(room, plan) for plan in plans)):
        assert played.events == played.plan.events
        assert played.chain == played.plan.chain
        assert played.agrees
    assert any(plan.refusals for plan in plans)
    assert any(isinstance(e, ev.ClockStopped) for plan in plans for e in plan.events)


async def test_a_chain_that_nobody_ends_is_watched_and_then_cleared_away(
    room: RehearsalRoom, rules: Rules, tmp_path: Path
) -> None:
    text = "steps:\n  L01: [2025-03-03, L01 received, L02 decided]\n"
    played = await play(room, plan_of(tmp_path, text, rules))
    assert played.chain.state is ChainState.RUNNING
    rungs = [e.rung for e in played.events if isinstance(e, ev.EscalationFired)]
    assert rungs == ["yellow", "red", "yellow_card", "red_card", "referral"]
    ours = f'TaskQueue="{room.task_queue}" AND ExecutionStatus="Running"'
    while (await room.client.count_workflows(ours)).count:
        await asyncio.sleep(0.1)  # the engine's lists follow a moment later


async def test_a_command_that_the_core_refuses_is_refused_by_the_engine_too(
    room: RehearsalRoom, rules: Rules, tmp_path: Path
) -> None:
    text = (
        "until: 2025-03-31\n"
        "actions:\n"
        "  - {when: 2025-03-04, do: decide L02}\n"
        "  - {when: 2025-03-04, do: receive L01, by: officer@water}\n"
        "  - {when: 2025-03-05, do: receive L01}\n"
    )
    played = await play(room, plan_of(tmp_path, text, rules))
    assert sorted(played.refused.values()) == ["other_department", "wrong_state"]
    assert played.agrees


async def test_a_rehearsal_in_the_past_or_the_future_is_the_same(
    room: RehearsalRoom, rules: Rules
) -> None:
    script = typical_script(rules, START, habits=Habits(share=130))
    scripts = [
        script.model_copy(update={"start": START.replace(year=year), "actions": script.actions[:9]})
        for year in (2019, 2045)
    ]
    played = await asyncio.gather(*(play(room, make_plan(one, rules)) for one in scripts))
    assert all(one.agrees for one in played)
    assert [one.events[0].at.year for one in played] == [2019, 2045]
    assert all(one.chain.escalations for one in played)


@pytest.mark.asyncio(loop_scope="function")
async def test_a_private_room_brings_a_server_of_its_own(rules: Rules, tmp_path: Path) -> None:
    text = "steps:\n  L01: [2025-03-03, L01 received, L01 due]\nuntil: 2025-03-31\n"
    async with open_room(Settings()) as room:
        played = await play(room, plan_of(tmp_path, text, rules))
    assert played.agrees


@pytest.fixture
async def other_server(request: pytest.FixtureRequest) -> AsyncIterator[RehearsalRoom]:
    """A room on a server with the flags that the test names."""
    flags: tuple[str, ...] = request.param
    arguments = [word for flag in flags for word in ("--dynamic-config-value", flag)]
    async with await WorkflowEnvironment.start_local(
        namespace="rehearsal",
        dev_server_existing_path=str(temporal_binary()),
        dev_server_extra_args=arguments,
        dev_server_log_level="error",
        plugins=[plugin(Settings())],
    ) as environment:
        await register_search_attributes(environment.client)
        async with RehearsalRoom(environment.client, Settings()) as room:
            yield room


@pytest.mark.parametrize(
    "other_server",
    [
        (
            "frontend.WorkflowTimeSkippingEnabled=true",
            'history.timerProcessorMaxTimeShift="1ms"',
            "history.timerProcessorMaxPollRPS=2000",
            "limit.historyCount.suggestContinueAsNew=60",
        )
    ],
    indirect=True,
)
@pytest.mark.asyncio(loop_scope="function")
async def test_a_chain_that_continues_as_new_keeps_its_clock(
    other_server: RehearsalRoom, rules: Rules
) -> None:
    script = typical_script(rules, START, Choices(modes={"L03": Mode.EXEMPT}))
    played = await play(other_server, make_plan(script, rules))
    runs = [one async for one in other_server.client.list_workflows()]
    assert len(runs) > 2
    assert played.agrees


@pytest.mark.parametrize("other_server", [()], indirect=True)
@pytest.mark.asyncio(loop_scope="function")
async def test_a_server_that_does_not_skip_time_is_told_apart(
    other_server: RehearsalRoom, rules: Rules
) -> None:
    plan = make_plan(typical_script(rules, START), rules)
    with pytest.raises(TimeSkippingOff, match="private server"):
        await play(other_server, plan)
