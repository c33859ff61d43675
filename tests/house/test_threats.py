"""Each threat that the documentation names is met by code and tests that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "threats.md").read_text()
ROWS = [line.split("|")[1:-1] for line in PAGE.splitlines() if line.startswith("| ")][1:]
KINDS = ("Spoofing", "Tampering", "Repudiation", "Information", "Denial", "Elevation")


def paths(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_every_threat_names_code_and_tests_that_exist() -> None:
    assert len(ROWS) >= len(KINDS)
    for threat, measures, code, tests in ROWS:
        assert measures.strip(), threat
        assert paths(code), threat
        assert paths(tests), threat
        for path in paths(code):
            assert (ROOT / "src/groundwork" / path).is_file() or (ROOT / path).is_file(), path
        for path in paths(tests):
            assert (ROOT / "tests" / path).is_file(), path


def test_every_kind_of_stride_is_there() -> None:
    assert all(f"| **{kind}" in PAGE for kind in KINDS)
