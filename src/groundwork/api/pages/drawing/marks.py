"""The shapes that signs are drawn with: symbols in a drawing, used by their token."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from markupsafe import Markup

from groundwork.api.pages.drawing.signs import Sign
from groundwork.api.pages.drawing.svg import Point, number, tag

_SMALL: Final = 0.62


def _circle(class_: str, radius: float = 11) -> Markup:
    return tag("circle", class_=class_, r=radius)


def _path(class_: str, data: str) -> Markup:
    return tag("path", class_=class_, d=data)


_SHAPES: Final[Mapping[str, tuple[Markup, ...]]] = MappingProxyType(
    {
        "done": (_circle("mark-done"), _path("mark-done-glyph", "M-5 .5l3.5 3.5 6.5-7.5")),
        "green": (_circle("mark-green"), _circle("mark-green-glyph", 5)),
        "yellow": (
            tag("rect", class_="mark-yellow", x=-11, y=-11, width=22, height=22, rx=6),
            _path("mark-yellow-glyph", "M0-6.5 6.5 5h-13z"),
        ),
        "red": (
            tag("rect", class_="mark-red", x=-12, y=-12, width=24, height=24, rx=1),
            tag("rect", class_="mark-red-glyph", x=-4.5, y=-4.5, width=9, height=9),
        ),
        "paused": (_circle("mark-paused"), _path("mark-paused-glyph", "M-3-5v10M3-5v10")),
        "todo": (_circle("mark-todo"), _circle("mark-todo-glyph", 3.5)),
        "exempt": (_circle("mark-exempt"), _path("mark-exempt-glyph", "M-5 0h10")),
        "ended": (
            _path("mark-ended", "M0-13 13 0 0 13-13 0z"),
            _path("mark-ended-glyph", "M-4-4 4 4M4-4-4 4"),
        ),
    }
)
"""The outline and the glyph of every token, around the middle of the mark."""


def symbols(tokens: Iterable[str], name: str) -> Markup:
    """The definitions of the marks of a drawing, whose ids begin with `name`."""
    return tag(
        "defs", *(tag("g", *_SHAPES[token], id=f"{name}-{token}") for token in sorted(tokens))
    )


def mark(sign: Sign, at: Point, name: str) -> Markup:
    """A sign's mark around a place."""
    return tag("use", href=f"#{name}-{sign.token}", x=at.x, y=at.y)


def small_mark(sign: Sign, at: Point, name: str) -> Markup:
    """The same in the size of a line of text."""
    place = f"translate({number(at.x)} {number(at.y)}) scale({_SMALL})"
    return tag("use", href=f"#{name}-{sign.token}", transform=place)
