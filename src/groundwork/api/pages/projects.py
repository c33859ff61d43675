"""The list of projects (我的项目): which of them is stuck, with whom, and how late it will be."""

import asyncio
from typing import Annotated, Any, Final, NamedTuple, get_args

from fastapi import APIRouter, Depends, Response

from groundwork.api.errors import Problem
from groundwork.api.pages.acting import back_to
from groundwork.api.pages.asked import Asked
from groundwork.api.pages.cases import chain_address, project_address
from groundwork.api.pages.drawing.small import progress
from groundwork.api.pages.frame import Opened, Page, show
from groundwork.api.pages.keeping import Kept, change_views, kept_views
from groundwork.api.project_lists import State
from groundwork.api.project_rows import project_rows
from groundwork.api.view_queries import ListKind
from groundwork.api.visit import Cursor
from groundwork.domain.definition import Text
from groundwork.domain.model import ChainState, Light, Role, WaitingOn
from groundwork.domain.names import CHAIN_STATES, WAITING_ON
from groundwork.rehearsal.bars import SIGNS
from groundwork.store.paging import Row
from groundwork.store.project_list import NOT_LAUNCHED, ProjectFilter, ProjectSort

router = APIRouter(include_in_schema=False)

Reader = Annotated[Page, Depends(Opened("read_cases"))]

PER_PAGE: Final = 25
PATH: Final = "/projects"
ME: Final = "me"
"""What an address says for the reader's own projects, so that a link is true for everybody."""

SORTS: Final = {
    ProjectSort.RISK: Text(zh="风险（先红灯）", en="risk, red first"),
    ProjectSort.DUE: Text(zh="最近到期", en="next due"),
    ProjectSort.LAUNCHED: Text(zh="启动时间（先新）", en="launched last"),
    ProjectSort.NEWEST: Text(zh="建档时间（先新）", en="newest"),
    ProjectSort.NAME: Text(zh="项目名称", en="name"),
}


class Shortcut(NamedTuple):
    """A view that everybody has."""

    name: Text
    query: str
    which: ProjectFilter | None = None
    """What to count for it, if that says something."""


@router.get(PATH)
async def get_projects(page: Reader, cursor: Cursor = None) -> Response:
    """Projects by risk, each with what blocks it, until when, and how late it will be."""
    return await _listed(page, cursor)


@router.post(PATH)
async def change_project_views(page: Reader) -> Response:
    """Keep, rename, move or forget a view of the list."""
    kept = await kept_views(page, ListKind.PROJECTS, PATH, _given(page))
    try:
        address = await change_views(page, kept)
    except Problem as problem:
        return await _listed(page, None, problem)
    return back_to(
        page, address, "said:removed" if page.form.get("verb") == "forget" else "said:saved"
    )


async def _listed(page: Page, cursor: str | None, problem: Problem | None = None) -> Response:
    asked, given = Asked(page), _given(page)
    which, sort = _filter(page, asked), asked.choice("sort", ProjectSort) or ProjectSort.RISK
    projects = page.resources.project_list
    shortcuts = _shortcuts(page)
    counted = [which, *(one.which for one in shortcuts if one.which is not None)]
    kept, found, (count, *counts), choices = await asyncio.gather(
        kept_views(page, ListKind.PROJECTS, PATH, given),
        projects.page(which, sort=sort, cursor=cursor, limit=PER_PAGE),
        projects.counts(counted),
        projects.choices(),
    )
    visit = page.visit
    rows = await project_rows(
        page.resources,
        found.items,
        reader=page.actor.id,
        language=page.language,
        at=visit.received_at,
    )
    keepers = await page.resources.people.names(choices.housekeepers)
    return show(
        page,
        "projects.html",
        200 if problem is None else 422,
        rows=[row | drawn(page, row) for row in rows],
        count=count,
        next=found.next,
        asked=asked,
        given=given,
        request_q=given.get("search", ""),
        kept=kept,
        tabs=_tabs(page, kept, shortcuts, counts),
        mistakes=page.mistakes(problem),
        workbook=_workbook(page, asked, which, sort),
        chain_states=CHAIN_STATES,
        waiting_names=WAITING_ON,
        options=_options(page, choices.districts, keepers),
        fresh=count == 0 and not asked,
    )


def _given(page: Page) -> dict[str, str]:
    """What the address asks for, with what was typed into the page's head as a search."""
    items = page.request.query_params.multi_items()
    given = {name: value.strip() for name, value in items if value.strip()}
    if head := given.pop("q", None):
        given["search"] = head[:100]
    if given.get("sort") == ProjectSort.RISK:
        del given["sort"]  # the usual order: a view that says it is the same view
    return given


