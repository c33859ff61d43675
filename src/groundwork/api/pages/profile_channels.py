"""How the reader is told: their channels, and the private link for calendar programs."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from groundwork.api.feeds import FeedBody, create_feed, revoke_feed
from groundwork.api.notices import (
    ChannelBody,
    ChannelChange,
    add_channel,
    change_channel,
    own_channels,
    send_test,
)
from groundwork.api.pages.acting import back_to
from groundwork.api.pages.attempts import Attempt, attempt
from groundwork.api.pages.frame import Opened, Page
from groundwork.api.pages.profile import show_mine
from groundwork.domain.addressing import DEPARTMENTAL
from groundwork.store.feeds import Feeds

router = APIRouter(include_in_schema=False)

Recipient = Annotated[Page, Depends(Opened("receive_notices"))]

PLACE = "/profile/channels"
_QUIET = ("quiet_since", "quiet_until")


@router.get(PLACE)
async def get_channels(page: Recipient) -> Response:
    """The reader's channels and links."""
    return await _page(page)


@router.post(PLACE)
async def add(page: Recipient) -> Response:
    """Add a channel."""
    return await _done(page, "channel", _add(page))


@router.post(PLACE + "/{channel_id}")
async def change(page: Recipient, channel_id: str) -> Response:
    """Change a channel's name, language, rhythm or quiet hours."""
    return await _done(page, channel_id, _change(page, channel_id))


@router.post(PLACE + "/{channel_id}/state")
async def switch(page: Recipient, channel_id: str) -> Response:
    """Disable a channel, or use it again."""
    return await _done(page, channel_id, _switch(page, channel_id))


@router.post(PLACE + "/{channel_id}/test")
async def test(page: Recipient, channel_id: str) -> Response:
    """Send a test notice on a channel."""
    return await _done(page, channel_id, send_test(page.visit, page.form.key, channel_id), "sent")


@router.post("/profile/feeds")
async def make_feed(page: Recipient) -> Response:
    """Make a calendar link, in place of the one that is renewed; it is shown this once."""
    made = await attempt(_make_feed(page))
    if not made.ok:
        return await _page(page, "feed", made)
    renewed = page.form.get("renew")
    if renewed:
        await attempt(revoke_feed(page.visit, page.form.key, renewed))
    return await _page(page, issued=made.content)


@router.post("/profile/feeds/{feed_id}/revoke")
async def drop_feed(page: Recipient, feed_id: str) -> Response:
    """Refuse a calendar link from now on."""
    revoked = revoke_feed(page.visit, page.form.key, feed_id)
    return await _done(page, "feed", revoked, "removed")


async def _add(page: Page) -> Response:
    url = page.form.get("url")
    # Whoever types a bare e-mail address means just that.
    if "@" in url and ":" not in url:
        url = f"mailto:{url}"
    body = page.form.read(ChannelBody, **({"url": url} if url else {}))
    return await add_channel(page.visit, page.form.key, body)


async def _change(page: Page, channel_id: str) -> Response:
    given = {name: page.form.get(name) or None for name in _QUIET}
    body = page.form.read(ChannelChange, **given)
    return await change_channel(page.visit, page.form.key, channel_id, body)


async def _switch(page: Page, channel_id: str) -> Response:
    body = page.form.read(ChannelChange)
    return await change_channel(page.visit, page.form.key, channel_id, body)


async def _make_feed(page: Page) -> Response:
    whole = bool(page.form.get("whole_department"))
    body = page.form.read(FeedBody, whole_department=whole)
    return await create_feed(page.visit, page.form.key, body)


async def _done(page: Page, which: str, write: Any, said: str = "saved") -> Response:
    """Show the page afresh after a write, or the form with what was wrong with it."""
    done = await attempt(write)
    if done.problem is not None:
        if done.problem.status_code == HTTPStatus.NOT_FOUND:
            raise done.problem
        return await _page(page, which, done)
    return back_to(page, PLACE, f"said:{said}")


async def _page(
    page: Page, failed: str = "", done: Attempt | None = None, issued: Any = None
) -> Response:
    channels = await own_channels(page.visit)
    feeds = await Feeds(page.resources.database).of(page.actor.id)
    return show_mine(
        page,
        "profile-channels.html",
        PLACE,
        422 if failed else 200,
        channels=[one for one in channels if one["state"] != "disabled"],
        disabled=[one for one in channels if one["state"] == "disabled"],
        feeds=[one for one in feeds if one["revoked_at"] is None],
        at_desk=page.actor.role in DEPARTMENTAL,
        issued=issued,
        failed=failed,
        mistakes=page.mistakes(done.problem if done else None),
        form=page.form,
    )
