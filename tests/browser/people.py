"""People in browsers: each comes in, opens pages and fills forms in, by their fields' names."""

from typing import Any, Literal

from playwright.async_api import Locator, Page

from tests.browser.conftest import Open
from tests.browser.demo import Demo

Language = Literal["zh", "en"]


class Person:
    """Somebody of the cast in a browser of their own, in one language."""

    def __init__(self, page: Page, language: Language) -> None:
        self.page = page
        self.language = language

    @classmethod
    async def comes(cls, open_context: Open, demo: Demo, who: str, language: Language) -> "Person":
        """Sign in on the page for it, as everybody does."""
        context = await open_context(language, (1366, 768), base_url=demo.base)
        page = await context.new_page()
        await page.goto(f"/sign-in?lang={language}")
        if who in demo.ids:
            await page.locator(f'button[name=person][value="{demo.ids[who]}"]').click()
        else:
            await page.locator("input[name=token]").fill(demo.token(who))
            await page.locator("form", has=page.locator("#token")).locator("button").click()
        await page.wait_for_url(f"{demo.base}/")
        return cls(page, language)

    def form(self, action: str) -> Locator:
        """The form that is sent to an address that ends so."""
        return self.page.locator(f'main form[method=post][action$="{action}"]')

    async def sends(self, form: Locator, **fields: Any) -> None:
        """Fill a form in and send it by its first button."""
        await fill(form, fields)
        await form.locator("button:not([type=button])").first.click()
        await self.page.wait_for_load_state()

    async def reads(self, text: str) -> None:
        """Wait until a text stands on the page, without loading it again."""
        await self.page.locator("main", has_text=text).first.wait_for()

    def says(self, zh: str, en: str) -> str:
        """A text in the language of the page."""
        return zh if self.language == "zh" else en


async def fill(form: Locator, fields: dict[str, Any]) -> None:
    """Fill fields in by name: texts, choices, boxes (a list of values), radios."""
    for name, value in fields.items():
        field = form.locator(f'[name="{name}"]')
        kind = await field.first.evaluate("one => one.type || one.tagName")
        if kind in {"checkbox", "radio"}:
            for one in value if isinstance(value, list) else [value]:
                await form.locator(f'[name="{name}"][value="{one}"]').check()
        elif kind == "select-one":
            await field.first.select_option(value)
        else:
            await field.first.fill(value)
