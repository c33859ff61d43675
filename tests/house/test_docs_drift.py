"""Commands, settings and error codes stand in the documentation, and nothing else does.

Something is documented when its name stands in backticks anywhere in its page. Something is
documented *as existing* when its name is the first of its kind in backticks in a heading or table
row; commands also when a page calls them, in backticks or in a block of shell.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from pydantic import AliasChoices
from pydantic.fields import FieldInfo

from groundwork.api.problems import PROBLEMS
from groundwork.cli import app
from groundwork.domain.rejections import Reason
from groundwork.runtime.settings import Settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
CLI = typer.main.get_command(app)
CODES = {str(code) for code in (*Reason, *PROBLEMS)}

CODE_SPAN = re.compile(r"`([^`\n]+)`")
CODE = r"[a-z][a-z0-9_-]+"
VARIABLE = r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+"


def mentions(page: str) -> set[str]:
    """Everything in backticks."""
    return set(CODE_SPAN.findall(page))


def entries(page: str, shape: str) -> set[str]:
    """What each heading and table row is about: its first name in backticks that has the shape."""
    rows = (line for line in page.splitlines() if line.startswith(("#", "|")))
    spans = ([s for s in CODE_SPAN.findall(row) if re.fullmatch(shape, s)] for row in rows)
    return {names[0] for names in spans if names}


def calls(page: str) -> Iterator[list[str]]:
    """The words after `groundwork` wherever a page calls it, up to the first that is no name."""
    shell = False
    for line in page.splitlines():
        if line.lstrip().startswith("```"):
            shell = line.strip() in {"```sh", "```bash", "```shell"}
        if shell or line.lstrip().startswith("$ "):
            found = re.findall(r"(?:^|[\s/])groundwork ([^|>#&;]+)", line)
        else:
            found = re.findall(r"`(?:\S+/)?groundwork ([^`]+)`", line)
        for rest in found:
            words = re.match(r"(?:[a-z][a-z-]*(?:\s+|$))*", rest)
            if words and words[0]:
                yield words[0].split()


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """The full names of a command's visible commands, such as `audit verify`."""
    children = getattr(command, "commands", {})
    if not children:
        yield " ".join(path)
    for name, child in children.items():
        if not child.hidden:
            yield from leaves(child, (*path, name))


def resolves(command: Any, words: list[str]) -> bool:
    """Whether the words name a command, alone or followed by its arguments."""
    children = getattr(command, "commands", {})
    if not words or not children:
        return True
    return words[0] in children and resolves(children[words[0]], words[1:])


def variables(name: str, field: FieldInfo) -> list[str]:
    """The environment variables that set a field, the documented one first."""
    match field.validation_alias:
        case AliasChoices(choices=choices):
            return [choice for choice in choices if isinstance(choice, str)]
        case str(alias):
            return [alias]
        case _:
            return [f"{Settings.model_config.get('env_prefix', '')}{name}".upper()]


SETTINGS = [variables(name, field) for name, field in Settings.model_fields.items()]
KNOWN_VARIABLES = {name for names in SETTINGS for name in names}


@pytest.fixture(scope="module")
def cli_page() -> str:
    return (DOCS / "cli.md").read_text()


@pytest.fixture(scope="module")
def settings_page() -> str:
    return (DOCS / "settings.md").read_text()


@pytest.fixture(scope="module")
def errors_page() -> str:
    return (DOCS / "errors.md").read_text()


class TestCommands:
    def test_every_command_is_documented(self, cli_page: str) -> None:
        called = {" ".join(words) for words in calls(cli_page)}
        missing = {
            name
            for name in leaves(CLI)
            if not any(call == name or call.startswith(f"{name} ") for call in called)
        }
        assert not missing

    def test_every_documented_command_exists(self) -> None:
        guides = [p for p in DOCS.rglob("*.md") if p.parent.name != "adr"]
        gone = {
            (page.name, " ".join(words))
            for page in [*ROOT.glob("README*.md"), *guides]
            for words in calls(page.read_text())
            if not resolves(CLI, words)
        }
        assert not gone

    def test_the_compose_file_runs_commands_that_exist(self) -> None:
        for name, service in own_services().items():
            assert resolves(CLI, service["command"]), name


class TestSettings:
    def test_every_setting_is_documented(self, settings_page: str) -> None:
        missing = {names[0] for names in SETTINGS} - mentions(settings_page)
        assert not missing

    def test_every_documented_setting_exists(self, settings_page: str) -> None:
        gone = entries(settings_page, VARIABLE) - KNOWN_VARIABLES
        assert not gone

    def test_the_compose_file_sets_what_exists(self) -> None:
        for name, service in own_services().items():
            assert not set(service["environment"]) - KNOWN_VARIABLES, name


class TestErrorCodes:
    def test_every_code_is_documented(self, errors_page: str) -> None:
        missing = CODES - mentions(errors_page)
        assert not missing

    def test_every_documented_code_exists(self, errors_page: str) -> None:
        gone = entries(errors_page, CODE) - CODES
        assert not gone


class TestHowThePagesAreRead:
    def test_a_heading_or_row_is_about_its_first_name_of_the_right_shape(self) -> None:
        page = "# `gone_code`\n\n| 409 | `TOO`, `taken` | see `other` |\n\nProse on `trace_id`.\n"
        assert entries(page, CODE) == {"gone_code", "taken"}
        assert mentions(page) == {"gone_code", "TOO", "taken", "other", "trace_id"}

    def test_calls_are_found_in_backticks_and_shell_but_not_in_output(self) -> None:
        page = (
            "Run `groundwork audit verify CHAIN`.\n```sh\n.venv/bin/groundwork up --demo\n```\n"
            "```text\n$ groundwork show\ngroundwork is up\n```\n"
        )
        assert list(calls(page)) == [["audit", "verify"], ["up"], ["show"]]

    def test_a_command_that_is_gone_does_not_resolve(self) -> None:
        assert not resolves(CLI, ["demolish"])
        assert resolves(CLI, ["launch", "land-to-construction"])


def own_services() -> dict[str, dict[str, Any]]:
    """The services of the compose file that run Groundwork itself."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return {name: s for name, s in compose["services"].items() if "build" in s}
