"""A running chain rehearsed onward from where it stands: what if people act so from now on?

Played by the pure core on a copy of the chain: the engine is not asked, and nothing is written.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from groundwork.domain import core
from groundwork.domain.calendar import local_date
from groundwork.domain.clock import Clock, consumed
from groundwork.domain.definition import LimitUnit, Mode, StepDefinition
from groundwork.domain.events import AnyEvent
from groundwork.domain.model import (
    RECEIVABLE,
    RUNNING,
    Chain,
    Commitment,
    CommitmentState,
    DeficiencyState,
    Step,
    StepState,
)
from groundwork.domain.rules import Rules
from groundwork.rehearsal.moments import When
from groundwork.rehearsal.plan import Plan, Refusal, make_plan_onward
from groundwork.rehearsal.script import Action, Choices, Project, Script
from groundwork.rehearsal.typical import ANY_PROJECT, Habits, Writer, after

HabitsOf = Callable[[str], Habits]
STANDS: Final = "预演假定维持 · Supposed to stand"
_AT_WORK: Final = RUNNING | {StepState.STOPPED}


class Onward(NamedTuple):
    """What a chain would come to: `events` are those that follow, `chain` is how it would end.

    `hindered` are things that people would have wanted to do and that the rules refuse, or whose
    moment never comes.
    """

    chain: Chain
    events: tuple[AnyEvent, ...]
    refusals: tuple[Refusal, ...]
    hindered: tuple[Action, ...]


def onward(rules: Rules, chain: Chain, now: datetime, habits: HabitsOf) -> Onward:
    """Play a running chain on from `now`: on each step people act as its habits say.

    Raises HorizonError when it leads beyond all calendars.
    """
    # What fell due by now comes first: people act on what is, not on what stood there last.
    overtaken = core.tick(rules, chain, now)
    plan = _plan(rules, overtaken.chain, now, habits)
    events = (*overtaken.events, *plan.events)
    return Onward(plan.chain, events, plan.refusals, plan.unplayed)


def _plan(rules: Rules, chain: Chain, now: datetime, habits: HabitsOf) -> Plan:
    actions = tuple(_Rest(rules, chain, now, habits).actions())
    launch = chain.launch
    project = Project(name=ANY_PROJECT.name, code=launch.project_code, uscc=launch.uscc)
    choices = Choices(variant=launch.variant)
    script = Script(project=project, choices=choices, start=now, actions=actions)
    return make_plan_onward(script, rules, chain)


class _Rest:
    """Writes what is left to be done on a chain, by whom and when."""

    def __init__(self, rules: Rules, chain: Chain, now: datetime, habits: HabitsOf) -> None:
        self.rules = rules
        self.chain = chain
        self.now = now
        self.today = local_date(now)
        self.habits = habits

    def actions(self) -> Iterator[Action]:
        """Everything that is left to be done, in no order: its moments say when."""
        for key, step in self.chain.steps.items():
            yield from self._of_step(key, step)
        for deficiency in self.chain.deficiencies.values():
            yield from self._of_deficiency(deficiency.id, deficiency.step)
        for commitment in self.chain.commitments.values():
            yield from self._of_commitment(commitment)
        for unit in self.chain.active_units:
            if unit.equipment is None and not unit.without_equipment:
                yield from self._of_unit(unit.id)

    def _of_unit(self, unit: str) -> Iterator[Action]:
        write = self._writer(unit)
        for action in write.unit(unit):
            over = action.when.subject == "chain" or self._settled(action.when.subject)
            soon = {"when": self._in(write.habits.confirming)} if over else {}
            yield action.model_copy(update=soon)

    def _writer(self, key: str) -> Writer:
        return Writer(self.rules, self.chain.launch.variant, self.habits(key))

    def _settled(self, key: str) -> bool:
        step = self.chain.steps.get(key)
        return step is not None and step.decision is not None

    def _in(self, days: int) -> When:
        """A day so many working days from today."""
        day = self.rules.calendar.add_working_days(self.today, days) if days else self.today
        return When(on=day)

    def _of_step(self, key: str, step: Step) -> Iterator[Action]:
        write, definition, state = self._writer(key), self.rules.step(key), step.state
        habits = write.habits
        if state is StepState.WAITING:
            yield from write.step(key, step.mode)
        elif state in RECEIVABLE:
            # Who hands in again brings everything: what lacked is what it was sent back for.
            again = step.attempt > 0 and step.mode is Mode.DEFICIENCY_TOLERANT
            for action in write.step(key, Mode.STANDARD if again else step.mode):
                handed_in = action.verb == "receive"
                at = {"when": self._in(habits.handing_in)} if handed_in else {}
                yield action.model_copy(update=at)
        elif state in {StepState.RECEIVED, StepState.CORRECTION, StepState.CORRECTED}:
            yield from self._to_accept(key, step, definition)
        elif state in _AT_WORK:
            yield from self._at_work(key, step, definition)
        elif state is StepState.RECHECK:
            stands: dict[str, Any] = {"upheld": True, "reason": STANDS}
            yield write.do("conclude_recheck", key, self._in(habits.confirming), **stands)

    def _to_accept(self, key: str, step: Step, definition: StepDefinition) -> Iterator[Action]:
        """What was handed in and waits for its acceptance, or for a correction."""
        write = self._writer(key)
        habits, accepted = write.habits, self._in(write.habits.accepting)
        if step.mode is Mode.COMMITMENT:
            yield from self._letter(key)
        if step.state is StepState.CORRECTION:
            days = 1 if habits.correcting is None else habits.correcting
            yield write.do("submit_correction", key, self._in(days))
            accepted = after(habits.accepting, "wd", key, "corrected")
        if definition.applicant_owned:
            yield write.do("decide", key, self._in(habits.unlimited))
            return
        yield write.do("accept", key, accepted)
        if definition.joint:
            yield from write.joint_visit(key, definition)
        yield write.do("decide", key, write.length(definition, key, "accepted"))

    def _letter(self, key: str) -> Iterator[Action]:
        """The letter of a step that was handed in on trust, unless it is signed already."""
        write, promise = self._writer(key), f"{key}-commitment"
        own = [one for one in self.chain.commitments.values() if one.step == key]
        if any(one.state is not CommitmentState.DRAFT for one in own):
            return
        if self.rules.definition.promises is not None and not own:
            yield write.do("draft_commitment", key, self._in(0))
        yield write.do("sign_commitment", key, self._in(0))
        yield from self._kept(own[0].id if own else promise, key, None)

    def _at_work(self, key: str, step: Step, definition: StepDefinition) -> Iterator[Action]:
        """What the department is at: decided when its share of what is left is used."""
        write = self._writer(key)
        asked = step.consultation
        if step.mode is Mode.COMMITMENT:
            yield from self._letter(key)
        if definition.joint and asked is not None:
            if asked.visited_on is None:
                yield write.visit(key, self._in(write.habits.visiting))
            for department in asked.pending:
                when = self._in(0) if asked.visited_on else after(0, "wd", key, "visited")
                yield write.agree(key, department, when)
        yield write.do("decide", key, self._decided(step, write.habits))

    def _decided(self, step: Step, habits: Habits) -> When:
        if step.due_on is None or step.clock is None:
            return self._in(habits.unlimited)
        if step.state is StepState.STOPPED:
            return self._after_the_stop(step, step.clock, habits)
        left = self.rules.calendar_of(step.key).count_working_days(self.today, step.due_on)
        if left <= 0:
            # It is late already, or ends today: nobody decides before the next working day.
            return self._in(1)
        return self._in(-(-left * habits.share // 100))

    def _after_the_stop(self, step: Step, clock: Clock, habits: Habits) -> When:
        """A stop ends on its planned day; then what was left of the limit runs on."""
        if clock.limit.unit is not LimitUnit.WORKING_DAYS:
            return When(subject=step.key, word="due")
        used = consumed(clock, self.rules.calendar_of(step.key), self.now).department_days
        left = max(1, clock.limit.amount - used)
        return after(-(-left * habits.share // 100), "wd", step.key, "resumed")

    def _of_deficiency(self, deficiency: str, key: str) -> Iterator[Action]:
        write, one = self._writer(key), self.chain.deficiencies[deficiency]
        if one.state is DeficiencyState.OPEN:
            cured = When(on=max(one.cure_by, self.today))
            yield write.do("submit_cure", deficiency, cured, step=key)
            confirmed = after(write.habits.confirming, "wd", deficiency, "cure_submitted")
            yield write.do("confirm_cure", deficiency, confirmed, step=key)
        elif one.state is DeficiencyState.SUBMITTED:
            confirmed = self._in(write.habits.confirming)
            yield write.do("confirm_cure", deficiency, confirmed, step=key)

    def _of_commitment(self, one: Commitment) -> Iterator[Action]:
        if one.state in {
            CommitmentState.SIGNED,
            CommitmentState.IN_FORCE,
            CommitmentState.RECTIFYING,
        }:
            yield from self._kept(one.id, one.step, one.due_on)
        elif one.state is CommitmentState.AWAITING_VERIFICATION:
            write = self._writer(one.step)
            verified = self._in(write.habits.confirming)
            yield write.do("verify_commitment", one.id, verified, step=one.step)

    def _kept(self, promise: str, key: str, due_on: date | None) -> Iterator[Action]:
        """A promise that is kept and, where that is asked for, reported on its last day."""
        write, told = self._writer(key), self.rules.definition.promises is not None
        if told:
            last = When(on=due_on) if due_on else When(subject=promise, word="due")
            yield write.do("submit_performance", promise, last, step=key)
        kept = "performed" if told else "expired"
        verified = after(write.habits.confirming, "wd", promise, kept)
        yield write.do("verify_commitment", promise, verified, step=key)
