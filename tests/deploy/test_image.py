"""The image: two stages, an ordinary user, nothing to build with, and a question to its health.

No image is built here, for that takes a container engine; the lines say what it would be.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


class Instruction(NamedTuple):
    """One instruction of the Dockerfile."""

    name: str
    rest: str


def instructions() -> list[Instruction]:
    """Every instruction, its lines joined."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [Instruction(*line.split(maxsplit=1)) for line in lines if line.strip()]


def stages() -> list[list[Instruction]]:
    """The instructions of each stage."""
    found: list[list[Instruction]] = []
    for one in instructions():
        found += [[one]] if one.name == "FROM" else []
        found[-1].append(one)
    return found


def final(name: str) -> list[str]:
    """What an instruction says in the last stage, each time it stands there."""
    return [one.rest for one in stages()[-1] if one.name == name]


def test_every_base_is_slim_and_names_its_release() -> None:
    bases = [one.rest.split()[0] for one in instructions() if one.name == "FROM"]
    assert len(bases) == 2
    assert set(bases) == {"python:3.11-slim-bookworm"}


def test_only_what_the_lock_holds_is_installed_and_with_hashes() -> None:
    (installs,) = [
        one.rest for one in stages()[0] if one.name == "RUN" and "--requirement" in one.rest
    ]
    assert "--require-hashes" in installs
    assert "requirements-image.lock" in installs


def test_the_last_stage_builds_nothing() -> None:
    tools = re.compile(r"\b(apt(-get)?|pip|uv|gcc|make|curl|wget|git)\b")
    assert not [line for line in final("RUN") if tools.search(line)]


def test_what_could_install_more_is_gone_in_the_end(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "new"], check=True)
    brought = {found.name.split("-")[0] for found in tmp_path.glob("new/lib/*/*/*.dist-info")}
    assert "pip" in brought
    (gone,) = re.findall(r"uninstall --yes ([a-z ]+)$", stages()[0][-1].rest)
    assert set(gone.split()) >= {"hatchling", *brought}


def test_nobody_else_reads_what_is_kept() -> None:
    (made,) = [line for line in final("RUN") if "install --directory" in line]
    folders = [part for part in made.split("&&") if "install --directory" in part]
    assert [folder.split()[-1] for folder in folders] == ["/documents", "/keys"]
    assert all("--owner groundwork" in folder for folder in folders)
    assert all("--mode 700" in folder for folder in folders)


def test_it_runs_as_an_ordinary_user_known_by_number() -> None:
    *_, user = final("USER")
    uid, _, gid = user.partition(":")
    assert int(uid) >= 10_000
    assert int(gid) >= 10_000


def test_it_asks_for_its_health_without_another_program() -> None:
    (check,) = final("HEALTHCHECK")
    assert "/healthz" in check
    assert 'CMD ["python"' in check


def test_the_builder_sees_what_it_needs_and_no_more() -> None:
    rules = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    let_in = {line.removeprefix("!") for line in rules if line.startswith("!")}
    copied = {
        word
        for one in instructions()
        if one.name == "COPY" and "--from" not in one.rest
        for word in one.rest.split()[:-1]
    }
    assert rules[0] == "*"
    assert let_in == copied
    assert all((ROOT / name).exists() for name in let_in)
