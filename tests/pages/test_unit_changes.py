"""Buildings of a running chain: what a change would do, and doing it."""

import asyncio
import re

import pytest

from tests.api.house import House
from tests.api.pages import plain
from tests.pages.browsing import signed_in

PRODUCTION = "completion-to-production"
UNITS = [{"id": "B1", "name": "1号厂房"}, {"id": "B2", "name": "2号厂房"}]


@pytest.fixture
async def chain(busy_house: House) -> str:
    return await busy_house.launch(chain=PRODUCTION, units=UNITS)


async def test_a_change_is_previewed_and_then_done(busy_house: House, chain: str) -> None:
    keeper = await signed_in(busy_house, "housekeeper")
    here = f"/chains/{chain}/units"
    added = {"unit": "b3", "name": "3号厂房", "reason": "加建"}
    preview = await keeper.send(here, here, verb="add_unit", **added)
    assert preview.status_code == 200, plain(preview.text)
    assert 'name="sure" value="1"' in preview.text
    assert "C09.B3" in preview.text
    assert "3号厂房" not in (await keeper.get(here)).text
    done = await keeper.send(here, here, verb="add_unit", sure="1", **added)
    assert done.status_code == 303, plain(done.text)
    while "3号厂房" not in (page := (await keeper.get(here)).text):
        await asyncio.sleep(0.05)
    assert re.search(r'<option value="B3"', page)
    merged = {"unit": "B3", "into": "B2", "reason": "合并验收"}
    preview = await keeper.send(here, here, verb="merge_units", **merged)
    assert "B3 → B2" in plain(preview.text)


async def test_what_the_law_refuses_is_told_and_what_was_typed_stays(
    busy_house: House, chain: str
) -> None:
    keeper = await signed_in(busy_house, "housekeeper")
    here = f"/chains/{chain}/units"
    twice = await keeper.send(here, here, verb="add_unit", unit="B1", name="又一栋", reason="加建")
    assert twice.status_code == 422
    assert 'role="alert"' in twice.text
    assert 'value="又一栋"' in twice.text
    without = await keeper.send(here, here, verb="drop_unit", unit="B1")
    assert without.status_code == 422
    assert 'id="reason-drop_unit-error"' in without.text


async def test_who_may_not_is_shown_no_form(busy_house: House, chain: str) -> None:
    manager = await signed_in(busy_house, "project_manager")
    page = await manager.get(f"/chains/{chain}/units?lang=en")
    assert page.status_code == 200
    assert "change-units" not in page.text
