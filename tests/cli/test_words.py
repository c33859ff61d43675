"""Everything shown has its word in both languages; a light never shows by colour alone."""

from datetime import UTC, date, datetime
from enum import StrEnum

import pytest

from groundwork.console import words
from groundwork.domain.model import Light


@pytest.mark.parametrize("enumeration", words.TABLES)
def test_every_member_has_its_word(enumeration: type[StrEnum]) -> None:
    assert {member.value for member in enumeration} <= words.TABLES[enumeration].keys()


def test_every_light_has_a_glyph_and_a_word_of_its_own() -> None:
    shown = [words.light(light, "zh").text for light in Light]
    assert len({text.split()[0] for text in shown}) == len(Light)
    assert words.light("red", "en").text == "■ Overdue"


def test_a_word_that_a_later_release_adds_is_shown_as_it_is() -> None:
    assert words.word(words.STATES, "levitating", "zh") == "levitating"


def test_dates_leave_out_the_year_of_today() -> None:
    on = date(2026, 4, 16)
    assert words.day(on, "zh", today=date(2026, 1, 1)) == "4月16日(周四)"
    assert words.day(on, "zh", today=date(2025, 1, 1)) == "2026年4月16日(周四)"
    assert words.day(on, "en") == "Thu 16 Apr 2026"


def test_moments_are_those_of_shanghai() -> None:
    at = datetime(2026, 4, 15, 16, 30, tzinfo=UTC)
    assert words.moment(at, "en", today=date(2026, 4, 1)) == "Thu 16 Apr 00:30"


def test_one_day_is_no_days() -> None:
    assert words.amount(1, "working_days", "en") == "1 working day"
    assert words.amount(1, "working_days", "zh") == "1 个工作日"
