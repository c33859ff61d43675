"""How wide words are, and where they are broken: SVG does not wrap by itself.

Widths are estimates for any sans-serif font: a Chinese character is as wide as it is high.
"""

import re
from typing import Final

_LATIN: Final = 0.56
_WORD: Final = re.compile(r"[ -\u024f\u2010-\u2027]+?(?:[ /-]|(?=[^ -\u024f\u2010-\u2027])|$)|.")
_NEVER_FIRST: Final = frozenset("）》」』】，。、；：！？)],.;:!?%·")
_NEVER_LAST: Final = frozenset("（《「『【([")
_LAST_NARROW: Final = 0x2E7F


def width(text: str, size: float) -> float:
    """The estimated width of a line at a size of type, in its unit."""
    return size * sum(_LATIN if ord(letter) <= _LAST_NARROW else 1.0 for letter in text)


def wrapped(text: str, room: float, size: float, most: int = 3) -> tuple[str, ...]:
    """The text in lines of about the same length that fit into the room, `most` at most.

    What does not fit is cut off with an ellipsis; whoever draws it says the whole elsewhere.
    """
    pieces = [part for piece in _pieces(text) for part in _fitting(piece, room, size)]
    lines = _filled(pieces, room, size)
    if len(lines) > most:
        return (*lines[: most - 1], _cut(_rejoined(lines[most - 1 :]), room, size))
    best, narrower = lines, room - size / 2
    while narrower > size and len(tried := _filled(pieces, narrower, size)) == len(lines):
        if max(width(line, size) for line in tried) <= room:
            best = tried
        narrower -= size / 2
    return tuple(best)


def _pieces(text: str) -> list[str]:
    """What may not be broken: words, and characters with the punctuation that clings to them."""
    pieces: list[str] = []
    for piece in _WORD.findall(text):
        clings = pieces and (piece[0] in _NEVER_FIRST or pieces[-1][-1] in _NEVER_LAST)
        if clings:
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces


def _fitting(piece: str, room: float, size: float) -> list[str]:
    """A piece, broken anywhere if it is wider than a line."""
    parts = [""]
    for letter in piece:
        if parts[-1] and width((parts[-1] + letter).rstrip(), size) > room:
            parts.append(letter)
        else:
            parts[-1] += letter
    return parts


def _filled(pieces: list[str], room: float, size: float) -> list[str]:
    lines = [""]
    for piece in pieces:
        longer = lines[-1] + piece
        if lines[-1] and width(longer.rstrip(), size) > room:
            lines.append(piece)
        else:
            lines[-1] = longer
    return [line.strip() for line in lines]


def _rejoined(lines: list[str]) -> str:
    """Broken lines as one again: between two words stood a space."""
    text = lines[0]
    for line in lines[1:]:
        both_latin = ord(text[-1]) <= _LAST_NARROW and ord(line[0]) <= _LAST_NARROW
        text += f" {line}" if both_latin and text[-1] not in "/-" else line
    return text


def _cut(text: str, room: float, size: float) -> str:
    if width(text, size) <= room:
        return text
    while text and width(text + "…", size) > room:
        text = text[:-1]
    return text.rstrip() + "…"
