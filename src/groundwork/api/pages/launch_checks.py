"""What the wizard looks into before a launch: credit, the forecast, and the rehearsal (预演)."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse

from groundwork.api.answers import as_problem
from groundwork.api.errors import FieldError, Problem
from groundwork.api.pages.drafts import Draft
from groundwork.api.pages.drawing.gantt import predicted_gantt
from groundwork.api.pages.drawing.gantt_svg import gantt_svg
from groundwork.api.pages.drawing.legend import gantt_legend, map_legend
from groundwork.api.pages.drawing.metro import predicted_map
from groundwork.api.pages.drawing.metro_svg import map_svg
from groundwork.api.pages.frame import Opened, Page, show
from groundwork.api.pages.launch_reckoning import reckoned, timeless
from groundwork.api.pages.wizard import Wizard
from groundwork.api.rehearsals import Rehearsal
from groundwork.catalogue.kpis import default_kpis
from groundwork.domain.calendar import HorizonError
from groundwork.domain.definition import Text
from groundwork.domain.forecast import Forecast
from groundwork.domain.model import Light
from groundwork.domain.names import MODES, ROLES, VARIANTS
from groundwork.rehearsal.script import Choices
from groundwork.rehearsal.varied import Question, Risk

router = APIRouter(include_in_schema=False, prefix="/launch")

Launcher = Annotated[Page, Depends(Opened("launch"))]
Rehearser = Annotated[Page, Depends(Opened("rehearse"))]

FARTHEST: Final = timedelta(days=366)
"""How far ahead a launch may be supposed."""


@router.get("/credit")
async def get_credit(page: Launcher) -> Response:
    """What the enterprise's credit allows today, and which of the choices hang on it."""
    wizard = await Wizard.of(page, _draft(page))
    return show(page, "launch-credit.html", wizard=wizard, draft=wizard.draft, mode_names=MODES)


@router.get("/rehearsal")
async def get_rehearsal(page: Launcher) -> Response:
    """The forecast, and what a rehearsal came to."""
    return await _show(page)


@router.post("/rehearsal")
async def post_rehearsal(page: Rehearser) -> Response:
    """Have the chain played; the page shows how far it has come."""
    wizard = await Wizard.of(page, _draft(page), whole=False)
    if wizard.question is None:
        return await _show(page, wizard.problem)
    try:
        page.resources.rehearsals.begin(wizard.question)
    except Problem as problem:
        return await _show(page, problem)
    return RedirectResponse(wizard.draft.address("/launch/rehearsal"), 303)


def _draft(page: Page) -> Draft:
    return Draft.of(page.request.query_params.multi_items())


async def _show(page: Page, problem: Problem | None = None) -> Response:
    wizard = await Wizard.of(page, _draft(page), whole=False)
    start = wizard.draft.start
    last = page.moments.today + FARTHEST
    if start is not None and not page.moments.today <= start <= last:
        problem = _wrong_day(page.moments.today, last)
    question, view, begun = wizard.question, None, page.moments.today
    if question is not None and problem is None:
        begun = start or begun
        try:
            view = reckoned(question.rules, question.choices, begun)
        except HorizonError as error:
            problem = as_problem(error)
    return show(
        page,
        "launch-rehearsal.html",
        200 if problem is None else 422,
        wizard=wizard,
        draft=wizard.draft,
        start=begun,
        latest=last,
        obstacle=wizard.told(wizard.problem) if wizard.problem else "",
        view=view,
        drawn=_drawn(page, question, view) if question and view else {},
        timeless=timeless(question.rules, view) if question and view else [],
        delta=_against(question, view) if question and view else None,
        rehearsal=wizard.rehearsal,
        told=_told(page, wizard.rehearsal),
        mistakes=page.mistakes(problem),
        baselines=_baselines(question) if question else {},
        variant_names=VARIANTS,
        mode_names=MODES,
    )


def _wrong_day(first: date, last: date) -> Problem:
    detail = Text(zh=f"应在 {first} 至 {last} 之间", en=f"must be from {first} to {last}")
    field = FieldError("body", "#/start", "out_of_range", detail)
    told = Text(zh=f"启动日期：{detail.zh}", en=f"start {detail.en}")
    return Problem("invalid_request", fields=[field], count=1, first=told)


