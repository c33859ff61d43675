"""The page of a step offers what the core allows, keeps what is typed, and tells the rest."""

import asyncio
import re
from html import unescape

import pytest

from groundwork.domain.model import Role
from groundwork.runtime.settings import Settings
from tests.api.bags import handed_in as bag_takes
from tests.api.desks import hire
from tests.api.house import PARK, REFORM, House
from tests.pages.browsing import signed_in
from tests.pages.desk_pages import accepted, at, first_step, give, handed_in, offered, officer, part
from tests.papers_of_all_kinds import pdf


class TestWhatIsOffered:
    async def test_follows_the_state_and_the_core(self, busy_house: House) -> None:
        chain = await handed_in(busy_house)
        browser = await officer(busy_house)
        page = await browser.get(at(chain))
        assert {"accept", "request_correction", "refuse_acceptance"} <= offered(page)
        assert not {"decide", "receive", "annul"} & offered(page)
        assert 'id="form-accept"' in page.text
        await give(browser, chain, "accept")
        page = await browser.get(at(chain))
        assert {"begin_review", "decide", "stop_clock"} <= offered(page)
        assert "accept" not in offered(page)

    async def test_nothing_to_who_belongs_to_another_desk(self, busy_house: House) -> None:
        chain = await handed_in(busy_house)
        other = await signed_in(busy_house, f"officer@{REFORM}")
        page = await other.get(at(chain))
        assert page.status_code == 200
        assert not offered(page)
        assert "您目前没有可办理的操作" in page.text

    async def test_the_enterprises_people_may_hand_in_and_withdraw(self, busy_house: House) -> None:
        chain = await busy_house.launch()
        manager = await signed_in(busy_house, "project_manager")
        page = await manager.get(at(chain))
        assert 'id="form-receive"' in page.text
        names = re.findall(r'name="materials" value="([^"]+)"', page.text)
        done = await give(manager, chain, "receive", materials=names)
        assert done.status_code == 303
        assert (await first_step(busy_house, chain))["state"] == "received"
        assert "withdraw_step" in offered(await manager.get(at(chain)))

    async def test_a_refusal_worth_knowing_is_told(self, busy_house: House) -> None:
        chain = await busy_house.launch()
        await busy_house.act("housekeeper", chain, "receive", step="L01")
        page = await (await officer(busy_house)).get(at(chain))
        assert "accept" not in offered(page)
        assert "其他操作" in page.text
        assert "不能：" in page.text
        names = [one["name"] for one in (await first_step(busy_house, chain))["materials"]]
        assert names


