"""Calendar feeds: due dates for calendar programs, behind private links that can be revoked.

Calendar programs send no bearer token, so the link itself is the key: `/feeds/{token}.ics` stands
outside `/api/v1`. It is unguessable, only its hash is kept, and an unknown one is not found.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal

import orjson
from fastapi import APIRouter, Path, Request, Response
from icalendar import Alarm, Calendar, Event

from groundwork.api.answers import answer
from groundwork.api.bodies import ShortLine
from groundwork.api.documented import SIGNED_IN, WRITING, documented
from groundwork.api.errors import Problem
from groundwork.api.languages import Language, said
from groundwork.api.post_shapes import FeedShape, IssuedFeedShape
from groundwork.api.receipts import PREFIX
from groundwork.api.resources import Resources
from groundwork.api.shapes import Listed
from groundwork.api.visit import IdempotencyKey, Recipient
from groundwork.domain.addressing import DEPARTMENTAL
from groundwork.domain.base import Frozen
from groundwork.domain.definition import ChainDefinition, Text
from groundwork.domain.notices import step_name
from groundwork.store.feeds import DueDate, Feed, Feeds
from groundwork.store.reach import looking_with

router = APIRouter(prefix="/feeds", tags=["notices"])
public = APIRouter()

CALENDAR_TYPE: Final = "text/calendar; charset=utf-8"
REFRESH: Final = timedelta(hours=1)
WARNING: Final = timedelta(hours=-15)
"""The alarm rings at nine in the morning of the day before."""

_KINDS: Final = {
    "step": Text(zh="办理期限", en="Act by"),
    "deficiency": Text(zh="容缺补齐", en="Cure by"),
    "commitment": Text(zh="承诺到期", en="Commitment due"),
    "rectification": Text(zh="承诺整改", en="Rectify by"),
    "verification": Text(zh="承诺核查", en="Verify by"),
    "opinion": Text(zh="会商回复", en="Opinion by"),
    "visit": Text(zh="联合踏勘", en="Site visit"),
    "site_rectification": Text(zh="现场整改", en="Put the site right by"),
}
_PROVISIONAL: Final = Text(
    zh="该年度放假安排尚未公布，日期暂定。", en="Provisional: the year's calendar is not published."
)
_TITLE: Final = Text(zh="Groundwork 期限", en="Groundwork due dates")


class FeedBody(Frozen):
    """A link to make. With `whole_department` it shows all of one's own department's dates."""

    label: ShortLine
    language: Literal["zh", "en"] = "zh"
    whole_department: bool = True


@router.get("", response_model=Listed[FeedShape], responses=documented(*SIGNED_IN))
async def list_feeds(visit: Recipient) -> Response:
    """Your links, without their secret part."""
    rows = await Feeds(visit.resources.database).of(visit.actor.id)
    return answer({"items": rows, "next": None})


@router.post(
    "",
    status_code=201,
    response_model=IssuedFeedShape,
    responses=documented(*WRITING, "key_reused"),
)
async def create_feed(visit: Recipient, key: IdempotencyKey, body: FeedBody) -> Response:
    """Make a link: of your department's dates at a desk, else of the chains you look after."""
    at_desk = visit.actor.role in DEPARTMENTAL and body.whole_department
    department = visit.actor.department if at_desk else None

    async def write() -> bytes:
        feeds = Feeds(visit.resources.database)
        row, token = await feeds.add(visit.actor.id, body.label, body.language, department)
        url = f"{visit.resources.settings.api_url}/feeds/{token}.ics"
        return orjson.dumps(row | {"url": url}, option=orjson.OPT_UTC_Z)

    asked = f"feed {body.model_dump_json()}".encode()
    content = await visit.resources.replays.once(visit.actor.id, key, asked, write)
    headers = {"Location": f"{PREFIX}/feeds"}
    return Response(content, 201, headers, media_type="application/json")


@router.delete(
    "/{feed_id}",
    status_code=204,
    response_class=Response,
    responses=documented(*WRITING, "feed_not_found"),
)
async def revoke_feed(
    visit: Recipient,
    key: IdempotencyKey,  # not looked at: doing it twice is doing it once
    feed_id: Annotated[str, Path(max_length=60)],
) -> Response:
    """Refuse a link from now on."""
    if not await Feeds(visit.resources.database).revoke(visit.actor.id, feed_id):
        raise Problem("feed_not_found", feed=feed_id)
    return Response(status_code=204)


@public.get("/feeds/{token}.ics", include_in_schema=False)
async def get_feed(request: Request, token: Annotated[str, Path(max_length=100)]) -> Response:
    """The due dates behind a link, as iCalendar."""
    resources: Resources = request.app.state.resources
    feeds = Feeds(resources.database)
    feed = await feeds.find(token)
    if feed is None:
        raise Problem("not_found")
    roster = await resources.standing.roster()
    with looking_with(roster.reach(feed.person_id, datetime.now(UTC))):
        dates = await feeds.dates(feed)
    hashes = {one.definition_hash for one in dates}
    definitions = {one: await resources.definition(one) for one in hashes}
    calendar = calendar_of(feed, [(one, definitions[one.definition_hash]) for one in dates])
    return Response(calendar.to_ical(), media_type=CALENDAR_TYPE)


def calendar_of(feed: Feed, dates: list[tuple[DueDate, ChainDefinition]]) -> Calendar:
    """The iCalendar of these dates: one all-day event each, known by the same UID for ever."""
    language: Language = "en" if feed.language == "en" else "zh"
    calendar = Calendar()
    calendar.add("prodid", "-//Groundwork//Due dates//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", said(_TITLE, language))
    calendar.add("x-wr-timezone", "Asia/Shanghai")
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for due, definition in dates:
        calendar.add_component(_event(due, definition, language))
    return calendar


def _event(due: DueDate, definition: ChainDefinition, language: Language) -> Event:
    name = said(step_name(definition, due.step), language)
    summary = f"{said(_KINDS[due.kind], language)}：{due.project_name} {name}"
    event = Event()
    event.add("uid", f"{due.kind}.{due.part}.{due.chain_id}@groundwork")
    event.add("dtstamp", datetime.now(UTC))
    event.add("dtstart", due.on)
    event.add("dtend", due.on + timedelta(days=1))
    event.add("summary", summary)
    notes = [due.project_code, due.chain_id]
    notes += [said(_PROVISIONAL, language)] if due.provisional else []
    event.add("description", "\n".join(notes))
    event.add("transp", "TRANSPARENT")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", summary)
    alarm.add("trigger", WARNING)
    event.add_component(alarm)
    return event
