"""Deficiencies (容缺): what may follow later, by when, and what follows if it does not."""

from groundwork.domain import commands as cmd
from groundwork.domain import events as ev
from groundwork.domain.aftermath import GRANTED
from groundwork.domain.crediting import record_lapse
from groundwork.domain.definition import Limit, Material, StepDefinition
from groundwork.domain.flow import advance
from groundwork.domain.model import (
    RUNNING,
    Commitment,
    Deficiency,
    DeficiencyState,
    StepState,
)
from groundwork.domain.policy import authorise
from groundwork.domain.proceedings import Proceedings
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.rules import Rules


def open_deficiency(p: Proceedings, key: str, material: Material) -> None:
    """Tolerate a lacking material and tell by when it must follow."""
    if material.cure is None:
        raise ValueError(f"material {material.id} may not be lacking")
    due = p.rules.window(p.at, material.cure, key)
    p.add(
        ev.DeficiencyOpened,
        step=key,
        deficiency=fresh_id(f"{key}-{material.id}", p.chain.deficiencies),
        material=material.id,
        cure_by=due.on,
        cure_before=due.moment,
        provisional=due.provisional,
        basis=material.cure.source,
    )


def fresh_id(stem: str, taken: dict[str, Deficiency] | dict[str, Commitment]) -> str:
    """An id that nothing of its kind has had: `-r2` for the second of a stem, and so on."""
    number = sum(1 for one in taken if one == stem or one.startswith(f"{stem}-r"))
    return f"{stem}-r{number + 1}" if number else stem


def _deficiency(p: Proceedings, deficiency_id: str) -> tuple[Deficiency, StepDefinition]:
    deficiency = p.chain.deficiencies.get(deficiency_id)
    if deficiency is None:
        raise Rejection(Reason.UNKNOWN_DEFICIENCY, deficiency=deficiency_id)
    return deficiency, p.rules.step(deficiency.step)


def _require(p: Proceedings, one: Deficiency, action: str, *states: DeficiencyState) -> None:
    if one.state is DeficiencyState.LAPSED and DeficiencyState.LAPSED not in states:
        raise Rejection(Reason.CURE_TOO_LATE, deficiency=one.id, cure_by=one.cure_by.isoformat())
    if one.state not in states:
        needed = ", ".join(state.value for state in states)
        raise Rejection(
            Reason.WRONG_STATE, step=one.id, state=one.state.value, action=action, needed=needed
        )


def submit_cure(p: Proceedings, command: cmd.SubmitCure) -> None:
    """Take in the lacking material; one received in time undoes a lapse recorded before."""
    deficiency, definition = _deficiency(p, command.deficiency)
    authorise(p.by, command.type, definition)
    p.undo_lapses(deficiency.step)
    deficiency = p.chain.deficiencies[deficiency.id]
    _require(p, deficiency, command.type, DeficiencyState.OPEN)
    p.add(ev.CureSubmitted, deficiency=deficiency.id, document=command.document)


def confirm_cure(p: Proceedings, command: cmd.ConfirmCure) -> None:
    """Close a deficiency; only the owner of the item can."""
    deficiency, definition = _deficiency(p, command.deficiency)
    authorise(p.by, command.type, definition)
    _require(p, deficiency, command.type, DeficiencyState.SUBMITTED)
    p.add(ev.CureConfirmed, deficiency=deficiency.id)
    advance(p)


def refuse_cure(p: Proceedings, command: cmd.RefuseCure) -> None:
    """Send a cure back; the term runs on."""
    deficiency, definition = _deficiency(p, command.deficiency)
    authorise(p.by, command.type, definition)
    _require(p, deficiency, command.type, DeficiencyState.SUBMITTED)
    p.add(ev.CureRefused, deficiency=deficiency.id, reason=command.reason)


def extend_cure(p: Proceedings, command: cmd.ExtendCure) -> None:
    """Prolong a cure's term once, by the definition's share of it, counted from its opening."""
    deficiency, definition = _deficiency(p, command.deficiency)
    authorise(p.by, command.type, definition)
    p.undo_lapses(deficiency.step)
    deficiency = p.chain.deficiencies[deficiency.id]
    _require(p, deficiency, command.type, DeficiencyState.OPEN)
    if deficiency.extended:
        raise Rejection(Reason.ALREADY_EXTENDED, step=deficiency.id)
    limit = cure_limit(p.rules, deficiency.model_copy(update={"extended": True}))
    due = p.rules.window(deficiency.opened_at, limit, deficiency.step)
    p.add(
        ev.CureExtended,
        deficiency=deficiency.id,
        reason=command.reason,
        cure_by=due.on,
        cure_before=due.moment,
        provisional=due.provisional,
        basis=p.rules.definition.windows.cure_extension_source,
    )


def cure_limit(rules: Rules, deficiency: Deficiency) -> Limit:
    """The term of a cure, counted from the deficiency's opening; longer once it is extended."""
    material = rules.step(deficiency.step).material(deficiency.material)
    if material is None or material.cure is None:
        raise ValueError(f"step {deficiency.step} may not lack {deficiency.material}")
    if not deficiency.extended:
        return material.cure
    percent = 100 + rules.definition.windows.cure_extension_percent
    longer = -(-material.cure.amount * percent // 100)  # rounded up, in whole numbers
    return material.cure.model_copy(update={"amount": longer})


def lapse(p: Proceedings, deficiency_id: str) -> None:
    """Let a deficiency lapse: an undecided step goes back, a granted one to re-check."""
    p.add(ev.DeficiencyLapsed, deficiency=deficiency_id)
    step = p.chain.steps[p.chain.deficiencies[deficiency_id].step]
    if step.state in RUNNING | {StepState.STOPPED}:
        # A cure refused in time but processed late lapses late: nothing climbed on a returned step.
        p.undo_later_escalations(step.key)
        p.add(ev.StepReturned, step=step.key, cause=deficiency_id)
    elif step.state in GRANTED:
        p.add(ev.RecheckOrdered, step=step.key, cause=deficiency_id)
        record_lapse(p, deficiency_id)
    else:
        advance(p)


def remind(p: Proceedings, deficiency_id: str, days_left: int) -> None:
    """Remind the applicant that a cure is due in so many days."""
    p.add(ev.CureReminded, deficiency=deficiency_id, days_left=days_left)
