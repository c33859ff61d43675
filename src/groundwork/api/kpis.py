"""Figures of effect (效能): the figures, the cases behind them, and what is open now."""

from datetime import date, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response

from groundwork.api.answers import answer
from groundwork.api.documented import SIGNED_IN, documented
from groundwork.api.errors import Problem
from groundwork.api.kpi_figures import (
    asked_of,
    concerns,
    figures,
    find_kpi,
    ground_of,
    lights,
    open_lights,
)
from groundwork.api.kpi_shapes import CaseShape, KpisShape, LightsShape
from groundwork.api.kpi_sheets import cases_workbook, figures_workbook
from groundwork.api.shapes import Listed
from groundwork.api.sheets import MEDIA_TYPE
from groundwork.api.visit import Cursor, KpiReader, LightsReader, PageSize, Visit
from groundwork.domain.base import Day
from groundwork.domain.calendar import local_date
from groundwork.domain.definition import Variant
from groundwork.domain.kpis import Kpi
from groundwork.domain.model import Actor, Role
from groundwork.store.kpis import MOST_CASES, KpiFilter
from groundwork.store.paging import Page, Row

router = APIRouter(prefix="/kpis", tags=["figures"])

_PERIOD: Final = timedelta(days=365)
"""How far back the figures go where no first day is given."""

_Word = Annotated[str | None, Query(max_length=60)]

_CODES: Final = (*SIGNED_IN, "other_figures", "period_reversed", "date_out_of_range")
_SHEET: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}},
    **documented(*_CODES, "kpi_not_found", "list_too_long"),
}


def _filter(
    request: Request,
    visit: KpiReader,
    *,
    since: Annotated[
        Day | None, Query(alias="from", description="First day; a year before `to` if not given.")
    ] = None,
    until: Annotated[
        Day | None, Query(alias="to", description="Last day; today if not given.")
    ] = None,
    definition: Annotated[str | None, Query(max_length=60, description="A chain's kind.")] = None,
    variant: Variant | None = None,
    district: _Word = None,
    department: Annotated[
        str | None,
        Query(max_length=60, description="Leaves out figures of whole chains, as `step` does."),
    ] = None,
    step: Annotated[str | None, Query(max_length=20)] = None,
) -> KpiFilter:
    """The filters that figures and their cases have."""
    first, last = period(local_date(request.state.received_at), since, until)
    return KpiFilter(
        since=first,
        until=last,
        today=local_date(request.state.received_at),
        definition=definition,
        variant=variant,
        district=district,
        department=visible_department(visit.actor, department),
        step=step,
    )


Which = Annotated[KpiFilter, Depends(_filter)]


def period(today: date, since: date | None, until: date | None) -> tuple[date, date]:
    """The first and last day that count: a year up to today, unless given. Raises Problem."""
    last = until or today
    try:
        first = since or last - _PERIOD
    except OverflowError:
        raise Problem("date_out_of_range") from None
    if first > last:
        raise Problem("period_reversed", since=first.isoformat(), until=last.isoformat())
    return first, last


def visible_department(actor: Actor, department: str | None) -> str | None:
    """The department whose figures are shown: officers see their own one's. Raises Problem."""
    if actor.role is not Role.OFFICER:
        return department
    if department not in {None, actor.department}:
        raise Problem("other_figures", department=department, own=actor.department or "—")
    return actor.department


@router.get("", response_model=KpisShape, responses=documented(*_CODES))
async def list_kpis(visit: KpiReader, which: Which) -> Response:
    """Every figure with its definition, sample, comparison, and its groups and months.

    Only what ended in the period and is within your reach counts; officers see their own
    department's.
    """
    return answer(await figures(visit, which))


@router.get(".xlsx", response_class=Response, responses=_SHEET)
async def export_kpis(visit: KpiReader, which: Which) -> Response:
    """The figures as an Excel workbook, a row for each figure and group."""
    return await figures_workbook(visit, await figures(visit, which))


@router.get("/lights", response_model=LightsShape, responses=documented(*_CODES))
async def get_lights(visit: LightsReader, department: _Word = None) -> Response:
    """How many open steps within your reach each department has now, by their lights.

    Operators, who see no case, see how many there are of all.
    """
    visible = visible_department(visit.actor, department)
    found = await open_lights(visit, visible)
    return answer(lights(visit, found, visit.received_at))


_Hit = Annotated[
    bool | None,
    Query(description="Only those that hit (in time, kept, corrected, standing), or did not."),
]
_Level = Annotated[int | None, Query(ge=1, le=100, description="Only escalations of this level.")]


@router.get(
    "/{kpi}/cases",
    response_model=Listed[CaseShape],
    responses=documented(*_CODES, "kpi_not_found", "cursor_invalid"),
)
async def list_cases(
    visit: KpiReader,
    which: Which,
    kpi: str,
    *,
    hit: _Hit = None,
    level: _Level = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Response:
    """The cases behind a figure, in the order of their ends."""
    which = which._replace(hit=hit, level=level)
    page = await cases_of(visit, find_kpi(kpi), which, cursor, limit)
    return answer({"items": named_cases(visit, page.items), "next": page.next})


@router.get("/{kpi}/cases.xlsx", response_class=Response, responses=_SHEET)
async def export_cases(
    visit: KpiReader, which: Which, kpi: str, hit: _Hit = None, level: _Level = None
) -> Response:
    """The cases behind a figure as an Excel workbook."""
    found = find_kpi(kpi)
    which = which._replace(hit=hit, level=level)
    page = await cases_of(visit, found, which, None, MOST_CASES)
    if page.next is not None:
        raise Problem("list_too_long", limit=MOST_CASES)
    return await cases_workbook(visit, found, named_cases(visit, page.items))


async def cases_of(
    visit: Visit, kpi: Kpi, which: KpiFilter, cursor: str | None, limit: int
) -> Page:
    """The cases behind a figure; none where the filter says nothing of it."""
    if not concerns(kpi, which):
        return Page([], None)
    kpis = visit.resources.kpis
    ground = await ground_of(visit.resources, kpi, await kpis.pins())
    of_kpi = asked_of(kpi, which)
    return await kpis.cases(kpi.measure, of_kpi, ground, cursor=cursor, limit=limit)


def named_cases(visit: Visit, rows: list[Row]) -> list[Row]:
    """Cases with the names of their steps and departments."""
    shelf, language = visit.resources.shelf, visit.language
    for row in rows:
        unit, step, department = row.pop("unit_name"), row["step"], row["department"]
        row["step_name"] = step and shelf.step_name(row["definition"], step, language, unit)
        row["department_name"] = department and shelf.department_name(department, language)
    return rows
