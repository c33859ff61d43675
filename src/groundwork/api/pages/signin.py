"""Signing in and out, and giving back what was typed when a session ended in between."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from groundwork.api.errors import Problem
from groundwork.api.identities import not_signed_in
from groundwork.api.languages import said
from groundwork.api.marks import COOKIE, mark, require_mark
from groundwork.api.pages.acting import inner
from groundwork.api.pages.forms import Form, Mistakes
from groundwork.api.pages.frame import FLASH_COOKIE, answer_page, keep
from groundwork.api.resources import Resources
from groundwork.domain.model import Role
from groundwork.domain.names import ROLES
from groundwork.store.people import Person

SESSION_HOURS: Final = 12
"""How long somebody stays signed in: a working day and its overtime."""

_KEPT: Final = "kept."
"""Before the names of the fields that are carried along while somebody signs in."""

router = APIRouter(include_in_schema=False)


@router.get("/sign-in")
async def show_sign_in(request: Request) -> Response:
    """Where somebody says who they are."""
    return await sign_in_page(request, inner(request.query_params.get("next", "/")))


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Take a token or, in a demonstration, a person of its cast."""
    _require_own_page(request)
    form = await Form.of(request)
    resources: Resources = request.app.state.resources
    target = inner(form.get("next", "/"))
    try:
        person = await _who(resources, form)
    except Problem as problem:
        kept = [(n.removeprefix(_KEPT), v) for n, v in form.kept() if n.startswith(_KEPT)]
        return await sign_in_page(request, target, problem=problem, kept=kept)
    lapse = datetime.now(UTC) + timedelta(hours=SESSION_HOURS)
    issued = await resources.people.issue_token(person.id, "browser", expires_at=lapse)
    kept = [(n.removeprefix(_KEPT), v) for n, v in form.kept() if n.startswith(_KEPT)]
    response: Response
    if kept:
        response = answer_page(
            request, "resume.html", target=target, kept=kept, csrf=mark(issued.secret)
        )
    else:
        response = RedirectResponse(target, 303)
        keep(request, response, FLASH_COOKIE, "said:signed_in", 60)
    keep(request, response, COOKIE, issued.secret, SESSION_HOURS * 3600)
    return response


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session on this browser; its token is worth nothing from now on."""
    form = await Form.of(request)
    resources: Resources = request.app.state.resources
    if secret := request.cookies.get(COOKIE):
        require_mark(secret, form.get("csrf"))
        await resources.people.revoke_secret(secret)
        resources.identities.forget()
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE)
    return response


async def sign_in_page(
    request: Request,
    target: str,
    *,
    problem: Problem | None = None,
    kept: Sequence[tuple[str, str]] = (),
    status: int = 200,
) -> Response:
    """The page to sign in on; afterwards the reader goes to `target`, with what they had typed."""
    resources: Resources = request.app.state.resources
    state = request.state
    return answer_page(
        request,
        "sign-in.html",
        status if problem is None else problem.status_code,
        target=target,
        kept=[(_KEPT + name, value) for name, value in kept],
        mistakes=Mistakes(problem, state.language, state.request_id),
        cast=await _cast(request) if resources.settings.demo else [],
    )


async def to_sign_in(request: Request) -> Response:
    """Send who is not signed in to the page for it, keeping what they sent."""
    form: Form = getattr(request.state, "form", Form())
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.method == "GET":
        return RedirectResponse(f"/sign-in?next={quote(path, safe='')}", 303)
    return await sign_in_page(request, path, kept=form.kept(), status=401)


async def _who(resources: Resources, form: Form) -> Person:
    if resources.settings.demo and (chosen := form.get("person")):
        person = await resources.people.get(chosen)
        if person is not None and person.active and person.role is not Role.ADMINISTRATOR:
            return person
    person = await resources.people.authenticate(form.get("token"))
    if person is None:
        raise not_signed_in()
    return person


async def _cast(request: Request) -> list[dict[str, str]]:
    """The people of a demonstration, those at no desk first."""
    resources: Resources = request.app.state.resources
    language = request.state.language
    shown = []
    for one in await resources.people.all():
        if not one.active or one.role is Role.ADMINISTRATOR:
            continue
        desk = resources.shelf.department(one.department) if one.department else None
        shown.append(
            {
                "id": one.id,
                "name": one.name,
                "role": one.role.value,
                "role_name": said(ROLES[one.role.value], language),
                "department": said(desk.short, language) if desk else "",
            }
        )
    return shown


def _require_own_page(request: Request) -> None:
    """Raise Problem when another site made the browser send this: nobody is signed in unawares."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    foreign = origin not in {None, "null"} and urlsplit(str(origin)).netloc != request.url.netloc
    if site not in {None, "same-origin", "none"} or (site is None and foreign):
        raise Problem("forged_request")
