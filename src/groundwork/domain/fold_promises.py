"""How deficiencies, commitments and escalations change a chain."""

from groundwork.domain import events as ev
from groundwork.domain.folding import (
    apply,
    with_commitment,
    with_deficiency,
    with_escalation,
    with_step,
)
from groundwork.domain.model import (
    Appeal,
    AppealState,
    Chain,
    Commitment,
    CommitmentState,
    Deficiency,
    DeficiencyState,
    Escalation,
    EscalationState,
)

# Deficiencies.


@apply.register
def _(event: ev.DeficiencyOpened, chain: Chain) -> Chain:
    deficiency = Deficiency(
        id=event.deficiency,
        step=event.step,
        material=event.material,
        opened_at=event.at,
        cure_by=event.cure_by,
        cure_before=event.cure_before,
        provisional=event.provisional,
    )
    return chain.model_copy(
        update={"deficiencies": {**chain.deficiencies, deficiency.id: deficiency}}
    )


@apply.register
def _(event: ev.CureSubmitted, chain: Chain) -> Chain:
    return with_deficiency(
        chain, event.deficiency, state=DeficiencyState.SUBMITTED, submitted_at=event.at
    )


@apply.register
def _(event: ev.CureConfirmed, chain: Chain) -> Chain:
    return with_deficiency(
        chain, event.deficiency, state=DeficiencyState.CLOSED, closed_at=event.at
    )


@apply.register
def _(event: ev.CureRefused, chain: Chain) -> Chain:
    return with_deficiency(chain, event.deficiency, state=DeficiencyState.OPEN, submitted_at=None)


@apply.register
def _(event: ev.CureExtended, chain: Chain) -> Chain:
    return with_deficiency(
        chain,
        event.deficiency,
        extended=True,
        cure_by=event.cure_by,
        cure_before=event.cure_before,
        provisional=event.provisional,
    )


@apply.register
def _(event: ev.DeficiencyLapsed, chain: Chain) -> Chain:
    return with_deficiency(
        chain, event.deficiency, state=DeficiencyState.LAPSED, closed_at=event.at
    )


@apply.register
def _(event: ev.LapseReversed, chain: Chain) -> Chain:
    chain = with_deficiency(chain, event.deficiency, state=DeficiencyState.OPEN, closed_at=None)
    step = chain.steps[chain.deficiencies[event.deficiency].step]
    if step.cause == event.deficiency and step.prior is not None:
        chain = with_step(chain, step.key, state=step.prior, prior=None, cause=None)
    return chain


@apply.register
def _(event: ev.DeficiencyDropped, chain: Chain) -> Chain:
    return with_deficiency(
        chain, event.deficiency, state=DeficiencyState.DROPPED, closed_at=event.at
    )


@apply.register
def _(event: ev.CureReminded, chain: Chain) -> Chain:
    reminded = (*chain.deficiencies[event.deficiency].reminded, event.days_left)
    return with_deficiency(chain, event.deficiency, reminded=reminded)


# Commitments.


@apply.register
def _(event: ev.CommitmentDrafted, chain: Chain) -> Chain:
    commitment = Commitment(
        id=event.commitment,
        step=event.step,
        obligations=event.obligations,
        third_parties=event.third_parties,
        state=CommitmentState.DRAFT,
        drafted_at=event.at,
    )
    return _with(chain, commitment)


@apply.register
def _(event: ev.CommitmentSigned, chain: Chain) -> Chain:
    drafted = chain.commitments.get(event.commitment)
    signed = Commitment(
        id=event.commitment,
        step=event.step,
        obligations=event.obligations,
        third_parties=drafted.third_parties if drafted else (),
        state=CommitmentState.SIGNED if event.awaits_force else CommitmentState.IN_FORCE,
        drafted_at=drafted.drafted_at if drafted else None,
        signed_at=event.at,
        signature=event.signature,
        due_on=event.due_on,
        due_before=event.due_before,
        provisional=event.provisional,
    )
    return _with(chain, signed)


def _with(chain: Chain, commitment: Commitment) -> Chain:
    return chain.model_copy(
        update={"commitments": {**chain.commitments, commitment.id: commitment}}
    )


@apply.register
def _(event: ev.CommitmentInForce, chain: Chain) -> Chain:
    return with_commitment(chain, event.commitment, state=CommitmentState.IN_FORCE)


@apply.register
def _(event: ev.CommitmentRefused, chain: Chain) -> Chain:
    return with_commitment(
        chain, event.commitment, state=CommitmentState.REFUSED, closed_at=event.at
    )


@apply.register
def _(event: ev.CommitmentReminded, chain: Chain) -> Chain:
    reminded = (*chain.commitments[event.commitment].reminded, event.days_left)
    return with_commitment(chain, event.commitment, reminded=reminded)


@apply.register
def _(event: ev.PerformanceSubmitted, chain: Chain) -> Chain:
    return with_commitment(
        chain,
        event.commitment,
        state=CommitmentState.AWAITING_VERIFICATION,
        performed_at=event.at,
        performance=event.document,
        verify_on=event.verify_on,
        verify_before=event.verify_before,
        unverified=False,
        publish_before=None,
    )


@apply.register
def _(event: ev.CommitmentDue, chain: Chain) -> Chain:
    return with_commitment(
        chain,
        event.commitment,
        state=CommitmentState.AWAITING_VERIFICATION,
        verify_on=event.verify_on,
        verify_before=event.verify_before,
        publish_before=event.publish_before,
    )


