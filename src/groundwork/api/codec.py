"""The codec server: decodes for the Temporal UI what Temporal keeps encrypted.

It stands outside `/api/v1`, because the UI dictates its form. The UI is another origin: that one
alone is let in, with the browser's session of somebody who may read payloads. Programs of theirs,
such as Temporal's own command, show a token.
"""

import asyncio
from typing import Final
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter, Request, Response

from groundwork.api.errors import Problem
from groundwork.api.marks import COOKIE
from groundwork.api.resources import Resources
from groundwork.api.visit import credentials, permit, require_scope
from groundwork.runtime.keyrings import payload_keys
from groundwork.runtime.payloads import NotPayloads, decoded_json
from groundwork.runtime.settings import Settings
from groundwork.store.people import Bearer

router = APIRouter(prefix="/codec", include_in_schema=False)

ACTION: Final = "read_payloads"
_PREFLIGHT_SECONDS: Final = "600"

log = structlog.stdlib.get_logger(__name__)


@router.options("/decode")
async def preflight(request: Request) -> Response:
    """Whether a browser may ask, from where it would."""
    settings = _resources(request).settings
    asking = {
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, X-Namespace",
        "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
    }
    shared = _shared(request, settings)
    return Response(status_code=204, headers=shared | asking if shared else {"Vary": "Origin"})


@router.post("/decode")
async def decode(request: Request) -> Response:
    """Payloads as they were before they were encrypted, in the JSON of the Temporal UI.

    One that does not open, for want of its key, is handed back as it is.
    """
    resources = _resources(request)
    bearer = await _bearer(request, resources)
    actor = bearer.person.actor
    request.state.actor, request.state.action = actor, ACTION
    resources.traffic.admit_account(actor.id)
    require_scope(request, bearer, ACTION)
    await permit(resources, actor, ACTION)
    keys = payload_keys(resources.settings)
    try:
        # Beside the loop: a long history must not keep everybody else waiting.
        content, number = await asyncio.to_thread(decoded_json, keys, await request.body())
    except NotPayloads:
        raise Problem("malformed_request") from None
    log.info("payloads decoded", person=actor.id, payloads=number)
    shared = _shared(request, resources.settings) | {"Vary": "Origin"}
    return Response(content, headers=shared, media_type="application/json")


async def _bearer(request: Request, resources: Resources) -> Bearer:
    """Who asks. Raises Problem (not_signed_in, forged_request), StoreUnavailable."""
    secret = request.cookies.get(COOKIE)
    if "authorization" not in request.headers and secret:
        # A browser sends the cookie whoever made it ask; which page that is, it says truly.
        if not _shared(request, resources.settings):
            raise Problem("forged_request")
        # What is looked at in another window does not keep a session alive.
        return await resources.identities.bearer(secret, "session", counts=False)
    kind, token = credentials(request)
    return await resources.identities.bearer(token, kind)


def _shared(request: Request, settings: Settings) -> dict[str, str]:
    """The headers by which a browser hands the answer to the Temporal UI; none for anybody else."""
    origin = request.headers.get("origin")
    if origin is None or origin != ui_origin(settings):
        return {}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Vary": "Origin",
    }


def ui_origin(settings: Settings) -> str | None:
    """The origin of the Temporal UI; None where nobody said where it is."""
    if settings.temporal_ui is None:
        return None
    parts = urlsplit(settings.temporal_ui)
    return f"{parts.scheme}://{parts.netloc}"


def _resources(request: Request) -> Resources:
    resources: Resources = request.app.state.resources
    return resources
