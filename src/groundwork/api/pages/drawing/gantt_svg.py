"""The Gantt chart of a chain as SVG."""

from collections.abc import Iterator
from typing import Final

from markupsafe import Markup

from groundwork.api.languages import TAGS
from groundwork.api.pages.drawing import lettering
from groundwork.api.pages.drawing.gantt import HEAD, LABELS, NAME_LINE, Bar, Gantt, Row
from groundwork.api.pages.drawing.marks import small_mark, symbols
from groundwork.api.pages.drawing.svg import Point, boxes, joined, number, tag, words
from groundwork.api.pages.drawing.timeline import Timeline

_BASELINE: Final = 12.0
_INDENT: Final = 32.0
_MARK: Final = 17.0
_SMALL: Final = 12.0
_TOUCH: Final = 6.0
_THIN: Final = 10.0


def gantt_svg(drawn: Gantt, title: str, *, name: str = "gantt") -> Markup:
    """The chart as an SVG element.

    `title` says what it shows; `name` begins its ids, so that a page may hold several drawings.
    """
    rows = (_row(row, name) for row in drawn.rows)
    stripes = boxes((0.0, row.top, drawn.width, row.height) for row in drawn.rows[::2])
    zh = drawn.language == "zh"
    content = joined(
        [
            tag("title", title, id=f"{name}-title"),
            tag("desc", _description(drawn), id=f"{name}-desc"),
            _hatching(name),
            symbols({row.sign.token for row in drawn.rows}, name),
            tag("path", class_="gantt-stripe", d=stripes),
            tag("g", *_axis(drawn.time, drawn.height), aria_hidden="true"),
            tag("g", *rows, role="list", aria_label="环节" if zh else "Steps"),
            *_today(drawn.time, drawn.height),
        ]
    )
    return tag(
        "svg",
        content,
        xmlns="http://www.w3.org/2000/svg",
        class_="drawing gantt" + (" gantt-predicted" if drawn.predicted else ""),
        viewBox=f"0 0 {number(drawn.width)} {number(drawn.height)}",
        width=round(drawn.width),
        height=round(drawn.height),
        role="group",
        lang=TAGS[drawn.language],
        aria_labelledby=f"{name}-title",
        aria_describedby=f"{name}-desc",
    )


def _description(drawn: Gantt) -> str:
    if drawn.language == "zh":
        return f"{len(drawn.rows)} 个环节按先后排列；实条为已办时间，虚条为预计时间，斜纹为停表。"
    return (
        f"{len(drawn.rows)} steps in order; solid bars are time used, dashed ones are forecast, "
        "hatching is where a clock stood."
    )


def _hatching(name: str) -> Markup:
    stripes = tag("path", d="M-2 2 2-2M0 8 8 0M6 10 10 6", class_="gantt-hatch")
    pattern = tag(
        "pattern", stripes, id=f"{name}-stopped", width=8, height=8, patternUnits="userSpaceOnUse"
    )
    return tag("defs", pattern)


def _axis(time: Timeline, height: float) -> Iterator[Markup]:
    for long in (False, True):
        rests = [(one.x, HEAD, one.width, height - HEAD) for one in time.rests if one.long is long]
        if rests:
            yield tag("path", class_="gantt-holiday" if long else "gantt-rest", d=boxes(rests))
    weeks = "".join(f"M{number(week.x)} {number(HEAD - 6)}v6" for week in time.weeks)
    yield tag("path", class_="gantt-week", d=weeks)
    months = "".join(f"M{number(one.x)} 4V{number(height)}" for one in time.months[1:])
    yield tag(
        "path",
        class_="gantt-month",
        d=f"{months}M{number(LABELS)} {number(HEAD)}H{number(time.end)}",
    )
    for month in time.months:
        if month.name:
            yield tag("text", month.name, class_="gantt-month-name", x=month.x + 4, y=17)
    for week in time.weeks:
        if week.name:
            yield tag("text", week.name, class_="gantt-week-name", x=week.x + 2, y=34)


