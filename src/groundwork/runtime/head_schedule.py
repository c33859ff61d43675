"""Schedules the signed head of each day, as often as one likes."""

from datetime import time, timedelta
from typing import Final

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

from groundwork.domain.calendar import SHANGHAI
from groundwork.workflows.about import ABOUT
from groundwork.workflows.signed_head import SignedHeadOfDay

CATCH_UP: Final = timedelta(days=1)
"""A run that was missed is made up for so long; any later run makes up for the days before it."""


def head_schedule_id(task_queue: str) -> str:
    """The ID of the schedule, and the beginning of its workflows' IDs."""
    return f"signed-head.{task_queue}"


async def schedule_heads(client: Client, task_queue: str, at: time) -> None:
    """See to it that heads are scheduled, and start a run at once. Safe to repeat.

    The run at once makes up for days on which no worker was there, before the next one is over.
    """
    name = head_schedule_id(task_queue)
    schedule = Schedule(
        action=ScheduleActionStartWorkflow(
            SignedHeadOfDay.run,
            id=name,
            task_queue=task_queue,
            static_summary=ABOUT["SignedHead"].summary,
            static_details=ABOUT["SignedHead"].details,
        ),
        spec=ScheduleSpec(
            calendars=[
                ScheduleCalendarSpec(
                    hour=(ScheduleRange(at.hour),), minute=(ScheduleRange(at.minute),)
                )
            ],
            time_zone_name=str(SHANGHAI),
        ),
        # A run that still waits for a time-stamp authority gives way to that of the next day.
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.CANCEL_OTHER, catchup_window=CATCH_UP),
    )

    def changed(given: ScheduleUpdateInput) -> ScheduleUpdate:
        # An operator may have paused it.
        schedule.state = given.description.schedule.state
        return ScheduleUpdate(schedule=schedule)

    try:
        await client.create_schedule(name, schedule, trigger_immediately=True)
    except ScheduleAlreadyRunningError:
        handle = client.get_schedule_handle(name)
        await handle.update(changed)
        if not schedule.state.paused:
            await handle.trigger(overlap=ScheduleOverlapPolicy.SKIP)
