"""The escalation board and a card's page: what needs the reader, and what they may do about it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.api.pages import escalations
from groundwork.api.shelf import Shelf
from groundwork.catalogue.loader import content_hash
from groundwork.domain import commands as cmd
from groundwork.domain.calendar import SHANGHAI
from groundwork.domain.definition import ChainDefinition, Trigger
from groundwork.domain.model import Role
from groundwork.domain.rules import Rules
from groundwork.workflows import shelf as workers_shelf
from tests.api.desks import hire
from tests.api.house import PARK, REFORM, House
from tests.api.pages import plain
from tests.api.recorded import newer_rules, recorded, started
from tests.pages.browsing import Browser, signed_in

OFFICER = f"officer@{PARK}"
OFFICE = "business_environment_office"
YELLOW = "L01-yellow_card"
APPEAL = cmd.AppealEscalation(escalation=YELLOW, reason="系统停机 <b>")


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    return newer_rules(Path(tmp_path_factory.mktemp("newer")))


@pytest.fixture
async def carded(house: House, engine: AsyncEngine, rules: Rules) -> str:
    """A chain with a yellow card on L01 of 5 March 2026, appealed, and nothing after that."""
    play = await started(house, engine, rules)
    return await recorded(engine, play.wait("2026-03-05 09:00").do(APPEAL))


def address(chain: str, card: str = YELLOW) -> str:
    return f"/chains/{chain}/escalations/{card}"


class TestTheBoard:
    async def test_counts_what_needs_the_reader_and_links_to_it(
        self, house: House, carded: str
    ) -> None:
        office = await signed_in(house, OFFICE)
        text = (await office.get("/escalations")).text
        assert "申诉待您裁决" in text
        mine = (await office.get("/escalations?mine=1")).text
        assert address(carded) in mine
        assert address(carded, "L01-red") not in mine

    async def test_a_card_says_light_department_answer_appeal_and_next_level(
        self, house: House, carded: str
    ) -> None:
        reader = await signed_in(house, "housekeeper")
        text = (await reader.get(f"/escalations?department={PARK}&level=3")).text
        (card,) = [one for one in text.split('<li class="card-mini">') if address(carded) in one]
        words = plain(card)
        for word in ("超期", "园区", "答复期限", "3月6日", "申诉待决", "下一级 红牌"):
            assert word in words, word

    async def test_a_workbook_that_would_be_cut_off_is_refused(
        self,
        house: House,
        engine: AsyncEngine,
        rules: Rules,
        carded: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        another = (await started(house, engine, rules)).wait("2026-03-05 09:00").do(APPEAL)
        assert await recorded(engine, another) != carded
        reader = await signed_in(house, "housekeeper")
        address = "/escalations.xlsx?level=3&state=appealed"
        assert (await reader.get(address)).status_code == 200
        monkeypatch.setattr(escalations, "MOST_SHEET", 1)
        answer = await reader.get(address, accept="*/*")
        assert (answer.status_code, answer.json()["code"]) == (422, "list_too_long")

    async def test_keeps_to_department_level_and_state(self, house: House, carded: str) -> None:
        reader = await signed_in(house, "housekeeper")
        for query, shown in (
            (f"department={PARK}", True),
            (f"department={REFORM}", False),
            ("level=3", True),
            ("level=4", False),
            ("state=appealed", True),
            ("state=answered", False),
            ("state=nonsense&level=x&department=y", True),
        ):
            text = (await reader.get(f"/escalations?{query}")).text
            assert (address(carded) in text) is shown, query

    async def test_mine_are_those_of_my_own_desk(self, house: House, carded: str) -> None:
        red = address(carded, "L01-red")
        await hire(house, "leader here", Role.DEPUTY_LEADER, PARK)
        await hire(house, "leader there", Role.DEPUTY_LEADER, REFORM)
        for who, shown in (("leader here", True), ("leader there", False)):
            reader = await signed_in(house, who)
            text = (await reader.get("/escalations?mine=1&state=waiting")).text
            assert (red in text) is shown, who

    async def test_is_fetched_anew_when_any_chain_changes(self, house: House, carded: str) -> None:
        reader = await signed_in(house, "housekeeper")
        assert 'id="board" data-live="chains"' in (await reader.get("/escalations")).text

    async def test_comes_as_a_workbook_with_the_same_filters(
        self, house: House, carded: str
    ) -> None:
        reader = await signed_in(house, "housekeeper")
        answer = await reader.get("/escalations.xlsx?level=3&state=appealed")
        sheet = load_workbook(BytesIO(answer.content)).active
        assert isinstance(sheet, Worksheet)
        rows = list(sheet.iter_rows(values_only=True))
        assert rows[0][:4] == ("级别", "督办", "环节", "部门")
        assert {row[0] for row in rows[1:]} == {3}
        assert any(carded.endswith(str(row[6])) for row in rows[1:])

    async def test_shows_what_was_settled_this_week(
        self, house: House, engine: AsyncEngine, rules: Rules
    ) -> None:
        play = await started(house, engine, rules)
        play.wait("2026-03-05 09:00").do(cmd.Acknowledge(escalation=YELLOW, answer="专家会"))
        yesterday = datetime.now(SHANGHAI) - timedelta(days=1)
        await recorded(engine, play.wait(f"{yesterday:%Y-%m-%d} 09:00"))
        reader = await signed_in(house, "housekeeper")
        assert 'id="settled"' not in (await reader.get("/escalations")).text
        (referral,) = [one.id for one in play.chain.escalations.values() if one.human_decides]
        play.do(cmd.DecideReferral(escalation=referral, refer=False, reason="已说明"))
        chain = await recorded(engine, play.decide("L01"))
        text = (await reader.get("/escalations")).text
        settled = text[text.index('id="settled"') :]
        assert chain in settled
        assert "首次督办后" in plain(settled)

    async def test_speaks_english_too(self, house: House, carded: str) -> None:
        reader = await signed_in(house, OFFICE)
        words = plain((await reader.get("/escalations?lang=en")).text)
        assert "Escalation board" in words
        assert "Needs you today" in words


class TestACard:
    async def test_tells_what_happened_and_why(self, house: House, carded: str) -> None:
        reader = await signed_in(house, "housekeeper")
        text = (await reader.get(address(carded))).text
        words = plain(text)
        for word in ("督办阶梯“黄牌”", "超过期限满", "系统停机 <b>", "答复期限怎么算", "督办申诉"):
            assert word in words, word
        assert "系统停机 <b>" not in text, "it is escaped"

    async def test_offers_only_what_the_reader_may_do_and_says_why_not(
        self, house: House, carded: str
    ) -> None:
        for who, offered in (
            ("housekeeper", set()),
            (OFFICER, {"acknowledge"}),
            (OFFICE, {"acknowledge", "uphold_escalation", "annul_escalation"}),
        ):
            browser = await signed_in(house, who)
            text = (await browser.get(address(carded))).text
            forms = {verb for verb in VERBS if f'action="{address(carded)}/{verb}"' in text}
            assert forms == offered, who
        assert "您现在不能办理的事项" in text

    async def test_links_to_the_supervision_order_where_there_is_one(
        self, house: House, engine: AsyncEngine, rules: Rules
    ) -> None:
        play = await started(house, engine, rules)
        chain = await recorded(engine, play.wait("2026-03-09 09:00").decide("L01"))
        reader = await signed_in(house, OFFICE)
        red = (await reader.get(address(chain, "L01-red_card"))).text
        (link,) = [one for one in red.split('"') if "supervision-order" in one]
        assert (await reader.get(link)).status_code == 200
        assert "supervision-order" not in (await reader.get(address(chain))).text

    async def test_an_unknown_card_is_not_found(self, house: House, carded: str) -> None:
        reader = await signed_in(house, "housekeeper")
        assert (await reader.get(address(carded, "L01-none"))).status_code == 404
        assert (await reader.get(address("land-to-construction.none"))).status_code == 404
        answer = await reader.send("/", f"{address(carded)}/launch")
        assert answer.status_code == 404

    async def test_upholding_waits_so_that_it_can_be_taken_back(
        self, house: House, carded: str
    ) -> None:
        office = await signed_in(house, OFFICE)
        answer = await office.send(
            address(carded), f"{address(carded)}/uphold_escalation", reason="理由不成立"
        )
        assert answer.status_code == 303
        assert "可以撤回" in (await office.get(address(carded))).text

    async def test_what_was_typed_comes_back_with_the_mistake(
        self, house: House, carded: str
    ) -> None:
        office = await signed_in(house, OFFICE)
        answer = await office.send(
            address(carded), f"{address(carded)}/decide_referral", refer="true", reason="研判 <i>"
        )
        assert answer.status_code == 422
        assert 'class="mistakes"' in answer.text


VERBS = (
    "acknowledge",
    "appeal_escalation",
    "uphold_escalation",
    "annul_escalation",
    "decide_referral",
)


@pytest.fixture(scope="module")
def hasty(shelf: Shelf) -> ChainDefinition:
    """Land to construction where accepting L01 brings a card that must be answered."""
    definition = shelf.find("land-to-construction").definition
    card = next(one for one in definition.rungs if one.answer_within and one.appeal_within)
    rung = card.model_copy(
        update={
            "level": 1,
            "light": "yellow",
            "trigger": Trigger.SHARE_USED,
            "share": 0,
            "days_left": None,
            "days_past_due": None,
            "supervision_order": False,
            "recipients": ("section_head",),
        }
    )
    first, *others = definition.steps
    none = {key: one.model_copy(update={"amount": 0}) for key, one in first.promised.items()}
    steps = (first.model_copy(update={"promised": none}), *others)
    changes = {"version": "9.0.0", "ladder": (rung,), "ladders": (), "steps": steps}
    return ChainDefinition.model_validate(dict(definition) | changes)


@pytest.fixture
async def hasty_house(busy_house: House, hasty: ChainDefinition) -> AsyncIterator[House]:
    """The house with that definition on its shelf and the worker's."""
    workers_shelf.put_definition(content_hash(hasty), hasty)
    before, busy_house.resources.shelf = busy_house.resources.shelf, Shelf([hasty])
    yield busy_house
    busy_house.resources.shelf = before


