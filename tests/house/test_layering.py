"""The rooms import one another in one order only, and the core stays pure."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "groundwork"
CONFIGURATION = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS = {contract["name"] for contract in CONFIGURATION["tool"]["importlinter"]["contracts"]}

# For every contract one forbidden import: the module that would hold it, and what it says.
PLANTED = {
    "Rooms stand on one another in one order, and every room has its place in it": (
        "store/planted.py",
        "import groundwork.api",
    ),
    "activities use domain, store and runtime": (
        "activities/planted.py",
        "import groundwork.catalogue",
    ),
    "store uses domain": ("store/planted.py", "import groundwork.workflows"),
    "runtime uses domain and workflows": ("runtime/planted.py", "import groundwork.catalogue"),
    "rehearsal cannot reach the live store; of activities it knows the signatures": (
        "rehearsal/planted.py",
        "import groundwork.store",
    ),
    "api speaks to the engine through runtime's gateway": (
        "api/planted.py",
        "import groundwork.workflows",
    ),
    "domain has no clock, I/O or randomness": ("domain/planted.py", "import socket"),
    "the engine's library stays out of the law, its data and its record": (
        "domain/planted.py",
        "import temporalio.workflow",
    ),
    "database libraries stay out of rooms that decide, wait or rehearse": (
        "workflows/planted.py",
        "import sqlalchemy",
    ),
    "web libraries stay in api and the composition roots": (
        "runtime/planted.py",
        "from fastapi import FastAPI",
    ),
}


def lint_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    """Run the contracts of `tree`/pyproject.toml over the package in `tree`/src."""
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(
        PACKAGE, tmp_path / "src" / "groundwork", ignore=shutil.ignore_patterns("__pycache__")
    )
    return tmp_path


def test_every_room_imports_only_what_it_may() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_contract_is_proved_by_a_planted_import() -> None:
    assert set(PLANTED) == CONTRACTS


@pytest.mark.parametrize("contract", PLANTED)
def test_a_forbidden_import_is_caught(contract: str, copy: Path) -> None:
    module, source = PLANTED[contract]
    (copy / "src" / "groundwork" / module).write_text(source + "\n")
    result = lint_imports(copy)
    assert result.returncode != 0
    assert f"{contract} BROKEN" in result.stdout


def test_a_room_without_a_place_in_the_order_is_caught(copy: Path) -> None:
    (copy / "src" / "groundwork" / "attic.py").touch()
    result = lint_imports(copy)
    assert result.returncode != 0
    assert "attic" in result.stdout + result.stderr


def test_the_core_imports_pydantic_and_the_standard_library_only() -> None:
    graph = grimp.build_graph("groundwork", include_external_packages=True, cache_dir=None)
    core = {"groundwork.domain", *graph.find_descendants("groundwork.domain")}
    imported = {
        name.partition(".")[0]
        for module in core
        for name in graph.find_modules_directly_imported_by(module)
    }
    assert imported - sys.stdlib_module_names <= {"groundwork", "pydantic"}
