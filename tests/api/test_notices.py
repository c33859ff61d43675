"""Notices, channels, webhooks and calendar links, as people reach them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.api import post_shapes
from groundwork.api.feeds import calendar_of
from groundwork.api.shapes import Listed
from groundwork.catalogue.loader import latest
from groundwork.catalogue.notices import load_notices
from groundwork.domain.model import Role
from groundwork.domain.notices import of_our_own
from groundwork.store.engine import transaction
from groundwork.store.feeds import DueDate, Feed
from groundwork.store.post import Origin, enter
from tests.api.house import PARK, House, fresh_key

SECRET = "wecombot://supersecretkey"
OFFICER = f"officer@{PARK}"


async def tell(engine: AsyncEngine, person: str, name: str) -> None:
    """Enter a notice for somebody."""
    book, now = load_notices(), datetime.now(UTC)
    notice = of_our_own(book, "channel_dead", name=name, count="3")
    async with transaction(engine) as connection:
        await enter(connection, book, notice, [person], Origin(f"test-{name}", now))


async def add(house: House, who: str, **changes: Any) -> dict[str, Any]:
    body = {"label": "企业微信", "url": SECRET, **changes}
    response = await house.post(who, "/channels", body)
    assert response.status_code == 201, response.text
    channel: dict[str, Any] = response.json()
    post_shapes.ChannelShape.model_validate_json(response.content)
    return channel


async def test_notices_are_listed_counted_and_read(house: House, engine: AsyncEngine) -> None:
    for name in ("a", "b"):
        await tell(engine, house.people["ops"], name)
    response = await house.get("ops", "/notices?limit=1")
    page = post_shapes.NoticesShape.model_validate_json(response.content)
    assert page.unread == 2
    assert page.items[0].title == "Channel b is dead"
    chinese = await house.get("ops", "/notices", headers={"Accept-Language": "zh"})
    assert chinese.json()["items"][0]["title"] == "通知渠道 b 已停用"
    rest = await house.get("ops", f"/notices?limit=1&cursor={page.next}")
    assert rest.json()["items"][0]["title"] == "Channel a is dead"
    read = await house.post("ops", f"/notices/{page.items[0].id}/read", None)
    assert read.json() == {"unread": 1}
    assert len((await house.get("ops", "/notices?unread=true")).json()["items"]) == 1
    stranger = await house.post("housekeeper", f"/notices/{page.items[0].id}/read", None)
    assert stranger.json()["code"] == "notice_not_found"
    assert (await house.post("ops", "/notices/read", None)).json() == {"unread": 0}
    assert (await house.get("ops", "/notices/unread")).json() == {"unread": 0}


async def test_a_channels_address_is_never_shown_again(house: House) -> None:
    channel = await add(house, "housekeeper", quiet_since="22:00", quiet_until="07:30")
    for path in ("/channels", "/post/health"):
        who = "ops" if "post" in path else "housekeeper"
        assert "supersecret" not in (await house.get(who, path)).text
    listed = (await house.get("housekeeper", "/channels")).json()["items"]
    mine = next(one for one in listed if one["id"] == channel["id"])
    assert (mine["quiet_since"], mine["quiet_until"]) == ("22:00", "07:30")
    assert mine["scheme"] == "wecombot"


async def test_preferences_change_one_by_one(house: House) -> None:
    channel = await add(house, "housekeeper", quiet_since="22:00", quiet_until="07:30")
    path = f"/channels/{channel['id']}"
    changed = await house.ask("housekeeper", "PATCH", path, json={"rhythm": "daily"})
    assert changed.json() == channel | {"rhythm": "daily"}
    kept = {"label": None, "language": None, "rhythm": None, "state": None}
    same = await house.ask("housekeeper", "PATCH", path, json=kept)
    assert (same.status_code, same.json()) == (200, changed.json())
    half = await house.ask("housekeeper", "PATCH", path, json={"quiet_since": None})
    assert half.json()["code"] == "invalid_request"
    none = {"quiet_since": None, "quiet_until": None}
    assert (await house.ask("housekeeper", "PATCH", path, json=none)).json()["quiet_until"] is None
    off = await house.ask("housekeeper", "PATCH", path, json={"state": "disabled"})
    assert off.json()["state"] == "disabled"
    refused = await house.post("housekeeper", f"{path}/test", None)
    assert refused.json()["code"] == "channel_not_active"


async def test_nobody_touches_another_persons_channel(house: House) -> None:
    channel = await add(house, "housekeeper")
    path = f"/channels/{channel['id']}"
    for response in (
        await house.ask("ops", "PATCH", path, json={"rhythm": "daily"}),
        await house.post("administrator", f"{path}/test", None),
    ):
        assert response.json()["code"] == "channel_not_found"


async def test_a_test_notice_is_put_on_its_way(house: House, engine: AsyncEngine) -> None:
    channel = await add(house, "housekeeper")
    response = await house.post("housekeeper", f"/channels/{channel['id']}/test", None)
    assert response.status_code == 201
    health = await house.get("ops", "/post/health")
    shape = post_shapes.PostHealthShape.model_validate_json(health.content)
    assert shape.deliveries["planned"] >= 1


@pytest.mark.parametrize(
    "url",
    [
        "syslog://localhost",
        "file:///etc/passwd",
        "mailto:nobody",
        "exec://x",
        "dbus://",
        "nonsense",
    ],
)
async def test_only_known_kinds_of_channels(house: House, url: str) -> None:
    response = await house.post("housekeeper", "/channels", {"label": "x", "url": url})
    assert response.status_code == 422
    assert url not in response.text


async def test_a_channel_is_added_once_per_key(house: House) -> None:
    key, body = fresh_key(), {"label": "一", "url": SECRET}
    first = await house.post(OFFICER, "/channels", body, key=key)
    again = await house.post(OFFICER, "/channels", body, key=key)
    assert first.json() == again.json()
    other = await house.post(OFFICER, "/channels", body | {"url": SECRET + "2"}, key=key)
    assert other.json()["code"] == "key_reused"


async def test_webhooks_are_for_administrators(house: House) -> None:
    trusted = house.resources.settings.model_copy(update={"trusted_hosts": "localhost"})
    house.resources.settings = trusted
    body = {"label": "监管平台", "url": "http://localhost:9/x", "types": ["step_decided"]}
    assert (await house.post("housekeeper", "/webhooks", body)).status_code == 403
    made = await house.post("administrator", "/webhooks", body)
    shape = post_shapes.IssuedWebhookShape.model_validate_json(made.content)
    assert shape.secret.startswith("whsec_")
    listed = await house.get("administrator", "/webhooks")
    assert shape.secret not in listed.text
    page = Listed[post_shapes.WebhookShape].model_validate_json(listed.content)
    assert shape.id in {one.id for one in page.items}
    turned = await house.post("administrator", f"/webhooks/{shape.id}/rotate", None)
    assert turned.json()["secret"] != shape.secret
    path = f"/webhooks/{shape.id}"
    assert (await house.ask("administrator", "DELETE", path)).status_code == 204
    assert (await house.post("administrator", f"{path}/enable", None)).status_code == 204
    gone = await house.post("administrator", "/webhooks/w-none/rotate", None)
    assert gone.json()["code"] == "webhook_not_found"


@pytest.mark.parametrize(
    ("url", "why"),
    [("https://127.0.0.1/x", "private_target"), ("http://example.com/", "not_https")],
)
async def test_a_webhook_into_the_private_network_is_refused(
    house: House, url: str, why: str
) -> None:
    response = await house.post("administrator", "/webhooks", {"label": "x", "url": url})
    assert response.json()["code"] == "webhook_address_refused"
    assert why in response.json()["detail"]


async def feed(house: House, who: str, **body: Any) -> tuple[dict[str, Any], str]:
    made = await house.post(who, "/feeds", {"label": "手机日历", **body})
    assert made.status_code == 201, made.text
    issued = made.json()
    return issued, issued["url"].removeprefix(house.resources.settings.api_url)


def dates_in(content: bytes) -> list[Any]:
    """The events of a calendar, read back as a calendar program would."""
    return list(Calendar.from_ical(content).walk("VEVENT"))


async def test_a_link_shows_due_dates_until_it_is_revoked(busy_house: House) -> None:
    house = busy_house
    chain = await house.launch()
    received = await house.act("housekeeper", chain, "receive", step="L01", materials=[])
    assert received.status_code in {200, 202}, received.text
    issued, path = await feed(house, OFFICER)
    answer = await house.http.get(path)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    events = dates_in(answer.content)
    (event,) = [one for one in events if chain in one["uid"]]
    assert event["uid"] == f"step.L01.{chain}@groundwork"
    start, end = event["dtstart"].dt, event["dtend"].dt
    assert type(start) is type(end)
    assert not isinstance(start, datetime)
    assert end - start == timedelta(days=1)
    inbox = await house.get(OFFICER, f"/departments/{PARK}/inbox")
    act_by = next(one["act_by"] for one in inbox.json()["items"] if one["chain_id"] == chain)
    assert start.isoformat() == act_by
    assert "办理期限" in event["summary"]
    (alarm,) = event.walk("VALARM")
    assert alarm["trigger"].dt == timedelta(hours=-15)
    assert "某人" not in answer.text
    again = dates_in((await house.http.get(path)).content)
    assert {one["uid"] for one in again} == {one["uid"] for one in events}
    revoked = await house.ask(OFFICER, "DELETE", f"/feeds/{issued['id']}")
    assert revoked.status_code == 204
    assert (await house.http.get(path)).status_code == 404


async def test_a_housekeeper_sees_their_own_chains_in_english(busy_house: House) -> None:
    house = busy_house
    chain = await house.launch()
    materials = [
        one.id
        for one in house.resources.shelf.find("land-to-construction")
        .definition.step("L01")
        .materials
    ]
    await house.act("housekeeper", chain, "receive", step="L01", materials=materials)
    _, path = await feed(house, "housekeeper", language="en")
    events = dates_in((await house.http.get(path)).content)
    assert any(chain in one["uid"] and "Act by" in one["summary"] for one in events)
    _, other = await feed(house, "project_manager")
    empty = dates_in((await house.http.get(other)).content)
    assert not any(chain in one["uid"] for one in empty)


async def test_a_link_is_listed_without_its_secret_and_only_its_owner_revokes_it(
    house: House,
) -> None:
    issued, path = await feed(house, OFFICER)
    listed = await house.get(OFFICER, "/feeds")
    assert path.removeprefix("/feeds/").removesuffix(".ics") not in listed.text
    page = Listed[post_shapes.FeedShape].model_validate_json(listed.content)
    assert issued["id"] in {one.id for one in page.items}
    refused = await house.ask("housekeeper", "DELETE", f"/feeds/{issued['id']}")
    assert refused.json()["code"] == "feed_not_found"
    for guess in ("x", "a" * 43, "%00", "a" * 101):
        assert (await house.http.get(f"/feeds/{guess}.ics")).status_code in {400, 404, 422}


async def test_a_former_persons_link_shows_nothing(house: House) -> None:
    made = await house.post("administrator", "/people", {"name": "王某", "role": "ops"})
    token = await house.post("administrator", f"/people/{made.json()['id']}/tokens", {"label": "x"})
    house.tokens["leaver"] = token.json()["secret"]
    _, path = await feed(house, "leaver")
    assert (await house.http.get(path)).status_code == 200
    await house.ask("administrator", "DELETE", f"/people/{made.json()['id']}")
    assert (await house.http.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("kind", "language", "words"),
    [
        ("deficiency", "zh", "容缺补齐"),
        ("deficiency", "en", "Cure by"),
        ("commitment", "zh", "承诺到期"),
        ("commitment", "en", "Commitment due"),
        ("rectification", "zh", "承诺整改"),
        ("verification", "en", "Verify by"),
        ("opinion", "zh", "会商回复"),
        ("opinion", "en", "Opinion by"),
        ("visit", "zh", "联合踏勘"),
        ("site_rectification", "zh", "现场整改"),
        ("site_rectification", "en", "Put the site right by"),
    ],
)
def test_what_was_promised_is_a_day_of_its_own(kind: str, language: str, words: str) -> None:
    definition = latest("land-to-construction")
    on, chain = date(2027, 3, 1), "land-to-construction.2612-440784-04-01-100001"
    due = DueDate(kind, chain, "L04-x1", "L04", on, True, "2612-440784", "东湖；一期", "hash")
    someone = Feed("f-1", "p-1", Role.OFFICER, PARK, language)
    (event,) = dates_in(calendar_of(someone, [(due, definition)]).to_ical())
    assert words in event["summary"]
    assert "东湖；一期 L04" in event["summary"]
    assert event["uid"] == f"{kind}.L04-x1.{chain}@groundwork"
    assert event["dtstart"].dt == on
    assert ("暂定" if language == "zh" else "Provisional") in event["description"]
