"""The launch wizard: what is missing, what is kept, and the launch itself."""

import asyncio
import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.api.house import House, failing_uscc, fresh_code, project_body, sound_uscc
from tests.api.pages import plain
from tests.pages.browsing import Browser, signed_in

LAND = "land-to-construction"
PRODUCTION = "completion-to-production"


@pytest.fixture
async def keeper(house: House) -> Browser:
    return await signed_in(house, "housekeeper")


async def test_it_lists_what_is_missing_and_says_why_nothing_can_be_launched(
    keeper: Browser,
) -> None:
    page = await keeper.get("/launch?settled=modes")
    text = plain(page.text)
    assert "项目资料：请选择已有项目，或新建项目" in text
    assert "链条与方案：请选择链条和方案" in text
    assert re.search(r'value="launch" disabled aria-describedby="why-not"', page.text)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "path", ["", "/chain", "/units", "/modes", "/credit", "/rehearsal", "/project"]
)
async def test_every_page_in_both_languages(
    keeper: Browser, house: House, path: str, language: str
) -> None:
    code = (await house.project())["code"]
    for chain in (LAND, f"{PRODUCTION}&unit=B1:1号厂房"):
        answer = await keeper.get(f"/launch{path}?project={code}&chain={chain}&lang={language}")
        assert answer.status_code == 200, answer.text
        assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in answer.text


async def test_a_project_is_created_and_the_draft_begins_with_it(keeper: Browser) -> None:
    body = project_body(name="东湖智造一期")
    answer = await keeper.send("/launch/project", "/launch/project", **body)
    assert answer.status_code == 303, plain(answer.text)
    assert answer.headers["location"] == f"/launch?project={body['code']}"
    start = await keeper.get("/launch")
    assert "东湖智造一期" in start.text
    assert f'href="/launch?project={body["code"]}"' in start.text


async def test_a_mistake_stands_beside_its_field_and_nothing_typed_is_lost(
    keeper: Browser,
) -> None:
    body = project_body(code="12", name="东湖智造一期")
    page = (await keeper.send("/launch/project", "/launch/project", **body)).text
    assert 'id="f-code-error"' in page
    assert 'value="东湖智造一期"' in page


async def test_a_code_whose_check_fails_goes_to_an_officer_with_everything_filled_in(
    house: House, keeper: Browser
) -> None:
    body = project_body(uscc=failing_uscc(), name="校验位不符的项目")
    refused = await keeper.send("/launch/project", "/launch/project", **body)
    assert refused.status_code == 422
    (link,) = re.findall(r'<p class="break"><a href="([^"]+)"', refused.text)
    address = urlsplit(unescape(link))
    officer = await signed_in(house, "officer@park-committee")
    here = f"{address.path}?{address.query}"
    form = await officer.get(here)
    assert 'value="校验位不符的项目"' in form.text
    typed = {name: values[0] for name, values in parse_qs(address.query).items()}
    created = await officer.send(here, here, **typed, uscc_override_reason="已核对营业执照原件")
    assert created.status_code == 303, plain(created.text)
    assert (await house.get("housekeeper", f"/projects/{body['code']}")).status_code == 200


async def test_who_may_neither_create_nor_override_is_turned_away(house: House) -> None:
    manager = await signed_in(house, "project_manager")
    assert (await manager.get("/launch/project")).status_code == 403
    assert (await manager.get("/launch")).status_code == 403


async def test_an_existing_project_is_found(keeper: Browser, house: House) -> None:
    code = (await house.project(name="寻找中的项目"))["code"]
    page = await keeper.get("/launch/project?q=寻找中")
    assert f'href="/launch?project={code}"' in page.text


async def test_choices_go_into_the_address_and_outlive_the_browser(
    house: House, keeper: Browser
) -> None:
    code = (await house.project())["code"]
    here = f"/launch/chain?project={code}"
    answer = await keeper.send(here, here, chain=f"{LAND}/fast")
    here = answer.headers["location"].replace("/launch?", "/launch/modes?")
    answer = await keeper.send(here, here, **{"mode.L08": "commitment", "mode.L13": "exempt"})
    address = answer.headers["location"]
    assert parse_qs(urlsplit(address).query) == {
        "project": [code],
        "chain": [LAND],
        "variant": ["fast"],
        "mode": ["L08:commitment", "L13:exempt"],
        "settled": ["chain.modes"],
    }
    another = await signed_in(house, "housekeeper")
    found = unescape((await another.get("/launch")).text)
    assert address in found
    views = await house.get("housekeeper", "/views")
    assert views.json()["items"] == []


async def test_a_mode_says_who_decides_what_is_signed_and_what_a_breach_leads_to(
    house: House, keeper: Browser
) -> None:
    code = (await house.project())["code"]
    text = plain((await keeper.get(f"/launch/modes?project={code}&chain={LAND}")).text)
    assert "项目经理签署告知承诺书" in text
    assert "撤销决定" in text
    assert re.search(r"提前 \d+ 个工作日", text)


