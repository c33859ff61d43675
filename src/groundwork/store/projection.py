"""What the read model says of a chain: pure, so that the audit can compute it again."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Table

from groundwork.domain.calendar import local_date
from groundwork.domain.definition import ChainDefinition, StepDefinition
from groundwork.domain.facts import Unit
from groundwork.domain.model import (
    OPEN,
    RUNNING,
    Appeal,
    Chain,
    Commitment,
    Deficiency,
    DeficiencyState,
    Escalation,
    Step,
    StepState,
)
from groundwork.domain.views import (
    act_by,
    chain_light,
    chain_waiting_on,
    kept_by,
    status_code,
    step_light,
    waiting_on,
)
from groundwork.store.tables import CommitmentRow, DeficiencyRow, EscalationRow, StepRow, table
from groundwork.store.unit_tables import UnitRow

NO_DAY = date.max
"""Stands in `act_by` for no day at all, so that such rows come last and can be paged through."""

STEP = table(StepRow)
DEFICIENCY = table(DeficiencyRow)
COMMITMENT = table(CommitmentRow)
ESCALATION = table(EscalationRow)
UNIT = table(UnitRow)

CONSULTING = RUNNING | {StepState.STOPPED}
"""States of a step in which opinions may still be given."""

Values = dict[str, Any]

_Part = TypeVar("_Part")


class Next(NamedTuple):
    """What of a chain must be done next: by when, on which step, and how sure the day is."""

    day: date
    step: str
    provisional: bool


def chain_values(chain: Chain, definition: ChainDefinition) -> Values:
    """The columns of the chain's row that follow from the chain alone."""
    launch = chain.launch
    due = next_due(chain)
    return {
        "id": chain.id,
        "project_code": launch.project_code,
        "type": definition.workflow_type,
        "definition_id": chain.definition.id,
        "definition_version": chain.definition.version,
        "definition_hash": chain.definition.hash,
        "calendar_version": chain.calendar_version,
        "variant": launch.variant,
        "district": launch.district,
        "housekeeper": launch.housekeeper,
        "state": chain.state,
        "light": chain_light(chain),
        "waiting_on": chain_waiting_on(chain, definition),
        "next_due_on": due.day if due else None,
        "next_due_step": due.step if due else None,
        "act_by": due.day if due else NO_DAY,
        "provisional": due.provisional if due else False,
        "launched_at": chain.launched_at,
        "finished_at": chain.finished_at,
        "seq": chain.seq,
    }


def next_due(chain: Chain) -> Next | None:
    """What must be done next by a day: a step, a cure or a promise. A stopped clock sets no day."""
    return min(_due(chain), default=None)


def _due(chain: Chain) -> Iterator[Next]:
    for step in chain.steps.values():
        day = act_by(step)
        if day is not None:
            yield Next(day, step.key, step.due_provisional)
    for deficiency in chain.deficiencies.values():
        if deficiency.state is DeficiencyState.OPEN:
            yield Next(deficiency.cure_by, deficiency.step, deficiency.provisional)
    for commitment in chain.commitments.values():
        day = _kept_by(commitment)
        if day is not None:
            yield Next(day, commitment.step, commitment.provisional)
    for step in chain.steps.values():
        if step.consultation is not None and awaited(step):
            yield Next(step.consultation.reply_on, step.key, step.consultation.provisional)


def awaited(step: Step) -> tuple[str, ...]:
    """The departments whose opinion on the step may still come."""
    if step.consultation is None or step.state not in CONSULTING:
        return ()
    return step.consultation.pending


def _kept_by(commitment: Commitment) -> date | None:
    return kept_by(commitment.state, commitment.due_on, commitment.verify_on)


def part_values(
    chain: Chain, definition: ChainDefinition, before: Chain | None = None
) -> dict[Table, list[Values]]:
    """The rows of the chain's parts that differ from `before`; tables referred to come first."""
    old = before or Chain(launch=chain.launch, launched_at=chain.launched_at)
    whole = {"chain_id": chain.id, "project_code": chain.launch.project_code}

    def of(step: str) -> Values:
        return {**whole, "step": step, "department": definition.step(step).lead}

    return {
        UNIT: [whole | _unit(unit) for unit in _changed(old.units, chain.units)],
        STEP: [
            whole | _step(step, definition.step(step.key))
            for step in _changed(old.steps, chain.steps)
        ],
        DEFICIENCY: [
            of(deficiency.step) | _deficiency(deficiency)
            for deficiency in _changed(old.deficiencies, chain.deficiencies)
        ],
        COMMITMENT: [
            of(commitment.step) | _commitment(commitment)
            for commitment in _changed(old.commitments, chain.commitments)
        ],
        ESCALATION: [
            of(escalation.step) | _escalation(escalation)
            for escalation in _changed(old.escalations, chain.escalations)
        ],
    }


