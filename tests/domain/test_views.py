"""What people read off a chain: lights, whose court it is in, and the exchange's status codes."""

from datetime import date, timedelta

import pytest

from groundwork.domain import commands as cmd
from groundwork.domain.definition import StopReason
from groundwork.domain.model import CommitmentState, Light, Step, StepState, WaitingOn
from groundwork.domain.views import (
    LIMIT_LIGHTS,
    STATUS_CODES,
    act_by,
    chain_light,
    chain_waiting_on,
    kept_by,
    light_on,
    open_commitments,
    open_deficiencies,
    opinion_light,
    status_code,
    step_light,
    waiting_on,
)
from tests.domain.small import COMMITTED, TOLERANT
from tests.domain.worlds import Play

NO_CASE = {StepState.WAITING, StepState.READY}


def step_in(state: StepState, light: Light = Light.GREEN) -> Step:
    return Step(key="A01", state=state, light=light)


@pytest.mark.parametrize("state", sorted(set(StepState) - NO_CASE))
def test_every_state_of_a_case_has_a_code_of_the_national_standard(state: StepState) -> None:
    code = status_code(step_in(state))
    assert code is not None
    assert 1 <= code <= 15


@pytest.mark.parametrize("state", sorted(NO_CASE))
def test_what_nobody_handed_in_is_no_case(state: StepState) -> None:
    assert status_code(step_in(state)) is None


def test_every_code_of_the_national_standard_is_used() -> None:
    assert set(STATUS_CODES.values()) == set(range(1, 16))


@pytest.mark.parametrize("state", sorted(StepState))
def test_every_state_has_a_light_and_somebodys_court(state: StepState) -> None:
    assert step_light(step_in(state)) in Light
    assert waiting_on(step_in(state)) in WaitingOn


@pytest.mark.parametrize(
    ("state", "light"),
    [
        (StepState.WAITING, Light.TODO),
        (StepState.READY, Light.TODO),
        (StepState.RECEIVED, Light.GREEN),
        (StepState.CORRECTION, Light.PAUSED),
        (StepState.IN_REVIEW, Light.GREEN),
        (StepState.STOPPED, Light.PAUSED),
        (StepState.PASSED, Light.DONE),
        (StepState.EXEMPT, Light.DONE),
    ],
)
def test_the_light_follows_the_state(state: StepState, light: Light) -> None:
    assert step_light(step_in(state)) is light


@pytest.mark.parametrize("light", [Light.GREEN, Light.YELLOW, Light.RED])
def test_a_step_at_work_shows_what_the_ladder_lit(light: Light) -> None:
    assert step_light(step_in(StepState.IN_REVIEW, light)) is light
    assert step_light(step_in(StepState.PASSED, light)) is Light.DONE


@pytest.mark.parametrize(
    ("state", "court"),
    [
        (StepState.WAITING, WaitingOn.OTHER),
        (StepState.READY, WaitingOn.APPLICANT),
        (StepState.RECEIVED, WaitingOn.DEPARTMENT),
        (StepState.CORRECTION, WaitingOn.APPLICANT),
        (StepState.CORRECTED, WaitingOn.DEPARTMENT),
        (StepState.ACCEPTED, WaitingOn.DEPARTMENT),
        (StepState.STOPPED, WaitingOn.OTHER),
        (StepState.RETURNED, WaitingOn.APPLICANT),
        (StepState.FAILED, WaitingOn.APPLICANT),
        (StepState.RECHECK, WaitingOn.DEPARTMENT),
        (StepState.PASSED, WaitingOn.NOBODY),
        (StepState.TERMINATED, WaitingOn.NOBODY),
    ],
)
def test_whose_court_a_step_is_in(state: StepState, court: WaitingOn) -> None:
    assert waiting_on(step_in(state)) is court


def test_the_enterprises_own_step_is_in_its_court() -> None:
    own = step_in(StepState.RECEIVED)
    assert waiting_on(own, applicant_owned=True) is WaitingOn.APPLICANT


def test_a_chain_shows_its_worst_light() -> None:
    play = Play().settle("A01").receive("A02").accept("A02")
    lights = [chain_light(play.wait(f"2026-03-{d} 12:00").chain) for d in ("02", "04", "06")]
    assert lights == [Light.GREEN, Light.YELLOW, Light.RED]


def test_a_chain_on_which_nothing_runs_is_green() -> None:
    assert chain_light(Play().chain) is Light.GREEN


