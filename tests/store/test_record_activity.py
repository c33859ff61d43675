"""What the engine sees of the record activity."""

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from groundwork.activities.record import AWAITING_REPAIR, RecordActivities
from groundwork.store.recorder import Recorder
from tests.store.histories import History, eventful


@pytest.fixture
def activities(recorder: Recorder) -> RecordActivities:
    return RecordActivities(recorder)


async def test_it_returns_the_last_recorded_number(activities: RecordActivities) -> None:
    history = eventful()
    recorded = await ActivityEnvironment().run(activities.record, history.batch())
    assert recorded == len(history.events)


async def test_a_gap_waits_for_a_repair_and_says_which(activities: RecordActivities) -> None:
    history = eventful()
    await ActivityEnvironment().run(activities.record, history.batch(1, 2))
    with pytest.raises(ApplicationError, match="record the missing ones again") as failed:
        await ActivityEnvironment().run(activities.record, history.batch(5))
    assert failed.value.type == "RecordGap"
    assert not failed.value.non_retryable
    assert failed.value.next_retry_delay == AWAITING_REPAIR

    await ActivityEnvironment().run(activities.record, history.batch(3, 4))
    assert await ActivityEnvironment().run(activities.record, history.batch(5)) == len(
        history.events
    )


async def test_a_conflict_waits_for_a_repair_too(activities: RecordActivities) -> None:
    await ActivityEnvironment().run(activities.record, History().open("L01").batch())
    with pytest.raises(ApplicationError, match="other content") as failed:
        await ActivityEnvironment().run(activities.record, History().open("L02").batch())
    assert failed.value.type == "RecordConflict"
    assert not failed.value.non_retryable
