"""Signing in through a real identity server: what is believed of it, and what is not."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from httpx import Response
from sqlalchemy import text

from groundwork.api import shapes
from groundwork.api.marks import COOKIE
from groundwork.api.pages.trips import COOKIE as TRIP_COOKIE
from groundwork.api.pages.trips import HINT_COOKIE
from groundwork.runtime.provider import Provider
from tests.api.house import House
from tests.pages.browsing import Browser, signed_in
from tests.signon.server import SITE, IdentityServer, Visitor

MANAGER = "project_manager"
SECURITY = "/profile/security"


@pytest.fixture
def zhang(identity_server: IdentityServer) -> Iterator[Visitor]:
    """Somebody's browser as the identity server sees it."""
    with Visitor(identity_server, "zhang") as visitor:
        yield visitor


@pytest.fixture(autouse=True)
async def nobody_linked(house: House) -> None:
    """Links of the test before do not count."""
    await change(house, "UPDATE person_identity SET ended_at = now()")
    house.resources.settings = house.resources.settings.model_copy(
        update={"sign_in_per_minute": 1000}
    )


async def change(house: House, statement: str) -> None:
    """Have something written down be otherwise."""
    async with house.resources.database.begin() as connection:
        await connection.execute(text(statement))
    house.resources.identities.forget()


async def link(house: House, who: str, subject: str, kind: str = "person") -> str:
    """Have an administrator link somebody."""
    body = {"subject": subject, "kind": kind}
    made = await house.post("administrator", f"/people/{house.people[who]}/identities", body)
    assert made.status_code == 201, made.text
    return shapes.IdentityShape.model_validate_json(made.content).id


def there(answer: Response) -> str:
    """Where a page leads on to."""
    assert answer.status_code == 200, answer.text
    address = answer.headers["refresh"].removeprefix("0; url=")
    assert address in unescape(answer.text)
    return str(address)


def here(address: str, **changes: str) -> str:
    """An address on this site as its browser asks for it, with some of its parameters changed."""
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}" == SITE
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | changes
    return f"{parts.path}?{urlencode({k: v for k, v in query.items() if v})}"


async def comes_in(house: House, visitor: Visitor, **fields: str) -> tuple[Browser, Response]:
    """A browser that signs in through the server, and the answer to its coming back."""
    browser = Browser(house)
    begun = await browser.post("/sign-in/provider", **fields)
    return browser, await browser.get(here(visitor.goes(there(begun))))


async def reasons(house: House) -> list[tuple[str | None, str, str]]:
    """Who was refused lately, at what, and why."""
    answer = await house.get("data_bureau", "/audit/denials?limit=3")
    items = shapes.Listed[shapes.DenialShape].model_validate_json(answer.content).items
    return [(one.actor, one.action, one.reason) for one in items]


