"""Words are broken so that they fit, and no line begins or ends with the wrong punctuation."""

from hypothesis import given
from hypothesis import strategies as st

from groundwork.api.pages.drawing.lettering import width, wrapped

LETTERS = st.text(alphabet="施工图审查（含消防、）。 aWi/-(),.", min_size=1, max_size=40)


@given(LETTERS, st.floats(60, 200))
def test_lines_fit_and_hold_everything_or_an_ellipsis(text: str, room: float) -> None:
    lines = wrapped(text, room, 13)
    assert 1 <= len(lines) <= 3
    assert all(width(line, 13) <= room for line in lines)
    whole = "".join("".join(lines).split())
    assert whole == "".join(text.split()) or lines[-1].endswith("…")


def test_lines_are_about_as_long_as_one_another() -> None:
    assert wrapped("企业投资项目备案（赋码）", 100, 13) == ("企业投资项目", "备案（赋码）")


def test_words_are_not_broken() -> None:
    assert wrapped("Fire design review of special works", 100, 13) == (
        "Fire design",
        "review of",
        "special works",
    )


def test_what_does_not_fit_ends_with_an_ellipsis() -> None:
    assert wrapped("contract and payment (conversion gate)", 80, 13, 2)[-1].endswith("…")
