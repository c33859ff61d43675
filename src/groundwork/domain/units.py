"""Units and phases while a chain runs: added, dropped, merged (单体、分期).

Each is accepted on its own. A change never voids a decision silently: the decision that named the
units goes to re-check, and so does one that no longer covers all that its unit consists of.
"""

from groundwork.domain import commands as cmd
from groundwork.domain import events as ev
from groundwork.domain.aftermath import GRANTED, drop_promises
from groundwork.domain.flow import advance
from groundwork.domain.model import FINISHED, SETTLED, Chain, Step, StepState
from groundwork.domain.policy import authorise
from groundwork.domain.proceedings import Proceedings
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.rules import predecessors, unit_keys
from groundwork.domain.views import open_commitments, open_deficiencies

_NOT_BEGUN = frozenset({StepState.WAITING, StepState.READY})


def add_unit(p: Proceedings, command: cmd.AddUnit) -> None:
    """Add a unit or phase: its steps open as far as what they build on is settled."""
    authorise(p.by, command.type)
    name = _new_phase(p, command) if command.of is not None else _new_unit(p, command)
    keys = unit_keys(p.rules.definition, command.unit, command.of)
    _require_nothing_gathered(p, keys)
    p.add(
        ev.UnitAdded,
        unit=command.unit,
        name=name,
        of=command.of,
        reason=command.reason,
        steps={key: p.rules.step(key).modes[0] for key in keys},
    )
    for step in list(p.chain.steps.values()):
        before = p.rules.predecessors(step.key, p.chain)
        settled = all(p.chain.steps[other].state in SETTLED for other in before)
        if step.state is StepState.READY and not settled:
            p.add(ev.StepHeld, step=step.key)
    _look_at_plan_again(p, command.unit)
    advance(p)


def _new_phase(p: Proceedings, command: cmd.AddUnit) -> str:
    of = command.of or ""
    known = {
        phase.id: phase.name.zh
        for step in p.rules.definition.steps
        if step.id == of
        for phase in step.phases
    }
    runs_in_phases = any(key.startswith(f"{of}.") for key in p.chain.steps)
    if not runs_in_phases or command.unit not in known:
        offered = ", ".join(known) if runs_in_phases else "—"
        raise Rejection(Reason.UNKNOWN_PHASE, step=of, unit=command.unit, known=offered)
    before = p.chain.steps.get(f"{of}.{command.unit}")
    if before is not None and before.state is not StepState.DROPPED:
        raise Rejection(Reason.UNIT_EXISTS, unit=f"{of}.{command.unit}")
    return known[command.unit]


def _new_unit(p: Proceedings, command: cmd.AddUnit) -> str:
    terms = p.rules.definition.units
    if terms is None:
        raise Rejection(Reason.NO_UNITS)
    if command.name is None:
        raise Rejection(Reason.REASON_MISSING, field="name")
    if command.unit in p.chain.units:
        raise Rejection(Reason.UNIT_EXISTS, unit=command.unit)
    if len(p.chain.active_units) >= terms.most:
        raise Rejection(Reason.TOO_MANY_UNITS, limit=terms.most)
    return command.name


def _require_nothing_gathered(p: Proceedings, keys: tuple[str, ...]) -> None:
    """Go on only if no step that waits for all units was handed in. Raises Rejection."""
    chain = p.chain
    after = frozenset(chain.steps) | set(keys)
    for step in chain.steps.values():
        before = predecessors(p.rules.definition, step.key, chain.launch.variant, after)
        gathers = any(key in before for key in keys) and step.key not in keys
        if gathers and step.state not in _NOT_BEGUN:
            raise Rejection(Reason.UNITS_GATHERED, step=step.key)


def drop_unit(p: Proceedings, command: cmd.DropUnit) -> None:
    """Take a unit or phase out; what is open on its steps ends."""
    authorise(p.by, command.type)
    keys = _active_keys(p, command.unit, command.of)
    _require_another(p, command.unit, command.of)
    _require_unaccepted(p, command.unit, keys)
    for key in keys:
        p.undo_later_escalations(key)
        drop_promises(p, key)
    p.add(
        ev.UnitDropped,
        unit=command.unit,
        of=command.of,
        reason=command.reason,
        steps=keys,
    )
    _look_at_plan_again(p, command.unit)
    advance(p)