class TestSigningIn:
    async def test_is_offered_where_a_provider_is_connected(self, house: House) -> None:
        page = (await Browser(house).get("/sign-in?lang=en")).text
        assert 'action="/sign-in/provider"' in page
        assert "Single sign-on" in page
        assert "统一身份认证" not in page.partition("<main")[2]

    async def test_opens_the_page_that_was_asked_for(self, house: House, zhang: Visitor) -> None:
        await link(house, MANAGER, "zhang")
        browser, back = await comes_in(house, zhang, next="/projects?q=x")
        assert (back.status_code, back.headers["location"]) == (303, "/projects?q=x")
        assert (await browser.get("/profile")).status_code == 200
        rows = (
            await house.get("administrator", f"/people/{house.people[MANAGER]}/identities")
        ).json()
        (row,) = rows["items"]
        assert row["last_used_at"] is not None

    async def test_asks_with_pkce_state_and_nonce(self, house: House) -> None:
        begun = await Browser(house).post("/sign-in/provider")
        asked = parse_qs(urlsplit(there(begun)).query)
        assert asked["response_type"] == ["code"]
        assert asked["code_challenge_method"] == ["S256"]
        assert asked["redirect_uri"] == [f"{SITE}/sign-in/callback"]
        again = parse_qs(urlsplit(there(await Browser(house).post("/sign-in/provider"))).query)
        for name in ("state", "nonce", "code_challenge"):
            assert len(asked[name][0]) >= 32
            assert asked[name] != again[name]

    async def test_gives_back_a_form_that_was_about_to_be_sent(
        self, house: House, zhang: Visitor
    ) -> None:
        await link(house, MANAGER, "zhang")
        browser = await signed_in(house, MANAGER)
        browser.cookies[COOKIE] = "gs_lapsed"
        turned_away = await browser.post("/profile/channels", csrf="old", label="外出培训")
        assert turned_away.status_code == 401
        hidden = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', turned_away.text))
        assert hidden["kept.label"] == "外出培训"
        begun = await browser.post(
            "/sign-in/provider", **{"next": hidden["next"], "kept.label": hidden["kept.label"]}
        )
        back = await browser.get(here(zhang.goes(there(begun))))
        assert back.status_code == 200
        assert 'action="/profile/channels"' in back.text
        assert 'name="label" value="外出培训"' in back.text
        assert (await browser.get("/profile")).status_code == 200

    async def test_keeps_nothing_readable_on_the_way(self, house: House) -> None:
        browser = Browser(house)
        await browser.post("/sign-in/provider", **{"kept.reason": "外出培训"})
        async with house.resources.database.begin() as connection:
            rows = (await connection.execute(text("SELECT id, sealed FROM sign_in_trip"))).all()
        assert rows
        written = "".join(f"{one.id}{one.sealed}" for one in rows)
        assert "外出" not in written
        assert browser.cookies[TRIP_COOKIE] not in written
        large = await browser.post("/sign-in/provider", **{"kept.reason": "x" * 300_000})
        assert large.status_code == 413
        lapsed = "UPDATE sign_in_trip SET expires_at = now()"
        await change(house, lapsed)
        await browser.post("/sign-in/provider")
        async with house.resources.database.begin() as connection:
            left = await connection.execute(text("SELECT count(*) FROM sign_in_trip"))
            assert left.scalar_one() == 1

    async def test_counts_from_when_the_person_showed_who_they_are(
        self, house: House, zhang: Visitor
    ) -> None:
        await link(house, MANAGER, "zhang")
        await comes_in(house, zhang)
        await change(house, "SELECT pg_sleep(1.1)")
        await comes_in(house, zhang)
        assert zhang.asked == 1, "the server remembered them"
        async with house.resources.database.begin() as connection:
            query = text(
                "SELECT confirmed_at FROM api_token WHERE kind = 'session'"
                " ORDER BY created_at DESC LIMIT 2"
            )
            newer, older = (await connection.execute(query)).scalars()
        assert newer == older


class TestComingBack:
    async def test_works_once_and_in_the_browser_that_set_out(
        self, house: House, zhang: Visitor
    ) -> None:
        await link(house, MANAGER, "zhang")
        browser = Browser(house)
        back = here(zhang.goes(there(await browser.post("/sign-in/provider"))))
        assert (await Browser(house).get(back)).status_code == 400
        thief = Browser(house)
        await thief.post("/sign-in/provider")
        refused = await thief.get(back)
        assert refused.status_code == 400
        assert "请重新登录" in refused.text
        assert COOKIE not in thief.cookies
        assert (await browser.get(back)).status_code == 303, "nobody else used it up"
        browser.cookies.pop(COOKIE)
        assert (await browser.get(back)).status_code == 400

    async def test_needs_the_state_of_this_sign_in(self, house: House, zhang: Visitor) -> None:
        browser = Browser(house)
        back = zhang.goes(there(await browser.post("/sign-in/provider")))
        assert (await browser.get(here(back, state="made-up"))).status_code == 400
        none = await browser.get(here(back, state=""))
        assert (none.status_code, none.headers["location"]) == (303, "/sign-in")

    @pytest.mark.parametrize(
        "changes",
        [
            {"code": "made-up"},
            {"code": ""},
            {"iss": "https://other.example"},
            {"iss": ""},
            {"error": "access_denied"},
        ],
    )
    async def test_is_refused_when_the_answer_is_not_the_servers(
        self, house: House, zhang: Visitor, changes: dict[str, str]
    ) -> None:
        await link(house, MANAGER, "zhang")
        browser = Browser(house)
        begun = await browser.post("/sign-in/provider", **{"kept.reason": "培训", "next": "/x"})
        refused = await browser.get(here(zhang.goes(there(begun)), **changes))
        assert refused.status_code == 401
        assert COOKIE not in browser.cookies
        assert 'name="kept.reason" value="培训"' in refused.text
        for secret in ("made-up", "access_denied", "other.example"):
            assert secret not in refused.text

    async def test_takes_over_several_tabs_at_once(self, house: House, zhang: Visitor) -> None:
        await link(house, MANAGER, "zhang")
        browser = Browser(house)
        one = there(await browser.post("/sign-in/provider", next="/projects"))
        other = there(await browser.post("/sign-in/provider", next="/profile"))
        first = await browser.get(here(zhang.goes(one)))
        second = await browser.get(here(zhang.goes(other)))
        assert first.headers["location"] == "/projects"
        assert second.headers["location"] == "/profile"


