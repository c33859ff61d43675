"""An inbox shows a department's work, most urgent first, to whom it concerns."""

import re
from html import unescape
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.api.pages import inbox
from groundwork.domain import commands as cmd
from groundwork.store import desks
from tests.api.house import PARK, House
from tests.api.recorded import launched_for, recorded
from tests.domain.worlds import real_rules
from tests.pages.browsing import signed_in
from tests.pages.desk_pages import accepted, at, handed_in, officer, part

LAND = "natural-resources"


async def overdue(house: House, engine: AsyncEngine) -> str:
    """A chain of March 2026 whose fourth step nobody decided."""
    code = (await house.project())["code"]
    play = await launched_for(code, engine, real_rules())
    play.at("2026-03-02 10:00").settle("L01", "L02", "L03", "L04")
    play.at("2026-03-09 10:00").receive("L05").accept("L05")
    play.do(cmd.OpenConsultation(step="L05")).wait("2026-11-02 10:00")
    return await recorded(engine, play)


class TestAnInbox:
    async def test_puts_what_is_overdue_first(self, house: House, engine: AsyncEngine) -> None:
        chain = await overdue(house, engine)
        browser = await signed_in(house, "housekeeper")
        page = await browser.get(f"/inbox/{LAND}")
        assert page.status_code == 200
        rows = part(page, "inbox-list")
        assert rows.index(chain) < rows.index("L05")
        assert "light-red" in rows
        assert re.search(r"超期 \d+ 个工作日", rows)
        assert "5 级 · " in rows

    async def test_counts_what_it_lists(self, house: House, engine: AsyncEngine) -> None:
        await overdue(house, engine)
        browser = await signed_in(house, "housekeeper")
        page = await browser.get(f"/inbox/{LAND}?tab=all&light=red")
        (told,) = re.findall(r'light=red">(\d+) 件</a>', page.text)
        assert int(told) == page.text.count("data-row") > 0
        decided = await browser.get(f"/inbox/{LAND}?tab=done")
        (told,) = re.findall(r'已办 <span class="count">(\d+)</span>', decided.text)
        assert int(told) == decided.text.count('<th scope="row">') > 0

    async def test_says_how_much_is_decided_up_to_a_bound(
        self, house: House, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await overdue(house, engine)
        browser = await signed_in(house, "housekeeper")
        for module in (desks, inbox):
            monkeypatch.setattr(module, "MOST_COUNTED", 2)
        page = await browser.get(f"/inbox/{LAND}?tab=done")
        assert '已办 <span class="count">2+</span>' in page.text

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("q=卫浴", True),
            ("q=L05", True),
            ("q=100%25", False),
            ("q=_", False),
            ("light=green", False),
            ("waiting_on=department&kind=land-to-construction", True),
            ("kind=completion-to-production", False),
            ("due=soon", False),
            ("light=nonsense&tab=nonsense", True),
        ],
    )
    async def test_keeps_what_its_address_asks_for(
        self, house: House, engine: AsyncEngine, query: str, found: bool
    ) -> None:
        chain = await overdue(house, engine)
        browser = await signed_in(house, "housekeeper")
        page = await browser.get(f"/inbox/{LAND}?tab=all&{query}")
        assert page.status_code == 200
        assert (at(chain, "L05") in page.text) is found

    async def test_goes_on_with_the_next_page(
        self, busy_house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(inbox, "PER_PAGE", 1)
        chains = {await handed_in(busy_house) for _ in range(2)}
        browser = await officer(busy_house)
        href, found = f"/inbox/{PARK}?tab=all&light=green", set[str]()
        while href:
            page = await browser.get(href)
            found |= set(re.findall(r'/chains/([^/]+)/steps/L01" data-row', page.text))
            href = unescape("".join(re.findall(r'<a href="([^"]+)" rel="next"', page.text)))
        assert chains <= found

    async def test_refuses_a_cursor_that_is_none(self, house: House) -> None:
        browser = await officer(house)
        assert (await browser.get(f"/inbox/{PARK}?cursor=nonsense")).status_code == 400

    async def test_leads_to_the_form_that_the_step_waits_for(self, busy_house: House) -> None:
        chain = await handed_in(busy_house)
        browser = await officer(busy_house)
        page = await browser.get(f"/inbox/{PARK}?tab=all")
        assert f'href="{at(chain)}?do=accept#act"' in page.text
        form = await browser.get(f"{at(chain)}?do=accept")
        assert 'id="form-accept"' in form.text

    async def test_shows_ones_own_first_when_there_is_any(self, busy_house: House) -> None:
        chain = await accepted(busy_house)
        browser = await officer(busy_house)
        assert (
            '<a href="/inbox/park-committee?tab=all" aria-current'
            in (await browser.get(f"/inbox/{PARK}")).text
        )
        person = busy_house.people[f"officer@{PARK}"]
        fields = {"step": "L01", "assignee": person, "reason": "分办"}
        done = await busy_house.act(f"officer@{PARK}", chain, "assign", **fields)
        assert done.status_code == 200
        page = await browser.get(f"/inbox/{PARK}")
        assert 'tab=mine" aria-current' in page.text
        assert part(page, "inbox-list").count("data-row") == 1

    async def test_is_closed_to_other_departments(self, house: House) -> None:
        browser = await officer(house)
        page = await browser.get(f"/inbox/{LAND}")
        assert page.status_code == 403
        assert "只能查看本部门的收件箱" in page.text
        assert (await browser.get("/inbox/nowhere")).status_code == 404

    async def test_says_so_when_it_is_empty(self, house: House) -> None:
        browser = await signed_in(house, "housekeeper")
        page = await browser.get("/inbox/heritage?lang=en")
        assert "No step matches." in page.text

    async def test_is_exported_as_it_is_filtered(self, house: House, engine: AsyncEngine) -> None:
        chain = await overdue(house, engine)
        browser = await signed_in(house, "housekeeper")
        page = await browser.get(f"/inbox/{LAND}?tab=all&light=red")
        (href,) = re.findall(r'class="export" href="([^"]+)"', page.text)
        sheet = await browser.get(unescape(href))
        assert sheet.headers["content-type"].startswith("application/vnd.openxml")
        with ZipFile(BytesIO(sheet.content)) as book:
            texts = book.read("xl/sharedStrings.xml").decode()
        assert chain.partition(".")[2] in texts
        none = await browser.get(f"/inbox/{LAND}/inbox.xlsx?light=green")
        with ZipFile(BytesIO(none.content)) as book:
            assert chain.partition(".")[2] not in book.read("xl/sharedStrings.xml").decode()


class TestManyAtOnce:
    async def test_each_is_judged_before_anything_is_done(self, busy_house: House) -> None:
        fine, refused = await handed_in(busy_house), await accepted(busy_house)
        browser = await officer(busy_house)
        picks = f"pick={fine}|L01&pick={refused}|L01&pick=none|L01&pick={fine}|L01"
        page = await browser.get(f"/inbox/{PARK}/bulk?verb=accept&{picks}")
        assert page.status_code == 200
        assert "1 件可以办理，2 件不能" in page.text
        assert "不能执行" in page.text
        events = await busy_house.get("housekeeper", f"/chains/{fine}/timeline")
        assert "step_accepted" not in events.text

    async def test_all_that_can_be_is_done_and_nothing_is_silently_lost(
        self, busy_house: House
    ) -> None:
        chains = [await handed_in(busy_house) for _ in range(2)]
        late = await accepted(busy_house)
        browser = await officer(busy_house)
        address = f"/inbox/{PARK}/bulk"
        query = "&".join(f"pick={one}|L01" for one in chains)
        fields = await browser.fields(f"{address}?verb=accept&{query}")
        picks = [f"{one}|L01" for one in (*chains, late, "none")]
        for _ in range(2):
            done = await browser.post(address, **fields, verb="accept", pick=picks)
            assert "已办理 2 件，未办理 2 件" in done.text
            assert all(one in done.text for one in (*chains, late))
        for one in chains:
            items = (await busy_house.get("housekeeper", f"/chains/{one}/timeline")).json()["items"]
            assert [event["type"] for event in items].count("step_accepted") == 1

    async def test_somebody_is_chosen_before_steps_are_assigned(self, busy_house: House) -> None:
        chain = await handed_in(busy_house)
        browser = await officer(busy_house)
        address = f"/inbox/{PARK}/bulk"
        asked = f"{address}?verb=assign&pick={chain}|L01"
        page = await browser.get(asked)
        assert "确认办理" not in page.text
        person = busy_house.people[f"officer@{PARK}"]
        page = await browser.get(f"{asked}&assignee={person}&reason=分办")
        assert "确认办理 1 件" in page.text
        fields = await browser.fields(f"{asked}&assignee={person}&reason=分办")
        form = {"verb": "assign", "assignee": person, "reason": "分办", "pick": f"{chain}|L01"}
        done = await browser.post(address, **fields, **form)
        assert "已办理 1 件" in done.text
        told = (await busy_house.get("housekeeper", f"/chains/{chain}")).json()["steps"][0]
        assert told["assignee"] == person

    async def test_only_what_many_can_have_is_asked_of_many(self, house: House) -> None:
        browser = await officer(house)
        assert (await browser.get(f"/inbox/{PARK}/bulk?verb=annul")).status_code == 404
        answer = await browser.send("/", f"/inbox/{LAND}/bulk", verb="accept")
        assert answer.status_code == 403
