"""Public progress as a page: without signing in, no code in an address, and not too often."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.api.throttle import Throttle
from tests.api.house import House
from tests.api.pages import plain
from tests.api.paper_plays import land
from tests.api.recorded import recorded
from tests.pages.browsing import Browser


@pytest.fixture
async def code(house: House, engine: AsyncEngine) -> str:
    """The tracking code of a project that is under way."""
    project = await house.project()
    await recorded(engine, await land(project["code"], engine))
    answer = await house.get("housekeeper", f"/projects/{project['code']}/tracking-code")
    found: str = answer.json()["code"]
    return found


async def test_a_stranger_sees_how_far_it_is_and_what_they_must_do(house: House, code: str) -> None:
    answer = await Browser(house).post("/progress", code=code.lower().replace("-", " "))
    assert answer.status_code == 200, answer.text
    text = plain(answer.text)
    for wanted in ("需要您做什么", "当前阶段", "下一环节", "承诺办结", "各阶段", "（周", "工作日"):
        assert wanted in text
    for hidden in ("某人", "年产十万套卫浴项目", "鹤山市某卫浴有限公司"):
        assert hidden not in text


async def test_nothing_is_kept_or_indexed_and_no_address_holds_the_code(
    house: House, code: str
) -> None:
    answer = await Browser(house).post("/progress", code=code)
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in answer.headers["x-robots-tag"]
    assert answer.headers["cache-control"] == "no-store"
    assert f"?code={code}" not in answer.text
    assert f"/{code}" not in answer.text


async def test_in_english(house: House, code: str) -> None:
    text = plain((await Browser(house).post("/progress?lang=en", code=code)).text)
    assert "What you must do" in text
    assert "Promised" in text


@pytest.mark.parametrize(
    ("typed", "status"), [("abc", 422), ("", 422), ("2222-2222-2222-2222-2222", 404)]
)
async def test_a_code_that_is_none_comes_back_with_what_to_do(
    house: House, typed: str, status: int
) -> None:
    answer = await Browser(house).post("/progress", code=typed)
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert f'value="{typed}"' in answer.text
    assert answer.headers["referrer-policy"] == "no-referrer"


async def test_too_many_questions_are_told_to_wait(
    house: House, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.resources, "throttle", Throttle(1, 100, clock=lambda: 0.0))
    stranger = Browser(house)
    assert (await stranger.post("/progress", code=code)).status_code == 200
    refused = await stranger.post("/progress", code=code)
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "60"
    assert "60" in plain(refused.text)


async def test_the_form_needs_no_session_and_no_script(house: House) -> None:
    page = (await Browser(house).get("/progress")).text
    assert '<form method="post" action="/progress">' in page
    assert "/sign-out" not in page
    assert 'href="/progress"' in (await Browser(house).get("/sign-in")).text
