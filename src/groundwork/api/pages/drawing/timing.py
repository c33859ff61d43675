"""When a task ran, stood still and will run, in days: what its bar shows."""

from dataclasses import dataclass
from datetime import date, datetime

from groundwork.api.pages.drawing.tasks import Task
from groundwork.domain.calendar import local_date
from groundwork.domain.definition import Text
from groundwork.domain.explain import StatutoryTerm, explain
from groundwork.domain.model import Chain
from groundwork.domain.rules import Rules
from groundwork.domain.stops import Stop

Days = tuple[date, date]
"""A first and a last day, both included."""


@dataclass(frozen=True)
class Stood:
    """Days on which a clock stood, and why."""

    name: Text
    days: Days


@dataclass(frozen=True)
class Timing:
    """The days of a task: see `gantt.Bar`."""

    waited: Days | None
    worked: Days | None
    ahead: Days | None
    stops: tuple[Stood, ...]
    promised: date | None
    statutory: date | None

    @property
    def begins(self) -> date:
        """The first day of work, real or forecast."""
        first = self.worked or self.ahead
        return first[0] if first else date.max

    @property
    def days(self) -> tuple[date, ...]:
        """Every day that the chart has to reach."""
        spans = [*(self.waited or ()), *(self.worked or ()), *(self.ahead or ())]
        return (*spans, *(day for day in (self.promised, self.statutory) if day))


def timing_of(rules: Rules, task: Task, chain: Chain | None, today: date) -> Timing:
    """The days of a task; a limit's are given while they can be told."""
    if chain is None:
        return Timing(None, None, (task.begins, task.ends), (), None, None)
    step = chain.steps[task.key]
    received = step.received_at or (step.accepted_at if step.clock else None)
    begun = local_date(received) if received else None
    waited = None
    at_work = begun is not None and task.sign.token != "ended"
    if step.ready_at and begun and at_work and local_date(step.ready_at) < begun:
        waited = (local_date(step.ready_at), begun)
    told = explain(rules, chain, task.key)
    ended = task.settled or not task.predicted
    worked, ahead = _parts(task, begun, today, ended=ended)
    return Timing(
        waited=waited,
        worked=worked,
        ahead=ahead,
        stops=tuple(_stood(stop, today) for stop in (step.clock.stops if step.clock else ())),
        promised=told.due.on if told.due else None,
        statutory=_binding(told.statutory),
    )


def _parts(
    task: Task, begun: date | None, today: date, *, ended: bool
) -> tuple[Days | None, Days | None]:
    """What has been worked, and what lies ahead."""
    if ended:
        return (min(begun or task.begins, task.ends), task.ends), None
    if begun is None or task.sign.token == "ended":
        # An application that ended without a decision in favour is to be handed in again.
        return None, (task.begins, task.ends)
    worked = (begun, max(begun, today))
    return worked, (worked[1], task.ends) if task.ends > worked[1] else None


def _stood(stop: Stop, today: date) -> Stood:
    since = local_date(stop.since)
    until: datetime = stop.until or stop.ends
    # A stop that ran its course ended at 24:00 of its last day.
    last = min(local_date(until), stop.planned_end) if stop.ended_by_itself else local_date(until)
    if stop.until is None:
        last = max(stop.planned_end, today)
    return Stood(stop.name, (since, max(since, last)))


def _binding(terms: tuple[StatutoryTerm, ...]) -> date | None:
    """The day on which the law wants the step decided: where no special case is, the plain one."""
    plain = [one.due_on for one in terms if one.due_on and one.limit.case is None]
    special = [one.due_on for one in terms if one.due_on and one.limit.case is not None]
    return min(plain) if plain else max(special, default=None)
