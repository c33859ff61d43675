"""Somebody ends the postman at the engine: its activities learn of it and stop."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from temporalio import activity
from temporalio.client import Client
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
    Worker,
)

from groundwork.activities.post import PostActivities
from groundwork.domain.post import CALL_WEBHOOKS, DELIVER_POST, PLAN_POST, Shift
from groundwork.runtime.postal import postman_id, start_post
from groundwork.runtime.settings import Settings
from groundwork.worker import post_counters, stock_from_catalogue
from groundwork.workflows.postman import Postman
from tests.notices.town import Town

LONG_SHIFT = Shift(seconds=600, heartbeat_seconds=2)
"""Longer than a test may take: whoever ended in time was told to."""


class Attendance(Interceptor):
    """Notes who is at work."""

    def __init__(self) -> None:
        self.at_work: set[str] = set()
        self.came: set[str] = set()

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 -- the base class's name
        return _Noting(next, self)


class _Noting(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, noted: Attendance) -> None:  # noqa: A002 -- as above
        super().__init__(next)
        self._noted = noted

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 -- as above
        name = activity.info().activity_type
        self._noted.came.add(name)
        self._noted.at_work.add(name)
        try:
            return await super().execute_activity(input)
        finally:
            self._noted.at_work.discard(name)


@pytest.mark.timeout(90)
async def test_a_postman_that_is_ended_plans_and_delivers_no_more(
    town: Town, temporal_client: Client
) -> None:
    stock_from_catalogue()
    queue, attendance = f"post-{uuid4().hex[:8]}", Attendance()
    post = PostActivities(post_counters(town.engine, Settings()))
    async with Worker(
        temporal_client,
        task_queue=queue,
        workflows=[Postman],
        activities=[post.plan, post.deliver, post.call],
        interceptors=[attendance],
    ):
        await start_post(temporal_client, queue, {}, LONG_SHIFT)
        await town.launch()
        while not await town.told("housekeeper"):
            await asyncio.sleep(0.05)
        assert attendance.came == {PLAN_POST, DELIVER_POST, CALL_WEBHOOKS}
        await temporal_client.get_workflow_handle(postman_id(queue)).terminate("a drill")
        while attendance.at_work:
            await asyncio.sleep(0.05)
        told = await town.told("housekeeper")
        await town.launch()
        # Whoever is started anew goes on from there.
        assert await town.told("housekeeper") == told
        await start_post(temporal_client, queue, {}, LONG_SHIFT)
        while await town.told("housekeeper") == told:
            await asyncio.sleep(0.05)
        await temporal_client.get_workflow_handle(postman_id(queue)).terminate("done")
        while attendance.at_work:
            await asyncio.sleep(0.05)
