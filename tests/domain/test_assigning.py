"""Who is in charge of a step is the department's to say, and changes nothing else."""

import pytest

from groundwork.domain import commands as cmd
from groundwork.domain.definition import StopReason
from groundwork.domain.model import OPEN, Actor, Role, Step, StepState
from groundwork.domain.rejections import Reason
from tests.domain.worlds import Play, actor

HEAD = actor(Role.SECTION_HEAD, "desk")
OFFICER = Actor(id="p-li", role=Role.OFFICER, department="desk")


def assign(step: str, assignee: str | None, former: str | None = None) -> cmd.Assign:
    return cmd.Assign(step=step, assignee=assignee, former=former, reason="轮岗")


def but_for_the_assignee(step: Step) -> Step:
    return step.model_copy(update={"assignee": None})


def stopped() -> Play:
    """A step whose clock stands still until the 20th, with a rung of its ladder reached."""
    play = Play().receive("A01").accept("A01").at("2026-03-03 09:00")
    return play.stop("A01", "2026-03-20", StopReason.FORCE_MAJEURE)


def test_a_step_is_put_in_somebodys_charge_and_taken_out_of_it() -> None:
    play = Play().receive("A01").do(assign("A01", "p-li"), HEAD)
    assert play.step("A01").assignee == "p-li"
    assert play.last[-1].model_dump(exclude={"seq", "at", "by", "key"}) == {
        "type": "step_assigned",
        "step": "A01",
        "assignee": "p-li",
        "former": None,
        "reason": "轮岗",
        "basis": "",
    }
    assert play.do(assign("A01", None), HEAD).step("A01").assignee is None


def test_a_stopped_step_keeps_its_stop_clock_light_and_dates() -> None:
    play = stopped().do(assign("A01", "p-li"), HEAD)
    before, alarm = play.step("A01"), play.chain.escalations
    assert before.state is StepState.STOPPED
    after = play.do(assign("A01", "p-wu", former="p-li"), HEAD).step("A01")
    assert but_for_the_assignee(after) == but_for_the_assignee(before)
    assert play.chain.escalations == alarm
    assert len(play.last) == 1
    resumed = play.wait("2026-03-21 09:00").step("A01")
    assert (resumed.state, resumed.assignee) == (StepState.RESUMED, "p-wu")
    assert resumed.due_on == stopped().wait("2026-03-21 09:00").step("A01").due_on


def test_it_undoes_nothing_that_time_did_when_it_is_processed_late() -> None:
    silent = Play().receive("A01").wait("2026-03-10 09:00")
    assert silent.step("A01").accepted_by_silence
    silent.at("2026-03-03 10:00").do(assign("A01", "p-li"), HEAD)
    assert [event.type for event in silent.last] == ["step_assigned"]
    assert silent.step("A01").accepted_by_silence


def test_handing_in_again_leaves_it_in_the_same_hands() -> None:
    play = Play().receive("A01").do(assign("A01", "p-li"), HEAD)
    play.do(cmd.RefuseAcceptance(step="A01", reason="wrong form")).receive("A01")
    assert play.step("A01").attempt == 2
    assert play.step("A01").assignee == "p-li"


def test_only_open_steps_are_assigned() -> None:
    play = Play()
    waiting = next(step.key for step in play.chain.steps.values() if step.state not in OPEN)
    lead = play.rules.step(waiting).lead
    head = actor(Role.SECTION_HEAD, lead)
    assert play.refused(assign(waiting, "p-li"), head) is Reason.WRONG_STATE


def test_an_officer_takes_up_what_is_free_and_hands_on_what_is_theirs() -> None:
    play = Play().receive("A01").do(assign("A01", OFFICER.id), OFFICER)
    other = OFFICER.model_copy(update={"id": "p-wu"})
    assert play.refused(assign("A01", "p-wu"), other) is Reason.HELD_BY_ANOTHER
    stand_in = other.model_copy(update={"on_behalf_of": OFFICER.id, "mandate": "a-1"})
    assert play.do(assign("A01", "p-wu"), stand_in).step("A01").assignee == "p-wu"
    assert play.do(assign("A01", "p-li"), other).step("A01").assignee == "p-li"


def test_another_departments_head_does_not_assign() -> None:
    head = actor(Role.SECTION_HEAD, "review")
    play = Play().receive("A01")
    assert play.refused(assign("A01", "p-li"), head) is Reason.OTHER_DEPARTMENT
    assert play.refused(assign("A01", "p-li"), actor(Role.HOUSEKEEPER)) is Reason.NOT_PERMITTED


@pytest.mark.parametrize("former", ["p-wu", "p-nobody"])
def test_a_handover_of_what_somebody_else_holds_by_now_is_refused(former: str) -> None:
    play = Play().receive("A01").do(assign("A01", "p-li"), HEAD)
    assert play.refused(assign("A01", "p-ma", former), HEAD) is Reason.ASSIGNEE_CHANGED
    assert play.refused(assign("A01", "p-li", "p-li"), HEAD) is Reason.ALREADY_ASSIGNED


def test_what_is_not_said_is_not_written_so_that_old_hashes_hold() -> None:
    assert actor(Role.OFFICER, "desk").model_dump().keys() == {"id", "role", "department"}
    assert "assignee" not in Play().step("A01").model_dump()
    written = OFFICER.model_copy(update={"on_behalf_of": "p-wu", "mandate": "a-1"})
    assert Actor.model_validate(written.model_dump()) == written
