"""Deciding a step, the conversion gate, and what may happen to a decision afterwards."""

from groundwork.domain import commands as cmd
from groundwork.domain import events as ev
from groundwork.domain.aftermath import GRANTED, annul_step, drop_promises, send_to_recheck
from groundwork.domain.commitments import signed_commitments
from groundwork.domain.definition import Mode, StepDefinition
from groundwork.domain.flow import advance
from groundwork.domain.joint import require_opinions
from groundwork.domain.model import RUNNING, DecisionResult, Step, StepState
from groundwork.domain.policy import authorise
from groundwork.domain.proceedings import Proceedings
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.views import open_deficiencies

_OWN_WORK = (StepState.RECEIVED, StepState.CORRECTED)


def decide(p: Proceedings, command: cmd.Decide) -> None:
    """Decide a step; at the conversion gate, convert the pre-review or end the chain."""
    step, definition = p.step(command.step), p.definition(command.step)
    authorise(p.by, command.type, definition)
    step = p.as_received(step)
    p.require(step, command.type, *RUNNING, *(_OWN_WORK if definition.applicant_owned else ()))
    _require_fitting_result(p, step, command)
    require_opinions(p, step, command.result)
    refusal = _gate_refusal(p, definition, command)
    p.undo_later_escalations(step.key)
    if refusal is not None:
        _wind_up(p)
        p.add(ev.ChainTerminated, reason=refusal)
        return
    passed = command.result is not DecisionResult.FAIL
    p.add(
        ev.StepDecided,
        step=step.key,
        result=command.result,
        opinion=command.opinion,
        document=command.document,
        legal_effect=not definition.pre_review or p.chain.converted_at is not None,
    )
    if not passed:
        drop_promises(p, step.key)
    elif definition.conversion_gate:
        _convert(p)
    advance(p)


def _require_fitting_result(p: Proceedings, step: Step, command: cmd.Decide) -> None:
    """A pass must say whether it tolerates something, a refusal why (《行政许可法》第三十八条)."""
    unsigned = step.mode is Mode.COMMITMENT and not signed_commitments(p.chain, step)
    if unsigned and command.result is not DecisionResult.FAIL:
        # Silence accepts an application, but it signs nothing in the enterprise's place.
        raise Rejection(Reason.COMMITMENT_UNSIGNED, step=step.key)
    lacking = open_deficiencies(p.chain, step.key)
    if command.result is DecisionResult.PASS and lacking:
        raise Rejection(Reason.TOLERANCE_NEEDED, step=step.key)
    if command.result is DecisionResult.PASS_WITH_TOLERANCE and not lacking:
        raise Rejection(Reason.NOTHING_TO_TOLERATE, step=step.key)
    if command.result is DecisionResult.FAIL and not command.opinion.strip():
        raise Rejection(Reason.REASON_MISSING, field="opinion")


def _gate_refusal(p: Proceedings, definition: StepDefinition, command: cmd.Decide) -> str | None:
    """Why the pre-review cannot convert, or None when it can or nothing hangs on it."""
    if not definition.conversion_gate or command.result is DecisionResult.FAIL:
        return None
    if command.winner_uscc is None or command.planning_conditions_changed is None:
        raise Rejection(Reason.GATE_FIELDS_MISSING, step=definition.id)
    if command.winner_uscc.strip().upper() != p.chain.launch.uscc:
        return "竞得人与预审申请人不一致，预审结果不能转正"
    if command.planning_conditions_changed:
        return "规划条件已变化，预审结果不能转正"
    return None


def _convert(p: Proceedings) -> None:
    """Give the pre-review's results legal effect (转正)."""
    converted = tuple(
        step.key
        for step in p.chain.steps.values()
        if p.rules.step(step.key).pre_review
        and step.decision is not None
        and step.state in {*GRANTED, StepState.RECHECK}
    )
    p.add(ev.PreReviewConverted, steps=converted)


def revoke(p: Proceedings, command: cmd.Revoke) -> None:
    """Take a lawful decision back; what was built on it goes to re-check."""
    step, definition = p.step(command.step), p.definition(command.step)
    authorise(p.by, command.type, definition)
    p.require(p.as_received(step), command.type, *GRANTED, StepState.RECHECK)
    p.add(ev.StepRevoked, step=step.key, reason=command.reason, basis="《行政许可法》第八条")
    send_to_recheck(p, step.key)


def annul(p: Proceedings, command: cmd.Annul) -> None:
    """Annul an unlawful decision; what was built on it goes to re-check."""
    step, definition = p.step(command.step), p.definition(command.step)
    authorise(p.by, command.type, definition)
    p.require(p.as_received(step), command.type, *GRANTED, StepState.RECHECK)
    annul_step(p, step.key, command.reason)


def conclude_recheck(p: Proceedings, command: cmd.ConcludeRecheck) -> None:
    """End a re-check: the decision stands, or is annulled."""
    step, definition = p.step(command.step), p.definition(command.step)
    authorise(p.by, command.type, definition)
    p.require(step, command.type, StepState.RECHECK)
    if not command.upheld:
        annul_step(p, step.key, command.reason)
        return
    p.add(ev.RecheckConcluded, step=step.key, reason=command.reason)
    advance(p)


def withdraw_chain(p: Proceedings, command: cmd.WithdrawChain) -> None:
    """Withdraw the whole chain for the applicant."""
    authorise(p.by, command.type)
    _wind_up(p)
    p.add(ev.ChainWithdrawn, reason=command.reason)


def terminate_chain(p: Proceedings, command: cmd.TerminateChain) -> None:
    """End the chain without its purpose."""
    authorise(p.by, command.type)
    _wind_up(p)
    p.add(ev.ChainTerminated, reason=command.reason)


def _wind_up(p: Proceedings) -> None:
    """Close what is still open on any step because the chain itself ends."""
    p.undo_later_silence()
    for key in p.chain.steps:
        p.undo_later_escalations(key)
        drop_promises(p, key)
