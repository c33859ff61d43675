"""Notices as pages: read, unread, why, and where they lead."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.catalogue.notices import load_notices
from groundwork.domain.definition import Text
from groundwork.domain.events import EscalationFired
from groundwork.domain.notices import Notice, of_our_own
from groundwork.store.engine import transaction
from groundwork.store.post import Origin, enter
from tests.api.house import PARK, House
from tests.api.pages import plain
from tests.api.recorded import newer_rules, recorded, started
from tests.pages.browsing import Browser, signed_in


async def tell(engine: AsyncEngine, person: str, name: str) -> None:
    """Enter a notice of our own for somebody."""
    book, now = load_notices(), datetime.now(UTC)
    notice = of_our_own(book, "channel_dead", name=name, count="3")
    async with transaction(engine) as connection:
        await enter(connection, book, notice, [person], Origin(f"test-{name}", now))


@pytest.fixture
async def ops(house: House, engine: AsyncEngine) -> Browser:
    """The operator's browser, with two fresh notices and all others read."""
    reader = await signed_in(house, "ops")
    await house.resources.notices.read(house.people["ops"])
    for name in ("甲 <b>", "乙"):
        await tell(engine, house.people["ops"], f"{name}{datetime.now(UTC).timestamp()}")
    return reader


def links(page: str) -> list[str]:
    return [one for one in page.split('"') if one.startswith("/notices/n-")]


async def test_are_listed_with_why_and_escaped(ops: Browser) -> None:
    page = await ops.get("/notices")
    assert "甲 &lt;b&gt;" in page.text
    words = plain(page.text)
    assert "为什么收到" in words
    assert "系统与渠道" in words
    assert 'data-live="notices:' in page.text


async def test_opening_one_reads_it(ops: Browser) -> None:
    unread = await ops.get("/notices?unread=1")
    (first, *_) = links(unread.text)
    opened = await ops.get(first)
    assert opened.status_code == 200
    assert '<b class="count">1<' in opened.text, "the bell knows it at once"
    assert first not in links((await ops.get("/notices?unread=1")).text)
    assert first in links((await ops.get("/notices")).text)


async def test_one_or_all_are_marked_read(ops: Browser) -> None:
    first = links((await ops.get("/notices?unread=1")).text)[0]
    back = await ops.send("/notices", f"{first}/read", next="/notices?unread=1")
    assert back.headers["location"] == "/notices?unread=1"
    done = await ops.send("/notices", "/notices/read")
    assert done.status_code == 303
    assert "没有未读通知" in (await ops.get("/notices?unread=1")).text


async def test_another_persons_notice_is_not_found(house: House, ops: Browser) -> None:
    mine = links((await ops.get("/notices")).text)[0]
    other = await signed_in(house, "housekeeper")
    assert (await other.get(mine)).status_code == 404
    assert (await other.send("/notices", f"{mine}/read")).status_code == 404


async def test_a_bad_cursor_is_told(ops: Browser) -> None:
    assert (await ops.get("/notices?cursor=nonsense")).status_code == 400


async def test_of_a_card_lead_to_the_card_and_count_as_delivered(
    house: House, engine: AsyncEngine, tmp_path: Path
) -> None:
    play = await started(house, engine, newer_rules(tmp_path))
    chain = await recorded(engine, play.wait("2026-03-05 09:00"))
    fired = next(
        one for one in play.events if isinstance(one, EscalationFired) and one.rung == "yellow_card"
    )
    notice = Notice(
        rule="escalation_fired",
        to=(),
        urgent=True,
        title=Text(zh="黄牌", en="Yellow card"),
        body=Text(zh="请说明。\nhttp://x/chains/y", en="Explain.\nhttp://x/chains/y"),
        step="L01",
    )
    officer = f"officer@{PARK}"
    origin = Origin(f"{chain}#{fired.seq}", fired.at, "event", chain, fired.seq)
    async with transaction(engine) as connection:
        await enter(connection, load_notices(), notice, [house.people[officer]], origin)
    reader = await signed_in(house, officer)
    listed = (await reader.get("/notices")).text
    assert "http://x" not in listed
    assert "督办阶梯写明的人" in listed
    card = f"/chains/{chain}/escalations/L01-yellow_card"
    assert "未读" in plain((await reader.get(card)).text)
    opened = (await reader.get(links(listed)[0])).text
    assert f'href="{card}"' in opened
    assert "已读" in plain((await reader.get(card)).text)
    assert "已送达 1 人，1 人已读" in plain((await reader.get("/escalations?level=3")).text)
