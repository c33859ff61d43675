"""A chain's pages: what blocks it and in whose hands, its schedule, promises, units and history."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from groundwork.api.chains import told_events
from groundwork.api.pages.cases import Case, open_case, show_case
from groundwork.api.pages.drawing.gantt import chain_gantt
from groundwork.api.pages.drawing.gantt_svg import gantt_svg
from groundwork.api.pages.drawing.legend import gantt_legend, map_legend
from groundwork.api.pages.drawing.metro import chain_map
from groundwork.api.pages.drawing.metro_svg import map_svg
from groundwork.api.pages.frame import Opened, Page
from groundwork.api.pages.unit_changes import show_units
from groundwork.api.visit import ChainId
from groundwork.domain.names import ROLES
from groundwork.domain.rules import Rules

router = APIRouter(include_in_schema=False, prefix="/chains/{chain_id}")

Reader = Annotated[Page, Depends(Opened("read_cases"))]

EVENTS_SHOWN = 100
NEWS_SHOWN = 8


@router.get("")
async def get_overview(page: Reader, chain_id: ChainId) -> Response:
    """What blocks the chain, in whose hands it is, and until when."""
    case = await open_case(page, chain_id)
    people = await page.resources.people.names(
        {one["assignee"] for one in case.steps if one["assignee"]} | {case.detail["housekeeper"]}
    )
    news = await _news(case)
    drawn = chain_map(_dated(case), case.chain, case.now, page.language, case.href)
    title = page.say("审批流程图", "Map of the chain")
    return show_case(
        case,
        "chain.html",
        "",
        people=people,
        map=map_svg(drawn, title),
        map_title=title,
        legend=map_legend(page.language),
        news=news,
        roles=ROLES,
    )


@router.get("/plan")
async def get_plan(page: Reader, chain_id: ChainId) -> Response:
    """When each step began and ends, and which of them the finish hangs on."""
    case = await open_case(page, chain_id)
    drawn = chain_gantt(_dated(case), case.chain, case.now, page.language, case.href)
    title = page.say("甘特图", "Gantt chart")
    return show_case(
        case,
        "chain-plan.html",
        "/plan",
        forecast=_schedule(case),
        gantt=gantt_svg(drawn, title),
        gantt_title=title,
        legend=gantt_legend(page.language),
    )


@router.get("/promises")
async def get_promises(page: Reader, chain_id: ChainId) -> Response:
    """Commitments, deficiencies and escalations of the chain."""
    case = await open_case(page, chain_id)
    return show_case(case, "chain-promises.html", "/promises")


@router.get("/units")
async def get_units(page: Reader, chain_id: ChainId) -> Response:
    """The buildings of the chain with their gates, and what was asked about credit."""
    return show_units(await open_case(page, chain_id))


@router.get("/history")
async def get_history(
    page: Reader,
    chain_id: ChainId,
    before: Annotated[int | None, Query(ge=1)] = None,
    new: Annotated[int | None, Query(ge=0)] = None,
) -> Response:
    """What happened, newest first, with who did it and on which ground.

    What came after the event of number `new` is marked; by default after the reader's last visit.
    """
    case = await open_case(page, chain_id)
    seen = await _visited(case)
    last = min(case.chain.seq, (before or case.chain.seq + 1) - 1)
    after = max(0, last - EVENTS_SHOWN)
    rows = await page.resources.reads.timeline(chain_id, after=after, limit=last - after)
    events = (await told_events(page.visit, chain_id, rows))[::-1]
    on_site = {person for one in events for person in one["body"].get("officers", ())}
    names = await page.resources.people.names({one["actor_id"] for one in events} | on_site)
    return show_case(
        case,
        "chain-history.html",
        "/history",
        events=events,
        names=names,
        roles=ROLES,
        older=after + 1 if after else None,
        new_after=seen if new is None else new,
    )


async def _visited(case: Case) -> int | None:
    """Up to which event the reader had seen the chain; they have seen it all from now on."""
    visits, reader = case.page.resources.visits, case.page.actor.id
    seen = (await visits.seen(reader, [case.id])).get(case.id)
    visits.note(reader, case.id, case.chain.seq)
    return seen


async def _news(case: Case) -> dict[str, Any] | None:
    """What happened since the reader's last visit, the newest first; None if that was never."""
    seen = await _visited(case)
    if seen is None or seen >= case.chain.seq:
        return None
    after = max(seen, case.chain.seq - NEWS_SHOWN)
    reads, page = case.page.resources.reads, case.page
    rows = await reads.timeline(case.id, after=after, limit=NEWS_SHOWN)
    events = (await told_events(page.visit, case.id, rows))[::-1]
    names = await page.resources.people.names({one["actor_id"] for one in events})
    return {"after": seen, "count": case.chain.seq - seen, "events": events, "names": names}


def _dated(case: Case) -> Rules:
    """The rules by the calendar that the chain goes by."""
    return case.rules.under(case.chain.calendar_version)


def _schedule(case: Case) -> list[dict[str, Any]]:
    """The forecast's steps beside what really happened."""
    known = {one["key"]: one for one in case.steps}
    return [
        {"now": one, "step": known[one.step], "name": known[one.step]["name"]}
        for one in case.now.steps
        if one.step in known
    ]
