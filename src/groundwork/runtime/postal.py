"""Starts the postman and the schedules of digests, as often as one likes."""

from collections.abc import Callable, Mapping
from datetime import time, timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from groundwork.domain.calendar import SHANGHAI
from groundwork.domain.post import Rhythm, Shift
from groundwork.workflows.about import ABOUT
from groundwork.workflows.postman import Digest, Postman

CATCH_UP = timedelta(hours=6)
"""A digest that was missed is made up for so long; later it would be yesterday's news."""


async def start_post(
    client: Client, task_queue: str, digests: Mapping[str, time], shift: Shift | None = None
) -> None:
    """See to it that the postman runs and that digests are scheduled. Safe to repeat.

    One postman serves a task queue of a namespace, whichever worker asked for it first.
    """
    await client.start_workflow(
        Postman.run,
        shift or Shift(),
        id=postman_id(task_queue),
        task_queue=task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        static_summary=ABOUT["Postman"].summary,
        static_details=ABOUT["Postman"].details,
    )
    for rhythm, at in digests.items():
        await _schedule(client, task_queue, Rhythm(rhythm), at)


def postman_id(task_queue: str) -> str:
    """The workflow ID of the postman."""
    return f"postman.{task_queue}"


def schedule_id(task_queue: str, rhythm: Rhythm) -> str:
    """The ID of the schedule of these digests."""
    return f"digest.{rhythm.value}.{task_queue}"


async def _schedule(client: Client, task_queue: str, rhythm: Rhythm, at: time) -> None:
    """Every day: whether it is a day of theirs, the working-day calendar says when it comes."""
    name = schedule_id(task_queue, rhythm)
    schedule = Schedule(
        action=ScheduleActionStartWorkflow(
            Digest.run,
            rhythm,
            id=name,
            task_queue=task_queue,
            static_summary=ABOUT["Digest"].summary,
            static_details=ABOUT["Digest"].details,
        ),
        spec=ScheduleSpec(
            calendars=[
                ScheduleCalendarSpec(
                    hour=(ScheduleRange(at.hour),), minute=(ScheduleRange(at.minute),)
                )
            ],
            time_zone_name=str(SHANGHAI),
        ),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=CATCH_UP),
    )
    try:
        await client.create_schedule(name, schedule)
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(name).update(_changed(schedule))


def _changed(wanted: Schedule) -> Callable[[ScheduleUpdateInput], ScheduleUpdate]:
    def update(given: ScheduleUpdateInput) -> ScheduleUpdate:
        # An operator may have paused it.
        wanted.state = given.description.schedule.state
        return ScheduleUpdate(schedule=wanted)

    return update
