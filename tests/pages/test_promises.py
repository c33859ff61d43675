"""The pages of promises: ledgers, a commitment, a deficiency, and what a chain says of them."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain import commands as cmd
from groundwork.domain.model import Role
from tests.api.house import House, sign_up
from tests.api.pages import plain
from tests.api.paper_plays import LACKING, LETTER, land, sign
from tests.api.recorded import recorded
from tests.domain.worlds import Play
from tests.pages.browsing import Browser, signed_in

WHO = "housekeeper"
PLANNERS = "natural-resources"


@pytest.fixture
async def reader(house: House) -> Browser:
    return await signed_in(house, WHO)


@pytest.fixture
async def play(house: House, engine: AsyncEngine) -> Play:
    """A chain with a letter to be signed and a material to follow."""
    played = await land((await house.project())["code"], engine)
    await recorded(engine, played)
    return played


def place(play: Play, kind: str, subject: str) -> str:
    return f"/chains/{play.chain.id}/{kind}/{subject}"


async def test_the_ledgers_list_what_is_open(reader: Browser, play: Play) -> None:
    code = play.chain.launch.project_code
    letters = plain((await reader.get(f"/commitments?project={code}")).text)
    assert "待签署" in letters
    assert "按环评文件落实防治污染设施" in letters
    missing = plain((await reader.get(f"/deficiencies?project={code}")).text)
    assert "待补" in missing
    none = plain((await reader.get(f"/deficiencies?project={code}&state=closed")).text)
    assert "没有符合条件的容缺事项" in none


async def test_what_was_handed_in_is_not_called_overdue(
    house: House, reader: Browser, engine: AsyncEngine
) -> None:
    play = await land((await house.project())["code"], engine)
    play.do(cmd.SubmitCure(deficiency=LACKING, document="接驳意见"))
    await recorded(engine, play)
    ledger = f"/deficiencies?project={play.chain.launch.project_code}"
    for address in (ledger, place(play, "deficiencies", LACKING)):
        text = plain((await reader.get(address)).text)
        assert "已补待审" in text
        assert "超期" not in text


async def test_empty_filters_are_no_filters(reader: Browser, play: Play) -> None:
    code = play.chain.launch.project_code
    address = f"/commitments?project={code}&state=&department=&due_from=&due_to="
    assert "待签署" in plain((await reader.get(address)).text)


async def test_a_day_that_is_none_is_told(reader: Browser) -> None:
    answer = await reader.get("/commitments?due_from=tomorrow")
    assert answer.status_code == 422
    assert "应为日期" in answer.text


async def test_the_workbook_has_the_filters_of_the_page(reader: Browser, play: Play) -> None:
    code = play.chain.launch.project_code
    page = await reader.get(f"/commitments?project={code}")
    address = f"/api/v1/commitments.xlsx?project={code}"
    assert f'href="{address}"' in page.text
    assert (await reader.get(address)).content.startswith(b"PK")


async def test_what_others_typed_is_shown_as_text(reader: Browser, play: Play) -> None:
    page = await reader.get(place(play, "commitments", LETTER))
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert" in page.text


async def test_only_who_may_is_offered_a_form(house: House, play: Play) -> None:
    enterprise = await signed_in(house, "project_manager")
    page = (await enterprise.get(place(play, "commitments", LETTER))).text
    # The chain is a play in the past of an engine that runs no such chain; the offer is the core's.
    assert 'value="sign_commitment"' in page
    assert 'value="verify_commitment"' not in page
    housekeeper = await signed_in(house, WHO)
    page = (await housekeeper.get(place(play, "commitments", LETTER))).text
    assert 'value="sign_commitment"' not in page
    assert "现在没有需要您办理的事项" in page


async def test_a_form_with_a_mistake_comes_back_as_it_was(house: House, play: Play) -> None:
    enterprise = await signed_in(house, "project_manager")
    address = place(play, "commitments", LETTER)
    long = "函" * 130
    answer = await enterprise.send(address, address, verb="sign_commitment", signature=long)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert f'value="{long}"' in answer.text
    assert "最多 120 个字符" in answer.text


async def test_a_commitment_in_force_tells_its_day_and_why(
    reader: Browser, house: House, engine: AsyncEngine
) -> None:
    play = sign(await land((await house.project())["code"], engine))
    await recorded(engine, play)
    page = plain((await reader.get(place(play, "commitments", LETTER))).text)
    assert "履行中" in page
    assert "为什么是这一天" in page
    assert "违诺后果" in page


@pytest.mark.parametrize(("kind", "subject"), [("commitments", "none"), ("deficiencies", "none")])
async def test_what_is_not_there_is_a_page_that_says_so(
    reader: Browser, play: Play, kind: str, subject: str
) -> None:
    answer = await reader.get(place(play, kind, subject))
    assert answer.status_code == 404
    assert "<h1>" in answer.text


@pytest.mark.parametrize("tab", ["", "/plan", "/promises", "/units", "/history"])
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_tab_of_a_chain_in_both_languages(
    reader: Browser, play: Play, tab: str, language: str
) -> None:
    answer = await reader.get(f"/chains/{play.chain.id}{tab}?lang={language}")
    assert answer.status_code == 200, answer.text
    text = plain(answer.text)
    heading: Any = {"zh": "拿地即动工", "en": "Land"}
    assert heading[language] in text


async def test_a_deficiency_tells_its_day_and_its_paper(reader: Browser, play: Play) -> None:
    page = await reader.get(place(play, "deficiencies", LACKING))
    assert f"papers/tolerance/{LACKING}" in page.text
    assert "补正期限" in page.text


@pytest.fixture
async def head(house: House, database: str) -> str:
    """A section head of the department that tolerated the material."""
    (who, token), *_ = (await sign_up(database, [(Role.SECTION_HEAD, PLANNERS)])).tokens.items()
    house.tokens[who] = token
    return who


async def test_a_mistake_in_one_of_several_forms_leads_to_its_own_field(
    house: House, head: str, play: Play, engine: AsyncEngine
) -> None:
    await recorded(engine, play.do(cmd.SubmitCure(deficiency=LACKING)))
    browser, here = await signed_in(house, head), place(play, "deficiencies", LACKING)
    answer = await browser.send(here, here, verb="refuse_cure", reason="")
    assert answer.status_code == 422
    assert '<a href="#f-refuse">' in answer.text
    assert 'id="f-refuse-error"' in answer.text
    # Its term cannot be prolonged now: there is no form, and nothing to lead to.
    answer = await browser.send(here, here, verb="extend_cure", reason="")
    assert answer.status_code == 422
    assert 'class="mistakes"' in answer.text
    assert '<a href="#f-' not in answer.text
    assert 'class="error"' not in answer.text
