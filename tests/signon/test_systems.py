"""Systems that bear tokens of the identity server: good where tokens of our own are, no further."""

import hmac
import time
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from groundwork.api.marks import COOKIE
from tests.api.house import PREFIX, House, project_body
from tests.pages.browsing import Browser
from tests.signon.idp import AUDIENCE
from tests.signon.server import CLIENT, IdentityServer
from tests.signon.test_people import change, link

BOARD = "business_environment_office"
_HMAC = b'{"alg":"HS256","typ":"at+jwt"}'
_NONE = b'{"alg":"none"}'


@pytest.fixture(autouse=True)
async def board_linked(house: House) -> str:
    """A system that acts as the office; links of the test before do not count."""
    await change(house, "UPDATE person_identity SET ended_at = now()")
    return await link(house, BOARD, "board", "system")


def forged(server: IdentityServer, key: Any = None, **claims: Any) -> str:
    """A token as the server would sign it, or as it never would."""
    now = int(time.time())
    said = {
        "iss": server.issuer,
        "aud": AUDIENCE,
        "sub": "board",
        "client_id": "board",
        "scope": "groundwork:read",
        "iat": now,
        "exp": now + 300,
    } | claims
    header = {"alg": said.pop("alg", "RS256"), "typ": said.pop("typ", "at+jwt")}
    signing = server.key if key is None else key
    return jwt.encode(header, {k: v for k, v in said.items() if v is not None}, signing)


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


async def status(house: House, token: str, path: str = "/projects") -> int:
    """What a reader with the token is answered."""
    house.tokens["foreign"] = token
    return (await house.get("foreign", path)).status_code


class TestATokenOfTheServer:
    async def test_acts_as_the_system_it_is_linked_to(
        self, house: House, identity_server: IdentityServer
    ) -> None:
        house.tokens["foreign"] = identity_server.token("board", "groundwork:act groundwork:read")
        assert (await house.get("foreign", "/projects")).status_code == 200
        written = await house.post("foreign", "/projects", project_body())
        assert (written.status_code, written.json()["code"]) == (403, "not_permitted")
        place = f"/people/{house.people[BOARD]}/identities"
        (row,) = (await house.get("administrator", place)).json()["items"]
        assert (row["kind"], row["subject"]) == ("system", "board")
        assert row["last_used_at"] is not None

    async def test_is_good_for_what_its_scopes_say(
        self, house: House, identity_server: IdentityServer
    ) -> None:
        house.tokens["foreign"] = identity_server.token("board", "groundwork:read")
        written = await house.post("foreign", "/projects", project_body())
        assert (written.status_code, written.json()["code"]) == (403, "scope_too_narrow")
        assert await status(house, identity_server.token("board", "unrelated")) == 403

    async def test_of_nobody_here_is_refused(
        self, house: House, identity_server: IdentityServer
    ) -> None:
        assert await status(house, identity_server.token("stranger")) == 401

    async def test_is_refused_once_the_link_ended_or_the_system_left(
        self, house: House, identity_server: IdentityServer, board_linked: str
    ) -> None:
        token = identity_server.token("board")
        assert await status(house, token) == 200
        place = f"/people/{house.people[BOARD]}/identities/{board_linked}"
        await house.ask("administrator", "DELETE", place)
        assert await status(house, token) == 401
        made = {"name": "大屏", "role": "data_bureau"}
        house.people["gone"] = (await house.post("administrator", "/people", made)).json()["id"]
        await link(house, "gone", "board", "system")
        assert await status(house, token) == 200
        await house.ask("administrator", "DELETE", f"/people/{house.people['gone']}")
        assert await status(house, token) == 401

    async def test_opens_no_page_and_begins_no_session(
        self, house: House, identity_server: IdentityServer
    ) -> None:
        token = identity_server.token("board")
        assert (await Browser(house).post("/sign-in", token=token)).status_code == 401
        thief = Browser(house)
        thief.cookies[COOKIE] = token
        assert (await thief.get("/profile")).status_code == 303
        cookie = {"cookie": f"{COOKIE}={token}"}
        assert (await house.http.get(f"{PREFIX}/projects", headers=cookie)).status_code == 401

    async def test_is_good_while_the_server_is_away(
        self, house: House, identity_server: IdentityServer
    ) -> None:
        known = identity_server.token("board")
        assert await status(house, known) == 200
        fresh = identity_server.token("board", "groundwork:act")
        identity_server.stop()
        house.resources.identities.forget()
        assert await status(house, known) == 200
        assert await status(house, fresh) == 200, "never seen before, but signed by a known key"
        identity_server.start()

    async def test_cannot_be_judged_before_the_servers_keys_are_known(
        self, house: House, identity_server: IdentityServer
    ) -> None:
        token = identity_server.token("board")
        identity_server.stop()
        house.tokens["foreign"] = token
        answer = await house.get("foreign", "/projects")
        assert (answer.status_code, answer.json()["code"]) == (503, "provider_unavailable")
        assert (await house.get("housekeeper", "/projects")).status_code == 200
        identity_server.start()


class TestAToken:
    async def test_like_the_servers_is_accepted(
        self, house: House, identity_server: IdentityServer
    ) -> None:
        """So that the refusals below are for what is wrong in each, and nothing else."""
        assert await status(house, forged(identity_server)) == 200
        assert await status(house, forged(identity_server, aud=["x", AUDIENCE])) == 200
        assert (
            await status(house, forged(identity_server, scope=None, scp=["groundwork:act"])) == 200
        )

    @pytest.mark.parametrize(
        "claims",
        [
            {"iss": "https://other.example"},
            {"aud": CLIENT},
            {"aud": None},
            {"exp": 1_700_000_000},
            {"exp": None},
            {"nbf": 4_000_000_000},
            {"sub": None},
            {"sub": 7},
            {"nonce": "of a person's sign-in"},
            {"at_hash": "x"},
            {"cnf": {"jkt": "bound to a key"}},
            {"typ": "logout+jwt"},
        ],
        ids=lambda claims: next(iter(claims)),
    )
    async def test_is_refused_for(
        self, house: House, identity_server: IdentityServer, claims: dict[str, Any]
    ) -> None:
        assert await status(house, forged(identity_server, **claims)) == 401

    async def test_that_the_server_did_not_sign_is_refused(
        self, house: House, identity_server: IdentityServer
    ) -> None:
        stranger = RSAKey.generate_key(2048, private=True)
        assert await status(house, forged(identity_server, stranger)) == 401
        head, body, _ = forged(identity_server).split(".")
        # The public key taken for a secret that both know, and no signature at all.
        shared = identity_server.key.as_pem(private=False)
        mixed = f"{encoded(_HMAC)}.{body}"
        signature = encoded(hmac.digest(shared, mixed.encode(), "sha256"))
        assert await status(house, f"{mixed}.{signature}") == 401
        assert await status(house, f"{encoded(_NONE)}.{body}.x") == 401
        assert await status(house, f"{head}.{body}.AAAA") == 401
        assert await status(house, "a.b.c") == 401

    async def test_of_a_person_is_none_of_a_system(
        self, house: House, identity_server: IdentityServer
    ) -> None:
        await link(house, "project_manager", "zhang")
        assert await status(house, forged(identity_server, sub="zhang")) == 401
