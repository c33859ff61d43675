"""Signing in by name and password: nobody learns more than that it failed, and guesses end."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from pyotp import TOTP
from sqlalchemy import text

from groundwork.api import accounts, shapes
from groundwork.api.marks import COOKIE
from groundwork.runtime.settings import SettingsError
from groundwork.store.accounts import FREE_FAILURES
from tests.api.house import PREFIX, House
from tests.pages.browsing import Browser, signed_in

MANAGER = "project_manager"
READER = "housekeeper"
SECURITY = "/profile/security"
CHOSEN = "滨江厂房七月十五日正式开工"
LATER = "another quiet harbour"


async def set_back(house: House, statement: str) -> None:
    """Let time pass for what is written down."""
    async with house.resources.database.begin() as connection:
        await connection.execute(text(statement))
    house.resources.identities.forget()


async def handed_out(house: House, who: str = MANAGER, **body: object) -> shapes.PasswordShape:
    """A one-time password for somebody."""
    place = f"/people/{house.people[who]}/password"
    answer = await house.post("administrator", place, body)
    assert answer.status_code == 201, answer.text
    return shapes.PasswordShape.model_validate_json(answer.content)


async def settled(house: House, who: str = MANAGER) -> tuple[Browser, str]:
    """Somebody who has chosen a password of their own, and their sign-in name."""
    given = await handed_out(house, who, second_factor=True)
    browser = Browser(house)
    await browser.post("/sign-in", name=given.sign_in_name, password=given.password)
    done = await browser.send(
        SECURITY, f"{SECURITY}/password", old=given.password, new=CHOSEN, again=CHOSEN
    )
    assert done.status_code == 303, done.text
    return browser, given.sign_in_name


async def denials(house: House) -> list[shapes.DenialShape]:
    answer = await house.get("data_bureau", "/audit/denials?limit=5")
    return shapes.Listed[shapes.DenialShape].model_validate_json(answer.content).items


@pytest.fixture(autouse=True)
def many_attempts(house: House) -> None:
    """The tests of a lock are not stopped by the throttle; those of the throttle set their own."""
    patient(house, sign_in_per_minute=1000)


def patient(house: House, **settings: object) -> None:
    """Have accounts kept under other settings."""
    house.resources.settings = house.resources.settings.model_copy(update=settings)
    store = house.resources.accounts.store
    house.resources.accounts = accounts.AccountDesk(store, house.resources.settings)


class TestOneTimePasswords:
    async def test_open_nothing_but_the_choice_of_an_own_one(self, house: House) -> None:
        given = await handed_out(house)
        browser = Browser(house)
        entered = await browser.post(
            "/sign-in", name=given.sign_in_name.upper(), password=given.password
        )
        assert (entered.status_code, entered.headers["location"]) == (303, SECURITY)
        assert (await browser.get("/live/version")).status_code == 200
        away = await browser.get("/")
        assert (away.status_code, away.headers["location"]) == (303, SECURITY)
        told = await house.http.get(
            f"{PREFIX}/projects", headers={"cookie": f"{COOKIE}={browser.cookies[COOKIE]}"}
        )
        assert (told.status_code, told.json()["code"]) == (403, "setup_required")
        done = await browser.send(
            SECURITY, f"{SECURITY}/password", old=given.password, new=CHOSEN, again=CHOSEN
        )
        assert done.status_code == 303, done.text
        assert (await browser.get("/")).status_code == 200
        assert not await self._enters(house, given.sign_in_name, given.password)
        assert await self._enters(house, given.sign_in_name, CHOSEN)

    async def test_lapse(self, house: House) -> None:
        given = await handed_out(house)
        assert given.lapses_at > datetime.now(UTC) + timedelta(hours=71)
        await set_back(house, "UPDATE account SET lapses_at = now()")
        assert not await self._enters(house, given.sign_in_name, given.password)

    async def test_sign_everybody_out_who_used_the_one_before(self, house: House) -> None:
        browser, _ = await settled(house)
        assert (await browser.get("/")).status_code == 200
        await handed_out(house)
        assert (await browser.get("/")).status_code == 303

    async def test_come_with_a_name_that_is_nobody_elses(self, house: House) -> None:
        named = await handed_out(house, "ops", sign_in_name="Ｚhang.San")
        assert named.sign_in_name == "zhang.san"
        place = f"/people/{house.people[MANAGER]}/password"
        taken = await house.post("administrator", place, {"sign_in_name": "ZHANG.SAN"})
        assert (taken.status_code, taken.json()["code"]) == (409, "sign_in_name_taken")
        assert "zhang" not in taken.text.lower()

    async def test_are_handed_out_by_administrators_to_people_in_office(self, house: House) -> None:
        refused = await house.post("housekeeper", f"/people/{house.people['ops']}/password", {})
        assert refused.status_code == 403
        nobody = await house.post("administrator", "/people/p-none/password", {})
        assert (nobody.status_code, nobody.json()["code"]) == (404, "person_not_found")

    async def _enters(self, house: House, name: str, password: str) -> bool:
        answer = await Browser(house).post("/sign-in", name=name, password=password)
        assert answer.status_code in {303, 401}
        return answer.status_code == 303


class TestFailures:
    async def test_say_the_same_whatever_was_wrong_and_are_on_record(self, house: House) -> None:
        _, name = await settled(house)
        wrong = await Browser(house).post("/sign-in", name=name, password="wrong-wrong-wrong")
        unknown = await Browser(house).post("/sign-in", name="nobody-here", password=CHOSEN)
        assert (wrong.status_code, unknown.status_code) == (401, 401)
        strip = re.compile(
            r'<section class="mistakes".*?</section>|<div class="mistakes".*?</div>', re.S
        )
        assert strip.findall(wrong.text) == strip.findall(unknown.text) != []
        noted = await denials(house)
        assert [(one.actor, one.action, one.reason) for one in noted[:2]] == [
            (None, "sign_in", "sign_in_failed"),
            (house.people[MANAGER], "sign_in", "sign_in_failed"),
        ]
        assert "nobody-here" not in str(noted)
        assert name not in str([one.model_dump(exclude={"actor"}) for one in noted])

    async def test_lock_for_longer_and_longer_even_if_they_come_at_once(self, house: House) -> None:
        _, name = await settled(house)

        async def guess(password: str) -> int:
            return (await Browser(house).post("/sign-in", name=name, password=password)).status_code

        codes = await asyncio.gather(
            *(guess(f"guess number {n}") for n in range(FREE_FAILURES + 4))
        )
        assert set(codes) == {401}
        assert await guess(CHOSEN) == 401, "locked"
        waits = [await self._wait(house)]
        for _ in range(7):
            await set_back(house, "UPDATE account SET locked_until = now()")
            assert await guess("wrong again") == 401
            waits.append(await self._wait(house))
        assert waits[:4] == [30, 60, 120, 240]
        assert waits[-1] == waits[-2] == 900
        await set_back(house, "UPDATE account SET locked_until = now()")
        assert await guess(CHOSEN) == 303
        assert await guess("wrong once") == 401
        assert await guess(CHOSEN) == 303, "a success starts the count anew"

    async def _wait(self, house: House) -> int:
        account = await house.resources.accounts.store.of(house.people[MANAGER])
        assert account is not None
        assert account.locked_until is not None
        return round((account.locked_until - datetime.now(UTC)).total_seconds() / 30) * 30

    async def test_from_one_address_are_bounded(self, house: House) -> None:
        patient(house, sign_in_per_minute=2)
        answers = [
            await Browser(house).post("/sign-in", name=f"name-{n}", password="x") for n in range(3)
        ]
        assert [one.status_code for one in answers] == [401, 401, 429]
        assert int(answers[-1].headers["retry-after"]) > 0
        token = await Browser(house).post("/sign-in", token="gw_wrong")
        assert token.status_code == 429
        assert len([one for one in await denials(house) if one.reason == "too_many_sign_ins"]) == 0

    async def test_are_all_that_counts_for_an_address(self, house: House) -> None:
        _, name = await settled(house)
        patient(house, sign_in_per_minute=2)
        codes = [
            (await Browser(house).post("/sign-in", name=name, password=CHOSEN)).status_code
            for _ in range(4)
        ]
        assert codes == [303] * 4

    async def test_of_somebody_who_left_are_failures(self, house: House) -> None:
        made = await house.post("administrator", "/people", {"name": "李某", "role": "ops"})
        house.people["leaver"] = made.json()["id"]
        browser, name = await settled(house, "leaver")
        await house.ask("administrator", "DELETE", f"/people/{house.people['leaver']}")
        assert (await browser.get("/profile")).status_code == 303
        again = await Browser(house).post("/sign-in", name=name, password=CHOSEN)
        assert again.status_code == 401


class TestOwnPasswords:
    async def test_are_long_and_none_of_the_common_ones(self, house: House) -> None:
        browser, _ = await settled(house)
        for bad, why in (
            ("short", "至少12个字符"),
            ("Password2026!!", "太常见"),
            (CHOSEN, "须与原密码不同"),
            ("某人的长长长密码一二三四", "不得包含姓名"),
        ):
            page = await browser.send(
                SECURITY, f"{SECURITY}/password", old=CHOSEN, new=bad, again=bad
            )
            assert page.status_code == 422
            assert why in page.text, bad
            assert f'value="{bad}"' not in page.text
        differ = await browser.send(
            SECURITY, f"{SECURITY}/password", old=CHOSEN, new="a", again="b"
        )
        assert "两次" in differ.text
        wrong = await browser.send(
            SECURITY, f"{SECURITY}/password", old="not this one", new=LATER, again=LATER
        )
        assert wrong.status_code == 422

    async def test_changing_signs_other_browsers_out(self, house: House) -> None:
        browser, name = await settled(house)
        other = Browser(house)
        await other.post("/sign-in", name=name, password=CHOSEN)
        await browser.send(SECURITY, f"{SECURITY}/password", old=CHOSEN, new=LATER, again=LATER)
        assert (await browser.get("/")).status_code == 200
        assert (await other.get("/")).status_code == 303


class TestSecondFactors:
    async def test_are_enrolled_asked_for_and_used_once(self, house: House) -> None:
        browser, name = await settled(house)
        secret, recovery = await self._enrol(browser)
        assert len(recovery) == 10
        assert recovery[0] not in (await browser.get(SECURITY)).text
        assert not await self._enters(house, name, "")
        assert not await self._enters(house, name, TOTP(secret).now()), "used at the enrolment"
        await set_back(house, "UPDATE account SET totp_step = NULL")
        code = TOTP(secret).now()
        assert await self._enters(house, name, f"{code[:3]} {code[3:]}")
        assert not await self._enters(house, name, code), "a replay"
        assert await self._enters(house, name, recovery[0].lower())
        assert not await self._enters(house, name, recovery[0])
        token = await Browser(house).post("/sign-in", token=house.tokens[MANAGER])
        assert token.status_code == 401, "a token does not go round it"

    async def test_do_not_count_before_a_code_was_entered(self, house: House) -> None:
        browser, name = await settled(house)
        await browser.send(SECURITY, f"{SECURITY}/second-factor")
        wrong = await browser.send(SECURITY, f"{SECURITY}/second-factor/confirm", code="000 000")
        assert wrong.status_code == 422
        assert await self._enters(house, name, "")

    async def test_are_drawn_without_script_or_style(self, house: House) -> None:
        browser, _ = await settled(house)
        await browser.send(SECURITY, f"{SECURITY}/second-factor")
        page = (await browser.get(SECURITY)).text
        (picture,) = re.findall(r"<svg .*?</svg>", page, re.S)
        assert "style" not in picture
        assert "script" not in picture

    async def test_are_turned_off_with_a_code_and_by_administrators(self, house: House) -> None:
        browser, name = await settled(house)
        _, recovery = await self._enrol(browser)
        place = f"{SECURITY}/second-factor/disable"
        assert (await browser.send(SECURITY, place, code="000000")).status_code == 422
        assert (await browser.send(SECURITY, place, code=recovery[1])).status_code == 303
        assert await self._enters(house, name, "")
        await self._enrol(browser)
        given = await handed_out(house)
        assert not await self._enters(house, name, "", given.password)
        given = await handed_out(house, second_factor=True)
        assert await self._enters(house, name, "", given.password)

    async def test_can_be_required_of_roles(self, house: House) -> None:
        _, name = await settled(house)
        with pytest.raises(SettingsError, match="no role managr"):
            patient(house, second_factor_roles="managr")
        patient(house, second_factor_roles=MANAGER)
        by_token = await Browser(house).post("/sign-in", token=house.tokens[MANAGER])
        assert by_token.status_code == 403
        browser = Browser(house)
        entered = await browser.post("/sign-in", name=name, password=CHOSEN)
        assert entered.headers["location"] == SECURITY
        assert (await browser.get("/projects")).status_code == 303
        _, recovery = await self._enrol(browser)
        assert (await browser.get("/projects")).status_code == 200
        kept = await browser.send(SECURITY, f"{SECURITY}/second-factor/disable", code=recovery[0])
        assert kept.status_code == 422

    async def _enrol(self, browser: Browser) -> tuple[str, list[str]]:
        await browser.send(SECURITY, f"{SECURITY}/second-factor")
        page = unescape((await browser.get(SECURITY)).text)
        (key,) = re.findall(r'<code class="secret">([A-Z2-7 ]+)</code>', page)
        secret = key.replace(" ", "")
        done = await browser.send(
            SECURITY, f"{SECURITY}/second-factor/confirm", code=TOTP(secret).now()
        )
        assert done.status_code == 200, done.text
        return secret, re.findall(r'<code class="secret">([A-Z2-9-]{19})</code>', done.text)

    async def _enters(self, house: House, name: str, code: str, password: str = CHOSEN) -> bool:
        answer = await Browser(house).post("/sign-in", name=name, password=password, code=code)
        assert answer.status_code in {303, 401}
        if answer.status_code == 401:
            await set_back(house, "UPDATE account SET failures = 0, locked_until = NULL")
        return answer.status_code == 303


class TestSessions:
    async def test_are_no_tokens_and_tokens_are_no_sessions(self, house: House) -> None:
        browser = await signed_in(house, READER)
        session = browser.cookies[COOKIE]
        house.tokens["session"] = session
        assert (await house.get("session", "/projects")).status_code == 401
        assert (await Browser(house).post("/sign-in", token=session)).status_code == 401
        thief = Browser(house)
        thief.cookies[COOKIE] = house.tokens[READER]
        assert (await thief.get("/profile")).status_code == 303
        cookie = {"cookie": f"{COOKIE}={house.tokens[READER]}"}
        assert (await house.http.get(f"{PREFIX}/projects", headers=cookie)).status_code == 401
        cookie = {"cookie": f"{COOKIE}={session}"}
        assert (await house.http.get(f"{PREFIX}/projects", headers=cookie)).status_code == 200

    async def test_end_when_nobody_uses_them(self, house: House) -> None:
        browser = await signed_in(house, READER)
        ago = "UPDATE api_token SET last_used_at = now() - interval '{} minutes'"
        await set_back(house, ago.format(59))
        assert (await browser.get("/live/version")).status_code == 200
        await set_back(house, "SELECT 1")
        assert (await browser.get("/profile")).status_code == 200
        back = "UPDATE api_token SET last_used_at = last_used_at - interval '{} minutes'"
        await set_back(house, back.format(59))
        assert (await browser.get("/profile")).status_code == 200, "the page counted"
        await set_back(house, ago.format(59))
        await browser.get("/live/version")
        await set_back(house, back.format(2))
        assert (await browser.get("/profile")).status_code == 303, "asking for news did not"
        assert (await house.get(READER, "/projects")).status_code == 200, "tokens stay"

    async def test_end_after_half_a_day_whatever_happens(self, house: House) -> None:
        browser = await signed_in(house, READER)
        rows = await house.resources.people.tokens(house.people[READER])
        ends = max(row["expires_at"] for row in rows if row["kind"] == "session")
        assert timedelta(hours=11) < ends - datetime.now(UTC) <= timedelta(hours=12)
        await set_back(house, "UPDATE api_token SET expires_at = now() WHERE kind = 'session'")
        assert (await browser.get("/profile")).status_code == 303


class TestScopes:
    async def test_narrow_what_a_token_is_good_for(self, house: House) -> None:
        place = f"/people/{house.people['administrator']}/tokens"
        for scope in ("read", "act", "admin"):
            issued = await house.post("administrator", place, {"label": scope, "scope": scope})
            house.tokens[scope] = issued.json()["secret"]
        body = {"name": "王某", "role": "ops"}
        seen = {
            scope: (
                (await house.get(scope, "/projects")).status_code,
                (await house.post(scope, "/projects", {})).status_code,
                (await house.get(scope, "/people")).status_code,
                (await house.post(scope, "/people", body)).status_code,
            )
            for scope in ("read", "act", "admin")
        }
        assert seen == {
            "read": (200, 403, 403, 403),
            "act": (200, 422, 403, 403),
            "admin": (200, 422, 200, 201),
        }
        told = await house.post("read", "/people", body)
        assert told.json()["code"] == "scope_too_narrow"

    async def test_hold_for_the_session_that_a_token_begins(self, house: House) -> None:
        place = f"/people/{house.people['administrator']}/tokens"
        issued = await house.post("administrator", place, {"label": "看板", "scope": "read"})
        house.tokens["viewer"] = issued.json()["secret"]
        browser = await signed_in(house, "viewer")
        assert (await browser.get("/projects")).status_code == 200
        assert (await browser.get("/calendars/new")).status_code == 403
        wrote = await browser.send("/profile", "/profile/channels", label="x", url="a@example.cn")
        assert wrote.status_code == 403

    async def test_tokens_lapse_unless_it_was_said_when(self, house: House) -> None:
        place = f"/people/{house.people['ops']}/tokens"
        await house.post("administrator", place, {"label": "监控"})
        rows = (await house.get("administrator", place)).json()["items"]
        row = shapes.TokenShape.model_validate(rows[-1])
        assert row.expires_at is not None
        assert timedelta(days=89) < row.expires_at - datetime.now(UTC) < timedelta(days=91)
        assert (row.scope, row.kind) == ("act", "api")