async def test_buildings_are_added_and_removed_without_a_script(
    house: House, keeper: Browser
) -> None:
    code = (await house.project())["code"]
    here = f"/launch/units?project={code}&chain={PRODUCTION}"
    rows = {"unit_id": ["b1", "B2", ""], "unit_name": ["1号厂房", "2号厂房", ""]}
    more = await keeper.send(here, here, **rows, verb="more")
    assert more.text.count('name="unit_id"') == 5
    fewer = await keeper.send(here, here, **rows, drop="0")
    assert 'value="1号厂房"' not in fewer.text
    assert 'value="2号厂房"' in fewer.text
    saved = await keeper.send(here, here, **rows, verb="save")
    assert parse_qs(urlsplit(saved.headers["location"]).query)["unit"] == [
        "B1:1号厂房",
        "B2:2号厂房",
    ]


async def test_a_building_named_twice_is_told_and_stays_typed(
    house: House, keeper: Browser
) -> None:
    code = (await house.project())["code"]
    here = f"/launch/units?project={code}&chain={PRODUCTION}"
    rows = {"unit_id": ["B1", "B1"], "unit_name": ["甲", "乙"]}
    answer = await keeper.send(here, here, **rows, verb="save")
    assert answer.status_code == 422
    assert "单体编号重复" in answer.text
    assert 'value="乙"' in answer.text


async def test_credit_tells_what_it_bars_and_how_that_ends(house: House, keeper: Browser) -> None:
    barred = "91440784MA0000111M"
    code = (await house.project(uscc=barred, uscc_override_reason=None))["code"]
    record = {
        "subject": barred,
        "kind": "false_commitment",
        "severity": "serious",
        "decided_on": "2026-01-05",
        "document": "鹤信决〔2026〕1号",
    }
    filed = await house.post("business_environment_office", "/credit/records", record)
    assert filed.status_code == 201, filed.text
    here = f"project={code}&chain={LAND}&mode=L08:commitment"
    text = plain((await keeper.get(f"/launch/credit?{here}")).text)
    assert "不能使用" in text
    assert "L08" in text
    assert "改按标准方式办理" in plain((await keeper.get(f"/launch?{here}")).text)


async def test_another_day_of_launch_is_another_forecast(house: House, keeper: Browser) -> None:
    code = (await house.project())["code"]
    here = f"/launch/rehearsal?project={code}&chain={LAND}"
    assert "关键路径：" in plain((await keeper.get(here)).text)
    wrong = await keeper.get(f"{here}&start=1999-01-01")
    assert wrong.status_code == 422
    assert 'id="f-start-error"' in wrong.text


async def test_without_an_engine_the_rules_rehearse_alone_and_say_so(
    house: House, keeper: Browser
) -> None:
    code = (await house.project())["code"]
    here = f"/launch/rehearsal?project={code}&chain={LAND}"
    page = await _rehearsed(keeper, here)
    assert "预演用的流程引擎暂不可用" in page
    assert "P50–P90" in page
    assert re.search(r"红灯|黄牌", page)
    tasks = plain((await keeper.get(f"/launch?project={code}&chain={LAND}")).text)
    assert re.search(r"预计 .* 至 .* 办结", tasks)


async def test_the_engine_being_silent_is_told_and_nothing_is_lost(
    house: House, keeper: Browser
) -> None:
    code = (await house.project())["code"]
    here = f"/launch?project={code}&chain={LAND}"
    answer = await keeper.send(here, here, verb="launch")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


async def test_a_draft_can_be_given_up(keeper: Browser) -> None:
    body = project_body(name="放弃的项目")
    await keeper.send("/launch/project", "/launch/project", **body)
    here = f"/launch?project={body['code']}"
    await keeper.send(here, here, verb="forget")
    start = (await keeper.get("/launch")).text
    assert 'value="forget"' not in start.partition("放弃的项目")[0][-200:]
    assert "尚未启动的项目" in start


async def test_from_a_new_project_to_a_running_chain(
    busy_house: House, engine: AsyncEngine
) -> None:
    keeper = await signed_in(busy_house, "housekeeper")
    body = {"code": fresh_code(), "name": "从头到尾", "enterprise": "某公司", "uscc": sound_uscc()}
    created = await keeper.send("/launch/project", "/launch/project", **body)
    here = created.headers["location"].replace("/launch?", "/launch/chain?")
    chosen = await keeper.send(here, here, chain=f"{LAND}/standard")
    here = chosen.headers["location"].replace("/launch?", "/launch/modes?")
    chosen = await keeper.send(here, here, **{"mode.L10": "commitment"})
    here = chosen.headers["location"]
    rehearsed = await _rehearsed(keeper, here.replace("/launch?", "/launch/rehearsal?"))
    assert "真实引擎" in rehearsed
    assert "引擎执行" in rehearsed
    launched = await keeper.send(here, here, verb="launch")
    assert launched.status_code == 303, plain(launched.text)
    chain = f"{LAND}.{body['code']}"
    while (row := await busy_house.resources.reads.chain(chain)) is None:
        await asyncio.sleep(0.05)
    assert row["snapshot"].steps["L10"].mode == "commitment"
    done = plain((await keeper.get(launched.headers["location"])).text)
    assert "链条已启动" in done
    code = await busy_house.get("housekeeper", f"/projects/{body['code']}/tracking-code")
    assert code.json()["code"] in done
    again = await keeper.get(here)
    assert "该项目的这条链条已经启动" in plain(again.text)


async def _rehearsed(keeper: Browser, here: str) -> str:
    """What the page says once the rehearsal is over."""
    assert (await keeper.send(here, here)).status_code == 303
    while 'data-state="ready"' not in (page := (await keeper.get(here)).text):
        assert 'data-state="failed"' not in page
        await asyncio.sleep(0.2)
    return plain(page)
