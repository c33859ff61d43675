"""The frame of every page: who is let in, what a browser may do, what is never lost."""

import re
from html import unescape

import pytest
from httpx import Response

from groundwork.api.marks import COOKIE
from tests.api.house import House
from tests.pages.browsing import Browser, signed_in


@pytest.fixture
async def reader(house: House) -> Browser:
    """A housekeeper's browser."""
    return await signed_in(house, "housekeeper")


async def test_a_stranger_is_shown_where_to_sign_in_and_comes_back(house: House) -> None:
    stranger = Browser(house)
    answer = await stranger.get("/?light=red")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2F%3Flight%3Dred"
    page = await stranger.get(answer.headers["location"])
    assert 'name="next" value="/?light=red"' in page.text


async def test_signing_in_by_token_sets_a_cookie_that_is_not_that_token(house: House) -> None:
    stranger = Browser(house)
    token = house.tokens["housekeeper"]
    answer = await stranger.post("/sign-in", token=token, next="/")
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert token not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert (await stranger.get("/")).status_code == 200


async def test_a_wrong_token_is_told_and_nothing_else(house: House) -> None:
    answer = await Browser(house).post("/sign-in", token="gw_wrong", next="/")
    assert answer.status_code == 401
    assert "gw_wrong" not in answer.text


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "/\\evil.example"])
async def test_no_link_leads_away_after_signing_in(house: House, target: str) -> None:
    token = house.tokens["housekeeper"]
    answer = await Browser(house).post("/sign-in", token=token, next=target)
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("path", ["//evil.example", "/%2f/evil.example", "/%09/evil.example"])
async def test_no_link_leads_away_from_a_page_that_is_not_there(house: House, path: str) -> None:
    answer = await house.http.get(f"http://groundwork.test{path}", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    links = re.findall(r'(?:href|action|value)="([^"]*evil[^"]*)"', answer.text)
    assert links
    assert [one for one in links if not re.match(r"/[\w%]", one)] == []


@pytest.mark.parametrize(
    ("place", "fields"),
    [
        ("/held/take-back", {"chain": "a\0b", "key": "\0"}),
        ("/held/dismiss", {"chain": "a\0b", "key": "\0"}),
        ("/profile/feeds", {"label": "x", "renew": "f-\0"}),
        ("/projects", {"verb": "forget", "view": "v-\0"}),
    ],
)
async def test_a_character_that_the_database_lacks_is_no_error_of_ours(
    reader: Browser, place: str, fields: dict[str, str]
) -> None:
    assert (await reader.send("/profile", place, **fields)).status_code < 500


async def test_another_site_cannot_sign_somebody_in(house: House) -> None:
    for said in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://groundwork.test"},
        {"Origin": "https://evil.example"},
        # What a page sends that hides where it is: a sandboxed frame, or one without a referrer.
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://[groundwork.test"},
    ):
        stranger = Browser(house, said)
        answer = await stranger.post("/sign-in", token=house.tokens["housekeeper"])
        assert answer.status_code == 403, said
        assert COOKIE not in stranger.cookies


async def test_our_own_page_signs_in_on_browsers_of_every_kind(house: House) -> None:
    own = str(house.http.base_url).split("://")[-1].partition("/")[0]
    page = await Browser(house).get("/sign-in")
    # By which browsers name the origin of its forms, though not to others.
    assert page.headers["referrer-policy"] == "same-origin"
    for said in (
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": f"http://{own}"},
        # Behind a proxy that names another host to us than the browser asked for.
        {"Origin": house.resources.settings.api_url},
        {},
    ):
        browser = Browser(house, said)
        answer = await browser.post("/sign-in", token=house.tokens["housekeeper"], next="/")
        assert answer.status_code == 303, said
        assert COOKIE in browser.cookies


async def test_signing_out_makes_the_cookie_worthless(reader: Browser) -> None:
    secret = reader.cookies[COOKIE]
    await reader.send("/", "/sign-out")
    reader.cookies[COOKIE] = secret
    assert (await reader.get("/")).status_code == 303


async def test_a_write_without_the_mark_is_refused(reader: Browser) -> None:
    answer = await reader.post("/held/dismiss", chain="x", key="y", next="/")
    assert answer.status_code == 403
    assert "forged_request" in answer.text


async def test_a_write_of_the_api_by_cookie_needs_the_mark_too(reader: Browser) -> None:
    bare = await reader.post("/api/v1/projects", accept="*/*")
    assert bare.json()["code"] == "forged_request"
    assert (await reader.get("/api/v1/projects", accept="*/*")).status_code == 200


async def test_what_was_typed_outlives_the_session(house: House, reader: Browser) -> None:
    fields = await reader.fields("/")
    await reader.send("/", "/sign-out")
    lost = await reader.post("/held/dismiss", **fields, chain="甲 & 乙", key="k", next="/")
    assert lost.status_code == 401
    assert 'value="甲 &amp; 乙"' in lost.text
    kept = {name: value for name, value in _hidden(lost) if name != "csrf"}
    again = await reader.post("/sign-in", **kept, token=house.tokens["housekeeper"])
    fields = dict(_hidden(again))
    assert fields["chain"] == "甲 & 乙"
    sent = await reader.post("/held/dismiss", **fields)
    assert sent.status_code == 303


async def test_pages_may_run_nothing_that_stands_in_them(reader: Browser) -> None:
    answer = await reader.get("/")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'self'")
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)|\bstyle=|\son[a-z]+=", answer.text)


@pytest.mark.parametrize(("language", "word"), [("zh", "首页"), ("en", "Home")])
async def test_the_language_chosen_stays(reader: Browser, language: str, word: str) -> None:
    await reader.get(f"/?lang={language}")
    answer = await reader.get("/")
    assert f">{word}</a>" in answer.text
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in answer.text


async def test_a_problem_is_a_page_for_browsers_and_json_for_programs(reader: Browser) -> None:
    page = await reader.get("/nowhere")
    assert page.status_code == 404
    assert "<h1>" in page.text
    assert page.headers["x-request-id"] in page.text
    program = await reader.get("/nowhere", accept="application/json")
    assert program.json()["code"] == "not_found"


async def test_assets_are_kept_for_ever_and_packed(reader: Browser) -> None:
    page = await reader.get("/")
    (style,) = re.findall(r'href="(/static/app\.[0-9a-f]{16}\.css)"', page.text)
    answer = await reader.get(style)
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    assert (await reader.get("/static/app.css")).status_code == 404


def _hidden(answer: Response) -> list[tuple[str, str]]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', answer.text)
    return [(name, unescape(value)) for name, value in found]


async def test_every_page_names_the_city_that_the_settings_name(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "鹤山市工业项目审批服务" in (await Browser(house).get("/sign-in?lang=zh")).text
    named = {"city": "示例市", "city_en": "Sampleton"}
    settings = house.resources.settings.model_copy(update=named)
    monkeypatch.setattr(house.resources, "settings", settings)
    assert "示例市工业项目审批服务" in (await Browser(house).get("/sign-in?lang=zh")).text
    assert "projects, Sampleton ·" in (await Browser(house).get("/sign-in?lang=en")).text
