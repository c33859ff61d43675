"""Back-channel logout: who signed out at the provider is signed out here, and nobody else is."""

import time
from typing import Any
from uuid import uuid4

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import text

from groundwork.api.back_channel import MOST_BYTES
from groundwork.api.marks import COOKIE
from groundwork.runtime.sign_on import SIGNED_OUT
from groundwork.store.people import Through
from groundwork.store.signed_out import through
from tests.api.house import House
from tests.pages.browsing import Browser, signed_in
from tests.signon.server import CLIENT, IdentityServer, Visitor
from tests.signon.test_people import MANAGER, change, comes_in, link, nobody_linked, zhang

__all__ = ["nobody_linked", "zhang"]

PLACE = "/sign-out/provider"
STRANGER = RSAKey.generate_key(2048, private=True)


def logout(server: IdentityServer, **claims: Any) -> dict[str, Any]:
    """What a logout token says; None leaves a claim out."""
    now = int(time.time())
    said = {
        "iss": server.issuer,
        "aud": CLIENT,
        "sub": "zhang",
        "iat": now,
        "exp": now + 120,
        "jti": uuid4().hex,
        "events": {SIGNED_OUT: {}},
    } | claims
    return {name: value for name, value in said.items() if value is not None}


def signed(said: dict[str, Any], key: RSAKey, **header: str) -> str:
    """A token of that content, signed with a key."""
    return jwt.encode({"alg": "RS256", "typ": "logout+jwt"} | header, said, key)


async def tell(house: House, token: str, **more: Any) -> httpx.Response:
    """Send a logout token as a provider does: a form, from nobody who is signed in."""
    return await house.http.post(PLACE, data={"logout_token": token}, **more)


async def session(house: House, who: str, how: Through) -> Browser:
    """A browser of somebody's whose session was begun in a certain session of the provider's."""
    people, browser = house.resources.people, Browser(house)
    expires = (await people.all())[0].created_at.replace(year=2090)
    begun = await people.begin_session(
        house.people[who], expires_at=expires, confirmed_at=None, through=how
    )
    browser.cookies[COOKIE] = begun.secret
    return browser


async def signed_in_still(browser: Browser) -> bool:
    return (await browser.get("/profile")).status_code == 200


async def test_who_signs_out_there_is_signed_out_here(
    house: House, identity_server: IdentityServer, zhang: Visitor
) -> None:
    await link(house, MANAGER, "zhang")
    there, _ = await comes_in(house, zhang)
    by_token = await signed_in(house, MANAGER)
    assert await signed_in_still(there)
    answer = await tell(house, signed(logout(identity_server), identity_server.key))
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["cache-control"] == "no-store"
    assert not await signed_in_still(there)
    assert await signed_in_still(by_token), "the provider knows nothing of that one"
    assert (await house.get(MANAGER, "/projects")).status_code == 200
    again, _ = await comes_in(house, zhang)
    assert await signed_in_still(again)


async def test_one_session_of_the_providers_ends_alone(
    house: House, identity_server: IdentityServer
) -> None:
    issuer = identity_server.issuer
    own, other = await link(house, MANAGER, "zhang"), await link(house, "ops", "li")
    one = await session(house, MANAGER, through(own, issuer, "there-1"))
    two = await session(house, MANAGER, through(own, issuer, "there-2"))
    theirs = await session(house, "ops", through(other, issuer, "there-1"))
    both = logout(identity_server, sid="there-1")
    await tell(house, signed(both, identity_server.key))
    assert [await signed_in_still(each) for each in (one, two, theirs)] == [False, True, True]
    session_alone = logout(identity_server, sub=None, sid="there-2")
    await tell(house, signed(session_alone, identity_server.key))
    assert [await signed_in_still(each) for each in (two, theirs)] == [False, True]
    async with house.resources.database.begin() as connection:
        rows = (await connection.execute(text("SELECT * FROM provider_session"))).all()
    assert rows
    assert "there-" not in str(rows)


