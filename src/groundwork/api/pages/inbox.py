"""A department's inbox: what it must do, most urgent first; what it did; what it owes."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import quote, urlencode

import orjson
from fastapi import APIRouter, Depends, Path, Response

from groundwork.api.errors import Problem
from groundwork.api.languages import said
from groundwork.api.pages.cases import step_address
from groundwork.api.pages.drawing.signs import code_of
from groundwork.api.pages.frame import Opened, Page, show
from groundwork.api.pages.lights import Shown, opinion_shown, step_shown
from groundwork.api.pages.step_verbs import BULK, awaited_verb, verb_name
from groundwork.api.rows import kind_of
from groundwork.api.sheets import MEDIA_TYPE, Column, workbook
from groundwork.api.visit import Cursor
from groundwork.api.work import Wanted, consultations_of, inbox_of, require_own
from groundwork.domain.calendar import SHANGHAI, local_date
from groundwork.domain.definition import Text
from groundwork.domain.model import Light, Role, StepState, WaitingOn
from groundwork.domain.names import RESULTS, STATES, WAITING_ON
from groundwork.store.desks import MOST_COUNTED, Decided
from groundwork.store.promises import MOST_ROWS

PER_PAGE: Final = 50
TABS: Final = ("mine", "all", "done", "opinions")

Row = dict[str, Any]
Reading = Annotated[Page, Depends(Opened("read_cases"))]
Department = Annotated[str, Path(max_length=60)]

router = APIRouter(prefix="/inbox/{department}", include_in_schema=False)


class Asked(NamedTuple):
    """What a reader's address asks of an inbox."""

    tab: str
    which: Wanted
    soon: bool
    cursor: str | None


@router.get("")
async def get_inbox(page: Reading, department: Department, cursor: Cursor = None) -> Response:
    """The inbox, in one of its tabs."""
    resources = page.resources
    desk = resources.shelf.department(department)
    require_own(page.visit, department)
    places = await resources.standing.places_of(page.visit) if _at_home(page, department) else ()
    counts = await resources.desks.counts(department, people=places, soon=next_day(page))
    asked = _asked(page, _first_tab(page, department, counts.mine), cursor)
    listed: Row = {"items": [], "next": None}
    match asked.tab:
        case "done":
            listed = await _done(page, department, asked.cursor)
        case "opinions":
            listed = await _opinions(page, department, asked.cursor)
        case _:
            listed = await open_steps(page, department, asked)
    return show(
        page,
        "inbox.html",
        desk=desk,
        counts=counts,
        most_counted=MOST_COUNTED,
        week=await _week(page, department),
        tab=asked.tab,
        tabs=TABS if _at_home(page, department) else TABS[1:],
        asked=asked,
        listed=listed,
        kinds=_kinds(page),
        lights=[(one.value, one.value) for one in Light],
        waits=[(one.value, said(WAITING_ON[one.value], page.language)) for one in WaitingOn],
        bulk=[(verb, verb_name(verb, page.language)) for verb in BULK if page.may(verb)]
        if _at_home(page, department)
        else [],
        address=inbox_path(department),
    )


