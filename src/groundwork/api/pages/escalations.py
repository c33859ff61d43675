"""The escalation board (督办看板): what needs the reader now, level by level."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, Depends, Response

from groundwork.api.errors import Problem
from groundwork.api.escalations import board_cards
from groundwork.api.pages.frame import Opened, Page, show
from groundwork.api.pages.lights import step_shown
from groundwork.api.rows import escalation_rows
from groundwork.api.sheets import MEDIA_TYPE, Cell, Column, workbook
from groundwork.catalogue.notices import load_notices
from groundwork.domain.calendar import local_date, start_of
from groundwork.domain.model import Chain, Light
from groundwork.domain.names import APPEAL_STATES, ESCALATION_STATES, ROLES
from groundwork.domain.policy import permits
from groundwork.domain.views import act_by, step_light
from groundwork.store.board_figures import Told
from groundwork.store.board_reads import BoardFilter, Needs, Standing, Whose
from groundwork.store.paging import Row

router = APIRouter(include_in_schema=False)

Reader = Annotated[Page, Depends(Opened("read_cases"))]

SETTLED_DAYS: Final = 7
AVERAGED_DAYS: Final = 90
"""How far back the board looks; nothing follows from it."""
PER_LEVEL: Final = 50
MOST_SHEET: Final = 5000
"""How many cards of a level a workbook may have; more are refused, not cut off."""

STANDINGS: Final = (
    (Standing.NOW, "现在需要关注", "What matters now"),
    (Standing.WAITING, "全部待签收或待裁决", "All that wait for somebody"),
    (Standing.OPEN, "未签收", "Not acknowledged"),
    (Standing.APPEALED, "申诉待决", "Appeals to decide"),
    (Standing.ANSWERED, "已签收，仍在办", "Acknowledged, step goes on"),
)


class Figures(NamedTuple):
    """What the tiles say: what needs the reader, by level, and how it goes."""

    needs: Needs
    by_level: Sequence[tuple[int, int]]
    average: float | None
    ended: int
    late_name: str
    late_steps: int


@router.get("/escalations")
async def get_board(page: Reader) -> Response:
    """The board as it stands, by what the address asks for."""
    which = wanted(page)
    rows = await page.resources.board.cards(which, PER_LEVEL)
    cards, chains = await board_cards(page.visit, rows)
    told = await told_of(page, chains)
    shown = [_card(page, one, chains[one["chain_id"]], told) for one in cards]
    columns = [_column(list(group)) for _, group in groupby(shown, itemgetter("level"))]
    return show(
        page,
        "escalations.html",
        figures=await _figures(page),
        levels=columns,
        known_levels=levels(page),
        settled=await _settled(page, which),
        which=which,
        departments=_departments(page),
        standings=[(one.value, page.say(zh, en)) for one, zh, en in STANDINGS],
        filtered=which.whose is not None or which != BoardFilter(standing=Standing.NOW),
        sheet="/escalations.xlsx"
        + (f"?{page.request.url.query}" if page.request.url.query else ""),
        settled_days=SETTLED_DAYS,
        averaged_days=AVERAGED_DAYS,
    )


@router.get("/escalations.xlsx")
async def get_sheet(page: Reader) -> Response:
    """The same cards as an Excel workbook."""
    rows = await page.resources.board.cards(wanted(page), MOST_SHEET)
    if any(one["count"] > MOST_SHEET for one in rows):
        raise Problem("list_too_long", limit=MOST_SHEET)
    cards, chains = await board_cards(page.visit, rows)
    told = await told_of(page, chains)
    shown = [_card(page, one, chains[one["chain_id"]], told) for one in cards]
    title = page.say("督办看板", "Escalations")
    content = await workbook(title, _columns(page), [_cells(page, one) for one in shown])
    headers = {"Content-Disposition": 'attachment; filename="escalations.xlsx"'}
    return Response(content, headers=headers, media_type=MEDIA_TYPE)


def wanted(page: Page) -> BoardFilter:
    """What the address asks for; what nobody knows is left out."""
    query = page.request.query_params
    known = {one.id for one in page.resources.shelf.departments}
    department = query.get("department", "")
    level = query.get("level", "")
    standing = query.get("state", "")
    return BoardFilter(
        standing=Standing(standing) if standing in set(Standing) else Standing.NOW,
        department=department if department in known else None,
        level=int(level) if level in map(str, levels(page)) else None,
        whose=whose(page) if query.get("mine") else None,
    )


def levels(page: Page) -> list[int]:
    """The levels that some ladder has."""
    every = (one.definition.rungs for one in page.resources.shelf)
    return sorted({rung.level for rungs in every for rung in rungs})


def whose(page: Page) -> Whose:
    """The reader, as the board knows them."""
    role = page.actor.role
    return Whose(role.value, page.actor.department, permits(role, "uphold_escalation"))


def card_address(chain_id: str, escalation: str) -> str:
    """Where a card's page is."""
    return f"/chains/{quote(chain_id)}/escalations/{quote(escalation)}"


