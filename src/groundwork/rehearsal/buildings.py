"""How the units (单体) of a played chain fared: accepted, in use, and what production waits for."""

from collections.abc import Sequence
from datetime import date, datetime

from groundwork.domain import events as ev
from groundwork.domain.calendar import local_date
from groundwork.domain.definition import ConditionKind, Gate
from groundwork.domain.facts import Unit
from groundwork.domain.gates import ConditionStatus, gate_status
from groundwork.domain.model import FINISHED, Chain, StepState
from groundwork.domain.rules import Rules
from groundwork.domain.views import waiting_on
from groundwork.rehearsal.case import GateReport, MissingCondition, UnitReport, WaitingReport
from groundwork.rehearsal.promises import unit_of
from groundwork.rehearsal.wording import Wording

_IDLE = FINISHED | {StepState.WAITING, StepState.TERMINATED}


def units_reported(
    rules: Rules, chain: Chain, events: Sequence[ev.AnyEvent]
) -> tuple[UnitReport, ...]:
    """Every unit, merged and dropped ones included."""
    gate = _gate_to_use(rules)
    return tuple(
        UnitReport(
            id=unit.id,
            name=unit.name,
            state=unit.state,
            into=unit.into,
            waits_for=_waits_for(rules, chain, unit),
            accepted_on=_accepted_on(rules, chain, gate, unit),
            in_use_on=_date(_open_since(events, unit, gate.id)) if gate else None,
        )
        for unit in chain.units.values()
    )


def gates_reported(
    rules: Rules, chain: Chain, events: Sequence[ev.AnyEvent]
) -> tuple[GateReport, ...]:
    """The gates that close the chain, for every unit that is still part of it."""
    return tuple(
        GateReport(
            gate=gate.id,
            name=gate.name,
            unit=unit.id,
            unit_name=unit.name,
            open=status.open,
            open_since=_open_since(events, unit, gate.id),
            missing=tuple(_missing(rules, one) for one in status.missing),
        )
        for gate in rules.definition.gates
        if gate.closes_chain
        for unit in chain.active_units
        for status in (gate_status(rules, chain, gate, unit),)
    )


def _missing(rules: Rules, one: ConditionStatus) -> MissingCondition:
    holder = rules.definition.department(one.holder) if one.holder else None
    return MissingCondition(
        condition=one.id,
        name=one.name,
        why=one.why,
        steps=one.steps,
        holder=one.holder,
        holder_name=holder.short if holder else None,
        waiting_on=one.waiting_on,
    )


def _waits_for(rules: Rules, chain: Chain, unit: Unit) -> tuple[WaitingReport, ...]:
    wording = Wording(rules.definition)
    return tuple(
        WaitingReport(
            step=step.key,
            name=wording.step_name(step.key, chain),
            state=step.state,
            department=rules.definition.department(rules.step(step.key).lead).short,
            waiting_on=waiting_on(step, applicant_owned=rules.step(step.key).applicant_owned),
        )
        for step in chain.steps.values()
        if unit.active and unit_of(chain, step.key) == unit.id and step.state not in _IDLE
    )


def _gate_to_use(rules: Rules) -> Gate | None:
    """The first gate that a unit's own acceptance opens and that does not close the chain."""
    return next(
        (
            gate
            for gate in rules.definition.gates
            if not gate.closes_chain and any(_own_steps(rules, gate))
        ),
        None,
    )


def _own_steps(rules: Rules, gate: Gate) -> tuple[str, ...]:
    """The steps of a unit itself that a gate hangs on, without the unit."""
    steps = (one.step for one in gate.conditions if one.kind is ConditionKind.STEP)
    return tuple(step for step in steps if step is not None and rules.step(step).per_unit)


def _accepted_on(rules: Rules, chain: Chain, gate: Gate | None, unit: Unit) -> date | None:
    if gate is None or not unit.active or not gate_status(rules, chain, gate, unit).open:
        return None
    steps = (chain.steps[f"{step}.{unit.id}"] for step in _own_steps(rules, gate))
    decided = [step.decision.at for step in steps if step.decision]
    return local_date(max(decided)) if decided else None


def _open_since(events: Sequence[ev.AnyEvent], unit: Unit, gate: str) -> datetime | None:
    """Since when a gate has stood open without a break; None while it is shut."""
    if gate not in unit.open_gates:
        return None
    opened = (one for one in events if isinstance(one, ev.GateOpened))
    mine = [one.at for one in opened if one.gate == gate and one.unit == unit.id]
    return mine[-1] if mine else None


def _date(moment: datetime | None) -> date | None:
    return local_date(moment) if moment else None
