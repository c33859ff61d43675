"""What holds on every page, in both languages: nothing to bar anybody, nothing too heavy."""

import gzip
from importlib.resources import files
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, Response

from tests.browser.conftest import Open, Watch
from tests.browser.demo import Demo
from tests.browser.gallery import PICTURES, file_of
from tests.browser.places import SPOTS, Spot

WIDE, PHONE = (1366, 768), (390, 844)
NARROWEST = 320
"""CSS pixels at which everything must be reached without scrolling sideways: 1280 at 400 %."""
FIRST_LOAD, NEXT_LOAD = 150_000, 30_000
"""Bytes over the wire, with everything that a page needs."""

AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Every rule looks at everything; what is only described in detail is what breaks one. Describing
# all that is in order takes longer than the look itself.
RUN_AXE = (
    f"axe.run(document, {{runOnly: {STANDARD}, resultTypes: ['violations']}})"
    ".then((found) => found.violations)"
)

HEADER = "document.querySelector('.top').offsetHeight"
TALLEST_HEADER = 80
"""CSS pixels of two rows, for who has many places: one of them, and one of everything else."""

EVERYWHERE = pytest.mark.parametrize("spot", SPOTS, ids=lambda one: one.name)
BOTH = pytest.mark.parametrize("language", ["zh", "en"])


async def come(open_context: Open, demo: Demo, spot: Spot, language: Any, **how: Any) -> Page:
    """A browser in which somebody of the cast looks at a page."""
    context: BrowserContext = await open_context(language, base_url=demo.base, **how)
    if spot.who:
        await sign_in(context, demo, spot.who)
    return await context.new_page()


async def sign_in(context: BrowserContext, demo: Demo, who: str) -> None:
    """Come in as somebody of the cast."""
    address = f"{demo.base}/sign-in"
    form: dict[str, str | float | bool] = {"token": demo.token(who), "next": "/profile"}
    answer = await context.request.post(address, form=form, max_redirects=0)
    assert answer.status == 303, await answer.text()
    await context.clear_cookies(name="flash")


@EVERYWHERE
@BOTH
async def test_it_bars_nobody_fits_a_phone_and_is_light(
    open_context: Open, demo: Demo, watch: Watch, spot: Spot, language: str
) -> None:
    missing = spot.name == "problem"
    watch.forgiven = ("404",) if missing else ()
    page = await come(open_context, demo, spot, language, viewport=WIDE)
    loads: list[Response] = []

    def note(load: Response) -> None:
        loads.append(load)

    page.on("response", note)
    answer = await page.goto(spot.path, wait_until="load")
    assert answer is not None
    assert answer.status == (404 if missing else 200)
    assert await weight(loads) <= FIRST_LOAD
    assert await weight([one for one in loads if "/static/" not in one.url]) <= NEXT_LOAD
    assert await page.locator("h1").count() == 1
    assert await page.evaluate(HEADER) <= TALLEST_HEADER, "the navigation wraps"
    await picture(page, spot, language, WIDE)
    found = await page.evaluate(f"{AXE}\n{RUN_AXE}")
    assert not [told(one) for one in found]
    await page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    await picture(page, spot, language, PHONE)
    await page.set_viewport_size({"width": NARROWEST, "height": 640})
    wide = await page.evaluate("document.documentElement.scrollWidth")
    assert wide <= NARROWEST, "the page scrolls sideways"


@EVERYWHERE
async def test_it_can_be_read_without_scripts(
    open_context: Open, demo: Demo, watch: Watch, spot: Spot
) -> None:
    watch.forgiven = ("404",) if spot.name == "problem" else ()
    page = await come(open_context, demo, spot, "zh", scripts=False)
    await page.goto(spot.path)
    assert await page.locator("main h1").is_visible()


async def weight(loads: list[Response]) -> int:
    """Bytes as they went over the wire; the live channel goes on for ever and is left out."""
    total = 0
    for one in loads:
        if one.url.endswith("/live") or "/live?" in one.url or one.status in {204, 303, 304}:
            continue
        body = await one.body()
        packed = one.headers.get("content-encoding") == "gzip"
        total += len(gzip.compress(body, 5)) if packed else len(body)
    return total


async def picture(page: Page, spot: Spot, language: str, size: tuple[int, int]) -> None:
    """Keep how the page looks, where a build server and `make screenshots` find it."""
    await page.screenshot(path=PICTURES / file_of(spot, language, size[0]))


def told(violation: dict[str, Any]) -> str:
    """A finding of axe in a line."""
    where = ", ".join(str(node["target"]) for node in violation["nodes"][:3])
    return f"{violation['id']}: {violation['help']} ({where})"
