"""What is allowed to a unit now, and what is missing: derived from the chain, never set.

A gate opens when all its conditions are met, and closes when one is met no longer. Both are
recorded, by no command: whoever wants a gate open sees to its conditions.
"""

from groundwork.domain import events as ev
from groundwork.domain.base import Frozen
from groundwork.domain.definition import ConditionKind, Gate, GateCondition, Text
from groundwork.domain.facts import Unit
from groundwork.domain.model import (
    Chain,
    CommitmentState,
    DeficiencyState,
    Step,
    StepState,
    WaitingOn,
)
from groundwork.domain.proceedings import Proceedings
from groundwork.domain.rules import Rules
from groundwork.domain.views import waiting_on

_PASSED = frozenset({StepState.PASSED, StepState.PASSED_WITH_TOLERANCE, StepState.EXEMPT})
_SHAKEN = frozenset({StepState.RECHECK, StepState.REVOKED, StepState.ANNULLED, StepState.RETURNED})

_MET = Text(zh="已具备", en="met")
_NO_EQUIPMENT = Text(zh="本单体没有特种设备", en="the unit has no special equipment")
_UNREGISTERED = Text(zh="特种设备使用登记未办理", en="special equipment is not registered")
_NO_CURE = Text(zh="没有未了结的红线整改", en="no cure on a red line is open")


class ConditionStatus(Frozen):
    """Whether a condition is met, why, on which steps it hangs and who has to act.

    `holder` is a department's id; with `waiting_on` the applicant, it is where the papers go.
    """

    id: str
    name: Text
    met: bool
    why: Text
    steps: tuple[str, ...]
    holder: str | None
    waiting_on: WaitingOn
    source: str


class GateStatus(Frozen):
    """A gate of a unit as it stands: what it permits, and which conditions it hangs on."""

    id: str
    name: Text
    permits: Text
    unit: str
    open: bool
    conditions: tuple[ConditionStatus, ...]

    @property
    def missing(self) -> tuple[ConditionStatus, ...]:
        """The conditions that are not met."""
        return tuple(one for one in self.conditions if not one.met)


def gates_of(rules: Rules, chain: Chain, unit: Unit) -> tuple[GateStatus, ...]:
    """Every gate of a unit, in the definition's order."""
    return tuple(gate_status(rules, chain, gate, unit) for gate in rules.definition.gates)


def gate_status(rules: Rules, chain: Chain, gate: Gate, unit: Unit) -> GateStatus:
    """One gate of a unit."""
    conditions = tuple(_status(rules, chain, one, unit) for one in gate.conditions)
    return GateStatus(
        id=gate.id,
        name=gate.name,
        permits=gate.permits,
        unit=unit.id,
        open=unit.active and all(one.met for one in conditions),
        conditions=conditions,
    )


def _status(rules: Rules, chain: Chain, condition: GateCondition, unit: Unit) -> ConditionStatus:
    match condition.kind:
        case ConditionKind.STEP:
            return _of_step(rules, chain, condition, unit)
        case ConditionKind.EQUIPMENT:
            return _of_equipment(condition, unit)
        case ConditionKind.RED_LINE:
            return _of_red_lines(rules, chain, condition, unit)


def _of_step(rules: Rules, chain: Chain, condition: GateCondition, unit: Unit) -> ConditionStatus:
    whole = condition.step or ""
    in_unit = f"{whole}.{unit.id}"
    step = chain.steps[in_unit if in_unit in chain.steps else whole]
    definition = rules.step(step.key)
    met = step.state in _PASSED
    wanting = Text(
        zh=f"环节 {step.key}“{definition.name.zh}”尚未通过",
        en=f"step {step.key}, {definition.name.en}, has not passed",
    )
    return _told(
        condition,
        met=met,
        why=_MET if met else wanting,
        steps=(step.key,),
        holder=definition.lead,
        turn=waiting_on(step, applicant_owned=definition.applicant_owned),
    )


def _of_equipment(condition: GateCondition, unit: Unit) -> ConditionStatus:
    met = unit.without_equipment or bool(unit.equipment)
    why = _MET if unit.equipment else _NO_EQUIPMENT
    return _told(
        condition,
        met=met,
        why=why if met else _UNREGISTERED,
        steps=(),
        holder=condition.holder,
        turn=WaitingOn.APPLICANT,
    )


def _of_red_lines(
    rules: Rules, chain: Chain, condition: GateCondition, unit: Unit
) -> ConditionStatus:
    shaken = [step for step in _on_red_lines(rules, chain, unit) if _is_shaken(chain, step)]
    keys = tuple(step.key for step in shaken)
    wanting = Text(
        zh=f"环节 {'、'.join(keys)} 的红线事项尚未了结",
        en=f"what is open on a red line must be settled first: {', '.join(keys)}",
    )
    return _told(
        condition,
        met=not shaken,
        why=wanting if shaken else _NO_CURE,
        steps=keys,
        holder=rules.step(keys[0]).lead if keys else None,
        turn=waiting_on(shaken[0]) if shaken else WaitingOn.NOBODY,
    )


def _on_red_lines(rules: Rules, chain: Chain, unit: Unit) -> list[Step]:
    """The red-line steps that concern a unit: its own, and those of the whole chain."""
    return [
        step
        for step in chain.steps.values()
        if rules.step(step.key).never_tolerable and step.key.partition(".")[2] in {"", unit.id}
    ]


def _is_shaken(chain: Chain, step: Step) -> bool:
    """Whether something on the step is open that safety hangs on."""
    lacking = {DeficiencyState.OPEN, DeficiencyState.SUBMITTED, DeficiencyState.LAPSED}
    if any(d.step == step.key and d.state in lacking for d in chain.deficiencies.values()):
        return True
    rectifying = CommitmentState.RECTIFYING
    if any(c.step == step.key and c.state is rectifying for c in chain.commitments.values()):
        return True
    return step.state in _SHAKEN


def _told(  # noqa: PLR0913 -- one fact of a condition each
    condition: GateCondition,
    *,
    met: bool,
    why: Text,
    steps: tuple[str, ...],
    holder: str | None,
    turn: WaitingOn,
) -> ConditionStatus:
    return ConditionStatus(
        id=condition.id,
        name=condition.name,
        met=met,
        why=why,
        steps=steps,
        holder=holder,
        waiting_on=WaitingOn.NOBODY if met else turn,
        source=condition.source,
    )


def settle_gates(p: Proceedings) -> None:
    """Write down which gates have opened and closed since the last event."""
    for gate in p.rules.definition.gates:
        for unit in p.chain.active_units:
            status = gate_status(p.rules, p.chain, gate, unit)
            stood_open = gate.id in unit.open_gates
            if status.open and not stood_open:
                p.add(ev.GateOpened, gate=gate.id, unit=unit.id)
            elif stood_open and not status.open:
                missing = tuple(one.id for one in status.missing)
                p.add(ev.GateClosed, gate=gate.id, unit=unit.id, missing=missing)


def gates_are_open(p: Proceedings) -> bool:
    """Whether every gate that closes the chain stands open for every unit."""
    closing = [gate.id for gate in p.rules.definition.gates if gate.closes_chain]
    return all(gate in unit.open_gates for gate in closing for unit in p.chain.active_units)
