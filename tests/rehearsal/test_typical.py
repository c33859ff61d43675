"""The script that stands in where there is none."""

import pytest

from groundwork.domain import events as ev
from groundwork.domain.definition import Mode, Variant
from groundwork.domain.model import ChainState, DeficiencyState, Light
from groundwork.domain.rules import Rules
from groundwork.rehearsal.plan import Plan, make_plan
from groundwork.rehearsal.script import Choices
from groundwork.rehearsal.typical import Habits, typical_script
from tests.api.production import HALLS, halls
from tests.rehearsal.scripts import START


def usual(rules: Rules, choices: Choices | None = None, **habits: int) -> Plan:
    return make_plan(typical_script(rules, START, choices, habits=Habits(**habits)), rules)


def worst_level(plan: Plan) -> int:
    return max((one.level for one in plan.chain.escalations.values()), default=0)


@pytest.mark.parametrize("variant", Variant)
def test_a_chain_on_which_everybody_acts_as_usual_completes_in_time(
    variant: Variant, rules: Rules
) -> None:
    plan = usual(rules, Choices(variant=variant))
    assert plan.chain.state is ChainState.COMPLETED
    assert not plan.refusals
    assert not plan.unplayed
    assert worst_level(plan) <= 1


def test_departments_that_take_half_their_time_are_faster(rules: Rules) -> None:
    assert usual(rules, share=50).until < usual(rules, share=100).until


def test_departments_that_take_too_long_go_red(rules: Rules) -> None:
    plan = usual(rules, share=150)
    assert plan.chain.state is ChainState.COMPLETED
    assert Light.RED in {one.light for one in plan.chain.escalations.values()}


def test_the_notice_of_the_listing_is_never_cut_short(rules: Rules) -> None:
    plan = usual(rules, share=10)
    listing = [e for e in plan.events if getattr(e, "step", None) == "L06"]
    accepted = next(e for e in listing if isinstance(e, ev.StepAccepted))
    decided = next(e for e in listing if isinstance(e, ev.StepDecided))
    minimum = sum(one.amount for one in rules.step("L06").statutory if one.at_least)
    assert (decided.at - accepted.accepted_at).days >= minimum


@pytest.mark.parametrize("mode", [Mode.COMMITMENT, Mode.DEFICIENCY_TOLERANT, Mode.EXEMPT])
def test_every_mode_that_is_offered_can_be_played(mode: Mode, rules: Rules) -> None:
    modes = {step.id: mode for step in rules.definition.steps if mode in step.modes}
    plan = usual(rules, Choices(modes=modes))
    assert plan.chain.state is ChainState.COMPLETED
    assert not plan.refusals


def test_what_is_tolerated_missing_follows_in_time(rules: Rules) -> None:
    plan = usual(rules, Choices(modes={"L16": Mode.DEFICIENCY_TOLERANT}))
    states = {one.state for one in plan.chain.deficiencies.values() if one.step == "L16"}
    assert states == {DeficiencyState.CLOSED}


def test_phases_are_played_each_on_its_own(rules: Rules) -> None:
    plan = usual(rules, Choices(phases={"L20": ("A", "C")}))
    assert plan.chain.state is ChainState.COMPLETED
    assert {"L20.A", "L20.C"} <= plan.chain.steps.keys()


def test_units_are_inspected_heard_and_registered_each_on_its_own(rules: Rules) -> None:
    of_halls = Rules(halls(), rules.calendar)
    plan = usual(of_halls, Choices(units=HALLS))
    assert not plan.refusals
    assert plan.chain.state is ChainState.COMPLETED
    assert all(unit.open_gates == {"use"} for unit in plan.chain.units.values())