class TestNobodyElse:
    async def test_is_taken_for_somebody_by_their_name_or_mail(
        self, house: House, zhang: Visitor
    ) -> None:
        made = {"name": "zhang", "role": "ops"}
        person = (await house.post("administrator", "/people", made)).json()["id"]
        named = {"sign_in_name": "zhang@example.cn"}
        await house.post("administrator", f"/people/{person}/password", named)
        _, refused = await comes_in(house, zhang)
        assert refused.status_code == 403
        assert "尚未" in refused.text
        assert (await reasons(house))[0] == (None, "sign_in", "provider_person_unknown")

    async def test_comes_in_who_has_left_or_whose_link_ended(
        self, house: House, zhang: Visitor
    ) -> None:
        made = {"name": "李某", "role": "ops"}
        house.people["leaver"] = (await house.post("administrator", "/people", made)).json()["id"]
        await link(house, "leaver", "zhang")
        browser, _ = await comes_in(house, zhang)
        assert (await browser.get("/profile")).status_code == 200
        await house.ask("administrator", "DELETE", f"/people/{house.people['leaver']}")
        assert (await browser.get("/profile")).status_code == 303
        _, refused = await comes_in(house, zhang)
        assert refused.status_code == 403
        assert "停用" in refused.text
        leaver = (house.people["leaver"], "sign_in", "provider_person_inactive")
        assert (await reasons(house))[0] == leaver

    async def test_is_linked_to_who_was_erased(self, house: House) -> None:
        made = {"name": "李某", "role": "ops"}
        person = (await house.post("administrator", "/people", made)).json()["id"]
        await house.ask("administrator", "DELETE", f"/people/{person}")
        await house.post("administrator", f"/people/{person}/erasure", {"reason": "期满"})
        place = f"/people/{person}/identities"
        refused = await house.post("administrator", place, {"subject": "zhang"})
        assert (refused.status_code, refused.json()["code"]) == (404, "person_not_found")

    async def test_stays_in_once_the_link_ended(self, house: House, zhang: Visitor) -> None:
        link_id = await link(house, MANAGER, "zhang")
        browser, _ = await comes_in(house, zhang)
        place = f"/people/{house.people[MANAGER]}/identities/{link_id}"
        assert (await house.ask("administrator", "DELETE", place)).status_code == 204
        assert (await browser.get("/profile")).status_code == 303
        _, refused = await comes_in(house, zhang)
        assert refused.status_code == 403
        gone = await house.ask("administrator", "DELETE", place)
        assert (gone.status_code, gone.json()["code"]) == (404, "identity_not_found")

    async def test_shares_an_identity(self, house: House) -> None:
        first = await link(house, MANAGER, "zhang")
        assert await link(house, MANAGER, "zhang") == first
        place = f"/people/{house.people['ops']}/identities"
        taken = await house.post("administrator", place, {"subject": "zhang"})
        assert (taken.status_code, taken.json()["code"]) == (409, "identity_taken")
        refused = await house.post("housekeeper", place, {"subject": "li"})
        assert refused.status_code == 403


