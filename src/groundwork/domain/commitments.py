"""Commitments (告知承诺): told, signed, kept or broken, and what follows.

Where a definition has promise terms, a commitment begins with the notice and the letter, is in
force once credit stands in no way, and ends archived. Where it has none, signing is enough.
"""

from datetime import datetime, timedelta

from groundwork.domain import commands as cmd
from groundwork.domain import events as ev
from groundwork.domain.aftermath import GRANTED, annul_step
from groundwork.domain.clock import Due
from groundwork.domain.crediting import ask_credit, asked_for, record_breach, unanswered
from groundwork.domain.deficiencies import fresh_id
from groundwork.domain.definition import (
    BreachKind,
    CommitmentNotice,
    Consequence,
    Limit,
    Mode,
    PromiseTerms,
)
from groundwork.domain.facts import CreditOccasion
from groundwork.domain.flow import advance
from groundwork.domain.model import (
    RUNNING,
    Chain,
    Commitment,
    CommitmentState,
    Step,
    StepState,
)
from groundwork.domain.policy import authorise
from groundwork.domain.proceedings import Proceedings
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.rules import Rules
from groundwork.domain.views import open_commitments

RECTIFICATION_OVER = "逾期未完成整改"
NEVER_REPORTED = "逾期未履行承诺"
_SIGNABLE = (StepState.RECEIVED, StepState.CORRECTED, *RUNNING)
_UNSIGNED = frozenset({CommitmentState.DRAFT, CommitmentState.SIGNED, CommitmentState.REFUSED})
_VOID = frozenset({CommitmentState.DROPPED, CommitmentState.BREACHED, *_UNSIGNED})
_TO_BE_KEPT = (
    CommitmentState.IN_FORCE,
    CommitmentState.AWAITING_VERIFICATION,
    CommitmentState.RECTIFYING,
)


def of_step(chain: Chain, step: Step, *states: CommitmentState) -> list[Commitment]:
    """The commitments of a step that are in one of the states."""
    return [
        one for one in chain.commitments.values() if one.step == step.key and one.state in states
    ]


def signed_commitments(chain: Chain, step: Step) -> list[str]:
    """Ids of the commitments in force for the application at hand, kept or still to be kept."""
    return [
        one.id
        for one in chain.commitments.values()
        if one.step == step.key
        and one.state not in _VOID
        and one.outcome is not CommitmentState.BREACHED
        and step.received_at is not None
        and one.signed_at is not None
        and one.signed_at >= step.received_at
    ]


def require_in_force(p: Proceedings, step: Step) -> None:
    """Go on only if the step's commitment binds. Raises Rejection otherwise."""
    if signed_commitments(p.chain, step):
        return
    for letter in of_step(p.chain, step, CommitmentState.SIGNED):
        raise unanswered(asked_for(p.chain).get(letter.id), step)
    raise Rejection(Reason.COMMITMENT_UNSIGNED, step=step.key)


def draft_commitment(p: Proceedings, command: cmd.DraftCommitment) -> None:
    """Give the notice and draw up the letter; an earlier draft gives way."""
    step, definition = p.step(command.step), p.definition(command.step)
    authorise(p.by, command.type, definition)
    _require_open_to_signing(p, step, command.type)
    notice = definition.commitment
    obligations = command.obligations or told(notice)
    if not obligations:
        raise Rejection(Reason.REASON_MISSING, field="obligations")
    for draft in of_step(p.chain, step, CommitmentState.DRAFT):
        p.add(ev.CommitmentDropped, commitment=draft.id)
    p.add(
        ev.CommitmentDrafted,
        step=step.key,
        commitment=fresh_id(f"{step.key}-commitment", p.chain.commitments),
        obligations=obligations,
        third_parties=tuple(code.strip().upper() for code in command.third_parties),
        basis=notice.basis if notice else "",
    )


def told(notice: CommitmentNotice | None) -> tuple[str, ...]:
    """The conditions that a notice tells, each in both languages, as a letter undertakes them."""
    return tuple(f"{one.zh} · {one.en}" for one in notice.conditions) if notice else ()


def _require_open_to_signing(p: Proceedings, step: Step, action: str) -> None:
    if step.mode is not Mode.COMMITMENT:
        raise Rejection(
            Reason.WRONG_STATE,
            step=step.key,
            state=step.mode.value,
            action=action,
            needed=Mode.COMMITMENT.value,
        )
    pending = [one.id for one in of_step(p.chain, step, CommitmentState.SIGNED)]
    if already := signed_commitments(p.chain, step) + pending:
        raise Rejection(Reason.COMMITMENT_EXISTS, step=step.key, commitment=already[0])
    p.require(step, action, *_SIGNABLE)


