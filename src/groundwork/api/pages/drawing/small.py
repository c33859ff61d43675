"""Small figures for lists and for the page of effect: each a picture of a few numbers.

Every one has a sentence that says the same (`title`), and none says anything by colour alone.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import ceil
from typing import Final, NamedTuple

from markupsafe import Markup

from groundwork.api.languages import Language
from groundwork.api.pages.drawing.lettering import width, wrapped
from groundwork.api.pages.drawing.svg import number, tag

_SMALL: Final = 12.0


class Share(NamedTuple):
    """How many of a department's decisions were in time."""

    name: str
    in_time: int
    decided: int


def spread(
    days: Sequence[float], median: float, p90: float, title: str, language: Language
) -> Markup:
    """How durations in days are spread: a column for each, with marks at the median and at P90.

    The figures come from whoever reckons them; nothing is reckoned here.
    """
    wide, high, base = 240.0, 74.0, 54.0
    most = max([*days, p90, 1.0])
    unit = ceil(most / 24)
    counts = [0] * (int(most // unit) + 1)
    for value in days:
        counts[int(value // unit)] += 1
    step = (wide - 8) / len(counts)
    tallest = max([*counts, 1])
    columns = [
        tag(
            "rect",
            class_="bar bar-done",
            x=round(4 + n * step, 1),
            y=round(base - 34 * count / tallest, 1),
            width=round(max(step - 2, 2.0), 1),
            height=round(34 * count / tallest, 1),
        )
        for n, count in enumerate(counts)
        if count
    ]
    words = ("中位" if language == "zh" else "median", "P90")
    said = [f"{word} {number(value)}" for word, value in zip(words, (median, p90), strict=True)]
    lines = [4 + value / unit * step for value in (median, p90)]
    marks = []
    for kind, text, at, x in zip(
        ("median", "p90"), said, lines, _beside(lines, said, wide), strict=True
    ):
        class_ = f"small-{kind}"
        marks.append(tag("path", class_=class_, d=f"M{number(at)} 15V{number(base + 3)}"))
        marks.append(tag("text", text, class_=f"{class_}-name", x=x, y=high - 4))
    line = tag("path", class_="small-base", d=f"M0 {number(base)}H{number(wide)}")
    return _figure("small-spread", title, wide, high, language, *columns, line, *marks)


def on_time(shares: Sequence[Share], title: str, language: Language) -> Markup:
    """The share in time of each department as bars of the same length, from the top."""
    wide, row, left, right = 480.0, 24.0, 150.0, 110.0
    room = wide - left - right
    parts = []
    for n, share in enumerate(shares):
        y, middle = n * row + 5, n * row + 16
        part = share.in_time / share.decided if share.decided else 0.0
        label = wrapped(share.name, left - 10, _SMALL, 1)[0]
        parts.append(tag("text", label, x=0, y=middle))
        parts.append(tag("rect", class_="bar bar-todo", x=left, y=y, width=room, height=14.0))
        if part:
            filled = round(room * part, 1)
            parts.append(tag("rect", class_="bar bar-done", x=left, y=y, width=filled, height=14.0))
        said = f"{round(100 * part)}% · {share.in_time}/{share.decided}"
        parts.append(tag("text", said if share.decided else "—", x=left + room + 8, y=middle))
    return _figure("small-on-time", title, wide, len(shares) * row + 4, language, *parts)


@lru_cache(maxsize=1024)
def progress(done: int, total: int, language: Language) -> Markup:
    """A thin line for a list: how many stages of all are done. The number stands beside it."""
    wide, high = 96.0, 10.0
    gap = 3.0 if total * 6 < wide else 0.0
    step = wide / max(total, 1)
    parts = [
        tag(
            "rect",
            class_="small-step small-step-done" if n < done else "small-step",
            x=round(n * step + 0.5, 1),
            y=1.5,
            width=round(step - gap - 1, 1),
            height=7.0,
        )
        for n in range(total)
    ]
    title = f"已完成 {done}/{total}" if language == "zh" else f"{done} of {total} done"
    return _figure("small-progress", title, wide, high, language, *parts)


def _beside(lines: Sequence[float], said: Sequence[str], wide: float) -> tuple[float, float]:
    """Where two words begin that stand outside of the space between their two lines."""
    # One of them is bold, which takes more room than is reckoned with.
    first, second = (1.15 * width(text, _SMALL) + 2 for text in said)
    apart = 6.0
    left = max(lines[0] - first, 0.0)
    right = min(max(lines[1], left + first + apart), wide - second)
    return round(min(left, right - apart - first), 1), round(right, 1)


def _figure(
    class_: str, title: str, wide: float, high: float, language: Language, *parts: Markup
) -> Markup:
    return tag(
        "svg",
        tag("title", title),
        *parts,
        class_=f"drawing small {class_}",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(wide)} {number(high)}",
        width=round(wide),
        height=round(high),
        role="img",
        aria_label=title,
        lang="zh-CN" if language == "zh" else "en",
    )
