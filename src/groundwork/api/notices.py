"""What you were told, and on which channels you want to be told."""

import asyncio
from datetime import time
from typing import Annotated, Any, Final, Literal

import orjson
from fastapi import APIRouter, Path, Query, Response
from pydantic import Field, SecretStr

from groundwork.api.answers import answer
from groundwork.api.bodies import ShortLine
from groundwork.api.documented import SIGNED_IN, WRITING, documented
from groundwork.api.errors import FieldError, Problem
from groundwork.api.post_shapes import (
    ChannelShape,
    NoticesShape,
    PostHealthShape,
    TestedShape,
    UnreadShape,
)
from groundwork.api.receipts import PREFIX
from groundwork.api.shapes import Listed
from groundwork.api.visit import Cursor, IdempotencyKey, PageSize, PostWatcher, Recipient, Visit
from groundwork.catalogue.notices import load_notices
from groundwork.domain.base import Frozen
from groundwork.domain.definition import Text
from groundwork.domain.post import Rhythm, TargetState
from groundwork.runtime.addresses import AddressRefused, channel_scheme
from groundwork.store.channels import Channels, Notices

router = APIRouter(tags=["notices"])

Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
ChannelId = Annotated[str, Path(max_length=60)]
WRITTEN: Final = documented(*WRITING, "channel_not_found")

_BOTH: Final = Text(
    zh="安静时段的起止须同时填写或同时留空", en="must be given together with the other end, or not"
)


class ChannelBody(Frozen):
    """A channel to add. `url` is an address as Apprise writes it, or `mailto:` and an e-mail
    address; it is never shown again. Quiet hours are those of Asia/Shanghai and may cross midnight.
    """

    label: ShortLine
    url: Annotated[SecretStr, Field(min_length=3, max_length=1000)]
    language: Literal["zh", "en"] = "zh"
    rhythm: Rhythm = Rhythm.IMMEDIATE
    quiet_since: Clock | None = None
    quiet_until: Clock | None = None


QUIET: Final = ("quiet_since", "quiet_until")
"""The hours in which nothing is sent: null is none."""


class ChannelChange(Frozen):
    """What to change of a channel; what is left out or null stays, but for the quiet hours."""

    label: ShortLine | None = None
    language: Literal["zh", "en"] | None = None
    rhythm: Rhythm | None = None
    quiet_since: Clock | None = None
    quiet_until: Clock | None = None
    state: Literal[TargetState.ACTIVE, TargetState.DISABLED] | None = None