def _baselines(question: Question) -> dict[str, int]:
    """What the routes of the chain took before the reform, as published, in working days."""
    wanted = question.rules.definition.id
    return {
        one.route: one.baseline.amount
        for one in default_kpis().figures
        if one.definition == wanted and one.route is not None and one.baseline is not None
    }


def _drawn(page: Page, question: Question, view: Forecast) -> dict[str, Any]:
    """Map and Gantt chart of the forecast, with the table beside them."""
    rules, language, units = question.rules, page.language, question.choices.units

    def href(key: str) -> str:
        return f"#step-{key}"

    title = page.say("预测", "Forecast")
    gantt = predicted_gantt(rules, view, language, href, units)
    return {
        "map": map_svg(predicted_map(rules, view, language, href, units), title),
        "map_legend": map_legend(language, predicted=True),
        "gantt": gantt_svg(gantt, title),
        "gantt_legend": gantt_legend(language, predicted=True),
    }


def _against(question: Question, view: Forecast) -> dict[str, Any] | None:
    """The same launch with every step handled as usual: what the choices save."""
    choices = question.choices
    if not choices.modes and not choices.phases:
        return None
    kept = Choices(variant=choices.variant, units=choices.units)
    usual = reckoned(question.rules, kept, view.begins)
    return {"finish": usual.finish, "saved": usual.working_days - view.working_days}


def _told(page: Page, rehearsal: Rehearsal | None) -> Mapping[str, Any] | None:
    """What a rehearsal came to, in the reader's language."""
    if rehearsal is None or rehearsal.result is None:
        return None
    result, case = rehearsal.result, rehearsal.result.case
    calendar, begun = rehearsal.question.rules.calendar, case.started_on
    spread = result.spread

    def between(day: date) -> dict[str, Any]:
        working = max(0, calendar.count_working_days(begun, day))
        return {"day": day, "working": working, "calendar": (day - begun).days}

    return {
        "spread": spread,
        "p50": between(spread.p50) if spread else None,
        "p90": between(spread.p90) if spread else None,
        "finish": between(result.finish) if result.finish else None,
        "risks": _risks(page, rehearsal, result.risks),
        "reminders": len({one.step for one in result.risks if one.light is Light.YELLOW}),
        "timeline": [one for one in case.timeline if one.notable],
        "case": case,
        "on_engine": result.on_engine,
        "agrees": case.engine.agrees,
        "routes": [
            (case.names[name], days, case.measured_working_days.get(name))
            for name, days in case.working_days.items()
        ],
        "source": rehearsal.book.source.text,
        "habits": f"{rehearsal.book.id} {rehearsal.book.version}",
    }


def _risks(page: Page, rehearsal: Rehearsal, risks: Sequence[Risk]) -> list[dict[str, Any]]:
    """The risks of each step in one row, the likeliest to be overdue first."""
    definition = rehearsal.question.rules.definition
    by_step: dict[str, list[Risk]] = {}
    for one in risks:
        by_step.setdefault(one.step, []).append(one)
    rows = []
    for step, own in by_step.items():
        late = sorted((one for one in own if one.light is Light.RED), key=lambda one: -one.percent)
        corrected = next((one for one in own if one.kind == "correction"), None)
        if not late and corrected is None:
            continue
        rows.append(
            {
                "step": step,
                "name": page.said(own[0].name),
                "department": page.said(definition.department(own[0].department).short),
                "corrected": corrected,
                "late": late[0] if late else None,
                "told": _recipients(page, late[0]) if late else [],
                "beyond": [(page.said(one.what), one.percent) for one in late[1:]],
                "rank": (late[0].percent if late else 0, corrected.percent if corrected else 0),
            }
        )
    return sorted(rows, key=lambda row: row["rank"], reverse=True)


def _recipients(page: Page, one: Risk) -> list[str]:
    return [page.said(ROLES[role]) if role in ROLES else role for role in one.recipients]
