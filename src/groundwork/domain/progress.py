"""Public progress (公开进度): what a chain may tell whoever holds the project's tracking code.

Where it stands, what comes next, by when, and what the applicant must do now. Nobody is named: no
person, no enterprise, no project, no building by its name, nothing that somebody typed. What is
left are the words of the public definition, states and days.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum

from groundwork.domain.base import Frozen
from groundwork.domain.calendar import local_date
from groundwork.domain.definition import StepDefinition, Text
from groundwork.domain.forecast import Forecast, forecast, promised
from groundwork.domain.model import (
    FINISHED,
    OPEN,
    RECEIVABLE,
    RUNNING,
    SETTLED,
    Chain,
    ChainState,
    CommitmentState,
    DeficiencyState,
    Light,
    Step,
    StepState,
    WaitingOn,
)
from groundwork.domain.rules import Rules
from groundwork.domain.views import step_light, waiting_on


class StageState(StrEnum):
    """Where a stage is: nothing of it begun, some of it, or all of it done."""

    TODO = "todo"
    CURRENT = "current"
    DONE = "done"


class Deed(StrEnum):
    """What an applicant may have to do."""

    HAND_IN = "hand_in"
    CORRECT = "correct"
    CARRY_OUT = "carry_out"
    PUT_RIGHT = "put_right"
    CURE = "cure"
    SIGN = "sign"
    PERFORM = "perform"


class Term(Frozen):
    """A day, and the working days left until its end: 0 today, negative when it is over."""

    on: date
    working_days_left: int
    provisional: bool


class PublicStage(Frozen):
    """A stage (阶段) and how many of its steps are finished."""

    id: str
    name: Text
    state: StageState
    done: int
    total: int


class PublicStep(Frozen):
    """A step at work or to come; `term` is when its department must have decided or accepted.

    `unit` is the id of the building that it is taken for. A stopped clock sets no term.
    """

    step: str
    name: Text
    unit: str | None
    department: Text
    state: StepState
    light: Light
    waiting_on: WaitingOn
    term: Term | None


class ToDo(Frozen):
    """One thing that the applicant must do now, on which step, and by when if a day is set."""

    deed: Deed
    step: str
    name: Text
    unit: str | None
    material: Text | None
    term: Term | None


class Progress(Frozen):
    """A chain as its applicant may see it without signing in.

    `promised_on` is when it would be done had everything taken what is promised since the launch;
    `expected` is when it will be as things stand, None once it has ended (`finished_on`). `stage`
    is the id of the first stage that is not done.
    """

    definition: str
    name: Text
    state: ChainState
    stage: str | None
    stages: tuple[PublicStage, ...]
    now: tuple[PublicStep, ...]
    next: tuple[PublicStep, ...]
    todo: tuple[ToDo, ...]
    launched_on: date
    promised_on: date
    expected: Term | None
    finished_on: date | None


def progress(rules: Rules, chain: Chain, at: datetime) -> Progress:
    """What the public may know of a chain at that moment."""
    return _Account(rules, chain, local_date(at)).told(at)


class _Account:
    """One account in the making."""

    def __init__(self, rules: Rules, chain: Chain, today: date) -> None:
        self._rules = rules
        self._chain = chain
        self._today = today
        # In the definition's order: a chain that was stored has lost its own.
        place = {step.id: number for number, step in enumerate(rules.definition.steps)}
        self._steps = sorted(
            (step for step in chain.steps.values() if step.state is not StepState.DROPPED),
            key=lambda step: (place[step.key.partition(".")[0]], step.key),
        )

    def told(self, at: datetime) -> Progress:
        chain, definition = self._chain, self._rules.definition
        running = chain.state is ChainState.RUNNING
        stages = tuple(self._stages())
        view = forecast(self._rules, chain.launch.variant, at, chain=chain)
        return Progress(
            definition=definition.id,
            name=definition.name,
            state=chain.state,
            stage=next((one.id for one in stages if one.state is not StageState.DONE), None),
            stages=stages,
            now=tuple(self._now()) if running else (),
            next=tuple(self._next(view)) if running else (),
            todo=tuple(self._todo()) if running else (),
            launched_on=local_date(chain.launched_at),
            promised_on=promised(self._rules, chain),
            expected=self._term(view.finish, provisional=view.provisional) if running else None,
            finished_on=local_date(chain.finished_at) if chain.finished_at else None,
        )

    def _stages(self) -> Iterator[PublicStage]:
        for stage in self._rules.definition.stages:
            steps = [step for step in self._steps if self._of(step).stage == stage.id]
            done = sum(step.state in FINISHED for step in steps)
            begun = done > 0 or any(step.state is not StepState.WAITING for step in steps)
            state = StageState.CURRENT if begun else StageState.TODO
            if done == len(steps):
                state = StageState.DONE
            yield PublicStage(
                id=stage.id, name=stage.name, state=state, done=done, total=len(steps)
            )

    def _now(self) -> Iterator[PublicStep]:
        """The steps on which somebody has something to do."""
        for step in self._steps:
            if step.state in OPEN or step.state in RECEIVABLE:
                yield self._shown(step)

    def _next(self, view: Forecast) -> Iterator[PublicStep]:
        """Of the steps that wait for earlier ones, those whose turn comes first."""
        starts = {one.step: one.earliest_start for one in view.steps}
        waiting = [step for step in self._steps if step.state is StepState.WAITING]
        first = min((starts[step.key] for step in waiting), default=None)
        for step in waiting:
            if starts[step.key] == first:
                yield self._shown(step)

    def _shown(self, step: Step) -> PublicStep:
        definition = self._of(step)
        department = self._rules.definition.department(definition.lead)
        return PublicStep(
            step=step.key,
            name=self._name(step.key),
            unit=self._unit(step.key),
            department=department.name,
            state=step.state,
            light=step_light(step),
            waiting_on=waiting_on(step, applicant_owned=definition.applicant_owned),
            term=self._step_term(step),
        )

    def _step_term(self, step: Step) -> Term | None:
        if step.state in RUNNING and step.due_on is not None:
            return self._term(step.due_on, provisional=step.due_provisional)
        if step.state in {StepState.RECEIVED, StepState.CORRECTED} and step.accept_by is not None:
            return self._term(local_date(step.accept_by - timedelta.resolution))
        return None

    def _todo(self) -> Iterator[ToDo]:
        for step in self._steps:
            yield from self._to_do_on(step)
        for deficiency in self._chain.deficiencies.values():
            if deficiency.state is DeficiencyState.OPEN:
                term = self._term(deficiency.cure_by, provisional=deficiency.provisional)
                material = self._rules.step(deficiency.step).material(deficiency.material)
                name = material.name if material else None
                yield self._to_do(Deed.CURE, deficiency.step, term, name)
        for promise in self._chain.commitments.values():
            if promise.state is CommitmentState.DRAFT:
                yield self._to_do(Deed.SIGN, promise.step)
            rectifying = promise.state is CommitmentState.RECTIFYING
            kept = promise.state is CommitmentState.IN_FORCE and promise.performed_at is None
            if (kept or rectifying) and promise.due_on is not None:
                term = self._term(promise.due_on, provisional=promise.provisional)
                deed = Deed.PUT_RIGHT if rectifying else Deed.PERFORM
                yield self._to_do(deed, promise.step, term)

    def _to_do_on(self, step: Step) -> Iterator[ToDo]:
        definition = self._of(step)
        if step.state in RECEIVABLE and not (definition.ex_officio or definition.settles_cures):
            yield self._to_do(Deed.HAND_IN, step.key)
        elif step.state is StepState.CORRECTION:
            yield self._to_do(Deed.CORRECT, step.key)
        elif definition.applicant_owned and step.state in OPEN:
            yield self._to_do(Deed.CARRY_OUT, step.key, self._step_term(step))
        ordered = step.site_rectification
        if step.state not in SETTLED and ordered is not None and ordered.submitted_at is None:
            yield self._to_do(Deed.PUT_RIGHT, step.key, self._term(ordered.due_on))

    def _to_do(
        self, deed: Deed, key: str, term: Term | None = None, material: Text | None = None
    ) -> ToDo:
        return ToDo(
            deed=deed,
            step=key,
            name=self._name(key),
            unit=self._unit(key),
            material=material,
            term=term,
        )

    def _term(self, on: date, *, provisional: bool | None = None) -> Term:
        calendar = self._rules.calendar
        left = calendar.count_working_days(self._today, on)
        if provisional is None:
            provisional = calendar.is_provisional(on)
        return Term(on=on, working_days_left=left, provisional=provisional)

    def _of(self, step: Step) -> StepDefinition:
        return self._rules.step(step.key)

    def _name(self, key: str) -> Text:
        """What the step is called, with its phase; a building goes by its id, see `_unit`."""
        definition = self._rules.step(key)
        phases = {phase.id: phase.name for phase in definition.phases}
        phase = phases.get(key.partition(".")[2])
        if phase is None:
            return definition.name
        return Text(
            zh=f"{definition.name.zh} · {phase.zh}", en=f"{definition.name.en} · {phase.en}"
        )

    def _unit(self, key: str) -> str | None:
        return key.partition(".")[2] or None if self._rules.step(key).per_unit else None
