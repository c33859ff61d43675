"""Stopping, resuming and extending a step's clock."""

from datetime import date, datetime, timedelta

from groundwork.domain import commands as cmd
from groundwork.domain import events as ev
from groundwork.domain.calendar import local_date
from groundwork.domain.clock import Clock, due
from groundwork.domain.definition import StepDefinition, StopReason
from groundwork.domain.ladder import level_at
from groundwork.domain.model import RUNNING, Step, StepState
from groundwork.domain.policy import authorise
from groundwork.domain.proceedings import Proceedings, lasted
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.stops import Stop

LONGEST_STOP = timedelta(days=366)
"""Our default: longer than any special procedure, short enough to notice a slip of the pen."""
STOP_BASIS = "《行政许可法》第四十五条"


def stop_clock(p: Proceedings, command: cmd.StopClock) -> None:
    """Stop the clock until resumed, or until the end of the planned last day."""
    step, definition = p.step(command.step), p.definition(command.step)
    authorise(p.by, command.type, definition)
    step = p.as_received(step)
    p.require(step, command.type, *RUNNING, StepState.STOPPED)
    stop = Stop(
        reason=command.reason,
        basis=command.basis,
        approver=p.by.id,
        since=p.at,
        planned_end=command.planned_end,
        notice=command.notice,
    )
    require_stop(p, step, definition, stop)
    p.undo_later_escalations(step.key)
    p.add(ev.ClockStopped, step=step.key, stop=stop, basis=f"{STOP_BASIS}；{command.basis}")


def require_stop(p: Proceedings, step: Step, definition: StepDefinition, stop: Stop) -> None:
    """Go on only if the step's clock can stop so. Raises Rejection otherwise."""
    # Nobody can foresee where the force of nature strikes, so no step needs to list it.
    offered = dict.fromkeys((*definition.stops, StopReason.FORCE_MAJEURE))
    if stop.reason not in offered:
        known = ", ".join(reason.value for reason in offered)
        raise Rejection(
            Reason.STOP_NOT_OFFERED, step=step.key, reason=stop.reason.value, known=known
        )
    clock = _running_clock(p, step)
    if _lasting(clock, stop.reason, p.at) is not None:
        raise Rejection(Reason.ALREADY_STOPPED, step=step.key, reason=stop.reason.value)
    _require_plan(p, stop.planned_end, local_date(p.at))


def _require_plan(p: Proceedings, planned_end: date, since: date) -> None:
    """Go on only if a stop that began on `since` may be planned to last until the end of a day."""
    if planned_end <= local_date(p.at):
        raise Rejection(Reason.STOP_ENDS_IN_PAST, planned_end=planned_end.isoformat())
    if planned_end > since + LONGEST_STOP:
        raise Rejection(Reason.STOP_TOO_LONG, planned_end=planned_end.isoformat())


def replan_stop(p: Proceedings, command: cmd.ReplanStop) -> None:
    """Move the planned end of a stop before it comes, also if it has come before this was
    processed; to a later day only once."""
    step, definition = p.step(command.step), p.definition(command.step)
    authorise(p.by, command.type, definition)
    step = p.as_received(step)
    p.require(step, command.type, StepState.STOPPED, *RUNNING)
    clock = _clock(step)
    index = _lasting(clock, command.reason, p.at)
    if index is None:
        raise Rejection(Reason.NOT_STOPPED, step=step.key, reason=command.reason.value)
    stop, later = clock.stops[index], command.planned_end.isoformat()
    _require_plan(p, command.planned_end, local_date(stop.since))
    if command.planned_end == stop.planned_end:
        raise Rejection(Reason.STOP_PLAN_UNCHANGED, step=step.key, planned_end=later)
    if command.planned_end > stop.planned_end and stop.prolonged:
        raise Rejection(Reason.ALREADY_PROLONGED, step=step.key, reason=command.reason.value)
    replanned = clock.with_stop(index, stop.replanned(command.planned_end))
    projected = due(replanned, p.rules.calendar_of(step.key))
    p.undo_later_escalations(step.key)
    p.add(
        ev.StopReplanned,
        step=step.key,
        stop_index=index,
        planned_end=command.planned_end,
        ground=command.ground,
        notice=command.notice,
        reopened=stop.until is not None,
        due_on=projected.on,
        due_provisional=projected.provisional,
        basis=f"{STOP_BASIS}；{stop.basis}",
    )


