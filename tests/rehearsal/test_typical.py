"""The script that stands in where there is none."""

import pytest

from groundwork.catalogue.loader import get
from groundwork.domain import events as ev
from groundwork.domain.definition import Mode, Variant
from groundwork.domain.facts import UnitChoice
from groundwork.domain.model import ChainState, CommitmentState, DeficiencyState, Light, StepState
from groundwork.domain.rules import Rules
from groundwork.rehearsal.plan import Plan, make_plan
from groundwork.rehearsal.rehearse import rules_for
from groundwork.rehearsal.script import Choices
from groundwork.rehearsal.typical import Habits, typical_script
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


def test_the_first_version_is_played_by_its_own_rules() -> None:
    first = rules_for(get("land-to-construction", "1.0.0"))
    plan = usual(first, Choices(modes={"L07": Mode.COMMITMENT, "L16": Mode.DEFICIENCY_TOLERANT}))
    assert plan.chain.state is ChainState.COMPLETED
    assert not plan.refusals
    assert not any(isinstance(event, ev.CommitmentDrafted) for event in plan.events)


def test_a_commitment_goes_from_the_letter_to_the_archive(rules: Rules) -> None:
    plan = usual(rules, Choices(modes={"L17": Mode.COMMITMENT}))
    letter = plan.chain.commitments["L17-commitment"]
    assert letter.state is CommitmentState.ARCHIVED
    assert len(letter.officers) == 2
    notice = rules.step("L17").commitment
    assert notice is not None
    assert [one.partition(" · ")[0] for one in letter.obligations] == [
        condition.zh for condition in notice.conditions
    ]


BUILDINGS = (UnitChoice(id="B1", name="1号厂房"), UnitChoice(id="B2", name="2号厂房"))


@pytest.mark.parametrize("variant", Variant)
@pytest.mark.parametrize("share", [0, 100])
def test_production_begins_in_every_building(
    variant: Variant, share: int, production_rules: Rules
) -> None:
    plan = usual(production_rules, Choices(variant=variant, units=BUILDINGS), share=share)
    assert plan.chain.state is ChainState.COMPLETED
    assert not plan.refusals
    assert not plan.unplayed
    for unit in plan.chain.units.values():
        assert unit.open_gates == {"early-entry", "use", "production"}
    assert plan.chain.steps["C14.B1"].state is StepState.EXEMPT


def test_a_building_stands_in_where_none_is_named(production_rules: Rules) -> None:
    plan = make_plan(typical_script(production_rules, START), production_rules)
    assert plan.chain.state is ChainState.COMPLETED
    assert list(plan.chain.units) == ["B1"]


@pytest.mark.parametrize("mode", [Mode.STANDARD, Mode.DEFICIENCY_TOLERANT, Mode.EXEMPT])
def test_every_mode_of_a_building_can_be_played(mode: Mode, production_rules: Rules) -> None:
    steps = production_rules.definition.steps
    modes = {step.id: mode for step in steps if mode in step.modes}
    plan = usual(production_rules, Choices(modes=modes, units=BUILDINGS))
    assert plan.chain.state is ChainState.COMPLETED
    assert not plan.refusals


def test_what_was_tolerated_settles_by_itself_once_cured(production_rules: Rules) -> None:
    modes = {"C09.B1": Mode.DEFICIENCY_TOLERANT}
    plan = usual(production_rules, Choices(modes=modes, units=BUILDINGS))
    assert plan.chain.steps["C14.B1"].state is StepState.PASSED
    assert plan.chain.steps["C14.B2"].state is StepState.EXEMPT
    cured = next(e.at for e in plan.events if isinstance(e, ev.CureConfirmed))
    settled = next(
        e.at for e in plan.events if isinstance(e, ev.StepDecided) and e.step == "C14.B1"
    )
    assert settled == cured


def test_everybody_consulted_speaks_at_the_one_visit(production_rules: Rules) -> None:
    plan = usual(production_rules, Choices(units=BUILDINGS))
    visits = {e.step: len(e.officers) for e in plan.events if isinstance(e, ev.SiteVisitHeld)}
    assert visits == {"C13.B1": 2, "C13.B2": 2}
    spoke = {
        e.department for e in plan.events if isinstance(e, ev.OpinionGiven) and e.step == "C13.B2"
    }
    assert spoke == set(production_rules.step("C13").consulted)
    assert not any(isinstance(event, ev.SilenceCounted) for event in plan.events)
