"""Who reads a page, and how it is put together: language, navigation, headers, compression."""

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from groundwork.api.languages import LANGUAGES, TAGS, Language, half, said
from groundwork.api.marks import (
    COOKIE,
    LANGUAGE_COOKIE,
    MARK_FIELD,
    MARK_HEADER,
    SAFE_METHODS,
    mark,
    require_mark,
)
from groundwork.api.pages.assets import asset, takes_gzip
from groundwork.api.pages.drawing.signs import ALL, badge
from groundwork.api.pages.flashes import flashed
from groundwork.api.pages.forms import Form, Mistakes, new_nonce
from groundwork.api.pages.moments import Moments
from groundwork.api.pages.navigation import Place, places
from groundwork.api.resources import Resources
from groundwork.api.visit import Visit, credentials, identify, look, permit, require_scope
from groundwork.domain.definition import Text
from groundwork.domain.model import Actor
from groundwork.domain.names import ACTIONS, ROLES
from groundwork.domain.policy import permits
from groundwork.store.pending import Held
from groundwork.store.people import Kind, Person

_TEMPLATES: Final = Path(__file__).with_name("templates")

SECURITY: Final = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
"""What a browser may do with a page: run our own scripts, none that stands in the page itself."""

FLASH_COOKIE: Final = "flash"
LEAST_PACKED: Final = 1024
A_YEAR: Final = 365 * 24 * 3600

UNSPOKEN: Final = frozenset({"/sign-in/callback"})
"""Addresses whose query is for nobody's eyes: a page shows them without it."""


@dataclass(frozen=True)
class Page:
    """One signed-in person's request for a page, and everything a page is made with."""

    request: Request
    visit: Visit
    person: Person
    secret: str
    moments: Moments
    unread: int
    held: Sequence[Held]
    position: str
    """Up to where the page knows of changes: taken before it reads anything."""
    form: Form = field(default_factory=Form)

    @property
    def resources(self) -> Resources:
        """The record, the engine, the catalogue."""
        return self.visit.resources

    @property
    def actor(self) -> Actor:
        """Who acts."""
        return self.visit.actor

    @property
    def language(self) -> Language:
        """The language of the page."""
        return self.visit.language

    @cached_property
    def csrf(self) -> str:
        """The mark for this page's forms."""
        return mark(self.secret)

    def say(self, zh: str, en: str) -> str:
        """A text in the page's language."""
        return en if self.language == "en" else zh

    def said(self, text: Text) -> str:
        """A text of the catalogue in the page's language."""
        return said(text, self.language)

    def may(self, action: str) -> bool:
        """Whether the reader's role may perform the action at all."""
        return permits(self.actor.role, action)

    def mistakes(self, problem: Any = None) -> Mistakes:
        """What was wrong with a form."""
        return Mistakes(problem, self.language, self.visit.request_id)


class Opened:
    """A dependency that opens a page to who may perform the action.

    A write must carry the mark of our own page. Raises Problem, Rejection.
    """

    def __init__(self, action: str) -> None:
        self.action = action

    async def __call__(self, request: Request) -> Page:
        """The page's frame."""
        state = request.state
        resources: Resources = request.app.state.resources
        position = resources.live.position
        form, writes = Form(), request.method not in SAFE_METHODS
        files = request.headers.get("content-type", "").lower().startswith("multipart/form-data")
        if writes and not files:
            form = await Form.of(request)
            # An answer to somebody whose session ended gives back what they typed.
            state.form = form
        cookie = request.cookies.get(COOKIE)
        shown: tuple[Kind, str] = ("session", cookie) if cookie else credentials(request)
        secret, bearer = shown[1], await identify(request, *shown)
        person = bearer.person
        state.actor, state.action = person.actor, self.action
        require_scope(request, bearer, self.action)
        if writes and files:
            # Files are taken from nobody who may not bring them.
            await permit(resources, person.actor, self.action)
            form = await Form.of(request)
        if writes:
            require_mark(secret, form.get(MARK_FIELD) or request.headers.get(MARK_HEADER, ""))
        await permit(resources, person.actor, self.action)
        reach = await look(request, person.actor)
        asked = state.language, state.request_id, state.received_at
        visit = Visit(person.actor, *asked, resources, bearer, reach)
        moments = Moments(visit.language, visit.received_at, await resources.calendar())
        unread = await resources.notices.unread(person.id)
        held = await resources.pending.of(person.id)
        return Page(request, visit, person, secret, moments, unread, held, position, form)


