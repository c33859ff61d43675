"""Terms as drawings say them."""

import pytest

from groundwork.api.languages import Language
from groundwork.api.pages.drawing import wording


@pytest.mark.parametrize(
    ("days", "over", "language", "words"),
    [
        (3, False, "zh", "剩余 3 个工作日"),
        (1, False, "en", "1 working day left"),
        (0, False, "zh", "今日到期"),
        (-2, True, "zh", "超期 2 个工作日"),
        (-1, True, "en", "1 working day late"),
        # It ended on a rest day, and no working day has gone by since.
        (0, True, "zh", "已超期"),
        (0, True, "en", "overdue"),
    ],
)
def test_what_is_left_of_a_term(days: int, over: bool, language: Language, words: str) -> None:
    assert wording.left(days, language, over=over) == words