@router.get("/inbox.xlsx")
async def export_inbox(page: Reading, department: Department) -> Response:
    """What the inbox lists under these filters, as an Excel workbook. Raises Problem."""
    asked = _asked(page, "all")
    which = asked.which._replace(mine=asked.tab == "mine")
    found = await inbox_of(page.visit, department, which, cursor=None, limit=MOST_ROWS)
    if found.next is not None:
        raise Problem("list_too_long", limit=MOST_ROWS)
    rows = await _shown(page, [orjson.loads(item) for item in found.items])
    say = page.say
    columns = [
        Column(say("环节", "Step"), 10),
        Column(say("环节名称", "Name of the step"), 30),
        Column(say("项目代码", "Project"), 26),
        Column(say("项目名称", "Name"), 26),
        Column(say("企业", "Enterprise"), 26),
        Column(say("状态", "State"), 14),
        Column(say("等待", "Waits for"), 12),
        Column(say("应办日期", "Act by"), 12),
        Column(say("剩余工作日", "Working days left"), 10),
        Column(say("暂定", "Provisional"), 8),
        Column(say("督办", "Escalation"), 12),
        Column(say("承办人", "Assignee"), 12),
    ]
    cells = [
        [
            row["key"],
            row["name"],
            row["project_code"],
            row["project_name"],
            row["enterprise"],
            row["state_name"],
            row["waits_for"],
            date.fromisoformat(row["act_by"]) if row["act_by"] else None,
            page.moments.working_days_to(row["act_by"]) if row["act_by"] else None,
            say("是", "yes") if row["due_provisional"] else "",
            row["rung"],
            row["assignee_name"],
        ]
        for row in rows
    ]
    content = await workbook(say("收件箱", "Inbox"), columns, cells)
    headers = {"Content-Disposition": f'attachment; filename="inbox-{quote(department)}.xlsx"'}
    return Response(content, headers=headers, media_type=MEDIA_TYPE)


def inbox_path(department: str, **query: str) -> str:
    """Where a department's inbox is, under those filters."""
    return f"/inbox/{quote(department)}" + (f"?{urlencode(query)}" if query else "")


def step_path(chain_id: str, key: str, verb: str | None = None) -> str:
    """Where a step's page is, with the form of a command on top."""
    address = step_address(chain_id, key)
    return f"{address}?do={verb}#act" if verb else address


def next_day(page: Page) -> date:
    """The next working day after today: what is due by then is due soon."""
    day = page.moments.today + timedelta(1)
    while page.moments.working_days_to(day) < 1:
        day += timedelta(1)
    return day


async def open_steps(page: Page, department: str, asked: Asked) -> Row:
    """A page of what is open."""
    which = asked.which._replace(mine=asked.tab == "mine")
    found = await inbox_of(page.visit, department, which, cursor=asked.cursor, limit=PER_PAGE)
    return {
        "items": await _shown(page, [orjson.loads(item) for item in found.items]),
        "next": found.next,
    }


def _asked(page: Page, otherwise: str, cursor: str | None = None) -> Asked:
    """The filters of the address; what nobody can mean is left out."""
    query = page.request.query_params

    def one_of(name: str, known: Iterable[str]) -> str | None:
        value = query.get(name, "")
        return value if value in set(known) else None

    soon = query.get("due") == "soon"
    which = Wanted(
        light=one_of("light", Light),
        waiting_on=one_of("waiting_on", WaitingOn),
        kind=one_of("kind", (key for key, _ in _kinds(page))),
        text=query.get("q", "").strip().replace("\0", "")[:80] or None,
        due_by=next_day(page) if soon else None,
    )
    return Asked(one_of("tab", TABS) or otherwise, which, soon, cursor)


def _first_tab(page: Page, department: str, mine: int) -> str:
    """Officers begin with what is theirs, if anything is; their leaders with the department's."""
    officer = page.actor.role is Role.OFFICER and _at_home(page, department)
    return "mine" if mine and officer else "all"


def _at_home(page: Page, department: str) -> bool:
    return page.actor.department == department


def _kinds(page: Page) -> list[tuple[str, str]]:
    """The chains of the catalogue, each once."""
    shelf = page.resources.shelf
    ids = dict.fromkeys(one.definition.id for one in shelf)
    return [(one, shelf.chain_name(one, page.language)) for one in ids]


async def _shown(page: Page, rows: list[Row]) -> list[Row]:
    """Open steps with what a reader wants to know of each."""
    names = await page.resources.people.names({row["assignee"] for row in rows if row["assignee"]})
    for row in rows:
        state, waits = row["state"], row["waiting_on"]
        verb = awaited_verb(state) if waits == WaitingOn.DEPARTMENT else None
        if state == "ready" and page.may("receive"):
            verb = "receive"
        if verb is not None and not page.may(verb):
            verb = None
        row |= {
            "shown": _light(page, row),
            "state_name": said(STATES[state], page.language),
            "waits_for": said(WAITING_ON[waits], page.language),
            "rung": _rung(page, row),
            "assignee_name": names.get(row["assignee"], row["assignee"] or ""),
            "verb": verb,
            "verb_name": verb_name(verb, page.language) if verb else "",
            "href": step_path(row["chain_id"], row["key"]),
            "act_href": step_path(row["chain_id"], row["key"], verb),
            "pick": f"{row['chain_id']}|{row['key']}",
        }
    return rows