def sign_commitment(p: Proceedings, command: cmd.SignCommitment) -> None:
    """Sign the commitment of a step in commitment mode: before it is accepted, or decided if it
    was accepted by silence."""
    step, definition = p.step(command.step), p.definition(command.step)
    authorise(p.by, command.type, definition)
    _require_open_to_signing(p, step, command.type)
    letter = next(iter(of_step(p.chain, step, CommitmentState.DRAFT)), None)
    obligations = _what_is_signed(p, step, command, letter)
    limit = commitment_limit(p.rules, step.key, p.at)
    due = p.rules.window(p.at, limit, step.key)
    commitment = letter.id if letter else fresh_id(f"{step.key}-commitment", p.chain.commitments)
    awaits = p.rules.definition.credit is not None
    p.add(
        ev.CommitmentSigned,
        step=step.key,
        commitment=commitment,
        obligations=obligations,
        due_on=due.on,
        due_before=due.moment,
        provisional=due.provisional,
        signature=command.signature,
        awaits_force=awaits,
        basis=limit.source,
    )
    if awaits:
        third_parties = letter.third_parties if letter else ()
        ask_credit(
            p, CreditOccasion.SIGNING, step.key, commitment=commitment, besides=third_parties
        )


def _what_is_signed(
    p: Proceedings, step: Step, command: cmd.SignCommitment, letter: Commitment | None
) -> tuple[str, ...]:
    """The obligations of the letter or, where nobody has to draw one up, those of the command."""
    if letter is None and p.rules.definition.promises is not None:
        raise Rejection(Reason.LETTER_MISSING, step=step.key)
    if letter is None:
        if not command.obligations:
            raise Rejection(Reason.REASON_MISSING, field="obligations")
        return command.obligations
    if command.obligations and command.obligations != letter.obligations:
        raise Rejection(Reason.LETTER_DIFFERS, step=step.key, commitment=letter.id)
    return letter.obligations


def commitment_limit(rules: Rules, key: str, at: datetime) -> Limit:
    """The term that the notice names; else the longest cure of a material that the commitment
    replaces, else the general term."""
    definition = rules.step(key)
    if definition.commitment is not None and definition.commitment.limit is not None:
        return definition.commitment.limit
    cures = [material.cure for material in definition.materials if material.cure is not None]
    general = rules.definition.windows.commitment_verification
    return max(cures, key=lambda cure: rules.window(at, cure, key).moment, default=general)


def verification_term(rules: Rules, commitment: Commitment) -> Due | None:
    """Within what a reported or expired commitment is verified; None where no term is set."""
    terms = rules.definition.promises
    if terms is None or commitment.verify_before is None or commitment.due_before is None:
        return None
    # An expired one counts from its last day, which ended at 24:00.
    began = commitment.performed_at or commitment.due_before - timedelta.resolution
    return rules.window(began, terms.verification, commitment.step)


def remind(p: Proceedings, commitment_id: str, days_left: int) -> None:
    """Remind the enterprise that a commitment is due in so many days."""
    p.add(ev.CommitmentReminded, commitment=commitment_id, days_left=days_left)


def fall_due(p: Proceedings, commitment_id: str) -> None:
    """End the term of a commitment: it is to be verified, and broken if nobody reports."""
    terms = p.rules.definition.promises
    if terms is None:
        p.add(ev.CommitmentDue, commitment=commitment_id)
        return
    step = p.chain.commitments[commitment_id].step
    verify = _from_last_day(p, terms.verification, step)
    publish = _from_last_day(p, terms.publication, step)
    p.add(
        ev.CommitmentDue,
        commitment=commitment_id,
        verify_on=verify.on,
        verify_before=verify.moment,
        publish_before=publish.moment,
        basis=terms.publication.source,
    )


def _from_last_day(p: Proceedings, limit: Limit, key: str) -> Due:
    """A term that begins with the last day of another one, which ends now, at 24:00."""
    return p.rules.window(p.at - p.at.resolution, limit, key)


def miss_verification(p: Proceedings, commitment_id: str) -> None:
    """Note that nobody verified a commitment in time."""
    terms = p.rules.definition.promises
    basis = terms.verification.source if terms else ""
    p.add(ev.VerificationMissed, commitment=commitment_id, basis=basis)


def submit_performance(p: Proceedings, command: cmd.SubmitPerformance) -> None:
    """Take in the report that a commitment is kept; one received in time undoes a later breach."""
    commitment = _find(p, command.commitment)
    authorise(p.by, command.type, p.rules.step(commitment.step))
    commitment = _undo_breach(p, commitment)
    if commitment.state not in _TO_BE_KEPT or commitment.performed_at is not None:
        needed = ", ".join(state.value for state in _TO_BE_KEPT)
        raise _wrong_state(commitment, command.type, needed)
    terms = p.rules.definition.promises
    verify = p.rules.window(p.at, terms.verification, commitment.step) if terms else None
    p.add(
        ev.PerformanceSubmitted,
        commitment=commitment.id,
        document=command.document,
        verify_on=verify.on if verify else None,
        verify_before=verify.moment if verify else None,
    )


