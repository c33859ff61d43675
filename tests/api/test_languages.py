"""Chinese unless the caller prefers English."""

import pytest

from groundwork.api.languages import preferred
from tests.api.house import House


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "zh"),
        ("", "zh"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en;q=0.5, zh;q=0.9", "zh"),
        ("fr, en;q=0.3", "en"),
        ("fr", "zh"),
        ("*", "zh"),
        ("en;q=0", "zh"),
        ("en;q=nan", "zh"),
        ("en;q=7", "zh"),
        (";;;,,,=", "zh"),
    ],
)
def test_the_header_chooses(header: str | None, language: str) -> None:
    assert preferred(header) == language


async def test_names_change_with_the_language(house: House) -> None:
    chinese = await house.get("ops", "/catalogue", headers={"Accept-Language": "zh"})
    english = await house.get("ops", "/catalogue", headers={"Accept-Language": "en"})
    assert chinese.json()["items"][-1]["name"] == "拿地即动工"
    assert english.json()["items"][-1]["name"] == "Land to construction"
    assert chinese.headers["content-language"] == "zh-CN"
    assert english.headers["content-language"] == "en"
