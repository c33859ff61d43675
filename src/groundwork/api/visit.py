"""Who stands at the counter: every route under `/api/v1` asks for a `Visit` and states its action.

The policy of `domain.policy` decides; commands on a chain are judged by the core itself, which
knows the step.
"""

from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Final

from fastapi import Depends, Header, Path, Query, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase

from groundwork.api.errors import Problem
from groundwork.api.identities import not_signed_in
from groundwork.api.languages import Language, said
from groundwork.api.marks import COOKIE, MARK_HEADER, SAFE_METHODS, require_mark
from groundwork.api.resources import Resources
from groundwork.api.sight import CHAIN, PROJECT
from groundwork.domain.definition import Text
from groundwork.domain.grants import Grant, GrantKind
from groundwork.domain.model import Actor, Role
from groundwork.domain.policy import RIGHTS, authorise, permits, possible, reserved
from groundwork.domain.reach import NOTHING, Reach
from groundwork.domain.rejections import Reason, Rejection
from groundwork.store.people import Bearer, Kind, Scope
from groundwork.store.reach import look_with

SCOPES: Final = MappingProxyType[Scope, int]({"setup": 0, "read": 1, "act": 2, "admin": 3})
"""What a token may be used for: to read, to act, to do what is reserved for administrators."""

SETTING_UP: Final = "/profile/security"
"""Where people choose their password and second factor: all that is open until they did."""

_WHILE_SETTING_UP: Final = (SETTING_UP, "/confirm", "/live")
"""Addresses that such a session needs: they confirm who one is, and say that something changed."""

_CASELESS: Final = frozenset({"read_catalogue", "skip_errand"})
"""Actions that show nothing of any case, so that none need be within reach."""

KEY_PATTERN: Final = r"^[A-Za-z0-9_.:-]{8,120}$"
RECEIPT_PATTERN: Final = r"^[A-Za-z0-9_.:-]{8,120}(~[0-9a-f]{16})?$"


IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern=KEY_PATTERN,
        description="Names this write. Send it again with the same key when you got no answer: it"
        " is carried out once.",
    ),
]
OnBehalfOf = Annotated[
    str | None,
    Header(
        alias="On-Behalf-Of",
        max_length=60,
        description="Id of the person for whom you act, as their substitute or by delegation."
        " Without it the step's assignee comes first, then you yourself, then whoever lets you.",
    ),
]
ChainId = Annotated[
    str,
    Path(
        max_length=200,
        description="Such as `land-to-construction.2603-440784-04-01-558123`.",
    ),
]
Cursor = Annotated[
    str | None,
    Query(max_length=500, description="`next` of the page before; none: the first."),
]
PageSize = Annotated[int, Query(alias="limit", ge=1, le=200, description="Rows per page.")]


@dataclass(frozen=True, slots=True)
class Visit:
    """One signed-in person's request."""

    actor: Actor
    language: Language
    request_id: str
    received_at: datetime
    """When the request arrived: the business time of a command."""
    resources: Resources
    bearer: Bearer
    reach: Reach
    """Whose cases the person sees and acts on."""

    def said(self, text: Text) -> str:
        """A text in the caller's language."""
        return said(text, self.language)


class May(SecurityBase):
    """A dependency that lets in who may perform one of the actions. Raises Problem or Rejection.

    A `command` is judged by the core, which knows the step; only who can do it on no step, neither
    for themselves nor for anybody else, is refused here already.
    """

    def __init__(self, *actions: str, command: bool = False) -> None:
        self.model = HTTPBearer(description="A token that an administrator issued.")
        self.scheme_name = "bearer"
        self.actions = actions
        self.command = command

    async def __call__(self, request: Request) -> Visit:
        """Who asks, if permitted."""
        state = request.state
        resources: Resources = request.app.state.resources
        bearer = await identify(request, *credentials(request))
        actor = bearer.person.actor
        state.actor, state.action = actor, self.actions[0]
        require_scope(request, bearer, None if self.command else self.actions[0])
        if self.command:
            await permit_command(resources, actor, self.actions[0], state.received_at)
        else:
            await permit(resources, actor, *self.actions)
        # What is no case is read while the database is away, too.
        caseless = _CASELESS.issuperset(self.actions) and not self.command
        reach = NOTHING if caseless else await look(request, actor)
        asked = state.language, state.request_id, state.received_at
        return Visit(actor, *asked, resources, bearer, reach)


async def permit_command(resources: Resources, actor: Actor, verb: str, at: datetime) -> None:
    """Let in who may give the command on some step, for themselves or for somebody else.

    Raises Rejection (not_permitted), StoreUnavailable.
    """
    if verb in RIGHTS:  # which nobody lends to anybody
        return await permit(resources, actor, verb)
    if possible(actor.role, verb):
        return None
    roster = await resources.standing.roster()
    if not any(permits(one.principal.role, verb) for one in roster.mandates(actor.id, at)):
        authorise(actor, verb)
    return None


