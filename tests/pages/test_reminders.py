"""Reminding of several things at once: chosen, previewed, sent, and taken back."""

import re
from datetime import datetime
from html import unescape
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.calendar import SHANGHAI
from groundwork.domain.commands import Remind
from groundwork.domain.definition import Variant
from groundwork.runtime.settings import Settings
from groundwork.store.pending import Refusal
from tests.api.house import House
from tests.api.pages import plain
from tests.api.paper_plays import LACKING
from tests.api.recorded import launched_for, recorded
from tests.domain.worlds import HOUSEKEEPER, Play, rules_in_catalogue
from tests.pages.browsing import Browser, signed_in


@pytest.fixture
async def keeper(house: House) -> Browser:
    return await signed_in(house, "housekeeper")


@pytest.fixture
async def play(house: House, engine: AsyncEngine) -> Play:
    """A chain of today on which L07 is accepted with a material lacking; L08 can be handed in."""
    rules = rules_in_catalogue("land-to-construction")
    now = f"{datetime.now(SHANGHAI):%Y-%m-%d %H:%M}"
    code = (await house.project())["code"]
    played = await launched_for(code, engine, rules, start=now, variant=Variant.FAST)
    played.settle("L01", "L02", "L03").receive("L07", lacking=("pipeline-opinion",)).accept("L07")
    await recorded(engine, played)
    return played


def picks(page: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'name="pick" value="([^"]*)"', page)]


async def test_what_somebody_has_in_hand_can_be_chosen(keeper: Browser, play: Play) -> None:
    code, chain = play.chain.launch.project_code, play.chain.id
    here = f"/reminders?everybody=1&project={code}"
    steps = (await keeper.get(here)).text
    assert {f"{chain}|L07", f"{chain}|L08"} <= set(picks(steps))
    assert f"{chain}|L14" not in picks(steps)  # it waits for other steps
    firm = picks((await keeper.get(f"{here}&waiting_on=applicant")).text)
    assert f"{chain}|L07" not in firm
    missing = await keeper.get(f"{here}&of=deficiencies")
    assert picks(missing.text) == [f"{chain}|L07|{LACKING}"]
    english = plain((await keeper.get(f"{here}&of=deficiencies&lang=en")).text)
    assert "Waits for" in english


@pytest.mark.parametrize("wrong", [{"chain": "\0"}, {"deficiency": "\0"}])
async def test_ids_that_no_database_keeps_are_refused(house: House, wrong: dict[str, str]) -> None:
    body = {"subjects": [{"chain": "none", "step": "L01"} | wrong]}
    answer = await house.post("housekeeper", "/reminders", body, key="remind-nothing")
    assert answer.status_code == 422
    pointers = [error["pointer"] for error in answer.json()["errors"]]
    assert any(pointer.endswith(next(iter(wrong))) for pointer in pointers), pointers


async def test_whom_it_reaches_is_shown_before_anything_is_sent(
    keeper: Browser, house: House, play: Play
) -> None:
    chain = play.chain.id
    wanted = [f"{chain}|L07", f"{chain}|L07|{LACKING}", f"{chain}|L14", "none|L01"]
    query = "&".join(f"pick={one}" for one in wanted)
    preview = await keeper.get(f"/reminders/preview?{query}")
    text = plain(preview.text)
    assert "2 件可以催办，2 件不能" in text
    assert "自资" in text
    assert "现在不等待部门或企业办理" in text
    assert picks(preview.text) == wanted[:2]
    assert await house.resources.pending.of(house.people["housekeeper"]) == []


async def test_of_what_was_reminded_of_today_it_is_not_again(
    keeper: Browser, house: House, play: Play, engine: AsyncEngine
) -> None:
    await recorded(engine, play.do(Remind(step="L07"), HOUSEKEEPER))
    preview = await keeper.get(f"/reminders/preview?pick={play.chain.id}|L07")
    assert "今天已经催办过" in plain(preview.text)
    assert picks(preview.text) == []


async def test_who_may_not_remind_is_not_shown_the_page(house: House) -> None:
    officer = await signed_in(house, "officer@park-committee")
    assert (await officer.get("/reminders")).status_code == 403
    assert "/reminders" not in (await officer.get("/deficiencies")).text


