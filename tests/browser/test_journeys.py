"""The main journeys, walked in a browser as people walk them, in Chinese and in English."""

from typing import Any

import pytest

from tests.api.house import project_body
from tests.browser.conftest import Open
from tests.browser.demo import LACKING, LAND, LETTER, Demo
from tests.browser.people import Language, Person

BOTH = pytest.mark.parametrize("language", ["zh", "en"])


async def handed_in(demo: Demo) -> str:
    """A chain whose first step waits to be accepted."""
    project = await demo.act("housekeeper", "/projects", project_body())
    body = {"chain": "land-to-construction", "project": project["code"]}
    chain: str = (await demo.act("housekeeper", "/chains", body))["chain"]
    step: Any = (await demo.read("housekeeper", f"/chains/{chain}"))["steps"][0]
    materials = [one["id"] for one in step["materials"]]
    receive = {"step": "L01", "materials": materials}
    await demo.act("housekeeper", f"/chains/{chain}/commands/receive", receive)
    return chain


@BOTH
async def test_correct_and_decide_a_step(
    open_context: Open, demo: Demo, language: Language
) -> None:
    chain = await handed_in(demo)
    officer = await Person.comes(open_context, demo, "park-committee.officer", language)
    page = officer.page
    await page.goto("/inbox/park-committee")
    await page.locator(f'a[href*="{chain}"]').first.click()
    step = page.url.partition("?")[0].partition("#")[0]
    await page.goto(f"{step}?do=request_correction")

    # What is told to others is held for a moment: first thought better of, then sent.
    told = {"items.lines": "第一项：补齐用地红线图\n第二项：加盖公章"}
    await officer.sends(officer.form("/request_correction"), **told)
    await page.locator("#held button").click()
    await officer.reads(officer.says("已撤回，未发出。", "Taken back: nothing was sent."))
    assert await page.locator("#held form").count() == 0
    await page.goto(f"{step}?do=request_correction")
    await officer.sends(officer.form("/request_correction"), **told)
    await page.locator("#held form").first.wait_for(state="detached")
    state = officer.says("补正告知", "correction asked for")
    await page.locator("#step-head", has_text=state).wait_for()

    # The enterprise sees it without loading its page again, and answers.
    applicant = await Person.comes(open_context, demo, "housekeeper", language)
    await applicant.page.goto(f"{step}?do=submit_correction")
    await applicant.reads("第二项：加盖公章")
    await applicant.sends(applicant.form("/submit_correction"))
    corrected = officer.says("补正受理", "corrected")
    await page.locator("#step-head", has_text=corrected).wait_for()

    await page.goto(f"{step}?do=accept")
    await officer.sends(officer.form("/accept"))
    await page.goto(f"{step}?do=decide")
    await officer.sends(officer.form("/decide"), result="pass", opinion="同意")
    passed = officer.says("办结·通过", "passed")
    await page.locator("#step-head", has_text=passed).wait_for()
    assert (await demo.read("housekeeper", f"/chains/{chain}"))["steps"][0]["state"] == "passed"


@BOTH
async def test_sign_a_commitment_and_cure_a_deficiency(
    open_context: Open, demo: Demo, language: Language
) -> None:
    letter, lacking = await promises(demo, first=language == "zh")
    enterprise = await Person.comes(open_context, demo, "project-manager", language)
    page = enterprise.page
    await page.goto("/commitments?state=draft")
    await page.goto(letter)
    sign = page.locator("form#sign")
    await sign.locator("input[type=checkbox]").check()
    await enterprise.sends(sign, signature="承诺-2026-07")
    await page.locator("#commitment", has_text=enterprise.says("履行中", "in force")).wait_for()

    officer = await Person.comes(open_context, demo, "natural-resources.officer", language)
    await page.goto(lacking)
    if await page.locator("form#cure").count():
        await enterprise.sends(page.locator("form#cure"), document="补-01")
    await officer.page.goto(lacking)
    await officer.sends(officer.page.locator("form#confirm"))
    closed = enterprise.says("已补齐", "closed")
    await officer.page.locator("#deficiency", has_text=closed).wait_for()
    # On the enterprise's open page as well, with nothing loaded again.
    await page.locator("#deficiency", has_text=closed).wait_for()


async def promises(demo: Demo, *, first: bool) -> tuple[str, str]:
    """Where a letter is to be signed and a material to be handed in: the park's, then fresh ones."""
    if first:
        return (
            f"/chains/{LETTER}/commitments/L07-commitment",
            f"/chains/{LACKING}/deficiencies/L07-pipeline-opinion",
        )
    return await fresh_promises(demo)


async def fresh_promises(demo: Demo) -> tuple[str, str]:
    """A chain that is as far as both."""
    raise NotImplementedError


@BOTH
async def test_receive_acknowledge_and_answer_an_escalation(
    open_context: Open, demo: Demo, language: Language
) -> None:
    cards = (await demo.read("natural-resources.director", f"/chains/{LAND}"))["escalations"]
    card = next(one for one in cards if one["state"] == "open")
    who = "natural-resources.director"
    leader = await Person.comes(open_context, demo, who, language)
    page = leader.page
    await page.goto("/escalations")
    await page.locator(f'a[href$="/escalations/{card["id"]}"]').first.click()
    await leader.sends(
        leader.form("/acknowledge"), answer="因专家会改期逾期，已排定本周五会审，12月4日办结。"
    )
    acknowledged = leader.says("已签收", "acknowledged")
    await page.locator("#card", has_text=acknowledged).wait_for()
    await leader.reads("因专家会改期逾期")


@BOTH
async def test_change_the_calendar_with_a_preview(
    open_context: Open, demo: Demo, language: Language
) -> None:
    version = f"cn-2026.{'2' if language == 'zh' else '3'}"
    manager = await Person.comes(open_context, demo, "administrator", language)
    page = manager.page
    await page.goto("/calendars/new?way=edit")
    form = page.locator("form#new")
    fields = {
        "version": version,
        "source": "测试通知",
        "note": "测试",
        "edit_day": "2026-12-31" if language == "zh" else "2026-12-30",
    }
    await manager.sends(form, **fields)
    await page.locator("button[name=do][value=save]").last.click()
    await page.goto(f"/calendars/{version}/impact")
    publish = page.locator(f'form[action$="/calendars/{version}/publish"]')
    await publish.wait_for()
    await manager.sends(publish, confirmed="1", note="节前放假")
    done = manager.says("已启用", "adopted")
    await page.locator("#rollout", has_text=done).wait_for()
    await page.goto("/calendars")
    await manager.reads(version)
