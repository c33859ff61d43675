"""What waits for whom: inboxes, and opinions to give."""

from datetime import date
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Path, Query, Response

from groundwork.api.answers import listed
from groundwork.api.documented import SIGNED_IN, documented
from groundwork.api.errors import Problem
from groundwork.api.shapes import InboxStep, Listed
from groundwork.api.unit_shapes import OpenOpinion
from groundwork.api.visit import Cursor, PageSize, Reader, Visit
from groundwork.domain.model import Light, WaitingOn
from groundwork.store.api_reads import JsonPage

router = APIRouter(tags=["work"])

Department = Annotated[str | None, Query(max_length=60)]
OfChain = Annotated[str | None, Query(alias="chain", max_length=200)]
OpenOnly = Annotated[bool, Query(alias="open", description="Leave out what is settled.")]

_LISTED = documented(*SIGNED_IN, "cursor_invalid")


@router.get(
    "/departments/{department_id}/inbox",
    response_model=Listed[InboxStep],
    responses=documented(*SIGNED_IN, "cursor_invalid", "department_not_found", "other_inbox"),
)
async def get_inbox(
    visit: Reader,
    department_id: Annotated[str, Path(max_length=60)],
    *,
    cursor: Cursor = None,
    limit: PageSize = 50,
    light: Light | None = None,
    waiting_on: WaitingOn | None = None,
    mine: Annotated[
        bool, Query(description="Keep the steps in your charge, or in that of whom you stand for.")
    ] = False,
) -> Response:
    """The open steps of a department, by the day on which somebody must act; overdue ones first.

    A department's people see their own department's inbox only.
    """
    which = Wanted(light=light, waiting_on=waiting_on, mine=mine)
    return listed(await inbox_of(visit, department_id, which, cursor=cursor, limit=limit))


class Wanted(NamedTuple):
    """Which steps of an inbox to list; None means any.

    `mine` are those in the charge of the reader or of whom they stand in for, `kind` is a chain's
    definition, `due_by` the last day on which somebody must act on what is not overdue, `text`
    what a name holds.
    """

    light: str | None = None
    waiting_on: str | None = None
    mine: bool = False
    kind: str | None = None
    text: str | None = None
    due_by: date | None = None


async def inbox_of(
    visit: Visit, department_id: str, which: Wanted, *, cursor: str | None, limit: int
) -> JsonPage:
    """A page of a department's inbox. Raises Problem (department_not_found, other_inbox)."""
    resources = visit.resources
    resources.shelf.department(department_id)
    require_own(visit, department_id)
    assignees = await resources.standing.places_of(visit) if which.mine else None
    return await resources.lists.inbox(
        department_id,
        names=resources.shelf.names(visit.language),
        light=which.light,
        waiting_on=which.waiting_on,
        assignees=assignees,
        kind=which.kind,
        text=which.text,
        due_by=which.due_by,
        cursor=cursor,
        limit=limit,
    )


@router.get(
    "/departments/{department_id}/consultations",
    response_model=Listed[OpenOpinion],
    responses=documented(*SIGNED_IN, "cursor_invalid", "department_not_found", "other_inbox"),
)
async def get_consultations(
    visit: Reader,
    department_id: Annotated[str, Path(max_length=60)],
    *,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Response:
    """The steps on which a department's opinion is awaited, by the day to reply by.

    Silence beyond that day counts as no objection. A department's people see their own only.
    """
    return listed(await consultations_of(visit, department_id, cursor=cursor, limit=limit))


async def consultations_of(
    visit: Visit, department_id: str, *, cursor: str | None, limit: int
) -> JsonPage:
    """A page of the opinions that a department owes. Raises Problem as `inbox_of`."""
    resources = visit.resources
    resources.shelf.department(department_id)
    require_own(visit, department_id)
    names = resources.shelf.names(visit.language)
    return await resources.lists.consultations(
        department_id, names=names, cursor=cursor, limit=limit
    )


def require_own(visit: Visit, department_id: str) -> None:
    """Let a department's people into their own inbox only. Raises Problem (other_inbox)."""
    own = visit.actor.department
    if own is not None and own != department_id:
        raise Problem("other_inbox", department=department_id, own=own)
