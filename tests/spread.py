"""How tests are spread over the processes of `make test`.

What shares a server, a story or a plan stays together: the tests of one module, and all those of a
folder whose modules share something that is dear to make. The longest begin first, so that no
process is left with one of them at the end.
"""

from pathlib import PurePosixPath
from typing import Final

from xdist.scheduler.loadscope import LoadScopeScheduling

TOGETHER: Final = ("tests/browser", "tests/fuzz")
"""Folders whose modules share what is dear to make: a browser, and a demonstration to look at."""

LONGEST: Final = (
    *("tests/browser", "tests/bench", "tests/survival", "tests/fuzz", "tests/cli", "tests/runtime"),
)
"""What begins first, in this order."""


class ByUnit(LoadScopeScheduling):  # type: ignore[misc]  # it comes without types
    """Gives each process one unit after the other, in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)


def unit(test: str) -> str:
    """What a test, given by its id, is run together with: a folder or a module."""
    module = test.partition("::")[0]
    return next((folder for folder in TOGETHER if _within(module, folder)), module)


def rank(test: str) -> int:
    """When the unit of a test, given by its id, begins: the lower, the earlier."""
    ranks = (number for number, folder in enumerate(LONGEST) if _within(unit(test), folder))
    return next(ranks, len(LONGEST))


def _within(path: str, folder: str) -> bool:
    return PurePosixPath(path).is_relative_to(folder)
