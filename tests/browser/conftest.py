"""A real browser, for tests of pages.

Tests here are written with Playwright's asynchronous interface and all run in one event loop, that
of the session, to which the browser belongs. (Its synchronous interface keeps a loop running in
this thread, in which no other asynchronous test could run.)

A page fails its test when the browser's console showed an error, when a script failed, or when it
asked for anything from another host.
"""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Request, async_playwright

from groundwork.runtime.embedded import EmbeddedPostgres, EmbeddedTemporal
from tests.browser.demo import Demo, demonstration

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE_MILLISECONDS = 20_000
"""How long a page may take over anything: generous, for tests assert behaviour and never time."""

DESKTOP = (1280, 800)
PHONE = (320, 640)

LANGUAGES = {"zh": "zh-CN", "en": "en-GB"}


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Run every asynchronous test of this folder in the session's loop."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


def browser_program() -> str:
    """Where the browser is. Skips the test where there is none; on a build server that fails."""
    for program in ("/usr/bin/chromium", *PROGRAMS):
        if found := shutil.which(program):
            return found
    missing = "no chromium is installed: apt-get install chromium fonts-noto-cjk"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The browser, started once."""
    program = browser_program()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program)
        yield browser
        await browser.close()


@dataclass
class Watch:
    """What pages did that they must not do."""

    host: str | None = None
    """The one host they may ask; None: this machine."""
    wrong: list[str] = field(default_factory=list)
    forgiven: tuple[str, ...] = ()
    """Parts of messages that this test provokes on purpose, such as those of a server that died."""

    def follow(self, page: Page) -> None:
        """Note what the page does from now on."""
        page.on("console", lambda line: self._error(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: self._error(str(error)))

    def follow_all(self, context: BrowserContext) -> None:
        """Note what every page and worker of the context asks for."""
        context.on("request", self._request)
        context.on("page", self.follow)

    def _error(self, text: str) -> None:
        if not any(part in text for part in self.forgiven):
            self.wrong.append(text)

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        mine = {self.host} if self.host else {"127.0.0.1", "localhost"}
        if address.scheme in {"http", "https", "ws", "wss"} and address.hostname not in mine:
            self.wrong.append(f"a request left this machine: {request.url}")


Open = Callable[..., Awaitable[BrowserContext]]


@pytest.fixture
def watch() -> Watch:
    """What the pages of this test did wrong so far; `watch.forgiven` is for what it provokes."""
    return Watch()


@pytest_asyncio.fixture(loop_scope="session")
async def open_context(browser: Browser, watch: Watch) -> AsyncIterator[Open]:
    """Opens a fresh browser profile: its language, the size of its window, its cookies.

    `await open_context("en", PHONE, base_url=…)`. All of them are closed, and what their pages did
    is judged, when the test is over.
    """
    async with AsyncExitStack() as stack:

        async def open_one(
            language: Literal["zh", "en"] = "zh",
            viewport: tuple[int, int] = DESKTOP,
            *,
            base_url: str | None = None,
            cookies: dict[str, str] | None = None,
            scripts: bool = True,
        ) -> BrowserContext:
            width, height = viewport
            context = await browser.new_context(
                locale=LANGUAGES[language],
                timezone_id="Asia/Shanghai",
                viewport={"width": width, "height": height},
                base_url=base_url,
                java_script_enabled=scripts,
            )
            stack.push_async_callback(context.close)
            context.set_default_timeout(PATIENCE_MILLISECONDS)
            if base_url and cookies:
                await context.add_cookies(
                    [{"name": n, "value": v, "url": base_url} for n, v in cookies.items()]
                )
            watch.follow_all(context)
            return context

        yield open_one
    assert not watch.wrong, "\n".join(watch.wrong)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def demo(
    browser: Browser, postgres_server: EmbeddedPostgres, temporal_server: EmbeddedTemporal
) -> AsyncIterator[Demo]:
    """A demonstration with some of its park; none is planted where there is no browser."""
    async with demonstration(postgres_server, temporal_server) as demo:
        yield demo
