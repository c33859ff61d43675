"""The operators' page: what works, where to look, and nothing of any case."""

import asyncio

from tests.api.house import House
from tests.api.pages import plain
from tests.pages.browsing import signed_in


async def test_it_says_when_the_engine_is_silent(house: House) -> None:
    page = await (await signed_in(house, "ops")).get("/ops")
    assert page.status_code == 200
    assert "流程引擎 无应答" in plain(page.text)
    assert "数据库 正常" in plain(page.text)


async def test_it_counts_the_workers(busy_house: House) -> None:
    ops = await signed_in(busy_house, "ops")
    while "工作进程 1" not in plain((await ops.get("/ops")).text):
        await asyncio.sleep(0.1)


async def test_its_links_open_the_temporal_ui_with_a_saved_view(house: House) -> None:
    page = await (await signed_in(house, "ops")).get("/ops?lang=en")
    assert "/namespaces/default/workflows?query=Light%3D%22red%22" in page.text
    assert "&amp;savedQuery=Red%20chains" in page.text


async def test_it_shows_no_case_and_is_for_operators_only(house: House) -> None:
    project = await house.project()
    page = await (await signed_in(house, "ops")).get("/ops")
    assert project["name"] not in page.text
    assert 'action="/projects"' not in page.text
    refused = await (await signed_in(house, "housekeeper")).get("/ops")
    assert refused.status_code == 403
    assert (await (await signed_in(house, "ops")).get("/commitments")).status_code == 403
