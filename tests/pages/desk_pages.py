"""What tests of the officers' pages do again and again."""

import re
from typing import Any

from httpx import Response

from tests.api.house import PARK, House
from tests.pages.browsing import Browser, signed_in


async def first_step(house: House, chain: str) -> dict[str, Any]:
    """The first step of a chain as the API tells it."""
    detail = (await house.get("housekeeper", f"/chains/{chain}")).json()
    found: dict[str, Any] = next(one for one in detail["steps"] if one["key"] == "L01")
    return found


async def handed_in(house: House, *lacking: str) -> str:
    """A new chain whose first step is handed in, with all its materials but those."""
    chain = await house.launch()
    materials = [one["id"] for one in (await first_step(house, chain))["materials"]]
    kept = [one for one in materials if one not in lacking]
    done = await house.act("housekeeper", chain, "receive", step="L01", materials=kept)
    assert done.status_code == 200, done.text
    return chain


async def accepted(house: House) -> str:
    """A new chain whose first step is accepted."""
    chain = await handed_in(house)
    done = await house.act(f"officer@{PARK}", chain, "accept", step="L01")
    assert done.status_code == 200, done.text
    return chain


async def officer(house: House, language: str = "zh") -> Browser:
    """The browser of an officer of the park's."""
    browser = await signed_in(house, f"officer@{PARK}")
    await browser.get(f"/?lang={language}")
    return browser


def at(chain: str, key: str = "L01") -> str:
    """Where a step's page is."""
    return f"/chains/{chain}/steps/{key}"


async def give(browser: Browser, chain: str, verb: str, **fields: Any) -> Response:
    """Send the form of a command on the first step."""
    fields = {"intent": "send", **fields}
    return await browser.send(f"{at(chain)}?do={verb}", f"{at(chain)}/{verb}", **fields)


def offered(answer: Response) -> set[str]:
    """The commands that a step's page offers: those it links to, and the form on top."""
    links = re.findall(r'href="[^"]*\?do=([a-z_]+)#act"', answer.text)
    forms = re.findall(r'id="form-([a-z_]+)"', answer.text)
    return {*links, *forms}


def part(answer: Response, name: str) -> str:
    """What stands in the element of that id, up to the end of the page."""
    return answer.text.partition(f'id="{name}"')[2]
