"""The working-day calendar: its versions, a year at a time, and the reckoning of a due date."""

from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from groundwork.api.answers import as_problem
from groundwork.api.calendars import calendar_heads, reckoned
from groundwork.api.errors import Problem
from groundwork.api.pages.calendar_year import KINDS, months_of
from groundwork.api.pages.forms import Form
from groundwork.api.pages.frame import Opened, Page, show
from groundwork.domain.base import Frozen
from groundwork.domain.calendar import Calendar, DayChange, HorizonError
from groundwork.domain.definition import Text

router = APIRouter(include_in_schema=False, prefix="/calendars")

Reader = Annotated[Page, Depends(Opened("read_catalogue"))]

_EARLIEST: Final = date(1990, 1, 1)
_LATEST: Final = date(2099, 12, 31)
_FIRST_YEAR: Final = 2004

ORIGINS: Final = {
    "release": Text(zh="随软件提供", en="comes with the release"),
    "edit": Text(zh="逐日修改", en="days changed"),
    "closures": Text(zh="停办", en="closures"),
    "json": Text(zh="JSON 导入", en="from JSON"),
    "icalendar": Text(zh="日历文件导入", en="from a calendar file"),
    "chinesecalendar": Text(zh="chinesecalendar 软件包", en="chinesecalendar package"),
}


class DueQuestion(Frozen):
    """A due date to reckon. `since` is the day of the event, which does not count."""

    since: Annotated[date, Field(ge=_EARLIEST, le=_LATEST)]
    working_days: Annotated[int, Field(ge=0, le=1000)]
    calendar: str | None = None
    department: str | None = None


@router.get("")
async def get_calendars(page: Reader) -> Response:
    """The versions, newest first, and the calculator."""
    return await show_calendars(page)


@router.get("/due")
async def get_due(page: Reader) -> Response:
    """When a number of working days is over, with every day explained."""
    form = Form(page.request.query_params.multi_items())
    try:
        asked: DueQuestion = form.read(DueQuestion)
        found = await reckoned(
            page.visit, asked.since, asked.working_days, asked.calendar, asked.department
        )
    except (Problem, HorizonError) as error:
        return await show_calendars(page, form, problem=as_problem(error))
    return await show_calendars(page, form, found)


async def show_calendars(
    page: Page, form: Form | None = None, due: Any = None, problem: Problem | None = None
) -> Response:
    """The page of all versions, with what the calculator found."""
    heads = await calendar_heads(page.visit)
    current = await page.resources.calendar()
    names = await page.resources.people.names(
        {one[who] for one in heads for who in ("imported_by", "published_by") if one[who]}
    )
    return show(
        page,
        "calendars.html",
        200 if problem is None else problem.status_code,
        heads=heads[::-1],
        names=names,
        origins={key: page.said(name) for key, name in ORIGINS.items()},
        current=current,
        provisional_from=max(current.published, default=page.moments.today.year - 1) + 1,
        departments=departments(page),
        versions_known=[(one["version"], one["version"]) for one in heads[::-1]],
        form=form or Form(),
        due=due,
        mistakes=page.mistakes(problem),
        today=page.moments.today.isoformat(),
    )


@router.get("/{version}")
async def get_version(page: Reader, version: str) -> Response:
    """A version, a year at a time, and what it changes."""
    calendar = await page.resources.calendar(version)
    heads = {one["version"]: one for one in await calendar_heads(page.visit)}
    head = heads[version]
    base = await page.resources.calendar(head["base"]) if head["base"] else None
    changes = calendar.changes_from(base) if base else []
    year = _year(page, changes)
    changed = frozenset(one.day for one in changes if one.department is None)
    today = page.moments.today
    known = [*calendar.published, today.year + 1, year]
    return show(
        page,
        "calendar.html",
        head=head,
        origin=page.said(ORIGINS[head["kind"]]),
        names=await page.resources.people.names(
            {head[who] for who in ("imported_by", "published_by") if head[who]}
        ),
        year=year,
        first_year=max(_FIRST_YEAR, min(known)),
        last_year=max(known),
        provisional=year not in calendar.published,
        months=months_of(calendar, year, page.language, today=today, changed=changed),
        closed_for=_closed_for(page, calendar, year),
        changes=[_change(page, one) for one in changes],
        kinds={kind.value: page.said(name) for kind, name in KINDS.items()},
    )


def departments(page: Page) -> list[tuple[str, str]]:
    """Departments to choose from, the city as a whole first."""
    every = [(one.id, page.said(one.short)) for one in page.resources.shelf.departments]
    return [("", page.say("全市", "The whole city")), *every]


def _year(page: Page, changes: list[DayChange]) -> int:
    """The year to show: the one asked for, else that of the first change, else this one."""
    asked = page.request.query_params.get("year", "")
    if asked.isascii() and asked.isdigit() and _EARLIEST.year <= int(asked[:4]) <= _LATEST.year:
        return int(asked[:4])
    return changes[0].day.year if changes else page.moments.today.year


def _closed_for(page: Page, calendar: Calendar, year: int) -> list[tuple[str, list[Any]]]:
    """The closures of single departments in a year."""
    found = []
    for department, days in sorted(calendar.closed_for.items()):
        mine = [(on, page.said(name)) for on, name in sorted(days.items()) if on.year == year]
        if mine:
            name = page.resources.shelf.department_name(department, page.language)
            found.append((name, mine))
    return found


def _change(page: Page, one: DayChange) -> dict[str, Any]:
    department = one.department
    shelf = page.resources.shelf
    return {
        "day": one.day,
        "before": page.said(KINDS[one.before]),
        "after": page.said(KINDS[one.after]),
        "name": page.said(one.name),
        "department": shelf.department_name(department, page.language) if department else "",
    }
