"""The reader's own password, second factor (两步验证) and link to the identity provider."""

from typing import Annotated, Any

import segno
from fastapi import APIRouter, Depends, Response
from markupsafe import Markup

from groundwork.api import denials
from groundwork.api.accounts import SignInFailed, provisioning
from groundwork.api.errors import Problem
from groundwork.api.pages.acting import back_to
from groundwork.api.pages.frame import Opened, Page
from groundwork.api.pages.profile import show_mine
from groundwork.api.recent import require_recent
from groundwork.api.throttle import client_of
from groundwork.api.visit import SETTING_UP
from groundwork.domain.passwords import LEAST
from groundwork.store.accounts import Account

router = APIRouter(prefix=SETTING_UP, include_in_schema=False)

Anybody = Annotated[Page, Depends(Opened("read_catalogue"))]


@router.get("")
async def get_security(page: Anybody) -> Response:
    """The reader's password and second factor."""
    return await security_page(page)


@router.post("/password")
async def change_password(page: Anybody) -> Response:
    """Choose another password; every other browser is signed out."""
    account, form, desk = await _account(page), page.form, page.resources.accounts
    if form.get("new") != form.get("again"):
        return await security_page(page, "password", Problem("passwords_differ"))
    address = client_of(page.request, page.resources.settings.proxies)
    try:
        await desk.change_password(page.person, account, form.get("old"), form.get("new"), address)
    except Problem as problem:
        await _note(page, problem, "change_password")
        return await security_page(page, "password", problem)
    await page.resources.people.end_sessions(page.actor.id, but=page.visit.bearer.token_id)
    await _finish_setup(page)
    return back_to(page, SETTING_UP, "said:password_changed")


@router.post("/second-factor")
async def propose(page: Anybody) -> Response:
    """Draw the secret of a second factor; it counts once a code was entered."""
    account = await _account(page)
    await require_recent(page.visit)
    if not account.two_factors:
        await page.resources.accounts.propose(account)
    return back_to(page, SETTING_UP, "said:created")


@router.post("/second-factor/confirm")
async def confirm(page: Anybody) -> Response:
    """Have the second factor count, and show the recovery codes this once."""
    account = await _account(page)
    try:
        codes = await page.resources.accounts.confirm(account, page.form.get("code"))
    except Problem as problem:
        return await security_page(page, "confirm", problem)
    await _finish_setup(page)
    return await security_page(page, recovery=codes)


@router.post("/second-factor/disable")
async def disable(page: Anybody) -> Response:
    """Do without a second factor, where the role may: a code of it is needed once more."""
    account, desk = await _account(page), page.resources.accounts
    await require_recent(page.visit)
    if page.person.role.value in page.resources.settings.second_factor:
        return await security_page(page, "disable", Problem("second_factor_required"))
    address = client_of(page.request, page.resources.settings.proxies)
    try:
        await desk.require_code(address, account, page.form.get("code"))
    except Problem as problem:
        await _note(page, problem, "disable_second_factor")
        return await security_page(page, "disable", problem)
    await desk.store.drop_totp(page.actor.id)
    return back_to(page, SETTING_UP, "said:second_factor_off")


async def _account(page: Page) -> Account:
    account = await page.resources.accounts.store.of(page.actor.id)
    if account is None:
        raise Problem("no_account")
    return account


async def _note(page: Page, problem: Problem, action: str) -> None:
    if isinstance(problem, SignInFailed):
        page.request.state.action = action
        await denials.note(page.request, problem.code)


async def _finish_setup(page: Page) -> None:
    """Open everything to a session that was for setting up, once nothing is left to do."""
    account = await _account(page)
    asked = page.resources.accounts.asks_second_factor(page.person, account)
    if page.visit.bearer.scope == "setup" and not account.must_change and not asked:
        await page.resources.people.confirm_session(page.visit.bearer.token_id, scope="admin")
    page.resources.identities.forget()


async def security_page(
    page: Page, failed: str = "", problem: Problem | None = None, recovery: list[str] | None = None
) -> Response:
    """The page; `failed` says which of its forms a problem is about."""
    desk = page.resources.accounts
    account = await desk.store.of(page.actor.id)
    proposed = account.totp_secret if account and not account.two_factors else None
    asked = desk.asks_second_factor(page.person, account)
    return show_mine(
        page,
        "profile-security.html",
        SETTING_UP,
        422 if problem else 200,
        account=account,
        least=LEAST,
        proposed=_spaced(proposed) if proposed else "",
        picture=_picture(account, proposed) if account and proposed else "",
        recovery=recovery or [],
        recovery_left=await desk.store.recovery_left(page.actor.id),
        required=page.person.role.value in page.resources.settings.second_factor,
        to_do=[account is not None and account.must_change, asked],
        failed=failed,
        provider=page.resources.settings.oidc_name if page.resources.provider else "",
        links=await page.resources.linked.of(page.actor.id),
        mistakes=page.mistakes(problem),
    )


def _picture(account: Account, secret: str) -> Any:
    """The secret as a picture for an authenticator: drawn here, so that nobody else sees it."""
    code = segno.make(provisioning(secret, account.sign_in_name), error="m", micro=False)
    return Markup(code.svg_inline(scale=5, border=4, dark="#000", light="#fff"))


def _spaced(secret: str) -> str:
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
