"""What a terminal shows of a played chain."""

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from rich.console import Console

from groundwork.domain.calendar import start_of
from groundwork.domain.model import Light
from groundwork.rehearsal.account import report_on
from groundwork.rehearsal.bars import SIGNS, Scale
from groundwork.rehearsal.case import CaseReport
from groundwork.rehearsal.demo import CASES, SCRIPTS, DemoReport
from groundwork.rehearsal.plan import make_plan
from groundwork.rehearsal.reading import read_script
from groundwork.rehearsal.rehearse import rules_for
from groundwork.rehearsal.report import COMFORTABLE_WIDTH, render_case, render_demo
from tests.rehearsal.scripts import as_planned


@pytest.fixture(scope="module")
def cases() -> dict[str, CaseReport]:
    """The demonstration's cases as the pure core foretells them, and the last one cut short."""
    found = {}
    for name in CASES:
        script, definition = read_script(SCRIPTS / f"{name}.yaml")
        found[name] = report_on(as_planned(make_plan(script, rules_for(definition))))
    early = script.model_copy(update={"until": datetime(2024, 11, 6, 1, tzinfo=UTC)})
    found["cut-short"] = report_on(as_planned(make_plan(early, rules_for(definition))))
    return found


def shown(case: CaseReport, language: str, width: int = COMFORTABLE_WIDTH) -> str:
    page = Console(width=width, file=io.StringIO(), color_system=None)
    page.print(render_case(case, language))
    file = page.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", CASES)
def test_every_step_has_its_bar_and_its_row(
    name: str, language: str, cases: dict[str, CaseReport]
) -> None:
    page = shown(cases[name], language)
    for step in cases[name].steps:
        assert sum(line.startswith(f"{step.step} ") for line in page.splitlines()) >= 2
    assert "?" not in page


def test_the_documented_figures_are_shown_and_the_published_one_as_such(
    cases: dict[str, CaseReport],
) -> None:
    page = shown(cases["fujian-youyi"], "zh")
    for figure in ("74 个日历天", "108 个日历天", "182 个日历天", "36 个工作日", "31 个工作日"):
        assert figure in page
    (reported,) = [line for line in page.splitlines() if "111 个日历天" in line]
    assert "仅展示" in reported


def test_a_light_is_never_shown_by_its_colour_alone(cases: dict[str, CaseReport]) -> None:
    page = shown(cases["messy"], "zh")
    for light in (Light.GREEN, Light.YELLOW, Light.RED, Light.PAUSED, Light.DONE):
        assert f"{SIGNS[light].glyph} {SIGNS[light].word.zh}" in page
    assert len({sign.glyph for sign in SIGNS.values()}) == len(SIGNS)


def test_escalations_and_deficiencies_of_the_messy_case_are_shown(
    cases: dict[str, CaseReport],
) -> None:
    page = shown(cases["messy"], "en")
    lapsed = ("lapsed → sent back", "lapsed → re-check")
    for words in ("supervision order", *lapsed, "last day, 23:40"):
        assert words in page


def test_units_and_promises_of_the_buildings_are_shown(cases: dict[str, CaseReport]) -> None:
    page = shown(cases["fengping-metal"], "zh").splitlines()
    (first,) = [line for line in page if line.startswith("B1 1号厂房")]
    assert first.split()[2:5] == ["2024-09-23", "2024-09-23", "2024-09-24"]
    (broken,) = [line for line in page if line.startswith("C12.B2") and "2025-02-05" in line]
    for words in ("违诺（逾期未履行）", "转入复核", "2025-02-11"):
        assert words in broken
    assert any("提前48天" in line for line in page)
    assert "routes" not in "\n".join(page)


def test_a_gate_that_is_shut_says_what_is_missing_and_who_holds_it(
    cases: dict[str, CaseReport],
) -> None:
    case = cases["cut-short"]
    page = shown(case, "en")
    (row,) = [line for line in page.splitlines() if line.startswith("B2 ")]
    assert "2024-" not in row
    for words in ("✗ Building accepted jointly", "Housing", "✗ Special equipment", "Market"):
        assert words in page
    assert "C16.B2 applicant" in page
    assert "?" not in page


@pytest.mark.parametrize("width", [60, 80, 160])
def test_no_line_is_wider_than_the_terminal(width: int, cases: dict[str, CaseReport]) -> None:
    console = Console(width=width)
    for case in cases.values():
        for line in shown(case, "zh", width).splitlines():
            assert console.measure(line).minimum <= width


def test_the_demonstration_shows_its_cases_one_after_the_other(
    cases: dict[str, CaseReport],
) -> None:
    page = Console(width=COMFORTABLE_WIDTH, file=io.StringIO())
    with page.capture() as capture:
        page.print(render_demo(DemoReport(cases=tuple(cases.values())), "en"))
    text = capture.get()
    assert text.index("Fujian Youyi") < text.index("Yunji")


class TestTheScale:
    def test_every_day_falls_into_one_cell_and_every_cell_is_at_least_a_day(self) -> None:
        first = date(2024, 1, 19)
        for length in (1, 7, 50, 182, 400):
            scale = Scale(first, first + timedelta(days=length - 1), cells=50)
            places = [scale.cell(first + timedelta(days=n)) for n in range(length)]
            assert places == sorted(places)
            assert set(places) <= set(range(50))
            for cell in range(50):
                begin, end = scale.span(cell)
                assert end - begin >= timedelta(days=1)
            assert scale.span(0)[0] == start_of(first)