@apply.register
def _(event: ev.VerificationMissed, chain: Chain) -> Chain:
    return with_commitment(chain, event.commitment, unverified=True)


@apply.register
def _(event: ev.CommitmentFulfilled, chain: Chain) -> Chain:
    return with_commitment(
        chain,
        event.commitment,
        state=CommitmentState.FULFILLED,
        outcome=CommitmentState.FULFILLED,
        officers=event.officers,
        closed_at=event.at,
    )


@apply.register
def _(event: ev.RectificationOrdered, chain: Chain) -> Chain:
    return with_commitment(
        chain,
        event.commitment,
        state=CommitmentState.RECTIFYING,
        rectify_since=event.at,
        due_on=event.due_on,
        due_before=event.due_before,
        provisional=event.provisional,
        officers=event.officers,
        performed_at=None,
        reminded=(),
        verify_on=None,
        verify_before=None,
        publish_before=None,
        unverified=False,
    )


@apply.register
def _(event: ev.CommitmentBreached, chain: Chain) -> Chain:
    return with_commitment(
        chain,
        event.commitment,
        state=CommitmentState.BREACHED,
        outcome=CommitmentState.BREACHED,
        breach=event.kind,
        officers=event.officers,
        closed_at=event.at,
    )


@apply.register
def _(event: ev.BreachReversed, chain: Chain) -> Chain:
    commitment = chain.commitments[event.commitment]
    state = CommitmentState.AWAITING_VERIFICATION
    if commitment.rectified:
        state = CommitmentState.RECTIFYING
    chain = with_commitment(
        chain, commitment.id, state=state, outcome=None, breach=None, closed_at=None
    )
    step = chain.steps[commitment.step]
    if step.cause == commitment.id and step.prior is not None:
        chain = with_step(chain, step.key, state=step.prior, prior=None, cause=None)
    return chain


@apply.register
def _(event: ev.CommitmentArchived, chain: Chain) -> Chain:
    return with_commitment(chain, event.commitment, state=CommitmentState.ARCHIVED)


@apply.register
def _(event: ev.CommitmentDropped, chain: Chain) -> Chain:
    return with_commitment(
        chain, event.commitment, state=CommitmentState.DROPPED, closed_at=event.at
    )


# Escalations.


@apply.register
def _(event: ev.EscalationFired, chain: Chain) -> Chain:
    escalation = Escalation(
        id=event.escalation,
        step=event.step,
        level=event.level,
        rung=event.rung,
        light=event.light,
        at=event.at,
        recipients=event.recipients,
        answer_by=event.answer_by,
        supervision_order=event.supervision_order,
        human_decides=event.human_decides,
        answer_before=event.answer_before,
        unanswered=event.unanswered,
        appeal_by=event.appeal_by,
        appeal_before=event.appeal_before,
        because=event.because,
    )
    chain = chain.model_copy(
        update={"escalations": {**chain.escalations, escalation.id: escalation}}
    )
    return with_step(chain, event.step, level=event.level, light=event.light)


@apply.register
def _(event: ev.EscalationAcknowledged, chain: Chain) -> Chain:
    return with_escalation(
        chain,
        event.escalation,
        state=EscalationState.ACKNOWLEDGED,
        answer=event.answer,
        answered_by=event.by.id,
        answered_at=event.at,
    )


@apply.register
def _(event: ev.AnswerOverdue, chain: Chain) -> Chain:
    return with_escalation(chain, event.escalation, answer_overdue=True)


@apply.register
def _(event: ev.AnswerOverdueReversed, chain: Chain) -> Chain:
    return with_escalation(chain, event.escalation, answer_overdue=False)


@apply.register
def _(event: ev.EscalationAppealed, chain: Chain) -> Chain:
    appeal = Appeal(reason=event.reason, by=event.by.id, at=event.at)
    return with_escalation(chain, event.escalation, appeal=appeal)


@apply.register
def _(event: ev.EscalationUpheld, chain: Chain) -> Chain:
    return with_escalation(
        chain, event.escalation, appeal=_decided(event, chain, AppealState.DISMISSED)
    )


@apply.register
def _(event: ev.EscalationAnnulled, chain: Chain) -> Chain:
    return with_escalation(
        chain,
        event.escalation,
        state=EscalationState.ANNULLED,
        annulled_for=event.reason,
        appeal=_decided(event, chain, AppealState.GRANTED),
    )


def _decided(
    event: ev.EscalationUpheld | ev.EscalationAnnulled, chain: Chain, state: AppealState
) -> Appeal | None:
    """The card's appeal as this event decides it, if one is pending."""
    appeal = chain.escalations[event.escalation].appeal
    if appeal is None or appeal.state is not AppealState.PENDING:
        return appeal
    return appeal.model_copy(
        update={
            "state": state,
            "decided_by": event.by.id,
            "decided_at": event.at,
            "decision": event.reason,
        }
    )


@apply.register
def _(event: ev.EscalationReversed, chain: Chain) -> Chain:
    chain = with_escalation(chain, event.escalation, state=EscalationState.REVERSED)
    step = chain.escalations[event.escalation].step
    return with_step(chain, step, level=event.level, light=event.light)


@apply.register
def _(event: ev.ReferralDecided, chain: Chain) -> Chain:
    return with_escalation(
        chain,
        event.escalation,
        state=EscalationState.ACKNOWLEDGED,
        referred=event.referred,
        answer=event.reason,
        answered_by=event.by.id,
        answered_at=event.at,
    )
