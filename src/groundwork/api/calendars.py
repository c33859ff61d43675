"""The working-day calendar: its versions, how one is added, and the reckoning of a due date."""

from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Path, Query, Request, Response

from groundwork.api.answers import answer, tagged
from groundwork.api.calendar_shapes import (
    Addition,
    AdditionShape,
    ClosureAddition,
    EditAddition,
    IcsAddition,
    JsonAddition,
)
from groundwork.api.chain_view import in_language
from groundwork.api.documented import SIGNED_IN, UNCHANGED, WRITING, documented
from groundwork.api.errors import Problem
from groundwork.api.reckoning_shapes import CalendarDueShape
from groundwork.api.shapes import CalendarHead, CalendarShape, Listed
from groundwork.api.visit import CalendarManager, CatalogueReader, IdempotencyKey, Visit
from groundwork.catalogue.calendar_ics import from_ics
from groundwork.catalogue.calendar_import import import_calendar
from groundwork.catalogue.calendar_notice import CalendarSourceError
from groundwork.catalogue.calendar_sources import (
    Draft,
    from_json,
    with_closures,
    with_edits,
    with_package,
    with_years,
)
from groundwork.domain.base import Day
from groundwork.domain.calendar import Calendar, calendar_hash, start_of
from groundwork.domain.clock import window
from groundwork.domain.definition import Limit, LimitUnit, Provenance
from groundwork.store.calendars import Origin
from groundwork.store.errors import ContentDiffers

router = APIRouter(tags=["catalogue"])

Name = Annotated[str, Path(max_length=60)]

_EARLIEST: Final = date(1990, 1, 1)
_LATEST: Final = date(2099, 12, 31)


@router.get("/calendars", response_model=Listed[CalendarHead], responses=documented(*SIGNED_IN))
async def list_calendars(visit: CatalogueReader) -> Response:
    """The versions of the working-day calendar, oldest first, with their origin and state."""
    return answer({"items": await calendar_heads(visit), "next": None})


async def calendar_heads(visit: Visit) -> list[dict[str, Any]]:
    """What is told of each version, oldest first."""
    resources = visit.resources
    histories = await resources.calendars.histories()
    in_force = (await resources.calendar()).version
    versions = await resources.calendar_versions()
    calendars = [await resources.calendar(version) for version in versions]
    return [_head(visit, one, histories.get(one.version, {}), in_force) for one in calendars]


def _head(visit: Visit, one: Calendar, history: dict[str, Any], in_force: str) -> dict[str, Any]:
    return {
        "version": one.version,
        "name": visit.said(one.name) if one.name else None,
        "region": one.region,
        "published": one.published,
        "source": one.source,
        "hash": calendar_hash(one),
        "in_force": one.version == in_force,
        "days_closed": len(one.closed),
        "departments_closed": sorted(one.closed_for),
        "kind": history.get("kind") or "release",
        "base": history.get("base"),
        "note": history.get("note"),
        "imported_at": history.get("imported_at"),
        "imported_by": history.get("imported_by"),
        "published_at": history.get("published_at"),
        "published_by": history.get("published_by"),
    }


@router.get(
    "/calendars/{version}",
    response_model=CalendarShape,
    responses=UNCHANGED | documented(*SIGNED_IN, "calendar_not_found"),
)
async def get_calendar(request: Request, visit: CatalogueReader, version: Name) -> Response:
    """A whole calendar, in both languages: its days off, weekend days worked, and closures."""
    calendar = await visit.resources.calendar(version)
    return tagged(request, calendar_hash(calendar), calendar)


@router.post(
    "/calendars",
    status_code=201,
    response_model=AdditionShape,
    responses={
        200: {"model": AdditionShape, "description": "A preview, or it was there already."},
        **documented(
            *WRITING,
            "calendar_not_found",
            "department_not_found",
            "calendar_source_invalid",
            "calendar_exists",
        ),
    },
)
async def add_calendar(
    visit: CalendarManager,
    key: IdempotencyKey,  # not looked at: adding the same twice is adding it once
    body: Annotated[Addition, Body()],
) -> Response:
    """Add a version for ever: from a file, the package, edits or closures. Not in force yet."""
    resources = visit.resources
    base = await resources.calendar(body.base)
    try:
        draft = _draft(visit, body, base)
    except CalendarSourceError as error:
        raise Problem("calendar_source_invalid", place=error.place, finding=error.text) from None
    calendar, added = draft.calendar, False
    if not body.preview:
        origin = Origin(
            visit.received_at, visit.actor.id, body.kind, base.version, body.source, body.note
        )
        try:
            added = await resources.calendars.add(calendar, origin)
        except ContentDiffers:
            raise Problem("calendar_exists", version=calendar.version) from None
    content = {
        "version": calendar.version,
        "base": base.version,
        "hash": calendar_hash(calendar),
        "added": added,
        "published": calendar.published,
        "left_out": draft.left_out,
        "source": calendar.source,
        "changed": [
            {
                "day": one.day,
                "before": one.before,
                "after": one.after,
                "name": visit.said(one.name),
                "department": one.department,
            }
            for one in calendar.changes_from(base)
        ],
    }
    return answer(content, 201 if added else 200)


def _draft(visit: Visit, body: Addition, base: Calendar) -> Draft:
    match body:
        case IcsAddition():
            years = from_ics(body.content)
            return with_years(body.version, base, years, body.notices, body.source)
        case JsonAddition():
            listed, notices = from_json(body.content)
            return with_years(body.version, base, listed, notices, body.source)
        case EditAddition():
            return with_edits(body.version, base, body.edits, body.notices, body.source)
        case ClosureAddition():
            for closure in body.closures:
                if closure.department is not None:
                    visit.resources.shelf.department(closure.department)
            return with_closures(body.version, base, body.closures, body.source)
        case _:
            return with_package(body.version, base, import_calendar(body.version).calendar())


@router.get(
    "/calendar/due",
    response_model=CalendarDueShape,
    responses=documented(
        *SIGNED_IN, "calendar_not_found", "department_not_found", "date_out_of_range"
    ),
)
async def reckon_due(
    visit: CatalogueReader,
    first: Annotated[
        Day,
        Query(
            alias="from", ge=_EARLIEST, le=_LATEST, description="The day of the event: not counted."
        ),
    ],
    working_days: Annotated[int, Query(ge=0, le=1000)],
    calendar: Annotated[
        str | None, Query(max_length=60, description="A version; the one in force unless given.")
    ] = None,
    department: Annotated[
        str | None, Query(max_length=60, description="Whose closures count; the city's alone.")
    ] = None,
) -> Response:
    """When a number of working days after a day is over, day by day."""
    return answer(await reckoned(visit, first, working_days, calendar, department))


async def reckoned(
    visit: Visit, first: date, working_days: int, calendar: str | None, department: str | None
) -> dict[str, Any]:
    """The reckoning behind `reckon_due`. Raises Problem, HorizonError."""
    known = await visit.resources.calendar(calendar)
    if department is not None:
        known = known.of(visit.resources.shelf.department(department).id)
    limit = Limit(
        amount=working_days,
        unit=LimitUnit.WORKING_DAYS,
        provenance=Provenance.DEFAULT,
        source="asked",
    )
    due = window(start_of(first), limit, known)
    return {
        "calendar": known.version,
        "from": first,
        "working_days": working_days,
        "due_on": due.on,
        "provisional": due.provisional,
        "ledger": in_language(due.model_dump()["ledger"], visit.language),
    }