def _today(time: Timeline, height: float) -> Iterator[Markup]:
    if time.today is None:
        return
    room = lettering.width(time.today_name, 12) + 12
    x = min(max(time.today - room / 2, LABELS), time.end - room)
    yield tag("path", class_="gantt-today", d=f"M{number(time.today)} 20V{number(height)}")
    yield tag("rect", class_="gantt-today-flag", x=x, y=22, width=room, height=18, rx=3)
    yield tag("text", time.today_name, class_="gantt-today-name", x=x + room / 2, y=35)


def _row(row: Row, name: str) -> Markup:
    top = row.top + row.height / 2 - NAME_LINE * len(row.label) / 2
    class_ = "gantt-name gantt-name-critical" if row.critical else "gantt-name"
    sign = small_mark(row.sign, Point(_MARK, row.top + row.height / 2), name)
    label = sign + words(row.label, Point(_INDENT, top + _BASELINE), NAME_LINE, class_)
    if len(row.bars) == 1:
        bar = row.bars[0]
        link = tag("a", tag("title", bar.name), label, *_bar(bar, row, name), href=bar.href)
        return tag("g", link, role="listitem")
    links = (
        tag("a", tag("title", bar.name), *_bar(bar, row, name), href=bar.href) for bar in row.bars
    )
    whole = tag("a", tag("title", row.name), label, href=row.href)
    return tag("g", whole, *links, role="listitem")


def _bar(bar: Bar, row: Row, name: str) -> Iterator[Markup]:
    middle = bar.y + bar.height / 2
    if bar.waited:
        end = bar.waited.x + bar.waited.width
        d = f"M{number(bar.waited.x)} {number(middle)}H{number(end)}"
        yield tag("path", class_="gantt-waited", d=d)
    for span, kind in ((bar.ahead, " bar-ahead"), (bar.worked, "")):
        if span:
            yield tag(
                "rect",
                class_=f"bar bar-{bar.sign.token}{kind}",
                x=span.x,
                y=bar.y,
                width=span.width,
                height=bar.height,
                rx=2,
            )
    if bar.stops:
        d = boxes((stop.x, bar.y, stop.width, bar.height) for stop in bar.stops)
        yield tag("path", class_="gantt-stop", fill=f"url(#{name}-stopped)", d=d)
    if row.critical and bar is row.bars[-1]:
        begin = min(span.x for one in row.bars for span in (one.worked, one.ahead) if span)
        end = max(s.x + s.width for one in row.bars for s in (one.worked, one.ahead) if s)
        y = number(bar.y + bar.height + 3)
        yield tag("path", class_="gantt-critical", d=f"M{number(begin)} {y}H{number(end)}")
    yield from _limits(bar)
    if bar is max(row.bars, key=lambda one: one.end):
        yield _until(bar)


def _until(bar: Bar) -> Markup:
    """What is said at the end of a bar: after it or, where a mark stands in the way, before it."""
    y, room = bar.y + bar.height / 2 + 4, lettering.width(bar.until, _SMALL) + 12
    marks = [mark for mark in (bar.promised, bar.statutory) if mark is not None]
    touching = [mark for mark in marks if mark <= bar.end + _TOUCH]
    at = max([bar.end, *(mark + _TOUCH - 2 for mark in touching)])
    in_the_way = [mark for mark in marks if at < mark <= at + room]
    if in_the_way and bar.begin - room >= LABELS:
        text = "gantt-until gantt-until-left"
        return tag("text", bar.until, class_=text, x=bar.begin - 6, y=y)
    return tag("text", bar.until, class_="gantt-until", x=max([at, *in_the_way]) + 6, y=y)


def _limits(bar: Bar) -> Iterator[Markup]:
    top, bottom = number(bar.y - 3), number(bar.y + bar.height + 2)
    if bar.promised is not None:
        x = number(bar.promised)
        flag = f"m-4-{number(bar.height + 5)}h8l-4 5z" if bar.height > _THIN else ""
        yield tag(
            "path",
            class_="gantt-promised",
            d=f"M{x} {top}V{bottom}{flag}",
        )
    if bar.statutory is not None:
        left, right = number(bar.statutory - 2.5), number(bar.statutory)
        d = f"M{right} {top}V{bottom}M{left} {top}V{bottom}"
        yield tag("path", class_="gantt-statutory", d=d)