def _undo_breach(p: Proceedings, commitment: Commitment) -> Commitment:
    """Undo what lapse of time alone broke after this command was received.

    People's later acts stand: nothing is undone once the step was handed in again or its re-check
    is concluded.
    """
    broken_at = commitment.publish_before
    if commitment.state is not CommitmentState.RECTIFYING and commitment.rectified:
        broken_at = commitment.due_before
    by_time = (
        commitment.outcome is CommitmentState.BREACHED
        and not commitment.officers
        and broken_at is not None
        and commitment.closed_at == broken_at
    )
    step = p.chain.steps[commitment.step]
    untouched = step.state in {StepState.RECHECK, StepState.RETURNED}
    if not by_time or broken_at is None or p.at >= broken_at:
        return commitment
    if not untouched or step.cause != commitment.id:
        return commitment
    p.add(ev.BreachReversed, commitment=commitment.id)
    p.take_back(commitment.id)
    return p.chain.commitments[commitment.id]


def verify_commitment(p: Proceedings, command: cmd.VerifyCommitment) -> None:
    """Record the verification: fulfilled, to be rectified by a day, or broken."""
    commitment = _find(p, command.commitment)
    authorise(p.by, command.type, p.rules.step(commitment.step))
    verifiable = commitment.state in _TO_BE_KEPT
    if not verifiable or commitment.id not in open_commitments(p.chain):
        raise _wrong_state(commitment, command.type, CommitmentState.AWAITING_VERIFICATION.value)
    officers = _require_officers(p, command)
    if command.outcome is cmd.VerificationOutcome.FULFILLED:
        p.add(ev.CommitmentFulfilled, commitment=commitment.id, officers=officers)
        if p.rules.definition.promises is not None:
            p.add(ev.CommitmentArchived, commitment=commitment.id)
        advance(p)
        return
    if not command.reason.strip():
        raise Rejection(Reason.REASON_MISSING, field="reason")
    if command.outcome is cmd.VerificationOutcome.BREACHED or commitment.rectified:
        kind = _kind_of_breach(p, commitment, command)
        breach(p, commitment.id, command.reason, kind, officers)
    else:
        _order_rectification(p, commitment, command.reason, officers)


def _require_officers(p: Proceedings, command: cmd.VerifyCommitment) -> tuple[str, ...]:
    """The officers who verified: as many as the terms want (《行政许可法》第三十四条)."""
    officers = tuple(dict.fromkeys(command.officers))
    terms = p.rules.definition.promises
    if terms is not None and len(officers) < terms.officers:
        raise Rejection(
            Reason.OFFICERS_MISSING, needed=terms.officers, named=", ".join(officers) or "—"
        )
    return officers


def _kind_of_breach(
    p: Proceedings, commitment: Commitment, command: cmd.VerifyCommitment
) -> BreachKind | None:
    if command.breach is not None or p.rules.definition.promises is None:
        return command.breach
    if command.outcome is not cmd.VerificationOutcome.BREACHED and commitment.rectified:
        return BreachKind.NON_CONFORMING
    raise Rejection(Reason.REASON_MISSING, field="breach")


def _order_rectification(
    p: Proceedings, commitment: Commitment, reason: str, officers: tuple[str, ...]
) -> None:
    limit = p.rules.definition.windows.rectification
    due = p.rules.window(p.at, limit, commitment.step)
    p.add(
        ev.RectificationOrdered,
        commitment=commitment.id,
        reason=reason,
        due_on=due.on,
        due_before=due.moment,
        provisional=due.provisional,
        officers=officers,
        basis=limit.source,
    )


def breach(
    p: Proceedings,
    commitment_id: str,
    reason: str,
    kind: BreachKind | None = None,
    officers: tuple[str, ...] = (),
) -> None:
    """Break a commitment: what was granted on it is annulled or goes to re-check, as the terms
    say for that kind of breach; it goes on the credit record."""
    terms = p.rules.definition.promises
    p.add(
        ev.CommitmentBreached,
        commitment=commitment_id,
        reason=reason,
        kind=kind if terms else None,
        officers=officers,
        basis=terms.consequences_source if terms else "",
    )
    step = p.chain.steps[p.chain.commitments[commitment_id].step]
    if step.state in GRANTED:
        if consequence(terms, kind) is Consequence.ANNUL:
            annul_step(p, step.key, reason)
        else:
            p.add(ev.RecheckOrdered, step=step.key, cause=commitment_id)
    elif step.state in {*RUNNING, StepState.STOPPED}:
        p.add(ev.StepReturned, step=step.key, cause=commitment_id)
    if terms is not None and kind is not None and not record_breach(p, commitment_id, kind):
        p.add(ev.CommitmentArchived, commitment=commitment_id)


def consequence(terms: PromiseTerms | None, kind: BreachKind | None) -> Consequence:
    """What a breach of that kind does to the decision; a re-check where nothing else is said."""
    if terms is None or kind is None:
        return Consequence.RECHECK
    return terms.consequences.get(kind, Consequence.RECHECK)


def _find(p: Proceedings, commitment_id: str) -> Commitment:
    commitment = p.chain.commitments.get(commitment_id)
    if commitment is None:
        raise Rejection(Reason.UNKNOWN_COMMITMENT, commitment=commitment_id)
    return commitment


def _wrong_state(commitment: Commitment, action: str, needed: str) -> Rejection:
    return Rejection(
        Reason.WRONG_STATE,
        step=commitment.id,
        state=commitment.state.value,
        action=action,
        needed=needed,
    )
