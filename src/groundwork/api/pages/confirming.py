"""Confirming that it is really you, before what has grave effects; what was typed is kept."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from groundwork.api import denials
from groundwork.api.accounts import SignInFailed
from groundwork.api.errors import Problem
from groundwork.api.marks import COOKIE, mark
from groundwork.api.pages.acting import inner
from groundwork.api.pages.forms import Form, Mistakes
from groundwork.api.pages.frame import Opened, Page, answer_page
from groundwork.api.pages.signin import carried, kept_of, may_in_an_emergency
from groundwork.api.resources import Resources
from groundwork.api.throttle import client_of
from groundwork.domain.model import Role

router = APIRouter(include_in_schema=False)

Anybody = Annotated[Page, Depends(Opened("read_catalogue"))]


@router.get("/confirm")
async def return_home() -> Response:
    """Nothing is kept to be confirmed: whoever comes back here starts anew."""
    return RedirectResponse("/", 303)


@router.post("/confirm")
async def confirm(page: Anybody) -> Response:
    """Take the password or token of whoever is signed in; then they send what they had typed."""
    request, form = page.request, page.form
    target, kept = inner(form.get("next", "/")), kept_of(form)
    try:
        await _require_same(page)
    except Problem as problem:
        if isinstance(problem, SignInFailed):
            request.state.action = "confirm"
            await denials.note(request, problem.code)
        return await confirm_page(request, target, kept=kept, problem=problem)
    await page.resources.people.confirm_session(page.visit.bearer.token_id)
    page.resources.identities.forget()
    return answer_page(request, "resume.html", target=target, kept=kept, csrf=page.csrf)


async def confirm_page(
    request: Request,
    target: str = "",
    *,
    kept: list[tuple[str, str]] | None = None,
    problem: Problem | None = None,
) -> Response:
    """The page that asks; it carries along what its reader was about to send."""
    resources: Resources = request.app.state.resources
    state = request.state
    form: Form = getattr(state, "form", Form())
    local = resources.settings.local_sign_in
    account = await resources.accounts.store.of(state.actor.id) if local else None
    links = await resources.linked.of(state.actor.id) if resources.provider else []
    return answer_page(
        request,
        "confirm.html",
        problem.status_code if problem else 401,
        target=target or request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        kept=carried(form.kept() if kept is None else kept),
        mistakes=Mistakes(problem, state.language, state.request_id),
        csrf=mark(request.cookies.get(COOKIE, "")),
        by_password=account is not None,
        two_factors=account is not None and account.two_factors,
        provider=resources.settings.oidc_name if links else "",
        by_token=local or state.actor.role is Role.ADMINISTRATOR,
        by_click=resources.settings.demo and state.actor.role is not Role.ADMINISTRATOR,
    )


async def _require_same(page: Page) -> None:
    """Raise SignInFailed or Problem unless it is shown to be the same person."""
    resources, form, person = page.resources, page.form, page.person
    if resources.settings.demo and form.get("person") and person.role is not Role.ADMINISTRATOR:
        return
    local = resources.settings.local_sign_in
    account = await resources.accounts.store.of(person.id) if local else None
    address = client_of(page.request, resources.settings.proxies)
    if account is None:
        found = await resources.people.bearer(form.get("token"))
        if found is None or found.kind != "api" or found.person.id != person.id:
            resources.accounts.admit(address)
            raise SignInFailed(person.id)
        if not local and not may_in_an_emergency(found):
            raise Problem("local_sign_in_off")
        return
    shown = form.get("password"), form.get("code")
    await resources.accounts.sign_in(address, account.sign_in_name, *shown)
