"""The map of a chain as SVG, and the same facts as rows for the list beside it."""

from typing import Final, NamedTuple

from markupsafe import Markup

from groundwork.api.languages import TAGS
from groundwork.api.pages.drawing.marks import mark, symbols
from groundwork.api.pages.drawing.metro import (
    MARK,
    MOST_MARKS,
    NAME_LINE,
    NOTE_LINE,
    Lane,
    Line,
    Mark,
    MetroMap,
    Station,
)
from groundwork.api.pages.drawing.notes import Note
from groundwork.api.pages.drawing.signs import Sign
from groundwork.api.pages.drawing.svg import Point, joined, number, rounded, tag, words

_RADIUS: Final = 12.0
_BASELINE: Final = 12.0


class MapRow(NamedTuple):
    """One mark of the map as a row of the list beside it, in the order of the chain."""

    key: str
    sign: Sign
    name: str
    href: str


def map_rows(drawn: MetroMap) -> tuple[MapRow, ...]:
    """Everything that can be clicked on, in the order in which it is read out."""
    marks = (mark for station in drawn.stations for mark in station.marks)
    return tuple(MapRow(one.key, one.sign, one.name, one.href) for one in marks)


def map_svg(drawn: MetroMap, title: str, *, name: str = "map") -> Markup:
    """The map as an SVG element.

    `title` says what it shows; `name` begins its ids, so that a page may hold several drawings.
    """
    zh = drawn.language == "zh"
    signs = {one.sign.token for station in drawn.stations for one in station.marks}
    lines = sorted(drawn.lines, key=lambda line: (line.critical, line.passed))
    described = _description(drawn)
    content = joined(
        [
            tag("title", title, id=f"{name}-title"),
            tag("desc", described, id=f"{name}-desc"),
            symbols(signs, name),
            tag("g", *(_band(lane, drawn, n) for n, lane in enumerate(drawn.lanes))),
            tag("g", *(_line(line) for line in lines), class_="map-lines", aria_hidden="true"),
            tag(
                "g",
                *(_station(station, name) for station in drawn.stations),
                role="list",
                aria_label="环节" if zh else "Steps",
            ),
        ]
    )
    return tag(
        "svg",
        content,
        xmlns="http://www.w3.org/2000/svg",
        class_="drawing map" + (" map-predicted" if drawn.predicted else ""),
        viewBox=f"0 0 {number(drawn.width)} {number(drawn.height)}",
        width=round(drawn.width),
        height=round(drawn.height),
        role="group",
        lang=TAGS[drawn.language],
        aria_labelledby=f"{name}-title",
        aria_describedby=f"{name}-desc",
    )


def _description(drawn: MetroMap) -> str:
    steps, lanes = len(drawn.stations), len(drawn.lanes)
    if drawn.language == "zh":
        return f"{steps} 个环节，{lanes} 个部门；从左到右为先后顺序，粗线为关键路径。"
    return (
        f"{steps} steps in {lanes} departments; left to right is the order, "
        "the thick line is the critical path."
    )


def _band(lane: Lane, drawn: MetroMap, place: int) -> Markup:
    shade = tag(
        "rect",
        class_="map-band" if place % 2 else "map-band map-band-even",
        y=lane.top,
        width=drawn.width,
        height=lane.height,
    )
    top = lane.top + lane.height / 2 - NAME_LINE * len(lane.label) / 2
    return joined([shade, words(lane.label, Point(12.0, top + _BASELINE), NAME_LINE, "map-lane")])


def _line(line: Line) -> Markup:
    classes = [
        "map-line",
        "map-critical" if line.critical else "",
        "map-passed" if line.passed else "",
    ]
    return tag("path", class_=" ".join(filter(None, classes)), d=rounded(line.points, _RADIUS))


def _station(station: Station, name: str) -> Markup:
    name_top = Point(station.centre.x, station.text_top + _BASELINE)
    notes_top = Point(station.centre.x, station.text_top + NAME_LINE * len(station.label))
    said = [
        words(station.label, name_top, NAME_LINE, "map-name"),
        *(
            _note(note, Point(notes_top.x, notes_top.y + n * NOTE_LINE))
            for n, note in enumerate(station.notes)
        ),
    ]
    classes = "map-station map-station-critical" if station.critical else "map-station"
    if station.count == 1:
        only = station.marks[0]
        return tag("g", _link(only, name, *said), class_=classes, role="listitem")
    capsule = tag(
        "rect",
        class_="map-capsule",
        x=station.centre.x - station.half_width,
        y=station.centre.y - station.half_height,
        width=2 * station.half_width,
        height=2 * station.half_height,
        rx=min(station.half_height, MARK / 2 + 3),
    )
    if station.count > MOST_MARKS:
        at = Point(station.centre.x - 2, station.centre.y - MARK / 2 + 6)
        count = tag("text", f"×{station.count}", class_="map-count", x=at.x, y=at.y + _BASELINE)
        link = _link(station.marks[0], name, count, *said, before=capsule)
        return tag("g", link, class_=classes, role="listitem")
    links = (_link(one, name) for one in station.marks)
    heard = tag("g", *said, aria_hidden="true")
    return tag("g", capsule, *links, heard, class_=classes, role="listitem")


def _link(one: Mark, name: str, *said: Markup, before: Markup | None = None) -> Markup:
    caption = (
        [tag("text", one.caption, class_="map-caption", x=one.centre.x, y=one.centre.y + MARK - 3)]
        if one.caption
        else []
    )
    parts = [
        tag("title", one.name),
        *([before] if before else []),
        mark(one.sign, one.centre, name),
    ]
    return tag("a", *parts, *caption, *said, href=one.href)


def _note(note: Note, at: Point) -> Markup:
    word = [tag("tspan", note.word, class_=f"sign-{note.token}")] if note.word else []
    rest = f" {note.rest}" if note.word and note.rest else note.rest
    return tag("text", *word, *([rest] if rest else []), class_="map-note", x=at.x, y=at.y + 11)