async def only_card(head: Browser, chain: str) -> str:
    """Where the chain's only card is read, once time has brought it and it is on record."""
    while True:
        board = await head.get("/escalations?mine=1")
        cards = {one for one in board.text.split('"') if f"/chains/{chain}/escalations/" in one}
        if cards:
            (card,) = cards
            return card
        await asyncio.sleep(0.05)


async def test_a_card_is_received_read_acknowledged_and_answered(hasty_house: House) -> None:
    house = hasty_house
    await hire(house, "head", Role.SECTION_HEAD)
    chain = await house.launch()
    detail = (await house.get("housekeeper", f"/chains/{chain}")).json()
    step = next(one for one in detail["steps"] if one["key"] == "L01")
    materials = [one["id"] for one in step["materials"]]
    await house.act("housekeeper", chain, "receive", step="L01", materials=materials)
    done = await house.act(OFFICER, chain, "accept", step="L01")
    assert done.status_code == 200, done.text

    head = await signed_in(house, "head")
    card = await only_card(head, chain)
    empty = await head.send(card, f"{card}/acknowledge", answer=" ")
    assert empty.status_code == 422
    assert 'class="mistakes"' in empty.text
    answer = await head.send(card, f"{card}/acknowledge", answer="专家会改期，4月16日前办结。")
    assert (answer.status_code, answer.headers["location"]) == (303, card)
    page = plain((await head.get(card)).text)
    assert "已完成：签收督办" in page
    assert "专家会改期，4月16日前办结。" in page
    assert card not in (await head.get("/escalations?mine=1")).text
    assert card in (await head.get("/escalations?state=answered")).text