def _light(page: Page, row: Row) -> Shown:
    """The light of an open step; one that no limit runs on says what is to be done."""
    state, by = StepState(row["state"]), row["act_by"]
    day = date.fromisoformat(by) if by else None
    shown = step_shown(page.moments, state, Light(row["light"]), day)
    if shown.word is None and state in _TO_DO:
        return shown._replace(word=page.said(_TO_DO[state]))
    return shown


_TO_DO: Final = MappingProxyType(
    {
        StepState.READY: Text(zh="待接件", en="To be handed in"),
        StepState.CORRECTION: Text(zh="待补正", en="Being corrected"),
        StepState.RECHECK: Text(zh="待复核", en="To be re-checked"),
    }
)


def _rung(page: Page, row: Row) -> str:
    """What the level is called that a step's delay has reached; empty for none."""
    if not row["level"]:
        return ""
    shelf, kind = page.resources.shelf, kind_of(row["chain_id"])
    ladder = shelf.find(kind).definition.ladder_of(row["key"])
    name = next((said(one.name, page.language) for one in ladder if one.level == row["level"]), "")
    level = page.say(f"{row['level']} 级", f"Level {row['level']}")
    return f"{level} · {name}" if name else level


async def _done(page: Page, department: str, cursor: str | None) -> Row:
    found = await page.resources.desks.done(department, cursor=cursor, limit=PER_PAGE)
    shelf = page.resources.shelf
    for row in found.items:
        kind, unit = kind_of(row["chain_id"]), row.pop("unit_name")
        row["name"] = shelf.step_name(kind, row["key"], page.language, unit)
        row["shown"] = Shown(code_of(StepState(row["state"]), Light(row["light"])))
        row["result_name"] = said(RESULTS[row["result"]], page.language) if row["result"] else ""
        row["state_name"] = said(STATES[row["state"]], page.language)
        row["href"] = step_path(row["chain_id"], row["key"])
        row["days"] = _days(page, Decided(row["accepted_at"], row["decided_at"]))
    return {"items": found.items, "next": found.next}


async def _opinions(page: Page, department: str, cursor: str | None) -> Row:
    found = await consultations_of(page.visit, department, cursor=cursor, limit=PER_PAGE)
    rows = [orjson.loads(item) for item in found.items]
    for row in rows:
        verb = "give_opinion" if _at_home(page, department) and page.may("give_opinion") else None
        row["shown"] = opinion_shown(page.moments, date.fromisoformat(row["reply_on"]))
        row["lead_name"] = page.resources.shelf.department_name(row["lead"], page.language)
        row["href"] = step_path(row["chain_id"], row["key"])
        row["act_href"] = step_path(row["chain_id"], row["key"], verb)
        row["verb"] = verb
    return {"items": rows, "next": found.next}


class Week(NamedTuple):
    """What was decided since Monday, and the working days it took on average."""

    decided: int
    average: str | None


async def _week(page: Page, department: str) -> Week:
    today = page.moments.today
    monday = datetime.combine(today - timedelta(today.weekday()), time(), SHANGHAI)
    decided = await page.resources.desks.decided_since(department, monday)
    days = [count for one in decided if (count := _days(page, one)) is not None]
    return Week(len(decided), f"{sum(days) / len(days):.1f}" if days else None)


def _days(page: Page, one: Decided) -> int | None:
    """Working days from acceptance to decision, stops included."""
    if one.accepted_at is None:
        return None
    first, last = local_date(one.accepted_at), local_date(one.decided_at)
    return page.moments.working_days_to(last) - page.moments.working_days_to(first)