def test_a_chain_that_has_ended_is_done() -> None:
    play = Play().receive("A01").do(cmd.TerminateChain(reason="land not won"))
    assert chain_light(play.chain) is Light.DONE
    assert chain_waiting_on(play.chain, play.rules.definition) is WaitingOn.NOBODY


def test_a_stopped_step_does_not_hide_a_yellow_one() -> None:
    play = Play().settle("A01").receive("A02").accept("A02").stop("A02", "2026-03-31")
    assert chain_light(play.chain) is Light.PAUSED
    assert chain_light(play.wait("2026-03-04 12:00").chain) is Light.YELLOW


def test_a_departments_work_comes_before_the_applicants() -> None:
    play = Play()
    court = [chain_waiting_on(play.chain, play.rules.definition)]
    court.append(chain_waiting_on(play.receive("A01").chain, play.rules.definition))
    assert court == [WaitingOn.APPLICANT, WaitingOn.DEPARTMENT]


def test_a_chain_on_which_only_a_stop_lasts_waits_for_somebody_else() -> None:
    play = Play().settle("A01").do(stop_of_the_offices_own_step())
    waiting = {key: one for key, one in play.chain.steps.items() if one.state != "ready"}
    chain = play.chain.model_copy(update={"steps": waiting})
    assert chain_waiting_on(chain, play.rules.definition) is WaitingOn.OTHER


def stop_of_the_offices_own_step() -> cmd.StopClock:
    return cmd.StopClock.model_validate(
        {
            "step": "A04",
            "reason": StopReason.HEARING,
            "basis": "XK45",
            "planned_end": "2026-03-31",
        }
    )


def test_what_is_still_promised_can_be_listed_by_step() -> None:
    play = Play(modes={"A02": TOLERANT, "A03": COMMITTED}).settle("A01")
    play.receive("A02", lacking=("pipeline", "photo")).accept("A02")
    play.receive("A03").sign("A03")
    assert open_deficiencies(play.chain) == ["A02-pipeline", "A02-photo"]
    assert open_deficiencies(play.chain, "A03") == []
    assert open_commitments(play.chain, "A03") == ["A03-commitment"]


TODAY = date(2026, 3, 4)
YESTERDAY, TOMORROW = TODAY - timedelta(1), TODAY + timedelta(1)


@pytest.mark.parametrize("light", sorted(Light))
def test_a_limit_is_over_with_its_day_whatever_the_ladder_lit(light: Light) -> None:
    assert light_on(light, YESTERDAY, TODAY) is (Light.RED if light in LIMIT_LIGHTS else light)
    for not_over in (TODAY, TOMORROW, None):
        assert light_on(light, not_over, TODAY) is light


@pytest.mark.parametrize(
    ("reply_on", "days_left", "light"),
    [
        (TOMORROW, 1, Light.GREEN),
        # Such as a Sunday after today's Friday: no working day is left.
        (TOMORROW, 0, Light.YELLOW),
        (TODAY, 0, Light.YELLOW),
        # Such as yesterday's Sunday: no working day has gone by, and still it is over.
        (YESTERDAY, 0, Light.RED),
        (YESTERDAY, -1, Light.RED),
    ],
)
def test_an_opinion_that_is_owed(reply_on: date, days_left: int, light: Light) -> None:
    assert opinion_light(reply_on, TODAY, days_left) is light


@pytest.mark.parametrize(
    ("state", "day"),
    [
        (CommitmentState.SIGNED, None),
        (CommitmentState.IN_FORCE, TODAY),
        (CommitmentState.RECTIFYING, TODAY),
        (CommitmentState.AWAITING_VERIFICATION, TOMORROW),
        (CommitmentState.FULFILLED, None),
    ],
)
def test_a_commitment_is_kept_first_and_verified_then(
    state: CommitmentState, day: date | None
) -> None:
    assert kept_by(state, TODAY, TOMORROW) == day


def test_whoever_holds_a_step_acts_by_its_limit_or_accepts_by_the_window() -> None:
    play = Play()
    assert act_by(play.step("A01")) is None
    # Five working days for the acceptance, then two for the decision.
    assert act_by(play.receive("A01").step("A01")) == date(2026, 3, 9)
    assert act_by(play.accept("A01").step("A01")) == date(2026, 3, 4)
    assert act_by(play.decide("A01").step("A01")) is None
