"""A few words to write SVG and HTML in, everything escaped."""

from collections.abc import Iterable, Sequence
from math import hypot
from typing import NamedTuple

from markupsafe import Markup, escape

Value = str | int | float | bool | None


class Point(NamedTuple):
    """A place in a drawing, in its own units, y downwards."""

    x: float
    y: float


def tag(name: str, *children: str | Markup, **attributes: Value) -> Markup:
    """An element with its children; plain strings among them are escaped.

    An underscore in an attribute's name stands for a hyphen, and one at its end for nothing
    (`class_`). An attribute that is None or False is left out; one that is True is its own value.
    """
    # Plain strings, put together once: a map has hundreds of elements, a page dozens of badges.
    opened = f"<{name}{''.join(_attribute(*pair) for pair in attributes.items())}"
    if not children:
        return Markup(f"{opened}/>")
    inner = "".join(escape(child) for child in children)
    return Markup(f"{opened}>{inner}</{name}>")


def joined(parts: Iterable[Markup]) -> Markup:
    """Pieces one after the other."""
    return Markup("").join(parts)


def words(lines: Sequence[str], at: Point, line: float, class_: str) -> Markup:
    """Lines of text below one another, the first with its baseline at that place.

    Between them stands a space, so that they are read and copied as words.
    """
    spans = (
        tag("tspan", text, x=at.x, y=round(at.y + n * line, 1)) for n, text in enumerate(lines)
    )
    return tag("text", Markup(" ").join(spans), class_=class_)


def number(value: float) -> str:
    """A figure as short as a tenth of a unit allows."""
    written = f"{value:.1f}".removesuffix(".0")
    return "0" if written == "-0" else written


def _attribute(name: str, value: Value) -> str:
    """An attribute as it is written; empty for one to leave out."""
    if value is None or value is False:
        return ""
    written = name.rstrip("_").replace("_", "-")
    if value is True:
        value = written
    text = number(value) if isinstance(value, float) else str(value)
    return f' {written}="{escape(text)}"'


def rounded(points: Sequence[Point], radius: float) -> str:
    """The data of a path through the points whose corners are rounded."""
    written = [f"M{number(points[0].x)} {number(points[0].y)}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        near = min(radius, _apart(before, corner) / 2, _apart(corner, after) / 2)
        into, out = _towards(corner, before, near), _towards(corner, after, near)
        written.append(f"L{number(into.x)} {number(into.y)}")
        written.append(f"Q{number(corner.x)} {number(corner.y)} {number(out.x)} {number(out.y)}")
    written.append(f"L{number(points[-1].x)} {number(points[-1].y)}")
    return "".join(written)


def boxes(found: Iterable[tuple[float, float, float, float]]) -> str:
    """The data of a path of rectangles, each given as x, y, width and height."""
    return "".join(
        f"M{number(x)} {number(y)}h{number(w)}v{number(h)}h{number(-w)}z" for x, y, w, h in found
    )


def _apart(one: Point, other: Point) -> float:
    return hypot(one.x - other.x, one.y - other.y)


def _towards(start: Point, end: Point, length: float) -> Point:
    whole = _apart(start, end)
    if whole == 0:
        return start
    share = length / whole
    return Point(start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share)