def _filter(page: Page, asked: Asked) -> ProjectFilter:
    light, waits = asked.choice("light", Light), asked.choice("waiting_on", WaitingOn)
    state, keeper = asked["state"], asked.text("housekeeper")
    return ProjectFilter(
        search=asked.text("q") or asked.text("search"),
        light=light and light.value,
        state=state if state in get_args(State) else None,
        definition=asked.text("definition"),
        district=asked.text("district"),
        housekeeper=page.actor.id if keeper == ME else keeper,
        department=asked.text("department"),
        waiting_on=waits and waits.value,
        open_commitments=asked.flag("open_commitments") or None,
        open_deficiencies=asked.flag("open_deficiencies") or None,
        overdue=page.moments.today if asked.flag("overdue") else None,
        finished={"true": True, "false": False}.get(asked["finished"]),
    )


def _shortcuts(page: Page) -> list[Shortcut]:
    running = ProjectFilter(state=ChainState.RUNNING.value)
    found = [
        Shortcut(Text(zh="全部", en="All"), ""),
        Shortcut(Text(zh="在办", en="Running"), "state=running", running),
        Shortcut(
            Text(zh="红灯", en="Overdue"),
            "light=red&state=running",
            running._replace(light=Light.RED.value),
        ),
        Shortcut(
            Text(zh="等企业", en="Waiting on enterprise"),
            "state=running&waiting_on=applicant",
            running._replace(waiting_on=WaitingOn.APPLICANT.value),
        ),
        Shortcut(Text(zh="已结束", en="Ended"), "finished=true"),
    ]
    if page.actor.role is Role.HOUSEKEEPER:
        mine = ProjectFilter(housekeeper=page.actor.id)
        found.insert(1, Shortcut(Text(zh="我的", en="Mine"), f"housekeeper={ME}", mine))
    elif page.actor.department is not None:
        department = page.actor.department
        ours = ProjectFilter(department=department)
        name = Text(zh="本部门在手", en="With my department")
        found.insert(1, Shortcut(name, f"department={department}", ours))
    return found


def _tabs(
    page: Page, kept: Kept, shortcuts: list[Shortcut], counts: list[int]
) -> list[tuple[str, str, bool, int | None]]:
    """The views that everybody has and the reader's own, for `ui.tabs`."""
    left = iter(counts)
    tabs: list[tuple[str, str, bool, int | None]] = [
        (
            page.said(one.name),
            kept.address(one.query),
            one.query == kept.query,
            None if one.which is None else next(left),
        )
        for one in shortcuts
    ]
    own = [
        (row["name"], kept.address(row["query"]), row["query"] == kept.query, None)
        for row in kept.rows
    ]
    return tabs + own


def _workbook(page: Page, asked: Asked, which: ProjectFilter, sort: ProjectSort) -> str:
    """Where the same list is an Excel workbook; it knows people by their ids."""
    changes = {"sort": sort.value}
    if which.housekeeper is not None:
        changes["housekeeper"] = which.housekeeper
    if which.search is not None:
        changes["search"] = which.search
    return asked.without("q").address("/api/v1/projects.xlsx", **changes)


def _options(page: Page, districts: list[str], keepers: dict[str, str]) -> dict[str, Any]:
    """What the drop-downs of the filters offer."""
    shelf, everything = page.resources.shelf, ("", page.say("全部", "all"))
    states = {one.value: CHAIN_STATES[one] for one in ChainState}
    states[NOT_LAUNCHED] = Text(zh="未启动", en="not launched")
    chains = {
        one.definition.id: shelf.chain_name(one.definition.id, page.language) for one in shelf
    }
    people = [(key, name) for key, name in keepers.items() if key != page.actor.id]
    if page.actor.role is Role.HOUSEKEEPER:
        people.insert(0, (ME, page.say("我的项目", "my projects")))
    return {
        "light": [everything, *((one.value, page.said(SIGNS[one].word)) for one in Light)],
        "state": [everything, *((one, page.said(name)) for one, name in states.items())],
        "definition": [everything, *chains.items()],
        "district": [everything, *((one, one) for one in districts)],
        "housekeeper": [everything, *people],
        "department": [everything, *((one.id, page.said(one.short)) for one in shelf.departments)],
        "waiting_on": [everything, *((one.value, page.said(WAITING_ON[one])) for one in WaitingOn)],
        "sort": [(one.value, page.said(name)) for one, name in SORTS.items()],
    }


def drawn(page: Page, row: Row) -> Row:
    """Where a row leads, and its line of progress."""
    chain = row["chain"]
    outlook = chain and chain["outlook"]
    runs = chain is not None and chain["state"] == ChainState.RUNNING
    return {
        "href": chain_address(chain["id"]) if runs else project_address(row["code"]),
        "file": project_address(row["code"]),
        "runs": runs,
        "line": outlook and progress(outlook["settled"], outlook["steps"], page.language),
    }
