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


# Commitments.


@apply.register
def _(event: ev.CommitmentSigned, chain: Chain) -> Chain:
    commitment = Commitment(
        id=event.commitment,
        step=event.step,
        obligations=event.obligations,
        signed_at=event.at,
        due_on=event.due_on,
        due_before=event.due_before,
        provisional=event.provisional,
    )
    return chain.model_copy(
        update={"commitments": {**chain.commitments, commitment.id: commitment}}
    )


@apply.register
def _(event: ev.CommitmentDue, chain: Chain) -> Chain:
    return with_commitment(chain, event.commitment, state=CommitmentState.AWAITING_VERIFICATION)


@apply.register
def _(event: ev.CommitmentFulfilled, chain: Chain) -> Chain:
    return with_commitment(
        chain, event.commitment, state=CommitmentState.FULFILLED, closed_at=event.at
    )


@apply.register
def _(event: ev.RectificationOrdered, chain: Chain) -> Chain:
    return with_commitment(
        chain,
        event.commitment,
        state=CommitmentState.RECTIFYING,
        due_on=event.due_on,
        due_before=event.due_before,
        provisional=event.provisional,
        rectify_from=event.at,
    )


@apply.register
def _(event: ev.CommitmentBreached, chain: Chain) -> Chain:
    return with_commitment(
        chain, event.commitment, state=CommitmentState.BREACHED, closed_at=event.at
    )


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
    )
    chain = chain.model_copy(
        update={"escalations": {**chain.escalations, escalation.id: escalation}}
    )
    return with_step(chain, event.step, level=event.level, light=event.light)


@apply.register
def _(event: ev.EscalationAcknowledged, chain: Chain) -> Chain:
    return with_escalation(
        chain, event.escalation, state=EscalationState.ACKNOWLEDGED, answer=event.answer
    )


@apply.register
def _(event: ev.EscalationAnnulled, chain: Chain) -> Chain:
    return with_escalation(chain, event.escalation, state=EscalationState.ANNULLED)


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
    )
