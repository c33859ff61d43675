"""Whose time a step takes: the department's, the applicant's, or somebody else's."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from groundwork.domain.calendar import Calendar, local_date
from groundwork.domain.clock import Split, consumed
from groundwork.domain.definition import LimitUnit
from groundwork.domain.model import Chain, Step, StepState
from groundwork.domain.rules import Rules
from groundwork.domain.stops import Court

ENDED_UNDECIDED = frozenset(
    {StepState.WITHDRAWN, StepState.RETURNED, StepState.TERMINATED, StepState.NOT_ACCEPTED}
)
"""States of an application that ended without a decision: its time counts no more."""

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


class _Stretch(NamedTuple):
    """A time before the clock started, and whose it is."""

    court: Court
    begin: datetime
    end: datetime


def step_split(rules: Rules, chain: Chain, key: str, at: datetime) -> Split | None:
    """Whose time a step has taken by then, from the day on which it could be handed in.

    In the unit of its limit, or in working days where no limit is promised, by its department's
    calendar; of the last attempt, of which the time to hand in again is not known. After the
    decision no more time is taken. None when the application ended without one.
    """
    step, definition, calendar = chain.steps[key], rules.step(key), rules.calendar_of(key)
    if step.state in ENDED_UNDECIDED:
        return None
    limit = (
        step.clock.limit if step.clock else rules.running_limit(definition, chain.launch.variant)
    )
    unit, calendar = limit.unit if limit else LimitUnit.WORKING_DAYS, rules.calendar_of(key)
    ends = (at, step.decision.at if step.decision else None, chain.finished_at)
    end = min(moment for moment in ends if moment is not None)
    split = Split(unit=unit)
    if step.clock is not None:
        split = consumed(step.clock, calendar, end)
    days = {Court.APPLICANT: 0, Court.DEPARTMENT: 0}
    reviewed = 0
    if definition.applicant_owned and step.ready_at is not None:
        days[Court.APPLICANT] = _length(calendar, unit, step.ready_at, end)
    else:
        for court, begin, until in _before_acceptance(step, end):
            days[court] += _length(calendar, unit, begin, until)
        if step.accepted_at is not None and step.clock is None:
            reviewed = _length(calendar, unit, step.accepted_at, end)
    return split.model_copy(
        update={
            "department_days": split.department_days + reviewed,
            "applicant_days": split.applicant_days + days[Court.APPLICANT],
            "acceptance_days": days[Court.DEPARTMENT],
        }
    )


def chain_split(rules: Rules, chain: Chain, at: datetime) -> tuple[Split, ...]:
    """The steps' days added up, one sum for each unit that occurs.

    Steps run side by side, so a sum may well be more than the chain has lasted.
    """
    sums: dict[LimitUnit, Split] = {}
    for key in chain.steps:
        split = step_split(rules, chain, key, at)
        if split is not None:
            sums[split.unit] = _added(sums.get(split.unit, Split(unit=split.unit)), split)
    return tuple(sums[unit] for unit in LimitUnit if unit in sums)


def _added(one: Split, other: Split) -> Split:
    return Split(
        unit=one.unit,
        department_days=one.department_days + other.department_days,
        applicant_days=one.applicant_days + other.applicant_days,
        other_days=one.other_days + other.other_days,
        acceptance_days=one.acceptance_days + other.acceptance_days,
        stopped_days=one.stopped_days + other.stopped_days,
    )


def _before_acceptance(step: Step, end: datetime) -> Iterator[_Stretch]:
    """The time before the clock started, until `end`: to hand in, to answer, to correct."""
    accepted = min(end, step.accepted_at or end)
    if step.clock is not None and step.clock.limit.counts_first_day:
        accepted -= _DAY  # the day of the acceptance is the clock's first
    correction = step.correction
    asked = correction.requested_at if correction else None
    corrected = correction.submitted_at if correction else None
    if step.ready_at is not None and step.attempt <= 1:
        yield _Stretch(Court.APPLICANT, step.ready_at, min(end, step.received_at or end))
    if step.received_at is not None:
        yield _Stretch(Court.DEPARTMENT, step.received_at, min(accepted, asked or accepted))
    if asked is not None:
        yield _Stretch(Court.APPLICANT, asked, min(end, corrected or end))
    if corrected is not None:
        yield _Stretch(Court.DEPARTMENT, corrected, accepted)


def _length(calendar: Calendar, unit: LimitUnit, begin: datetime, end: datetime) -> int:
    """How long a time is in a unit, the day of its beginning left out; never below 0."""
    if unit is LimitUnit.HOURS:
        return max(0, -(-(end - begin) // _HOUR))
    first, last = local_date(begin), local_date(end)
    if unit is LimitUnit.WORKING_DAYS:
        return max(0, calendar.count_working_days(first, last))
    return max(0, (last - first).days)
