"""Deficiencies and commitments: what was promised, by when, and what follows if it is not kept."""

from datetime import datetime

from groundwork.domain import commands as cmd
from groundwork.domain import events as ev
from groundwork.domain.definition import Limit, Material, Mode, StepDefinition
from groundwork.domain.flow import advance
from groundwork.domain.model import (
    RUNNING,
    Chain,
    Commitment,
    CommitmentState,
    Deficiency,
    DeficiencyState,
    Step,
    StepState,
)
from groundwork.domain.policy import authorise
from groundwork.domain.proceedings import Proceedings
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.rules import Rules
from groundwork.domain.views import open_commitments, open_deficiencies

_GRANTED = frozenset({StepState.PASSED, StepState.PASSED_WITH_TOLERANCE})


def drop_promises(p: Proceedings, key: str) -> None:
    """Close what a step still has open because the step itself ended or starts afresh."""
    for deficiency in open_deficiencies(p.chain, key):
        p.add(ev.DeficiencyDropped, deficiency=deficiency)
    for commitment in open_commitments(p.chain, key):
        p.add(ev.CommitmentDropped, commitment=commitment)


def open_deficiency(p: Proceedings, key: str, material: Material) -> None:
    """Tolerate a lacking material and tell by when it must follow."""
    if material.cure is None:
        raise ValueError(f"material {material.id} may not be lacking")
    due = p.rules.window(p.at, material.cure, key)
    p.add(
        ev.DeficiencyOpened,
        step=key,
        deficiency=_fresh_id(f"{key}-{material.id}", p.chain.deficiencies),
        material=material.id,
        cure_by=due.on,
        cure_before=due.moment,
        provisional=due.provisional,
        basis=material.cure.source,
    )


def _fresh_id(stem: str, taken: dict[str, Deficiency] | dict[str, Commitment]) -> str:
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
        p.add(ev.StepReturned, step=step.key, cause=deficiency_id)
    elif step.state in _GRANTED:
        p.add(ev.RecheckOrdered, step=step.key, cause=deficiency_id)
    else:
        advance(p)


def sign_commitment(p: Proceedings, command: cmd.SignCommitment) -> None:
    """Sign the commitment of a step in commitment mode: before it is accepted, or decided if it
    was accepted by silence."""
    step, definition = p.step(command.step), p.definition(command.step)
    authorise(p.by, command.type, definition)
    if step.mode is not Mode.COMMITMENT:
        raise Rejection(
            Reason.WRONG_STATE,
            step=step.key,
            state=step.mode.value,
            action=command.type,
            needed=Mode.COMMITMENT.value,
        )
    if already := signed_commitments(p.chain, step):
        raise Rejection(Reason.COMMITMENT_EXISTS, step=step.key, commitment=already[0])
    p.require(step, command.type, StepState.RECEIVED, StepState.CORRECTED, *RUNNING)
    limit = commitment_limit(p.rules, step.key, p.at)
    due = p.rules.window(p.at, limit, step.key)
    p.add(
        ev.CommitmentSigned,
        step=step.key,
        commitment=_fresh_id(f"{step.key}-commitment", p.chain.commitments),
        obligations=command.obligations,
        due_on=due.on,
        due_before=due.moment,
        provisional=due.provisional,
        basis=limit.source,
    )


def signed_commitments(chain: Chain, step: Step) -> list[str]:
    """Ids of the commitments signed for the application at hand, kept or still to be kept."""
    void = {CommitmentState.DROPPED, CommitmentState.BREACHED}
    return [
        commitment.id
        for commitment in chain.commitments.values()
        if commitment.step == step.key
        and commitment.state not in void
        and step.received_at is not None
        and commitment.signed_at >= step.received_at
    ]


def commitment_limit(rules: Rules, key: str, signed_at: datetime) -> Limit:
    """The longest cure of a material that the commitment replaces, else the general term."""
    cures = [one.cure for one in rules.step(key).materials if one.cure is not None]
    general = rules.definition.windows.commitment_verification
    return max(cures, key=lambda cure: rules.window(signed_at, cure, key).moment, default=general)


def verify_commitment(p: Proceedings, command: cmd.VerifyCommitment) -> None:
    """Record the verification: fulfilled, to be rectified by a day, or broken."""
    commitment = p.chain.commitments.get(command.commitment)
    if commitment is None:
        raise Rejection(Reason.UNKNOWN_COMMITMENT, commitment=command.commitment)
    authorise(p.by, command.type, p.rules.step(commitment.step))
    if commitment.id not in open_commitments(p.chain):
        raise Rejection(
            Reason.WRONG_STATE,
            step=commitment.id,
            state=commitment.state.value,
            action=command.type,
            needed=CommitmentState.AWAITING_VERIFICATION.value,
        )
    if command.outcome is cmd.VerificationOutcome.FULFILLED:
        p.add(ev.CommitmentFulfilled, commitment=commitment.id)
        advance(p)
        return
    if not command.reason.strip():
        raise Rejection(Reason.REASON_MISSING, field="reason")
    rectified_before = commitment.state is CommitmentState.RECTIFYING
    if command.outcome is cmd.VerificationOutcome.BREACHED or rectified_before:
        breach(p, commitment.id, command.reason)
    else:
        _order_rectification(p, commitment, command.reason)


def _order_rectification(p: Proceedings, commitment: Commitment, reason: str) -> None:
    limit = p.rules.definition.windows.rectification
    due = p.rules.window(p.at, limit, commitment.step)
    p.add(
        ev.RectificationOrdered,
        commitment=commitment.id,
        reason=reason,
        due_on=due.on,
        due_before=due.moment,
        provisional=due.provisional,
        basis=limit.source,
    )


def breach(p: Proceedings, commitment_id: str, reason: str) -> None:
    """Break a commitment: what was granted on it goes to re-check."""
    p.add(ev.CommitmentBreached, commitment=commitment_id, reason=reason)
    step = p.chain.steps[p.chain.commitments[commitment_id].step]
    if step.state in _GRANTED:
        p.add(ev.RecheckOrdered, step=step.key, cause=commitment_id)
    elif step.state in RUNNING | {StepState.STOPPED}:
        p.add(ev.StepReturned, step=step.key, cause=commitment_id)
