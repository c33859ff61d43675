"""The lock file pins and hashes everything, says nothing of where it was made, and is current."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PINNED = {
    canonicalize_name(requirement.name): requirement
    for requirement in map(Requirement, re.findall(r"^([^\s#][^\\\n]*?) \\$", LOCK, re.MULTILINE))
}


def test_every_requirement_is_pinned_and_hashed() -> None:
    for block in re.split(r"\n(?=\S)", LOCK.strip()):
        first, *rest = block.splitlines()
        assert re.match(r"[a-z0-9-]+==\S+", first), first
        assert any(re.match(r"    --hash=sha256:[0-9a-f]{64}", line) for line in rest), first


def test_the_lock_names_no_place() -> None:
    options = {line.split("=")[0].strip() for line in LOCK.splitlines() if "--" in line}
    assert options == {"--hash"}
    assert "://" not in LOCK
    assert "file:" not in LOCK


def test_the_lock_fulfils_what_the_project_asks_for() -> None:
    asked = [
        *PROJECT["project"]["dependencies"],
        *PROJECT["project"]["optional-dependencies"]["dev"],
        *PROJECT["build-system"]["requires"],
    ]
    for requirement in map(Requirement, asked):
        pinned = PINNED.get(canonicalize_name(requirement.name))
        assert pinned, f"{requirement.name} is not locked: make lock"
        (pin,) = pinned.specifier
        assert requirement.specifier.contains(pin.version), f"{requirement}: make lock"
