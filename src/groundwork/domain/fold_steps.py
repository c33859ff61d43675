"""How events of the chain as a whole and of its steps change it."""

from groundwork.domain import events as ev
from groundwork.domain.calendar import local_date
from groundwork.domain.clock import Clock
from groundwork.domain.folding import apply, with_deficiency, with_step
from groundwork.domain.model import (
    OPEN,
    Chain,
    ChainState,
    Correction,
    Decision,
    DecisionResult,
    Extension,
    Light,
    Step,
    StepState,
)

_DECIDED = {
    DecisionResult.PASS: StepState.PASSED,
    DecisionResult.PASS_WITH_TOLERANCE: StepState.PASSED_WITH_TOLERANCE,
    DecisionResult.FAIL: StepState.FAILED,
}

# The chain as a whole.


@apply.register
def _(event: ev.ChainCompleted, chain: Chain) -> Chain:
    return chain.model_copy(update={"state": ChainState.COMPLETED, "finished_at": event.at})


@apply.register
def _(event: ev.ChainWithdrawn, chain: Chain) -> Chain:
    return _ended(chain, event, ChainState.WITHDRAWN, StepState.WITHDRAWN, event.reason)


@apply.register
def _(event: ev.ChainTerminated, chain: Chain) -> Chain:
    return _ended(chain, event, ChainState.TERMINATED, StepState.TERMINATED, event.reason)


def _ended(
    chain: Chain, event: ev.Event, state: ChainState, step_state: StepState, reason: str
) -> Chain:
    undecided = OPEN | {StepState.WAITING}
    steps = {
        key: step.model_copy(update={"state": step_state}) if step.state in undecided else step
        for key, step in chain.steps.items()
    }
    changes = {"state": state, "finished_at": event.at, "ending": reason, "steps": steps}
    return chain.model_copy(update=changes)


@apply.register
def _(event: ev.PreReviewConverted, chain: Chain) -> Chain:
    for key in event.steps:
        decision = chain.steps[key].decision
        if decision is not None:
            effective = decision.model_copy(update={"legal_effect": True})
            chain = with_step(chain, key, decision=effective)
    return chain.model_copy(update={"converted_at": event.at})


# From ready to accepted.


@apply.register
def _(event: ev.StepReady, chain: Chain) -> Chain:
    return with_step(chain, event.step, state=StepState.READY, ready_at=event.at)


@apply.register
def _(event: ev.ModeChosen, chain: Chain) -> Chain:
    return with_step(chain, event.step, mode=event.mode)


@apply.register
def _(event: ev.StepReceived, chain: Chain) -> Chain:
    before = chain.steps[event.step]
    fresh = Step(
        key=before.key,
        state=StepState.RECEIVED,
        mode=before.mode,
        attempt=before.attempt + 1,
        ready_at=before.ready_at,
        received_at=event.at,
        accept_by=event.accept_by,
        materials=event.materials,
        promised=event.promised,
        light=Light.GREEN,
        assignee=before.assignee,
    )
    return chain.model_copy(update={"steps": {**chain.steps, event.step: fresh}})


@apply.register
def _(event: ev.CorrectionRequested, chain: Chain) -> Chain:
    correction = Correction(requested_at=event.at, items=event.items)
    return with_step(
        chain, event.step, state=StepState.CORRECTION, correction=correction, accept_by=None
    )


@apply.register
def _(event: ev.CorrectionSubmitted, chain: Chain) -> Chain:
    step = chain.steps[event.step]
    correction = step.correction
    if correction is not None:
        correction = correction.model_copy(update={"submitted_at": event.at})
    return with_step(
        chain,
        event.step,
        state=StepState.CORRECTED,
        correction=correction,
        materials=tuple(dict.fromkeys(step.materials + event.materials)),
        accept_by=event.accept_by,
    )


@apply.register
def _(event: ev.AcceptanceRefused, chain: Chain) -> Chain:
    return with_step(
        chain, event.step, state=StepState.NOT_ACCEPTED, cause=event.reason, accept_by=None
    )


@apply.register
def _(event: ev.StepAccepted, chain: Chain) -> Chain:
    clock = None
    if event.limit is not None:
        clock = Clock(started=event.accepted_at, limit=event.limit)
    step = chain.steps[event.step]
    return with_step(
        chain,
        event.step,
        state=StepState.ACCEPTED,
        prior=step.state,
        accepted_at=event.accepted_at,
        accepted_by_silence=event.by_silence,
        clock=clock,
        due_on=event.due_on,
        due_provisional=event.due_provisional,
    )


