"""Tests that share what is dear to make run in one process, and the longest begin first."""

from pathlib import Path

import pytest

from tests.spread import LONGEST, TOGETHER, rank, unit

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("folder", TOGETHER)
def test_all_of_a_folder_that_shares_is_one_unit(folder: str) -> None:
    modules = [path.relative_to(ROOT) for path in (ROOT / folder).glob("test_*.py")]
    assert len(modules) > 1
    assert {unit(f"{module}::test_it[::]") for module in modules} == {folder}


def test_elsewhere_a_module_is_a_unit_with_all_its_classes() -> None:
    module = "tests/runtime/test_embedded.py"
    assert unit(f"{module}::TestTemporal::test_it") == unit(f"{module}::test_it") == module
    assert unit("tests/browser_of_another_kind/test_it.py::test_it") != "tests/browser"


def test_the_longest_begin_first_and_keep_together() -> None:
    tests = ["tests/api/test_a.py::x", *(f"{one}/test_b.py::x" for one in reversed(LONGEST))]
    assert sorted(tests, key=rank) == [*(f"{one}/test_b.py::x" for one in LONGEST), tests[0]]
    assert all((ROOT / one).is_dir() for one in (*LONGEST, *TOGETHER))