def _changed(old: Mapping[str, _Part], new: Mapping[str, _Part]) -> Iterator[_Part]:
    return (part for key, part in new.items() if old.get(key) != part)


def _step(step: Step, definition: StepDefinition) -> Values:
    decision, asked = step.decision, step.consultation
    return {
        "key": step.key,
        "unit": step.key.partition(".")[2] if definition.per_unit else None,
        "department": definition.lead,
        "stage": definition.stage,
        "state": step.state,
        "open": step.state in OPEN,
        "status_code": status_code(step),
        "mode": step.mode,
        "light": step_light(step),
        "level": step.level,
        "waiting_on": waiting_on(step, applicant_owned=definition.applicant_owned),
        "attempt": step.attempt,
        "due_on": step.due_on,
        "due_provisional": step.due_provisional,
        "act_by": act_by(step) or NO_DAY,
        "ready_at": step.ready_at,
        "received_at": step.received_at,
        "accept_by": step.accept_by,
        "accepted_at": step.accepted_at,
        "accepted_by_silence": step.accepted_by_silence,
        "decided_at": decision.at if decision else None,
        "result": decision.result if decision else None,
        "awaited": list(awaited(step)),
        "reply_on": asked.reply_on if asked else None,
        "visit_on": asked.visit_on if asked else None,
        "assignee": step.assignee,
    }


def _deficiency(deficiency: Deficiency) -> Values:
    return {
        "id": deficiency.id,
        "material": deficiency.material,
        "state": deficiency.state,
        "opened_at": deficiency.opened_at,
        "cure_by": deficiency.cure_by,
        "provisional": deficiency.provisional,
        "extended": deficiency.extended,
        "reminded": list(deficiency.reminded),
        "submitted_at": deficiency.submitted_at,
        "closed_at": deficiency.closed_at,
    }


def _commitment(commitment: Commitment) -> Values:
    publish = commitment.publish_before
    return {
        "id": commitment.id,
        "state": commitment.state,
        "outcome": commitment.outcome,
        "breach": commitment.breach,
        "obligations": list(commitment.obligations),
        "third_parties": len(commitment.third_parties),
        "drafted_at": commitment.drafted_at,
        "signed_at": commitment.signed_at,
        "due_on": commitment.due_on,
        "act_by": _kept_by(commitment) or commitment.due_on or NO_DAY,
        "provisional": commitment.provisional,
        "reminded": list(commitment.reminded),
        "performed_at": commitment.performed_at,
        "verify_on": commitment.verify_on,
        "unverified": commitment.unverified,
        "publish_on": local_date(publish - timedelta.resolution) if publish else None,
        "rectified": commitment.rectified,
        "officers": list(commitment.officers),
        "closed_at": commitment.closed_at,
    }


def _unit(unit: Unit) -> Values:
    equipment = "registered" if unit.equipment else None
    return {
        "id": unit.id,
        "name": unit.name,
        "state": unit.state,
        "into": unit.into,
        "equipment": "none" if unit.without_equipment else equipment,
        "open_gates": sorted(unit.open_gates),
    }


def _escalation(escalation: Escalation) -> Values:
    return {
        "id": escalation.id,
        "level": escalation.level,
        "rung": escalation.rung,
        "light": escalation.light,
        "state": escalation.state,
        "at": escalation.at,
        "recipients": list(escalation.recipients),
        "answer_by": escalation.answer_by,
        "answer": escalation.answer,
        "supervision_order": escalation.supervision_order,
        "human_decides": escalation.human_decides,
        "referred": escalation.referred,
        "answer_before": escalation.answer_over,
        "answer_overdue": escalation.answer_overdue,
        "answered_by": escalation.answered_by,
        "answered_at": escalation.answered_at,
        "appeal_by": escalation.appeal_by,
        "appeal_before": escalation.appeal_before,
        "annulled_for": escalation.annulled_for,
        "because": escalation.because,
    } | _appeal(escalation.appeal)


def _appeal(appeal: Appeal | None) -> Values:
    return {
        "appeal_state": appeal.state if appeal else None,
        "appeal_reason": appeal.reason if appeal else "",
        "appealed_by": appeal.by if appeal else None,
        "appealed_at": appeal.at if appeal else None,
        "appeal_decision": appeal.decision if appeal else "",
        "appeal_decided_by": appeal.decided_by if appeal else None,
        "appeal_decided_at": appeal.decided_at if appeal else None,
    }
