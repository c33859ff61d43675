"""Papers of promises, written into files from the command line."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from groundwork.domain.model import Role
from groundwork.runtime.loop import run as run_async
from groundwork.store.engine import create_engine
from groundwork.store.projects import Projects
from tests.api.paper_plays import HOSTILE, LACKING, LETTER, SITE, land, order, sign, site, verify
from tests.api.recorded import recorded
from tests.cli.terminal import done, run, serving, told
from tests.store.histories import PROJECT, project

LAND, SITE_CHAIN = f"land-to-construction.{PROJECT}", f"completion-to-production.{PROJECT}"


@pytest.fixture(scope="module")
def database(module_migrated_url: str) -> str:
    """A record with a commitment to be rectified, a lapsed material, and a site's faults."""

    async def write() -> None:
        engine = create_engine(module_migrated_url)
        await Projects(engine).create(project())
        await recorded(engine, verify(sign(await land(PROJECT, engine)), "rectify"))
        await recorded(engine, order(await site(PROJECT, engine)))
        await engine.dispose()

    run_async(write())
    return module_migrated_url


@pytest.fixture(scope="module")
def env(database: str) -> Iterator[dict[str, str]]:
    """An API on that record, and who asks it."""
    with serving(database, Role.HOUSEKEEPER) as env:
        yield env


@pytest.mark.parametrize(
    ("paper", "titles"),
    [
        (f"commitment {LAND} {LETTER}", ("告知承诺书", "Notice and commitment")),
        (f"tolerance {LAND} {LACKING}", ("容缺受理告知书", "Tolerance notice")),
        (f"rectification {LAND} {LETTER}", ("限期整改通知", "Rectification notice")),
        (f"rectification {SITE_CHAIN} {SITE}", ("限期整改通知", "Rectification notice")),
    ],
)
def test_a_paper_prints_by_itself(
    env: dict[str, str], tmp_path: Path, paper: str, titles: tuple[str, str]
) -> None:
    file = tmp_path / "paper.html"
    kind, chain, subject = paper.split()
    for language, title in zip(("zh", "en"), titles, strict=True):
        done("paper", kind, chain, subject, "--to", str(file), "--lang", language, env=env)
        page = file.read_text(encoding="utf-8")
        assert f"{title}</h1>" in page
        assert f"{chain}-{subject}" in page
        assert "@page" in page
        assert "/assets/" not in page
        assert HOSTILE not in page


def test_the_file_is_named(env: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "letter.html"
    words = ("paper", "commitment", LAND, LETTER, "--to", str(file))
    assert told(*words, env=env) == {"file": str(file)}


@pytest.mark.parametrize(
    ("paper", "subject", "code"),
    [
        ("commitment", "L09-commitment", "unknown_commitment"),
        ("tolerance", "L07-site-plan", "unknown_deficiency"),
        ("rectification", "L07", "no_rectification"),
        ("rectification", "../../L07", "not_found"),
    ],
)
def test_what_is_not_there_is_told_in_one_line(
    env: dict[str, str], tmp_path: Path, paper: str, subject: str, code: str
) -> None:
    file = tmp_path / "paper.html"
    result = run("paper", paper, LAND, subject, "--to", str(file), env=env)
    assert result.exit_code == 1
    assert code in result.stderr
    assert result.stderr.count("\n") == 1
    assert not file.exists()