async def test_several_are_sent_over_the_api_each_once_a_day(busy_house: House) -> None:
    chain = await busy_house.launch()
    subjects = [{"chain": chain, "step": "L01"}, {"chain": chain, "step": "L14"}]

    async def send(key: str, *, preview: bool = False) -> list[tuple[str, str | None]]:
        body = {"subjects": subjects, "note": "招商催问", "preview": preview}
        answer = await busy_house.post("housekeeper", "/reminders", body, key=key)
        assert answer.status_code == 200, answer.text
        return [(one["outcome"], one["code"]) for one in answer.json()["subjects"]]

    nobody = ("refused", "nobody_to_remind")
    assert await send("remind-look-1", preview=True) == [("would", None), nobody]
    assert await send("remind-send-1") == [("sent", None), nobody]
    assert await send("remind-send-1") == [("sent", None), nobody]
    assert await send("remind-send-2") == [("refused", "reminded_today"), nobody]
    timeline = await busy_house.get("housekeeper", f"/chains/{chain}/timeline")
    assert [one["type"] for one in timeline.json()["items"]].count("step_reminded") == 1
    forbidden = await busy_house.post(
        "officer@park-committee", "/reminders", {"subjects": subjects}, key="remind-officer"
    )
    assert forbidden.status_code == 403


class TestHeld:
    """Before they go out."""

    @pytest.fixture
    def engine_settings(self, engine_settings: Settings) -> Settings:
        return engine_settings.model_copy(update={"undo_seconds": 60})

    async def test_reminders_that_were_confirmed_can_be_taken_back(
        self, keeper: Browser, house: House, play: Play
    ) -> None:
        chain = play.chain.id
        wanted = [f"{chain}|L07", f"{chain}|L07|{LACKING}"]
        fields = await keeper.fields(f"/reminders/preview?pick={wanted[0]}")
        sent = await keeper.post("/reminders", pick=wanted, **fields)
        assert "已催办 2 件，未催办 0 件" in plain(sent.text)
        assert "此前可以撤回" in plain(sent.text)
        held = await house.resources.pending.of(house.people["housekeeper"])
        assert {one.verb for one in held} == {"remind"}
        assert len(held) == 2
        # Sent twice it is held once.
        await keeper.post("/reminders", pick=wanted, **fields)
        assert len(await house.resources.pending.of(house.people["housekeeper"])) == 2
        page = (await keeper.get("/reminders")).text
        assert page.count('action="/held/take-back"') == 1
        assert "“催办”共 2 件将于" in plain(page)
        assert "全部撤回" in page
        back: dict[str, Any] = {
            "chain": [one.chain_id for one in held],
            "key": [one.key for one in held],
        }
        await keeper.post("/held/take-back", **fields, **back, next="/reminders")
        assert await house.resources.pending.of(house.people["housekeeper"]) == []
        assert "已撤回" in (await keeper.get("/reminders")).text

    async def test_refusals_of_one_act_are_put_away_together(
        self, keeper: Browser, house: House, play: Play
    ) -> None:
        chain, pending = play.chain.id, house.resources.pending
        wanted = [f"{chain}|L07", f"{chain}|L07|{LACKING}"]
        fields = await keeper.fields(f"/reminders/preview?pick={wanted[0]}")
        await keeper.post("/reminders", pick=wanted, **fields)
        held = await pending.of(house.people["housekeeper"])
        for one in held:
            await pending.refuse(one.chain_id, one.key, Refusal("wrong_state", {}))
        page = (await keeper.get("/reminders")).text
        assert page.count('action="/held/dismiss"') == 1
        assert "“催办”共 2 件发出后未被接受" in plain(page)
        # What is refused cannot be taken back.
        back: dict[str, Any] = {
            "chain": [one.chain_id for one in held],
            "key": [one.key for one in held],
        }
        await keeper.post("/held/take-back", **fields, **back, next="/reminders")
        assert len(await pending.of(house.people["housekeeper"])) == 2
        await keeper.post("/held/dismiss", **fields, **back, next="/reminders")
        assert await pending.of(house.people["housekeeper"]) == []