@apply.register
def _(event: ev.AcceptanceReversed, chain: Chain) -> Chain:
    step = chain.steps[event.step]
    return with_step(
        chain,
        event.step,
        state=step.prior or StepState.RECEIVED,
        prior=None,
        accepted_at=None,
        accepted_by_silence=False,
        clock=None,
        due_on=None,
        due_provisional=False,
        level=0,
        light=Light.GREEN,
    )


@apply.register
def _(event: ev.ReviewBegun, chain: Chain) -> Chain:
    return with_step(chain, event.step, state=StepState.IN_REVIEW)


# The clock.


@apply.register
def _(event: ev.ClockStopped, chain: Chain) -> Chain:
    clock = _clock(chain, event.step)
    stopped = clock.model_copy(update={"stops": (*clock.stops, event.stop)})
    return with_step(chain, event.step, state=StepState.STOPPED, clock=stopped)


@apply.register
def _(event: ev.StopReplanned, chain: Chain) -> Chain:
    clock = _clock(chain, event.step)
    stop = clock.stops[event.stop_index].replanned(event.planned_end, event.notice)
    return with_step(
        chain,
        event.step,
        state=StepState.STOPPED,
        clock=clock.with_stop(event.stop_index, stop),
        due_on=event.due_on,
        due_provisional=event.due_provisional,
    )


@apply.register
def _(event: ev.ClockResumed, chain: Chain) -> Chain:
    clock = _clock(chain, event.step)
    ended = clock.stops[event.stop_index].model_copy(update={"until": event.at})
    running = clock.with_stop(event.stop_index, ended)
    return with_step(
        chain,
        event.step,
        state=StepState.STOPPED if running.open_stops else StepState.RESUMED,
        clock=running,
        due_on=event.due_on,
        due_provisional=event.due_provisional,
    )


@apply.register
def _(event: ev.LimitExtended, chain: Chain) -> Chain:
    clock = _clock(chain, event.step)
    longer = clock.model_copy(update={"extended_by": clock.extended_by + event.amount})
    extension = Extension(
        amount=event.amount, reason=event.reason, approver=event.approver, notice=event.notice
    )
    return with_step(
        chain,
        event.step,
        clock=longer,
        extension=extension,
        due_on=event.due_on,
        due_provisional=event.due_provisional,
    )


@apply.register
def _(event: ev.LightEased, chain: Chain) -> Chain:
    return with_step(chain, event.step, level=event.level, light=event.light)


def _clock(chain: Chain, key: str) -> Clock:
    clock = chain.steps[key].clock
    if clock is None:
        raise ValueError(f"step {key} has no clock")
    return clock


# The end of a step, and what may come after.


@apply.register
def _(event: ev.StepDecided, chain: Chain) -> Chain:
    decision = Decision(
        result=event.result,
        at=event.at,
        opinion=event.opinion,
        document=event.document,
        legal_effect=event.legal_effect,
    )
    return with_step(
        chain, event.step, state=_DECIDED[event.result], decision=decision, prior=None, cause=None
    )


@apply.register
def _(event: ev.StepExempted, chain: Chain) -> Chain:
    return with_step(chain, event.step, state=StepState.EXEMPT, cause=event.ground)


@apply.register
def _(event: ev.StepWithdrawn, chain: Chain) -> Chain:
    return with_step(chain, event.step, state=StepState.WITHDRAWN, cause=event.reason)


@apply.register
def _(event: ev.StepReturned, chain: Chain) -> Chain:
    prior = chain.steps[event.step].state
    return with_step(chain, event.step, state=StepState.RETURNED, prior=prior, cause=event.cause)


@apply.register
def _(event: ev.RecheckOrdered, chain: Chain) -> Chain:
    prior = chain.steps[event.step].state
    return with_step(chain, event.step, state=StepState.RECHECK, prior=prior, cause=event.cause)


@apply.register
def _(event: ev.RecheckConcluded, chain: Chain) -> Chain:
    step = chain.steps[event.step]
    return with_step(
        chain, event.step, state=step.prior or StepState.PASSED, prior=None, cause=None
    )


@apply.register
def _(event: ev.StepRevoked, chain: Chain) -> Chain:
    return with_step(chain, event.step, state=StepState.REVOKED, prior=None, cause=event.reason)


@apply.register
def _(event: ev.StepAnnulled, chain: Chain) -> Chain:
    return with_step(chain, event.step, state=StepState.ANNULLED, prior=None, cause=event.reason)


# Who is in charge.


@apply.register
def _(event: ev.StepReminded, chain: Chain) -> Chain:
    on = local_date(event.at)
    if event.deficiency is not None:
        return with_deficiency(chain, event.deficiency, reminded_on=on)
    return with_step(chain, event.step, reminded_on=on)


@apply.register
def _(event: ev.StepAssigned, chain: Chain) -> Chain:
    return with_step(chain, event.step, assignee=event.assignee)
