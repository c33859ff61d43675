"""Calendars as pages: read by everybody, changed with a preview by administrators."""

import asyncio
import re
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.worker import stock_from_store
from tests.api.house import PARK, House
from tests.api.pages import plain
from tests.api.test_calendars import NOTICE, OFF, launched
from tests.pages.browsing import Browser, signed_in

NEW = "/calendars/new"


@pytest.fixture
async def office(house: House) -> Browser:
    """The administrator's browser."""
    return await signed_in(house, "administrator")


def closing(version: str, day: str, **more: Any) -> dict[str, Any]:
    """The fields of a closure."""
    return {
        "kind": "closures",
        "version": version,
        "base": "cn-2026.1",
        "source": "三防指挥部令 <b>",
        "closure_first": [day, ""],
        "closure_last": ["", ""],
        "closure_department": ["", ""],
        "closure_lifted": ["no", "no"],
        "closure_reason": ["台风停工", ""],
        **more,
    }


async def added(office: Browser, fields: dict[str, Any]) -> str:
    """Look at what a version would be, then save it; where that leads."""
    seen = await office.send(NEW, NEW, **fields, do="look")
    assert seen.status_code == 200, plain(seen.text)
    (mark,) = re.findall(r'name="seen" value="([0-9a-f]+)"', seen.text)
    saved = await office.send(NEW, NEW, **fields, do="save", seen=mark)
    assert saved.status_code == 303, plain(saved.text)
    return saved.headers["location"]


class TestReading:
    async def test_everybody_sees_which_is_in_force_and_what_is_provisional(
        self, house: House
    ) -> None:
        reader = await signed_in(house, f"officer@{PARK}")
        words = plain((await reader.get("/calendars")).text)
        assert "现行版本 cn-2026.1" in words
        assert "2027 年起" in words
        assert "新增版本" not in words

    async def test_a_year_is_twelve_tables_with_marks_as_text(self, house: House) -> None:
        reader = await signed_in(house, "housekeeper")
        page = (await reader.get("/calendars/cn-2026.1?year=2026")).text
        assert page.count('<table class="month">') == 12
        october = page[page.index("10 月") : page.index("11 月")]
        assert re.search(r'class="d holiday[^>]*>1<i>休</i>', october)
        assert re.search(r'class="d make_up[^>]*>10<i>班</i>', october)
        assert "放假安排尚未公布" not in page
        later = (await reader.get("/calendars/cn-2026.1?year=2027")).text
        assert "2027 年的放假安排尚未公布" in later

    async def test_odd_addresses_are_told(self, house: House) -> None:
        reader = await signed_in(house, "housekeeper")
        assert (await reader.get("/calendars/cn-1999.1")).status_code == 404
        assert (await reader.get("/calendars/cn-2026.1?year=99999")).status_code == 200
        for path in (NEW, "/calendars/cn-2026.1/impact"):
            assert (await reader.get(path)).status_code == 403

    async def test_a_due_date_is_explained_day_by_day(self, house: House) -> None:
        reader = await signed_in(house, "housekeeper")
        page = await reader.get("/calendars/due?since=2026-09-30&working_days=2")
        words = plain(page.text)
        # A year is told unless it is this one.
        assert re.search("到期日： (2026年)?10月9日（周五）", words)
        assert "国庆节" in words
        wrong = await reader.get("/calendars/due?since=2026-09-30&working_days=x")
        assert wrong.status_code == 422
        assert 'value="2026-09-30"' in wrong.text

    async def test_speaks_english(self, house: House) -> None:
        reader = await signed_in(house, "housekeeper")
        words = plain((await reader.get("/calendars/cn-2026.1?year=2026&lang=en")).text)
        assert "October" in words
        assert "make-up workday" in words


