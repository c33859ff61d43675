"""What if: a running chain rehearsed onward, over HTTP and on its page."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.commands import TerminateChain
from tests.api.house import House
from tests.api.pages import plain
from tests.api.paper_plays import land
from tests.api.recorded import recorded
from tests.domain.worlds import OFFICE, Play
from tests.pages.browsing import signed_in


@pytest.fixture
async def play(house: House, engine: AsyncEngine) -> Play:
    """A chain that was launched in March and left lying: L07 is long overdue."""
    played = await land((await house.project())["code"], engine)
    await recorded(engine, played)
    return played


async def test_what_follows_is_told_and_nothing_is_written(house: House, play: Play) -> None:
    before = await house.resources.reads.chain(play.chain.id)
    path = f"/chains/{play.chain.id}/rehearse"
    usual = await house.post("housekeeper", path, {})
    assert usual.status_code == 200, usual.text
    told = usual.json()
    assert told["chain"] == play.chain.id
    assert told["finish"] > told["as_of"][:10]
    assert told["behind"] > 0
    assert {"L07", "L22"} <= {one["step"] for one in told["steps"]}
    assert told["timeline"][0]["at"] >= "2026-03"
    slow = await house.post("housekeeper", path, {"share": 200, "steps": {"L04": 300}})
    assert slow.json()["finish"] > told["finish"]
    assert len(slow.json()["escalations"]) > len(told["escalations"])
    assert await house.resources.reads.chain(play.chain.id) == before


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"share": 0}, 422, "invalid_request"),
        ({"steps": {"L99": 150}}, 404, "unknown_step"),
        ({"handing_in": 9999}, 422, "invalid_request"),
    ],
)
async def test_what_cannot_be_supposed_is_refused(
    house: House, play: Play, body: dict[str, object], status: int, code: str
) -> None:
    answer = await house.post("housekeeper", f"/chains/{play.chain.id}/rehearse", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_departments_do_not_rehearse(house: House, play: Play) -> None:
    answer = await house.post("officer@park-committee", f"/chains/{play.chain.id}/rehearse", {})
    assert answer.status_code == 403


async def test_the_page_leads_there_and_tells_it(house: House, play: Play) -> None:
    keeper = await signed_in(house, "housekeeper")
    code, here = play.chain.launch.project_code, f"/chains/{play.chain.id}/what-if"
    assert f'href="{here}"' in (await keeper.get(f"/projects/{code}")).text
    page = await keeper.get(f"{here}?share=150&step=L04&step_share=300")
    text = plain(page.text)
    assert page.status_code == 200
    assert "这样办的办结日" in text
    assert "会触发的督办" in text
    assert "L22" in text
    english = plain((await keeper.get(f"{here}?lang=en")).text)
    assert "Done, if so" in english
    wrong = await keeper.get(f"{here}?share=0")
    assert wrong.status_code == 422
    assert '<a href="#f-share">' in wrong.text


async def test_the_page_says_when_there_is_nothing_to_play_on(
    house: House, engine: AsyncEngine
) -> None:
    play = await land((await house.project())["code"], engine)
    ended = play.do(TerminateChain(reason="land not won"), OFFICE)
    await recorded(engine, ended)
    keeper = await signed_in(house, "housekeeper")
    page = await keeper.get(f"/chains/{play.chain.id}/what-if")
    assert "链条已结束" in page.text
    answer = await house.post("housekeeper", f"/chains/{play.chain.id}/rehearse", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "chain_closed")
