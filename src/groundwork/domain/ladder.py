"""The escalation ladder: when each rung is reached, and what people do about it."""

from datetime import datetime
from typing import NamedTuple

from groundwork.domain import commands as cmd
from groundwork.domain import events as ev
from groundwork.domain.calendar import SHANGHAI, Calendar, end_of
from groundwork.domain.clock import Clock, Due, hours_past_due, past_due, yellow_from
from groundwork.domain.definition import LimitUnit, Rung, Trigger, Unanswered
from groundwork.domain.model import (
    RUNNING,
    AppealState,
    Chain,
    Escalation,
    EscalationState,
    Light,
    Step,
    StepState,
)
from groundwork.domain.policy import authorise
from groundwork.domain.proceedings import Proceedings
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.rules import Rules


class NextRung(NamedTuple):
    """The rung that a step reaches next, when, and the unanswered card that brings it forward."""

    moment: datetime
    rung: Rung
    because: str | None = None


def reached_at(calendar: Calendar, clock: Clock, rung: Rung) -> datetime:
    """When a running clock reaches a rung, by its department's calendar."""
    if rung.trigger is Trigger.SHARE_USED:
        return yellow_from(clock, calendar, rung.share or 100, rung.days_left or 0)
    if rung.hours_past_due is not None:
        return hours_past_due(clock, calendar, rung.hours_past_due)
    return past_due(clock, calendar, rung.days_past_due or 0)


def next_rung(rules: Rules, chain: Chain, step: Step) -> NextRung | None:
    """The next rung of a step and when it is reached; None while its lights are frozen."""
    if step.state not in RUNNING:
        return None
    card = _standing_card(chain, step)
    return _climb(rules, step, card if card is not None and card.answer_overdue else None)


def foreseen_rung(rules: Rules, chain: Chain, step: Step) -> NextRung | None:
    """The next rung and when it will be reached if nobody does anything.

    An open stop is taken to end as planned, and an open card to go unanswered.
    """
    if step.state not in RUNNING | {StepState.STOPPED}:
        return None
    return _climb(rules, step, _standing_card(chain, step))


def _climb(rules: Rules, step: Step, card: Escalation | None) -> NextRung | None:
    """The next rung by the clock or, if that is earlier, because the card goes unanswered."""
    rung = next((one for one in rules.ladder(step.key) if one.level > step.level), None)
    if step.clock is None or rung is None:
        return None
    moment = reached_at(rules.calendar_of(step.key), step.clock, rung)
    if step.accepted_by_silence and step.accept_by is not None:
        # The clock is dated back, but nobody could be late before the silence took effect.
        moment = max(moment, step.accept_by)
    if card is not None and card.answer_over is not None:
        # Lights are frozen while a clock stands still, so a card cannot lead on before its end.
        at_once = max((card.answer_over, *(stop.ends for stop in step.clock.stops)))
        if at_once < moment:
            return NextRung(at_once, rung, card.id)
    return NextRung(moment, rung)


def _standing_card(chain: Chain, step: Step) -> Escalation | None:
    """The open card on which the step stands, if the ladder climbs on when it goes unanswered."""
    standing = (
        card
        for card in reversed(chain.escalations.values())
        if card.step == step.key and card.level == step.level
    )
    card = next(standing, None)
    if card is None or card.unanswered is not Unanswered.NEXT:
        return None
    return card if card.state is EscalationState.OPEN else None


def level_at(rules: Rules, step: Step, at: datetime) -> tuple[int, Light]:
    """The level and light that a step's clock has reached at a moment, whatever fired before."""
    level, light = 0, Light.GREEN
    if step.clock is not None:
        for rung in rules.ladder(step.key):
            if reached_at(rules.calendar_of(step.key), step.clock, rung) <= at:
                level, light = rung.level, Light(rung.light)
    return level, light


def fire(p: Proceedings, key: str, rung: Rung, because: str | None = None) -> None:
    """Reach a rung: light, recipients, and by when an answer or an appeal must be there."""
    taken = sum(one.step == key and one.level == rung.level for one in _escalations(p))
    suffix = f"-{taken + 1}" if taken else ""
    answer = p.rules.window(p.at, rung.answer_within, key) if rung.answer_within else None
    by_the_hour = answer is not None and answer.unit is LimitUnit.HOURS
    appeal = p.rules.window(p.at, rung.appeal_within, key) if rung.appeal_within else None
    p.add(
        ev.EscalationFired,
        step=key,
        escalation=f"{key}-{rung.id}{suffix}",
        level=rung.level,
        rung=rung.id,
        light=Light(rung.light),
        recipients=rung.recipients,
        answer_by=answer.on if answer else None,
        answer_before=answer.moment if answer and by_the_hour else None,
        unanswered=rung.unanswered,
        appeal_by=appeal.on if appeal else None,
        appeal_before=appeal.moment if appeal else None,
        supervision_order=rung.supervision_order,
        human_decides=rung.human_decides,
        because=because,
        basis=rung.source,
    )


def answer_window(rules: Rules, card: Escalation) -> Due | None:
    """When the answer to a card must be there; None where none is asked for."""
    limit = rung_of(rules, card).answer_within
    return rules.window(card.at, limit, card.step) if limit else None


def appeal_window(rules: Rules, card: Escalation) -> Due | None:
    """When the time to appeal a card is over; None where it cannot be appealed."""
    limit = rung_of(rules, card).appeal_within
    return rules.window(card.at, limit, card.step) if limit else None


def rung_of(rules: Rules, card: Escalation) -> Rung:
    """The rung of its step's ladder that a card reached."""
    return next(one for one in rules.ladder(card.step) if one.level == card.level)