async def test_a_server_that_is_away_is_said_on_the_page_and_nothing_is_lost(
    house: House, identity_server: IdentityServer, zhang: Visitor
) -> None:
    await link(house, MANAGER, "zhang")
    on_the_way, late = Browser(house), Browser(house)
    back = here(zhang.goes(there(await on_the_way.post("/sign-in/provider"))))
    house.resources.provider = Provider(house.resources.settings)
    identity_server.stop()
    told = await late.post("/sign-in/provider", **{"kept.reason": "培训", "next": "/x"})
    assert told.status_code == 503
    assert "身份认证系统暂不可用" in told.text
    assert 'name="kept.reason" value="培训"' in told.text
    assert int(told.headers["retry-after"]) > 0
    by_token = await late.post("/sign-in", token=house.tokens[MANAGER])
    assert by_token.status_code == 303, "other ways stay open"
    assert (await on_the_way.get(back)).status_code == 503
    assert COOKIE not in on_the_way.cookies
    identity_server.start()


class TestGraveActs:
    async def test_are_confirmed_at_the_server_by_the_same_person_anew(
        self, house: House, zhang: Visitor, identity_server: IdentityServer
    ) -> None:
        await link(house, MANAGER, "zhang")
        await link(house, "ops", "li")
        browser, _ = await comes_in(house, zhang)
        await change(house, "UPDATE api_token SET confirmed_at = now() - interval '1 hour'")
        asked = await browser.send(SECURITY, f"{SECURITY}/second-factor")
        if asked.status_code == 404:  # no password here: linking asks as well
            asked = await browser.send(SECURITY, f"{SECURITY}/provider/l-none/end")
        assert asked.status_code == 401
        assert 'formaction="/confirm/provider"' in asked.text
        fields = await self._shown(browser, asked)
        begun = await browser.post("/confirm/provider", **fields)
        assert parse_qs(urlsplit(there(begun)).query)["prompt"] == ["login"]
        with Visitor(identity_server, "li") as li:
            other = await browser.get(here(li.goes(there(begun))))
        assert other.status_code == 403
        assert (await reasons(house))[0][1:] == ("confirm", "provider_person_other")
        begun = await browser.post("/confirm/provider", **fields)
        resumed = await browser.get(here(zhang.goes(there(begun))))
        assert resumed.status_code == 200
        assert zhang.asked == 2, "the server asked again, although it knew them"
        assert f'action="{fields["next"]}"' in resumed.text
        async with house.resources.database.begin() as connection:
            query = text("SELECT max(confirmed_at) > now() - interval '1 minute' FROM api_token")
            assert (await connection.execute(query)).scalar_one()

    async def _shown(self, browser: Browser, page: Response) -> dict[str, str]:
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
        return {name: unescape(value) for name, value in hidden}


class TestLinkingOneself:
    async def test_takes_a_sign_in_at_the_server_and_can_be_undone(
        self, house: House, zhang: Visitor
    ) -> None:
        browser = await signed_in(house, MANAGER)
        begun = await browser.send(SECURITY, f"{SECURITY}/provider")
        back = await browser.get(here(zhang.goes(there(begun))))
        assert (back.status_code, back.headers["location"]) == (303, SECURITY)
        page = (await browser.get(SECURITY)).text
        assert "<code>zhang</code>" in page
        other, entered = await comes_in(house, zhang)
        assert entered.status_code == 303
        (end,) = re.findall(rf'action="({SECURITY}/provider/l-[0-9a-f]+/end)"', page)
        stuck = await browser.send(SECURITY, end)
        assert (stuck.status_code, "唯一" in stuck.text) == (422, True)
        given = f"/people/{house.people[MANAGER]}/password"
        await house.post("administrator", given, {})
        browser = await signed_in(house, MANAGER)
        assert (await browser.send(SECURITY, end)).status_code == 303
        assert (await other.get("/profile")).status_code == 303
        assert (await comes_in(house, zhang))[1].status_code == 403

    async def test_is_not_for_a_session_that_is_good_for_less(
        self, house: House, zhang: Visitor
    ) -> None:
        place = f"/people/{house.people['administrator']}/tokens"
        issued = await house.post("administrator", place, {"label": "x", "scope": "act"})
        house.tokens["narrow"] = issued.json()["secret"]
        browser = await signed_in(house, "narrow")
        refused = await browser.send(SECURITY, f"{SECURITY}/provider")
        assert refused.status_code == 403

    async def test_cannot_take_what_means_somebody_else(self, house: House, zhang: Visitor) -> None:
        await link(house, "ops", "zhang")
        browser = await signed_in(house, MANAGER)
        begun = await browser.send(SECURITY, f"{SECURITY}/provider")
        refused = await browser.get(here(zhang.goes(there(begun))))
        assert refused.status_code == 422
        assert "已关联其他人员" in refused.text


