"""The escalation ladder: when each rung is reached, and what people do about it."""

from datetime import datetime

from groundwork.domain import commands as cmd
from groundwork.domain import events as ev
from groundwork.domain.calendar import Calendar
from groundwork.domain.clock import Clock, past_due, yellow_from
from groundwork.domain.definition import Rung, Trigger
from groundwork.domain.model import RUNNING, Escalation, EscalationState, Light, Step
from groundwork.domain.policy import authorise
from groundwork.domain.proceedings import Proceedings
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.rules import Rules


def reached_at(calendar: Calendar, clock: Clock, rung: Rung) -> datetime:
    """When a running clock reaches a rung, by its department's calendar."""
    if rung.trigger is Trigger.SHARE_USED:
        return yellow_from(clock, calendar, rung.share or 100, rung.days_left or 0)
    return past_due(clock, calendar, rung.days_past_due or 0)


def next_rung(rules: Rules, step: Step) -> tuple[datetime, Rung] | None:
    """The next rung of a step and when it is reached; None while its lights are frozen."""
    if step.clock is None or step.state not in RUNNING:
        return None
    rung = next((one for one in rules.definition.ladder if one.level > step.level), None)
    if rung is None:
        return None
    moment = reached_at(rules.calendar_of(step.key), step.clock, rung)
    if step.accepted_by_silence and step.accept_by is not None:
        # The clock is dated back, but nobody could be late before the silence took effect.
        moment = max(moment, step.accept_by)
    return moment, rung


def level_at(rules: Rules, step: Step, at: datetime) -> tuple[int, Light]:
    """The level and light that a step's clock has reached at a moment, whatever fired before."""
    level, light = 0, Light.GREEN
    if step.clock is not None:
        for rung in rules.definition.ladder:
            if reached_at(rules.calendar_of(step.key), step.clock, rung) <= at:
                level, light = rung.level, Light(rung.light)
    return level, light


def fire(p: Proceedings, key: str, rung: Rung) -> None:
    """Reach a rung: light, recipients, and the day by which an answer is due."""
    taken = sum(one.step == key and one.level == rung.level for one in _escalations(p))
    suffix = f"-{taken + 1}" if taken else ""
    answer = p.rules.window(p.at, rung.answer_within, key) if rung.answer_within else None
    p.add(
        ev.EscalationFired,
        step=key,
        escalation=f"{key}-{rung.id}{suffix}",
        level=rung.level,
        rung=rung.id,
        light=Light(rung.light),
        recipients=rung.recipients,
        answer_by=answer.on if answer else None,
        supervision_order=rung.supervision_order,
        human_decides=rung.human_decides,
        basis=rung.source,
    )


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
    p.add(ev.EscalationAcknowledged, escalation=escalation.id, answer=command.answer)


def annul_escalation(p: Proceedings, command: cmd.AnnulEscalation) -> None:
    """Take a card back, with the reason. The light stays what the clock says it is."""
    escalation = _find(p, command.escalation)
    authorise(p.by, command.type)
    _require(escalation, EscalationState.OPEN, EscalationState.ACKNOWLEDGED)
    p.add(ev.EscalationAnnulled, escalation=escalation.id, reason=command.reason)


def decide_referral(p: Proceedings, command: cmd.DecideReferral) -> None:
    """Decide as a person whether a delay goes to discipline inspection; no rule ever does."""
    escalation = _find(p, command.escalation)
    authorise(p.by, command.type)
    if not escalation.human_decides:
        raise Rejection(Reason.NOT_A_REFERRAL, escalation=escalation.id)
    _require(escalation, EscalationState.OPEN)
    p.add(
        ev.ReferralDecided,
        escalation=escalation.id,
        referred=command.refer,
        reason=command.reason,
    )
