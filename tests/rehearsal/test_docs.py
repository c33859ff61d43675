"""The guide shows scripts that can be played, and names every word that they may use."""

import re
from pathlib import Path

import pytest

from groundwork.rehearsal.moments import DUE_DAYS, HAPPENINGS
from groundwork.rehearsal.reading import read_script
from tests.rehearsal.scripts import written

GUIDE = (Path(__file__).parents[2] / "docs" / "rehearsal.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)


def test_the_example_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "example.yaml"
    file.write_text(EXAMPLES[0], encoding="utf-8")
    script, _ = read_script(file)
    assert script.actions


@pytest.mark.parametrize("example", EXAMPLES[1:])
def test_the_other_examples_are_parts_of_a_script(example: str, tmp_path: Path) -> None:
    assert read_script(written(tmp_path, example))


def test_every_word_is_explained() -> None:
    words = {word for _, word in HAPPENINGS.values()} | set(DUE_DAYS.values())
    assert not {word for word in words if f"`{word}`" not in GUIDE}