class TestSigningOut:
    async def test_leads_to_the_server_and_back(self, house: House, zhang: Visitor) -> None:
        await link(house, MANAGER, "zhang")
        browser, _ = await comes_in(house, zhang)
        out = await browser.post("/sign-out", **(await browser.fields("/profile")))
        address = urlsplit(there(out))
        asked = parse_qs(address.query)
        assert address.path == "/oauth/end_session"
        assert asked["post_logout_redirect_uri"] == [f"{SITE}/sign-in"]
        assert asked["id_token_hint"][0].count(".") == 2
        assert HINT_COOKIE not in browser.cookies
        assert (await browser.get("/profile")).status_code == 303

    async def test_stays_here_for_whoever_came_in_another_way(self, house: House) -> None:
        browser = await signed_in(house, MANAGER)
        out = await browser.post("/sign-out", **(await browser.fields("/profile")))
        assert out.headers["location"] == "/sign-in"


class TestWithoutLocalSignIn:
    @pytest.fixture(autouse=True)
    def _off(self, house: House) -> None:
        update = {"local_sign_in": False, "sign_in_per_minute": 1000}
        house.resources.settings = house.resources.settings.model_copy(update=update)

    async def test_only_the_server_and_in_an_emergency_administrators(
        self, house: House, zhang: Visitor
    ) -> None:
        await link(house, MANAGER, "zhang")
        page = (await Browser(house).get("/sign-in")).text
        assert 'name="password"' not in page
        assert 'name="token"' not in page
        assert 'name="token"' in (await Browser(house).get("/sign-in?emergency")).text
        assert (await comes_in(house, zhang))[1].status_code == 303
        by_name = await Browser(house).post("/sign-in", name="zhang", password="x" * 20)
        assert by_name.status_code == 403
        by_token = await Browser(house).post("/sign-in", token=house.tokens[MANAGER])
        assert by_token.status_code == 403
        assert (await signed_in(house, "administrator")).cookies[COOKIE]


class TestSecondFactors:
    async def test_that_a_role_needs_are_the_servers_to_ask_for(
        self, house: House, zhang: Visitor
    ) -> None:
        await link(house, MANAGER, "zhang")
        update = {"second_factor_roles": MANAGER, "sign_in_per_minute": 1000}
        house.resources.settings = house.resources.settings.model_copy(update=update)
        _, refused = await comes_in(house, zhang)
        assert refused.status_code == 403
        assert "两步验证" in refused.text

    async def test_are_asked_for_when_a_grave_act_is_confirmed(
        self, house: House, zhang: Visitor
    ) -> None:
        await link(house, MANAGER, "zhang")
        browser, _ = await comes_in(house, zhang)
        update = {"second_factor_roles": MANAGER, "sign_in_per_minute": 1000}
        house.resources.settings = house.resources.settings.model_copy(update=update)
        await change(house, "UPDATE api_token SET confirmed_at = now() - interval '1 hour'")
        begun = await browser.send(SECURITY, "/confirm/provider")
        refused = await browser.get(here(zhang.goes(there(begun))))
        assert (refused.status_code, "两步验证" in refused.text) == (403, True)
        assert (await reasons(house))[0][1:] == ("confirm", "provider_second_factor")
        asked = await browser.send(SECURITY, f"{SECURITY}/provider")
        assert asked.status_code == 401, "it is not confirmed"
