"""The Merkle tree: RFC 6962's own examples, and that every proof proves its item alone."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwork.domain import merkle

LISTS = st.lists(st.binary(max_size=8), min_size=1, max_size=33)


def as_the_standard_says(items: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word by word."""
    if len(items) == 1:
        return sha256(b"\0" + items[0]).digest()
    half = 1
    while half * 2 < len(items):
        half *= 2
    left, right = as_the_standard_says(items[:half]), as_the_standard_says(items[half:])
    return sha256(b"\1" + left + right).digest()


def test_no_items_have_the_hash_of_nothing() -> None:
    assert merkle.root([]) == sha256(b"").digest()


@given(LISTS)
def test_the_root_is_that_of_the_standard(items: list[bytes]) -> None:
    assert merkle.root(items) == as_the_standard_says(items)


@given(LISTS, st.data())
def test_a_proof_leads_to_the_root(items: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(items) - 1))
    way = merkle.path(items, index)
    assert merkle.climb(items[index], way) == merkle.root(items)
    assert merkle.climb(items[index] + b"!", way) != merkle.root(items)


@pytest.mark.parametrize("index", [-1, 3])
def test_what_is_not_in_the_list_has_no_proof(index: int) -> None:
    with pytest.raises(IndexError):
        merkle.path([b"a", b"b", b"c"], index)
