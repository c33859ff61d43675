"""Who may do what."""

from typing import get_args

import pytest

from groundwork.domain import commands as cmd
from groundwork.domain.definition import StopReason
from groundwork.domain.model import DecisionResult, Role
from groundwork.domain.policy import OWN_DEPARTMENT, PERMITTED, authorise, permits
from groundwork.domain.rejections import Reason, Rejection
from tests.domain.worlds import ENTERPRISE, HOUSEKEEPER, OFFICE, Play, actor, small_rules

VERBS = {kind.model_fields["type"].default for kind in get_args(get_args(cmd.AnyCommand)[0])}
DESK = {Role.OFFICER, Role.SECTION_HEAD, Role.DEPUTY_LEADER, Role.DIRECTOR}


def refusal(role: Role, department: str | None, action: str, step: str | None) -> Reason | None:
    definition = small_rules().step(step) if step else None
    try:
        authorise(actor(role, department), action, definition)
    except Rejection as rejection:
        return rejection.reason
    return None


def test_every_command_has_its_line_in_the_table() -> None:
    assert PERMITTED.keys() >= VERBS
    assert PERMITTED.keys() >= OWN_DEPARTMENT


@pytest.mark.parametrize("action", sorted(PERMITTED))
def test_the_administrator_may_do_everything(action: str) -> None:
    assert permits(Role.ADMINISTRATOR, action)
    assert refusal(Role.ADMINISTRATOR, None, action, "A01") is None


@pytest.mark.parametrize("action", sorted(PERMITTED))
def test_the_system_rolls_out_calendars_and_definitions_and_does_nothing_else(action: str) -> None:
    assert permits(Role.SYSTEM, action) is (action in {"adopt_calendar", "adopt_definition"})


@pytest.mark.parametrize("action", sorted(OWN_DEPARTMENT & VERBS))
def test_a_department_acts_on_its_own_steps_only(action: str) -> None:
    role = next(role for role in sorted(DESK) if permits(role, action))
    assert refusal(role, "desk", action, "A01") is None
    assert refusal(role, "review", action, "A01") is Reason.OTHER_DEPARTMENT
    assert refusal(role, None, action, "A01") is Reason.OTHER_DEPARTMENT


def test_a_consulted_department_does_not_decide() -> None:
    assert refusal(Role.OFFICER, "desk", "decide", "A02") is Reason.OTHER_DEPARTMENT


@pytest.mark.parametrize("action", ["receive", "accept", "begin_review", "decide"])
@pytest.mark.parametrize("role", [Role.PROJECT_MANAGER, Role.HOUSEKEEPER])
def test_the_enterprise_manages_its_own_step(role: Role, action: str) -> None:
    assert refusal(role, None, action, "A06") is None


@pytest.mark.parametrize("action", ["accept", "decide", "extend", "exempt", "confirm_cure"])
def test_the_enterprise_decides_nothing_of_a_department(action: str) -> None:
    assert refusal(Role.PROJECT_MANAGER, None, action, "A01") is Reason.NOT_PERMITTED


def test_only_the_enterprise_signs_its_commitment() -> None:
    assert {role for role in Role if permits(role, "sign_commitment")} == {
        Role.PROJECT_MANAGER,
        Role.ADMINISTRATOR,
    }


@pytest.mark.parametrize("action", ["extend", "revoke", "annul"])
def test_what_weighs_heavily_needs_a_chief(action: str) -> None:
    assert refusal(Role.OFFICER, "desk", action, "A01") is Reason.NOT_PERMITTED
    assert refusal(Role.DEPUTY_LEADER, "desk", action, "A01") is None


@pytest.mark.parametrize("action", ["annul_escalation", "uphold_escalation", "decide_referral"])
def test_no_department_judges_its_own_delay(action: str) -> None:
    assert not any(permits(role, action) for role in DESK)


def test_a_card_is_appealed_by_the_department_itself() -> None:
    assert refusal(Role.OFFICER, "desk", "appeal_escalation", "A01") is None
    assert refusal(Role.OFFICER, "review", "appeal_escalation", "A01") is Reason.OTHER_DEPARTMENT
    office = Role.BUSINESS_ENVIRONMENT_OFFICE
    assert refusal(office, None, "appeal_escalation", "A01") is Reason.NOT_PERMITTED


def test_operators_read_no_cases() -> None:
    assert not permits(Role.OPS, "read_cases")
    assert permits(Role.OPS, "read_catalogue")


def test_an_overseer_may_acknowledge_on_any_step() -> None:
    assert refusal(Role.BUSINESS_ENVIRONMENT_OFFICE, None, "acknowledge", "A02") is None


def test_the_core_asks_the_table_for_every_command() -> None:
    someone = actor(Role.OPS)
    commands: tuple[cmd.AnyCommand, ...] = (
        cmd.Receive(step="A01"),
        cmd.Decide(step="A01", result=DecisionResult.PASS),
        cmd.ResumeClock(step="A01", reason=StopReason.HEARING),
        cmd.WithdrawStep(step="A01", reason="redrawn"),
        cmd.WithdrawChain(reason="no more money"),
        cmd.TerminateChain(reason="land not won"),
    )
    play = Play()
    assert {play.refused(command, someone) for command in commands} == {Reason.NOT_PERMITTED}


def test_who_acted_stands_in_the_event() -> None:
    play = Play().do(cmd.Receive(step="A01", materials=("form", "plan")), HOUSEKEEPER)
    assert play.last[-1].by == HOUSEKEEPER
    play.do(cmd.WithdrawStep(step="A01", reason="redrawn"), ENTERPRISE)
    assert play.last[-1].by == ENTERPRISE
    assert play.do(cmd.TerminateChain(reason="land not won"), OFFICE).last[-1].by == OFFICE


def test_what_time_does_is_done_by_the_system() -> None:
    play = Play().receive("A01").wait("2026-03-10 09:00")
    assert {event.by.role for event in play.last} == {Role.SYSTEM}
