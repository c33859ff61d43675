"""What docs/ops/alerts.md says to do, taken out of it rather than written again."""

import re
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parents[2] / "docs/ops/alerts.md"
_SECTION: Final = re.compile(r"^## (Groundwork\w+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_BLOCK: Final = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PLACEHOLDER: Final = re.compile(r"\b(?:CHAIN|CHANNEL|PID)\b")


def runbook() -> dict[str, list[str]]:
    """The commands of each alert, in their order; none where nothing is to be done."""
    return {
        alert: [line for block in _BLOCK.findall(text) for line in block.splitlines()]
        for alert, text in _SECTION.findall(PAGE.read_text("utf-8"))
    }


def filled(command: str, printed: str, meaning: dict[str, str]) -> str:
    """The command with what was printed in place of its words in capitals.

    `meaning` has a pattern for each of them, whose first group is what it stands for. Raises
    LookupError when nothing of the kind was printed.
    """

    def found(word: re.Match[str]) -> str:
        seen = re.search(meaning[word[0]], printed, re.MULTILINE)
        if seen is None:
            raise LookupError(f"nothing for {word[0]} was printed")
        return seen[1]

    return _PLACEHOLDER.sub(found, command)
