"""What is believed of an ID token: a provider that goes wrong in every way, one at a time."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from groundwork.runtime import sign_on
from groundwork.runtime.provider import Provider, ProviderAway, ProviderRefused
from groundwork.runtime.settings import Settings, SettingsError

ISSUER = "https://login.example/realms/city"
ASKED = sign_on.Request("state", "nonce", "verifier" * 8, "https://here.example/back", fresh=False)


def a_key() -> RSAKey:
    key = RSAKey.generate_key(2048, private=True)
    key.ensure_kid()
    return key


class Crooked:
    """A provider that says whatever it is told to."""

    def __init__(self) -> None:
        self.key = self.signing = a_key()
        self.claims: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.token_status = 200
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        match request.url.path.rpartition("/")[2]:
            case "openid-configuration":
                self.asked += 1
                told = {
                    "issuer": ISSUER,
                    "authorization_endpoint": f"{ISSUER}/authorize",
                    "token_endpoint": f"{ISSUER}/token",
                    "jwks_uri": f"{ISSUER}/keys",
                }
                return httpx.Response(200, json=told | self.metadata)
            case "keys":
                return httpx.Response(200, json={"keys": [{"kty": "NEW"}, self.key.as_dict()]})
            case "token":
                return httpx.Response(self.token_status, json={"id_token": self.token()})
        return httpx.Response(404)

    def token(self) -> str:
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": "groundwork",
            "sub": "zhang",
            "iat": now,
            "exp": now + 300,
            "nonce": "nonce",
        } | self.claims
        said = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": self.signing.kid}, said, self.signing)


@pytest.fixture
def crooked() -> Crooked:
    """The provider."""
    return Crooked()


@pytest.fixture
async def provider(settings: Settings, crooked: Crooked) -> AsyncIterator[Provider]:
    """How this installation sees it."""
    known = settings.model_copy(
        update={
            "oidc_issuer": ISSUER,
            "oidc_client_id": "groundwork",
            "oidc_client_secret": None,
            "oidc_second_factor_acr": "strong",
        }
    )
    provider = Provider(known, httpx.MockTransport(crooked))
    yield provider
    await provider.aclose()


async def believed(provider: Provider, **changes: Any) -> sign_on.Identity:
    return await sign_on.identity(provider, ASKED._replace(**changes), {"code": "c"})


async def test_a_sound_token_is_believed(provider: Provider, crooked: Crooked) -> None:
    found = await believed(provider)
    assert (found.subject, found.shown_at, found.strong) == ("zhang", None, False)
    for claims in ({"amr": ["pwd", "otp"]}, {"acr": "strong"}):
        crooked.claims = dict(claims)
        assert (await believed(provider)).strong
    crooked.claims = {"amr": ["pwd"], "acr": "weak", "auth_time": 1_700_000_000}
    found = await believed(provider)
    assert not found.strong
    assert found.shown_at is not None
    assert found.shown_at.timestamp() == 1_700_000_000


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"aud": ["groundwork", "another"]},
        {"azp": "another"},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"iat": None},
        {"nonce": "another"},
        {"nonce": None},
        {"sub": None},
        {"sub": ""},
        {"nbf": 4_000_000_000},
        {"auth_time": "yesterday"},
    ],
    ids=str,
)
async def test_a_token_is_refused_for(
    provider: Provider, crooked: Crooked, claims: dict[str, Any]
) -> None:
    crooked.claims = claims
    with pytest.raises(ProviderRefused, match="claims"):
        await believed(provider)


async def test_two_audiences_need_to_name_us_as_the_party(
    provider: Provider, crooked: Crooked
) -> None:
    crooked.claims = {"aud": ["groundwork", "another"], "azp": "groundwork"}
    assert (await believed(provider)).subject == "zhang"


async def test_a_fresh_sign_in_must_be_fresh_and_say_so(
    provider: Provider, crooked: Crooked
) -> None:
    for auth_time in (None, int(time.time()) - 600):
        crooked.claims = {"auth_time": auth_time}
        with pytest.raises(ProviderRefused, match="auth_time"):
            await believed(provider, fresh=True)
    crooked.claims = {"auth_time": int(time.time()) - 5}
    assert (await believed(provider, fresh=True)).subject == "zhang"


async def test_a_new_key_is_looked_for_once_and_a_strangers_is_not_believed(
    provider: Provider, crooked: Crooked, monkeypatch: pytest.MonkeyPatch
) -> None:
    await believed(provider)
    crooked.signing = a_key()
    monkeypatch.setattr("groundwork.runtime.provider.AGAIN_SECONDS", 0.0)
    with pytest.raises(ProviderRefused, match="signature"):
        await believed(provider)
    crooked.key = crooked.signing
    assert (await believed(provider)).subject == "zhang"
    monkeypatch.setattr("groundwork.runtime.provider.AGAIN_SECONDS", 3600.0)
    crooked.signing = a_key()
    asked = crooked.asked
    for _ in range(3):
        with pytest.raises(ProviderRefused, match="signature"):
            await believed(provider)
    assert crooked.asked == asked, "made-up keys do not make the provider be asked"


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://other.example"},
        {"token_endpoint": None},
        {"token_endpoint": "http://login.example/token"},
        {"jwks_uri": "http://login.example/keys"},
        {"jwks_uri": f"{ISSUER}/nothing"},
    ],
    ids=str,
)
async def test_a_configuration_that_is_not_its_own_is_not_used(
    provider: Provider, crooked: Crooked, metadata: dict[str, Any]
) -> None:
    crooked.metadata = metadata
    with pytest.raises(ProviderAway):
        await provider.metadata()


async def test_who_waits_for_a_provider_that_is_silent_waits_once(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    async def silent(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        await asyncio.sleep(0.2)
        raise httpx.ReadTimeout("silent", request=request)

    provider.http = httpx.AsyncClient(transport=httpx.MockTransport(silent))
    monkeypatch.setattr("groundwork.runtime.provider.AWAY_SECONDS", 0.1)
    told = await asyncio.gather(*[provider.metadata() for _ in range(4)], return_exceptions=True)
    assert [type(one) for one in told] == [ProviderAway] * 4
    assert len(asked) == 1


async def test_what_is_known_is_used_while_somebody_looks_for_news(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = await provider.metadata()
    begun, over = asyncio.Event(), asyncio.Event()

    async def slow(request: httpx.Request) -> httpx.Response:
        begun.set()
        await over.wait()
        raise httpx.ReadTimeout("slow", request=request)

    provider.http = httpx.AsyncClient(transport=httpx.MockTransport(slow))
    for name in ("PUBLISHED_SECONDS", "AGAIN_SECONDS"):
        monkeypatch.setattr(f"groundwork.runtime.provider.{name}", 0.0)
    looking = asyncio.create_task(provider.metadata())
    await begun.wait()
    async with asyncio.timeout(10):
        assert await provider.metadata() == known
    assert not looking.done()
    over.set()
    assert await looking == known


async def test_its_failures_are_told_apart(provider: Provider, crooked: Crooked) -> None:
    crooked.token_status = 500
    with pytest.raises(ProviderAway):
        await believed(provider)
    crooked.token_status = 400
    with pytest.raises(ProviderRefused, match="exchange"):
        await believed(provider)


def test_without_tls_only_on_this_machine_or_where_trusted(settings: Settings) -> None:
    def made(issuer: str, trusted: str = "") -> Provider:
        update = {"oidc_issuer": issuer, "oidc_client_id": "x", "trusted_hosts": trusted}
        return Provider(settings.model_copy(update=update))

    made("http://127.0.0.1:9000")
    made("http://login.city.example:8080", "login.city.example:8080")
    with pytest.raises(SettingsError, match="GROUNDWORK_OIDC_ISSUER"):
        made("http://login.city.example:8080")
