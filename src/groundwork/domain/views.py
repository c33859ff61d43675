"""What people read off a chain: lights, deadlines, whose court it is in, the national code."""

from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from groundwork.domain.calendar import local_date
from groundwork.domain.definition import ChainDefinition
from groundwork.domain.model import (
    FINISHED,
    OPEN,
    RUNNING,
    Chain,
    ChainState,
    CommitmentState,
    DeficiencyState,
    Light,
    Step,
    StepState,
    WaitingOn,
)

STATUS_CODES: Final = MappingProxyType(
    {
        StepState.RECEIVED: 1,
        StepState.WITHDRAWN: 2,
        StepState.ACCEPTED: 3,
        StepState.EXEMPT: 4,
        StepState.NOT_ACCEPTED: 5,
        StepState.CORRECTION: 6,
        StepState.CORRECTED: 7,
        StepState.IN_REVIEW: 8,
        StepState.STOPPED: 9,
        StepState.RESUMED: 10,
        StepState.PASSED: 11,
        StepState.PASSED_WITH_TOLERANCE: 12,
        StepState.FAILED: 13,
        StepState.REVOKED: 14,
        StepState.ANNULLED: 15,
        # The exchange standard knows no such states; these are the nearest of its codes.
        StepState.RETURNED: 2,
        StepState.TERMINATED: 2,
        StepState.DROPPED: 2,
        StepState.RECHECK: 8,
    }
)
"""The national exchange standard's code of each state.

A step that nobody has handed in yet is no case and has no code.
"""

LIMIT_LIGHTS: Final = frozenset({Light.GREEN, Light.YELLOW, Light.RED})
"""Lights that say how a limit runs: the days that are left say more than the colour's name."""

_RANK: Final = (Light.TODO, Light.DONE, Light.GREEN, Light.PAUSED, Light.YELLOW, Light.RED)
_UNDECIDED_ENDS: Final = frozenset(
    {
        StepState.NOT_ACCEPTED,
        StepState.RETURNED,
        StepState.FAILED,
        StepState.WITHDRAWN,
        StepState.REVOKED,
        StepState.ANNULLED,
    }
)
_TO_HAND_IN: Final = (_UNDECIDED_ENDS - {StepState.FAILED}) | {StepState.WAITING, StepState.READY}
_APPLICANTS_TURN: Final = _UNDECIDED_ENDS | {StepState.READY, StepState.CORRECTION}


_CLOSED_COMMITMENTS: Final = frozenset(
    {
        CommitmentState.REFUSED,
        CommitmentState.FULFILLED,
        CommitmentState.BREACHED,
        CommitmentState.ARCHIVED,
        CommitmentState.DROPPED,
    }
)


_TO_BE_ACTED_ON: Final = frozenset(
    {CommitmentState.DRAFT, CommitmentState.AWAITING_VERIFICATION, CommitmentState.RECTIFYING}
)


def status_code(step: Step) -> int | None:
    """The national status code, or None while there is no case to report."""
    return STATUS_CODES.get(step.state)


def step_light(step: Step) -> Light:
    """The light to show: a stopped clock shows as paused, whatever was lit before."""
    if step.state in {StepState.STOPPED, StepState.CORRECTION}:
        return Light.PAUSED
    if step.state in _TO_HAND_IN:
        return Light.TODO
    if step.state is StepState.RECHECK:
        # No limit runs on a re-check, and the lights of the old one no longer mean anything.
        return Light.GREEN
    return step.light if step.state in OPEN else Light.DONE


def act_by(step: Step) -> date | None:
    """The last day on which the step's holder acts in time, while a limit runs."""
    if step.state in RUNNING:
        return step.due_on
    if step.state in {StepState.RECEIVED, StepState.CORRECTED} and step.accept_by is not None:
        return local_date(step.accept_by - timedelta.resolution)
    return None


def light_on(light: Light, by: date | None, today: date) -> Light:
    """A light as it stands today, if it says how a limit runs: red once the day to act is over.

    The ladder lights its lamp a moment after midnight, and some have no rung for it.
    """
    over = by is not None and by < today
    return Light.RED if over and light in LIMIT_LIGHTS else light


def opinion_light(reply_on: date, today: date, days_left: int) -> Light:
    """The light of an opinion that is owed: yellow when no working day is left after today."""
    if reply_on < today:
        return Light.RED
    return Light.GREEN if days_left > 0 else Light.YELLOW


