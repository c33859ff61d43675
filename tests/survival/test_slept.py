"""Time that passed while no worker ran: what was due fires in order, what came in time counts."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest
import pytest_asyncio

from groundwork.catalogue.calendars import load_calendar, newest_calendar_version
from groundwork.catalogue.loader import get
from groundwork.domain import commands as cmd
from groundwork.domain import core
from groundwork.domain.calendar import start_of
from groundwork.domain.definition import Mode
from groundwork.domain.model import Chain, DecisionResult
from groundwork.domain.rules import Rules
from groundwork.runtime.embedded import EmbeddedTemporal
from groundwork.runtime.gateway import Gateway, Refused
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import connect, register_search_attributes
from tests.survival.town import LAUNCHED, Town, all_materials, asked

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def newest(
    temporal_server: EmbeddedTemporal, module_migrated_url: str
) -> AsyncIterator[Town]:
    """A town whose database and engine are up."""
    client = await connect(Settings(), address=temporal_server.address)
    await register_search_attributes(client)
    environment = os.environ | {
        "DATABASE_URL": module_migrated_url,
        "TEMPORAL_ADDRESS": temporal_server.address,
    }
    yield Town(Gateway(client), environment, module_migrated_url)


@pytest.fixture(scope="module")
def town(newest: Town) -> Town:
    """It again, with the first ladder and the first rules of tolerance.

    By them most of the stories below were written.
    """
    first = Rules(get("land-to-construction", "1.0.0"), load_calendar(newest_calendar_version()))
    return newest.under(first)


async def test_deadlines_that_passed_meanwhile_fire_in_the_order_the_core_predicts(
    town: Town,
) -> None:
    chain = await town.launch()
    receive = asked(
        cmd.Receive(step="L01", materials=all_materials(town, "L01")),
        LAUNCHED + timedelta(hours=1),
    )
    await town.leave_unanswered(chain, receive)
    with town.worker():
        await town.answer(chain, receive)
        recorded = await town.recorded(chain, until="chain_launched")
        while recorded[-1][0] != "escalation_fired" or len(recorded) < 9:
            recorded = await town.recorded(chain, until="escalation_fired")
    handled = core.handle(town.rules, chain, receive)
    assert isinstance(handled, core.Accepted)
    passed = core.tick(town.rules, handled.chain, datetime.now(UTC))
    predicted = [(event.type, event.at) for event in (*handled.events, *passed.events)]
    assert recorded[-len(predicted) :] == predicted
    assert [kind for kind, _ in predicted] == [
        "step_received",
        "step_accepted",
        *["escalation_fired"] * 5,
    ]
    moments = [at for _, at in predicted]
    assert moments == sorted(moments)


class TestACure:
    """A deficiency whose term ended while the worker slept through all of it."""

    async def _tolerated(self, town: Town) -> tuple[Chain, list[cmd.Envelope], str, date]:
        """A chain on which L16 was accepted without its tax receipt, as the core sees it."""
        modes = {
            "L03": Mode.EXEMPT,
            "L04": Mode.EXEMPT,
            "L21": Mode.DEFICIENCY_TOLERANT,
        }
        chain = await town.launch(modes)
        sent: list[cmd.Envelope] = []
        at = LAUNCHED
        for step in ("L01", "L02"):
            for command in (
                cmd.Receive(step=step, materials=all_materials(town, step)),
                cmd.Accept(step=step),
                cmd.Decide(step=step, result=DecisionResult.PASS),
            ):
                at += timedelta(minutes=10)
                sent.append(asked(command, at))
        without = tuple(one for one in all_materials(town, "L21") if one != "title-proof")
        for command in (cmd.Receive(step="L21", materials=without), cmd.Accept(step="L21")):
            at += timedelta(minutes=10)
            sent.append(asked(command, at))
        known = chain
        for envelope in sent:
            outcome = core.handle(town.rules, known, envelope)
            assert isinstance(outcome, core.Accepted)
            known = outcome.chain
        deficiency = known.deficiencies["L21-title-proof"]
        return chain, sent, deficiency.id, deficiency.cure_by

    async def _send_in_order(self, town: Town, chain: Chain, sent: list[cmd.Envelope]) -> None:
        for envelope in sent:
            await town.leave_unanswered(chain, envelope)

    async def test_received_in_the_last_second_of_its_last_day_is_in_time(self, town: Town) -> None:
        chain, sent, deficiency, cure_by = await self._tolerated(town)
        last_second = start_of(cure_by + timedelta(days=1)) - timedelta(seconds=1)
        cure = asked(cmd.SubmitCure(deficiency=deficiency), last_second)
        await self._send_in_order(town, chain, [*sent, cure])
        with town.worker():
            await town.answer(chain, cure)
            recorded = [kind for kind, _ in await town.recorded(chain, until="cure_submitted")]
        assert "cure_submitted" in recorded
        assert recorded.count("deficiency_lapsed") == recorded.count("lapse_reversed")

    async def test_received_when_the_day_is_over_is_late(self, town: Town) -> None:
        chain, sent, deficiency, cure_by = await self._tolerated(town)
        cure = asked(cmd.SubmitCure(deficiency=deficiency), start_of(cure_by + timedelta(days=1)))
        await self._send_in_order(town, chain, [*sent, cure])
        with town.worker():
            with pytest.raises(Refused) as refused:
                await town.answer(chain, cure)
            recorded = [kind for kind, _ in await town.recorded(chain, until="deficiency_lapsed")]
        assert refused.value.reason == "cure_too_late"
        assert "cure_submitted" not in recorded

    async def test_in_time_but_processed_after_the_lapse_reverses_it(self, town: Town) -> None:
        chain, sent, deficiency, cure_by = await self._tolerated(town)
        cure = asked(cmd.SubmitCure(deficiency=deficiency), start_of(cure_by))
        await self._send_in_order(town, chain, sent)
        with town.worker():
            await town.recorded(chain, until="deficiency_lapsed")
            await town.answer(chain, cure)
            recorded = [kind for kind, _ in await town.recorded(chain, until="cure_submitted")]
        ending = [
            kind
            for kind in recorded
            if kind in {"deficiency_lapsed", "lapse_reversed", "cure_submitted"}
        ]
        assert ending == ["deficiency_lapsed", "lapse_reversed", "cure_submitted"]


async def test_a_decision_that_came_before_silence_was_an_opinion_is_refused_after_it(
    newest: Town,
) -> None:
    chain = await newest.launch()
    ask: list[cmd.AnyCommand] = [
        cmd.Receive(step="L01", materials=all_materials(newest, "L01")),
        cmd.Accept(step="L01"),
        cmd.OpenConsultation(step="L01"),
    ]
    for number, command in enumerate(ask):
        received = LAUNCHED + timedelta(minutes=10 * number)
        await newest.leave_unanswered(chain, asked(command, received))
    decide = cmd.Decide(step="L01", result=DecisionResult.PASS)
    with newest.worker():
        await newest.recorded(chain, until="silence_counted")
        with pytest.raises(Refused) as refused:
            await newest.answer(chain, asked(decide, LAUNCHED + timedelta(hours=1)))
        await newest.answer(chain, asked(decide, datetime.now(UTC)))
        recorded = [kind for kind, _ in await newest.recorded(chain, until="step_decided")]
    assert refused.value.reason == "consultation_pending"
    assert recorded.index("silence_counted") < recorded.index("step_decided")
