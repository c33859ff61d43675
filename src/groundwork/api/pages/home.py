"""The home page: what needs the reader today, by what they are."""

import asyncio
from datetime import timedelta
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse

from groundwork.api.kpi_figures import figures, open_lights
from groundwork.api.kpis import period
from groundwork.api.ledgers import commitment_rows, deficiency_rows
from groundwork.api.pages.cases import step_address
from groundwork.api.pages.frame import Opened, Page, show
from groundwork.api.pages.kpis import LIGHTS, by_light
from groundwork.api.pages.navigation import inbox_address
from groundwork.api.pages.projects import ME, drawn
from groundwork.api.project_rows import project_rows
from groundwork.domain.kpis import Measure
from groundwork.domain.model import ChainState, Light, Role, WaitingOn
from groundwork.domain.names import CHAIN_STATES, PROMISE_STATES, STATES, WAITING_ON
from groundwork.domain.policy import permits
from groundwork.store.kpis import KpiFilter
from groundwork.store.paging import Row
from groundwork.store.project_list import NOT_LAUNCHED, ProjectFilter, ProjectSort
from groundwork.store.promises import PromiseFilter

router = APIRouter(include_in_schema=False)

AnyReader = Annotated[Page, Depends(Opened("read_catalogue"))]

SHOWN: Final = 6
AHEAD: Final = timedelta(days=14)
"""How far ahead promises are said to fall due."""

_FOLLOWERS: Final = frozenset({Role.HOUSEKEEPER, Role.PROJECT_MANAGER, Role.SUPERVISOR})
"""Who follows the projects that they see, and answers no escalation."""
_HEADS: Final = frozenset({Role.SECTION_HEAD, Role.DEPUTY_LEADER, Role.DIRECTOR})
_OVERSEERS: Final = frozenset(
    {Role.DATA_BUREAU, Role.BUSINESS_ENVIRONMENT_OFFICE, Role.LIAISON_LEADER}
)
_HEADLINES: Final = ("approval-time", "signing-to-start", "on-time")


@router.get("/")
async def get_home(page: AnyReader) -> Response:
    """What needs the reader today."""
    role = page.actor.role
    if role is Role.OPS:
        return RedirectResponse("/ops", 303)
    facts: dict[str, Any] = {"desk": None, "mine": None, "overview": None, "people": None}
    if page.actor.department is not None:
        facts["desk"] = await _desk(page, page.actor.department)
    elif role in _FOLLOWERS:
        facts["mine"] = await _mine(page)
    elif role in _OVERSEERS or role is Role.ADMINISTRATOR:
        facts["overview"] = await _overview(page)
    if role is Role.ADMINISTRATOR:
        everybody = await page.resources.people.all()
        facts["people"] = sum(one.active for one in everybody)
    return show(
        page,
        "home.html",
        **facts,
        needs=await _needs(page),
        follower=role in _FOLLOWERS - {Role.HOUSEKEEPER},
        projects=await page.resources.project_list.count(),
        inbox=page.actor.department and inbox_address(page.actor.department),
        chain_states=CHAIN_STATES,
        state_names=STATES,
        promise_states=PROMISE_STATES,
        waiting_names=WAITING_ON,
        lights=LIGHTS,
    )


async def _needs(page: Page) -> Any:
    """How many escalations wait for the reader."""
    role = page.actor.role
    if role in _FOLLOWERS:
        return None
    return await page.resources.board.needs(
        role,
        today=page.moments.today,
        department=page.actor.department,
        decides=permits(role, "uphold_escalation"),
    )


async def _desk(page: Page, department: str) -> dict[str, Any]:
    """What a department has in hand: how much is late, what comes first, whom others wait for."""
    lists, names = page.resources.lists, page.resources.shelf.names(page.language)
    places = await page.resources.standing.places_of(page.visit)
    counts, own, all_steps = await asyncio.gather(
        page.resources.desks.counts(department, people=places, soon=page.moments.today),
        lists.inbox(department, names=names, assignees=places, limit=SHOWN),
        lists.inbox(department, names=names, limit=SHOWN),
    )
    steps = [orjson.loads(one) for one in own.items or all_steps.items]
    return {
        "counts": counts,
        "on_time": await _on_time(page, department) if page.actor.role in _HEADS else None,
        "own": bool(own.items),
        "steps": [one | {"href": step_address(one["chain_id"], one["key"])} for one in steps],
    }


async def _on_time(page: Page, department: str) -> dict[str, Any] | None:
    """How much of its work the department decided in time over the last year."""
    told = (await figures(page.visit, _last_year(page, department)))["figures"]
    return next((one for one in told if one["measure"] == Measure.ON_TIME), None)


def _last_year(page: Page, department: str | None = None) -> KpiFilter:
    today = page.moments.today
    since, until = period(today, None, None)
    return KpiFilter(since=since, until=until, today=today, department=department)


async def _mine(page: Page) -> dict[str, Any]:
    """The reader's projects at most risk, and the promises that fall due in them."""
    keeper = page.actor.id if page.actor.role is Role.HOUSEKEEPER else None
    which = ProjectFilter(housekeeper=keeper)
    running = which._replace(state=ChainState.RUNNING.value)
    projects, promises = page.resources.project_list, page.resources.promises
    soon = PromiseFilter(housekeeper=keeper, due_to=page.moments.today + AHEAD)
    risky, red, waiting, none, letters, missing = await asyncio.gather(
        projects.page(running, sort=ProjectSort.RISK, limit=SHOWN),
        projects.count(running._replace(light=Light.RED.value)),
        projects.count(running._replace(waiting_on=WaitingOn.APPLICANT.value)),
        projects.count(which._replace(state=NOT_LAUNCHED)),
        promises.commitments(soon, limit=SHOWN),
        promises.deficiencies(soon, limit=SHOWN),
    )
    return {
        "rows": await _rows(page, risky.items),
        "red": red,
        "waiting": waiting,
        "not_launched": none,
        "running": await projects.count(running),
        "commitments": commitment_rows(page.visit, letters.items),
        "deficiencies": deficiency_rows(page.visit, missing.items),
        "query": f"&housekeeper={ME}" if keeper else "",
    }


async def _overview(page: Page) -> dict[str, Any]:
    """What stands open everywhere, the riskiest projects, and the figures in one line."""
    running = ProjectFilter(state=ChainState.RUNNING.value)
    risky, counted, told = await asyncio.gather(
        page.resources.project_list.page(running, sort=ProjectSort.RISK, limit=SHOWN),
        open_lights(page.visit),
        figures(page.visit, _last_year(page)),
    )
    shown = {one["id"]: one for one in told["figures"]}
    return {
        "rows": await _rows(page, risky.items),
        "desks": by_light(page, counted),
        "figures": [shown[one] for one in _HEADLINES if one in shown],
        "running": told["running"],
    }


async def _rows(page: Page, rows: list[Row]) -> list[Row]:
    told = await project_rows(
        page.resources,
        rows,
        reader=page.actor.id,
        language=page.language,
        at=page.visit.received_at,
    )
    return [row | drawn(page, row) for row in told]
