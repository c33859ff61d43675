"""The catalogue: definitions of chains, the departments they name, the working-day calendar."""

from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response

from groundwork.api.answers import answer
from groundwork.api.chain_view import in_language
from groundwork.api.documented import SIGNED_IN, documented
from groundwork.api.reckoning_shapes import CalendarDueShape
from groundwork.api.shapes import (
    CalendarHead,
    CalendarShape,
    DefinitionHead,
    DepartmentShape,
    Listed,
)
from groundwork.api.visit import CatalogueReader
from groundwork.domain.calendar import calendar_hash, start_of
from groundwork.domain.clock import window
from groundwork.domain.definition import ChainDefinition, Limit, LimitUnit, Provenance

router = APIRouter(tags=["catalogue"])

Name = Annotated[str, Path(max_length=60)]

_EARLIEST: Final = date(1990, 1, 1)
_LATEST: Final = date(2099, 12, 31)
_UNCHANGED: Final[dict[int | str, dict[str, Any]]] = {
    304: {"description": "It is the version that `If-None-Match` names."}
}


@router.get("/catalogue", response_model=Listed[DefinitionHead], responses=documented(*SIGNED_IN))
async def list_definitions(visit: CatalogueReader) -> Response:
    """Every version of every chain in this release, the oldest first."""
    items = [
        {
            "id": one.definition.id,
            "name": visit.said(one.definition.name),
            "version": one.definition.version,
            "hash": one.hash,
            "workflow_type": one.definition.workflow_type,
            "steps": len(one.definition.steps),
        }
        for one in visit.resources.shelf
    ]
    return answer({"items": items, "next": None})


@router.get(
    "/catalogue/{chain}",
    response_model=ChainDefinition,
    responses=_UNCHANGED | documented(*SIGNED_IN, "definition_not_found"),
)
async def get_definition(
    request: Request,
    visit: CatalogueReader,
    chain: Name,
    version: Annotated[
        str | None, Query(max_length=60, description="The newest unless given.")
    ] = None,
) -> Response:
    """A whole definition, in both languages. Its `ETag` is the hash that chains pin."""
    published = visit.resources.shelf.find(chain, version)
    return _tagged(request, published.hash, published.definition)


@router.get(
    "/departments", response_model=Listed[DepartmentShape], responses=documented(*SIGNED_IN)
)
async def list_departments(visit: CatalogueReader) -> Response:
    """Every department that some chain names."""
    items = [
        {"id": one.id, "name": visit.said(one.name), "short": visit.said(one.short)}
        for one in visit.resources.shelf.departments
    ]
    return answer({"items": items, "next": None})


@router.get("/calendars", response_model=Listed[CalendarHead], responses=documented(*SIGNED_IN))
async def list_calendars(visit: CatalogueReader) -> Response:
    """The versions of the working-day calendar, oldest first."""
    shelf = visit.resources.shelf
    calendars = [shelf.calendar(version) for version in shelf.calendar_versions]
    items = [
        {
            "version": one.version,
            "name": visit.said(one.name) if one.name else None,
            "region": one.region,
            "published": one.published,
            "source": one.source,
        }
        for one in calendars
    ]
    return answer({"items": items, "next": None})


@router.get(
    "/calendars/{version}",
    response_model=CalendarShape,
    responses=_UNCHANGED | documented(*SIGNED_IN, "calendar_not_found"),
)
async def get_calendar(request: Request, visit: CatalogueReader, version: Name) -> Response:
    """A whole calendar, in both languages: its days off and its weekend days worked."""
    calendar = visit.resources.shelf.calendar(version)
    return _tagged(request, calendar_hash(calendar), calendar)


@router.get(
    "/calendar/due",
    response_model=CalendarDueShape,
    responses=documented(*SIGNED_IN, "calendar_not_found", "date_out_of_range"),
)
async def reckon_due(
    visit: CatalogueReader,
    first: Annotated[
        date,
        Query(
            alias="from", ge=_EARLIEST, le=_LATEST, description="The day of the event: not counted."
        ),
    ],
    working_days: Annotated[int, Query(ge=0, le=1000)],
    calendar: Annotated[
        str | None, Query(max_length=60, description="A version; the newest unless given.")
    ] = None,
) -> Response:
    """When a number of working days after a day is over, day by day."""
    known = visit.resources.shelf.calendar(calendar)
    limit = Limit(
        amount=working_days,
        unit=LimitUnit.WORKING_DAYS,
        provenance=Provenance.DEFAULT,
        source="asked",
    )
    due = window(start_of(first), limit, known)
    return answer(
        {
            "calendar": known.version,
            "from": first,
            "working_days": working_days,
            "due_on": due.on,
            "provisional": due.provisional,
            "ledger": in_language([entry.model_dump() for entry in due.ledger], visit.language),
        }
    )


def _tagged(request: Request, tag: str, content: Any) -> Response:
    """Something immutable: sent once, then only confirmed."""
    headers = {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache"}
    if f'"{tag}"' in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content.model_dump_json(), 200, headers, media_type="application/json")
