"""Signing in, confirming and linking oneself through the identity provider (统一身份认证)."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from groundwork.api import denials
from groundwork.api.errors import Problem
from groundwork.api.marks import COOKIE, mark
from groundwork.api.pages import trips
from groundwork.api.pages.acting import back_to, inner
from groundwork.api.pages.confirming import confirm_page
from groundwork.api.pages.forms import Form
from groundwork.api.pages.frame import FLASH_COOKIE, Opened, Page, answer_page, keep
from groundwork.api.pages.profile_security import security_page
from groundwork.api.pages.signin import kept_of, require_own_page, sign_in_page
from groundwork.api.pages.trips import Trip
from groundwork.api.recent import require_recent
from groundwork.api.resources import Resources
from groundwork.api.throttle import client_of
from groundwork.api.visit import SETTING_UP
from groundwork.runtime.sign_on import Identity
from groundwork.store.errors import IdentityTaken
from groundwork.store.linked import Linked
from groundwork.store.people import Person
from groundwork.store.signed_out import through

router = APIRouter(include_in_schema=False)

Anybody = Annotated[Page, Depends(Opened("read_catalogue"))]


@router.post("/sign-in/provider")
async def begin(request: Request) -> Response:
    """Go to the provider to sign in; what was typed comes back along."""
    require_own_page(request)
    form = await Form.of(request)
    resources: Resources = request.app.state.resources
    target, kept = inner(form.get("next", "/")), kept_of(form)
    try:
        resources.accounts.set_out(client_of(request, resources.settings.proxies))
        return await trips.set_out(request, "sign_in", target, kept)
    except Problem as problem:
        return await _told(request, problem, target, kept)


@router.post("/confirm/provider")
async def begin_confirming(page: Anybody) -> Response:
    """Go to the provider to show once more who one is."""
    target, kept = inner(page.form.get("next", "/")), kept_of(page.form)
    try:
        session = page.visit.bearer.token_id
        return await trips.set_out(page.request, "confirm", target, kept, session)
    except Problem as problem:
        return await confirm_page(page.request, target, kept=kept, problem=problem)


@router.post(f"{SETTING_UP}/provider")
async def begin_linking(page: Anybody) -> Response:
    """Go to the provider to sign in through it from now on, which opens everything.

    So a session that is good for less may not begin it. Raises Problem.
    """
    scope = page.visit.bearer.scope
    if scope == "setup":
        raise Problem("setup_required")
    if scope != "admin":
        raise Problem("scope_too_narrow", scope=scope, needed="admin")
    await require_recent(page.visit)
    try:
        session = page.visit.bearer.token_id
        return await trips.set_out(page.request, "link", SETTING_UP, (), session)
    except Problem as problem:
        return await security_page(page, "provider", problem)


@router.post(f"{SETTING_UP}/provider/{{link}}/end")
async def end_link(page: Anybody, link: str) -> Response:
    """No longer sign in through the provider, for whoever can come in another way."""
    await require_recent(page.visit)
    resources, me = page.resources, page.actor.id
    account = await resources.accounts.store.of(me)
    others = [one for one in await resources.linked.of(me) if one["id"] != link]
    if not others and (account is None or not resources.settings.local_sign_in):
        return await security_page(page, "provider", Problem("last_way_in"))
    await resources.linked.end(me, link, by=me)
    await resources.people.end_sessions(me, but=page.visit.bearer.token_id)
    resources.identities.forget()
    return back_to(page, SETTING_UP, "said:removed")


@router.get(trips.CALLBACK)
async def come_back(request: Request) -> Response:
    """Where the provider sends people back to."""
    if not request.query_params.get("state"):
        return RedirectResponse("/sign-in", 303)  # nobody was sent here
    try:
        trip = await trips.trip_back(request)
    except Problem as problem:
        return await sign_in_page(request, "/", problem=problem)
    match trip.purpose:
        case "sign_in":
            return await _sign_in(request, trip)
        case "confirm":
            return await _confirm(request, trip)
        case "link":
            return await _link(request, trip)


async def _sign_in(request: Request, trip: Trip) -> Response:
    resources: Resources = request.app.state.resources
    try:
        found = await trips.identity(request, trip)
        linked = await _linked(request, found)
        await _require_second_factor(request, linked.person, found, "sign_in")
    except Problem as problem:
        return await _told(request, problem, trip.target, trip.kept)
    hours = resources.settings.session_hours
    issued = await resources.people.begin_session(
        linked.person.id,
        expires_at=datetime.now(UTC) + timedelta(hours=hours),
        confirmed_at=found.shown_at,
        through=through(linked.id, trips.provider_of(request).issuer, found.sid),
    )
    response: Response
    if trip.kept:
        response = answer_page(
            request,
            "resume.html",
            target=trip.target,
            kept=trip.kept,
            csrf=mark(issued.secret),
        )
    else:
        response = RedirectResponse(trip.target, 303)
        keep(request, response, FLASH_COOKIE, "said:signed_in", 60)
    keep(request, response, COOKIE, issued.secret, hours * 3600)
    if resources.settings.oidc_sign_out and len(found.id_token) <= trips.MOST_HINTED:
        keep(request, response, trips.HINT_COOKIE, found.id_token, hours * 3600, path="/sign-out")
    return response


async def _confirm(request: Request, trip: Trip) -> Response:
    page = await _page(request, trip)
    if isinstance(page, Response):
        return page
    try:
        found = await trips.identity(request, trip)
        person = (await _linked(request, found)).person
        if person.id != page.person.id or trip.session != page.visit.bearer.token_id:
            await _note(request, "provider_person_other", page.person.id, "confirm")
            raise Problem("provider_person_other")
        await _require_second_factor(request, person, found, "confirm")
    except Problem as problem:
        return await confirm_page(request, trip.target, kept=list(trip.kept), problem=problem)
    await page.resources.people.confirm_session(page.visit.bearer.token_id)
    page.resources.identities.forget()
    return answer_page(request, "resume.html", target=trip.target, kept=trip.kept, csrf=page.csrf)


async def _link(request: Request, trip: Trip) -> Response:
    page = await _page(request, trip)
    if isinstance(page, Response):
        return page
    provider = trips.provider_of(request)
    try:
        if trip.session != page.visit.bearer.token_id:
            raise Problem("provider_sign_in_lost")
        found = await trips.identity(request, trip)
        await page.resources.linked.link(
            page.actor.id, provider.issuer, found.subject, kind="person", by=page.actor.id
        )
    except IdentityTaken:
        await _note(request, "identity_taken", page.actor.id, "link")
        return await security_page(page, "provider", Problem("identity_taken"))
    except Problem as problem:
        return await security_page(page, "provider", problem)
    return back_to(page, SETTING_UP, "said:created")


async def _page(request: Request, trip: Trip) -> Page | Response:
    """The page of whoever is signed in; if their session ended, where to sign in again."""
    try:
        return await Opened("read_catalogue")(request)
    except Problem as problem:
        if problem.status_code != HTTPStatus.UNAUTHORIZED:
            raise
        return await sign_in_page(request, trip.target, kept=trip.kept, status=401)


async def _linked(request: Request, found: Identity) -> Linked:
    """The link by which an identity means a person, and them.

    Raises Problem (provider_person_unknown, provider_person_inactive).
    """
    resources: Resources = request.app.state.resources
    issuer = trips.provider_of(request).issuer
    linked = await resources.linked.find(issuer, found.subject, kind="person")
    if linked is None:
        await _note(request, "provider_person_unknown", None)
        raise Problem("provider_person_unknown", request=request.state.request_id)
    if not linked.person.active:
        await _note(request, "provider_person_inactive", linked.person.id)
        raise Problem("provider_person_inactive")
    return linked


async def _require_second_factor(
    request: Request, person: Person, found: Identity, action: str
) -> None:
    """Raise Problem (provider_second_factor) where the role needs one that was not asked for."""
    resources: Resources = request.app.state.resources
    if person.role.value in resources.settings.second_factor and not found.strong:
        await _note(request, "provider_second_factor", person.id, action)
        raise Problem("provider_second_factor")


async def _note(
    request: Request, code: str, person_id: str | None, action: str = "sign_in"
) -> None:
    request.state.action = action
    await denials.note(request, code, person_id)


async def _told(
    request: Request,
    problem: Problem,
    target: str,
    kept: list[tuple[str, str]] | tuple[tuple[str, str], ...],
) -> Response:
    response = await sign_in_page(request, target, problem=problem, kept=kept)
    response.headers.update(problem.headers or {})
    return response
