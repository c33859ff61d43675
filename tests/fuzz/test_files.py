"""What was damaged is read or refused in words; nothing else comes of it."""

import pytest

from tests.fuzz.files import READERS, attack

EXAMPLES = 30


@pytest.mark.parametrize("name", READERS)
def test_damage_is_read_or_refused(name: str) -> None:
    attack(name, EXAMPLES)


@pytest.mark.parametrize("name", READERS)
def test_what_is_sound_is_read(name: str) -> None:
    READERS[name].read(READERS[name].sound)
