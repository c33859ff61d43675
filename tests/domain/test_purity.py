"""The core is pure: it imports nothing that has a clock, a door or dice, and calls none of them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import groundwork.domain

ROOM = Path(groundwork.domain.__file__).parent
MODULES = sorted(ROOM.rglob("*.py"))

ALLOWED = {
    "bisect",
    "collections",
    "dataclasses",
    "datetime",
    "enum",
    "functools",
    "graphlib",
    "hashlib",
    "itertools",
    "json",
    "math",
    "pydantic",
    "re",
    "types",
    "typing",
    "unicodedata",
    "zoneinfo",
}
FORBIDDEN_CALLS = {
    *("now", "utcnow", "today"),
    *("random", "randint", "choice", "shuffle", "uuid1", "uuid4", "token_hex", "urandom"),
    *("time", "monotonic", "perf_counter", "sleep"),
    *("open", "read_text", "write_text", "read_bytes", "write_bytes"),
    *("input", "print", "eval", "exec", "__import__", "import_module", "getenv"),
}


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


def calls(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Attribute):
                yield called.attr
            elif isinstance(called, ast.Name):
                yield called.id


def allowed(name: str) -> bool:
    return name.startswith("groundwork.domain") or name.partition(".")[0] in ALLOWED


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_it_imports_only_what_is_pure(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    assert [name for name in imports(tree) if name != "groundwork" and not allowed(name)] == []


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_it_calls_no_clock_no_dice_and_no_door(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    assert sorted(FORBIDDEN_CALLS.intersection(calls(tree))) == []


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime\ndatetime.now()",
        "open('x')",
        "import random\nrandom.random()",
    ],
)
def test_what_is_impure_would_be_caught(source: str) -> None:
    tree = ast.parse(source)
    caught = FORBIDDEN_CALLS.intersection(calls(tree))
    assert caught or not all(map(allowed, imports(tree)))
