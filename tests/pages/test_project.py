"""A project's page: its chains, what may be launched, and its tracking code."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.api.house import House
from tests.api.pages import plain
from tests.api.paper_plays import land
from tests.api.recorded import recorded
from tests.pages.browsing import signed_in


@pytest.fixture
async def project(house: House) -> dict[str, Any]:
    return await house.project()


def place(project: dict[str, Any]) -> str:
    return f"/projects/{project['code']}"


async def test_a_new_project_offers_its_first_chain(house: House, project: dict[str, Any]) -> None:
    page = await (await signed_in(house, "housekeeper")).get(place(project))
    assert "还没有启动链条" in page.text
    first, second = (
        page.text.index(f"/launch?project={project['code']}&amp;chain={chain}")
        for chain in ("land-to-construction", "completion-to-production")
    )
    assert first < second
    assert f'{place(project)}/documents"' in page.text
    overseer = await (await signed_in(house, "data_bureau")).get(place(project))
    assert "/launch?project=" not in overseer.text
    assert "由项目管家启动" in overseer.text


async def test_a_successor_waits_for_the_chain_before(
    house: House, project: dict[str, Any], engine: AsyncEngine
) -> None:
    await recorded(engine, await land(project["code"], engine))
    page = await (await signed_in(house, "housekeeper")).get(place(project))
    assert "办结后可以启动" in page.text
    assert "/launch?project=" not in page.text
    assert "某人" in plain(page.text)


async def test_what_blocks_a_chain_is_the_same_in_lists_and_on_its_page(
    house: House, project: dict[str, Any], engine: AsyncEngine
) -> None:
    play = await land(project["code"], engine)
    await recorded(engine, play)
    listed = await house.get("housekeeper", f"/projects?q={project['code']}&lang=zh")
    chain = listed.json()["items"][0]["chain"]
    blocking, next_due = chain["outlook"]["blocking"]["name"], chain["next_due_step_name"]
    # Another step is due before the one that the finish hangs on.
    assert blocking != next_due
    text = plain(
        (await (await signed_in(house, "housekeeper")).get(f"/chains/{play.chain.id}")).text
    )
    assert f"卡点 · 现在在谁手上 {blocking} " in text
    assert f"{next_due} · 超期" in text[: text.index("预计办结")]


async def test_only_who_looks_after_it_sees_the_tracking_code(
    house: House, project: dict[str, Any]
) -> None:
    known = (await house.get("housekeeper", f"{place(project)}/tracking-code")).json()["code"]
    page = await (await signed_in(house, "housekeeper")).get(place(project))
    assert known in page.text
    overseer = await (await signed_in(house, "data_bureau")).get(place(project))
    assert known not in overseer.text


async def test_a_code_is_renewed_once_that_is_confirmed(
    house: House, project: dict[str, Any]
) -> None:
    keeper = await signed_in(house, "housekeeper")
    address = f"{place(project)}/tracking-code"
    before = (await house.get("housekeeper", address)).json()["code"]
    answer = await keeper.send(place(project), address)
    assert answer.status_code == 422
    assert "请勾选确认" in answer.text
    assert (await house.get("housekeeper", address)).json()["code"] == before
    answer = await keeper.send(place(project), address, confirm="yes")
    assert answer.status_code == 303
    page = await keeper.get(place(project))
    assert before not in page.text
    assert "旧码已失效" in page.text


async def test_an_officer_may_not_renew_it(house: House, project: dict[str, Any]) -> None:
    officer = await signed_in(house, "officer@park-committee")
    answer = await officer.send("/", f"{place(project)}/tracking-code", confirm="yes")
    assert answer.status_code == 403


async def test_who_may_audit_is_shown_where(
    house: House, project: dict[str, Any], engine: AsyncEngine
) -> None:
    await recorded(engine, await land(project["code"], engine))
    auditor = await signed_in(house, "data_bureau")
    page = await auditor.get(f"{place(project)}?lang=en")
    assert "is it whole?" in page.text
    keeper = await (await signed_in(house, "housekeeper")).get(place(project))
    assert "/api/v1/audit/" not in keeper.text


async def test_a_project_that_is_not_there(house: House) -> None:
    answer = await (await signed_in(house, "housekeeper")).get("/projects/2603-440784-04-01-000000")
    assert answer.status_code == 404
    assert "<h1>" in answer.text
