"""The form of a joint site visit: who of the department was there, and where it is told."""

import re
from datetime import UTC, datetime

import pytest

from groundwork.domain.calendar import local_date
from groundwork.domain.model import Role
from tests.api.desks import hire
from tests.api.house import PARK, House
from tests.api.pages import plain
from tests.api.production import consulted
from tests.pages.browsing import Browser, signed_in

PARKS, SECOND = f"officer@{PARK}", "second officer"
FINDINGS = "消防车道 <补画> 标线"


@pytest.fixture
async def house(halls_house: House) -> House:
    """The API of the halls, with a colleague of the park's officer."""
    halls_house.people = dict(halls_house.people)
    await hire(halls_house, SECOND, Role.SECTION_HEAD)
    return halls_house


def place(chain: str) -> str:
    return f"/chains/{chain}/steps/H02.B1"


async def form(house: House, language: str = "zh") -> tuple[Browser, str]:
    """An officer's browser, and the chain whose first hall is to be visited."""
    chain = await consulted(house)
    browser = await signed_in(house, PARKS)
    await browser.get(f"/?lang={language}")
    return browser, chain


@pytest.mark.parametrize(
    ("language", "hint"),
    [("zh", "须有本部门 2 名以上工作人员到场"), ("en", "At least 2 of the department")],
)
async def test_it_offers_the_people_of_the_department(
    house: House, language: str, hint: str
) -> None:
    browser, chain = await form(house, language)
    page = await browser.get(f"{place(chain)}?do=record_visit")
    boxes = re.findall(r'<input type="checkbox" name="officers" value="([^"]+)"', page.text)
    assert {house.people[PARKS], house.people[SECOND]} <= set(boxes)
    assert house.people["housekeeper"] not in boxes
    assert hint in plain(page.text)


@pytest.mark.parametrize("who", [(PARKS,), (PARKS, "housekeeper")])
async def test_a_refusal_keeps_what_was_typed(house: House, who: tuple[str, ...]) -> None:
    browser, chain = await form(house)
    officers = [house.people[one] for one in who]
    today = local_date(datetime.now(UTC)).isoformat()
    page = await browser.send(
        f"{place(chain)}?do=record_visit",
        f"{place(chain)}/record_visit",
        visited_on=today,
        findings=FINDINGS,
        officers=officers,
        intent="send",
    )
    assert page.status_code == 422
    assert 'role="alert"' in page.text
    assert FINDINGS in plain(page.text)
    assert f'value="{house.people[PARKS]}" checked' in page.text
    assert f'value="{house.people[SECOND]}" checked' not in page.text


async def test_who_was_there_stands_on_the_step_and_in_the_history(house: House) -> None:
    browser, chain = await form(house)
    people = house.resources.people
    both = [await people.create(name, Role.OFFICER, PARK) for name in ("黄敏", "周岚")]
    house.resources.standing.forget()
    done = await browser.send(
        f"{place(chain)}?do=record_visit",
        f"{place(chain)}/record_visit",
        visited_on=local_date(datetime.now(UTC)).isoformat(),
        officers=[one.id for one in both],
        intent="send",
    )
    assert done.status_code == 303, done.text
    for address in (place(chain), f"/chains/{chain}/history"):
        assert "现场人员：黄敏、周岚" in plain((await browser.get(address)).text), address
    assert "（黄敏、周岚）" in plain((await browser.get(place(chain))).text)
