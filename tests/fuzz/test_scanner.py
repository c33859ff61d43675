"""A scanner of web applications finds nothing of medium level or above on the pages.

`make fuzz` scans longer, and as more people.
"""

import asyncio
import os
from typing import Any

import pytest

from tests.fuzz import scanner
from tests.fuzz.stage import Stage

CRAWLING_SECONDS = 5
ATTACKING_SECONDS = 1


def reported(name: str, level: int, path: str = "/inbox") -> dict[str, Any]:
    """A report with one finding."""
    found = {"level": level, "method": "GET", "path": path, "parameter": "q", "info": "found"}
    return {"vulnerabilities": {name: [found]}, "anomalies": {}, "infos": {"crawled_pages_nbr": 3}}


@pytest.mark.parametrize(
    ("report", "wrong", "small"),
    [
        (reported("SQL Injection", 4), 1, 0),
        (reported("Open Redirect", 2), 1, 0),
        (reported("Secure Flag cookie", 1), 0, 1),
        (reported("Cross Site Request Forgery", 2, "/sign-in"), 0, 0),
        (reported("Cross Site Request Forgery", 2, "/progress"), 0, 0),
        (reported("Cross Site Request Forgery", 2, "/inbox"), 1, 0),
    ],
)
def test_findings_count_by_their_level(report: dict[str, Any], wrong: int, small: int) -> None:
    told = scanner.judged(report)
    assert (told.pages, len(told.wrong), told.small) == (3, wrong, small)


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
