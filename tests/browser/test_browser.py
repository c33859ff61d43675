"""The browser's fixtures see what must not happen, and say so where there is no browser."""

import pytest

from tests.browser.conftest import PHONE, Open, Watch, browser_program

ELSEWHERE = "http://192.0.2.1/"


@pytest.mark.parametrize(
    ("on_a_build_server", "outcome"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)]
)
def test_a_missing_browser_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, on_a_build_server: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("CI", on_a_build_server)
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(outcome, match=r"^no chromium is installed: [^\n]+$"):
        browser_program()


async def test_a_profile_has_a_language_and_a_size(open_context: Open) -> None:
    page = await (await open_context("en", PHONE)).new_page()
    assert await page.evaluate("[navigator.language, innerWidth]") == ["en-GB", 320]


@pytest.mark.parametrize(
    ("script", "seen"),
    [
        ("console.error('planted')", "planted"),
        ("setTimeout(() => { throw new Error('planted'); })", "planted"),
        (f"void fetch('{ELSEWHERE}').catch(() => {{}})", ELSEWHERE),
    ],
)
async def test_what_a_page_does_wrong_is_seen(
    open_context: Open, watch: Watch, script: str, seen: str
) -> None:
    context = await open_context()
    await context.route(ELSEWHERE, lambda route: route.fulfill(body="never sent"))
    page = await context.new_page()
    await page.evaluate(script)
    await page.evaluate("new Promise(done => setTimeout(done, 50))")
    assert any(seen in line for line in watch.wrong)
    watch.wrong.clear()
