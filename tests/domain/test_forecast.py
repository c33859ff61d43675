"""How long a chain will take, and what its finish hangs on."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwork.domain import commands as cmd
from groundwork.domain.definition import LimitUnit, Route, UnitTerms, Variant
from groundwork.domain.facts import UnitChoice
from groundwork.domain.forecast import Forecast, StepForecast, forecast
from groundwork.domain.model import StepState
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.rules import Rules
from tests.domain.small import DAYS, EXEMPT, HOURS, TOLERANT, limit, step, text
from tests.domain.worlds import Play, moment, real_rules, rules_of, small_rules

MONDAY = "2026-03-02 09:00"


def plan(rules: Rules, start: str = MONDAY, **choices: Any) -> Forecast:
    variant = choices.pop("variant", Variant.STANDARD)
    return forecast(rules, variant, moment(start), **choices)


def of(play: Play, **choices: Any) -> Forecast:
    """The forecast of a running chain as it stands."""
    variant = play.chain.launch.variant
    return forecast(play.rules, variant, play.now, chain=play.chain, **choices)


def at(planned: Forecast, key: str) -> StepForecast:
    return next(one for one in planned.steps if one.step == key)


DIAMOND = (
    step("B01", promised=2),
    step("B02", "B01", promised=5),
    step("B03", "B01", promised=1),
    step("B04", "B02", "B03", promised=3),
)


def test_steps_follow_on_one_another_on_the_same_day() -> None:
    planned = plan(rules_of(*DIAMOND))
    starts = {one.step: (one.earliest_start.day, one.earliest_finish.day) for one in planned.steps}
    assert starts == {"B01": (2, 4), "B02": (4, 11), "B03": (4, 5), "B04": (11, 16)}
    assert planned.finish == date(2026, 3, 16)


def test_the_whole_is_counted_in_working_and_in_calendar_days() -> None:
    planned = plan(rules_of(*DIAMOND))
    assert (planned.working_days, planned.calendar_days) == (10, 14)
    assert planned.remaining_working_days == 10


def test_the_critical_path_is_what_the_finish_hangs_on() -> None:
    planned = plan(rules_of(*DIAMOND))
    assert planned.critical_path == ("B01", "B02", "B04")
    assert [one.step for one in planned.steps if one.critical] == ["B01", "B02", "B04"]


def test_a_step_beside_the_critical_path_has_slack() -> None:
    beside = at(plan(rules_of(*DIAMOND)), "B03")
    assert (beside.slack, beside.critical) == (4, False)
    assert (beside.latest_start, beside.latest_finish) == (date(2026, 3, 10), date(2026, 3, 11))


def test_holidays_are_left_out() -> None:
    planned = plan(rules_of(*DIAMOND), "2026-04-29 09:00")
    assert planned.finish == date(2026, 5, 15)
    assert planned.working_days == 10


def test_a_forecast_from_a_rest_day_counts_from_the_next_working_day() -> None:
    planned = plan(rules_of(*DIAMOND), "2026-03-07 09:00")
    assert at(planned, "B01").earliest_finish == date(2026, 3, 10)


def test_a_limit_in_calendar_days_ends_on_a_working_day() -> None:
    rules = rules_of(step("B01", promised=limit(30, DAYS)), step("B02", "B01", promised=1))
    planned = plan(rules, "2026-03-05 09:00")
    assert at(planned, "B01").earliest_finish == date(2026, 4, 7)  # 4 to 6 April are off
    assert planned.finish == date(2026, 4, 8)


def test_a_weekend_at_the_end_of_a_limit_gives_slack_to_what_comes_before_it() -> None:
    # Two calendar days from Thursday and from Friday both end on Monday.
    rules = rules_of(step("B01", promised=1), step("B02", "B01", promised=limit(2, DAYS)))
    planned = plan(rules, "2026-03-04 09:00")
    assert planned.finish == date(2026, 3, 9)
    assert at(planned, "B02").earliest_start == date(2026, 3, 5)
    assert at(planned, "B02").latest_start == date(2026, 3, 6)
    assert (at(planned, "B01").slack, at(planned, "B02").slack) == (1, 0)


def test_a_few_hours_fit_into_the_day_they_start_on() -> None:
    rules = rules_of(step("B01", promised=limit(8, HOURS)), step("B02", "B01", promised=1))
    assert plan(rules).finish == date(2026, 3, 3)


def test_an_exempt_step_takes_nothing() -> None:
    planned = plan(small_rules(), modes={"A03": EXEMPT})
    exempt = at(planned, "A03")
    assert exempt.earliest_start == exempt.earliest_finish
    assert exempt.remark is not None


def test_a_step_without_a_limit_takes_the_calendar_days_given() -> None:
    planned = plan(small_rules(), unlimited_days={"A06": 9})
    own = at(planned, "A06")
    assert (own.earliest_finish - own.earliest_start).days == 9
    assert own.limit is not None
    assert own.limit.unit is LimitUnit.CALENDAR_DAYS


def test_a_step_without_a_limit_and_without_days_takes_none_and_says_so() -> None:
    own = at(plan(small_rules()), "A07")
    assert own.earliest_start == own.earliest_finish
    assert own.remark is not None
    assert "0" in own.remark.en


def test_the_fast_variant_has_its_own_limits_and_edges() -> None:
    standard = plan(real_rules())
    fast = plan(real_rules(), variant=Variant.FAST)
    assert fast.working_days < standard.working_days
    assert at(fast, "L07").earliest_start < at(standard, "L07").earliest_start


def test_phases_are_planned_one_by_one() -> None:
    planned = plan(small_rules(), phases={"A08": ("A", "B")})
    assert {"A08.A", "A08.B"} <= {one.step for one in planned.steps}


def test_a_finish_in_a_year_without_a_calendar_is_provisional() -> None:
    assert not plan(rules_of(*DIAMOND), "2026-12-14 09:00").provisional
    planned = plan(rules_of(*DIAMOND), "2026-12-21 09:00")
    assert planned.provisional
    assert [one.provisional for one in planned.steps] == [False, False, False, True]


def test_the_standard_route_takes_36_and_the_land_route_31_working_days() -> None:
    routes = {route.id: route for route in plan(real_rules()).routes}
    assert routes["standard_route"].working_days == routes["standard_route"].published == 36
    assert routes["land_route"].working_days == routes["land_route"].published == 31


def test_a_route_is_summed_for_the_variant_asked_for() -> None:
    rules = rules_of(
        *DIAMOND,
        routes=(Route(id="r", name=text("r"), steps=("B01", "B02"), working_days=7, source="P"),),
    )
    (route,) = plan(rules, variant=Variant.FAST).routes
    assert (route.working_days, route.published) == (2, 7)


def test_the_critical_path_of_the_catalogue_leads_from_signing_to_start() -> None:
    planned = plan(real_rules(), unlimited_days={"L06": 32, "L18": 20})
    assert planned.critical_path[0] == "L01"
    assert planned.critical_path[-1] == "L22"
    assert "L06" in planned.critical_path


# A chain that is running.


def running() -> Play:
    """The diamond, with B01 passed two days early and B02 and B03 open."""
    play = Play(rules_of(*DIAMOND)).settle("B01").at("2026-03-03 10:00").receive("B02")
    return play.accept("B02")


def test_a_settled_step_stands_on_its_real_dates() -> None:
    first = at(of(running()), "B01")
    assert (first.earliest_start, first.earliest_finish) == (date(2026, 3, 2), date(2026, 3, 2))
    assert (first.state, first.slack, first.critical) == (StepState.PASSED, None, False)


def test_a_step_at_work_ends_when_it_is_due() -> None:
    planned = of(running())
    assert at(planned, "B02").earliest_start == date(2026, 3, 3)
    assert at(planned, "B02").earliest_finish == date(2026, 3, 10)
    assert planned.finish == date(2026, 3, 13)
    assert planned.critical_path == ("B02", "B04")


def test_a_running_chain_is_counted_from_its_launch() -> None:
    planned = of(running())
    assert (planned.begins, planned.as_of) == (date(2026, 3, 2), date(2026, 3, 3))
    assert (planned.working_days, planned.remaining_working_days) == (9, 8)


def test_a_step_that_waits_for_people_begins_today() -> None:
    play = running().wait("2026-03-06 10:00")
    assert at(of(play), "B03").earliest_start == date(2026, 3, 6)


def test_an_overdue_step_is_taken_to_end_today() -> None:
    play = running().settle("B03").wait("2026-03-12 10:00")
    late = at(of(play), "B02")
    assert late.earliest_finish == date(2026, 3, 12)
    assert late.remark is not None
    assert of(play).finish == date(2026, 3, 17)


def test_a_stopped_step_is_taken_to_resume_as_planned() -> None:
    play = Play(modes={"A02": TOLERANT}).settle("A01").at("2026-03-02 10:00").receive("A02")
    play.accept("A02").at("2026-03-04 10:00").stop("A02", "2026-03-11")
    stopped = at(of(play), "A02")
    assert stopped.earliest_finish == date(2026, 3, 23)
    assert stopped.remark is not None


def test_a_step_to_be_handed_in_again_is_planned_afresh() -> None:
    play = running().decide("B02", "fail")
    again = at(of(play), "B02")
    assert (again.earliest_start, again.earliest_finish) == (date(2026, 3, 3), date(2026, 3, 10))


def test_a_step_of_the_enterprise_at_work_counts_from_when_it_began() -> None:
    play = Play().settle("A01", "A02", "A06").at("2026-03-02 10:00").receive("A07").accept("A07")
    play.wait("2026-03-05 10:00")
    planned = of(play, unlimited_days={"A07": 7})
    assert at(planned, "A07").earliest_finish == date(2026, 3, 9)


def test_what_is_in_recheck_holds_nothing_up() -> None:
    play = Play(rules_of(*DIAMOND)).settle("B01", "B02", "B03")
    play.do(cmd.Annul(step="B01", reason="forged"))
    planned = of(play)
    assert at(planned, "B02").remark is not None
    assert at(planned, "B04").earliest_start == date(2026, 3, 2)
    assert at(planned, "B01").earliest_finish == date(2026, 3, 4)


def test_a_finished_chain_is_over_when_it_was_finished() -> None:
    play = Play(rules_of(*DIAMOND)).settle("B01", "B02", "B03").at("2026-03-06 10:00").settle("B04")
    planned = of(play.wait("2026-04-01 10:00"))
    assert planned.finish == date(2026, 3, 6)
    assert (planned.working_days, planned.remaining_working_days) == (4, 0)
    assert planned.critical_path == ()


@pytest.mark.parametrize(
    ("choices", "reason"),
    [
        ({"modes": {"Z99": EXEMPT}}, Reason.LAUNCH_INVALID),
        ({"modes": {"A01": EXEMPT}}, Reason.MODE_NOT_OFFERED),
        ({"phases": {"A01": ("A",)}}, Reason.LAUNCH_INVALID),
        ({"unlimited_days": {"Z99": 3}}, Reason.UNKNOWN_STEP),
    ],
)
def test_a_choice_that_there_is_not_is_refused(choices: dict[str, Any], reason: Reason) -> None:
    with pytest.raises(Rejection) as refused:
        plan(small_rules(), **choices)
    assert refused.value.reason is reason


def test_a_running_chain_has_chosen_already() -> None:
    play = Play()
    with pytest.raises(Rejection) as refused:
        forecast(play.rules, Variant.FAST, play.now, chain=play.chain)
    assert refused.value.reason is Reason.LAUNCH_INVALID


def test_a_forecast_survives_the_journey_as_json() -> None:
    planned = of(running())
    assert Forecast.model_validate_json(planned.model_dump_json()) == planned


# Whatever the network.


@st.composite
def networks(draw: st.DrawFn) -> list[tuple[int, tuple[int, ...]]]:
    """Steps with their working days and the earlier steps that they build on."""
    size = draw(st.integers(1, 8))
    return [
        (
            draw(st.integers(0, 12)),
            tuple(sorted(draw(st.sets(st.integers(0, number - 1), max_size=3)))) if number else (),
        )
        for number in range(size)
    ]


def network_rules(network: list[tuple[int, tuple[int, ...]]]) -> Rules:
    return rules_of(
        *(
            step(f"B{n:02}", *(f"B{before:02}" for before in after), promised=days)
            for n, (days, after) in enumerate(network)
        )
    )


def longest(network: list[tuple[int, tuple[int, ...]]]) -> int:
    """The length of the longest way through, by trying them all."""

    def until(number: int) -> int:
        days, after = network[number]
        return days + max((until(before) for before in after), default=0)

    return max(until(number) for number in range(len(network)))


@given(networks())
@settings(max_examples=60)
def test_the_finish_is_the_longest_way_through(network: list[tuple[int, tuple[int, ...]]]) -> None:
    planned = plan(network_rules(network))
    assert planned.working_days == longest(network)
    on_path = [at(planned, key) for key in planned.critical_path]
    assert all(one.critical for one in on_path)
    assert sum(one.limit.amount for one in on_path if one.limit) == longest(network)


@given(networks(), st.data())
@settings(max_examples=60)
def test_slack_is_how_late_a_step_may_be_without_moving_the_finish(
    network: list[tuple[int, tuple[int, ...]]], data: st.DataObject
) -> None:
    number = data.draw(st.integers(0, len(network) - 1))
    slack = at(plan(network_rules(network)), f"B{number:02}").slack
    assert slack is not None
    days, after = network[number]
    for late, moves in ((slack, 0), (slack + 1, 1)):
        changed = [*network[:number], (days + late, after), *network[number + 1 :]]
        assert longest(changed) == longest(network) + moves


class TestUnits:
    RULES = rules_of(
        step("A01", promised=2),
        step("A02", "A01", promised=5, per_unit=True),
        step("A03", "A02", promised=1),
        units=UnitTerms(name=text("hall"), most=3, source="P"),
    )
    HALLS = (UnitChoice(id="B1", name="1"), UnitChoice(id="B2", name="2"))

    def test_are_worked_on_side_by_side(self) -> None:
        planned = plan(self.RULES, units=self.HALLS)
        assert [one.step for one in planned.steps] == ["A01", "A02.B1", "A02.B2", "A03"]
        assert planned.working_days == 8
        assert planned.steps[1].name.zh == "step A02 · 1"

    def test_must_be_named(self) -> None:
        with pytest.raises(Rejection) as refused:
            plan(self.RULES)
        assert refused.value.reason is Reason.LAUNCH_INVALID
