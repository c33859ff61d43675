"""Putting a calendar in force: what it would change, the publication, and how it spreads."""

from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Path, Query, Response

from groundwork.api.answers import answer
from groundwork.api.calendar_shapes import (
    PreviewShape,
    PublicationShape,
    PublishBody,
    RolloutShape,
)
from groundwork.api.documented import SIGNED_IN, WRITING, documented
from groundwork.api.rollout_view import rollout_view
from groundwork.api.visit import CalendarManager, Cursor, IdempotencyKey, PageSize, Visit
from groundwork.domain.rollout import RolloutOrder
from groundwork.runtime.gateway import EngineSilent

router = APIRouter(prefix="/calendars/{version}", tags=["catalogue"])

Version = Annotated[str, Path(max_length=60)]
PATIENCE_SECONDS: Final = 5.0
"""How long an answer waits for a preview before it tells how far it is."""

log = structlog.stdlib.get_logger(__name__)


@router.get(
    "/preview",
    response_model=PreviewShape,
    responses=documented(*SIGNED_IN, "calendar_not_found"),
)
async def preview_calendar(
    visit: CalendarManager,
    version: Version,
    afresh: Annotated[bool, Query(description="Look again, also where one is ready.")] = False,
) -> Response:
    """What the version would change on all running chains. Ask again until `state` is ready."""
    return answer(await impact_of(visit, version, PATIENCE_SECONDS, afresh=afresh))


async def impact_of(
    visit: Visit, version: str, patience: float, *, afresh: bool = False
) -> dict[str, Any]:
    """What is known of a version's impact after so many seconds at most. Raises Problem."""
    resources = visit.resources
    await resources.keep_calendar(version)
    catalogue = {one.hash: one.definition for one in resources.shelf}
    preview = await resources.previews.look(version, catalogue, afresh=afresh, patience=patience)
    return preview.shown()


@router.post(
    "/publish",
    response_model=PublicationShape,
    responses=documented(*WRITING, "calendar_not_found"),
)
async def publish_calendar(
    visit: CalendarManager,
    key: IdempotencyKey,  # not looked at: a version is published once
    version: Version,
    body: PublishBody,
) -> Response:
    """Put the version in force for new chains, and roll it out to those that run.

    Publishing it again starts its rollout again, which leaves alone what has adopted it.
    """
    resources = visit.resources
    await resources.keep_calendar(version)
    published_at = await resources.calendars.publish(
        version, visit.actor.id, body.note, visit.received_at
    )
    try:
        rollouts = await resources.link.rollouts()
        await rollouts.start(RolloutOrder(version=version))
        started = True
    except EngineSilent:
        log.warning("rollout could not be started", calendar=version)
        started = False
    return answer({"version": version, "published_at": published_at, "rollout_started": started})


@router.get(
    "/rollout",
    response_model=RolloutShape,
    responses=documented(*SIGNED_IN, "calendar_not_found", "cursor_invalid"),
)
async def show_rollout(
    visit: CalendarManager, version: Version, cursor: Cursor = None, limit: PageSize = 50
) -> Response:
    """How far the version has spread, and the chains that failed, with the code of why."""
    return answer(await rollout_of(visit, version, cursor, limit))


async def rollout_of(
    visit: Visit, version: str, cursor: str | None = None, limit: int = 50
) -> dict[str, Any]:
    """How far a version has spread. Raises Problem (calendar_not_found), BadCursor."""
    await visit.resources.calendar(version)
    return await rollout_view(visit.resources.rollouts, version, cursor, limit)
