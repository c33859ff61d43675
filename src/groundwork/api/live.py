"""The live channel: open pages hear what changed, as a stream or by asking again and again.

Pages of this site use it (`pages/static/live.js`), so it stands outside `/api/v1`.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Response
from fastapi.sse import EventSourceResponse

from groundwork.api.answers import answer
from groundwork.api.hub import Reader
from groundwork.api.visit import Recipient, Visit

router = APIRouter(prefix="/live", include_in_schema=False)

_UNBUFFERED: Final = {"X-Accel-Buffering": "no"}
"""Tells nginx to pass each message on at once."""

Position = Annotated[str | None, Query(max_length=40)]
LastEventId = Annotated[str | None, Header(alias="Last-Event-ID", max_length=40)]
Tag = Annotated[str | None, Header(alias="If-None-Match", max_length=48)]


@router.get("")
async def get_live(
    visit: Recipient, after: Position = None, last_event_id: LastEventId = None
) -> Response:
    """Topics that changed, as they change: each message is a JSON list of them.

    `after` is the position of the page, `Last-Event-ID` that of the last message; what was missed
    since comes first.
    """
    messages = visit.resources.live.messages(_reader(visit), last_event_id or after)
    return EventSourceResponse(messages, headers=_UNBUFFERED)


@router.get("/version")
async def get_version(visit: Recipient, if_none_match: Tag = None) -> Response:
    """For pages that cannot keep a stream: what changed since the version they have, if any."""
    hub = visit.resources.live
    seen = (if_none_match or "").removeprefix("W/").strip('"')
    topics = await hub.missed(_reader(visit), seen)
    headers = {"ETag": f'"{hub.position}"'}
    if not topics:
        return Response(status_code=304, headers=headers)
    return answer({"version": hub.position, "topics": topics}, headers=headers)


def _reader(visit: Visit) -> Reader:
    return Reader(visit.actor, visit.reach)
