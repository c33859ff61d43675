"""Signing in and out, and giving back what was typed when a session ended in between."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from groundwork.api import denials
from groundwork.api.accounts import SignInFailed
from groundwork.api.errors import Problem
from groundwork.api.languages import said
from groundwork.api.marks import COOKIE, mark, require_mark
from groundwork.api.pages.acting import inner
from groundwork.api.pages.forms import Form, Mistakes
from groundwork.api.pages.frame import FLASH_COOKIE, answer_page, keep
from groundwork.api.pages.trips import HINT_COOKIE, going_on
from groundwork.api.resources import Resources
from groundwork.api.throttle import client_of
from groundwork.api.visit import SETTING_UP
from groundwork.domain.model import Role
from groundwork.domain.names import ROLES
from groundwork.runtime.provider import ProviderAway
from groundwork.runtime.sign_on import way_out
from groundwork.store.people import Bearer, Scope

_KEPT: Final = "kept."
"""Before the names of the fields that are carried along while somebody signs in."""

router = APIRouter(include_in_schema=False)


@router.get("/sign-in")
async def show_sign_in(request: Request) -> Response:
    """Where somebody says who they are."""
    return await sign_in_page(request, inner(request.query_params.get("next", "/")))


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Take a name and password, a token or, in a demonstration, a person of its cast."""
    require_own_page(request)
    form = await Form.of(request)
    resources: Resources = request.app.state.resources
    target = inner(form.get("next", "/"))
    try:
        entrance = await _entrance(request, form)
    except Problem as problem:
        if isinstance(problem, SignInFailed):
            request.state.action = "sign_in"
            await denials.note(request, problem.code, problem.person_id)
        refused = await sign_in_page(request, target, problem=problem, kept=kept_of(form))
        refused.headers.update(problem.headers or {})
        return refused
    lapse = datetime.now(UTC) + timedelta(hours=resources.settings.session_hours)
    ends = min(lapse, entrance.expires_at) if entrance.expires_at else lapse
    issued = await resources.people.begin_session(
        entrance.person_id,
        expires_at=ends,
        scope=entrance.scope,
        confirmed_at=datetime.now(UTC),
    )
    kept = kept_of(form)
    response: Response
    if entrance.scope == "setup":
        response = RedirectResponse(SETTING_UP, 303)
    elif kept:
        response = answer_page(
            request, "resume.html", target=target, kept=kept, csrf=mark(issued.secret)
        )
    else:
        response = RedirectResponse(target, 303)
        keep(request, response, FLASH_COOKIE, "said:signed_in", 60)
    keep(request, response, COOKIE, issued.secret, resources.settings.session_hours * 3600)
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
    there = await _way_out(request)
    response: Response = going_on(request, there) if there else RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE)
    response.delete_cookie(HINT_COOKIE, path="/sign-out")
    return response


async def _way_out(request: Request) -> str | None:
    """Where who signed in through the identity provider signs out of it; None for others.

    While it is away they are signed out here alone.
    """
    resources: Resources = request.app.state.resources
    provider, hint = resources.provider, request.cookies.get(HINT_COOKIE)
    if provider is None or hint is None or not resources.settings.oidc_sign_out:
        return None
    try:
        metadata = await provider.metadata()
    except ProviderAway:
        return None
    return way_out(provider, metadata, hint, resources.settings.api_url + "/sign-in")


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
        kept=carried(kept),
        mistakes=Mistakes(problem, state.language, state.request_id),
        cast=await _cast(request) if resources.settings.demo else [],
        provider=resources.settings.oidc_name if resources.provider else "",
        local=resources.settings.local_sign_in,
        emergency="emergency" in request.query_params,
    )


async def to_sign_in(request: Request) -> Response:
    """Send who is not signed in to the page for it, keeping what they sent."""
    form: Form = getattr(request.state, "form", Form())
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.method == "GET":
        return RedirectResponse(f"/sign-in?next={quote(path, safe='')}", 303)
    return await sign_in_page(request, path, kept=form.kept(), status=401)


class Entrance(NamedTuple):
    """Who comes in, and what their session is good for."""

    person_id: str
    scope: Scope
    expires_at: datetime | None = None


async def _entrance(request: Request, form: Form) -> Entrance:
    """Who signs in, and how. Raises SignInFailed, Problem."""
    resources: Resources = request.app.state.resources
    if resources.settings.demo and (chosen := form.get("person")):
        person = await resources.people.get(chosen)
        if person is not None and person.active and person.role is not Role.ADMINISTRATOR:
            return Entrance(person.id, "admin")
    desk, address = resources.accounts, client_of(request, resources.settings.proxies)
    if form.get("name") and not resources.settings.local_sign_in:
        raise Problem("local_sign_in_off")
    if name := form.get("name"):
        account = await desk.sign_in(address, name, form.get("password"), form.get("code"))
        known = await resources.people.get(account.person_id)
        if known is None or not known.active:
            raise SignInFailed(account.person_id)
        unready = account.must_change or desk.asks_second_factor(known, account)
        return Entrance(known.id, "setup" if unready else "admin")
    bearer = await resources.people.bearer(form.get("token"))
    if bearer is None or bearer.kind != "api":
        desk.admit(address)
        raise SignInFailed(None)
    if not resources.settings.local_sign_in and not may_in_an_emergency(bearer):
        raise Problem("local_sign_in_off")
    own = await desk.store.of(bearer.person.id)
    if own is not None and own.two_factors:
        await desk.require_code(address, own, form.get("token_code"))
    elif desk.asks_second_factor(bearer.person, own):
        raise Problem("second_factor_required")
    return Entrance(bearer.person.id, bearer.scope, bearer.expires_at)


def may_in_an_emergency(bearer: Bearer) -> bool:
    """Whether a token opens the pages even where people sign in through the provider alone."""
    return bearer.person.role is Role.ADMINISTRATOR and bearer.scope == "admin"


def kept_of(form: Form) -> list[tuple[str, str]]:
    """What was carried along while somebody signed in or confirmed that it is them."""
    return [(n.removeprefix(_KEPT), v) for n, v in form.kept() if n.startswith(_KEPT)]


def carried(kept: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Fields to carry along."""
    return [(_KEPT + name, value) for name, value in kept]


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


def require_own_page(request: Request) -> None:
    """Raise Problem when another site made the browser send this: nobody is signed in unawares.

    Without TLS a browser says no `Sec-Fetch-Site` but `Origin`, and our pages have it named in full
    (`Referrer-Policy: same-origin`): `null` is what a page elsewhere sends that would rather not be
    known. Programs say neither.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    resources: Resources = request.app.state.resources
    ours = {request.url.netloc, urlsplit(resources.settings.api_url).netloc}
    if site is not None:
        own = site in {"same-origin", "none"}
    else:
        own = origin is None or origin.partition("://")[2] in ours
    if not own:
        raise Problem("forged_request")
