"""A script laid out in time by the pure core."""

from datetime import timedelta
from pathlib import Path

import pytest

from groundwork.domain.calendar import SHANGHAI
from groundwork.domain.fold import fold
from groundwork.domain.model import ChainState
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.rules import Rules
from groundwork.rehearsal.plan import Plan, make_plan
from groundwork.rehearsal.script import Choices
from groundwork.rehearsal.typical import typical_script
from tests.rehearsal.scripts import START, plan_of


def happened(plan: Plan, step: str) -> list[tuple[str, str]]:
    """What happened to a step, and when."""
    return [
        (event.type, event.at.astimezone(SHANGHAI).strftime("%m-%d %H:%M"))
        for event in plan.events
        if getattr(event, "step", None) == step
    ]


def test_actions_wait_for_what_they_follow_whatever_their_order(
    tmp_path: Path, rules: Rules
) -> None:
    text = (
        "actions:\n"
        "  - {when: 1 wd after L01 accepted, do: decide L01}\n"
        "  - {when: 2 h after L01 received, do: accept L01}\n"
        "  - {when: 2025-03-04 10:00, do: receive L01}\n"
    )
    assert happened(plan_of(tmp_path, text, rules), "L01") == [
        ("step_ready", "03-03 09:00"),
        ("step_received", "03-04 10:00"),
        ("step_accepted", "03-04 12:00"),
        ("escalation_fired", "03-05 00:00"),
        ("step_decided", "03-05 16:00"),
    ]


def test_what_happens_by_itself_happens_before_what_is_done_later(
    tmp_path: Path, rules: Rules
) -> None:
    text = (
        "actions:\n"
        "  - {when: 2025-03-03, do: receive L01}\n"
        "  - {when: 1 h after L01 received, do: accept L01}\n"
        "  - {when: 1 wd after L01 yellow_card, do: decide L01}\n"
    )
    plan = plan_of(tmp_path, text, rules)
    assert happened(plan, "L01") == [
        ("step_ready", "03-03 09:00"),
        ("step_received", "03-03 09:00"),
        ("step_accepted", "03-03 10:00"),
        ("escalation_fired", "03-04 00:00"),
        ("escalation_fired", "03-05 00:00"),
        ("escalation_fired", "03-06 00:00"),
        ("step_decided", "03-07 16:00"),
    ]
    assert not plan.refusals


def test_a_refused_action_is_told_and_changes_nothing(tmp_path: Path, rules: Rules) -> None:
    text = "until: 2025-03-05\nactions:\n  - {when: 2025-03-04, do: decide L02}\n"
    plan = plan_of(tmp_path, text, rules)
    (refusal,) = plan.refusals
    assert refusal.rejection.reason is Reason.WRONG_STATE
    assert refusal.action.line > 0
    assert len(plan.events) == plan.launched


def test_an_action_whose_moment_never_comes_is_told(tmp_path: Path, rules: Rules) -> None:
    text = "actions:\n  - {when: L20 red, do: acknowledge L20-red}\n"
    plan = plan_of(tmp_path, text, rules)
    assert [one.verb for one in plan.unplayed] == ["acknowledge"]


def test_what_comes_after_the_chains_end_is_refused(tmp_path: Path, rules: Rules) -> None:
    text = (
        "actions:\n"
        "  - {when: 2025-03-04, do: withdraw_chain, reason: 另选他地}\n"
        "  - {when: 2025-03-05, do: receive L01}\n"
    )
    plan = plan_of(tmp_path, text, rules)
    assert plan.chain.state is ChainState.WITHDRAWN
    assert [one.rejection.reason for one in plan.refusals] == [Reason.CHAIN_CLOSED]


def test_a_chain_left_alone_is_watched_until_nothing_more_happens(
    tmp_path: Path, rules: Rules
) -> None:
    text = "steps:\n  L01: [2025-03-03, L01 received, 2025-06-30]\nuntil: 2025-05-30\n"
    plan = plan_of(tmp_path, text, rules)
    rungs = [one.rung for one in plan.chain.escalations.values()]
    assert rungs == ["yellow", "red", "yellow_card", "red_card", "referral"]
    assert not plan.ends
    assert [one.verb for one in plan.unplayed] == ["decide"]


def test_the_winner_of_the_land_is_taken_to_be_the_applicant(rules: Rules) -> None:
    plan = make_plan(typical_script(rules, START), rules)
    assert plan.chain.converted_at is not None


def test_another_winner_ends_the_chain_at_the_gate(rules: Rules) -> None:
    script = typical_script(rules, START)
    actions = tuple(
        one.model_copy(update={"fields": {"winner_uscc": "91440784MA0000015C"}})
        if (one.verb, one.subject) == ("decide", "L14")
        else one
        for one in script.actions
    )
    project = script.project.model_copy(update={"uscc": "91440784MA0000285Y"})
    plan = make_plan(script.model_copy(update={"actions": actions, "project": project}), rules)
    assert plan.chain.state is ChainState.TERMINATED
    assert "不一致" in plan.chain.ending


def test_a_launch_that_is_refused_is_no_plan(rules: Rules) -> None:
    script = typical_script(rules, START)
    broken = script.model_copy(update={"choices": Choices(phases={"L20": ("Z",)})})
    with pytest.raises(Rejection):
        make_plan(broken, rules)


def test_a_plan_is_the_same_every_time(rules: Rules) -> None:
    script = typical_script(rules, START)
    first, second = make_plan(script, rules), make_plan(script, rules)
    assert first.events == second.events
    assert fold(first.events) == first.chain
    assert first.until - START > timedelta(days=100)
