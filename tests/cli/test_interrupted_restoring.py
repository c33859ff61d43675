"""Our own servers' folders are replaced by a backup whole or not at all, whatever comes between."""

import os
import resource
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from groundwork.console.faults import ExitCode
from groundwork.console.restoring import UNFINISHED
from groundwork.runtime.embedded import EmbeddedPostgres
from groundwork.runtime.loop import run as run_async
from groundwork.runtime.whereabouts import PARTS, RESTORED, move_in, sole_owner
from groundwork.store.migrations import migrate
from tests.cli.terminal import PROGRAM, told
from tests.store.test_backup_point import PROJECT, connected

SMALL = 200_000
"""Bytes to which a file may grow on a disk that is as good as full."""


def settings(folder: Path) -> dict[str, str]:
    """The settings of an installation whose servers are ours."""
    return {"GROUNDWORK_DATA_DIR": str(folder)}


def projects(folder: Path, *statements: str) -> list[str]:
    """Who made the projects on a folder's record, once statements were carried out there."""

    async def asked() -> list[str]:
        server = EmbeddedPostgres(folder, durable=False)
        try:
            await server.start()
            migrate(server.url())
            with connected(server.url()) as connection:
                for statement in statements:
                    connection.execute(statement)
                rows = connection.execute("SELECT created_by FROM project").fetchall()
                return [str(row[0]) for row in rows]
        finally:
            await server.stop()

    return run_async(asked())


def state_of_chains(folder: Path) -> str:
    with sqlite3.connect(folder / "temporal" / "temporal.db") as state:
        (told,) = state.execute("SELECT said FROM t").fetchone()
    return str(told)


def say(folder: Path, what: str) -> None:
    """Have the chains' own state say something: a file that only the engine would read."""
    (folder / "temporal").mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(folder / "temporal" / "temporal.db") as state:
        state.execute("CREATE TABLE IF NOT EXISTS t (said TEXT)")
        state.execute("DELETE FROM t")
        state.execute("INSERT INTO t VALUES (?)", (what,))


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An installation that went on after it was backed up, and the backup."""
    folder = tmp_path_factory.mktemp("lived")
    data, backup = folder / "data", folder / "backup"
    projects(data, PROJECT)
    say(data, "then")
    told("backup", str(backup), env=settings(data))
    projects(data, "UPDATE project SET created_by = 'since'")
    say(data, "since")
    return data, backup


def restoring(lived: tuple[Path, Path]) -> subprocess.Popen[str]:
    """The command in a process of its own."""
    data, backup = lived
    return subprocess.Popen(
        [PROGRAM, "restore", str(backup), "--force", "--lang", "en"],
        env=os.environ | settings(data),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def as_it_was(data: Path) -> bool:
    """Whether what went on after the backup is there and nothing was set aside."""
    whole = projects(data) == ["since"] and state_of_chains(data) == "since"
    return whole and not list(data.glob("*.before-*"))


def test_a_full_disk_changes_nothing(lived: tuple[Path, Path]) -> None:
    data, _ = lived
    process = restoring(lived)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (SMALL, SMALL))
    _, said = process.communicate()
    assert process.returncode == ExitCode.REFUSED, said
    assert "Traceback" not in said
    assert not (data / UNFINISHED).exists()
    assert as_it_was(data)


@pytest.mark.parametrize("sign", ["temporal/temporal.db", "postgres.new", "postgres/PG_VERSION"])
def test_killed_in_between_changes_nothing(lived: tuple[Path, Path], sign: str) -> None:
    data, _ = lived
    process = restoring(lived)
    while not (data / UNFINISHED / sign).exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)
    process.kill()
    process.communicate()
    assert (data / UNFINISHED).exists()
    assert as_it_was(data)


def test_given_again_it_replaces_all_and_sets_aside_what_was_there(
    lived: tuple[Path, Path],
) -> None:
    data, backup = lived
    process = restoring(lived)
    while not (data / UNFINISHED / "postgres" / "PG_VERSION").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)
    process.kill()
    process.communicate()
    restored = told("restore", str(backup), "--force", env=settings(data))
    assert (projects(data), state_of_chains(data)) == (["t"], "then")
    aside = sorted(Path(place) for place in restored["set_aside"])
    assert [place.name.partition(".")[0] for place in aside] == sorted(PARTS)
    again = data.with_name("again")
    again.mkdir()
    for place in aside:
        place.rename(again / place.name.partition(".")[0])
    assert as_it_was(again)


@pytest.mark.parametrize("moved", range(5))
def test_what_is_whole_is_moved_in_by_whoever_comes_next(tmp_path: Path, moved: int) -> None:
    old = [tmp_path / part for part in PARTS]
    new = [tmp_path / RESTORED / part for part in PARTS]
    for place, says in [*((one, "old") for one in old), *((one, "new") for one in new)]:
        place.mkdir(parents=True)
        (place / "says").write_text(says)
    # As far as somebody came who was killed after so many renames.
    for name, place in list(zip(PARTS, old, strict=True)):
        steps = [(place, tmp_path / f"{name}.before-1"), (tmp_path / RESTORED / name, place)]
        for source, target in steps[: max(0, moved)]:
            source.rename(target)
        moved -= len(steps)
    with sole_owner(tmp_path):
        pass
    assert [(place / "says").read_text() for place in old] == ["new", "new"]
    aside = sorted(tmp_path.glob("*.before-*"))
    assert [(place / "says").read_text() for place in aside] == ["old", "old"]
    assert not (tmp_path / RESTORED).exists()
    assert move_in(tmp_path) == []
