"""Sending a browser to the identity provider, and what is known when it comes back.

A form that was about to be sent travels along: sealed in the database with a key that only this
browser's cookie holds. The page that sends people on does so by itself (`Refresh`), since a form
may not lead to another site.
"""

from collections.abc import Sequence
from secrets import token_urlsafe
from typing import Final, Literal

import structlog
from fastapi import Request, Response
from pydantic import ValidationError

from groundwork.api.errors import Problem
from groundwork.api.languages import TAGS
from groundwork.api.pages.frame import answer_page, keep
from groundwork.api.resources import Resources
from groundwork.domain.base import Frozen
from groundwork.runtime import sign_on
from groundwork.runtime.provider import Provider, ProviderAway, ProviderRefused
from groundwork.store.trips import LAPSE

CALLBACK: Final = "/sign-in/callback"
"""Where the provider sends people back to; it is registered there."""

COOKIE: Final = "trip"
HINT_COOKIE: Final = "signed_in_by"
"""Holds the ID token, for signing out at the provider; it is sent to /sign-out alone."""

MOST_KEPT: Final = 256 * 1024
"""The characters of a form that may travel along: strangers must not fill the database."""

MOST_HINTED: Final = 3500
"""A longer ID token does not fit into a cookie: then the provider is told less."""

Purpose = Literal["sign_in", "confirm", "link"]

_SECRET_LENGTH: Final = len(token_urlsafe(32))
_RETRY: Final = {"Retry-After": "5"}

log = structlog.stdlib.get_logger(__name__)


class Trip(Frozen):
    """A sign-in under way: what it is for, and what somebody had typed."""

    purpose: Purpose
    target: str
    kept: tuple[tuple[str, str], ...] = ()
    nonce: str
    verifier: str
    session: str | None = None
    """The session that asked, if it is to be confirmed or linked: its token's id."""


def provider_of(request: Request) -> Provider:
    """The installation's identity provider. Raises Problem (provider_missing)."""
    resources: Resources = request.app.state.resources
    if resources.provider is None:
        raise Problem("provider_missing")
    return resources.provider


async def set_out(
    request: Request,
    purpose: Purpose,
    target: str,
    kept: Sequence[tuple[str, str]] = (),
    session: str | None = None,
) -> Response:
    """Send a browser to the provider. To confirm or link, people must show anew who they are.

    Raises Problem (provider_missing, provider_unavailable, body_too_large, too_many_sign_ins).
    """
    resources: Resources = request.app.state.resources
    provider = provider_of(request)
    if sum(len(name) + len(value) for name, value in kept) > MOST_KEPT:
        raise Problem("body_too_large", limit=MOST_KEPT // 1024)
    trip = Trip(
        purpose=purpose,
        target=target,
        kept=tuple(kept),
        nonce=token_urlsafe(24),
        verifier=token_urlsafe(48),
        session=session,
    )
    state = token_urlsafe(24)
    try:
        metadata = await provider.metadata()
    except ProviderAway as away:
        raise _away(away) from None
    there = sign_on.way_there(
        provider,
        metadata,
        asked(request, trip, state),
        longest=resources.settings.session_hours * 3600,
        language=TAGS[request.state.language],
    )
    secret = _secret(request) or token_urlsafe(32)
    await resources.trips.keep(state, secret, trip.model_dump_json().encode())
    response = going_on(request, there)
    keep(request, response, COOKIE, secret, int(LAPSE.total_seconds()))
    return response


def going_on(request: Request, there: str) -> Response:
    """The page that leads on to another site, by itself and by a link."""
    response = answer_page(request, "going-on.html", there=there)
    response.headers["Refresh"] = f"0; url={there}"
    return response


async def trip_back(request: Request) -> Trip:
    """The trip that a browser comes back from; each comes back once.

    Raises Problem (provider_sign_in_lost) for one that this browser did not begin.
    """
    resources: Resources = request.app.state.resources
    state, secret = request.query_params.get("state"), _secret(request)
    content = await resources.trips.take(state, secret) if state and secret else None
    if content is None:
        raise Problem("provider_sign_in_lost")
    try:
        return Trip.model_validate_json(content)
    except ValidationError:
        raise Problem("provider_sign_in_lost") from None


async def identity(request: Request, trip: Trip) -> sign_on.Identity:
    """Whom the provider vouches for.

    Raises Problem (provider_sign_in_failed, provider_unavailable).
    """
    state = request.query_params.get("state", "")
    answer = dict(request.query_params)
    try:
        return await sign_on.identity(provider_of(request), asked(request, trip, state), answer)
    except ProviderAway as away:
        raise _away(away) from None
    except ProviderRefused as refused:
        number = request.state.request_id
        log.info("sign-in refused", complaint=str(refused), request_id=number)
        raise Problem("provider_sign_in_failed", request=number) from None


def asked(request: Request, trip: Trip, state: str) -> sign_on.Request:
    """What the provider is asked."""
    resources: Resources = request.app.state.resources
    return sign_on.Request(
        state,
        trip.nonce,
        trip.verifier,
        resources.settings.api_url + CALLBACK,
        fresh=trip.purpose != "sign_in",
    )


def _secret(request: Request) -> str | None:
    """This browser's secret: several tabs may be on their way at once."""
    secret = request.cookies.get(COOKIE)
    return secret if secret and len(secret) == _SECRET_LENGTH else None


def _away(away: ProviderAway) -> Problem:
    log.warning("identity provider away", error=str(away))
    return Problem("provider_unavailable", headers=_RETRY)
