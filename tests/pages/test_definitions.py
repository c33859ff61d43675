"""Definitions as pages: who runs what, and going by a newer version with its impact seen first."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.api.shelf import Shelf
from groundwork.catalogue.loader import get
from groundwork.worker import stock_from_store
from groundwork.workflows import shelf as workers_shelf
from tests.api.house import House
from tests.api.pages import plain
from tests.api.test_upgrades import KIND, NEW
from tests.domain.newer import newer, promised, without
from tests.pages.browsing import Browser, signed_in

NEXT, UNFIT = "1.2.0", "1.3.0"
PLACE = f"/definitions/{KIND}/{NEXT}"
CONFIRM = f"{PLACE}/upgrade"
OFFICER = "officer@park-committee"


@pytest.fixture(scope="session")
def shelf() -> Shelf:
    """The catalogue, with a version that gives L01 more time, and one that does without it."""
    definition = get(KIND, NEW)
    longer = newer(definition, NEXT, edit=promised("L01", 15))
    shelf = Shelf([longer, newer(definition, UNFIT, edit=without("L01"))])
    for published in shelf:
        workers_shelf.put_definition(published.hash, published.definition)
    for version in shelf.calendar_versions:
        workers_shelf.put_calendar(shelf.calendar(version))
    return shelf


async def begun(house: House) -> str:
    """A chain on the version before, whose first step's clock runs."""
    chain = await house.launch(version=NEW)
    papers = [one.id for one in get(KIND, NEW).step("L01").materials]
    await house.act("housekeeper", chain, "receive", step="L01", materials=papers)
    accepted = await house.act(OFFICER, chain, "accept", step="L01")
    assert accepted.status_code in {200, 202}, accepted.text
    while await house.resources.reads.projected_seq(chain) < accepted.json()["seq"]:
        await asyncio.sleep(0.05)
    return chain


async def looked(office: Browser, place: str, until: str) -> str:
    """The page of a version once its impact is reckoned."""
    page = (await office.get(f"{place}?afresh=1")).text
    while until not in page:
        assert '<meta http-equiv="refresh"' in page, "it comes again without scripts"
        page = (await office.get(place)).text
    return page


async def version_of(house: House, chain: str) -> str:
    shown = (await house.get("administrator", f"/chains/{chain}")).json()
    version: str = shown["definition_version"]
    return version


async def test_running_chains_go_over_once_their_impact_was_seen(
    busy_house: House, engine: AsyncEngine
) -> None:
    house, chain = busy_house, await begun(busy_house)
    await stock_from_store(engine)
    office = await signed_in(house, "administrator")
    assert f"可改用 {UNFIT}" in plain((await office.get("/definitions")).text)

    page = await looked(office, PLACE, 'id="confirm"')
    words = plain(page)
    assert "适用的 1 条在办链条" in words
    assert "期限推后 1" in words
    assert chain in page
    assert "办理期限" in words, "what moves, with the day before and after"

    refused = await office.send(PLACE, CONFIRM)
    assert refused.status_code == 422
    assert 'href="#f-confirmed"' in refused.text
    assert (await version_of(house, chain)) == NEW
    done = await office.send(PLACE, CONFIRM, confirmed="1")
    place = done.headers["location"]
    shown = (await office.get(place)).text
    assert 'id="rollout"' in shown
    assert 'id="confirm"' not in shown, "it is not to be confirmed twice"
    while "已启用 1 条" not in (page := plain((await office.get(place)).text)):
        await asyncio.sleep(0.2)
    assert "推行" in page
    assert (await version_of(house, chain)) == NEXT

    # What a chain has begun no version takes away: it is told, and stays.
    page = plain(await looked(office, f"/definitions/{KIND}/{UNFIT}", 'id="unfit"'))
    assert "不适用、留在原版本的 1 条链条" in page
    assert "确认后" not in page
    # And none goes back.
    back = plain((await office.get(f"/definitions/{KIND}/{NEW}")).text)
    assert "没有按更旧版本办理的在办链条" in back
    english = plain((await office.get("/definitions?lang=en")).text)
    assert "By new chains" in english


class TestWhoMay:
    @pytest.mark.parametrize("who", ["housekeeper", "ops", "data_bureau"])
    async def test_only_administrators(self, house: House, who: str) -> None:
        reader = await signed_in(house, who)
        assert (await reader.get("/definitions")).status_code == 403
        assert (await reader.get(PLACE)).status_code == 403
        assert (await reader.send("/", CONFIRM, confirmed="1")).status_code == 403
        assert 'href="/definitions"' not in (await reader.get("/calendars")).text

    async def test_what_is_not_there_is_told(self, house: House) -> None:
        office = await signed_in(house, "administrator")
        assert (await office.get(f"/definitions/{KIND}/9.9.9")).status_code == 404
        assert (await office.get("/definitions/no-chain/1.0.0")).status_code == 404

    async def test_an_engine_that_is_away_is_told_and_nothing_is_begun(self, house: House) -> None:
        office = await signed_in(house, "administrator")
        refused = await office.send("/definitions", CONFIRM, confirmed="1")
        assert refused.status_code == 503
        assert "流程引擎" in plain(refused.text)
