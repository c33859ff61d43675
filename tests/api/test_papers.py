"""Papers of promises: the commitment, the tolerance notice and the rectification notice."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.api.paper_facts import PaperWords
from groundwork.domain import commands as cmd
from groundwork.domain.definition import Mode
from groundwork.domain.model import Actor, Role
from tests.api.house import House
from tests.api.pages import Tags, plain
from tests.api.paper_plays import (
    HOSTILE,
    LACKING,
    LETTER,
    OFFICERS,
    SITE,
    building,
    inspect,
    land,
    order,
    sign,
    site,
    verify,
)
from tests.api.recorded import launched_for, recorded
from tests.domain.test_replanning import adopt, with_off
from tests.domain.worlds import Play, rules_in_catalogue

READER = "housekeeper"
DAYS = ("2026-03-16", "2026-04-21", "2026-05-06")


async def page(house: House, chain: str, kind: str, subject: str, language: str = "en") -> Any:
    address = f"/chains/{chain}/papers/{kind}/{subject}"
    return await house.get(READER, address, headers={"Accept-Language": language})


async def words(house: House, chain: str, kind: str, subject: str, language: str = "en") -> str:
    response = await page(house, chain, kind, subject, language)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return plain(response.text)


async def shown(house: House, chain: str) -> dict[str, Any]:
    response = await house.get(READER, f"/chains/{chain}")
    found: dict[str, Any] = response.json()
    return found


@pytest.fixture
async def played(house: House, engine: AsyncEngine) -> Play:
    """Land to construction with a letter to be signed and a material to follow."""
    return await land((await house.project())["code"], engine)


@pytest.fixture
async def visited(house: House, engine: AsyncEngine) -> Play:
    """Completion to production after a joint site visit."""
    return await site((await house.project())["code"], engine)


class TestTheCommitment:
    async def test_gives_notice_of_everything_before_it_is_signed(
        self, house: House, engine: AsyncEngine, played: Play
    ) -> None:
        chain = await recorded(engine, played)
        paper = await words(house, chain, "commitment", LETTER)
        for told in (
            f"No. {chain}-{LETTER}",
            "To be signed: until then the letter is not in force.",
            "Item L08 Environmental impact approval",
            "Department Ecology and Environment Branch",
            "Basis After the commitment letter published for Sanxiang",
            "Conditions The project fits the area's assessment",
            "Materials EIA report form",
            "To be kept by within 60 calendar days of the signature",
            "Pollution control is checked on site",
            "within 60 calendar days of the report or of the last day, by 2 officers or more",
            "within 10 working days, once",
            "If false, the decision given on it is annulled",
            "If overdue, the decision given on it is checked again",
            "no commitment for 6 months",
            "Committing is voluntary",
            "not signed yet",
        ):
            assert told in paper
        assert "Performance and verification" not in paper

    async def test_holds_the_five_undertakings_and_what_was_promised(
        self, house: House, engine: AsyncEngine, played: Play
    ) -> None:
        chain = await recorded(engine, played)
        terms = played.rules.definition.promises
        assert terms is not None
        assert len(terms.undertakings) == 5
        zh = await words(house, chain, "commitment", LETTER, "zh")
        en = await words(house, chain, "commitment", LETTER)
        for undertaking in terms.undertakings:
            assert undertaking.zh in zh
            assert undertaking.en in en
        assert "按环评文件落实防治污染设施" in en
        assert "承诺事项：参照中山市三乡镇公布的环评承诺书" in zh

    async def test_says_who_signed_and_when_by_role_and_id(
        self, house: House, engine: AsyncEngine, played: Play
    ) -> None:
        chain = await recorded(engine, sign(played))
        paper = await words(house, chain, "commitment", LETTER)
        for told in (
            "Notice given by project manager person-project_manager · 2026-03-02 10:00",
            "Signed by project manager person-project_manager · 2026-03-03 09:00",
            "Kept under number 函-8",
            "To be kept by 2026-05-06",
            "State in force",
        ):
            assert told in paper
        assert "To be signed" not in paper
        zh = await words(house, chain, "commitment", LETTER, "zh")
        assert "签署 项目经理 person-project_manager · 2026年3月3日 09:00" in zh

    async def test_names_the_officers_once_they_verified(
        self, house: House, engine: AsyncEngine, played: Play
    ) -> None:
        sign(played).wait("2026-04-01 09:00")
        played.do(cmd.SubmitPerformance(commitment=LETTER, document="报告-1"))
        chain = await recorded(engine, verify(played, "fulfilled"))
        paper = await words(house, chain, "commitment", LETTER)
        for told in (
            "Reported as kept 2026-04-01 09:00 · 报告-1",
            "To be verified by 2026-06-01",
            f"Verified 2026-04-07 kept (officers: {', '.join(OFFICERS)})",
            "State archived: fulfilled",
        ):
            assert told in paper

    async def test_keeps_its_day_when_faults_are_put_right(
        self, house: House, engine: AsyncEngine, played: Play
    ) -> None:
        chain = await recorded(engine, verify(sign(played), "rectify"))
        paper = await words(house, chain, "commitment", LETTER)
        assert "To be kept by 2026-05-06" in paper
        assert "2026-04-07 to be put right: 沉淀池未建成" in paper

    async def test_says_that_it_was_broken(
        self, house: House, engine: AsyncEngine, played: Play
    ) -> None:
        chain = await recorded(engine, sign(played).wait("2026-09-01 09:00"))
        assert "已认定违诺：逾期未履行" in await words(house, chain, "commitment", LETTER, "zh")

    async def test_an_earlier_draft_no_longer_applies(
        self, house: House, engine: AsyncEngine, played: Play
    ) -> None:
        played.do(cmd.DraftCommitment(step="L08", obligations=("另行约定",)))
        chain = await recorded(engine, played)
        assert "the letter no longer applies" in await words(house, chain, "commitment", LETTER)
        again = await words(house, chain, "commitment", f"{LETTER}-r2")
        assert "另行约定" in again
        assert "no longer applies" not in again


class TestTheToleranceNotice:
    async def test_tells_once_what_may_follow_until_when_and_what_a_lapse_brings(
        self, house: House, engine: AsyncEngine, played: Play
    ) -> None:
        chain = await recorded(engine, played)
        paper = await words(house, chain, "tolerance", LACKING)
        for told in (
            f"No. {chain}-{LACKING}",
            "accepted on 2026-03-02",
            "this is told once",
            "Opinion on pipeline connection 10 working days 2026-03-16",
            "Design scheme, Site plan",
            "for 50% more of the term",
            "Before the decision: the application is returned.",
            "After the decision: the decision is checked again, and the lapse goes on the credit",
        ):
            assert told in paper
        zh = await words(house, chain, "tolerance", LACKING, "zh")
        assert "容缺受理告知书" in zh
        assert "管线接驳意见 10 个工作日 2026年3月16日" in zh

    async def test_keeps_the_days_as_told_and_says_what_came_since(
        self, house: House, engine: AsyncEngine, played: Play
    ) -> None:
        played.wait("2026-03-10 09:00").do(cmd.ExtendCure(deficiency=LACKING, reason="停机"))
        chain = await recorded(engine, played.wait("2026-04-10 09:00"))
        paper = await words(house, chain, "tolerance", LACKING)
        assert "Opinion on pipeline connection: lapsed, extended until 2026-03-23" in paper
        assert "10 working days 2026-03-16" in paper

    async def test_names_everything_that_one_acceptance_tolerated(
        self, house: House, engine: AsyncEngine
    ) -> None:
        rules = rules_in_catalogue("completion-to-production")
        modes = {"C12": Mode.DEFICIENCY_TOLERANT}
        play = await building((await house.project())["code"], engine, "C12.B1", modes=modes)
        play.receive("C12.B1", "construction-archives").accept("C12.B1")
        chain = await recorded(engine, play)
        named = [one.name.en for one in rules.step("C12").materials]
        first = await words(house, chain, "tolerance", "C12.B1-telecom-acceptance")
        assert first == await words(house, chain, "tolerance", "C12.B1-drainage-acceptance")
        assert all(name in first for name in named)
        assert f"No. {chain}-C12.B1-telecom-acceptance" in first
        assert "1号厂房" in first


class TestTheRectificationNotice:
    async def test_of_a_commitment_says_what_and_by_when(
        self, house: House, engine: AsyncEngine, played: Play
    ) -> None:
        chain = await recorded(engine, verify(sign(played), "rectify"))
        paper = await words(house, chain, "rectification", LETTER)
        for told in (
            f"No. {chain}-{LETTER}-rectification",
            "Issued on: 2026-04-07",
            f"Officers {', '.join(OFFICERS)}",
            "沉淀池未建成",
            "By: 2026-04-21",
            "the commitment is broken: the decision given on it is checked again, and it goes on",
            "Term: Groundwork's default",
        ):
            assert told in paper

    @pytest.mark.parametrize(
        ("outcome", "told"),
        [("fulfilled", "Verified: it was put right."), ("breached", "The commitment is broken.")],
    )
    async def test_of_a_commitment_says_what_came_of_it(
        self, house: House, engine: AsyncEngine, played: Play, outcome: str, told: str
    ) -> None:
        verify(sign(played), "rectify").wait("2026-04-10 09:00")
        played.do(cmd.SubmitPerformance(commitment=LETTER))
        if outcome == "fulfilled":
            verify(played, outcome, "2026-04-11 09:00")
        else:
            verify(played, "rectify", "2026-04-11 09:00")
        chain = await recorded(engine, played)
        assert told in await words(house, chain, "rectification", LETTER)

    async def test_of_a_site_visit_has_the_opinions_of_the_day(
        self, house: House, engine: AsyncEngine, visited: Play
    ) -> None:
        chain = await recorded(engine, order(visited))
        paper = await words(house, chain, "rectification", SITE)
        for told in (
            f"No. {chain}-{SITE}-rectification",
            "Item C13.B1 Joint site visit and summary · 1号厂房",
            "Site visit 2026-03-02",
            f"Officers on site {', '.join(OFFICERS)}",
            "Found 三处问题",
            "喷淋系统通水",
            "Fire and Rescue Brigade disagrees 喷淋未通水",
            "Water Resources Bureau agrees —",
            "By: 2026-03-16",
            "the clock stands until then. It is looked at again within 3 working days.",
            "decided on the opinions as they stand",
        ):
            assert told in paper
        assert "Reported as put right" not in paper

    async def test_of_a_site_visit_keeps_its_facts_after_the_report(
        self, house: House, engine: AsyncEngine, visited: Play
    ) -> None:
        order(visited).wait("2026-03-10 09:00").do(cmd.SubmitRectification(step=SITE))
        chain = await recorded(engine, visited)
        paper = await words(house, chain, "rectification", SITE, "zh")
        assert "已于 2026年3月10日报告整改。" in paper
        assert "消防救援大队 不同意 喷淋未通水" in paper

    async def test_of_a_second_application_has_a_number_of_its_own(
        self, house: House, engine: AsyncEngine, visited: Play
    ) -> None:
        order(visited).do(cmd.SubmitRectification(step=SITE)).decide(SITE, "fail")
        chain = await recorded(engine, order(inspect(visited)))
        paper = await words(house, chain, "rectification", SITE)
        assert f"No. {chain}-{SITE}-rectification-r2 " in paper
        assert "Reported as put right" not in paper


class TestAnotherCalendar:
    """Days were told by one calendar; another that was adopted since moves them."""

    @pytest.fixture
    async def moved(self, house: House, engine: AsyncEngine) -> Play:
        """A play that may adopt a calendar with 16 March, 21 April and 6 May 2026 off."""
        return await land((await house.project())["code"], engine, with_off(*DAYS))

    async def test_is_told_beside_what_was_told(
        self, house: House, engine: AsyncEngine, moved: Play
    ) -> None:
        chain = await recorded(engine, adopt(sign(moved), with_off(*DAYS)))
        notice = await words(house, chain, "tolerance", LACKING)
        assert "Opinion on pipeline connection: 2026-03-17 by the new calendar" in notice
        assert "10 working days 2026-03-16" in notice
        letter = await words(house, chain, "commitment", LETTER)
        assert "To be kept by 2026-05-06 (2026-05-07 by the new calendar)" in letter

    async def test_moves_a_rectification(
        self, house: House, engine: AsyncEngine, moved: Play
    ) -> None:
        chain = await recorded(engine, adopt(verify(sign(moved), "rectify"), with_off(*DAYS)))
        notice = await words(house, chain, "rectification", LETTER, "zh")
        assert "按新日历，整改期限为 2026年4月22日。" in notice
        assert "整改期限： 2026年4月21日" in notice


def test_who_acts_for_another_is_named_with_whom() -> None:
    actor = Actor(id="person-1", role=Role.OFFICER, on_behalf_of="person-2", mandate="absence-1")
    assert PaperWords("zh").person(actor) == "经办人 person-1（代 person-2）"
    assert PaperWords("en").person(actor) == "officer person-1 (for person-2)"


class TestAllOfThem:
    @pytest.fixture
    async def printed(self, house: House, engine: AsyncEngine, played: Play, visited: Play) -> Any:
        """Every paper, of chains in which people wrote something hostile."""
        land_chain = await recorded(engine, verify(sign(played), "rectify"))
        site_chain = await recorded(engine, order(visited))
        return [
            await page(house, land_chain, "commitment", LETTER),
            await page(house, land_chain, "tolerance", LACKING),
            await page(house, land_chain, "rectification", LETTER),
            await page(house, site_chain, "rectification", SITE),
        ]

    async def test_escape_what_people_wrote(self, printed: Any) -> None:
        for response in printed:
            assert HOSTILE not in response.text
        hostile = [one for one in printed if "&lt;script&gt;" in one.text]
        assert len(hostile) == 3, "in the letter and in both orders people write freely"

    async def test_escape_names(self, house: House, engine: AsyncEngine) -> None:
        project = await house.project(enterprise="<b>甲</b>公司", name="<i>乙</i>")
        chain = await recorded(engine, await land(project["code"], engine))
        for kind, subject in (("commitment", LETTER), ("tolerance", LACKING)):
            shown = (await page(house, chain, kind, subject)).text
            assert "&lt;b&gt;甲&lt;/b&gt;公司" in shown
            assert "<b>" not in shown
            assert "<i>" not in shown

    async def test_may_only_be_shown(self, printed: Any) -> None:
        for response in printed:
            assert response.headers["content-security-policy"].startswith("default-src 'none'")
            found = Tags(response.text)
            assert not {"script", "style", "iframe"} & set(found.tags)
            assert not {n for n in found.attributes if n == "style" or n.startswith("on")}

    async def test_have_their_addresses_in_the_chain_and_the_ledgers(
        self, house: House, engine: AsyncEngine, played: Play, visited: Play
    ) -> None:
        chain = await recorded(engine, verify(sign(played), "rectify"))
        at = f"/api/v1/chains/{chain}/papers"
        (letter,) = (await shown(house, chain))["commitments"]
        assert letter["paper"] == f"{at}/commitment/{LETTER}"
        assert letter["rectification_paper"] == f"{at}/rectification/{LETTER}"
        (lacking,) = (await shown(house, chain))["deficiencies"]
        assert lacking["paper"] == f"{at}/tolerance/{LACKING}"
        for ledger, paper in (("commitments", letter["paper"]), ("deficiencies", lacking["paper"])):
            query = {"chain": chain, "open": "false"}
            (row,) = (await house.get(READER, f"/{ledger}", params=query)).json()["items"]
            assert row["paper"] == paper
        site_chain = await recorded(engine, order(visited))
        steps = {one["key"]: one for one in (await shown(house, site_chain))["steps"]}
        address = steps[SITE]["site_rectification"]["paper"]
        assert (await house.get(READER, address.removeprefix("/api/v1"))).status_code == 200


class TestWhatIsNotThere:
    @pytest.mark.parametrize(
        ("paper", "code"),
        [
            ("commitment/L09-commitment", "unknown_commitment"),
            ("tolerance/L07-site-plan", "unknown_deficiency"),
            (f"rectification/{LETTER}", "no_rectification"),
            ("rectification/L08", "no_rectification"),
            ("rectification/L99", "no_rectification"),
        ],
    )
    async def test_is_a_problem(
        self, house: House, engine: AsyncEngine, played: Play, paper: str, code: str
    ) -> None:
        chain = await recorded(engine, sign(played))
        response = await house.get(READER, f"/chains/{chain}/papers/{paper}")
        assert (response.status_code, response.json()["code"]) == (404, code)
        assert response.headers["content-type"] == "application/problem+json"

    async def test_a_site_visit_without_an_order(
        self, house: House, engine: AsyncEngine, visited: Play
    ) -> None:
        chain = await recorded(engine, visited)
        response = await page(house, chain, "rectification", SITE)
        assert (response.status_code, response.json()["code"]) == (404, "no_rectification")

    async def test_older_definitions_have_no_letter(
        self, house: House, engine: AsyncEngine
    ) -> None:
        code = (await house.project())["code"]
        rules = rules_in_catalogue("land-to-construction", "1.0.0")
        play = await launched_for(code, engine, rules, modes={"L08": Mode.COMMITMENT})
        play.at("2026-03-02 10:00").settle("L01", "L02").receive("L08").sign("L08")
        chain = await recorded(engine, play)
        response = await page(house, chain, "commitment", LETTER)
        assert (response.status_code, response.json()["code"]) == (404, "no_commitment_letter")
        (letter,) = (await shown(house, chain))["commitments"]
        assert (letter["paper"], letter["rectification_paper"]) == (None, None)

    @pytest.mark.parametrize("kind", ["commitment", "tolerance", "rectification"])
    async def test_a_chain(self, house: House, kind: str) -> None:
        response = await page(house, "land-to-construction.none", kind, "L01")
        assert (response.status_code, response.json()["code"]) == (404, "chain_not_found")

    @pytest.mark.parametrize("kind", ["commitment", "tolerance", "rectification"])
    async def test_for_nobody(self, house: House, kind: str) -> None:
        response = await house.get(None, f"/chains/land-to-construction.none/papers/{kind}/L01")
        assert (response.status_code, response.json()["code"]) == (401, "not_signed_in")


async def test_a_letter_signed_on_the_engine_names_its_signatory(busy_house: House) -> None:
    house = busy_house
    chain = await house.launch(modes={"L08": "commitment"})

    async def act(verb: str, **fields: Any) -> None:
        response = await house.act("administrator", chain, verb, **fields)
        assert response.status_code == 200, response.text

    for step in ("L01", "L02"):
        materials = [
            one.id for one in rules_in_catalogue("land-to-construction").step(step).materials
        ]
        await act("receive", step=step, materials=materials)
        await act("accept", step=step)
        await act("decide", step=step, result="pass")
    await act("receive", step="L08", materials=["eia-form"])
    await act("draft_commitment", step="L08", obligations=["落实防治污染设施"])
    assert "not signed yet" in await words(house, chain, "commitment", LETTER)
    await act("sign_commitment", step="L08", signature="函-8")
    paper = await words(house, chain, "commitment", LETTER)
    assert f"Signed by administrator {house.people['administrator']} ·" in paper
