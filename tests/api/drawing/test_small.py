"""The small figures show their numbers in their places and say them."""

import pytest

from groundwork.api.pages.drawing.lettering import width
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


@pytest.mark.parametrize(
    ("median", "p90"), [(29, 34), (0, 0), (1, 200), (121, 140), (199, 200), (200, 200)]
)
def test_each_mark_has_its_word_beside_it(median: int, p90: int) -> None:
    tree = parsed(spread([0, median, p90, 200], median, p90, "用时", "zh"))
    (first,) = tree.findall(f".//{SVG}text[@class='small-median-name']")
    (second,) = tree.findall(f".//{SVG}text[@class='small-p90-name']")
    ends = [
        (left, left + width(text.text or "", 12))
        for text in (first, second)
        for left in (float(text.get("x", -1)),)
    ]
    assert ends[0][0] >= 0
    assert ends[0][1] < ends[1][0]
    assert ends[1][1] <= 240.1
    lines = [
        float((line.get("d") or "").split()[0].removeprefix("M"))
        for line in tree.findall(f".//{SVG}path")
        if line.get("class") in {"small-median", "small-p90"}
    ]
    # As near as the frame and the other word allow.
    assert all(
        min(abs(line - end) for end in pair) < 110 for line, pair in zip(lines, ends, strict=True)
    )


def test_no_duration_at_all_is_an_empty_axis() -> None:
    assert parsed(spread([], 0, 0, "none yet", "en")).findall(f".//{SVG}rect") == []


def test_the_share_in_time_is_a_part_of_the_bar() -> None:
    tree = parsed(on_time([Share("水利局", 3, 4), Share("气象局", 0, 0)], "按时率", "zh"))
    whole, part, empty = (float(bar.get("width", 0)) for bar in tree.findall(f".//{SVG}rect"))
    assert part == pytest.approx(0.75 * whole)
    assert empty == whole
    assert {"75% · 3/4", "—"} <= set(tree.itertext())
