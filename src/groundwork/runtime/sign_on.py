"""Signing in by the identity provider (OpenID Connect): code flow with PKCE, state and nonce.

Also the access tokens that it issues to systems, and the tokens by which it says that somebody
signed out there (OpenID Connect Back-Channel Logout 1.0). Every claim that counts is checked
here, by Authlib; who the subject is in Groundwork is another's affair.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

import httpx
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.claims import JWTClaims
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc.errors import JoseError

from groundwork.runtime.provider import (
    LEEWAY_SECONDS,
    Metadata,
    Provider,
    ProviderAway,
    ProviderRefused,
)

FRESH_SECONDS: Final = 60
"""How old a sign-in at the provider may be that was asked for just now."""

STRONG_METHODS: Final = frozenset({"mfa", "otp", "hwk"})
"""Methods of `amr` (RFC 8176) that say that more than a password was asked for."""

SIGNED_OUT: Final = "http://schemas.openid.net/event/backchannel-logout"
"""The event that a logout token tells."""

_LOGOUT_TYPES: Final = frozenset({"", "jwt", "logout+jwt", "application/logout+jwt"})
_ACCESS_TYPES: Final = frozenset({"", "jwt", "at+jwt", "application/at+jwt"})
_SERVER_ERROR: Final = 500

Narrowing = Literal["read", "act", "admin"]
_NARROWINGS: Final[tuple[Narrowing, ...]] = ("admin", "act", "read")


class Request(NamedTuple):
    """One sign-in that was begun: what the provider must bring back, and what only we know."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    fresh: bool
    """Whether the person has to show anew who they are."""


class Identity(NamedTuple):
    """Who the provider says it is."""

    subject: str
    shown_at: datetime | None
    """When they showed it to the provider; None where it does not say."""
    strong: bool
    """Whether the provider asked for a second factor."""
    id_token: str
    sid: str | None = None
    """The session at the provider, where it says which."""


class SignedOut(NamedTuple):
    """Whose session at the provider ended: of a subject, or one session of theirs, or both."""

    subject: str | None
    sid: str | None
    jti: str
    """Names the token, which counts once."""
    until: datetime
    """When the token is good for nothing any more."""


class Holder(NamedTuple):
    """The system that an access token was issued to."""

    subject: str
    scope: Narrowing | None
    """The widest of the token's scopes that mean something here."""
    expires_at: datetime


def way_there(
    provider: Provider, metadata: Metadata, asked: Request, *, longest: int, language: str
) -> str:
    """The address at the provider that a browser is sent to.

    `longest` is how old, in seconds, a sign-in there may be before it asks again; that way it
    also has to say how old it is.
    """
    settings = provider.settings
    fresh: Mapping[str, str] = (
        {"prompt": "login", "max_age": str(FRESH_SECONDS)}
        if asked.fresh
        else {"max_age": str(longest)}
    )
    strong = {"acr_values": settings.oidc_second_factor_acr} if settings.strong_acr else {}
    address: str = prepare_grant_uri(
        metadata.authorization_endpoint,
        settings.oidc_client_id or "",
        "code",
        asked.redirect_uri,
        settings.oidc_scopes,
        asked.state,
        nonce=asked.nonce,
        code_challenge=create_s256_code_challenge(asked.verifier),
        code_challenge_method="S256",
        ui_locales=language,
        **fresh,
        **strong,
    )
    return address


def way_out(provider: Provider, metadata: Metadata, hint: str, back: str) -> str | None:
    """The address at which a person signs out of the provider; None where it has none."""
    if metadata.end_session_endpoint is None:
        return None
    address: str = add_params_to_uri(
        metadata.end_session_endpoint,
        [
            ("id_token_hint", hint),
            ("client_id", provider.settings.oidc_client_id or ""),
            ("post_logout_redirect_uri", back),
        ],
    )
    return address


async def identity(provider: Provider, asked: Request, answer: Mapping[str, str]) -> Identity:
    """Who came back from the provider, by the parameters of its answer.

    Raises ProviderRefused, ProviderAway.
    """
    if "error" in answer:
        raise ProviderRefused("denied")
    metadata = await provider.metadata()
    named = answer.get("iss")
    if named not in {None, provider.issuer} or (
        named is None and metadata.authorization_response_iss_parameter_supported
    ):
        raise ProviderRefused("claims", "iss of the answer")  # RFC 9207: another's answer
    told = await _exchange(provider, metadata, asked, answer.get("code") or "")
    id_token = told.get("id_token")
    if not isinstance(id_token, str):
        raise ProviderRefused("exchange", "no id_token")
    verified = await provider.verified(id_token)
    claims = CodeIDToken(
        verified.claims,
        verified.header,
        options=_required(provider, provider.settings.oidc_client_id),
        params={
            "nonce": asked.nonce,
            "client_id": provider.settings.oidc_client_id,
            "access_token": told.get("access_token"),
            "max_age": True if asked.fresh else None,
        },
    )
    _hold(claims)
    shown_at = _moment(claims.get("auth_time"))
    now = datetime.now(UTC)
    late = FRESH_SECONDS + LEEWAY_SECONDS
    if asked.fresh and (shown_at is None or (now - shown_at).total_seconds() > late):
        raise ProviderRefused("claims", "auth_time")
    methods = claims.get("amr") or []
    strong = claims.get("acr") in provider.settings.strong_acr or bool(
        STRONG_METHODS.intersection(one for one in methods if isinstance(one, str))
    )
    return Identity(_subject(claims), shown_at, strong, id_token, _named(claims, "sid"))


