"""The shell counts by the calendar in force, and goes on doing so after it continued as new."""

from datetime import timedelta

import pytest

from bench import world
from groundwork.domain.model import Chain
from groundwork.domain.rejections import Reason
from groundwork.runtime.gateway import Refused
from tests.workflows.office import adopt, decide, open_office

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