async def told_of(
    page: Page, chains: Mapping[str, Chain]
) -> dict[tuple[str, str, Any], list[Told]]:
    """Whom the cards of these chains were delivered to."""
    rules = [one.id for one in load_notices().rules if one.event == "escalation_fired"]
    return await page.resources.board_figures.told(chains, rules)


def delivered(told: Sequence[Told]) -> dict[str, Any]:
    """How far the delivery is: to how many, and how many of them read it, the last when."""
    read = [one.read_at for one in told if one.read_at is not None]
    return {"told": len(told), "read": len(read), "read_at": max(read, default=None)}


def _card(page: Page, row: Row, chain: Chain, told: Mapping[Any, list[Told]]) -> Row:
    """A card with what the board shows besides: the step's light, its department's name."""
    step = chain.steps[row["step"]]
    light = step_light(step)
    shown = step_shown(page.moments, step.state, light, act_by(step))
    department = page.resources.shelf.department_name(row["department"], page.language)
    return {
        **row,
        "href": card_address(row["chain_id"], row["id"]),
        "department_name": department,
        "step_light": shown.sign,
        "step_due": step.due_on,
        "step_word": shown.word,
        "decided_at": step.decision.at if light is Light.DONE and step.decision else None,
        "roles": [page.said(ROLES[role]) for role in row["recipients"]],
        "delivery": delivered(told.get((row["chain_id"], row["step"], row["at"]), [])),
        "state_name": page.said(ESCALATION_STATES[row["state"]]),
        "appeal_name": page.said(APPEAL_STATES[row["appeal_state"]]) if row["appeal_state"] else "",
    }


def _column(cards: list[Row]) -> dict[str, Any]:
    first = cards[0]
    return {key: first[key] for key in ("level", "name", "light", "count")} | {"cards": cards}


async def _figures(page: Page) -> Figures:
    resources, reader = page.resources, whose(page)
    today = page.moments.today
    needs = await resources.board.needs(
        reader.role, today=today, department=reader.department, decides=reader.decides
    )
    by_level = await resources.board.needs_by_level(reader)
    since = start_of(today - timedelta(days=AVERAGED_DAYS))
    ended = await resources.board_figures.ended(since)
    calendar = await resources.calendar()
    days = [calendar.count_working_days(local_date(a), local_date(b)) for a, b in ended]
    late = await resources.board_figures.latest()
    name = resources.shelf.department_name(late.department, page.language) if late else ""
    average = round(sum(days) / len(days), 1) if days else None
    return Figures(needs, by_level, average, len(days), name, late.steps if late else 0)


async def _settled(page: Page, which: BoardFilter) -> list[Row]:
    if which.whose is not None or which.level is not None:
        return []
    since = start_of(page.moments.today - timedelta(days=SETTLED_DAYS))
    rows = await page.resources.board_figures.settled(since, which.department)
    calendar = await page.resources.calendar()
    shelf, visit = page.resources.shelf, page.visit
    for row in escalation_rows(rows, shelf, visit.language, visit.received_at):
        first, decided = local_date(row["first_at"]), local_date(row["decided_at"])
        row["href"] = card_address(row["chain_id"], row["id"])
        row["department_name"] = shelf.department_name(row["department"], page.language)
        row["days"] = calendar.count_working_days(first, decided)
    return rows


def _departments(page: Page) -> list[tuple[str, str]]:
    every = [(one.id, page.said(one.short)) for one in page.resources.shelf.departments]
    return [("", page.say("全部部门", "All departments")), *every]


def _columns(page: Page) -> list[Column]:
    named = (
        ("级别", "Level", 8),
        ("督办", "Rung", 16),
        ("环节", "Step", 28),
        ("部门", "Department", 14),
        ("项目", "Project", 28),
        ("企业", "Enterprise", 28),
        ("项目代码", "Project code", 28),
        ("发出", "Reached on", 12),
        ("送达角色", "Recipients", 24),
        ("送达人数", "Told", 10),
        ("已读人数", "Read", 10),
        ("状态", "State", 12),
        ("答复期限", "Answer by", 12),
        ("答复逾期", "Answer overdue", 10),
        ("答复内容", "Answer", 40),
        ("申诉", "Appeal", 12),
        ("环节到期", "Step due", 12),
        ("下一级", "Next level", 16),
        ("下一级日期", "Next level on", 12),
    )
    return [Column(page.say(zh, en), width) for zh, en, width in named]


def _cells(page: Page, card: Row) -> list[Cell]:
    following = card["next_level"]
    return [
        card["level"],
        card["name"],
        f"{card['step']} {card['step_name']}",
        card["department_name"],
        card["project_name"],
        card["enterprise"],
        card["project_code"],
        local_date(card["at"]),
        page.say("、", ", ").join(card["roles"]),
        card["delivery"]["told"],
        card["delivery"]["read"],
        card["state_name"],
        card["answer_by"],
        page.say("是", "yes") if card["answer_overdue"] else "",
        card["answer"],
        card["appeal_name"],
        card["step_due"],
        following["name"] if following else "",
        local_date(following["at"]) if following else None,
    ]