class TestForms:
    async def test_what_is_missing_stands_in_the_correction_notice(self, busy_house: House) -> None:
        chain = await busy_house.launch()
        await busy_house.act("housekeeper", chain, "receive", step="L01")
        browser = await officer(busy_house, "en")
        page = await browser.get(f"{at(chain)}?do=request_correction")
        for one in (await first_step(busy_house, chain))["materials"]:
            assert f"Please hand in: {one['name']}" in unescape(page.text)

    async def test_a_mistake_keeps_everything_typed(self, busy_house: House) -> None:
        chain = await accepted(busy_house)
        browser = await officer(busy_house)
        typed = {"basis": "《某办法》第 <9> 条", "planned_end": "2020-01-01", "notice": "函〔1〕号"}
        page = await give(browser, chain, "stop_clock", reason="force_majeure", **typed)
        assert page.status_code == 422
        assert 'role="alert"' in page.text
        for value in typed.values():
            assert value in unescape(page.text)
        assert (await first_step(busy_house, chain))["state"] == "accepted"

    async def test_a_day_beyond_all_reckoning_is_a_mistake_and_keeps_everything(
        self, busy_house: House
    ) -> None:
        chain = await accepted(busy_house)
        browser = await officer(busy_house)
        typed = {"basis": "《某办法》", "planned_end": "9999-12-31", "notice": "函〔1〕号"}
        fields = await browser.fields(at(chain))
        page = await browser.post(
            f"{at(chain)}/stop_clock", **fields, reason="force_majeure", **typed, intent="send"
        )
        assert page.status_code == 422
        for value in typed.values():
            assert value in unescape(page.text)
        assert (await first_step(busy_house, chain))["state"] == "accepted"

    async def test_a_field_left_out_is_named(self, busy_house: House) -> None:
        chain = await accepted(busy_house)
        page = await give(await officer(busy_house), chain, "stop_clock", basis="甲")
        assert page.status_code == 422
        assert 'href="#f-planned_end"' in page.text
        assert 'id="f-planned_end"' in page.text

    async def test_a_form_sent_twice_is_one_act(self, busy_house: House) -> None:
        chain = await handed_in(busy_house)
        browser = await officer(busy_house)
        fields = await browser.fields(at(chain))
        first = await browser.post(f"{at(chain)}/accept", **fields, intent="send")
        again = await browser.post(f"{at(chain)}/accept", **fields, intent="send")
        assert (first.status_code, again.status_code) == (303, 303)
        events = (await busy_house.get("housekeeper", f"/chains/{chain}/timeline")).json()["items"]
        assert [one["type"] for one in events].count("step_accepted") == 1

    async def test_a_preview_writes_nothing_and_tells_the_new_date(self, busy_house: House) -> None:
        chain = await accepted(busy_house)
        browser = await officer(busy_house)
        before = await first_step(busy_house, chain)
        page = await give(
            browser,
            chain,
            "stop_clock",
            intent="preview",
            reason="force_majeure",
            basis="《民法典》第一百八十条",
            planned_end=f"{before['due_on'][:4]}-12-31",
        )
        assert page.status_code == 200
        assert "尚未发出" in page.text
        assert "停表按计划恢复推算" in page.text
        assert "《民法典》第一百八十条" in page.text
        assert await first_step(busy_house, chain) == before

    async def test_somebody_of_the_department_is_put_in_charge(self, busy_house: House) -> None:
        chain = await handed_in(busy_house)
        browser = await officer(busy_house)
        person = busy_house.people[f"officer@{PARK}"]
        page = await browser.get(f"{at(chain)}?do=assign")
        assert f'<option value="{person}"' in page.text
        await give(browser, chain, "assign", assignee=person, reason="分办")
        assert (await first_step(busy_house, chain))["assignee"] == person
        await give(browser, chain, "assign", assignee="", reason="收回")
        assert (await first_step(busy_house, chain))["assignee"] is None

    async def test_who_comes_back_to_a_forms_address_finds_the_form(self, house: House) -> None:
        browser = await officer(house)
        answer = await browser.get("/chains/a/steps/L01/decide")
        assert answer.headers["location"] == "/chains/a/steps/L01?do=decide#act"
        answer = await browser.get("/chains/a/steps/L01/anything")
        assert answer.headers["location"] == "/chains/a/steps/L01"

    async def test_no_form_for_a_verb_that_is_none(self, house: House) -> None:
        browser = await officer(house)
        answer = await browser.send("/", "/chains/a/steps/L01/adopt_calendar")
        assert answer.status_code == 404


class TestTakingBack:
    @pytest.fixture
    def engine_settings(self, engine_settings: Settings) -> Settings:
        """Long enough for the slowest reader."""
        return engine_settings.model_copy(update={"undo_seconds": 60})

    async def test_what_is_taken_back_was_never_sent(self, busy_house: House) -> None:
        chain = await accepted(busy_house)
        browser = await officer(busy_house)
        sent = await give(browser, chain, "decide", result="pass")
        assert sent.status_code == 303
        page = await browser.get(at(chain))
        assert "即将发出" in page.text
        assert 'id="form-decide"' not in page.text
        (key,) = re.findall(r'name="key" value="([^"]+)"', page.text)
        await browser.send(at(chain), "/held/take-back", chain=chain, key=key, next=at(chain))
        page = await browser.get(at(chain))
        assert "已撤回，未发出" in page.text
        assert "decide" in offered(page)
        assert (await first_step(busy_house, chain))["state"] == "accepted"


