"""Figures of effect from the command line."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook

from groundwork.domain.model import Role
from groundwork.runtime.loop import run as run_async
from groundwork.store.engine import create_engine
from groundwork.store.projects import Projects
from tests.api.recorded import launched_for, recorded
from tests.cli.terminal import done, run, serving
from tests.domain.worlds import rules_in_catalogue
from tests.store.histories import PROJECT, project

PERIOD = ("--from", "2026-01-01", "--to", "2026-12-31")


@pytest.fixture(scope="module")
def env(module_migrated_url: str) -> Iterator[dict[str, str]]:
    """An API on the record of one chain that runs, with one step decided, and who asks it."""

    async def write() -> None:
        engine = create_engine(module_migrated_url)
        await Projects(engine).create(project())
        rules = rules_in_catalogue("land-to-construction", "1.0.0")
        play = await launched_for(PROJECT, engine, rules)
        play.receive("L01").accept("L01").wait("2026-03-03 10:00").decide("L01")
        await recorded(engine, play.receive("L02").accept("L02"))
        await engine.dispose()

    run_async(write())
    with serving(module_migrated_url, Role.BUSINESS_ENVIRONMENT_OFFICE) as env:
        yield env


def test_the_figures_are_told_with_what_they_are_compared_with(env: dict[str, str]) -> None:
    page = done("kpi", *PERIOD, "--lang", "zh", env=env)
    for words in ("标准路线审批用时", "55", "36", "1 条在办链条不计入用时", "只供参考"):
        assert words in page


def test_one_figure_is_told_in_full(env: dict[str, str]) -> None:
    page = done("kpi", "step-time", *PERIOD, "--lang", "en", env=env)
    assert "2026-03" in page
    assert "1 working day" in page
    published = done("kpi", "approval-time", *PERIOD, "--lang", "en", env=env)
    assert "Results published by the city of Heshan" in published
    assert "Baseline 55" in published


def test_json_is_the_apis_answer(env: dict[str, str]) -> None:
    told = json.loads(done("kpi", "on-time", *PERIOD, "--json", env=env))
    (figure,) = told["figures"]
    assert (figure["id"], figure["summary"]["n"]) == ("on-time", 2)
    assert figure["summary"]["hits"] == 1
    assert told["running"] == 1


def test_the_cases_behind_a_figure_are_listed(env: dict[str, str]) -> None:
    told = json.loads(done("kpi", "step-time", "--cases", *PERIOD, "--json", env=env))
    assert [(one["item"], one["value"]) for one in told["items"]] == [("L01", 1)]
    assert "Cases: 1" in done("kpi", "step-time", "--cases", *PERIOD, "--lang", "en", env=env)


def test_what_is_open_now(env: dict[str, str]) -> None:
    told = json.loads(done("kpi", "--lights", "--json", env=env))
    assert sum(one["total"] for one in told["departments"]) == sum(told["total"].values()) > 0
    assert "合计" in done("kpi", "--lights", "--lang", "zh", env=env)


def test_workbooks(env: dict[str, str], tmp_path: Path) -> None:
    book, cases = tmp_path / "kpis.xlsx", tmp_path / "cases.xlsx"
    done("kpi", *PERIOD, "--excel", str(book), env=env)
    done("kpi", "step-time", "--cases", *PERIOD, "--excel", str(cases), env=env)
    for file, title in ((book, "效能指标"), (cases, "案例")):
        sheet = load_workbook(file).active
        assert sheet is not None
        assert sheet.title == title


@pytest.mark.parametrize("words", [("--cases",), ("speed",)])
def test_what_makes_no_sense_is_refused(env: dict[str, str], words: tuple[str, ...]) -> None:
    assert run("kpi", *words, env=env).exit_code == 2