def merge_units(p: Proceedings, command: cmd.MergeUnits) -> None:
    """Let one unit be accepted as part of another.

    What was promised for the absorbed unit holds on, on its old terms, for the one it became part
    of. A decision on that one which the absorbed unit had not got goes to re-check: it does not
    cover everything any more.
    """
    authorise(p.by, command.type)
    if command.unit == command.into:
        raise Rejection(Reason.SAME_UNIT, unit=command.unit)
    keys = _active_keys(p, command.unit, command.of)
    into = _active_keys(p, command.into, command.of)
    _require_unaccepted(p, command.unit, keys)
    _require_unaccepted(p, command.into, into)
    stays = dict(zip(keys, into, strict=True))
    before = {key: p.chain.steps[key] for key in keys}
    for key in keys:
        p.undo_later_escalations(key)
    p.add(
        ev.UnitsMerged,
        unit=command.unit,
        into=command.into,
        of=command.of,
        reason=command.reason,
        steps=keys,
        moved={promise: stays[key] for key in keys for promise in _open_promises(p.chain, key)},
    )
    for key, survivor in stays.items():
        _recheck_if_uncovered(p, before[key], survivor, command.unit)
    _look_at_plan_again(p, command.unit)
    advance(p)


def _open_promises(chain: Chain, key: str) -> list[str]:
    return open_deficiencies(chain, key) + open_commitments(chain, key)


def _recheck_if_uncovered(p: Proceedings, absorbed: Step, survivor: str, unit: str) -> None:
    granted = p.chain.steps[survivor].state in GRANTED
    if granted and absorbed.state not in FINISHED:
        p.add(ev.RecheckOrdered, step=survivor, cause=unit)


def _active_keys(p: Proceedings, unit: str, of: str | None) -> tuple[str, ...]:
    """The steps of a unit or phase that is part of the chain. Raises Rejection otherwise."""
    if of is not None:
        key = f"{of}.{unit}"
        phases = [one for one in p.chain.steps if one.startswith(f"{of}.")]
        if key not in p.chain.steps or p.chain.steps[key].state is StepState.DROPPED:
            known = ", ".join(phases) or "—"
            raise Rejection(Reason.UNKNOWN_UNIT, unit=key, known=known)
    elif unit not in p.chain.units or not p.chain.units[unit].active:
        known = ", ".join(one.id for one in p.chain.active_units) or "—"
        raise Rejection(Reason.UNKNOWN_UNIT, unit=unit, known=known)
    return unit_keys(p.rules.definition, unit, of)


def _require_another(p: Proceedings, unit: str, of: str | None) -> None:
    if of is None:
        others = [one.id for one in p.chain.active_units if one.id != unit]
    else:
        others = [
            key
            for key, step in p.chain.steps.items()
            if key.startswith(f"{of}.")
            and key != f"{of}.{unit}"
            and step.state is not StepState.DROPPED
        ]
    if not others:
        raise Rejection(Reason.LAST_UNIT, unit=unit)


def _require_unaccepted(p: Proceedings, unit: str, keys: tuple[str, ...]) -> None:
    """Go on only if nothing of the unit that the whole chain builds on is decided.

    Raises Rejection: what was granted is revoked or annulled, not made to vanish.
    """
    for key in keys:
        gathered = any(one.key not in keys for one in p.rules.dependants(key, p.chain))
        if gathered and p.chain.steps[key].state in {*GRANTED, StepState.RECHECK}:
            raise Rejection(Reason.UNIT_ACCEPTED, unit=unit, step=key)


def _look_at_plan_again(p: Proceedings, unit: str) -> None:
    """Send the decision that named the units to re-check: they are others now."""
    for step in list(p.chain.steps.values()):
        if p.rules.step(step.key).confirms_units and step.state in GRANTED:
            p.add(ev.RecheckOrdered, step=step.key, cause=unit)


def register_equipment(p: Proceedings, command: cmd.RegisterEquipment) -> None:
    """Note the registration of a unit's special equipment, or that it has none."""
    authorise(p.by, command.type)
    _active_keys(p, command.unit, None)
    holders = {
        condition.holder
        for gate in p.rules.definition.gates
        for condition in gate.conditions
        if condition.holder is not None
    }
    if p.by.department is not None and p.by.department not in holders:
        raise Rejection(
            Reason.OTHER_DEPARTMENT, step=command.unit, department=", ".join(sorted(holders))
        )
    if not command.without_equipment and not command.document.strip():
        raise Rejection(Reason.REASON_MISSING, field="document / without_equipment")
    p.add(
        ev.EquipmentRegistered,
        unit=command.unit,
        document=command.document,
        without_equipment=command.without_equipment,
    )
    advance(p)