async def permit(resources: Resources, actor: Actor, *actions: str) -> None:
    """Let the actor perform one of the actions, by their role and, where it takes one, their right.

    Raises Rejection (not_permitted), StoreUnavailable.
    """
    action = next((one for one in actions if permits(actor.role, one)), actions[0])
    authorise(actor, action)
    if action in RIGHTS and actor.role is not Role.ADMINISTRATOR:
        right = Grant(kind=GrantKind.RIGHT, value=action)
        roster = await resources.standing.roster()
        if not roster.given(actor.id, right):
            raise Rejection(Reason.NOT_PERMITTED, role=actor.role.value, action=action)


async def look(request: Request, actor: Actor) -> Reach:
    """From here on the request sees what is within the actor's reach, and nothing else.

    A chain or project that the address names must be within it. Raises OutOfReach,
    StoreUnavailable.
    """
    resources: Resources = request.app.state.resources
    reach = await resources.standing.reach(actor, request.state.received_at)
    look_with(reach)
    chain, code = request.path_params.get(CHAIN), request.path_params.get(PROJECT)
    if chain is not None:
        verb = request.url.path.rpartition("/commands/")[2]
        await resources.sight.require_command(reach, actor, chain, verb)
    if code is not None:
        await resources.sight.require_project(reach, code)
    return reach


async def identify(request: Request, kind: Kind, secret: str) -> Bearer:
    """Who bears the secret. Raises Problem (not_signed_in, too_many_requests),
    StoreUnavailable."""
    resources: Resources = request.app.state.resources
    # A page that is left open goes on asking for news: nobody is at work there.
    asked = "x-live" not in request.headers and not request.url.path.startswith("/live")
    bearer = await resources.identities.bearer(secret, kind, counts=asked)
    resources.traffic.admit_account(bearer.person.id)
    return bearer


def require_scope(request: Request, bearer: Bearer, action: str | None) -> None:
    """The one place where scopes count. Raises Problem (setup_required, scope_too_narrow)."""
    if bearer.scope == "setup":
        if request.url.path.startswith(_WHILE_SETTING_UP):
            return
        raise Problem("setup_required")
    needed: Scope = "read" if request.method in SAFE_METHODS else "act"
    if action is not None and reserved(action):
        needed = "admin"
    if SCOPES[bearer.scope] < SCOPES[needed]:
        raise Problem("scope_too_narrow", scope=bearer.scope, needed=needed)


def credentials(request: Request) -> tuple[Kind, str]:
    """What a request shows: the token of its header or, from a browser, its cookie's session.

    A browser sends its cookie along whoever made it ask, so with a cookie a write must also show
    that it comes from our own page. Raises Problem (not_signed_in, forged_request).
    """
    header = request.headers.get("authorization")
    if header is None and (secret := request.cookies.get(COOKIE)):
        if request.method not in SAFE_METHODS:
            require_mark(secret, request.headers.get(MARK_HEADER, ""))
        return "session", secret
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise not_signed_in()
    return "api", token.strip()


Reader = Annotated[Visit, Depends(May("read_cases"))]
CatalogueReader = Annotated[Visit, Depends(May("read_catalogue"))]
Auditor = Annotated[Visit, Depends(May("read_audit"))]
ErrandSkipper = Annotated[Visit, Depends(May("skip_errand"))]
CalendarManager = Annotated[Visit, Depends(May("manage_calendars"))]
DefinitionManager = Annotated[Visit, Depends(May("manage_definitions"))]
KpiReader = Annotated[Visit, Depends(May("read_kpis"))]
LightsReader = Annotated[Visit, Depends(May("read_lights"))]
PeopleManager = Annotated[Visit, Depends(May("manage_people"))]
CreditReader = Annotated[Visit, Depends(May("read_credit"))]
CreditKeeper = Annotated[Visit, Depends(May("manage_credit"))]
Colleague = Annotated[Visit, Depends(May("read_duties"))]
AbsenceSetter = Annotated[Visit, Depends(May("set_absence"))]
Delegator = Annotated[Visit, Depends(May("delegate"))]
Reassigner = Annotated[Visit, Depends(May("reassign"))]
Launcher = Annotated[Visit, Depends(May("launch"))]
DocumentUploader = Annotated[Visit, Depends(May("upload_documents"))]
DocumentRemover = Annotated[Visit, Depends(May("remove_documents"))]
Recipient = Annotated[Visit, Depends(May("receive_notices"))]
PostWatcher = Annotated[Visit, Depends(May("watch_post"))]
WebhookManager = Annotated[Visit, Depends(May("manage_webhooks"))]
