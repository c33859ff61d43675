"""What the identity provider says by itself: that somebody signed out there, and so here.

It stands outside `/api/v1`, because OpenID Connect Back-Channel Logout dictates its form. The
provider has no token of ours: its own signature is what lets it in.
"""

from typing import Final
from urllib.parse import parse_qs

import structlog
from fastapi import APIRouter, Request, Response

from groundwork.api.errors import Problem
from groundwork.api.provider_tokens import RETRY_AFTER
from groundwork.api.resources import Resources
from groundwork.runtime import sign_on
from groundwork.runtime.provider import Provider, ProviderAway, ProviderRefused
from groundwork.store.signed_out import Ended, SignedOut

router = APIRouter(include_in_schema=False)

MOST_BYTES: Final = 16 * 1024
"""A logout token is small; a stranger's body is not read to its end."""

MOST_FIELDS: Final = 8

_FORM: Final = "application/x-www-form-urlencoded"
_NOT_KEPT: Final = {"Cache-Control": "no-store"}

log = structlog.stdlib.get_logger(__name__)


@router.post("/sign-out/provider")
async def signed_out(request: Request) -> Response:
    """End the sessions that were begun through the provider's session that ended there.

    Whether there were any is not said.
    """
    resources: Resources = request.app.state.resources
    provider = resources.provider
    if provider is None:
        raise Problem("provider_missing")
    told = await _told(request, provider)
    ended = Ended(provider.issuer, told.subject, told.sid, told.jti, told.until)
    number = await SignedOut(resources.database).end(ended)
    if number is None:
        log.info("logout token refused", complaint="seen before")
        raise Problem("logout_token_refused")
    resources.identities.forget()
    log.info("signed out by the provider", sessions=number)
    return Response(headers=_NOT_KEPT)


async def _told(request: Request, provider: Provider) -> sign_on.SignedOut:
    """What the logout token says.

    Raises Problem (logout_token_refused, provider_unavailable, body_too_large).
    """
    try:
        return await sign_on.signed_out(provider, await _token(request))
    except ProviderRefused as refused:
        log.info("logout token refused", complaint=str(refused))
        raise Problem("logout_token_refused") from None
    except ProviderAway as away:
        log.warning("identity provider away", error=str(away))
        raise Problem("provider_unavailable", headers=RETRY_AFTER) from None


async def _token(request: Request) -> str:
    """The token that was sent. Raises Problem (body_too_large, logout_token_refused)."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise Problem("body_too_large", limit=MOST_BYTES // 1024)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise Problem("logout_token_refused")
    return token_in(body)


def token_in(form: bytes) -> str:
    """The one token of the form. Raises Problem (logout_token_refused)."""
    try:
        found = parse_qs(form.decode(), max_num_fields=MOST_FIELDS).get("logout_token", [])
    except ValueError:
        found = []
    if len(found) != 1 or not found[0].isascii():
        raise Problem("logout_token_refused")
    return found[0]
