"""The reader's own pages: who they are, for whom they act, and where they are signed in."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse

from groundwork.api.errors import Problem
from groundwork.api.marks import COOKIE
from groundwork.api.pages.acting import back_to
from groundwork.api.pages.frame import Opened, Page, show
from groundwork.domain.definition import Text
from groundwork.domain.mandates import Mandate
from groundwork.domain.names import ACTIONS, ROLES

router = APIRouter(include_in_schema=False)

Anybody = Annotated[Page, Depends(Opened("read_catalogue"))]

SCOPE_NAMES: Final = {
    "setup": Text(zh="仅限设置账户", en="to set up the account"),
    "read": Text(zh="只读", en="to read"),
    "act": Text(zh="办理", en="to act"),
    "admin": Text(zh="全部", en="everything"),
}
"""What a token may be used for, of what its bearer may do."""

_TABS: Final = (
    ("/profile", Text(zh="我", en="Me")),
    ("/profile/channels", Text(zh="通知渠道与日历订阅", en="Channels and calendar link")),
    ("/profile/duties", Text(zh="请假、委托与移交", en="Absence, delegation, handover")),
    ("/profile/security", Text(zh="密码与两步验证", en="Password and second factor")),
    ("/profile/sessions", Text(zh="登录与令牌", en="Sessions and tokens")),
)


def show_mine(page: Page, template: str, tab: str, status: int = 200, **facts: Any) -> Response:
    """One of the reader's own pages, under their tabs."""
    tabs = [(page.said(name), href, href == tab, None) for href, name in _TABS]
    return show(page, template, status, profile_tabs=tabs, **facts)


@router.get("/profile")
async def get_profile(page: Anybody) -> Response:
    """Who the reader is, and for whom they act."""
    resources, me, now = page.resources, page.actor.id, page.visit.received_at
    roster = await resources.standing.roster()
    mandates = roster.mandates(me, now)
    deputy = roster.deputy(me, now)
    names = await resources.people.names({one.principal.id for one in mandates} | {deputy or me})
    department = page.person.department
    return show_mine(
        page,
        "profile.html",
        "/profile",
        department=resources.shelf.department(department) if department else None,
        mandates=[_told(page, one, names) for one in mandates],
        deputy=names.get(deputy or "", "") if deputy != me else "",
        away=deputy != me,
    )


def _told(page: Page, mandate: Mandate, names: dict[str, str]) -> dict[str, Any]:
    who = mandate.principal
    return {
        "name": names.get(who.id, who.id),
        "role": page.said(ROLES[who.role]),
        "actions": None
        if mandate.actions is None
        else [page.said(ACTIONS[one]) for one in sorted(mandate.actions) if one in ACTIONS],
        "steps": sorted(mandate.steps),
        "chains": sorted(mandate.chains),
    }


@router.get("/profile/sessions")
async def get_sessions(page: Anybody) -> Response:
    """Where the reader is signed in, and their tokens, without secrets."""
    people, now = page.resources.people, page.moments.now
    idle = timedelta(minutes=page.resources.settings.session_idle_minutes)
    current = page.visit.bearer.token_id
    rows = [
        row | {"current": row["id"] == current, "session": row["kind"] == "session"}
        for row in await people.tokens(page.actor.id)
        if _in_use(row, now, idle)
    ]
    rows.sort(key=lambda row: (not row["current"], row["created_at"]))
    scopes = {key: page.said(name) for key, name in SCOPE_NAMES.items()}
    return show_mine(page, "profile-sessions.html", "/profile/sessions", tokens=rows, scopes=scopes)


def _in_use(row: dict[str, Any], now: datetime, idle: timedelta) -> bool:
    left = row["kind"] == "session" and row["last_used_at"] and now - row["last_used_at"] > idle
    expired = row["expires_at"] is not None and row["expires_at"] <= now
    return row["revoked_at"] is None and not expired and not left


@router.post("/profile/sessions/{token_id}/revoke")
async def revoke(page: Anybody, token_id: str) -> Response:
    """Refuse one of the reader's own tokens from now on."""
    people = page.resources.people
    if token_id not in {row["id"] for row in await people.tokens(page.actor.id)}:
        raise Problem("token_not_found", token=token_id)
    own = token_id == page.visit.bearer.token_id
    await people.revoke(token_id)
    page.resources.identities.forget()
    return _out() if own else back_to(page, "/profile/sessions", "said:removed")


@router.post("/profile/sessions/end")
async def end_all(page: Anybody) -> Response:
    """Sign out everywhere: every browser, this one too, or with `others` every other one.

    Tokens of programs stay.
    """
    others = bool(page.form.get("others"))
    spared = page.visit.bearer.token_id if others else None
    await page.resources.people.end_sessions(page.actor.id, but=spared)
    page.resources.identities.forget()
    if others:
        return back_to(page, "/profile/sessions", "said:removed")
    return _out()


def _out() -> Response:
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE)
    return response
