"""Passwords that are guessed first are refused, and no others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwork.domain.passwords import LEAST, MOST, weakness

NAMES = ("张伟", "zhang.wei")


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("a" * (LEAST - 1), "password_short"),
        ("correct horse", None),
        ("三十二条河流经过这座小城", None),
        ("x1y2z3" * (MOST // 6 + 1), "password_long"),
        ("Zhang.Wei likes tea", "password_like_name"),
        ("我是张伟我在鹤山上班呢", "password_short"),
        ("我是张伟，我在鹤山上班已经很久", "password_like_name"),
        ("PASSWORD-2026", "password_common"),
        ("123456789012", "password_common"),
        ("abcdefghijklm", "password_common"),
        ("abababababababab", "password_common"),
        ("!!20261125!!-77", "password_common"),
        ("qwertyuiop1234", "password_common"),
    ],
)
def test_each_weakness_has_its_code(password: str, code: str | None) -> None:
    assert weakness(password, NAMES) == code


@given(st.text(alphabet="abcdefghijkmnpqrstuvwxyz", min_size=1, max_size=5))
def test_however_letters_are_written_a_name_is_a_name(filling: str) -> None:
    assert weakness(f"{filling}-ZHANG.wei-{filling}--", NAMES) == "password_like_name"


@given(st.text(min_size=LEAST, max_size=MOST))
def test_the_answer_is_the_same_in_capitals(password: str) -> None:
    folded = password.casefold()
    if LEAST <= len(folded) <= MOST:
        assert (weakness(folded, ()) is None) == (weakness(password, ()) is None)
