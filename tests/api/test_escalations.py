"""The escalation board, the history of cards, and supervision orders."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.api import shapes
from groundwork.api.escalation_shapes import BoardShape
from groundwork.api.papers import STYLE_ADDRESS, paper
from groundwork.domain import commands as cmd
from groundwork.domain.definition import Text
from groundwork.domain.rules import Rules
from tests.api.house import PARK, House
from tests.api.pages import Tags, plain
from tests.api.recorded import newer_rules, recorded, started

OFFICER = f"officer@{PARK}"
OFFICE = "business_environment_office"
APPEAL = cmd.AppealEscalation(escalation="L01-yellow_card", reason="系统停机 <b>")


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    return newer_rules(Path(tmp_path_factory.mktemp("newer")))


@pytest.fixture
async def carded(house: House, engine: AsyncEngine, rules: Rules) -> str:
    """A chain with a yellow card on L01 of 5 March 2026, appealed, and nothing after that."""
    play = await started(house, engine, rules)
    return await recorded(engine, play.wait("2026-03-05 09:00").do(APPEAL))


@pytest.fixture
async def late(house: House, engine: AsyncEngine, rules: Rules) -> str:
    """A chain whose L01 has climbed to the referral, with its red card annulled."""
    play = await started(house, engine, rules)
    play.wait("2026-03-12 09:00")
    play.do(cmd.AnnulEscalation(escalation="L01-red_card", reason="系统停机"))
    return await recorded(engine, play)


@pytest.fixture
async def ordered(house: House, engine: AsyncEngine, rules: Rules) -> str:
    """A chain whose L01 has a red card and was decided afterwards."""
    play = await started(house, engine, rules)
    return await recorded(engine, play.wait("2026-03-09 09:00").decide("L01"))


async def board(house: House, who: str = OFFICE, **query: Any) -> BoardShape:
    response = await house.get(who, "/escalations/board", params={"limit": 200, **query})
    assert response.status_code == 200, response.text
    return BoardShape.model_validate_json(response.content)


async def history(house: House, **query: Any) -> list[shapes.EscalationRowShape]:
    params = {"open": "false", "limit": 200, **query}
    response = await house.get(OFFICE, "/escalations", params=params)
    assert response.status_code == 200, response.text
    Page = shapes.Listed[shapes.EscalationRowShape]  # noqa: N806 -- a type
    return Page.model_validate_json(response.content).items


class TestTheBoard:
    async def test_groups_what_stands_open_by_level_highest_first(
        self, house: House, carded: str, late: str
    ) -> None:
        shown = await board(house)
        levels = [level.level for level in shown.levels]
        assert levels == sorted(levels, reverse=True)
        of = {
            (level.name, card.chain_id): card.state
            for level in shown.levels
            for card in level.cards
        }
        assert of["Yellow card", carded] == "open"
        assert of["Review for referral", late] == "open"
        assert ("Red card", late) not in of, "it is annulled"

    async def test_counts_a_level_whole_although_it_shows_some(
        self, house: House, carded: str, late: str
    ) -> None:
        whole = {level.level: level.count for level in (await board(house)).levels}
        cut = await board(house, limit=1)
        assert {level.level: level.count for level in cut.levels} == whole
        assert all(len(level.cards) == 1 for level in cut.levels)
        assert max(whole.values()) > 1

    async def test_says_what_comes_next_if_nobody_does_anything(
        self, house: House, carded: str, rules: Rules
    ) -> None:
        (card,) = [
            card
            for level in (await board(house)).levels
            for card in level.cards
            if card.chain_id == carded and card.rung == "yellow_card"
        ]
        assert card.recipients == ["director"]
        assert (card.answer_by, card.answer_overdue) == (date(2026, 3, 6), True)
        assert card.next_level is not None
        assert (card.next_level.level, card.next_level.name) == (4, "Red card")
        # 00:00 of 7 March in Heshan: three working days past the 3rd are over.
        assert card.next_level.at.isoformat() == "2026-03-06T16:00:00+00:00"
        assert (card.appeal_state, card.appealable) == ("pending", False)

    async def test_has_no_next_level_where_the_ladder_or_the_step_is_over(
        self, house: House, late: str, ordered: str
    ) -> None:
        following = {
            (card.chain_id, card.rung): card.next_level
            for level in (await board(house)).levels
            for card in level.cards
        }
        assert following[late, "referral"] is None
        assert following[ordered, "red_card"] is None

    async def test_counts_what_needs_a_role_today(
        self, house: House, carded: str, late: str
    ) -> None:
        before = (await board(house)).needs_you
        assert before.appeals >= 1
        assert before.referrals >= 1
        officer = await board(house, OFFICER)
        assert officer.role == "officer"
        assert (officer.needs_you.appeals, officer.needs_you.referrals) == (0, 0)
        assert officer.needs_you.to_acknowledge >= 2
        director = await board(house, role="director")
        assert director.needs_you.answers_due >= 2

    async def test_keeps_to_a_department_and_a_recipient(self, house: House, carded: str) -> None:
        assert (await board(house, department="water")).levels == []
        levels = (await board(house, department=PARK, recipient="director")).levels
        assert {level.level for level in levels} == {3}


class TestHistory:
    async def test_keeps_annulled_cards_and_tells_why(self, house: House, late: str) -> None:
        rows = {row.rung: row for row in await history(house, chain=late, step="L01")}
        assert set(rows) == {"yellow", "red", "yellow_card", "red_card", "referral"}
        assert (rows["red_card"].state, rows["red_card"].annulled_for) == ("annulled", "系统停机")
        assert rows["yellow_card"].answer_overdue

    async def test_tells_an_appeal(self, house: House, carded: str) -> None:
        (row,) = await history(house, chain=carded, appeal="pending")
        assert (row.id, row.appeal_reason) == ("L01-yellow_card", "系统停机 <b>")
        assert row.appealed_at is not None

    async def test_keeps_to_a_period_of_local_days(self, house: House, late: str) -> None:
        on = {"since": "2026-03-04", "until": "2026-03-04"}
        assert [row.rung for row in await history(house, chain=late, **on)] == ["red"]

    async def test_keeps_to_recipients_steps_and_departments(self, house: House, late: str) -> None:
        director = await history(house, chain=late, recipient="director")
        assert [row.rung for row in director] == ["yellow_card"]
        assert await history(house, chain=late, step="L02") == []
        assert await history(house, chain=late, department="water") == []

    async def test_shows_an_overdue_answer_also_where_the_ladder_draws_nothing_from_it(
        self, house: House, engine: AsyncEngine
    ) -> None:
        from tests.domain.worlds import real_rules

        play = await started(house, engine, real_rules())
        chain = await recorded(engine, play.wait("2026-03-05 09:00"))
        (card,) = await history(house, chain=chain, level=3)
        assert card.answer_overdue


async def order(house: House, chain: str, escalation: str, language: str = "en") -> Any:
    return await house.get(
        OFFICE,
        f"/chains/{chain}/papers/supervision-order/{escalation}",
        headers={"Accept-Language": language},
    )


class TestSupervisionOrders:
    async def test_state_the_facts_of_the_day_they_were_issued(
        self, house: House, ordered: str
    ) -> None:
        page = plain((await order(house, ordered, "L01-red_card")).text)
        for words in (
            f"No. {ordered}-L01-red_card",
            "business environment office, liaison leader",
            "Issued on: 2026-03-07",
            "Limit 1 working days",
            "Due 2026-03-03",
            "Late by 3 working days",
            "Answer by the end of 2026-03-10.",
            "until the end of 2026-03-10.",
            "L01 Agreement and steward team",
        ):
            assert words in page

    async def test_count_by_the_calendar_of_their_department(
        self, house: House, engine: AsyncEngine, rules: Rules
    ) -> None:
        shut = {PARK: {date(2026, 3, 3): Text(zh="搬迁", en="Moving house")}}
        changes = {"version": "cn-2026.7", "closed_for": shut}
        closed = Rules(rules.definition, rules.calendar.model_copy(update=changes))
        play = (await started(house, engine, closed)).wait("2026-03-10 09:00")
        assert play.rungs("L01")[-1] == ("red_card", "2026-03-10 00:00")
        page = plain((await order(house, await recorded(engine, play), "L01-red_card")).text)
        assert "Due 2026-03-04" in page
        assert "Late by 3 working days" in page

    async def test_speak_chinese_first(self, house: House, ordered: str) -> None:
        response = await order(house, ordered, "L01-red_card", "zh")
        assert response.headers["content-language"] == "zh-CN"
        page = plain(response.text)
        for words in (
            "督办单",
            "已逾期 3 个工作日",
            "营商办、挂钩市领导",
            "答复期限：2026年3月10日",
        ):
            assert words in page

    async def test_name_their_annulment(self, house: House, late: str) -> None:
        page = (await order(house, late, "L01-red_card")).text
        assert "This order is annulled: 系统停机" in page

    async def test_may_only_be_shown(self, house: House, ordered: str) -> None:
        response = await order(house, ordered, "L01-red_card")
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert response.headers["content-security-policy"] == (
            "default-src 'none'; style-src 'self'; img-src 'self'"
        )
        page = Tags(response.text)
        assert not {"script", "style", "iframe"} & set(page.tags)
        assert not {name for name in page.attributes if name == "style" or name.startswith("on")}

    async def test_escape_what_people_wrote(self) -> None:
        facts: dict[str, Any] = dict.fromkeys(
            (
                "number", "chain", "escalation", "department", "recipients", "issued_on",
                "answer_by", "appeal_by", "standing",
            ),
            "",
        )  # fmt: skip
        written = "<script>alert(1)</script>"
        page = paper("supervision-order", "en", rows=[], basis=[], answer=written, **facts)
        assert written not in page
        assert "&lt;script&gt;" in page

    @pytest.mark.parametrize(
        ("escalation", "code"),
        [("L01-orange_card", "unknown_escalation"), ("L01-red", "no_supervision_order")],
    )
    async def test_exist_for_some_escalations_only(
        self, house: House, ordered: str, escalation: str, code: str
    ) -> None:
        response = await order(house, ordered, escalation)
        assert (response.status_code, response.json()["code"]) == (404, code)

    async def test_need_a_chain(self, house: House) -> None:
        response = await order(house, "land-to-construction.none", "L01-red_card")
        assert (response.status_code, response.json()["code"]) == (404, "chain_not_found")


class TestTheStyle:
    async def test_is_open_to_all_and_kept_for_ever(self, house: House, ordered: str) -> None:
        page = (await order(house, ordered, "L01-red_card")).text
        assert f'href="{STYLE_ADDRESS}"' in page
        response = await house.http.get(STYLE_ADDRESS)
        assert response.headers["content-type"] == "text/css; charset=utf-8"
        assert "immutable" in response.headers["cache-control"]
        assert "A4" in response.text

    async def test_has_one_name_only(self, house: House) -> None:
        response = await house.http.get("/assets/paper.css")
        assert (response.status_code, response.json()["code"]) == (404, "not_found")


async def test_an_appeal_has_an_address(busy_house: House) -> None:
    chain = await busy_house.launch()
    for verb in ("appeal_escalation", "uphold_escalation"):
        who = OFFICER if verb == "appeal_escalation" else OFFICE
        response = await busy_house.act(who, chain, verb, escalation="L01-red", reason="so")
        assert (response.status_code, response.json()["code"]) == (404, "unknown_escalation")
