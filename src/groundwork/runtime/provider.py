"""The identity provider (统一身份认证): what it publishes, its keys, and whether it signed a token.

What it published is kept in memory and read again every hour, and when a token names a key that
is not known. While the provider is away, what is known goes on being used.
"""

import asyncio
import time
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import httpx
import structlog
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwk, jws, jwt
from joserfc.errors import JoseError
from pydantic import BaseModel, ConfigDict, ValidationError

from groundwork.runtime.settings import Settings, SettingsError

PUBLISHED_SECONDS: Final = 3600.0
AGAIN_SECONDS: Final = 10.0
"""How long to wait before asking once more for keys that were asked for just now."""
AWAY_SECONDS: Final = 1.0
"""How long a provider of which nothing is known yet is not asked again once it did not answer."""

LEEWAY_SECONDS: Final = 60
"""How far the clocks of provider and installation may lie apart."""

ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
"""Signatures that only the provider can make: none that is made with a secret both know."""

_REGISTRY: Final = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)

log = structlog.stdlib.get_logger(__name__)

Complaint = Literal["unreadable", "signature", "claims", "kind", "exchange", "denied"]


class ProviderAway(Exception):
    """The provider does not answer as it should; nothing is known of the token."""


class ProviderRefused(Exception):
    """The provider refuses, or what it sent is not to be believed; `complaint` says which.

    The message never quotes a token: it goes to the log.
    """

    def __init__(self, complaint: Complaint, about: str = "") -> None:
        super().__init__(f"{complaint} {about}".strip())
        self.complaint = complaint


class Metadata(BaseModel):
    """What a provider says of itself, as far as it matters here."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


@dataclass(frozen=True)
class Published:
    """What the provider published, and when it was read."""

    metadata: Metadata
    keys: tuple[jwk.Key, ...]
    since: float


class Provider:
    """One identity provider, asked over HTTP."""

    def __init__(
        self, settings: Settings, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """Raises SettingsError as `check_provider`."""
        check_provider(settings)
        self.settings = settings
        self.issuer = settings.oidc_issuer or ""
        self.http = httpx.AsyncClient(timeout=settings.oidc_timeout, transport=transport)
        self._known: Published | None = None
        self._tried = -PUBLISHED_SECONDS
        self._lock = asyncio.Lock()

    async def aclose(self) -> None:
        """Let go of its connections."""
        await self.http.aclose()

    async def metadata(self) -> Metadata:
        """What the provider says of itself. Raises ProviderAway."""
        return (await self._published(PUBLISHED_SECONDS)).metadata

    async def verified(self, token: str) -> jwt.Token:
        """The header and claims of a token that the provider signed.

        Nothing is said of the claims yet. Raises ProviderRefused, ProviderAway.
        """
        kid = _named_key(token)
        known = await self._published(PUBLISHED_SECONDS)
        if kid is not None and not any(key.kid == kid for key in known.keys):
            known = await self._published(AGAIN_SECONDS)
        for key in known.keys:
            if kid is not None and key.kid not in {None, kid}:
                continue
            try:
                return jwt.decode(token, key, registry=_REGISTRY)
            except (JoseError, ValueError):
                continue  # another key may fit: the token need not say which
        raise ProviderRefused("signature")

    async def _published(self, seconds: float) -> Published:
        known = self._known
        if known is not None and time.monotonic() - known.since < seconds:
            return known
        if known is not None and seconds == PUBLISHED_SECONDS and self._lock.locked():
            return known  # another asks already: what is old is no reason to wait for it
        async with self._lock:
            if self._known is not None and self._known is not known:
                return self._known
            pause = AGAIN_SECONDS if known else AWAY_SECONDS
            waiting = time.monotonic() - self._tried < pause
            try:
                if waiting:
                    raise ProviderAway("asked a moment ago")
                try:
                    self._known = await self._read()
                finally:
                    # From its end: those who waited meanwhile do not ask in vain one by one.
                    self._tried = time.monotonic()
            except ProviderAway as error:
                if known is None:
                    raise
                if not waiting:
                    log.warning("identity provider away, its known keys stay", error=str(error))
                return known
            return self._known

    async def _read(self) -> Published:
        told = await self._json(get_well_known_url(self.issuer, external=True))
        try:
            metadata = Metadata.model_validate(told)
        except ValidationError:
            raise ProviderAway("its configuration is not whole") from None
        if metadata.issuer != self.issuer:
            # Someone else's configuration must not be taken for it (OpenID Discovery, 4.3).
            raise ProviderAway("it calls itself by another issuer than GROUNDWORK_OIDC_ISSUER")
        for address in (metadata.authorization_endpoint, metadata.token_endpoint):
            if not _same_safety(address, self.issuer):
                raise ProviderAway("one of its addresses is without TLS")
        if not _same_safety(metadata.jwks_uri, self.issuer):
            raise ProviderAway("its keys are without TLS")
        listed = (await self._json(metadata.jwks_uri)).get("keys")
        keys = tuple(_keys(listed if isinstance(listed, list) else []))
        if not keys:
            raise ProviderAway("it publishes no key that can be used")
        return Published(metadata, keys, time.monotonic())

    async def _json(self, address: str) -> dict[str, Any]:
        try:
            answer = await self.http.get(address, headers={"Accept": "application/json"})
            told = answer.json() if answer.is_success else None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise ProviderAway(type(error).__name__) from None
        if not isinstance(told, dict):
            raise ProviderAway(f"status {answer.status_code}")
        return told


def check_provider(settings: Settings) -> None:
    """Raise SettingsError unless the issuer is spoken to by TLS, on this machine, or trusted."""
    issuer = settings.oidc_issuer
    if issuer is None or issuer.startswith("https:"):
        return
    parts = urlsplit(issuer)
    host = parts.hostname or ""
    named = {host, f"{host}:{parts.port}"}
    if not _on_this_machine(host) and not named & settings.trusted:
        raise SettingsError(
            "GROUNDWORK_OIDC_ISSUER 须以 https:// 开头，内网地址可列入 GROUNDWORK_TRUSTED_HOSTS。 "
            "GROUNDWORK_OIDC_ISSUER must begin with https://: without TLS anybody on the way could "
            "sign in as anybody. A host of the inner network may be named in "
            "GROUNDWORK_TRUSTED_HOSTS."
        )


def _on_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _same_safety(address: str, issuer: str) -> bool:
    return address.startswith("https://") or not issuer.startswith("https://")


def _named_key(token: str) -> str | None:
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError):
        raise ProviderRefused("unreadable") from None
    kid = header.get("kid")
    return kid if isinstance(kid, str) else None


def _keys(listed: list[Any]) -> list[jwk.Key]:
    """The keys that can be used; kinds that are not known yet are passed over."""
    found = []
    for one in listed:
        if not isinstance(one, dict) or one.get("use", "sig") != "sig":
            continue
        if one.get("kty") not in {"RSA", "EC", "OKP"}:
            continue
        try:
            found.append(jwk.import_key(one))
        except (JoseError, ValueError, TypeError):
            continue
    return found