async def signed_out(provider: Provider, token: str) -> SignedOut:
    """Who signed out at the provider, by its logout token. Raises ProviderRefused, ProviderAway.

    An ID token, which could be had from a browser, is none: it has a nonce and tells no event.
    """
    audience = provider.settings.oidc_client_id
    claims = await _held(provider, token, _LOGOUT_TYPES, audience, "iat", "exp", "jti")
    events = claims.get("events")
    told = events.get(SIGNED_OUT) if isinstance(events, dict) else None
    if not isinstance(told, dict) or "nonce" in claims:
        raise ProviderRefused("kind")
    subject, sid, jti = (_named(claims, name) for name in ("sub", "sid", "jti"))
    until = _moment(claims["exp"])
    if jti is None or until is None or (subject is None and sid is None):
        raise ProviderRefused("claims", "jti, exp, sub or sid")
    return SignedOut(subject, sid, jti, until + timedelta(seconds=LEEWAY_SECONDS))


async def holder(provider: Provider, token: str) -> Holder:
    """The system that an access token was issued to, by its own credentials (RFC 9068).

    A person's ID token is none, nor is one that is bound to a key which nobody shows here.
    Raises ProviderRefused, ProviderAway.
    """
    audience = provider.settings.oidc_audience
    claims = await _held(provider, token, _ACCESS_TYPES, audience, "exp", "sub")
    if {"nonce", "at_hash", "cnf"}.intersection(claims):
        raise ProviderRefused("kind")
    expires_at = _moment(claims["exp"])
    if expires_at is None:
        raise ProviderRefused("claims", "exp")
    return Holder(_subject(claims), _narrowing(claims, provider), expires_at)


async def _held(
    provider: Provider, token: str, kinds: frozenset[str], audience: str | None, *essential: str
) -> JWTClaims:
    """The claims of a token of such a kind, for that audience, that say at least so much.

    Raises ProviderRefused, ProviderAway.
    """
    verified = await provider.verified(token)
    if str(verified.header.get("typ", "")).lower() not in kinds:
        raise ProviderRefused("kind")
    options = _required(provider, audience, *essential)
    claims = JWTClaims(verified.claims, verified.header, options=options)
    _hold(claims)
    return claims


def _required(provider: Provider, audience: str | None, *essential: str) -> dict[str, Any]:
    """What a token must say, for Authlib."""
    return {
        "iss": {"essential": True, "value": provider.issuer},
        "aud": {"essential": True, "value": audience or ""},
        **{name: {"essential": True} for name in essential},
    }


def _hold(claims: JWTClaims) -> None:
    try:
        claims.validate(leeway=LEEWAY_SECONDS)
    except JoseError as error:
        # Which claim it was may be said; what it held is left out.
        raise ProviderRefused("claims", str(getattr(error, "claim", error.error))) from None


async def _exchange(
    provider: Provider, metadata: Metadata, asked: Request, code: str
) -> dict[str, Any]:
    if not code:
        raise ProviderRefused("exchange", "no code")
    settings = provider.settings
    secret = settings.oidc_client_secret.get_secret_value() if settings.oidc_client_secret else None
    credentials = ClientAuth(settings.oidc_client_id, secret, _method(metadata, secret))
    body = prepare_token_request(
        "authorization_code",
        redirect_uri=asked.redirect_uri,
        code=code,
        code_verifier=asked.verifier,
    )
    headers = {
        "Accept": "application/json",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    address, headers, body = credentials.prepare("POST", metadata.token_endpoint, headers, body)
    try:
        answer = await provider.http.post(address, headers=headers, content=body)
        told = answer.json() if answer.is_success else None
    except (httpx.HTTPError, ValueError) as error:
        raise ProviderAway(type(error).__name__) from None
    if answer.status_code >= _SERVER_ERROR:
        raise ProviderAway(f"status {answer.status_code}")
    if not isinstance(told, dict):
        raise ProviderRefused("exchange", f"status {answer.status_code}")
    return told


def _method(metadata: Metadata, secret: str | None) -> str:
    if secret is None:
        return "none"
    known = metadata.token_endpoint_auth_methods_supported
    only_post = "client_secret_basic" not in known and "client_secret_post" in known
    return "client_secret_post" if only_post else "client_secret_basic"


def _narrowing(claims: JWTClaims, provider: Provider) -> Narrowing | None:
    written = claims.get("scope", claims.get("scp", ""))
    held = written.split() if isinstance(written, str) else list(written or [])
    prefix = provider.settings.oidc_scope_prefix
    return next((one for one in _NARROWINGS if f"{prefix}{one}" in held), None)


def _subject(claims: JWTClaims) -> str:
    subject = _named(claims, "sub")
    if subject is None:
        raise ProviderRefused("claims", "sub")
    return subject


def _named(claims: JWTClaims, name: str) -> str | None:
    value = claims.get(name)
    return value if isinstance(value, str) and value else None


def _moment(seconds: Any) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
