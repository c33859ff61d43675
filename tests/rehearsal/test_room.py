"""A rehearsal cannot reach live data: the way there is refused, and nothing leads to it."""

import subprocess
import sys

import pytest
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from groundwork.domain.batch import RecordBatch
from groundwork.domain.rules import Rules
from groundwork.rehearsal.plan import make_plan
from groundwork.rehearsal.recorder import Recorder
from groundwork.rehearsal.room import NotARehearsal, RehearsalRoom
from groundwork.rehearsal.typical import typical_script
from groundwork.runtime.settings import Settings
from tests.rehearsal.scripts import START


async def test_a_room_refuses_a_client_of_the_live_namespace(temporal_client: Client) -> None:
    with pytest.raises(NotARehearsal, match="rehearsal"):
        RehearsalRoom(temporal_client, Settings())


async def test_a_room_refuses_the_live_namespace_whatever_it_is_called(
    temporal_client: Client,
) -> None:
    disguised = Settings.model_construct(namespace="default", rehearsal_namespace="default")
    with pytest.raises(NotARehearsal):
        RehearsalRoom(temporal_client, disguised)


def test_rehearsing_loads_no_store_no_activity_and_no_database_model() -> None:
    program = (
        "import sys, groundwork.rehearsal.demo, groundwork.rehearsal.report\n"
        "rooms = ('groundwork.store', 'groundwork.activities', 'groundwork.api', 'sqlalchemy')\n"
        "print([name for name in sys.modules if name.startswith(rooms)])"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout == "[]\n"


class TestTheRecorder:
    @pytest.fixture
    def batch(self, rules: Rules) -> RecordBatch:
        plan = make_plan(typical_script(rules, START), rules)
        return RecordBatch(chain_id="c", recorded_at=START, events=plan.events[:6])

    async def record(self, recorder: Recorder, batch: RecordBatch) -> int:
        return await ActivityEnvironment().run(recorder.record, batch)

    async def test_it_keeps_every_event_once(self, batch: RecordBatch) -> None:
        recorder = Recorder()
        first = batch.model_copy(update={"events": batch.events[:4]})
        assert await self.record(recorder, first) == 4
        assert await self.record(recorder, batch) == 6
        (workflow_id,) = recorder.rehearsals
        assert recorder.take(workflow_id) == batch.events
        assert recorder.take(workflow_id) == ()

    async def test_it_refuses_a_gap(self, batch: RecordBatch) -> None:
        gap = batch.model_copy(update={"events": batch.events[2:]})
        with pytest.raises(ApplicationError, match="cannot follow"):
            await self.record(Recorder(), gap)

    async def test_it_refuses_another_content_under_a_known_number(
        self, batch: RecordBatch
    ) -> None:
        recorder = Recorder()
        await self.record(recorder, batch)
        forged = batch.events[3].model_copy(update={"basis": "另有依据"})
        with pytest.raises(ApplicationError, match="another content"):
            await self.record(recorder, batch.model_copy(update={"events": (forged,)}))