def answer_due(card: Escalation) -> datetime | None:
    """When an open card is marked as unanswered; None where nothing follows from silence."""
    waits = card.state is EscalationState.OPEN and not card.answer_overdue
    return card.answer_over if waits and card.unanswered is not None else None


def answer_overdue(card: Escalation, at: datetime) -> bool:
    """Whether the answer was not there in time, also where the ladder draws nothing from it."""
    over = card.answer_over
    waits = card.state is EscalationState.OPEN and over is not None and over <= at
    return card.answer_overdue or waits


def can_be_appealed(card: Escalation, at: datetime) -> bool:
    """Whether the department may still appeal the card."""
    stands = card.state in {EscalationState.OPEN, EscalationState.ACKNOWLEDGED}
    in_time = card.appeal_before is not None and at < card.appeal_before
    return stands and in_time and card.appeal is None


def _escalations(p: Proceedings) -> list[Escalation]:
    return list(p.chain.escalations.values())


def _find(p: Proceedings, escalation_id: str) -> Escalation:
    escalation = p.chain.escalations.get(escalation_id)
    if escalation is None:
        raise Rejection(Reason.UNKNOWN_ESCALATION, escalation=escalation_id)
    return escalation


def _require(escalation: Escalation, *states: EscalationState) -> None:
    if escalation.state not in states:
        raise Rejection(
            Reason.ALREADY_ACKNOWLEDGED, escalation=escalation.id, state=escalation.state.value
        )


def acknowledge(p: Proceedings, command: cmd.Acknowledge) -> None:
    """Acknowledge an escalation; a card that asks for an explanation needs the answer."""
    escalation = _find(p, command.escalation)
    authorise(p.by, command.type, p.rules.step(escalation.step))
    _require(escalation, EscalationState.OPEN)
    if escalation.answer_by is not None and not command.answer.strip():
        raise Rejection(Reason.ANSWER_MISSING, escalation=escalation.id)
    _undo_silence(p, escalation)
    p.add(ev.EscalationAcknowledged, escalation=escalation.id, answer=command.answer)


def appeal_escalation(p: Proceedings, command: cmd.AppealEscalation) -> None:
    """Appeal a card for the department, once and in time; nothing is suspended meanwhile."""
    escalation = _find(p, command.escalation)
    authorise(p.by, command.type, p.rules.step(escalation.step))
    _require(escalation, EscalationState.OPEN, EscalationState.ACKNOWLEDGED)
    if escalation.appeal_before is None:
        raise Rejection(Reason.NOT_APPEALABLE, escalation=escalation.id)
    if escalation.appeal is not None:
        raise Rejection(Reason.ALREADY_APPEALED, escalation=escalation.id)
    if p.at >= escalation.appeal_before:
        raise Rejection(Reason.APPEAL_TOO_LATE, escalation=escalation.id, until=_until(escalation))
    p.add(ev.EscalationAppealed, escalation=escalation.id, reason=command.reason)


def _until(escalation: Escalation) -> str:
    """The last day of the appeal, with the hour where it ends within the day; local time."""
    day, before = escalation.appeal_by, escalation.appeal_before
    if day is not None and before == end_of(day):
        return day.isoformat()
    return f"{before.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if before else ""


def uphold_escalation(p: Proceedings, command: cmd.UpholdEscalation) -> None:
    """Dismiss an appeal, with the reason."""
    escalation = _find(p, command.escalation)
    authorise(p.by, command.type)
    _require(escalation, EscalationState.OPEN, EscalationState.ACKNOWLEDGED)
    if escalation.appeal is None or escalation.appeal.state is not AppealState.PENDING:
        raise Rejection(Reason.NO_APPEAL, escalation=escalation.id)
    p.add(ev.EscalationUpheld, escalation=escalation.id, reason=command.reason)


def annul_escalation(p: Proceedings, command: cmd.AnnulEscalation) -> None:
    """Take a card back, with the reason. The light stays what the clock says it is."""
    escalation = _find(p, command.escalation)
    authorise(p.by, command.type)
    _require(escalation, EscalationState.OPEN, EscalationState.ACKNOWLEDGED)
    _undo_silence(p, escalation)
    p.add(ev.EscalationAnnulled, escalation=escalation.id, reason=command.reason)


def decide_referral(p: Proceedings, command: cmd.DecideReferral) -> None:
    """Decide as a person whether a delay goes to discipline inspection; no rule ever does."""
    escalation = _find(p, command.escalation)
    authorise(p.by, command.type)
    if not escalation.human_decides:
        raise Rejection(Reason.NOT_A_REFERRAL, escalation=escalation.id)
    _require(escalation, EscalationState.OPEN)
    _undo_silence(p, escalation)
    p.add(
        ev.ReferralDecided,
        escalation=escalation.id,
        referred=command.refer,
        reason=command.reason,
    )


def _undo_silence(p: Proceedings, card: Escalation) -> None:
    """Reverse that a card counted as unanswered, where it was dealt with in time.

    Rungs that followed at once are reversed with it. While the clock runs everything after the
    business time is, since what the clock itself reaches will be reached again in its time.
    """
    over = card.answer_over
    if not card.answer_overdue or over is None or p.at >= over:
        return
    p.add(ev.AnswerOverdueReversed, escalation=card.id)
    brought_forward = any(one.because == card.id for one in _escalations(p))
    if not brought_forward:
        return
    if p.step(card.step).state in RUNNING:
        p.undo_later_escalations(card.step)
    else:
        p.undo_brought_forward(card)