def _lasting(clock: Clock, reason: StopReason, at: datetime) -> int | None:
    """The stop of that reason that is open, or was at that moment; None if there is none."""
    return next(
        (
            index
            for index, stop in enumerate(clock.stops)
            if stop.reason is reason and lasted(stop, at)
        ),
        None,
    )


def resume_clock(p: Proceedings, command: cmd.ResumeClock) -> None:
    """End a stop before its planned end, also if that has come before this was processed."""
    step, definition = p.step(command.step), p.definition(command.step)
    authorise(p.by, command.type, definition)
    step = p.as_received(step)
    p.require(step, command.type, StepState.STOPPED, *RUNNING)
    index = _lasting(_clock(step), command.reason, p.at)
    if index is None:
        raise Rejection(Reason.NOT_STOPPED, step=step.key, reason=command.reason.value)
    p.undo_later_escalations(step.key)
    end_stop(p, step, index)


def end_stop(p: Proceedings, step: Step, index: int, *, automatic: bool = False) -> None:
    """End one stop at the business time and say when the limit is now over."""
    clock = _clock(step)
    # A stop cannot end before it began, whatever two clocks say of each other.
    ended = clock.stops[index].model_copy(update={"until": max(p.at, clock.stops[index].since)})
    now_due = due(clock.with_stop(index, ended), p.rules.calendar_of(step.key))
    p.add(
        ev.ClockResumed,
        step=step.key,
        stop_index=index,
        automatic=automatic,
        due_on=now_due.on,
        due_provisional=now_due.provisional,
        basis=STOP_BASIS,
    )


def extend(p: Proceedings, command: cmd.Extend) -> None:
    """Prolong the limit, once, before it is over; the actor is the approver."""
    step, definition = p.step(command.step), p.definition(command.step)
    authorise(p.by, command.type, definition)
    step = p.as_received(step)
    p.require(step, command.type, *RUNNING)
    clock = _running_clock(p, step)
    if step.extension is not None:
        raise Rejection(Reason.ALREADY_EXTENDED, step=step.key)
    longest = definition.extension.amount
    if command.amount > longest:
        raise Rejection(
            Reason.EXTENSION_TOO_LONG, step=step.key, limit=longest, amount=command.amount
        )
    longer = clock.model_copy(update={"extended_by": clock.extended_by + command.amount})
    now_due = due(longer, p.rules.calendar_of(step.key))
    p.undo_later_escalations(step.key)
    p.add(
        ev.LimitExtended,
        step=step.key,
        amount=command.amount,
        reason=command.reason,
        approver=p.by.id,
        notice=command.notice,
        due_on=now_due.on,
        due_provisional=now_due.provisional,
        basis=definition.extension.source,
    )
    level, light = level_at(p.rules, p.step(step.key), p.at)
    if level < p.step(step.key).level:
        p.add(ev.LightEased, step=step.key, level=level, light=light)


def _open_stops(clock: Clock) -> list[int]:
    return [index for index, stop in enumerate(clock.stops) if stop.until is None]


def _clock(step: Step) -> Clock:
    if step.clock is None:
        raise Rejection(Reason.NO_CLOCK, step=step.key)
    return step.clock


def _running_clock(p: Proceedings, step: Step) -> Clock:
    """The step's clock, if its limit is not over yet. Raises Rejection otherwise."""
    clock = _clock(step)
    current = due(clock, p.rules.calendar_of(step.key))
    if p.at >= current.moment and not _open_stops(clock):
        raise Rejection(Reason.LIMIT_OVER, step=step.key, due_on=current.on.isoformat())
    return clock
