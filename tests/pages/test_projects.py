"""The list of projects: what it says of each, its filters, and views kept of it."""

from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.api.house import House
from tests.api.pages import plain
from tests.api.paper_plays import land
from tests.api.recorded import recorded
from tests.domain.worlds import Play
from tests.pages.browsing import Browser, signed_in


@pytest.fixture
async def reader(house: House) -> Browser:
    return await signed_in(house, "housekeeper")


@pytest.fixture
async def named(house: House) -> dict[str, Any]:
    """A project with a name that no other has."""
    return await house.project(name=f"卫浴{uuid4().hex[:10]}")


@pytest.fixture
async def play(house: House, named: dict[str, Any], engine: AsyncEngine) -> Play:
    played = await land(named["code"], engine)
    await recorded(engine, played)
    return played


async def test_a_row_says_what_blocks_until_when_and_how_late(
    reader: Browser, named: dict[str, Any], play: Play
) -> None:
    page = await reader.get(f"/projects?search={named['name']}")
    text = plain(page.text)
    assert "1 个" in text
    assert "个工作日" in text
    assert "比承诺" in text
    assert f'data-key="{named["code"]}"' in page.text
    assert 'data-live="chains"' in page.text
    assert f'href="/chains/{play.chain.id}"' in page.text


async def test_news_is_counted_from_the_last_visit(
    reader: Browser, named: dict[str, Any], play: Play, house: House
) -> None:
    address = f"/projects?search={named['name']}"
    assert "条新进展" not in (await reader.get(address)).text
    house.resources.visits.note(house.people["housekeeper"], play.chain.id, play.chain.seq - 3)
    assert "3 条新进展" in (await reader.get(address)).text
    await reader.get(f"/chains/{play.chain.id}")
    assert "条新进展" not in (await reader.get(address)).text


async def test_a_chain_shows_what_is_new_and_its_history_marks_it(
    reader: Browser, play: Play, house: House
) -> None:
    address = f"/chains/{play.chain.id}"
    assert "自上次查看以来" not in (await reader.get(address)).text
    before = play.chain.seq - 2
    keeper = house.people["project_manager"]
    house.resources.visits.note(keeper, play.chain.id, before)
    enterprise = await signed_in(house, "project_manager")
    page = await enterprise.get(address)
    assert "自上次查看以来的新进展 2" in plain(page.text)
    assert f"/history?new={before}" in page.text
    history = (await enterprise.get(f"{address}/history?new={before}")).text
    assert history.count('class="is-new"') == 2
    assert 'class="is-new"' not in (await enterprise.get(f"{address}/history")).text


async def test_the_search_in_the_head_is_a_search_here(
    reader: Browser, named: dict[str, Any]
) -> None:
    page = await reader.get(f"/projects?q={named['name']}")
    assert named["code"] in page.text
    assert "还没有启动链条" in page.text
    assert f"/api/v1/projects.xlsx?sort=risk&amp;search={named['name']}" in unquote(page.text)


async def test_filters_say_so_when_nothing_matches(reader: Browser, named: dict[str, Any]) -> None:
    page = await reader.get(f"/projects?search={named['name']}&state=completed")
    assert "没有符合条件的项目" in page.text


async def test_mine_is_whoever_reads(house: House, named: dict[str, Any]) -> None:
    address = f"/projects?search={named['name']}&housekeeper=me"
    mine = await (await signed_in(house, "housekeeper")).get(address)
    assert named["code"] in mine.text
    theirs = await (await signed_in(house, "data_bureau")).get(address)
    assert f'data-key="{named["code"]}"' not in theirs.text


async def test_words_that_no_filter_knows_are_no_filters(
    reader: Browser, named: dict[str, Any]
) -> None:
    page = await reader.get(
        f"/projects?search={named['name']}&light=purple&state=&waiting_on=whom&finished=perhaps"
    )
    assert named["code"] in page.text


async def test_a_view_is_kept_renamed_moved_and_forgotten(house: House) -> None:
    reader = await signed_in(house, "data_bureau")
    address = "/projects?light=red&sort=due"
    for name in ("先办", "再办"):
        view = address if name == "先办" else "/projects?light=yellow"
        answer = await reader.send(view, view, verb="keep", name=name)
        assert answer.status_code == 303, answer.text
    page = (await reader.get(address)).text
    assert "<title>先办" in page
    assert plain(page).index("先办") < plain(page).index("再办")
    views = (await house.get("data_bureau", "/views?list=projects")).json()["items"]
    assert [one["query"] for one in views] == ["light=red&sort=due", "light=yellow"]
    first, second = (one["id"] for one in views)

    taken = await reader.send(address, address, verb="rename", view=first, name="再办")
    assert taken.status_code == 422
    assert 'role="alert"' in taken.text
    await reader.send(address, address, verb="rename", view=first, name="红灯先办")
    await reader.send(address, address, verb="later", view=first)
    views = (await house.get("data_bureau", "/views?list=projects")).json()["items"]
    assert [one["id"] for one in views] == [second, first]
    assert views[1]["name"] == "红灯先办"
    for view in (first, second):
        await reader.send(address, address, verb="forget", view=view)
    assert (await house.get("data_bureau", "/views?list=projects")).json()["items"] == []


async def test_a_view_without_a_name_comes_back_as_it_was(reader: Browser) -> None:
    answer = await reader.send("/projects?light=red", "/projects?light=red", verb="keep", name="")
    assert answer.status_code == 422
    assert '<option value="red" selected>' in answer.text


async def test_a_view_of_somebody_else_is_out_of_reach(house: House) -> None:
    owner = await signed_in(house, "business_environment_office")
    await owner.send("/projects?light=red", "/projects?light=red", verb="keep", name="督办")
    (kept,) = (await house.get("business_environment_office", "/views?list=projects")).json()[
        "items"
    ]
    other = await signed_in(house, "data_bureau")
    await other.send("/projects", "/projects", verb="forget", view=kept["id"])
    answer = await other.send("/projects", "/projects", verb="rename", view=kept["id"], name="x")
    assert answer.status_code == 422
    assert (await house.get("business_environment_office", "/views?list=projects")).json()[
        "items"
    ] == [kept]


async def test_in_english(reader: Browser, named: dict[str, Any], play: Play) -> None:
    text = plain((await reader.get(f"/projects?search={named['name']}&lang=en")).text)
    assert "What blocks, and whose turn" in text
    assert "Order" in text
