"""The small figures show their numbers in their places and say them."""

import pytest

from groundwork.api.pages.drawing.small import Share, on_time, progress, spread
from tests.api.drawing.drawn import SVG, parsed


def test_progress_fills_the_stages_that_are_done() -> None:
    tree = parsed(progress(3, 8, "zh"))
    filled = tree.findall(f".//{SVG}rect[@class='small-step small-step-done']")
    assert (len(filled), len(tree.findall(f".//{SVG}rect"))) == (3, 8)
    assert tree.get("aria-label") == "已完成 3/8"


def test_the_spread_counts_every_duration() -> None:
    tree = parsed(spread([3, 5, 5, 8, 21], 5, 21, "用时", "zh"))
    heights = [float(bar.get("height", 0)) for bar in tree.findall(f".//{SVG}rect")]
    assert len(heights) == 4
    assert max(heights) == 2 * min(heights)
    assert {"中位 5", "P90 21"} <= set(tree.itertext())


def test_no_duration_at_all_is_an_empty_axis() -> None:
    assert parsed(spread([], 0, 0, "none yet", "en")).findall(f".//{SVG}rect") == []


def test_the_share_in_time_is_a_part_of_the_bar() -> None:
    tree = parsed(on_time([Share("水利局", 3, 4), Share("气象局", 0, 0)], "按时率", "zh"))
    whole, part, empty = (float(bar.get("width", 0)) for bar in tree.findall(f".//{SVG}rect"))
    assert part == pytest.approx(0.75 * whole)
    assert empty == whole
    assert {"75% · 3/4", "—"} <= set(tree.itertext())
