"""The list of projects, tracking codes and public progress from the command line."""

import json
from collections.abc import Iterator
from pathlib import Path
from zipfile import is_zipfile

import pytest

from groundwork.domain.model import Role
from groundwork.runtime.loop import run as run_async
from groundwork.store.engine import create_engine
from groundwork.store.projects import Projects
from tests.api.recorded import launched_for, recorded
from tests.cli.terminal import done, run, serving
from tests.domain.worlds import rules_in_catalogue
from tests.store.histories import PROJECT, project


@pytest.fixture(scope="module")
def env(module_migrated_url: str) -> Iterator[dict[str, str]]:
    """An API on the record of one late project, and a housekeeper who asks it."""

    async def write() -> None:
        engine = create_engine(module_migrated_url)
        await Projects(engine).create(project())
        rules = rules_in_catalogue("land-to-construction", "1.1.0")
        play = await launched_for(PROJECT, engine, rules)
        play.receive("L01").accept("L01").wait("2026-03-12 10:00")
        await recorded(engine, play)
        await engine.dispose()

    run_async(write())
    with serving(module_migrated_url, Role.HOUSEKEEPER) as env:
        yield env


def test_projects_are_listed_with_what_blocks_them(env: dict[str, str]) -> None:
    english = done("projects", "--light", "red", "--lang", "en", env=env)
    for words in ("Projects: 1", "Overdue", "L01 Agreement and steward team", "later", PROJECT):
        assert words in english
    assert "项目：1 个" in done("projects", "--lang", "zh", env=env)
    assert "Projects: 0" in done("projects", "--search", "不存在", "--lang", "en", env=env)


def test_projects_as_json_are_the_apis_answer(env: dict[str, str]) -> None:
    (one,) = json.loads(done("projects", "--sort", "due", "--json", env=env))["items"]
    assert (one["code"], one["chain"]["light"]) == (PROJECT, "red")


def test_projects_are_written_into_a_workbook(env: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "projects.xlsx"
    done("projects", "--overdue", "--excel", str(file), env=env)
    assert is_zipfile(file)


def test_a_code_is_shown_tracked_and_renewed(env: dict[str, str]) -> None:
    code = json.loads(done("tracking-code", PROJECT, "--json", env=env))["code"]
    seen = done("track", code, "--lang", "en", env=env)
    assert "Now: Agreement and steward team" in seen
    assert "Promised: " in seen
    assert "正在办理：" in done("track", code.lower(), "--lang", "zh", env=env)
    assert code not in done("tracking-code", PROJECT, "--renew", env=env)
    gone = run("track", code, "--lang", "en", env=env)
    assert gone.exit_code == 1
    assert "[tracking_code_unknown]" in gone.stderr
