"""A scanner of web applications finds nothing of medium level or above on the pages.

`make fuzz` scans longer, and as more people.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fuzz import scanner
from tests.fuzz.stage import Stage

CRAWLING_SECONDS = 5
ATTACKING_SECONDS = 1


def found(name: str, level: int, path: str = "/inbox") -> dict[str, Any]:
    """A report with one finding."""
    one = {"level": level, "method": "GET", "path": path, "parameter": "q", "info": "found"}
    return {"vulnerabilities": {name: [one]}, "anomalies": {}, "infos": {"crawled_pages_nbr": 3}}


@pytest.mark.parametrize(
    ("report", "wrong", "small"),
    [
        (found("SQL Injection", 4), 1, 0),
        (found("Open Redirect", 2), 1, 0),
        (found("Secure Flag cookie", 1), 0, 1),
        (found("Cross Site Request Forgery", 2, "/sign-in"), 0, 0),
        (found("Cross Site Request Forgery", 2, "/progress"), 0, 0),
        (found("Cross Site Request Forgery", 2, "/inbox"), 1, 0),
    ],
)
def test_findings_count_by_their_level(report: dict[str, Any], wrong: int, small: int) -> None:
    told = scanner.judged(report)
    assert (told.pages, len(told.wrong), told.small) == (3, wrong, small)


@pytest.mark.parametrize(
    ("trouble", "starts"), [(f"sqlite3: {scanner.LOCKED}", 2), ("out of memory", 1)]
)
def test_a_scan_is_begun_again_only_if_its_own_store_was_locked(
    tmp_path: Path, trouble: str, starts: int
) -> None:
    counted = tmp_path / "counted"
    stumbling = (
        "import pathlib, sys\n"
        "counted = pathlib.Path(sys.argv[1])\n"
        "with counted.open('a') as lines: lines.write('started\\n')\n"
        "if len(counted.read_text().splitlines()) == 1: sys.exit(sys.argv[2])\n"
        "pathlib.Path('report.json').write_text('{}')\n"
    )
    command = [sys.executable, "-c", stumbling, str(counted), trouble]
    if starts > 1:
        assert scanner.reported(command) == {}
    else:
        with pytest.raises(RuntimeError, match=trouble):
            scanner.reported(command)
    assert len(counted.read_text().splitlines()) == starts


@pytest.mark.skipif(
    not scanner.PROGRAM.is_file() and not os.environ.get("CI"), reason="make scanner was not run"
)
async def test_the_scanner_finds_nothing_that_counts(attacked: Stage) -> None:
    told = await asyncio.to_thread(
        scanner.scan,
        attacked,
        "natural-resources.officer",
        crawling=CRAWLING_SECONDS,
        attacking=ATTACKING_SECONDS,
    )
    assert not told.wrong, "\n".join(told.wrong)
    assert told.pages > 0