async def test_a_token_counts_once(house: House, identity_server: IdentityServer) -> None:
    own = await link(house, MANAGER, "zhang")
    token = signed(logout(identity_server), identity_server.key)
    assert (await tell(house, token)).status_code == 200
    later = await session(house, MANAGER, through(own, identity_server.issuer, None))
    replayed = await tell(house, token)
    assert (replayed.status_code, replayed.json()["code"]) == (400, "logout_token_refused")
    assert await signed_in_still(later)
    await change(house, "UPDATE logout_token SET expires_at = now()")
    assert (await tell(house, signed(logout(identity_server), identity_server.key))).is_success
    async with house.resources.database.begin() as connection:
        left = await connection.execute(text("SELECT count(*) FROM logout_token"))
        assert left.scalar_one() == 1, "what lapsed is not kept"


async def test_whether_somebody_was_signed_in_is_not_said(
    house: House, identity_server: IdentityServer
) -> None:
    nobody = await tell(house, signed(logout(identity_server, sub="nobody"), identity_server.key))
    assert (nobody.status_code, nobody.content) == (200, b"")


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.example"},
        {"aud": "another"},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"iat": None},
        {"iat": 4_000_000_000},
        {"jti": None},
        {"jti": 7},
        {"sub": None},
        {"sub": None, "sid": ""},
        {"events": None},
        {"events": SIGNED_OUT},
        {"events": {SIGNED_OUT: None}},
        {"events": {"another": {}}},
        {"nonce": "of an ID token"},
    ],
    ids=str,
)
async def test_a_token_is_refused_for(
    house: House, identity_server: IdentityServer, claims: dict[str, Any]
) -> None:
    own = await link(house, MANAGER, "zhang")
    browser = await session(house, MANAGER, through(own, identity_server.issuer, "there"))
    refused = await tell(house, signed(logout(identity_server, **claims), identity_server.key))
    assert (refused.status_code, refused.json()["code"]) == (400, "logout_token_refused")
    assert await signed_in_still(browser)


async def test_only_the_providers_own_signature_is_believed(
    house: House, identity_server: IdentityServer
) -> None:
    said = logout(identity_server)
    header, payload, _ = signed(said, identity_server.key).split(".")
    for token in (
        signed(said, STRANGER),
        signed(said, identity_server.key, typ="at+jwt"),
        f"{header}.{payload}.",
        f"eyJhbGciOiJub25lIn0.{payload}.",
        "no token",
        "",
        "é.é.é",
    ):
        refused = await tell(house, token)
        assert (refused.status_code, refused.json()["code"]) == (400, "logout_token_refused"), token
        assert "signature" not in refused.text


async def test_it_comes_as_the_one_field_of_a_small_form(
    house: House, identity_server: IdentityServer
) -> None:
    token = signed(logout(identity_server), identity_server.key)
    form = {"content-type": "application/x-www-form-urlencoded"}
    for content, headers in (
        (f"logout_token={token}&logout_token={token}", form),
        (f"token={token}", form),
        (b"\xff\xfe", form),
        (f"logout_token={token}", {"content-type": "text/plain"}),
        ('{"logout_token": 1}', {"content-type": "application/json"}),
        ("&".join("a=1" for _ in range(50)), form),
    ):
        refused = await house.http.post(PLACE, content=content, headers=headers)
        assert refused.status_code == 400, content
    large = await house.http.post(PLACE, data={"logout_token": "x" * (MOST_BYTES + 1)})
    assert large.status_code == 413
    assert (await house.http.get(PLACE)).status_code == 405
    assert (await tell(house, token)).status_code == 200


async def test_without_a_provider_there_is_nobody_to_believe(
    house: House, identity_server: IdentityServer
) -> None:
    house.resources.provider = None
    token = signed(logout(identity_server), identity_server.key)
    refused = await tell(house, token)
    assert (refused.status_code, refused.json()["code"]) == (404, "provider_missing")
