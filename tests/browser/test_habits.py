"""What people are used to: the keyboard, the way back, paper, and that nothing typed is lost."""

import pytest

from tests.browser.addresses import LACKING, LAND
from tests.browser.conftest import DESKTOP, PHONE, Open, Watch
from tests.browser.demo import Demo
from tests.browser.people import Person

STEP = f"/chains/{LAND}/steps/L17"
WORDS = "请补充总平面图的竖向标高"


async def test_the_keyboard_skips_to_the_content_and_finds(open_context: Open, demo: Demo) -> None:
    keeper = await Person.comes(open_context, demo, "housekeeper", "zh")
    page = keeper.page
    await page.goto("/projects")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "main"
    await page.keyboard.press("/")
    await page.keyboard.type("卫浴")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/projects?q=*")
    await keeper.reads("智能卫浴配件生产基地")


async def test_what_was_typed_is_there_again_after_going_away(
    open_context: Open, demo: Demo
) -> None:
    officer = await Person.comes(open_context, demo, "natural-resources.officer", "zh")
    page = officer.page
    await page.goto(f"{STEP}?do=decide")
    await page.locator('[name="opinion"]').fill(WORDS)
    await page.goto("/notices")
    await page.go_back()
    assert await page.locator('[name="opinion"]').input_value() == WORDS
    await page.locator(".draft button").click()
    assert await page.locator('[name="opinion"]').input_value() == ""


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("housekeeper", "/reminders?everybody=1"),
        ("natural-resources.officer", "/inbox/natural-resources"),
    ],
)
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_once_something_is_chosen_what_to_do_with_it_is_in_sight(
    open_context: Open, demo: Demo, who: str, path: str, size: tuple[int, int]
) -> None:
    width, height = size
    page = (await Person.comes(open_context, demo, who, "zh")).page
    await page.set_viewport_size({"width": width, "height": height})
    await page.goto(path)
    await page.locator("[name=pick]").first.check()
    box = await page.locator("form.bulk button").last.bounding_box()
    assert box is not None
    assert 0 <= box["y"] <= height - box["height"]


async def test_a_refused_form_keeps_its_draft_when_another_succeeds(
    open_context: Open, demo: Demo, watch: Watch
) -> None:
    watch.forgiven = ("422",)
    officer = await Person.comes(open_context, demo, "natural-resources.officer", "zh")
    page, far_too_long = officer.page, WORDS * 300
    place = f"/chains/{LACKING}/deficiencies/L07-pipeline-opinion"
    await page.goto(place)
    form = page.locator("form#refuse")
    await form.locator("textarea").evaluate("area => { area.removeAttribute('maxlength'); }")
    await form.locator("textarea").fill(far_too_long)
    await form.locator("button.danger").click()
    await page.locator(".mistakes").wait_for()
    await page.goto("/notices")
    await page.locator('form[action="/notices/read"]').evaluate("form => form.requestSubmit()")
    await page.locator(".flash[role=status]").wait_for()
    await page.goto(place)
    assert await page.locator("form#refuse textarea").input_value() == far_too_long


async def test_a_session_that_ended_costs_nothing_that_was_typed(
    open_context: Open, demo: Demo, watch: Watch
) -> None:
    watch.forgiven = ("401",)
    officer = await Person.comes(open_context, demo, "natural-resources.officer", "zh")
    page = officer.page
    await page.goto(f"/chains/{LACKING}/deficiencies/L07-pipeline-opinion")
    form = page.locator("form#refuse")
    await form.locator("textarea").fill(WORDS)
    await page.context.clear_cookies()
    await form.locator("button.danger").click()
    await officer.reads("您填写的内容已保留")
    await page.locator(
        f'button[name=person][value="{demo.ids["natural-resources.officer"]}"]'
    ).click()
    await officer.reads("身份已确认，请继续提交")
    assert await page.locator('input[name="reason"]').get_attribute("value") == WORDS


@pytest.mark.parametrize(
    ("path", "clickable"),
    [
        (f"/chains/{LAND}/history", ".tabs"),
        (f"/chains/{LAND}/plan", ".tabs"),
        ("/commitments?all=1", "form.filters"),
        ("/projects", "form.filters"),
    ],
    ids=["history", "plan", "commitments", "projects"],
)
async def test_paper_has_the_content_and_nothing_to_click(
    open_context: Open, demo: Demo, path: str, clickable: str
) -> None:
    keeper = await Person.comes(open_context, demo, "housekeeper", "zh")
    page = keeper.page
    await page.goto(path)
    gone = [page.locator("header.top"), page.locator(clickable).first]
    for one in gone:
        assert await one.is_visible()
    await page.emulate_media(media="print")
    for one in gone:
        assert not await one.is_visible()
    assert await page.locator("main h1").is_visible()
    assert await page.locator(".print-only").is_visible()


async def test_a_filter_is_a_link_that_can_be_passed_on(open_context: Open, demo: Demo) -> None:
    keeper = await Person.comes(open_context, demo, "housekeeper", "zh")
    page = keeper.page
    await page.goto("/deficiencies")
    await page.locator('input[name="all"]').check()
    await page.locator("form.filters button.primary").click()
    await page.wait_for_url("**all=1*")
    other = await Person.comes(open_context, demo, "data-bureau", "zh")
    await other.page.goto(page.url)
    assert await other.page.locator('input[name="all"]').is_checked()
    rows = "table tbody tr"
    assert await other.page.locator(rows).count() == await page.locator(rows).count() > 0
