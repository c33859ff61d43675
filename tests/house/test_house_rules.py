"""What no file of the project may hold, and how its own files are kept."""

import ast
import functools
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST = 500
CODE = {".css", ".html", ".js", ".py", ".sh", ".sql"}

# Assembled from pieces, so that this file keeps the rules it states.
REGISTRIES = "|".join(
    re.escape(".".join(pieces))
    for pieces in [
        ("pypi", "org"),
        ("files", "pythonhosted"),
        ("registry", "npmjs"),
        ("registry", "yarnpkg"),
        ("proxy", "golang"),
        ("crates", "io"),
        ("deb", "debian"),
        ("security", "debian"),
        ("archive", "ubuntu"),
        ("conda", "anaconda"),
    ]
)
MARK = r"(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b"
FORBIDDEN = {
    "a package registry": REGISTRIES,
    "a path of one machine": r"(?<![\w.-])/(?:work|root)/",
    # In a comment or before a colon: elsewhere the word may be a name, such as that of a light.
    "a mark of unfinished work": rf"(?:#|//|/\*|<!--).*\b{MARK}|(?<![.\w]){MARK}:",
    "a carriage return": r"\r",
}


@functools.cache
def texts() -> dict[Path, str]:
    """Every file that is or would be committed, by its path from the root.

    Raises UnicodeDecodeError for a file that is not text: there are none.
    """
    trust = ("-c", f"safe.directory={ROOT}")  # the checkout may belong to another user
    listing = subprocess.run(
        ["git", *trust, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    paths = [Path(name) for name in listing.stdout.decode().split("\0") if name]
    return {p: (ROOT / p).read_bytes().decode() for p in paths if (ROOT / p).is_file()}


def lines_matching(pattern: str) -> list[str]:
    return [
        f"{path}:{number}"
        for path, text in texts().items()
        for number, line in enumerate(text.split("\n"), start=1)
        if re.search(pattern, line)
    ]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    assert not lines_matching(FORBIDDEN[what])


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("a package registry", "https://" + "pypi" + ".org/simple"),
        ("a path of one machine", "see /" + "root/notes"),
        ("a mark of unfinished work", "total = 0  # TO" + "DO later"),
        ("a mark of unfinished work", "XX" + "X: explain"),
        ("a carriage return", "line\r"),
    ],
)
def test_a_planted_offence_is_seen(what: str, line: str) -> None:
    assert re.search(FORBIDDEN[what], line)


def test_no_file_of_code_is_too_long_to_read() -> None:
    long = {
        str(path): length
        for path, text in texts().items()
        if path.parts[0] in {"src", "tests", "bench"} and path.suffix in CODE
        if (length := text.count("\n")) > LONGEST
    }
    assert not long


def test_the_entrance_of_every_room_holds_its_description_alone() -> None:
    package = Path("src/groundwork")
    for path, text in texts().items():
        if path.name == "__init__.py" and path.parent.parent in {package, package.parent}:
            module = ast.parse(text)
            assert ast.get_docstring(module), path
            assert len(module.body) == 1, path


def test_every_decision_stands_in_the_index() -> None:
    index = (ROOT / "docs" / "adr" / "README.md").read_text()
    decisions = {p.name for p in texts() if re.fullmatch(r"docs/adr/\d{4}-.*\.md", p.as_posix())}
    assert set(re.findall(r"\((\d{4}-[^)]*\.md)\)", index)) == decisions


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert targets
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.findall(r"^make ([a-z]+) +\S", shown, re.MULTILINE) == targets[1].split()
