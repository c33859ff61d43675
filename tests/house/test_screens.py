"""The list of screens in the documentation is that of the pages that are looked at."""

from tests.browser.gallery import SCREENS, screens


def test_the_list_of_screens_is_current() -> None:
    assert SCREENS.read_text() == screens(), "run `python -m tests.browser.gallery`"
