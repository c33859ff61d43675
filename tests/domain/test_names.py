"""Every code that a sentence may mention has a name in both languages."""

from typing import get_args

from groundwork.domain import names
from groundwork.domain.commands import AnyCommand
from groundwork.domain.definition import Mode
from groundwork.domain.model import (
    ChainState,
    CommitmentState,
    DeficiencyState,
    EscalationState,
    Role,
    StepState,
)
from groundwork.domain.policy import PERMITTED
from groundwork.domain.rejections import Reason, Rejection


def test_every_state_mode_and_role_has_a_name() -> None:
    assert set(names.STATES) == set(StepState)
    assert set(names.CHAIN_STATES) == set(ChainState)
    assert set(names.PROMISE_STATES) == {*DeficiencyState, *CommitmentState}
    assert set(names.ESCALATION_STATES) == set(EscalationState)
    assert set(names.MODES) == set(Mode)
    assert set(names.ROLES) == set(Role)


def test_every_command_and_every_action_of_the_policy_has_a_name() -> None:
    commands = {kind.model_fields["type"].default for kind in get_args(get_args(AnyCommand)[0])}
    assert commands <= set(names.ACTIONS)
    assert set(names.ACTIONS) == set(PERMITTED)


def test_a_refusal_speaks_words_instead_of_codes() -> None:
    refusal = Rejection(
        Reason.WRONG_STATE, step="L08", state="stopped", action="decide", needed="accepted, resumed"
    )
    assert refusal.sentence("zh") == (
        "环节 L08 目前为“暂停计时”，不能执行“办结”；须处于：已受理、恢复办理。"
    )
    assert refusal.sentence("en") == (
        "Step L08 is clock stopped: it is not possible to decide now."
        " Needed: accepted, clock resumed."
    )


def test_what_has_no_name_is_shown_as_it_is() -> None:
    assert names.worded({"state": "unheard-of", "step": "L08"}, "zh") == {
        "state": "unheard-of",
        "step": "L08",
    }
