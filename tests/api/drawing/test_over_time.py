"""A whole case that goes badly is drawn without faults at every stage of it, and so is its end."""

from pathlib import Path

import pytest

import groundwork.rehearsal
from groundwork.api.pages.drawing.gantt import chain_gantt
from groundwork.api.pages.drawing.gantt_svg import gantt_svg
from groundwork.api.pages.drawing.metro import chain_map
from groundwork.api.pages.drawing.metro_svg import map_svg
from groundwork.domain import commands as cmd
from groundwork.domain.fold import fold
from groundwork.domain.forecast import forecast
from groundwork.domain.model import ChainState
from groundwork.rehearsal.plan import make_plan
from groundwork.rehearsal.reading import read_script
from tests.api.drawing import test_gantt, test_metro
from tests.api.drawing.drawn import LAND, busy_land, gantt_of, href, map_of, parsed
from tests.domain.worlds import rules_in_catalogue

SCRIPTS = Path(groundwork.rehearsal.__file__).parent / "scripts"


def test_the_messy_case_is_drawn_without_faults_at_every_stage() -> None:
    rules = rules_in_catalogue(LAND, "1.0.0")
    plan = make_plan(read_script(SCRIPTS / "messy.yaml", rules.definition)[0], rules)
    tokens = set()
    for count in range(plan.launched, len(plan.events) + 1, 12):
        chain, now = fold(plan.events[:count]), plan.events[count - 1].at
        view = forecast(rules, chain.launch.variant, now, chain=chain)
        drawn = chain_map(rules, chain, view, "zh", href)
        assert test_metro.faults(drawn) == []
        tokens |= {mark.sign.token for station in drawn.stations for mark in station.marks}
        chart = chain_gantt(rules, chain, view, "en", href)
        assert test_gantt.faults(chart) == []
        parsed(map_svg(drawn, "map"))
        parsed(gantt_svg(chart, "gantt"))
    assert tokens >= {"done", "green", "yellow", "red", "paused", "todo", "exempt"}


def test_a_completed_chain_has_its_way_in_one_line() -> None:
    rules = rules_in_catalogue(LAND, "1.0.0")
    plan = make_plan(read_script(SCRIPTS / "fujian-youyi.yaml", rules.definition)[0], rules)
    assert plan.chain.state is ChainState.COMPLETED
    view = forecast(rules, plan.chain.launch.variant, plan.until, chain=plan.chain)
    drawn = chain_map(rules, plan.chain, view, "zh", href)
    thick = [line for line in drawn.lines if line.critical]
    assert thick
    assert all(line.passed for line in thick)
    assert {line.arc.before for line in thick} - {line.arc.after for line in thick} == {"L01"}


@pytest.mark.parametrize("verb", ["withdraw", "terminate"])
def test_an_ended_chain_is_drawn_as_it_ended(verb: str) -> None:
    play = busy_land()
    if verb == "withdraw":
        play.do(cmd.WithdrawChain(reason="the project is given up"))
    else:
        play.do(cmd.TerminateChain(reason="the enterprise is dissolved"))
    assert test_metro.faults(map_of(play)) == []
    drawn = gantt_of(play)
    assert test_gantt.faults(drawn) == []
    assert drawn.time.today is None
    assert not any(row.predicted for row in drawn.table)
