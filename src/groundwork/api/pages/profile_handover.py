"""Handing a person's open steps to somebody else (移交): seen first, then done, then reported."""

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response

from groundwork.api.handovers import ReassignBody, reassign
from groundwork.api.pages.attempts import Attempt, attempt
from groundwork.api.pages.forms import new_nonce
from groundwork.api.pages.frame import Opened, Page
from groundwork.api.pages.profile import show_mine
from groundwork.api.pages.profile_duties import colleagues, options
from groundwork.api.recent import require_recent
from groundwork.domain.names import STATES

router = APIRouter(include_in_schema=False)

Colleague = Annotated[Page, Depends(Opened("reassign"))]

PLACE: Final = "/profile/duties/handover"
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{16,40}")


@router.get(PLACE)
async def get_handover(page: Colleague) -> Response:
    """Whose steps go to whom."""
    return await _page(page, page.request.query_params.get("person", ""))


@router.post(PLACE)
async def hand_over(page: Colleague) -> Response:
    """Show what would move; or, once that was seen, move it and tell what became of each step."""
    form = page.form
    seen = not form.get("preview")
    if seen:
        await require_recent(page.visit)
    name = form.get("handover") if _NAME.fullmatch(form.get("handover")) else new_nonce() + "-page"
    done = await attempt(_reassign(page, f"page.handover.{name}", preview=not seen))
    return await _page(page, form.get("person"), done, name)


async def _reassign(page: Page, key: str, *, preview: bool) -> Response:
    body = page.form.read(ReassignBody, preview=preview)
    return await reassign(page.visit, key, page.form.get("person"), body)


async def _page(
    page: Page, person: str, done: Attempt | None = None, handover: str = ""
) -> Response:
    known = await colleagues(page, "reassign")
    absent = page.resources.standing
    away = await absent.places_of(page.visit)
    sources = [*known.mine]
    sources += [
        known.everybody[one]
        for one in away
        if one in known.everybody and known.everybody[one] not in sources
    ]
    desk = page.actor.department
    targets = [one for one in known.everybody.values() if desk is None or one.department == desk]
    report: Any = done.content if done and done.ok else None
    for step in report["steps"] if report else ():
        step["state_name"] = page.said(STATES[step["state"]])
    return show_mine(
        page,
        "profile-handover.html",
        "/profile/duties",
        200 if done is None or done.ok else 422,
        sources=options(page, sources),
        targets=options(page, targets),
        person=person,
        report=report,
        handover=handover,
        names={one.id: one.name for one in known.everybody.values()},
        mistakes=page.mistakes(done.problem if done else None),
        form=page.form,
    )
