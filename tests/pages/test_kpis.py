"""The page of effect: figures with their definitions, cases behind them, and who sees what."""

import re

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.catalogue.kpis import default_kpis
from groundwork.domain.model import Light
from groundwork.domain.reach import EVERYTHING
from groundwork.store import kpis
from groundwork.store.reach import looking_with
from tests.api.house import House
from tests.api.pages import plain
from tests.api.paper_plays import land
from tests.api.recorded import recorded
from tests.domain.worlds import Play
from tests.pages.browsing import signed_in

LONG_AGO = "from=2020-01-01"


@pytest.fixture
async def play(house: House, engine: AsyncEngine) -> Play:
    played = await land((await house.project())["code"], engine)
    await recorded(engine, played)
    return played


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_figure_says_what_it_measures_and_against_what(
    house: House, play: Play, language: str
) -> None:
    page = plain((await (await signed_in(house, "data_bureau")).get(f"/kpis?lang={language}")).text)
    for figure in default_kpis().figures:
        assert (figure.name.zh if language == "zh" else figure.name.en) in page
        assert plain(figure.what.zh if language == "zh" else figure.what.en) in page
    assert "55" in page
    assert "36" in page
    assert {"zh": "仅列示，不参与计算", "en": "nothing is drawn from it"}[language] in page


async def test_small_samples_and_empty_periods_are_said_plainly(house: House, play: Play) -> None:
    reader = await signed_in(house, "data_bureau")
    page = plain((await reader.get("/kpis?from=1999-01-01&to=1999-12-31")).text)
    assert "期内无已办结的案例" in page
    assert "中位数 ·" not in page


async def test_the_cases_are_those_that_were_counted(house: House, play: Play) -> None:
    reader = await signed_in(house, "data_bureau")
    told = (await house.get("data_bureau", f"/kpis?{LONG_AGO}")).json()
    figure = next(one for one in told["figures"] if one["id"] == "step-time")
    assert figure["summary"]["n"] > 0
    assert sum(one["number"] for one in figure["values"]) == figure["summary"]["n"]
    page = await reader.get(f"/kpis?{LONG_AGO}")
    assert f"看这 {figure['summary']['n']} 件" in page.text
    assert f'href="/kpis/step-time?{LONG_AGO}"' in page.text
    cases = await reader.get(f"/kpis/step-time?{LONG_AGO}")
    assert cases.status_code == 200
    assert "年产十万套卫浴项目" in cases.text
    assert f"/api/v1/kpis/step-time/cases.xlsx?{LONG_AGO}" in cases.text


async def test_figures_that_took_long_to_read_say_as_of_when_they_are(
    house: House, play: Play, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = await signed_in(house, "data_bureau")
    monkeypatch.setattr(kpis, "SLOW_SECONDS", 0.0)
    monkeypatch.setattr(kpis, "KEPT_TIMES", 1_000_000)
    for _ in range(2):
        assert "截至" not in (await reader.get("/kpis")).text
    await recorded(engine, await land((await house.project())["code"], engine))
    page = (await reader.get("/kpis")).text
    assert re.search(r"截至 \d\d:\d\d:\d\d 的数字", page)


async def test_an_officer_sees_their_own_department_alone(house: House, play: Play) -> None:
    officer = await signed_in(house, "officer@park-committee")
    page = await officer.get("/kpis")
    assert page.status_code == 200
    assert 'name="department"' not in page.text
    other = await officer.get("/kpis?department=development-reform")
    assert other.status_code == 403


async def test_who_may_not_read_them_has_no_way_there(house: House) -> None:
    enterprise = await signed_in(house, "project_manager")
    assert 'href="/kpis"' not in (await enterprise.get("/")).text
    assert (await enterprise.get("/kpis")).status_code == 403


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/kpis?from=tomorrow", 422),
        ("/kpis?from=2026-02-01&to=2026-01-01", 422),
        ("/kpis/none", 404),
        ("/kpis?to=0001-01-01", 422),
    ],
)
async def test_what_cannot_be_shown_is_a_page_that_says_so(
    house: House, address: str, status: int
) -> None:
    answer = await (await signed_in(house, "data_bureau")).get(address)
    assert answer.status_code == status
    assert "<h1>" in answer.text


async def test_no_department_has_a_figure_of_whole_chains(house: House, play: Play) -> None:
    reader = await signed_in(house, "data_bureau")
    page = await reader.get("/kpis/chain-time?department=park-committee")
    assert "不按部门或环节列示" in page.text


async def test_operators_see_lights_by_department_and_no_case(house: House, play: Play) -> None:
    page = await (await signed_in(house, "ops")).get("/ops")
    with looking_with(EVERYTHING):  # a request asks in the context of its test
        counted = await house.resources.kpis.lights()
    assert counted
    total = sum(one.get(Light.RED, 0) for one in counted.values())
    assert "现在各部门在手的环节" in page.text
    assert f"合计 {total}" in plain(page.text)
    assert "/projects?department=" not in page.text
