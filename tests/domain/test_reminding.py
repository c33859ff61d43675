"""Reminders that people send: to whom, of what, and not twice a day."""

from groundwork.domain import commands as cmd
from groundwork.domain import events as ev
from groundwork.domain.model import Role, WaitingOn
from groundwork.domain.rejections import Reason
from tests.domain.small import TOLERANT
from tests.domain.worlds import HOUSEKEEPER, OFFICE, Play, actor

A01 = cmd.Remind(step="A01", note="the investor asks")


def lacking() -> Play:
    play = Play(modes={"A02": TOLERANT}).settle("A01")
    return play.receive("A02", lacking=("pipeline",)).accept("A02")


def reminded(play: Play) -> ev.StepReminded:
    """The reminder that was sent last; it is all that happened."""
    (event,) = play.last
    assert isinstance(event, ev.StepReminded)
    return event


def test_whoever_has_the_step_in_hand_is_reminded() -> None:
    play = Play().do(A01, HOUSEKEEPER)
    event = reminded(play)
    assert (event.whom, event.note) == (WaitingOn.APPLICANT, "the investor asks")
    play.at("2026-03-03 09:00").receive("A01").do(A01, OFFICE)
    assert reminded(play).whom is WaitingOn.DEPARTMENT


def test_nothing_else_changes() -> None:
    play = Play().receive("A01").accept("A01")
    before = play.step("A01")
    after = play.do(A01, HOUSEKEEPER).step("A01")
    assert after.model_copy(update={"reminded_on": None}) == before


def test_of_the_same_once_a_day_whoever_sends_it() -> None:
    play = Play().receive("A01").do(A01, HOUSEKEEPER)
    assert play.at("2026-03-02 23:59").refused(A01, OFFICE) is Reason.REMINDED_TODAY
    play.at("2026-03-03 00:00").do(A01, HOUSEKEEPER)


def test_a_deficiency_is_another_thing_than_its_step() -> None:
    play = lacking()
    missing = cmd.Remind(step="A02", deficiency="A02-pipeline")
    play.do(cmd.Remind(step="A02"), HOUSEKEEPER).do(missing, HOUSEKEEPER)
    assert reminded(play).whom is WaitingOn.APPLICANT
    assert play.refused(missing, HOUSEKEEPER) is Reason.REMINDED_TODAY
    play.do(cmd.SubmitCure(deficiency="A02-pipeline")).at("2026-03-04 09:00")
    assert play.refused(missing, HOUSEKEEPER) is Reason.NOBODY_TO_REMIND


def test_what_waits_for_nobody_of_us_is_not_reminded_of() -> None:
    play = Play().settle("A01").receive("A02").accept("A02").stop("A02", "2026-03-31")
    for step in ("A01", "A02", "A09"):
        command = cmd.Remind(step=step)
        assert play.refused(command, HOUSEKEEPER) is Reason.NOBODY_TO_REMIND
    unknown = cmd.Remind(step="A02", deficiency="A02-pipeline")
    assert play.refused(unknown, HOUSEKEEPER) is Reason.UNKNOWN_DEFICIENCY


def test_departments_and_enterprises_remind_nobody() -> None:
    play = Play().receive("A01")
    for who in (actor(Role.OFFICER, "desk"), actor(Role.PROJECT_MANAGER)):
        assert play.refused(A01, who) is Reason.NOT_PERMITTED