class TestFromCorrectionToDecision:
    @pytest.fixture
    def engine_settings(self, engine_settings: Settings) -> Settings:
        """As short as it can be."""
        return engine_settings.model_copy(update={"undo_seconds": 1})

    async def test_what_is_held_is_sent_in_the_end(self, busy_house: House) -> None:
        house, chain = busy_house, await handed_in(busy_house)
        browser, manager = await officer(house), await signed_in(house, "project_manager")
        items = "第一页缺章\r\n\r\n附图不清"
        sent = await give(browser, chain, "request_correction", **{"items.lines": items})
        assert sent.status_code == 303
        await _until(house, chain, "correction")
        step = await first_step(house, chain)
        assert step["correction"]["items"] == ["第一页缺章", "附图不清"]

        notice = await browser.get(f"{at(chain)}/print/correction")
        assert "第一页缺章" in notice.text
        assert (await manager.get(at(chain))).text.count('id="form-submit_correction"') == 1
        await give(manager, chain, "submit_correction")
        await _until(house, chain, "corrected")
        assert (await give(browser, chain, "accept")).status_code == 303
        assert (await give(browser, chain, "begin_review")).status_code == 303
        sent = await give(
            browser, chain, "decide", result="pass", document="鹤园批〔1〕号", opinion="同意"
        )
        assert sent.status_code == 303
        await _until(house, chain, "passed")

        page = await browser.get(at(chain))
        history = part(page, "step-history")
        told = ["办结", "部门开始办理", "受理", "提交补正", "一次性告知补正", "接件"]
        places = [history.index(f"<b>{one}</b>") for one in told]
        assert places == sorted(places)
        assert "鹤园批〔1〕号" in history
        assert "某人 · 经办人" in history
        decision = await browser.get(f"{at(chain)}/print/decision")
        assert "鹤园批〔1〕号" in decision.text

    async def test_an_annulment_is_previewed_before_it_is_sent(self, busy_house: House) -> None:
        house, chain = busy_house, await accepted(busy_house)
        house.people = dict(house.people)
        await hire(house, "leader", Role.DEPUTY_LEADER)
        done = await house.act(f"officer@{PARK}", chain, "decide", step="L01", result="pass")
        assert done.status_code == 200
        leader = await signed_in(house, "leader")
        page = await give(leader, chain, "annul", reason="审批人员滥用职权")
        assert page.status_code == 200
        assert "尚未发出" in page.text
        assert (await first_step(house, chain))["state"] == "passed"
        page = await give(leader, chain, "annul", reason="审批人员滥用职权", intent="confirm")
        assert page.status_code == 303
        await _until(house, chain, "annulled")


class TestWhatIsTold:
    async def test_the_clock_is_arithmetic_and_every_day_is_explained(
        self, busy_house: House
    ) -> None:
        chain = await accepted(busy_house)
        browser = await officer(busy_house)
        told = await busy_house.get("housekeeper", f"/chains/{chain}/steps/L01/explain")
        explained = told.json()
        page = await browser.get(at(chain))
        clock = part(page, "step-clock")
        assert f'datetime="{explained["due"]["on"]}"' in clock
        assert f"<small>承诺</small><b>{explained['promised']['amount']}</b>" in clock
        assert f"<small>剩余</small><b>{explained['left']} 个工作日</b>" in clock
        why = await browser.get(f"{at(chain)}/why")
        for one in explained["due"]["ledger"]:
            assert f'datetime="{one["day"]}"' in why.text

    async def test_documents_of_the_bag_are_linked_and_ticked(self, busy_house: House) -> None:
        chain = await busy_house.launch()
        material = (await first_step(busy_house, chain))["materials"][0]["id"]
        project = chain.partition(".")[2]
        await bag_takes(busy_house, project, pdf("协议"), "投资协议.pdf", material=material)
        manager = await signed_in(busy_house, "project_manager")
        page = await manager.get(at(chain))
        (href,) = re.findall(r'<a href="([^"]+/content)">投资协议', page.text)
        assert (await manager.get(href, accept="*/*")).content == pdf("协议")
        assert f'name="materials" value="{material}" checked' in page.text

    async def test_figures_say_whose_word_they_are(self, busy_house: House) -> None:
        chain = await handed_in(busy_house)
        page = await (await officer(busy_house)).get(at(chain))
        assert re.search(r'<span class="tag">(法定|承诺|默认值，待市里确认)</span>', page.text)

    @pytest.mark.parametrize("language", ["zh", "en"])
    async def test_every_form_is_shown_in_both_languages(
        self, busy_house: House, language: str
    ) -> None:
        chain = await accepted(busy_house)
        browser = await officer(busy_house, language)
        for verb in offered(await browser.get(at(chain))):
            page = await browser.get(f"{at(chain)}?do={verb}")
            assert f'id="form-{verb}"' in page.text

    @pytest.mark.parametrize("path", ["/chains/none/steps/L01", "/chains/none/steps/L01/why"])
    async def test_no_page_for_a_chain_that_is_none(self, house: House, path: str) -> None:
        assert (await (await officer(house)).get(path)).status_code == 404

    async def test_no_page_for_a_step_that_is_none(self, busy_house: House) -> None:
        chain = await busy_house.launch()
        browser = await officer(busy_house)
        assert (await browser.get(at(chain, "L99"))).status_code == 404
        assert (await browser.get(f"{at(chain)}/print/decision")).status_code == 404


async def _until(house: House, chain: str, state: str) -> None:
    """Wait for the engine to bring the first step so far."""
    while (await first_step(house, chain))["state"] != state:
        await asyncio.sleep(0.1)