def show(page: Page, template: str, /, status: int = 200, **facts: Any) -> Response:
    """A page: `facts` are what its template asks for.

    Raises jinja2.UndefinedError for a fact that is missing.
    """
    nonce = new_nonce()
    surroundings = {
        "page": page,
        "places": _places(page),
        "flash": flashed(page.request.cookies.get(FLASH_COOKIE, ""), page.language),
        "csrf": page.csrf,
        "nonce": nonce,
        "moments": page.moments,
        "held": [
            (alike, said(ACTIONS[alike[0].verb], page.language)) for alike in _together(page.held)
        ],
        "role_name": said(ROLES[page.person.role.value], page.language),
        "may": page.may,
    }
    return answer_page(page.request, template, status, **surroundings, **facts)


def _together(held: Sequence[Held]) -> list[list[Held]]:
    """What is held, by what somebody did at once: of the same kind, sent at the same moment."""
    acts: dict[tuple[str, datetime, bool], list[Held]] = {}
    for one in held:
        acts.setdefault((one.verb, one.until, one.refusal is not None), []).append(one)
    return list(acts.values())


def answer_page(request: Request, template: str, /, status: int = 200, **facts: Any) -> Response:
    """A page for anybody, signed in or not, in the request's language."""
    language: Language = request.state.language
    resources: Resources = request.app.state.resources

    def say(zh: str, en: str) -> str:
        return en if language == "en" else zh

    base = {
        "say": say,
        "said": lambda text: said(text, language),
        "language": language,
        "tag": TAGS[language],
        "badge": lambda status, word=None: badge(ALL[status], language, word),
        "languages": {one: TAGS[one] for one in LANGUAGES},
        "here": _path(request),
        "this": _address(request),
        "asset": asset,
        "demo": resources.settings.demo,
        "city": say(resources.settings.city, resources.settings.city_en),
        "with_query": lambda **changes: _with_query(request, changes),
        "page": None,
    }
    drawn = environment().get_template(template)
    body = drawn.render(base | facts)
    if (mistakes := facts.get("mistakes")) and mistakes.fields:
        # The summary stands before the fields it leads to: only now it is known where they are.
        body = drawn.render(base | facts)
    return _answer(request, body.encode(), status)


def _answer(request: Request, body: bytes, status: int) -> Response:
    headers = {**SECURITY, "Vary": "Accept-Encoding"}
    if takes_gzip(request) and len(body) >= LEAST_PACKED:
        body = gzip.compress(body, 5)
        headers["Content-Encoding"] = "gzip"
    response = Response(body, status, headers, media_type="text/html")
    if (chosen := request.query_params.get("lang")) in LANGUAGES:
        keep(request, response, LANGUAGE_COOKIE, str(chosen), A_YEAR)
    told = status < HTTPStatus.BAD_REQUEST and "x-live" not in request.headers
    if FLASH_COOKIE in request.cookies and told:
        response.delete_cookie(FLASH_COOKIE)
    return response


def keep(
    request: Request, response: Response, name: str, value: str, seconds: int, *, path: str = "/"
) -> None:
    """Have the browser keep a cookie that no script can read and no other site can send."""
    secure = request.app.state.resources.settings.api_url.startswith("https:")
    response.set_cookie(
        name, value, max_age=seconds, path=path, httponly=True, samesite="lax", secure=secure
    )


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Where templates come from. What is missing in one is an error, not an empty space."""
    found = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["half"] = pass_context(_half)
    found.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": False}
    return found


def _half(context: Context, text: str) -> str:
    """`languages.half`, in the page's language."""
    return half(text, context["language"])


def _places(page: Page) -> list[tuple[Place, bool]]:
    """Where the reader may go, and whether they are there."""
    path = page.request.url.path
    shown = [one for one in places(page.actor) if permits(page.actor.role, one.action)]
    best = max((one for one in shown if one.holds(path)), key=lambda o: len(o.href), default=None)
    return [(one, one is best) for one in shown]


def _address(request: Request) -> str:
    """This page's address within the site, without what nobody is to read over a shoulder."""
    query = "" if request.url.path in UNSPOKEN else request.url.query
    return _path(request) + (f"?{query}" if query else "")


def _with_query(request: Request, changes: Mapping[str, Any]) -> str:
    """This page's address with some parameters changed; None takes one away."""
    said = () if request.url.path in UNSPOKEN else request.query_params.multi_items()
    items = [(k, v) for k, v in said if k not in changes]
    items += [(name, str(value)) for name, value in changes.items() if value is not None]
    return _path(request) + (f"?{urlencode(items)}" if items else "")


def _path(request: Request) -> str:
    """Where this page is on the site: in a link, two slashes to begin with would name another."""
    return "/" + request.url.path.lstrip("/")