@router.get(
    "/notices", response_model=NoticesShape, responses=documented(*SIGNED_IN, "cursor_invalid")
)
async def list_notices(
    visit: Recipient,
    *,
    unread: Annotated[bool, Query(description="Those not read yet only.")] = False,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Response:
    """Your notices, newest first."""
    notices, me = Notices(visit.resources.database), visit.actor.id
    page = await notices.page(me, unread=unread, cursor=cursor, limit=limit)
    count = await notices.unread(me)
    items = [_notice(row, visit) for row in page.items]
    return answer({"items": items, "next": page.next, "unread": count})


@router.get("/notices/unread", response_model=UnreadShape, responses=documented(*SIGNED_IN))
async def count_unread(visit: Recipient) -> Response:
    """How many notices you have not read."""
    return answer({"unread": await Notices(visit.resources.database).unread(visit.actor.id)})


@router.post("/notices/read", response_model=UnreadShape, responses=documented(*WRITING))
async def read_all(
    visit: Recipient,
    key: IdempotencyKey,  # not looked at: doing it twice is doing it once
) -> Response:
    """Mark all your notices read."""
    await Notices(visit.resources.database).read(visit.actor.id)
    return answer({"unread": 0})


@router.post(
    "/notices/{notice_id}/read",
    response_model=UnreadShape,
    responses=documented(*WRITING, "notice_not_found"),
)
async def read_one(
    visit: Recipient,
    key: IdempotencyKey,  # not looked at: doing it twice is doing it once
    notice_id: Annotated[str, Path(max_length=60)],
) -> Response:
    """Mark one of your notices read."""
    unread = await Notices(visit.resources.database).read(visit.actor.id, notice_id)
    if unread is None:
        raise Problem("notice_not_found", notice=notice_id)
    return answer({"unread": unread})


@router.get("/post/health", response_model=PostHealthShape, responses=documented(*SIGNED_IN))
async def get_post_health(visit: PostWatcher) -> Response:
    """For operators: what is on its way, and which channels and webhooks fail or are dead."""
    return answer(await Notices(visit.resources.database).health())


@router.get("/channels", response_model=Listed[ChannelShape], responses=documented(*SIGNED_IN))
async def list_channels(visit: Recipient) -> Response:
    """Your channels, without their addresses."""
    return answer({"items": await own_channels(visit), "next": None})


async def own_channels(visit: Visit) -> list[dict[str, Any]]:
    """The caller's channels, without their addresses."""
    rows = await Channels(visit.resources.database).of(visit.actor.id)
    return [_channel(row) for row in rows]


@router.post(
    "/channels",
    status_code=201,
    response_model=ChannelShape,
    responses=documented(*WRITING, "key_reused", "channel_address_invalid"),
)
async def add_channel(visit: Recipient, key: IdempotencyKey, body: ChannelBody) -> Response:
    """Add a channel of yours."""
    _check_quiet(body.quiet_since, body.quiet_until)
    url = body.url.get_secret_value()
    try:
        scheme = await asyncio.to_thread(channel_scheme, url)
    except AddressRefused:
        raise Problem("channel_address_invalid") from None

    async def write() -> bytes:
        values = {
            "label": body.label,
            "scheme": scheme,
            "url": url,
            "language": body.language,
            "rhythm": body.rhythm.value,
            "quiet_since": _clock(body.quiet_since),
            "quiet_until": _clock(body.quiet_until),
        }
        row = await Channels(visit.resources.database).add(visit.actor.id, values)
        return orjson.dumps(_channel(row), option=orjson.OPT_UTC_Z)

    asked = f"channel {body.model_dump_json()} {url}".encode()
    content = await visit.resources.replays.once(visit.actor.id, key, asked, write)
    headers = {"Location": f"{PREFIX}/channels"}
    return Response(content, 201, headers, media_type="application/json")


@router.patch("/channels/{channel_id}", response_model=ChannelShape, responses=WRITTEN)
async def change_channel(
    visit: Recipient,
    key: IdempotencyKey,  # not looked at: doing it twice is doing it once
    channel_id: ChannelId,
    body: ChannelChange,
) -> Response:
    """Change what you want of a channel, disable it, or use it again after it was dead."""
    before = await _mine(visit, channel_id)
    values: dict[str, Any] = body.model_dump(exclude_unset=True)
    quiet = {name: _clock(values.pop(name)) for name in QUIET if name in values}
    values = {name: value for name, value in values.items() if value is not None} | quiet
    since, until = (values.get(name, before[name]) for name in QUIET)
    _check_quiet(since, until)
    row = await Channels(visit.resources.database).change(channel_id, values) if values else before
    return answer(_channel(row or before))


@router.post(
    "/channels/{channel_id}/test",
    status_code=201,
    response_model=TestedShape,
    responses=documented(*WRITING, "channel_not_found", "channel_not_active"),
)
async def send_test(
    visit: Recipient,
    key: IdempotencyKey,  # a test may be sent twice
    channel_id: ChannelId,
) -> Response:
    """Send a test notice on a channel; look at the channel to see whether it arrived."""
    row = await _mine(visit, channel_id)
    if row["state"] != TargetState.ACTIVE.value:
        raise Problem("channel_not_active", channel=channel_id)
    channels = Channels(visit.resources.database)
    delivery = await channels.test(load_notices(), channel_id, visit.actor.id)
    return answer({"channel": channel_id, "delivery": delivery}, 201)


async def _mine(visit: Visit, channel_id: str) -> dict[str, Any]:
    row = await Channels(visit.resources.database).get(channel_id)
    if row is None or row["person_id"] != visit.actor.id:
        raise Problem("channel_not_found", channel=channel_id)
    return row


def _notice(row: dict[str, Any], visit: Visit) -> dict[str, Any]:
    shown = {name: row[name] for name in ("id", "rule", "seq", "step", "due_on", "urgent")}
    return shown | {
        "title": visit.said(Text.model_validate(row["title"])),
        "body": visit.said(Text.model_validate(row["body"])),
        "chain": row["chain_id"],
        "at": row["at"],
        "created_at": row["created_at"],
        "read_at": row["read_at"],
    }


def _channel(row: dict[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in row.items() if name != "person_id"}
    for name in QUIET:
        shown[name] = f"{row[name]:%H:%M}" if row[name] is not None else None
    return shown


def _clock(text: str | None) -> time | None:
    return time.fromisoformat(text) if text is not None else None


def _check_quiet(since: object, until: object) -> None:
    if (since is None) != (until is None):
        name = "quiet_since" if since is None else "quiet_until"
        first = Text(zh=f"{name}：{_BOTH.zh}", en=f"{name} {_BOTH.en}")
        fields = [FieldError("body", f"#/{name}", "missing", _BOTH)]
        raise Problem("invalid_request", fields=fields, count=1, first=first)
