"""From the record to notices: who is told, once, in which words."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from groundwork.domain.model import Chain, Role
from groundwork.domain.rules import Rules
from groundwork.store.errors import StoreError
from groundwork.store.people import People
from groundwork.store.post import PostOffice
from tests.notices.town import BOOK, LINK, NAME, PARK, RULES, Town


async def test_who_is_concerned_is_told_and_nobody_else(town: Town) -> None:
    await town.launch()
    await town.receive()
    await town.plan()
    assert await town.told("housekeeper") == ["chain_launched", "step_ready"]
    assert await town.told("officer") == ["step_received"]
    assert await town.told("head") == await town.told("elsewhere") == await town.told("ops") == []


async def test_a_project_manager_is_told_of_the_chain_they_act_on_but_not_of_their_act(
    town: Town,
) -> None:
    await town.add("stranger", Role.PROJECT_MANAGER)
    await town.launch()
    await town.receive()
    await town.accept()
    await town.plan()
    assert await town.told("manager") == ["step_ready", "step_accepted"]
    assert await town.told("stranger") == []
    assert "step_accepted" not in await town.told("officer")


async def test_an_escalation_tells_whom_the_ladder_names(town: Town) -> None:
    await town.launch()
    await town.receive()
    await town.accept()
    await town.wait(datetime.now(UTC) + timedelta(days=12))
    await town.plan()
    assert "escalation_fired" in await town.told("head")
    assert "escalation_fired" in await town.told("officer")
    assert "escalation_fired" not in await town.told("elsewhere")


async def test_a_notice_says_what_where_and_until_when_in_both_languages(town: Town) -> None:
    await town.launch()
    chain = await town.receive()
    await town.plan()
    (notice,) = (await town.notices.page(town.people["officer"])).items
    assert notice["title"]["zh"].startswith(f"{NAME}：L01 ")
    assert "（周" in notice["body"]["zh"]
    assert "还剩" in notice["body"]["zh"]
    assert "working day" in notice["body"]["en"]
    assert f"{LINK}/chains/{chain.id}" in notice["body"]["en"]
    assert chain.launch.project_code in notice["body"]["zh"]
    assert notice["due_on"] is not None
    for text in (*notice["title"].values(), *notice["body"].values()):
        assert "p-" not in text
        assert "某人" not in text


async def test_planning_again_or_twice_at_once_changes_nothing(town: Town) -> None:
    await town.launch()
    await town.receive()
    other = PostOffice(town.engine, BOOK, lambda _chain: RULES, LINK)
    await asyncio.gather(*(office.plan() for office in (town.office, other) * 3))
    await town.sql("UPDATE notice_cursor SET seq = 0")
    await town.plan()
    assert await town.told("officer") == ["step_received"]
    assert await town.told("housekeeper") == ["chain_launched", "step_ready"]


async def test_a_planner_that_dies_before_it_is_done_leaves_nothing_half_planned(
    town: Town,
) -> None:
    await town.launch()
    await town.receive()
    # The last statement of the planner's transaction fails, as if its connection had died.
    await town.sql(
        "CREATE FUNCTION die() RETURNS trigger AS $$ BEGIN RAISE 'died'; END $$ LANGUAGE plpgsql;"
    )
    await town.sql(
        "CREATE TRIGGER die BEFORE UPDATE ON notice_cursor FOR EACH ROW EXECUTE FUNCTION die()"
    )
    with pytest.raises(StoreError, match="P0001"):
        await town.office.plan()
    assert await town.sql("SELECT 1 FROM notice") == []
    await town.sql("DROP TRIGGER die ON notice_cursor")
    await town.plan()
    assert await town.told("officer") == ["step_received"]


async def test_a_chain_that_cannot_be_planned_holds_up_no_other(town: Town) -> None:
    first = await town.launch()
    second = await town.launch()

    def find(chain: Chain) -> Rules:
        if chain.id == first.id:
            raise KeyError("not on the shelf")
        return RULES

    office = PostOffice(town.engine, BOOK, find, LINK)
    assert await office.plan() > 0
    rows = await town.sql("SELECT DISTINCT chain_id FROM notice")
    assert [row[0] for row in rows] == [second.id]
    assert await office.plan() == 0
    await town.plan()
    rows = await town.sql("SELECT DISTINCT chain_id FROM notice")
    assert {row[0] for row in rows} == {first.id, second.id}


async def test_who_left_is_not_told_and_who_came_is(town: Town) -> None:
    await People(town.engine).deactivate(town.people["officer"])
    await town.add("successor", Role.OFFICER, PARK)
    await town.launch()
    await town.receive()
    await town.plan()
    assert await town.told("officer") == []
    assert await town.told("successor") == ["step_received"]


async def test_reading_counts_down(town: Town) -> None:
    await town.launch()
    await town.plan()
    keeper = town.people["housekeeper"]
    assert await town.notices.unread(keeper) == 2
    page = await town.notices.page(keeper, unread=True, limit=1)
    assert page.next is not None
    assert await town.notices.read(keeper, page.items[0]["id"]) == 1
    assert await town.notices.read(town.people["officer"], page.items[0]["id"]) is None
    assert await town.notices.read(keeper) == 0


async def test_what_is_old_can_be_put_away_once_everything_is_planned(town: Town) -> None:
    await town.launch()
    await town.receive()
    later = datetime.now(UTC) + timedelta(days=1)
    assert not await town.notices.put_away(later)
    await town.plan()
    officer = town.people["officer"]
    assert await town.notices.put_away(datetime.now(UTC) - timedelta(days=1))
    assert await town.notices.unread(officer) == 1
    assert await town.notices.put_away(later)
    assert await town.notices.unread(officer) == 0
