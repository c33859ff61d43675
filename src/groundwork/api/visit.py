"""Who stands at the counter: every route under `/api/v1` asks for a `Visit` and states its action.

The policy of `domain.policy` decides; commands on a chain are judged by the core itself, which
knows the step.
"""

from base64 import urlsafe_b64decode
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import Depends, Header, Path, Query, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from pydantic import AfterValidator

from groundwork.api.errors import Problem
from groundwork.api.identities import not_signed_in
from groundwork.api.languages import Language, said
from groundwork.api.marks import COOKIE, MARK_HEADER, SAFE_METHODS, require_mark
from groundwork.api.resources import Resources
from groundwork.domain.definition import Text
from groundwork.domain.model import Actor
from groundwork.domain.policy import authorise

COMMAND: Final = None
"""The action of routes whose permission the core judges."""

KEY_PATTERN: Final = r"^[A-Za-z0-9_.:-]{8,120}$"
RECEIPT_PATTERN: Final = r"^[A-Za-z0-9_.:-]{8,120}(~[0-9a-f]{16})?$"


def _without_nul(cursor: str | None) -> str | None:
    """PostgreSQL has no U+0000, and no list gave out a cursor with one."""
    if b"\\u0000" in urlsafe_b64decode(f"{cursor or ''}==".encode()):
        raise Problem("cursor_invalid")
    return cursor


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
    AfterValidator(_without_nul),
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

    def said(self, text: Text) -> str:
        """A text in the caller's language."""
        return said(text, self.language)


class May(SecurityBase):
    """A dependency that lets in who may perform the action. Raises Problem or Rejection."""

    def __init__(self, action: str | None) -> None:
        self.model = HTTPBearer(description="A token that an administrator issued.")
        self.scheme_name = "bearer"
        self._action = action

    async def __call__(self, request: Request) -> Visit:
        """Who asks, if permitted."""
        state = request.state
        resources: Resources = request.app.state.resources
        actor = await resources.identities.actor(credentials(request))
        state.actor = actor
        if self._action is not None:
            state.action = self._action
            authorise(actor, self._action)
        return Visit(actor, state.language, state.request_id, state.received_at, resources)


def credentials(request: Request) -> str:
    """The token of a request: its own header's or, from a browser, that of its cookie.

    A browser sends its cookie along whoever made it ask, so with a cookie a write must also show
    that it comes from our own page. Raises Problem (not_signed_in, forged_request).
    """
    header = request.headers.get("authorization")
    if header is None and (secret := request.cookies.get(COOKIE)):
        if request.method not in SAFE_METHODS:
            require_mark(secret, request.headers.get(MARK_HEADER, ""))
        return secret
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise not_signed_in()
    return token.strip()


Reader = Annotated[Visit, Depends(May("read_cases"))]
CatalogueReader = Annotated[Visit, Depends(May("read_catalogue"))]
Auditor = Annotated[Visit, Depends(May("read_audit"))]
CalendarManager = Annotated[Visit, Depends(May("manage_calendars"))]
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
Commander = Annotated[Visit, Depends(May(COMMAND))]
