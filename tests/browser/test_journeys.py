"""The main journeys, walked in a browser as people walk them, in Chinese and in English."""

from pathlib import Path
from typing import Any

import pytest

from tests.api.house import project_body
from tests.browser.addresses import LAND, MISSING, OLD
from tests.browser.conftest import Open
from tests.browser.demo import Demo
from tests.browser.people import Language, Person

BOTH = pytest.mark.parametrize("language", ["zh", "en"])


@BOTH
async def test_launch_a_chain(
    open_context: Open, demo: Demo, language: Language, tmp_path: Path
) -> None:
    keeper = await Person.comes(open_context, demo, "housekeeper", language)
    page, body = keeper.page, project_body()
    await page.goto("/launch/project")
    project = page.locator("form", has=page.locator('[name="uscc"]'))
    await keeper.sends(project, **body)
    await page.wait_for_url(f"**/launch?project={body['code']}")

    # What is missing is said beside the button that therefore does not work yet.
    start = page.locator("button[value=launch]")
    assert await start.is_disabled()
    assert await page.locator("#why-not").inner_text()

    await page.goto(f"/launch/chain?project={body['code']}")
    chosen = page.locator("form", has=page.locator('[name="chain"]'))
    await keeper.sends(chosen, chain="land-to-construction/fast")
    draft = page.url.partition("?")[2]

    # One bag: a paper handed in once, here with a script that sends it in parts.
    await page.goto(f"/projects/{body['code']}/documents?{draft}")
    paper = tmp_path / "营业执照.pdf"
    paper.write_bytes(b"%PDF-1.7\n" + b"%\xe5\xe5\n" * 200_000)
    await page.locator("input[type=file]").set_input_files(paper)
    await (
        page.locator("form", has=page.locator("input[type=file]")).locator("button.primary").click()
    )
    await keeper.reads("营业执照.pdf")

    await page.goto(f"/launch/modes?{draft}")
    modes = page.locator("form", has=page.locator('[name="mode.L08"]'))
    await keeper.sends(modes, **{"mode.L08": "commitment"})
    draft = page.url.partition("?")[2]
    await page.goto(f"/launch/rehearsal?{draft}")
    await keeper.reads(keeper.says("不会通知任何部门", "nobody"))
    await page.goto(f"/launch?{draft}")
    await page.locator("button[value=launch]").click()
    chain = f"land-to-construction.{body['code']}"
    await keeper.reads(body["name"])
    found = await demo.read("housekeeper", f"/chains/{chain}")
    assert (found["state"], found["variant"]) == ("running", "fast")
    modes_chosen = {one["key"]: one["mode"] for one in found["steps"]}
    assert modes_chosen["L08"] == "commitment"


async def handed_in(demo: Demo, **choices: Any) -> str:
    """A chain whose first step waits to be accepted."""
    project = await demo.act("housekeeper", "/projects", project_body())
    body = {"chain": "land-to-construction", "project": project["code"], **choices}
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


async def drawn_up(demo: Demo) -> str:
    """A chain whose enterprise has a letter to sign."""
    chain = await handed_in(demo, variant="fast", modes={"L08": "commitment"})

    async def do(who: str, verb: str, step: str, **fields: Any) -> None:
        path = f"/chains/{chain}/commands/{verb}"
        await demo.act(who, path, {"step": step, **fields})

    for step in ("L01", "L02", "L03", "L08"):
        facts = (await demo.read("housekeeper", f"/chains/{chain}"))["steps"]
        found = next(one for one in facts if one["key"] == step)
        desk = f"{found['department']['id']}.officer"
        if found["state"] == "ready":
            materials = [one["id"] for one in found["materials"]]
            await do("housekeeper", "receive", step, materials=materials)
        if step == "L08":
            await do(desk, "draft_commitment", step)
            return chain
        await do(desk, "accept", step)
        await do(desk, "decide", step, result="pass")
    raise AssertionError(chain)


@BOTH
async def test_sign_a_commitment_and_cure_a_deficiency(
    open_context: Open, demo: Demo, language: Language, tmp_path: Path
) -> None:
    letter = await drawn_up(demo)
    enterprise = await Person.comes(open_context, demo, "project-manager", language)
    page = enterprise.page
    await page.goto("/commitments?state=draft")
    await page.locator(f'a[href*="{letter}/commitments/"]').first.click()
    sign = page.locator("form#sign")
    await sign.locator("input[type=checkbox]").check()
    await enterprise.sends(sign, signature="承诺-2026-07")
    in_force = enterprise.says("履行中", "in force")
    await page.locator("#commitment", has_text=in_force).wait_for()

    await page.goto("/deficiencies")
    lacking = f"{MISSING[language]}/deficiencies/L07-pipeline-opinion"
    await page.locator(f'a[href$="{lacking}"]').click()
    paper = tmp_path / "管线接驳意见.pdf"
    paper.write_bytes(f"%PDF-1.7\n%{language}\n".encode() * 1000)
    await page.locator("form#upload input[type=file]").set_input_files(paper)
    await page.locator("form#upload button.primary").click()
    await page.locator("#deficiency", has_text="管线接驳意见").wait_for()
    await enterprise.sends(page.locator("form#cure"))
    officer = await Person.comes(open_context, demo, "natural-resources.officer", language)
    await officer.page.goto(page.url)
    await officer.sends(officer.page.locator("form#confirm"))
    closed = enterprise.says("已补齐", "closed")
    await officer.page.locator("#deficiency", has_text=closed).wait_for()
    # On the enterprise's open page as well, with nothing loaded again.
    await page.locator("#deficiency", has_text=closed).wait_for()


@BOTH
async def test_receive_acknowledge_and_answer_an_escalation(
    open_context: Open, demo: Demo, language: Language
) -> None:
    chain = {"zh": LAND, "en": OLD}[language]
    detail = await demo.read("housekeeper", f"/chains/{chain}")
    card = max(
        (one for one in detail["escalations"] if one["state"] == "open" and one["answer_by"]),
        key=lambda one: int(one["level"]),
    )
    desk = next(one["department"] for one in detail["steps"] if one["key"] == card["step"])
    leader = await Person.comes(open_context, demo, f"{desk['id']}.director", language)
    page = leader.page
    await page.goto("/escalations")
    await page.locator(f'a[href$="{chain}/escalations/{card["id"]}"]').first.click()
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
        "edit_holiday": "年末停办",
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
