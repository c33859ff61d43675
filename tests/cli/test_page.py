"""docs/cli.md tells what the commands do."""

import re
from pathlib import Path

from groundwork.console.acting import COMMANDS, fields_of
from groundwork.console.faults import ExitCode

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()
ROWS = {
    verb[1]: set(re.findall(r"`([a-z_]+)`", line[verb.end() :]))
    for line in PAGE.splitlines()
    if (verb := re.match(r"\| `([a-z_]+)` \|", line))
}


def test_every_verb_is_listed_with_its_fields() -> None:
    for verb, kind in COMMANDS.items():
        assert set(fields_of(kind)) <= ROWS[verb], verb


def test_every_exit_code_is_explained() -> None:
    for code in ExitCode:
        assert f"| {code.value} |" in PAGE
