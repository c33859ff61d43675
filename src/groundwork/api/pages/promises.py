"""The ledgers of promises: 承诺台账 and 容缺台账, which of them fall due and what was found."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from groundwork.api.ledgers import commitment_rows, deficiency_rows
from groundwork.api.pages.asked import Asked
from groundwork.api.pages.frame import Opened, Page, show
from groundwork.api.pages.lights import lit_commitments, lit_deficiencies
from groundwork.api.visit import Cursor
from groundwork.domain.model import CommitmentState, DeficiencyState
from groundwork.domain.names import BREACHES, PROMISE_STATES
from groundwork.store.promises import PromiseFilter

router = APIRouter(include_in_schema=False)

Reader = Annotated[Page, Depends(Opened("read_cases"))]

PER_PAGE = 50


@router.get("/commitments")
async def get_commitments(page: Reader, cursor: Cursor = None) -> Response:
    """Promises by the day on which they must be kept or verified."""
    asked = Asked(page)
    which = _filter(page, asked)._replace(state=asked.choice("state", CommitmentState))
    found = await page.resources.promises.commitments(which, cursor=cursor, limit=PER_PAGE)
    return show(
        page,
        "commitments.html",
        rows=lit_commitments(commitment_rows(page.visit, found.items), page.moments.today),
        next=found.next,
        states=[(one.value, page.said(PROMISE_STATES[one.value])) for one in CommitmentState],
        breaches=BREACHES,
        **_surroundings(page, asked, "commitments"),
    )


@router.get("/deficiencies")
async def get_deficiencies(page: Reader, cursor: Cursor = None) -> Response:
    """Tolerated missing materials by the day on which they must follow."""
    asked = Asked(page)
    which = _filter(page, asked)._replace(state=asked.choice("state", DeficiencyState))
    found = await page.resources.promises.deficiencies(which, cursor=cursor, limit=PER_PAGE)
    return show(
        page,
        "deficiencies.html",
        rows=lit_deficiencies(deficiency_rows(page.visit, found.items), page.moments.today),
        next=found.next,
        states=[(one.value, page.said(PROMISE_STATES[one.value])) for one in DeficiencyState],
        **_surroundings(page, asked, "deficiencies"),
    )


def _filter(page: Page, asked: Asked) -> PromiseFilter:
    settled = asked.flag("all") or asked["state"] != ""
    return PromiseFilter(
        open_only=not settled,
        department=asked.text("department"),
        project=asked.text("project"),
        housekeeper=page.actor.id if asked.flag("mine") else None,
        due_from=asked.day("due_from"),
        due_to=asked.day("due_to"),
        overdue=page.moments.today if asked.flag("overdue") else None,
    )


def _surroundings(page: Page, asked: Asked, ledger: str) -> dict[str, Any]:
    """Filters, the address of the workbook, and names."""
    settled = {"open": "false"} if asked.flag("all") or asked["state"] else {}
    known = page.resources.shelf.departments
    departments = [(one.id, page.said(one.short)) for one in known]
    return {
        "asked": asked,
        "state_names": PROMISE_STATES,
        "departments": departments,
        "department_names": dict(departments),
        "workbook": asked.address(f"/api/v1/{ledger}.xlsx", **settled),
    }
