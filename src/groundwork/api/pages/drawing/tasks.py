"""The facts that every drawing of a chain is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from groundwork.api.pages.drawing.signs import PREDICTED, Sign, sign_of
from groundwork.domain.clock import due
from groundwork.domain.definition import Text
from groundwork.domain.facts import UnitChoice
from groundwork.domain.forecast import Forecast, StepForecast
from groundwork.domain.model import OPEN, RUNNING, SETTLED, Chain, Step, StepState
from groundwork.domain.rules import Rules

AT_WORK = RUNNING | {StepState.STOPPED}
"""States in which a step has a clock that counts."""


@dataclass(frozen=True)
class Task:
    """One step, phase or unit's step, as it is drawn.

    `step` is the definition's id and `part` the phase or unit, if any, with `part_name`. `left` are
    the working days until `due_on`, by the calendar of the department; `over` once that is past.
    While the clock stands, `stopped_until` is the planned end, and `due_on` what follows from it.
    `predicted` while `ends` is a forecast.
    """

    key: str
    step: str
    part: str
    part_name: Text | None
    name: Text
    department: str
    sign: Sign
    state: StepState
    begins: date
    ends: date
    due_on: date | None
    left: int | None
    over: bool
    stopped_until: date | None
    provisional: bool
    predicted: bool
    settled: bool

    @property
    def whole_name(self) -> Text:
        """The step's name with that of its phase or unit."""
        if self.part_name is None:
            return self.name
        part = self.part_name
        return Text(zh=f"{self.name.zh} · {part.zh}", en=f"{self.name.en} · {part.en}")


def tasks_of(
    rules: Rules,
    view: Forecast,
    chain: Chain | None = None,
    units: Sequence[UnitChoice] = (),
) -> tuple[Task, ...]:
    """The tasks of a chain in the definition's order; of a rehearsed one without `chain`.

    `units` are those of a rehearsal; a chain knows its own. A unit's step that was dropped is no
    task any more, unless nothing of its step is left.
    """
    names = {unit.id: unit.name for unit in (chain.units.values() if chain else units)}
    place = {step.id: number for number, step in enumerate(rules.definition.steps)}
    found = [_task(rules, view, one, chain, names) for one in view.steps]
    alive = {task.step for task in found if task.state is not StepState.DROPPED}
    kept = [t for t in found if t.state is not StepState.DROPPED or t.step not in alive]
    return tuple(sorted(kept, key=lambda task: (place[task.step], task.key)))


def _task(
    rules: Rules,
    view: Forecast,
    one: StepForecast,
    chain: Chain | None,
    names: Mapping[str, str],
) -> Task:
    definition = rules.step(one.step)
    whole, _, part = one.step.partition(".")
    step = chain.steps[one.step] if chain else Step(key=one.step, mode=one.mode, state=one.state)
    sign = sign_of(step)
    if chain is None and sign.token == "todo":
        sign = PREDICTED
    settled = step.state in SETTLED
    due_on = _due_on(rules, step) if chain else None
    stopped = _stopped_until(step)
    calendar = rules.calendar_of(one.step)
    counts = due_on is not None and stopped is None
    return Task(
        key=one.step,
        step=whole,
        part=part,
        part_name=_part_name(rules, one.step, names) if part else None,
        name=definition.name,
        department=definition.lead,
        sign=sign,
        state=step.state,
        begins=one.earliest_start,
        ends=one.earliest_finish,
        due_on=due_on,
        left=calendar.count_working_days(view.as_of, due_on) if due_on and counts else None,
        over=due_on is not None and counts and due_on < view.as_of,
        stopped_until=stopped,
        provisional=one.provisional,
        predicted=one.slack is not None,
        settled=settled,
    )


def _due_on(rules: Rules, step: Step) -> date | None:
    """When an open step is due; with a stopped clock, if it resumes as planned.

    No limit runs on a re-check: the day of the decision that is checked again is no longer due.
    """
    if step.clock is not None and step.state in AT_WORK:
        return due(step.clock, rules.calendar_of(step.key)).on
    return step.due_on if step.state in OPEN - {StepState.RECHECK} else None


def _stopped_until(step: Step) -> date | None:
    stops = step.clock.open_stops if step.clock and step.state is StepState.STOPPED else ()
    return max((stop.planned_end for stop in stops), default=None)


def _part_name(rules: Rules, key: str, names: Mapping[str, str]) -> Text:
    part = key.partition(".")[2]
    phase = next((one.name for one in rules.step(key).phases if one.id == part), None)
    if phase is not None:
        return phase
    name = names.get(part, part)
    return Text(zh=name, en=name)
