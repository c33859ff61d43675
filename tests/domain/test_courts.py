"""Whose time a step takes: from the day on which it could be handed in to its decision."""

from datetime import date

from groundwork.domain import commands as cmd
from groundwork.domain.clock import Split
from groundwork.domain.courts import chain_split, step_split
from groundwork.domain.definition import LimitUnit, StopReason
from groundwork.domain.model import StepState
from groundwork.domain.rules import Rules
from tests.domain.small import text
from tests.domain.worlds import Play, moment, small_rules

CORRECTION = StopReason.CORRECTION


def split(play: Play, key: str, at: str) -> Split:
    found = step_split(play.rules, play.chain, key, moment(at))
    assert found is not None
    return found


def courts(play: Play, key: str, at: str) -> tuple[int, int, int, int]:
    """Until it was accepted, the department's, the applicant's, others'."""
    told = split(play, key, at)
    return (told.acceptance_days, told.department_days, told.applicant_days, told.other_days)


def ready() -> Play:
    """A02 can be handed in since Monday 2 March 2026."""
    play = Play(start="2026-03-02 09:00").settle("A01")
    assert play.step("A02").state is StepState.READY
    return play


def test_until_it_is_handed_in_time_is_the_applicants() -> None:
    assert courts(ready(), "A02", "2026-03-04 09:00") == (0, 0, 2, 0)


def test_until_it_is_answered_time_is_the_departments_and_no_limit_runs() -> None:
    play = ready().at("2026-03-04 09:00").receive("A02")
    assert courts(play, "A02", "2026-03-06 09:00") == (2, 0, 2, 0)


def test_a_correction_is_the_applicants_time() -> None:
    play = ready().at("2026-03-04 09:00").receive("A02").at("2026-03-05 09:00")
    play.do(cmd.RequestCorrection(step="A02", items=("sign the form",)))
    assert courts(play, "A02", "2026-03-09 09:00") == (1, 0, 4, 0)
    play.at("2026-03-10 09:00").do(cmd.SubmitCorrection(step="A02"))
    play.at("2026-03-11 09:00").accept("A02")
    assert courts(play, "A02", "2026-03-12 09:00") == (2, 1, 5, 0)


def test_every_working_day_is_somebodys() -> None:
    play = ready().at("2026-03-04 09:00").receive("A02").at("2026-03-05 09:00").accept("A02")
    play.at("2026-03-06 10:00").stop("A02", "2026-03-11")
    told = courts(play, "A02", "2026-03-13 09:00")
    assert told == (1, 3, 2, 3)
    assert sum(told) == play.rules.calendar.count_working_days(
        moment("2026-03-02 09:00").date(), moment("2026-03-13 09:00").date()
    )


def test_a_stop_is_in_the_court_of_its_reason() -> None:
    play = Play(start="2026-03-02 09:00").settle("A01").receive("A02").accept("A02")
    play.at("2026-03-03 09:00").stop("A02", "2026-03-05", StopReason.FORCE_MAJEURE)
    told = split(play, "A02", "2026-03-09 09:00")
    assert (told.other_days, told.stopped_days, told.department_days) == (2, 2, 3)


def test_after_the_decision_nobodys_time_runs() -> None:
    play = ready().receive("A02").accept("A02").at("2026-03-05 10:00").decide("A02")
    assert courts(play, "A02", "2026-06-30 10:00") == courts(play, "A02", "2026-03-05 10:00")
    assert courts(play, "A02", "2026-06-30 10:00") == (0, 3, 0, 0)


def test_the_enterprises_own_step_is_its_own_time() -> None:
    play = ready().settle("A02").receive("A06")
    assert courts(play, "A06", "2026-03-05 09:00") == (0, 0, 3, 0)


def test_without_a_promise_the_department_takes_working_days_all_the_same() -> None:
    play = ready().settle("A02", "A06").receive("A07").accept("A07")
    assert courts(play, "A07", "2026-03-05 09:00") == (0, 3, 0, 0)


def test_an_application_that_ended_without_a_decision_counts_no_more() -> None:
    play = ready().receive("A02").do(cmd.WithdrawStep(step="A02", reason="redrawn"))
    assert step_split(play.rules, play.chain, "A02", moment("2026-03-05 09:00")) is None


def test_hours_are_split_by_the_hour() -> None:
    play = ready().receive("A10").at("2026-03-02 12:30").accept("A10")
    told = split(play, "A10", "2026-03-02 14:00")
    assert told.unit is LimitUnit.HOURS
    assert (told.acceptance_days, told.department_days) == (4, 2)


def test_a_chain_adds_its_steps_up_by_unit() -> None:
    play = ready().receive("A10").accept("A10").receive("A02").accept("A02")
    at = moment("2026-03-04 09:00")
    sums = {one.unit: one for one in chain_split(play.rules, play.chain, at)}
    assert LimitUnit.HOURS in sums
    steps = [step_split(play.rules, play.chain, key, at) for key in play.chain.steps]
    for unit, total in sums.items():
        of_unit = [one for one in steps if one is not None and one.unit is unit]
        assert total.department_days == sum(one.department_days for one in of_unit)
        assert total.applicant_days == sum(one.applicant_days for one in of_unit)


def test_days_on_which_only_the_department_is_shut_are_nobodys() -> None:
    rules = small_rules()
    shut = {"review": {date(2026, 3, 5): text("moving house"), date(2026, 3, 11): text("audit")}}
    closed = rules.calendar.model_copy(update={"version": "closed", "closed_for": shut})
    plays = [
        Play(Rules(rules.definition, calendar), "2026-03-02 09:00").settle("A01")
        for calendar in (rules.calendar, closed)
    ]
    for play in plays:
        play.at("2026-03-04 09:00").receive("A02").at("2026-03-09 09:00").accept("A02")
    told = [courts(play, "A02", "2026-03-13 09:00") for play in plays]
    assert told == [(3, 4, 2, 0), (2, 3, 2, 0)]
    # A03 belongs to another department.
    assert {courts(play, "A03", "2026-03-13 09:00") for play in plays} == {(0, 0, 9, 0)}
