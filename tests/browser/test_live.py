"""Open pages stay true: whatever happens to the server, and whatever the reader is doing."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, expect
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.model import Role
from groundwork.runtime import processes
from groundwork.store.announcements import Topic, announce
from groundwork.store.engine import create_engine, transaction
from tests.api.house import sign_up
from tests.api.test_process import lives
from tests.browser.conftest import PATIENCE_MILLISECONDS, Open, Watch

ROOT = Path(__file__).parents[2]
SERVER_GONE = ("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_CONNECTION_RESET")

expect.set_options(timeout=PATIENCE_MILLISECONDS)


@dataclass
class Site:
    """The notice board, which may be killed and started again."""

    database: str
    port: int
    token: str
    engine: AsyncEngine
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it and wait until it answers."""
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.browser.notice_board"),
            cwd=ROOT,
            env={
                **os.environ,
                "DATABASE_URL": self.database,
                "GROUNDWORK_PORT": str(self.port),
                "GROUNDWORK_TEMPORAL_PORT": str(processes.free_port()),
            },
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with httpx.AsyncClient(base_url=self.url) as http:
            while not await lives(http):
                assert self.process.returncode is None
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """End it without any warning."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def write(self, topic: Topic = Topic.PEOPLE, **values: str) -> None:
        """Change the board, and announce it as every writer does."""
        async with transaction(self.engine) as connection:
            for key, value in values.items():
                statement = text("UPDATE board SET value = :value WHERE key = :key")
                await connection.execute(statement, {"key": key, "value": value})
            await announce(connection, topic)

    async def count(self, what: str) -> int:
        """How many `streams` are open, or how often the page was loaded (`loads`)."""
        async with httpx.AsyncClient(base_url=self.url) as http:
            return int((await http.get("/count")).json()[what])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def one_site(module_migrated_url: str) -> AsyncIterator[Site]:
    """The site, started once."""
    token = (await sign_up(module_migrated_url, [(Role.OPS, None)])).tokens["ops"]
    engine = create_engine(module_migrated_url)
    async with transaction(engine) as connection:
        await connection.execute(text("CREATE TABLE board (key text PRIMARY KEY, value text)"))
        rows = text("INSERT INTO board VALUES ('title', ''), ('rows', ''), ('form', '')")
        await connection.execute(rows)
    site = Site(module_migrated_url, processes.free_port(), token, engine)
    await site.start()
    yield site
    await site.kill()
    await engine.dispose()


@pytest_asyncio.fixture(loop_scope="session")
async def site(one_site: Site) -> Site:
    """The site, alive, with a board that says `first`."""
    if one_site.process is None or one_site.process.returncode is not None:
        await one_site.start()
    await one_site.write(title="first", rows=" ".join(map(str, range(1, 41))), form="yes")
    return one_site


@pytest_asyncio.fixture(loop_scope="session")
async def context(site: Site, open_context: Open) -> BrowserContext:
    """A browser of somebody who is signed in."""
    return await open_context(base_url=site.url, cookies={"token": site.token})


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext) -> Page:
    """The board, live."""
    return await board(context)


async def board(context: BrowserContext) -> Page:
    """A tab with the board, once its line holds."""
    page = await context.new_page()
    await page.goto("/board")
    await expect(page.locator("html")).to_have_attribute("data-live", "on")
    return page


def title(page: Page, of: str = "#news h1") -> Any:
    """What a part of the page says."""
    return expect(page.locator(of))


async def test_a_change_appears_and_is_announced(site: Site, page: Page) -> None:
    before = await page.evaluate("performance.timeOrigin")
    await site.write(title="second & more")
    await title(page).to_have_text("second & more")
    await expect(page.locator("#announcer")).to_have_text("second & more")
    await title(page, "#desk h2").to_have_text("second & more")
    assert await page.evaluate("performance.timeOrigin") == before


async def test_what_happened_between_reading_and_listening_is_not_lost(
    site: Site, context: BrowserContext
) -> None:
    page = await context.new_page()
    held = asyncio.Event()

    async def late(route: Any) -> None:
        await held.wait()
        await route.continue_()

    await page.route("**/live.js", late)
    await page.goto("/board", wait_until="commit")
    await title(page).to_have_text("first")
    await site.write(title="in between")
    held.set()
    await title(page).to_have_text("in between")


async def test_a_page_that_could_not_be_read_is_asked_for_again(
    site: Site, page: Page, watch: Watch
) -> None:
    watch.forgiven = ("503", "ERR_FAILED")
    answers = [503, None]

    async def fail_twice(route: Any) -> None:
        if not answers:
            await route.continue_()
        elif status := answers.pop(0):
            await route.fulfill(status=status)
        else:
            await route.abort()

    await page.route("**/board", fail_twice)
    await site.write(title="second")
    await title(page).to_have_text("second")


async def test_a_tab_out_of_sight_waits_until_it_is_seen(site: Site, page: Page) -> None:
    hide = """hidden => {
        Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    await page.evaluate(hide, True)
    loads = await site.count("loads")
    await site.write(title="second")
    await asyncio.sleep(1)
    assert await site.count("loads") == loads
    await page.evaluate(hide, False)
    await title(page).to_have_text("second")


async def test_a_closed_tab_leaves_nothing_behind(site: Site, page: Page) -> None:
    assert await site.count("streams") == 1
    await page.close()
    while await site.count("streams"):
        await asyncio.sleep(0.05)


async def test_a_topic_that_is_not_shown_costs_nothing(site: Site, page: Page) -> None:
    await asyncio.sleep(0.5)
    loads = await site.count("loads")
    await site.write(Topic.CALENDARS)
    await site.write(Topic.DOCUMENTS, title="nobody is told")
    await asyncio.sleep(1)
    assert await site.count("loads") == loads
    await title(page).to_have_text("first")


async def test_twenty_tabs_share_one_line(site: Site, context: BrowserContext) -> None:
    pages = [await board(context) for _ in range(20)]
    assert await site.count("streams") == 1
    await site.write(title="for all")
    await asyncio.gather(*(title(page).to_have_text("for all") for page in pages))


async def test_what_the_reader_was_doing_goes_on(site: Site, page: Page) -> None:
    await page.locator("summary").click()
    await page.locator("[value='30']").check()
    await page.evaluate("getSelection().selectAllChildren(document.querySelector('[href$=plain]'))")
    await page.locator("[data-key=other]").focus()
    await site.write(title="second", rows="0 " + " ".join(map(str, range(2, 41))))
    await title(page).to_have_text("second")
    await expect(page.locator("[data-key='0']")).to_be_visible()
    assert await page.locator("[data-key='1']").count() == 0
    await expect(page.locator("details p")).to_be_visible()
    await expect(page.locator("[value='30']")).to_be_checked()
    await expect(page.locator("[data-key=other]")).to_be_focused()
    assert await page.evaluate("getSelection().toString()") == "Plain"


async def test_a_scroll_region_stays_where_it_was(site: Site, page: Page) -> None:
    region = page.locator("#scroller")
    # As a style sheet would; the page's policy lets scripts set single properties.
    await region.evaluate("e => { e.style.height = '80px'; e.style.overflow = 'auto'; }")
    await region.evaluate("e => { e.scrollTop = 200; }")
    await site.write(title="second", rows=" ".join(map(str, range(1, 60))))
    await title(page).to_have_text("second")
    assert await region.evaluate("e => e.scrollTop") == 200


class TestWriting:
    async def test_typing_is_never_lost(self, site: Site, page: Page) -> None:
        field = page.locator("textarea")
        await field.press_sequentially("材料不齐")
        await expect(page.locator("form")).to_have_attribute("data-dirty", "")
        key = await page.locator("[name=nonce]").input_value()
        await site.write(title="second")
        await title(page).to_have_text("second")
        note = page.get_by_role("button", name="内容已更新")
        await expect(note).to_be_visible()
        await title(page, "#desk h2").to_have_text("first")
        await expect(field).to_be_focused()
        await field.press_sequentially("，请补正")
        assert await page.locator("[name=nonce]").input_value() == key

        await note.click()
        await title(page, "#desk h2").to_have_text("second")
        await expect(field).to_have_value("材料不齐，请补正")
        await expect(note).to_have_count(0)

    async def test_a_field_in_use_is_let_alone_until_it_is_left(
        self, site: Site, page: Page
    ) -> None:
        await page.locator("textarea").focus()
        await site.write(title="second")
        await title(page).to_have_text("second")
        await title(page, "#desk h2").to_have_text("first")
        await page.locator("[data-key=other]").focus()
        await title(page, "#desk h2").to_have_text("second")
        await expect(page.locator(".live-note")).to_have_count(0)

    async def test_a_choice_counts_as_writing_until_it_is_undone(
        self, site: Site, page: Page
    ) -> None:
        await page.locator("select").select_option("no")
        await page.locator("[data-key=other]").focus()
        await site.write(title="second")
        await expect(page.locator(".live-update")).to_be_visible()
        await expect(page.locator("select")).to_have_value("no")
        await page.locator("select").select_option("yes")
        await page.locator("[data-key=other]").focus()
        await title(page, "#desk h2").to_have_text("second")
        await expect(page.locator("form")).not_to_have_attribute("data-dirty", "")

    async def test_words_whose_field_is_gone_are_shown_beside(self, site: Site, page: Page) -> None:
        await page.locator("textarea").press_sequentially("同意")
        await site.write(title="second", form="no")
        await page.locator(".live-update").click()
        await expect(page.locator("form")).to_have_count(0)
        await expect(page.locator(".live-kept textarea")).to_have_value("同意")

    async def test_a_page_may_have_a_place_for_notes(self, site: Site, page: Page) -> None:
        await page.goto("/board?general=true")
        await expect(page.locator("html")).to_have_attribute("data-live", "on")
        place = page.locator("main > [data-live-note='']")
        await expect(place).to_be_hidden()
        await page.locator("textarea").press_sequentially("写")
        await site.write(title="second")
        await place.get_by_role("button").click()
        await title(page, "#desk h2").to_have_text("second")
        await expect(place).to_be_hidden()

    async def test_new_keys_alone_are_no_news(self, site: Site, page: Page) -> None:
        key = await page.locator("[name=nonce]").input_value()
        loads = await site.count("loads")
        await site.write()
        while await site.count("loads") == loads:
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
        assert await page.locator("[name=nonce]").input_value() == key


class TestTheLine:
    async def test_it_survives_a_restart_of_the_server(
        self, site: Site, page: Page, watch: Watch
    ) -> None:
        watch.forgiven = SERVER_GONE
        await page.locator("textarea").press_sequentially("写到一半")
        await site.kill()
        await expect(page.locator("html")).to_have_attribute("data-live", "off")
        await site.write(title="while it was away")
        await site.start()
        await title(page).to_have_text("while it was away")
        await expect(page.locator("html")).to_have_attribute("data-live", "on")
        await expect(page.locator("textarea")).to_have_value("写到一半")

    async def test_without_a_shared_worker_a_page_has_its_own(
        self, site: Site, context: BrowserContext
    ) -> None:
        await context.add_init_script("delete window.SharedWorker")
        pages = [await board(context) for _ in range(2)]
        assert await site.count("streams") == 2
        await site.write(title="second")
        for page in pages:
            await title(page).to_have_text("second")

    async def test_without_a_stream_it_asks_again_and_again(
        self, site: Site, context: BrowserContext, watch: Watch
    ) -> None:
        watch.forgiven = ("ERR_FAILED",)
        await context.add_init_script("delete window.SharedWorker")
        await context.route("**/live?*", lambda route: route.abort())
        page = await context.new_page()
        await page.goto("/board")
        await expect(page.locator("html")).to_have_attribute("data-live", "off")
        await site.write(title="second")
        await title(page).to_have_text("second")

    async def test_a_page_that_the_browser_had_put_aside_is_read_again(
        self, site: Site, page: Page
    ) -> None:
        await page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
        await site.write(title="second")
        await asyncio.sleep(1)
        await title(page).to_have_text("first")
        shown = "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
        await page.evaluate(shown)
        await title(page).to_have_text("second")
        await site.write(title="third")
        await title(page).to_have_text("third")


async def test_who_is_signed_out_keeps_what_they_typed(
    site: Site, context: BrowserContext, page: Page
) -> None:
    await page.locator("textarea").press_sequentially("写到一半")
    await context.clear_cookies()
    await site.write(title="second")
    await expect(page.get_by_text("请重新登录")).to_be_visible()
    await title(page).to_have_text("first")
    await expect(page.locator("textarea")).to_have_value("写到一半")
    await context.add_cookies([{"name": "token", "value": site.token, "url": site.url}])
    await site.write(title="third")
    await title(page).to_have_text("third")
    await expect(page.get_by_text("请重新登录")).to_have_count(0)


@pytest.mark.parametrize("newer", ["?.", "??", "replaceAll", "||=", ".at("])
def test_scripts_are_for_browsers_of_five_years_ago(newer: str) -> None:
    folder = ROOT / "src/groundwork/api/pages/static"
    written = {path.name: path.read_text() for path in folder.glob("live*.js")}
    assert written
    assert [name for name, script in written.items() if newer in script] == []
