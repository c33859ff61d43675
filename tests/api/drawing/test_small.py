"""The small figures show their numbers in their places and say them."""

from datetime import date

import pytest

from groundwork.api.pages.drawing.small import Share, eta, on_time, progress, spread
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


def test_the_range_runs_from_p50_to_p90_and_says_so() -> None:
    drawing = eta(
        date(2026, 3, 16), date(2026, 6, 17), date(2026, 7, 3), "en", promised=date(2026, 6, 25)
    )
    assert parsed(drawing).get("aria-label") == (
        "expected Wed 17 Jun 2026 (P50) to Fri 3 Jul 2026 (P90), promised Thu 25 Jun 2026"
    )


def test_a_range_stays_on_its_axis() -> None:
    day = date(2026, 6, 17)
    bar = parsed(eta(day, day, day, "zh")).find(f".//{SVG}rect")
    assert bar is not None
    assert float(bar.get("x", 0)) + float(bar.get("width", 0)) <= 420
