"""The lock file pins and hashes everything, says nothing of where it was made, and is current."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text()
IMAGE_LOCK = (ROOT / "requirements-image.lock").read_text()
"""What the container image installs: less than what developers need, in the same versions."""
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SCANNER_LOCK = (ROOT / "tests" / "fuzz" / "scanner.lock").read_text()
"""What the scanner of pages needs, in versions that differ from ours."""
locks = pytest.mark.parametrize(
    "lock", [LOCK, IMAGE_LOCK, SCANNER_LOCK], ids=["all", "image", "scanner"]
)


def pinned(lock: str) -> dict[str, Requirement]:
    """What a lock pins, by name."""
    lines = re.findall(r"^([^\s#][^\\\n]*?) \\$", lock, re.MULTILINE)
    return {canonicalize_name(one.name): one for one in map(Requirement, lines)}


PINNED = pinned(LOCK)


@locks
def test_every_requirement_is_pinned_and_hashed(lock: str) -> None:
    for block in re.split(r"\n(?=\S)", lock.strip()):
        first, *rest = block.splitlines()
        assert re.match(r"[a-z0-9-]+==\S+", first), first
        assert any(re.match(r"    --hash=sha256:[0-9a-f]{64}", line) for line in rest), first


@locks
def test_the_lock_names_no_place(lock: str) -> None:
    options = {line.split("=")[0].strip() for line in lock.splitlines() if "--" in line}
    assert options == {"--hash"}
    assert "://" not in lock
    assert "file:" not in lock


def test_the_image_has_what_it_needs_in_the_versions_that_were_tested() -> None:
    image = pinned(IMAGE_LOCK)
    needed = [*PROJECT["project"]["dependencies"], *PROJECT["build-system"]["requires"]]
    assert {canonicalize_name(Requirement(one).name) for one in needed} <= image.keys()
    differing = {name for name, one in image.items() if PINNED.get(name) != one}
    assert not differing, "make lock"
    assert "pytest" not in image


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
