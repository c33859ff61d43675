"""The year that the tests of survival play has in it whatever moves an escalation."""

from datetime import date, timedelta

import pytest

from groundwork.domain.calendar import SHANGHAI, local_date, start_of
from groundwork.rehearsal.plan import Plan
from tests.survival.department import DEPARTMENT, merged


def test_the_year_has_in_it_whatever_moves_an_escalation(plans: list[Plan]) -> None:
    year_long = merged(plans)
    assert len({(one.chain, one.event.step) for one in year_long}) > 50
    busy = plans[0].rules
    of_department = {one.event.step for one in year_long if one.chain.startswith("land")}
    of_department &= {step.id for step in busy.definition.steps if step.lead == DEPARTMENT}
    assert len(of_department) >= 6
    assert {one.event.level for one in year_long} == {1, 2, 3, 4, 5}
    assert len({one.at.astimezone(SHANGHAI).month for one in year_long}) >= 10
    assert any(one.event.because for one in year_long)
    kinds = {event.type for plan in plans for event in plan.events}
    assert kinds > {"clock_stopped", "clock_resumed", "answer_overdue", "escalation_acknowledged"}
    assert kinds > {"escalation_appealed", "escalation_upheld", "escalation_annulled"}
    red = [one for one in year_long if one.event.rung == "red"]
    assert any(one.at != start_of(local_date(one.at)) for one in red), "a limit in hours"
    over = [local_date(one.at - timedelta.resolution) for one in red if one.event.step != "L14"]
    assert all(busy.calendar.is_working_day(day) for day in over)


@pytest.mark.parametrize(
    ("first", "last"), [("2026-02-15", "2026-02-23"), ("2026-10-01", "2026-10-07")]
)
def test_clocks_of_the_year_run_over_the_long_holidays(
    plans: list[Plan], first: str, last: str
) -> None:
    begin, end = start_of(date.fromisoformat(first)), start_of(date.fromisoformat(last))
    running = [
        plan
        for plan in plans
        for step in plan.chain.steps.values()
        if step.accepted_at and step.decision and step.accepted_at < begin < end < step.decision.at
    ]
    assert running
