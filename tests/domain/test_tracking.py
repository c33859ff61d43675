"""Tracking codes are typed by people: whatever slips is seen, and nothing else is refused."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from groundwork.domain.tracking import (
    ALPHABET,
    CODES,
    GROUP,
    LENGTH,
    read_tracking_code,
    tracking_code,
)

codes = st.integers(0, CODES - 1).map(tracking_code)
places = st.integers(0, LENGTH - 1)


def plain(code: str) -> str:
    return code.replace("-", "")


@given(codes)
def test_a_code_reads_as_itself_in_groups_of_four(code: str) -> None:
    assert read_tracking_code(code) == code
    assert [len(group) for group in code.split("-")] == [GROUP] * (LENGTH // GROUP)


@given(st.integers(0, CODES - 1), st.integers(0, CODES - 1))
def test_no_two_numbers_share_a_code(one: int, other: int) -> None:
    assume(one != other)
    assert tracking_code(one) != tracking_code(other)


@given(codes, places, st.sampled_from(ALPHABET))
def test_every_wrong_character_is_seen(code: str, place: int, character: str) -> None:
    typed = list(plain(code))
    assume(typed[place] != character)
    typed[place] = character
    assert read_tracking_code("".join(typed)) is None


@given(codes, places, places)
def test_every_swap_of_two_characters_is_seen(code: str, one: int, other: int) -> None:
    typed = list(plain(code))
    assume(typed[one] != typed[other])
    typed[one], typed[other] = typed[other], typed[one]
    assert read_tracking_code("".join(typed)) is None


def test_every_neighbouring_swap_and_every_slip_of_one_code_is_seen() -> None:
    code = plain(tracking_code(CODES // 7))
    for place in range(LENGTH):
        for character in set(ALPHABET) - {code[place]}:
            assert read_tracking_code(code[:place] + character + code[place + 1 :]) is None
    for place in range(LENGTH - 1):
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        assert swapped == code or read_tracking_code(swapped) is None


@given(codes, st.sampled_from(["", " ", "—", "－", "  ", "."]), st.booleans())
def test_a_code_may_be_typed_in_many_ways(code: str, between: str, small: bool) -> None:
    typed = code.replace("-", between)
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in typed)
    for text in (typed, wide, f" {typed}\n"):
        assert read_tracking_code(text.lower() if small else text) == code


def test_there_are_too_many_codes_to_try_and_their_characters_are_unlike_each_other() -> None:
    assert CODES > 2**80
    assert len(set(ALPHABET)) == len(ALPHABET) == 23
    for alike in ("0OQD", "1IL", "2Z", "5S", "6G", "8B", "UV"):
        assert len(set(alike) & set(ALPHABET)) <= 1
    assert not set("AEIOU") & set(ALPHABET)


@pytest.mark.parametrize("number", [-1, CODES])
def test_numbers_without_a_code_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match="tracking code"):
        tracking_code(number)
