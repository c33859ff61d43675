"""Public progress: who has the code sees how far it is, and nobody learns who is behind it."""

from typing import Any

import httpx
import pytest
from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.api.errors import Problem
from groundwork.api.progress_shapes import ProgressShape, TrackingCodeShape
from groundwork.api.throttle import Throttle, client_of
from groundwork.domain.tracking import CODES, read_tracking_code, tracking_code
from groundwork.runtime.settings import Settings, SettingsError, load_settings
from tests.api.house import House
from tests.api.recorded import launched_for, recorded
from tests.domain.worlds import rules_in_catalogue


async def code_of(house: House, project: str) -> str:
    answer = await house.get("housekeeper", f"/projects/{project}/tracking-code")
    assert answer.status_code == 200, answer.text
    return TrackingCodeShape.model_validate_json(answer.content).code


async def look(house: House, code: str, language: str = "en", **headers: str) -> httpx.Response:
    """As a stranger: without a token."""
    address = f"/progress/{code}.json"
    return await house.http.get(address, headers={"Accept-Language": language, **headers})


class TestTheCode:
    async def test_comes_with_the_project_and_stays(self, house: House) -> None:
        project = (await house.project())["code"]
        code = await code_of(house, project)
        assert read_tracking_code(code) == code
        assert await code_of(house, project) == code

    async def test_is_another_one_for_another_project(self, house: House) -> None:
        codes = {await code_of(house, (await house.project())["code"]) for _ in range(5)}
        assert len(codes) == 5

    async def test_is_issued_late_for_a_project_of_an_older_release(
        self, house: House, engine: AsyncEngine
    ) -> None:
        project = (await house.project())["code"]
        async with engine.begin() as connection:
            await connection.exec_driver_sql("DELETE FROM tracking_code")
        code = await code_of(house, project)
        assert (await look(house, code)).status_code == 200

    async def test_is_renewed_once_per_key_and_the_old_one_stops(self, house: House) -> None:
        project = (await house.project())["code"]
        old = await code_of(house, project)
        path = f"/projects/{project}/tracking-code"
        for _ in range(2):
            renewed = await house.post("project_manager", path, None, key="renew-just-once")
            assert renewed.status_code == 200, renewed.text
        new = renewed.json()["code"]
        assert new == await code_of(house, project) != old
        assert (await look(house, new)).status_code == 200
        gone, never = await look(house, old), await look(house, tracking_code(CODES // 3))
        assert gone.status_code == never.status_code == 404
        bodies = [answer.json() | {"instance": ""} for answer in (gone, never)]
        assert bodies[0] == bodies[1]
        headers = [
            {k: v for k, v in answer.headers.items() if k != "x-request-id"}
            for answer in (gone, never)
        ]
        assert headers[0] == headers[1]

    async def test_is_for_those_who_look_after_the_project(self, house: House) -> None:
        project = (await house.project())["code"]
        for who in ("data_bureau", "ops", "officer@park-committee"):
            answer = await house.get(who, f"/projects/{project}/tracking-code")
            assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")

    async def test_of_no_project_is_not_found(self, house: House) -> None:
        answer = await house.get("housekeeper", "/projects/2603-440784-04-01-000000/tracking-code")
        assert (answer.status_code, answer.json()["code"]) == (404, "project_not_found")


class TestALook:
    async def test_tells_where_it_stands_and_what_to_do(
        self, house: House, engine: AsyncEngine
    ) -> None:
        project = (await house.project())["code"]
        rules = rules_in_catalogue("land-to-construction", "1.1.0")
        play = await launched_for(project, engine, rules)
        play.at("2026-03-02 10:00").receive("L01").accept("L01").decide("L01")
        await recorded(engine, play)
        answer = await look(house, await code_of(house, project))
        (chain,) = ProgressShape.model_validate_json(answer.content).chains
        assert chain.stage == "land"
        assert (chain.stages[0].state, chain.stages[0].done) == ("current", 1)
        todo = {(one.deed.value, one.step) for one in chain.todo}
        ready = {key for key, step in play.chain.steps.items() if step.state == "ready"}
        assert ("hand_in", min(ready)) in todo
        assert {step.step for step in chain.now} >= ready
        assert chain.next
        assert chain.expected is not None
        assert str(chain.expected.on.year) in chain.expected.day

    async def test_names_nobody(self, house: House, engine: AsyncEngine) -> None:
        made = await house.project(name="机密项目名称", enterprise="机密企业名称")
        rules = rules_in_catalogue("land-to-construction", "1.1.0")
        play = await launched_for(made["code"], engine, rules)
        play.receive("L01")
        await recorded(engine, play)
        answer = await look(house, await code_of(house, made["code"]))
        assert answer.status_code == 200
        hidden = ("机密", made["code"], made["uscc"], made["housekeeper"], play.chain.launch.uscc)
        for secret in (*hidden, *house.people.values(), play.chain.launch.housekeeper):
            assert secret not in answer.text

    async def test_of_a_project_that_is_not_launched_tells_of_no_chain(self, house: House) -> None:
        answer = await look(house, await code_of(house, (await house.project())["code"]))
        assert answer.json()["chains"] == []

    async def test_keeps_the_address_from_others(self, house: House) -> None:
        code = await code_of(house, (await house.project())["code"])
        for typed in (code, tracking_code(1), "nonsense"):
            headers = (await look(house, typed)).headers
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["x-robots-tag"] == "noindex, nofollow"
            assert headers["cache-control"] == "no-store"

    async def test_takes_a_code_however_it_is_typed(self, house: House) -> None:
        code = await code_of(house, (await house.project())["code"])
        for typed in (code.lower(), code.replace("-", ""), code.replace("-", " ")):
            assert (await look(house, typed)).json()["code"] == code

    async def test_tells_a_slip_from_an_unknown_code(self, house: House) -> None:
        code = tracking_code(CODES // 5)
        slip = ("3" if code[0] != "3" else "4") + code[1:]
        for typed in (slip, code[:-1], "x" * 3000, "%FF%FE", "跟踪码"):
            answer = await look(house, typed)
            assert (answer.status_code, answer.json()["code"]) == (422, "tracking_code_mistyped")

    @pytest.mark.parametrize(("language", "word"), [("zh", "递交申请材料"), ("en", "Hand in")])
    async def test_speaks_both_languages(
        self, house: House, engine: AsyncEngine, language: str, word: str
    ) -> None:
        project = (await house.project())["code"]
        rules = rules_in_catalogue("land-to-construction", "1.1.0")
        await recorded(engine, await launched_for(project, engine, rules))
        assert word in (await look(house, await code_of(house, project), language)).text


class TestHowOften:
    async def test_is_limited_for_each_address(self, house: House) -> None:
        house.resources.throttle = Throttle(2, 100)
        answers = [await look(house, tracking_code(7)) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [404, 404, 429]
        assert answers[2].json()["code"] == "too_many_requests"
        assert 0 < int(answers[2].headers["retry-after"]) <= 30
        assert answers[2].headers["referrer-policy"] == "no-referrer"

    def test_tokens_come_back_evenly(self) -> None:
        now = [0.0]
        throttle = Throttle(2, 100, clock=lambda: now[0])
        throttle.admit("a")
        throttle.admit("a")
        with pytest.raises(Problem) as refused:
            throttle.admit("a")
        assert refused.value.headers == {"Retry-After": "30"}
        throttle.admit("b")
        now[0] = 30.0
        throttle.admit("a")
        with pytest.raises(Problem):
            throttle.admit("a")

    def test_all_together_have_a_limit_too(self) -> None:
        throttle = Throttle(10, 3, clock=lambda: 0.0)
        for address in "abc":
            throttle.admit(address)
        with pytest.raises(Problem):
            throttle.admit("d")

    def test_a_crowd_of_addresses_is_not_remembered_for_ever(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("groundwork.api.throttle.MOST_ADDRESSES", 2)
        throttle = Throttle(1, 1000, clock=lambda: 0.0)
        for address in ("a", "b", "c"):
            throttle.admit(address)
        with pytest.raises(Problem):
            throttle.admit("c")
        throttle.admit("a")


def asked(peer: str, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    scope: dict[str, Any] = {"type": "http", "client": (peer, 1234), "headers": headers}
    return Request(scope)


class TestTheAddress:
    @pytest.mark.parametrize(
        ("trusted", "peer", "forwarded", "address"),
        [
            ("", "203.0.113.7", ["198.51.100.1"], "203.0.113.7"),
            ("10.0.0.0/8", "10.0.0.2", ["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.0/8", "10.0.0.2", ["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.0/8", "10.0.0.2", ["198.51.100.1, 10.0.0.3"], "198.51.100.1"),
            ("10.0.0.0/8", "10.0.0.2", ["1.1.1.1", "198.51.100.1"], "198.51.100.1"),
            ("10.0.0.0/8", "10.0.0.2", ["nonsense"], "10.0.0.2"),
            ("10.0.0.0/8", "10.0.0.2", [], "10.0.0.2"),
            ("10.0.0.0/8", "203.0.113.7", ["198.51.100.1"], "203.0.113.7"),
            ("", "2001:db8:1:2:3::4", [], "2001:db8:1:2::/64"),
            ("", "::ffff:203.0.113.7", [], "203.0.113.7"),
            ("", "testclient", [], "unknown"),
        ],
    )
    def test_is_what_a_trusted_proxy_says_and_nobody_else(
        self, trusted: str, peer: str, forwarded: list[str], address: str
    ) -> None:
        proxies = Settings(trusted_proxies=trusted).proxies
        assert client_of(asked(peer, *forwarded), proxies) == address

    def test_a_proxy_that_is_no_address_is_refused(self) -> None:
        with pytest.raises(SettingsError, match="TRUSTED_PROXIES"):
            load_settings(trusted_proxies="proxy.example")