def chain_light(chain: Chain) -> Light:
    """The worst light of all steps; done only when the chain is."""
    if chain.state is not ChainState.RUNNING:
        return Light.DONE
    worst = max((step_light(step) for step in chain.steps.values()), key=_RANK.index)
    return Light.GREEN if worst in {Light.TODO, Light.DONE} else worst


def deficiency_light(state: DeficiencyState, *, reminded: bool, overdue: bool) -> Light:
    """The light of a deficiency: yellow once a reminder of it went out, red once its day is over.

    When reminders go out is the definition's. What was handed in and waits to be confirmed is not
    late, however long that takes.
    """
    match state:
        case DeficiencyState.LAPSED:
            return Light.RED
        case DeficiencyState.CLOSED | DeficiencyState.DROPPED:
            return Light.DONE
        case DeficiencyState.SUBMITTED:
            return Light.GREEN
    if overdue:
        return Light.RED
    return Light.YELLOW if reminded else Light.GREEN


def commitment_light(
    state: CommitmentState, outcome: CommitmentState | None, *, reminded: bool, overdue: bool
) -> Light:
    """The light of a commitment: red when broken, refused or late, yellow when somebody must act.

    `outcome` is how it ended, archived or not; a reminder asks somebody to act as well.
    """
    ended = outcome or state
    if ended in {CommitmentState.BREACHED, CommitmentState.REFUSED}:
        return Light.RED
    if ended in _CLOSED_COMMITMENTS:
        return Light.DONE
    if overdue:
        return Light.RED
    return Light.YELLOW if reminded or state in _TO_BE_ACTED_ON else Light.GREEN


def kept_by(state: CommitmentState, due_on: date | None, verify_on: date | None) -> date | None:
    """The day by which a commitment must be kept or put right or, once that is over, verified."""
    if state in {CommitmentState.IN_FORCE, CommitmentState.RECTIFYING}:
        return due_on
    return verify_on if state is CommitmentState.AWAITING_VERIFICATION else None


def waiting_on(step: Step, *, applicant_owned: bool = False) -> WaitingOn:
    """In whose court a step is."""
    if step.state in FINISHED or step.state is StepState.TERMINATED:
        return WaitingOn.NOBODY
    if step.state is StepState.WAITING:
        return WaitingOn.OTHER
    if step.state in _APPLICANTS_TURN or applicant_owned:
        return WaitingOn.APPLICANT
    return WaitingOn.OTHER if step.state is StepState.STOPPED else WaitingOn.DEPARTMENT


def chain_waiting_on(chain: Chain, definition: ChainDefinition) -> WaitingOn:
    """In whose court the chain is: a department's work comes before the applicant's."""
    if chain.state is not ChainState.RUNNING:
        return WaitingOn.NOBODY
    turns = {
        waiting_on(step, applicant_owned=definition.step(step.key).applicant_owned)
        for step in chain.steps.values()
        if step.state is not StepState.WAITING
    }
    if open_deficiencies(chain):
        turns.add(WaitingOn.APPLICANT)
    order = (WaitingOn.DEPARTMENT, WaitingOn.APPLICANT, WaitingOn.OTHER)
    return next((turn for turn in order if turn in turns), WaitingOn.NOBODY)


def open_deficiencies(chain: Chain, step: str | None = None) -> list[str]:
    """Ids of deficiencies that are not closed yet, of one step or of all."""
    return [
        deficiency.id
        for deficiency in chain.deficiencies.values()
        if deficiency.state in {DeficiencyState.OPEN, DeficiencyState.SUBMITTED}
        and step in {None, deficiency.step}
    ]


def open_commitments(chain: Chain, step: str | None = None) -> list[str]:
    """Ids of commitments that are neither fulfilled nor broken yet, of one step or of all."""
    return [
        commitment.id
        for commitment in chain.commitments.values()
        if commitment.state not in _CLOSED_COMMITMENTS and step in {None, commitment.step}
    ]


def open_errands(chain: Chain) -> list[str]:
    """Ids of the credit look-ups and records that the chain waits for."""
    asked = [check.id for check in chain.checks.values() if check.pending]
    return asked + pending_filings(chain)


def pending_filings(chain: Chain) -> list[str]:
    """Ids of the credit records that the chain has yet to hand to the source."""
    return [key for key, filing in chain.filings.items() if filing.pending]
