"""The home page: what needs each role today, and what to do where nothing is there yet."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.model import Role
from tests.api.desks import hire
from tests.api.house import PARK, House
from tests.api.pages import plain
from tests.api.paper_plays import land
from tests.api.recorded import recorded
from tests.api.test_grants import give
from tests.domain.worlds import Play
from tests.pages.browsing import signed_in


@pytest.fixture
async def play(house: House, engine: AsyncEngine) -> Play:
    played = await land((await house.project())["code"], engine)
    await recorded(engine, played)
    return played


async def test_an_officer_sees_the_departments_desk(house: House, play: Play) -> None:
    page = await (await signed_in(house, f"officer@{PARK}")).get("/")
    text = plain(page.text)
    for wanted in ("已超期", "今天到期", "待复意见", "督办等您处理"):
        assert wanted in text
    counts = (await house.resources.kpis.lights(PARK)).get(PARK, {})
    assert f"本部门在手 {sum(counts.values())} 件" in text
    assert f'href="/inbox/{PARK}"' in page.text


async def test_a_housekeeper_sees_their_projects_and_promises(house: House, play: Play) -> None:
    text = plain((await (await signed_in(house, "housekeeper")).get("/")).text)
    for wanted in ("红灯项目", "等企业", "未启动", "最有风险的项目", "容缺", "承诺"):
        assert wanted in text
    assert "督办等您处理" not in text


@pytest.mark.parametrize("who", ["data_bureau", "business_environment_office"])
async def test_overseers_see_escalations_lights_and_figures(
    house: House, play: Play, who: str
) -> None:
    text = plain((await (await signed_in(house, who)).get("/")).text)
    for wanted in ("督办等您处理", "红灯环节", "标准路线审批用时", "现在各部门在手的环节"):
        assert wanted in text


async def test_operators_go_to_their_own_page(house: House) -> None:
    answer = await (await signed_in(house, "ops")).get("/")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/ops"


async def test_an_administrator_is_told_how_people_come_in(house: House) -> None:
    page = await (await signed_in(house, "administrator")).get("/")
    assert "groundwork people add" in page.text


@pytest.mark.parametrize("who", ["project_manager", "housekeeper", "data_bureau", "administrator"])
async def test_in_english(house: House, play: Play, who: str) -> None:
    page = await (await signed_in(house, who)).get("/?lang=en")
    assert page.status_code == 200
    assert "what needs you today" in page.text


async def test_where_nothing_is_there_yet_it_says_what_to_do_first(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def none(*_: object) -> int:
        return 0

    monkeypatch.setattr(house.resources.project_list, "count", none)
    page = await (await signed_in(house, "housekeeper")).get("/")
    assert "第一次使用" in page.text
    assert "groundwork up --demo" in page.text
    assert 'href="/launch/project"' in page.text


async def test_a_supervisor_sees_what_was_given_to_them(house: House, play: Play) -> None:
    house.people, house.tokens = dict(house.people), dict(house.tokens)
    await hire(house, "supervisor", Role.SUPERVISOR, None)
    supervisor = await signed_in(house, "supervisor")
    text = plain((await supervisor.get("/")).text)
    assert "还没有交给您的项目" in text
    assert "第一次使用" not in text
    code = play.chain.launch.project_code
    await give(house, "supervisor", "project", code)
    page = await supervisor.get("/")
    text = plain(page.text)
    for wanted in ("红灯项目", "最有风险的项目"):
        assert wanted in text
    assert play.chain.id in page.text
    assert "督办等您处理" not in text
