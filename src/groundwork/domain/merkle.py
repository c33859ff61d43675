"""A Merkle tree, shaped and hashed as in RFC 6962: one hash over a list, and short proofs.

A proof shows that an item is in the list without showing the rest of it. Leaves and nodes are
hashed with different first bytes, so that neither can be passed off as the other.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

Path = Sequence[tuple[bool, bytes]]
"""The neighbours on the way from a leaf to the root, each with whether it stands on the left."""

EMPTY = sha256(b"").digest()
"""The root of no items."""


def root(items: Iterable[bytes]) -> bytes:
    """The hash over all items in their order."""
    level = [_leaf(item) for item in items]
    while len(level) > 1:
        level = _above(level)
    return level[0] if level else EMPTY


def path(items: Sequence[bytes], index: int) -> list[tuple[bool, bytes]]:
    """What proves that the item at that place is in the list. Raises IndexError."""
    level = [_leaf(item) for item in items]
    if not 0 <= index < len(level):
        raise IndexError(index)
    way = []
    while len(level) > 1:
        beside = index ^ 1
        if beside < len(level):
            way.append((beside < index, level[beside]))
        level, index = _above(level), index // 2
    return way


def climb(item: bytes, way: Path) -> bytes:
    """The root that an item has by its proof."""
    found = _leaf(item)
    for on_the_left, beside in way:
        found = _node(beside, found) if on_the_left else _node(found, beside)
    return found


def _above(level: Sequence[bytes]) -> list[bytes]:
    """The next level: pairs are joined, and a last one without a neighbour moves up as it is."""
    pairs = [_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
    return [*pairs, level[-1]] if len(level) % 2 else pairs


def _leaf(item: bytes) -> bytes:
    return sha256(b"\0" + item).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()
