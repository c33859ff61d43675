"""Adopting another calendar: every open term is reckoned afresh, and nothing past is undone.

What the new dates light goes on or off at the moment of the adoption, never in the past: a clock
that became overdue climbs the ladder now, one that has time again is eased. What people must do by
a day (acceptance, cure, commitment, answer to a card, appeal) never ends before the day of the
adoption is over: nobody is made late for a day that was not his last until now.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from groundwork.domain import commands as cmd
from groundwork.domain import events as ev
from groundwork.domain import ladder
from groundwork.domain.calendar import end_of, local_date
from groundwork.domain.clock import Due, due
from groundwork.domain.commitments import commitment_limit, verification_term
from groundwork.domain.deficiencies import cure_limit
from groundwork.domain.definition import LimitUnit
from groundwork.domain.intake import acceptance_window
from groundwork.domain.model import (
    RUNNING,
    Chain,
    Commitment,
    CommitmentState,
    DeficiencyState,
    Escalation,
    EscalationState,
    Light,
    Step,
    StepState,
)
from groundwork.domain.policy import authorise
from groundwork.domain.proceedings import Proceedings
from groundwork.domain.rules import Rules

BASIS = "《行政许可法》第八十二条"
"""Limits are counted in working days, statutory holidays excluded."""

_OPEN_CURES = frozenset({DeficiencyState.OPEN, DeficiencyState.SUBMITTED})


class Reckoned(NamedTuple):
    """An open term as it stands, and its end under the rules to come."""

    kind: ev.TermKind
    key: str
    step: str
    before: date
    after: Due


def adopt_calendar(p: Proceedings, command: cmd.AdoptCalendar) -> None:
    """Count by another calendar from now on. Adopting the one in force does nothing.

    Raises Rejection (unknown_calendar) when the rules know no such version.
    """
    authorise(p.by, command.type)
    before = p.rules
    if command.version == p.chain.calendar_version:
        return
    after = before.under(command.version)
    running = [step.key for step in p.chain.steps.values() if step.state in RUNNING]
    levels = {key: ladder.level_at(before, p.chain.steps[key], p.at)[0] for key in running}
    p.add(
        ev.CalendarAdopted,
        version=command.version,
        previous=p.chain.calendar_version,
        terms=tuple(as_term(after, one, p.at) for one in open_terms(after, p.chain, p.at)),
        basis=BASIS,
    )
    p.rules = after
    for key, level in levels.items():
        relight(p, key, level)


def relight(p: Proceedings, key: str, was: int) -> None:
    """Ease a clock that the new dates give time, or let it climb now as far as they say."""
    step = p.chain.steps[key]
    if ladder.level_at(p.rules, step, p.at)[0] < min(was, step.level):
        level, light = _eased(p, step)
        if level < step.level:
            p.add(ev.LightEased, step=key, level=level, light=light)
        return
    while reached := ladder.next_rung(p.rules, p.chain, p.chain.steps[key]):
        if reached.moment > p.at:
            break
        ladder.fire(p, key, reached.rung, reached.because)


def _eased(p: Proceedings, step: Step) -> tuple[int, Light]:
    """The level and light that a clock with more time has: by its days, and by unanswered cards.

    What an unanswered card led to would follow at once again, so a light is not eased below it.
    """
    level, light = ladder.level_at(p.rules, step, p.at)
    while level < step.level:
        there = step.model_copy(update={"level": level, "light": light})
        reached = ladder.next_rung(p.rules, p.chain, there)
        if reached is None or reached.moment > p.at:
            break
        level, light = reached.rung.level, Light(reached.rung.light)
    return level, light


def as_term(rules: Rules, one: Reckoned, at: datetime) -> ev.Term:
    on, moment = one.after.on, one.after.moment
    if one.kind is not ev.TermKind.STEP and moment < end_of(local_date(at)):
        on, moment = local_date(at), end_of(local_date(at))
    return ev.Term(
        kind=one.kind,
        key=one.key,
        step=one.step,
        department=rules.step(one.step).lead,
        before=one.before,
        after=on,
        moment=moment,
        provisional=one.after.provisional,
    )


def open_terms(rules: Rules, chain: Chain, at: datetime) -> Iterator[Reckoned]:
    """Every term that is open on the chain, with its end under these rules."""
    for step in chain.steps.values():
        yield from _of_step(rules, chain, step)
    for one in chain.deficiencies.values():
        if one.state in _OPEN_CURES:
            window = rules.window(one.opened_at, cure_limit(rules, one), one.step)
            yield Reckoned(ev.TermKind.DEFICIENCY, one.id, one.step, one.cure_by, window)
    for promise in chain.commitments.values():
        yield from _of_promise(rules, promise)
    for card in chain.escalations.values():
        yield from _of_card(rules, card, at)


def _of_step(rules: Rules, chain: Chain, step: Step) -> Iterator[Reckoned]:
    key, at_work = step.key, step.state in RUNNING | {StepState.STOPPED}
    if step.due_on is not None and at_work:
        yield Reckoned(ev.TermKind.STEP, key, key, step.due_on, _clock(rules, step))
    elif step.accept_by is not None and step.state in {StepState.RECEIVED, StepState.CORRECTED}:
        handed_in = step.correction.submitted_at if step.correction else step.received_at
        last = local_date(step.accept_by - timedelta.resolution)
        window = acceptance_window(rules, key, handed_in or chain.launched_at)
        yield Reckoned(ev.TermKind.ACCEPTANCE, key, key, last, window)
    asked = step.consultation
    if asked is not None and asked.pending and at_work and rules.definition.joint is not None:
        terms = rules.definition.joint
        limit = terms.reply if asked.round == 1 else terms.reinspection
        window = rules.window(asked.opened_at, limit, key)
        yield Reckoned(ev.TermKind.OPINION, key, key, asked.reply_on, window)


def _of_promise(rules: Rules, promise: Commitment) -> Iterator[Reckoned]:
    ends, kept = _promise(rules, promise), promise.due_on
    if ends is not None and kept is not None:
        yield Reckoned(ev.TermKind.COMMITMENT, promise.id, promise.step, kept, ends)
    verified = verification_term(rules, promise)
    awaited = promise.state is CommitmentState.AWAITING_VERIFICATION and not promise.unverified
    if verified is not None and awaited and promise.verify_on is not None:
        kind = ev.TermKind.VERIFICATION
        yield Reckoned(kind, promise.id, promise.step, promise.verify_on, verified)


def _of_card(rules: Rules, card: Escalation, at: datetime) -> Iterator[Reckoned]:
    """The answer that is not there yet, and the appeal that may still be made; hours stay."""
    over = card.answer_over
    if card.state is EscalationState.OPEN and over is not None and at < over:
        answer = ladder.answer_window(rules, card)
        yield from _in_days(ev.TermKind.ANSWER, card, card.answer_by, answer)
    if ladder.can_be_appealed(card, at):
        appeal = ladder.appeal_window(rules, card)
        yield from _in_days(ev.TermKind.APPEAL, card, card.appeal_by, appeal)


def _in_days(
    kind: ev.TermKind, card: Escalation, before: date | None, after: Due | None
) -> Iterator[Reckoned]:
    if before is not None and after is not None and after.unit is not LimitUnit.HOURS:
        yield Reckoned(kind, card.id, card.step, before, after)


def _clock(rules: Rules, step: Step) -> Due:
    """When the step is due; while its clock is stopped, when it was due before the stop."""
    assert step.clock is not None, "a step with a due date has a clock"
    stops = tuple(stop for stop in step.clock.stops if stop.until is not None)
    clock = step.clock if step.clock.running else step.clock.model_copy(update={"stops": stops})
    return due(clock, rules.calendar_of(step.key))


def _promise(rules: Rules, promise: Commitment) -> Due | None:
    """When a promise is due; None while no term runs, or where its beginning is not known."""
    if promise.state is CommitmentState.IN_FORCE and promise.signed_at is not None:
        limit = commitment_limit(rules, promise.step, promise.signed_at)
        return rules.window(promise.signed_at, limit, promise.step)
    if promise.state is CommitmentState.RECTIFYING and promise.rectify_since is not None:
        return rules.window(
            promise.rectify_since, rules.definition.windows.rectification, promise.step
        )
    return None
