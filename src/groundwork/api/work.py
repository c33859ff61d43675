"""What waits for whom: inboxes, escalations, and the ledgers of promises."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from groundwork.api.answers import answer, listed
from groundwork.api.documented import SIGNED_IN, documented
from groundwork.api.errors import Problem
from groundwork.api.rows import escalation_rows, with_step_names
from groundwork.api.shapes import (
    CommitmentRowShape,
    DeficiencyRowShape,
    EscalationRowShape,
    InboxStep,
    Listed,
)
from groundwork.api.visit import Cursor, PageSize, Reader, Visit
from groundwork.domain.model import EscalationState, Light, WaitingOn
from groundwork.store.api_reads import PromiseFilter
from groundwork.store.reads import EscalationFilter

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
    resources = visit.resources
    resources.shelf.department(department_id)
    require_own(visit, department_id)
    assignees = await resources.standing.places_of(visit) if mine else None
    page = await resources.lists.inbox(
        department_id,
        names=resources.shelf.names(visit.language),
        light=light,
        waiting_on=waiting_on,
        assignees=assignees,
        cursor=cursor,
        limit=limit,
    )
    return listed(page)


def require_own(visit: Visit, department_id: str) -> None:
    own = visit.actor.department
    if own is not None and own != department_id:
        raise Problem("other_inbox", department=department_id, own=own)


@router.get("/escalations", response_model=Listed[EscalationRowShape], responses=_LISTED)
async def list_escalations(
    visit: Reader,
    *,
    cursor: Cursor = None,
    limit: PageSize = 50,
    open_only: OpenOnly = True,
    department: Department = None,
    level: Annotated[int | None, Query(ge=1, le=100)] = None,
    chain: OfChain = None,
) -> Response:
    """Rungs of the ladder that steps reached, newest first; those still open unless asked."""
    resources = visit.resources
    which = EscalationFilter(
        state=EscalationState.OPEN if open_only else None,
        department=department,
        level=level,
        chain_id=chain,
    )
    page = await resources.reads.escalations(which, cursor=cursor, limit=limit)
    items = escalation_rows(page.items, resources.shelf, visit.language)
    return answer({"items": items, "next": page.next})


@router.get("/deficiencies", response_model=Listed[DeficiencyRowShape], responses=_LISTED)
async def list_deficiencies(
    visit: Reader,
    *,
    cursor: Cursor = None,
    limit: PageSize = 50,
    open_only: OpenOnly = True,
    department: Department = None,
    chain: OfChain = None,
) -> Response:
    """Tolerated missing materials, by the day on which they must follow."""
    resources = visit.resources
    which = PromiseFilter(open_only, department, chain)
    page = await resources.promises.deficiencies(which, cursor=cursor, limit=limit)
    items = with_step_names(page.items, resources.shelf, visit.language)
    return answer({"items": items, "next": page.next})


@router.get("/commitments", response_model=Listed[CommitmentRowShape], responses=_LISTED)
async def list_commitments(
    visit: Reader,
    *,
    cursor: Cursor = None,
    limit: PageSize = 50,
    open_only: OpenOnly = True,
    department: Department = None,
    chain: OfChain = None,
) -> Response:
    """Signed promises, by the day on which they must be kept."""
    resources = visit.resources
    which = PromiseFilter(open_only, department, chain)
    page = await resources.promises.commitments(which, cursor=cursor, limit=limit)
    items = with_step_names(page.items, resources.shelf, visit.language)
    return answer({"items": items, "next": page.next})
