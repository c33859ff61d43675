"""The operators' page: what works, where to look, and nothing of any case."""

import asyncio
import html
import re
from pathlib import Path

from groundwork.api.pages.ops_views import OFFICE, STUCK, old_definitions, red_departments
from groundwork.domain.definition import Text
from groundwork.runtime.temporal import connect
from tests.api.house import House, fresh_code
from tests.api.pages import plain
from tests.pages.browsing import Browser, signed_in


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
    text = html.unescape(page.text)
    for view in (*STUCK, *OFFICE):
        assert f"<code>{view.query}</code>" in text
    newest = house.resources.shelf.find("land-to-construction").definition.version
    assert f'Definition!="land-to-construction@{newest}"' in text


async def test_it_asks_for_the_red_chains_of_a_department_that_has_some(house: House) -> None:
    (view,) = red_departments([("natural-resources", Text(zh="自资", en="Land"))])
    assert view.query == 'RedDepts="natural-resources" AND ExecutionStatus="Running"'
    page = await (await signed_in(house, "ops")).get("/ops")
    # Nothing is open here, so no department is asked about.
    assert "RedDepts" not in page.text


async def test_it_counts_what_is_stuck_and_each_question_is_one_that_the_engine_understands(
    busy_house: House,
) -> None:
    ops = await signed_in(busy_house, "ops")
    # The engine is shared with tests whose worker is gone, and what they left stuck stays so.
    before = await _stuck(ops)
    client = await connect(busy_house.resources.settings)
    departments = red_departments([("natural-resources", Text(zh="自资", en="Land"))])
    views = (*STUCK, *OFFICE, *old_definitions(busy_house.resources.shelf), *departments)
    for view in views:
        assert (await client.count_workflows(view.query)).count >= 0
    broken = f"land-to-construction.{fresh_code()}"
    queue = busy_house.resources.settings.task_queue
    await client.start_workflow("LandToConstruction", {"launch": {}}, id=broken, task_queue=queue)
    while await _stuck(ops) != before + 1:
        await asyncio.sleep(0.1)
    found = [one.id async for one in client.list_workflows(STUCK[0].query)]
    await client.get_workflow_handle(broken).terminate()
    assert broken in found
    assert len(found) == before + 1


async def _stuck(ops: Browser) -> int:
    """How many chains do not get on, as the page tells it once the engine answers."""
    while not (told := re.search(r"卡住的链条 (\d+)", plain((await ops.get("/ops")).text))):
        await asyncio.sleep(0.1)
    return int(told[1])


def test_the_operators_page_has_the_questions_that_the_application_asks() -> None:
    page = (Path(__file__).parents[2] / "docs/ops/README.md").read_text()
    for view in (*STUCK, *OFFICE):
        assert f"`{view.query}`" in page, view.name.en


async def test_it_shows_no_case_and_is_for_operators_only(house: House) -> None:
    project = await house.project()
    page = await (await signed_in(house, "ops")).get("/ops")
    assert project["name"] not in page.text
    assert 'action="/projects"' not in page.text
    refused = await (await signed_in(house, "housekeeper")).get("/ops")
    assert refused.status_code == 403
    assert (await (await signed_in(house, "ops")).get("/commitments")).status_code == 403


async def test_who_follows_the_link_to_a_case_is_told_where_operators_look(house: House) -> None:
    case = "/chains/land-to-construction.2603-440784-04-01-558123"
    refused = await (await signed_in(house, "ops")).get(case)
    assert refused.status_code == 403
    assert '<a href="/ops">链条是否卡住，见运维页</a>' in refused.text
    others = await (await signed_in(house, "housekeeper")).get("/ops")
    assert others.status_code == 403
    assert "运维人员不查看办件内容" not in others.text
