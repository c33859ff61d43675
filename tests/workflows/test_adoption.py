"""The shell goes by calendar and definition in force, also after it continued as new."""

from datetime import timedelta

import pytest

from bench import world
from groundwork.domain import commands as cmd
from groundwork.domain import core
from groundwork.domain.definition import ChainDefinition, Edge, StepDefinition
from groundwork.domain.events import AnyEvent, ChainLaunched, StepDecided
from groundwork.domain.model import Chain, DecisionResult
from groundwork.domain.rejections import Reason
from groundwork.domain.rules import Rules
from groundwork.runtime.gateway import Refused
from groundwork.workflows import shelf
from groundwork.workflows.attributes import DEFINITION
from tests.domain.newer import newer, promised
from tests.workflows.office import adopt, decide, open_office, upgrade

NEWER = "bench-chain-newer"
OTHER = world.other_calendar().version


async def test_a_chain_that_adopted_a_calendar_keeps_it_through_continue_as_new() -> None:
    flag = "limit.historyCount.suggestContinueAsNew=30"
    async with open_office(flag) as office, office.worker():
        handle = await office.launch()
        first_run = (await handle.describe()).run_id
        await office.gateway.act(handle.id, decide(0), timedelta(seconds=10))
        receipt = await office.gateway.act(handle.id, adopt(OTHER), timedelta(seconds=10))
        for number in range(1, world.STEPS - 1):
            await office.gateway.act(handle.id, decide(number), timedelta(seconds=10))
        again = await office.gateway.act(handle.id, adopt(OTHER), timedelta(seconds=10))
        chain = await handle.query("chain", result_type=Chain)
        assert (await handle.describe()).run_id != first_run
        await office.memory.reached(handle.id, chain.seq)
        types = [event.type for event in office.memory.events[handle.id]]
    assert again == receipt
    assert chain.calendar_version == OTHER
    assert chain.launch.calendar_version == world.CALENDAR_VERSION
    assert types.count("calendar_adopted") == 1


async def test_a_calendar_that_no_worker_has_is_refused_and_the_chain_goes_on() -> None:
    async with open_office() as office, office.worker():
        handle = await office.launch()
        with pytest.raises(Refused) as caught:
            await office.gateway.act(handle.id, adopt("bench-3"), timedelta(seconds=10))
        assert caught.value.reason is Reason.UNKNOWN_CALENDAR
        assert "bench-3" in caught.value.sentence("en")
        assert (await office.gateway.act(handle.id, decide(0), timedelta(seconds=10))).seq > 1


async def test_a_chain_that_adopted_a_definition_keeps_it_through_continue_as_new() -> None:
    changed = newer(world.definition(), "2", edit=promised(world.step_id(1), 3))
    changed = newer(changed, "2", steps=(*changed.steps, _last(changed)))
    shelf.put_definition(NEWER, changed)
    flag = "limit.historyCount.suggestContinueAsNew=30"
    async with open_office(flag) as office, office.worker():
        handle = await office.launch()
        first_run = (await handle.describe()).run_id
        await office.gateway.act(handle.id, decide(0), timedelta(seconds=10))
        await office.gateway.act(handle.id, upgrade("2", NEWER), timedelta(seconds=10))
        for number in range(1, world.STEPS):
            await office.gateway.act(handle.id, decide(number), timedelta(seconds=10))
        shown = await handle.describe()
        assert shown.run_id != first_run
        assert shown.typed_search_attributes[DEFINITION] == "bench@2"
        last = cmd.Decide(step="B99", result=DecisionResult.PASS)
        envelope = decide(99).model_copy(update={"command": last})
        await office.gateway.act(handle.id, envelope, timedelta(seconds=10))
        await handle.result()
        events = tuple(office.memory.events[handle.id])
    assert events[-1].type == "chain_completed"
    assert [event.type for event in events].count("definition_adopted") == 1
    _as_the_pure_core_would(events, changed)


def _last(changed: ChainDefinition) -> StepDefinition:
    final = changed.steps[-1]
    return final.model_copy(update={"id": "B99", "after": (Edge(step=final.id),)})


def _as_the_pure_core_would(events: tuple[AnyEvent, ...], changed: ChainDefinition) -> None:
    """Play the commands of the record again, without an engine: the same events come of them."""
    launched = events[0]
    assert isinstance(launched, ChainLaunched)
    rules = Rules(world.definition(), world.calendar(), definitions={NEWER: changed}.__getitem__)
    accepted = core.launch(rules, launched.launch)
    assert isinstance(accepted, core.Accepted)
    chain, played = accepted.chain, list(accepted.events)
    while len(played) < len(events):
        given = events[len(played)]
        command: cmd.AnyCommand
        if given.type == "definition_adopted":
            command = cmd.AdoptDefinition(version="2", hash=NEWER)
        else:
            assert isinstance(given, StepDecided)
            command = cmd.Decide(step=given.step, result=given.result)
        envelope = cmd.Envelope(
            key=given.key or "", by=given.by, received_at=given.at, command=command
        )
        answer = core.handle(rules, chain, envelope)
        assert isinstance(answer, core.Accepted)
        chain, rules = answer.chain, rules.of(answer.chain)
        played += answer.events
    assert tuple(played) == events


async def test_a_definition_that_no_worker_has_is_refused_and_the_chain_goes_on() -> None:
    async with open_office() as office, office.worker():
        handle = await office.launch()
        with pytest.raises(Refused) as caught:
            await office.gateway.act(handle.id, upgrade("3", "none"), timedelta(seconds=10))
        assert caught.value.reason is Reason.UNKNOWN_DEFINITION
        assert (await office.gateway.act(handle.id, decide(0), timedelta(seconds=10))).seq > 1
