"""Tracking codes (跟踪码) for those who look after a project: see it, hand it on, renew it."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Response

from groundwork.api.answers import answer
from groundwork.api.documented import SIGNED_IN, WRITING, documented
from groundwork.api.progress_shapes import TrackingCodeShape
from groundwork.api.projects import find_project
from groundwork.api.visit import IdempotencyKey, May, Visit
from groundwork.store.paging import Row

router = APIRouter(prefix="/projects", tags=["projects"])

CodeKeeper = Annotated[Visit, Depends(May("manage_tracking_codes"))]
Code = Annotated[str, Path(max_length=60, description="Such as 2603-440784-04-01-558123.")]


@router.get(
    "/{code}/tracking-code",
    response_model=TrackingCodeShape,
    responses=documented(*SIGNED_IN, "project_not_found"),
)
async def get_tracking_code(visit: CodeKeeper, code: Code) -> Response:
    """The project's tracking code, to be given to the applicant."""
    return answer(await code_of(visit, code))


@router.post(
    "/{code}/tracking-code",
    response_model=TrackingCodeShape,
    responses=documented(*WRITING, "project_not_found", "key_reused"),
)
async def renew_tracking_code(visit: CodeKeeper, key: IdempotencyKey, code: Code) -> Response:
    """Give the project another tracking code; the one before tells nothing from now on."""
    project = await find_project(visit, code)

    async def write() -> bytes:
        row = await visit.resources.tracking.renew(project["code"], visit.actor.id)
        return orjson.dumps(_shown(visit, project, row), option=orjson.OPT_UTC_Z)

    asked = f"tracking code of {project['code']}".encode()
    content = await visit.resources.replays.once(visit.actor.id, key, asked, write)
    return Response(content, media_type="application/json")


async def code_of(visit: Visit, code: str) -> Row:
    """A project's tracking code and where it is asked for. Raises Problem (project_not_found)."""
    project = await find_project(visit, code)
    return _shown(
        visit, project, await visit.resources.tracking.of(project["code"], visit.actor.id)
    )


def _shown(visit: Visit, project: dict[str, Any], row: Row) -> Row:
    url = f"{visit.resources.settings.api_url}/progress/{row['code']}.json"
    return {"project": project["code"], **row, "url": url}
