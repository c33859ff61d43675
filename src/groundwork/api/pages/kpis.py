"""Figures of effect (效能): whether we are faster than the baseline, and the cases behind it."""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response

from groundwork.api.kpi_figures import concerns, figures, find_kpi, lights, open_lights
from groundwork.api.kpis import cases_of, named_cases, period, visible_department
from groundwork.api.pages.asked import Asked
from groundwork.api.pages.drawing.small import Share, on_time, spread
from groundwork.api.pages.frame import Opened, Page, show
from groundwork.api.visit import Cursor
from groundwork.domain.definition import LimitUnit, Text
from groundwork.domain.kpis import TIMES, Measure
from groundwork.domain.model import Role
from groundwork.domain.names import UNITS
from groundwork.store.kpis import KpiFilter

router = APIRouter(include_in_schema=False, prefix="/kpis")

Reader = Annotated[Page, Depends(Opened("read_kpis"))]

PER_PAGE: Final = 50
LIGHTS: Final = ("red", "yellow", "paused", "green", "todo")

HITS: Final = {
    Measure.ON_TIME.value: Text(zh="按期", en="in time"),
    Measure.CORRECTIONS.value: Text(zh="曾要求补正", en="had to be corrected"),
    Measure.ESCALATIONS.value: Text(zh="成立", en="stood"),
    Measure.CURES.value: Text(zh="按期补正", en="cured in time"),
    Measure.COMMITMENTS.value: Text(zh="已履行", en="kept"),
}
"""What it means for a case of a measure to hit."""
MISSES: Final = {
    Measure.ON_TIME.value: Text(zh="未按期", en="late"),
    Measure.CORRECTIONS.value: Text(zh="未要求补正", en="not corrected"),
    Measure.ESCALATIONS.value: Text(zh="撤销或改正", en="annulled or reversed"),
    Measure.CURES.value: Text(zh="逾期未补", en="not in time"),
    Measure.COMMITMENTS.value: Text(zh="违诺", en="broken"),
}


@router.get("")
async def get_kpis(page: Reader) -> Response:
    """The figures of a period, each with its definition, sample and comparison."""
    asked = Asked(page)
    which = _filter(page, asked)
    data, counted = await asyncio.gather(
        figures(page.visit, which), open_lights(page.visit, which.department)
    )
    shown = [_shown(page, asked, one) for one in data["figures"]]
    return show(
        page,
        "kpis.html",
        data=data,
        figures=shown,
        on_time=_on_time(page, data["figures"]),
        desks=by_light(page, counted),
        lights=LIGHTS,
        workbook=asked.address("/api/v1/kpis.xlsx"),
        **_surroundings(page, asked),
    )


@router.get("/{kpi}")
async def get_cases(page: Reader, kpi: str, cursor: Cursor = None) -> Response:
    """The cases behind a figure."""
    found, asked = find_kpi(kpi), Asked(page)
    which = _filter(page, asked)
    which = which._replace(hit={"true": True, "false": False}.get(asked["hit"]))
    cases = await cases_of(page.visit, found, which, cursor, PER_PAGE)
    return show(
        page,
        "kpi-cases.html",
        kpi=found,
        timed=found.measure in TIMES,
        stopped=found.measure is Measure.STEP_STOPPED,
        hit_name=HITS.get(found.measure.value),
        miss_name=MISSES.get(found.measure.value),
        rows=named_cases(page.visit, cases.items),
        next=cases.next,
        concerned=concerns(found, which),
        back=asked.without("hit").address("/kpis"),
        workbook=asked.address(f"/api/v1/kpis/{found.id}/cases.xlsx"),
        **_surroundings(page, asked),
    )


def by_light(page: Page, counted: dict[str, dict[str, int]]) -> dict[str, Any]:
    """The open steps of departments by their lights, those with the most overdue ones first."""
    found = lights(page.visit, counted, page.visit.received_at)
    found["departments"].sort(key=lambda one: _urgency(one["lights"], one["total"]))
    return found


def _urgency(counts: dict[str, int], total: int) -> tuple[int, int, int]:
    return -counts.get("red", 0), -counts.get("yellow", 0), -total


def _filter(page: Page, asked: Asked) -> KpiFilter:
    today = page.moments.today
    since, until = period(today, asked.day("from"), asked.day("to"))
    return KpiFilter(
        since=since,
        until=until,
        today=today,
        definition=asked.text("definition"),
        department=visible_department(page.actor, asked.text("department")),
        step=asked.text("step"),
    )


def _surroundings(page: Page, asked: Asked) -> dict[str, Any]:
    shelf, which = page.resources.shelf, _filter(page, asked)
    own = page.actor.role is Role.OFFICER
    return {
        "asked": asked,
        "which": which,
        "own": own,
        "departments": [(one.id, page.said(one.short)) for one in shelf.departments],
        "department_name": which.department
        and shelf.department_name(which.department, page.language),
        "definitions": list(
            {
                one.definition.id: (
                    one.definition.id,
                    shelf.chain_name(one.definition.id, page.language),
                )
                for one in shelf
            }.values()
        ),
        "unit_names": UNITS,
        "hits": HITS,
    }


def _shown(page: Page, asked: Asked, figure: dict[str, Any]) -> dict[str, Any]:
    """A figure with its picture, its unit in words, and where its cases are."""
    summary = figure["summary"]
    picture = None
    if figure["measure"] in TIMES and summary["n"] > 1:
        days = [float(one["value"]) for one in figure["values"] for _ in range(one["number"])]
        title = page.say(
            f"{figure['name']}的分布：{summary['n']} 件，中位 {summary['median']}，"
            f"P90 {summary['p90']}",
            f"{figure['name']}: {summary['n']} cases, median {summary['median']},"
            f" P90 {summary['p90']}",
        )
        picture = spread(
            days, float(summary["median"]), float(summary["p90"]), title, page.language
        )
    unit = page.said(UNITS[LimitUnit(figure["unit"])]) if figure["unit"] else ""
    href = asked.address(f"/kpis/{figure['id']}")
    return figure | {"picture": picture, "unit_name": unit, "href": href}


def _on_time(page: Page, told: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The share in time of each department, drawn and as rows; the worst first."""
    figure = next((one for one in told if one["measure"] == Measure.ON_TIME), None)
    if figure is None or not figure["departments"]:
        return None
    rows = sorted(figure["departments"], key=lambda one: (one["percent"], -one["n"]))
    shares = [Share(one["name"], one["hits"], one["n"]) for one in rows]
    title = page.say("各部门按期率", "Share in time by department")
    return {"rows": rows, "picture": on_time(shares, title, page.language), "id": figure["id"]}
