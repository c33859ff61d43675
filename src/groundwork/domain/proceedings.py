"""The protocol of one call into the core: events so far, and the chain as they leave it."""

from datetime import datetime
from typing import Any, cast

from groundwork.domain import events as ev
from groundwork.domain.credit import CreditReport
from groundwork.domain.definition import StepDefinition
from groundwork.domain.filings import filings_of
from groundwork.domain.fold import evolve
from groundwork.domain.model import (
    RUNNING,
    Actor,
    Chain,
    DeficiencyState,
    Escalation,
    EscalationState,
    Light,
    Step,
    StepState,
)
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.rules import Rules
from groundwork.domain.stops import Stop
from groundwork.domain.views import open_deficiencies


def lasted(stop: Stop, at: datetime) -> bool:
    """Whether the stop is open, or was at that moment and then ended by itself."""
    return stop.until is None or (at < stop.until and stop.ended_by_itself)


class Proceedings:
    """Collects the events of one command or tick, folding each into the chain at once.

    `at` is the business time of what is being decided and `by` the one who asked for it; both may
    be changed between events, as a tick does for every due moment.
    """

    def __init__(
        self, rules: Rules, chain: Chain | None, at: datetime, by: Actor, key: str | None = None
    ) -> None:
        self.rules = rules
        self._chain = chain
        self.at = at
        self.by = by
        self.key = key
        self.events: list[ev.AnyEvent] = []

    @property
    def chain(self) -> Chain:
        """The chain after the events so far."""
        if self._chain is None:
            raise ValueError("the chain is not launched yet")
        return self._chain

    def add(self, event: type[ev.Event], **facts: Any) -> None:
        """Write the next event and fold it."""
        number = 1 if self._chain is None else self._chain.seq + 1
        written = event(seq=number, at=self.at, by=self.by, key=self.key, **facts)
        self._chain = evolve(self._chain, written)
        self.events.append(cast(ev.AnyEvent, written))

    def step(self, key: str) -> Step:
        """The step of that key. Raises Rejection when the chain has none."""
        step = self.chain.steps.get(key)
        if step is None:
            raise Rejection(Reason.UNKNOWN_STEP, step=key, known=", ".join(self.chain.steps))
        return step

    def definition(self, key: str) -> StepDefinition:
        """The definition of a step. Raises Rejection when the chain has no such step."""
        return self.rules.step(self.step(key).key)

    def require(self, step: Step, action: str, *states: StepState) -> None:
        """Go on only if the step is in one of the states. Raises Rejection otherwise."""
        if step.state not in states:
            raise Rejection(
                Reason.WRONG_STATE,
                step=step.key,
                state=step.state.value,
                action=action,
                needed=", ".join(sorted(state.value for state in states)),
            )

    def as_received(self, step: Step) -> Step:
        """The step as it stood at this command's business time, whenever it is processed.

        What time alone did to it since is reversed by events: lapses, an acceptance by silence. If
        a stop that meanwhile ended by itself still lasted, the step is answered as stopped.
        """
        self.undo_lapses(step.key)
        self._undo_silence(step.key)
        step = self.step(step.key)
        stops = step.clock.stops if step.clock else ()
        if step.state in RUNNING and any(lasted(stop, self.at) for stop in stops):
            return step.model_copy(update={"state": StepState.STOPPED})
        return step

    def undo_lapses(self, key: str) -> None:
        """Reverse what lapsed on a step after this command was received.

        What still holds will lapse again in its time. People's later acts stand: nothing is
        reversed once the step was handed in again or its re-check is concluded.
        """
        if self.step(key).state not in {StepState.RETURNED, StepState.RECHECK}:
            return
        for deficiency in self.chain.deficiencies.values():
            lapsed = deficiency.step == key and deficiency.state is DeficiencyState.LAPSED
            if lapsed and self.at < deficiency.cure_before:
                self.add(ev.LapseReversed, deficiency=deficiency.id)
                self.take_back(deficiency.id)

    def take_back(self, promise: str) -> None:
        """Take back the record of a breach or lapse that was reversed, if there is one."""
        reports = (filing.report for filing in filings_of(self.chain, promise))
        on_record = [one for one in reports if one.record.repaired_on is None]
        if not on_record or f"{on_record[-1].id}-taken-back" in self.chain.filings:
            return
        last = on_record[-1]
        void = last.record.model_copy(update={"repaired_on": last.record.decided_on})
        report = CreditReport(id=f"{last.id}-taken-back", record=void)
        self.add(ev.CreditFilingDue, report=report)

    def _undo_silence(self, key: str) -> None:
        step = self.step(key)
        untouched = step.accepted_by_silence and step.state is StepState.ACCEPTED
        if untouched and step.accept_by is not None and self.at < step.accept_by:
            self.undo_later_escalations(key)
            for deficiency in open_deficiencies(self.chain, key):
                self.add(ev.DeficiencyDropped, deficiency=deficiency)
            self.add(ev.AcceptanceReversed, step=key)

    def undo_later_escalations(self, key: str) -> None:
        """Reverse what the ladder fired on the step after the business time of this command.

        The wait had ended before those moments; only its processing was late.
        """
        late = [
            escalation
            for escalation in self.chain.escalations.values()
            if escalation.step == key
            and escalation.at > self.at
            and escalation.state is not EscalationState.REVERSED
        ]
        for escalation in sorted(late, key=lambda one: one.level, reverse=True):
            below = self._standing_below(key, escalation.level)
            self.add(
                ev.EscalationReversed, escalation=escalation.id, level=below[0], light=below[1]
            )

    def undo_later_silence(self) -> None:
        """Reverse that cards counted as unanswered after the business time, where the chain ends.

        On a chain that is over nobody waits for answers.
        """
        for card in list(self.chain.escalations.values()):
            over = card.answer_over
            if card.answer_overdue and over is not None and over > self.at:
                self.add(ev.AnswerOverdueReversed, escalation=card.id)

    def undo_brought_forward(self, card: Escalation) -> None:
        """Reverse the rungs that were reached at once because that card went unanswered."""
        for escalation in list(self.chain.escalations.values()):
            reversed_before = escalation.state is EscalationState.REVERSED
            if escalation.because != card.id or reversed_before:
                continue
            self.undo_brought_forward(escalation)
            step = self.step(escalation.step)
            higher = step.level > escalation.level
            below = self._standing_below(escalation.step, escalation.level)
            level, light = (step.level, step.light) if higher else below
            self.add(ev.EscalationReversed, escalation=escalation.id, level=level, light=light)

    def _standing_below(self, key: str, level: int) -> tuple[int, Light]:
        standing = [
            (escalation.level, escalation.light)
            for escalation in self.chain.escalations.values()
            if escalation.step == key
            and escalation.level < level
            and escalation.state is not EscalationState.REVERSED
            and escalation.at >= (self.step(key).accepted_at or escalation.at)
        ]
        return max(standing, default=(0, Light.GREEN), key=lambda pair: pair[0])