class TestAdding:
    async def test_shows_the_changed_days_before_it_keeps_them(
        self, house: House, office: Browser
    ) -> None:
        fields = closing("cn-2026.41", "2026-12-22")
        seen = await office.send(NEW, NEW, **fields, do="look")
        assert "12月22日" in plain(seen.text)
        assert "三防指挥部令 &lt;b&gt;" in seen.text
        assert (await office.get("/calendars/cn-2026.41")).status_code == 404
        place = await added(office, fields)
        assert place == "/calendars/cn-2026.41/impact"
        page = (await office.get("/calendars/cn-2026.41")).text
        assert "与 cn-2026.1 的不同：1 天" in page
        assert "changed-day" in page

    async def test_saves_only_what_was_seen(self, office: Browser) -> None:
        fields = closing("cn-2026.42", "2026-12-22")
        seen = await office.send(NEW, NEW, **fields, do="look")
        (mark,) = re.findall(r'name="seen" value="([0-9a-f]+)"', seen.text)
        other = closing("cn-2026.42", "2026-12-23")
        shown = await office.send(NEW, NEW, **other, do="save", seen=mark)
        assert shown.status_code == 200
        assert "12月23日" in plain(shown.text)
        assert (await office.get("/calendars/cn-2026.42")).status_code == 404

    async def test_days_are_changed_one_by_one(self, office: Browser) -> None:
        fields = {
            "kind": "edit",
            "version": "cn-2026.43",
            "base": "cn-2026.1",
            "source": "通知",
            "edit_day": ["2026-12-31", "2027-01-04", ""],
            "edit_kind": ["off", "off", "off"],
            "edit_holiday": ["元旦", "元旦", ""],
        }
        refused = await office.send(NEW, NEW, **fields, do="look")
        assert refused.status_code == 422
        assert "2027 年尚未公布" in refused.text
        assert 'value="2026-12-31"' in refused.text
        fields["edit_day"] = ["2026-12-31", "", ""]
        await added(office, fields)

    async def test_a_file_is_read_and_kept_for_the_second_look(self, office: Browser) -> None:
        year: dict[str, Any] = {"notice": NOTICE, "off": OFF, "worked": {"2027-02-20": "春节"}}
        content = str({"years": {"2027": year}}).replace("'", '"')
        fields = {
            "kind": "json",
            "version": "cn-2027.9",
            "source": "通知",
            "content": content,
        }
        await added(office, fields)
        shown = (await office.get("/calendars/cn-2027.9?year=2027")).text
        assert "放假安排尚未公布" not in shown

    @pytest.mark.parametrize(
        ("way", "content"), [("json", "{oops"), ("icalendar", "BEGIN:NONSENSE")]
    )
    async def test_a_bad_file_is_told_with_its_place(
        self, office: Browser, way: str, content: str
    ) -> None:
        fields = {"kind": way, "version": "cn-2027.8", "source": "x", "content": content}
        answer = await office.send(NEW, NEW, **fields, do="look")
        assert answer.status_code == 422
        assert content in plain(answer.text)
        assert "line 1" in answer.text

    async def test_what_is_missing_is_named(self, office: Browser) -> None:
        answer = await office.send(NEW, NEW, kind="closures", version="cn-1", source="x", do="look")
        assert answer.status_code == 422
        assert 'href="#f-closures"' in answer.text
        assert 'href="#f-version"' in answer.text
        assert (await office.send(NEW, NEW, kind="guess", do="look")).status_code == 404

    async def test_is_for_administrators(self, house: House) -> None:
        reader = await signed_in(house, "data_bureau")
        answer = await reader.send("/calendars", NEW, **closing("cn-2026.44", "2026-12-22"))
        assert answer.status_code == 403


async def test_a_calendar_is_changed_with_its_impact_seen_first(
    busy_house: House, engine: AsyncEngine
) -> None:
    house = busy_house
    chain = await launched(house)
    steps = (await house.get("administrator", f"/chains/{chain}")).json()["steps"]
    last = next(one["accept_by"] for one in steps if one["accept_by"])[:10]
    office = await signed_in(house, "administrator")
    place = await added(office, closing("cn-2026.51", last))
    await stock_from_store(engine)

    async with asyncio.timeout(60):
        while 'id="publish"' not in (page := (await office.get(place)).text):
            assert '<meta http-equiv="refresh"' in page, "it comes again without scripts"
    words = plain(page)
    assert "期限推后 1" in words
    assert chain in page
    assert "受理期限" in words
    assert (await house.get("ops", "/calendars")).json()["items"][0]["in_force"]

    publish = "/calendars/cn-2026.51/publish"
    refused = await office.send(place, publish, note="台风 <b>")
    assert refused.status_code == 422
    assert 'value="台风 &lt;b&gt;"' in refused.text
    done = await office.send(place, publish, confirmed="1", note="台风")
    assert done.headers["location"] == place
    async with asyncio.timeout(60):
        while "已启用 1 条" not in (page := plain((await office.get(place)).text)):
            await asyncio.sleep(0.2)
    assert "推行" in page
    assert "现行版本 cn-2026.51" in plain((await office.get("/calendars")).text)
