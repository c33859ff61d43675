"""The facts that every drawing of a chain is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from groundwork.api.pages.drawing.signs import PREDICTED, Sign, sign_of
from groundwork.domain.definition import Text
from groundwork.domain.facts import UnitChoice
from groundwork.domain.forecast import Forecast, StepForecast
from groundwork.domain.model import SETTLED, Chain, Step, StepState
from groundwork.domain.rules import Rules


@dataclass(frozen=True)
class Task:
    """One step, phase or unit's step, as it is drawn.

    `step` is the definition's id and `part` the phase or unit, if any, with `part_name`. `left` are
    the working days until `due_on`, by the calendar of the department; `over` once that is past.
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
    open_due = step.due_on if not settled and chain else None
    over = open_due is not None and open_due < view.as_of
    counted = None
    if open_due is not None:
        counted = rules.calendar_of(one.step).count_working_days(view.as_of, open_due)
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
        due_on=open_due,
        left=counted,
        over=over,
        provisional=one.provisional,
        predicted=one.slack is not None,
        settled=settled,
    )


def _part_name(rules: Rules, key: str, names: Mapping[str, str]) -> Text:
    part = key.partition(".")[2]
    phase = next((one.name for one in rules.step(key).phases if one.id == part), None)
    if phase is not None:
        return phase
    name = names.get(part, part)
    return Text(zh=name, en=name)
