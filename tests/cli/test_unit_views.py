"""What people read of units, gates, opinions and previews; every text on paper is escaped."""

from typing import Any

import pytest

from groundwork.console.deadlines import Deadlines
from groundwork.console.promises import _page
from groundwork.console.screen import Grid, Screen
from groundwork.console.unit_views import preview_blocks, unit_blocks

PARK = {"id": "park", "name": "园区管委会", "short": "园区"}


def condition(name: str, *, met: bool) -> dict[str, Any]:
    """A condition of a gate that the park holds."""
    return {
        "name": name,
        "met": met,
        "why": "已具备" if met else "尚未通过",
        "holder": PARK,
        "waiting_on": "department",
    }


CHAIN: dict[str, Any] = {
    "id": "halls.1",
    "predecessor": "site.1",
    "carried": [{"step": "H01", "material_name": "施工许可证", "document": "许可-1"}],
    "units": [
        {
            "id": "B1",
            "name": "1号厂房",
            "state": "active",
            "into": None,
            "equipment": None,
            "without_equipment": True,
            "gates": [
                {
                    "name": "投用门",
                    "open": False,
                    "conditions": [condition("已验收", met=False), condition("设备", met=True)],
                }
            ],
        },
        {
            "id": "B2",
            "name": "2号厂房",
            "state": "merged",
            "into": "B1",
            "equipment": None,
            "without_equipment": False,
            "gates": [],
        },
    ],
    "steps": [
        {
            "key": "H02.B1",
            "name": "竣工验收 · 1号厂房",
            "consultation": {
                "reply_by": "2026-03-06",
                "visit_on": None,
                "visited_on": "2026-03-05",
                "visited_by": ["p-0a1b", "p-2c3d"],
                "opinions": [{"department": PARK, "asked": True, "opinion_name": None, "text": ""}],
            },
        }
    ],
    "checks": [
        {
            "step": "H03",
            "commitment": None,
            "pending": True,
            "eligible": None,
            "grounds": [],
            "note": "等待信用核查",
        }
    ],
}


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> str:
    screen = Screen()
    screen.tell(*unit_blocks(CHAIN, screen, Deadlines(screen)))
    return capsys.readouterr().out


def test_a_gate_says_how_much_is_met_and_what_is_missing(printed: str) -> None:
    assert "投用门 ✗ 1/2" in printed
    (missing,) = [line for line in printed.splitlines() if "尚未通过" in line]
    assert "B1 1号厂房" in missing
    assert "园区" in missing
    assert "✗ 设备" not in printed


def test_a_merged_unit_says_into_which(printed: str) -> None:
    assert "已合并（B1）" in printed


def test_opinions_credit_and_what_is_carried_over(printed: str) -> None:
    assert "待反馈" in printed
    assert "p-0a1b" in printed
    assert "p-2c3d" in printed
    assert "H03 · 等待信用核查" in printed
    assert "site.1（H01 施工许可证 许可-1）" in printed


def test_a_preview_says_first_that_nothing_was_written(capsys: pytest.CaptureFixture[str]) -> None:
    data = {
        "events": [
            {"sentence": "增加“3号厂房”", "by_itself": False},
            {"sentence": "灯色回落", "by_itself": True},
        ],
        "changes": [{"id": "B3", "name": "3号厂房", "before": None, "after": "在办"}],
    }
    screen = Screen()
    screen.tell(*preview_blocks(data, screen))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "预览，未写入任何内容。"
    assert lines[2] == "· 灯色回落（到期自动）"
    assert lines[-1].split() == ["B3", "3号厂房", "—", "在办"]


def test_texts_on_paper_are_escaped() -> None:
    page = _page("承诺台账", "1", Grid(["<th>"], [["<script>alert(1)</script>"]]), Screen())
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
