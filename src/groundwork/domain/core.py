"""The core: launch a chain, handle a command, let time pass.

Pure functions of the rules, the chain, the command and the time. They never read a clock, and a
rejection changes nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from groundwork.domain import clockwork, deciding, intake, ladder, promises, replanning
from groundwork.domain import commands as cmd
from groundwork.domain import events as ev
from groundwork.domain.calendar import end_of
from groundwork.domain.definition import Mode, Rung
from groundwork.domain.flow import advance
from groundwork.domain.model import (
    RUNNING,
    SYSTEM,
    Chain,
    ChainState,
    CommitmentState,
    DeficiencyState,
    Launch,
    Step,
    StepState,
)
from groundwork.domain.policy import authorise
from groundwork.domain.proceedings import Proceedings
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.rules import Rules, step_keys


class Accepted(NamedTuple):
    """The chain afterwards and the events that led there, possibly none."""

    chain: Chain
    events: tuple[ev.AnyEvent, ...]


class Rejected(NamedTuple):
    """Why nothing happened."""

    rejection: Rejection


_HANDLERS: Final = MappingProxyType[type, Callable[[Proceedings, Any], None]](
    {
        cmd.ChooseMode: intake.choose_mode,
        cmd.Receive: intake.receive,
        cmd.RequestCorrection: intake.request_correction,
        cmd.SubmitCorrection: intake.submit_correction,
        cmd.Accept: intake.accept,
        cmd.RefuseAcceptance: intake.refuse_acceptance,
        cmd.BeginReview: intake.begin_review,
        cmd.Exempt: intake.exempt,
        cmd.WithdrawStep: intake.withdraw_step,
        cmd.StopClock: clockwork.stop_clock,
        cmd.ResumeClock: clockwork.resume_clock,
        cmd.Extend: clockwork.extend,
        cmd.Decide: deciding.decide,
        cmd.Revoke: deciding.revoke,
        cmd.Annul: deciding.annul,
        cmd.ConcludeRecheck: deciding.conclude_recheck,
        cmd.WithdrawChain: deciding.withdraw_chain,
        cmd.TerminateChain: deciding.terminate_chain,
        cmd.AdoptCalendar: replanning.adopt_calendar,
        cmd.SignCommitment: promises.sign_commitment,
        cmd.VerifyCommitment: promises.verify_commitment,
        cmd.SubmitCure: promises.submit_cure,
        cmd.ConfirmCure: promises.confirm_cure,
        cmd.RefuseCure: promises.refuse_cure,
        cmd.ExtendCure: promises.extend_cure,
        cmd.Acknowledge: ladder.acknowledge,
        cmd.AnnulEscalation: ladder.annul_escalation,
        cmd.DecideReferral: ladder.decide_referral,
    }
)


def launch(rules: Rules, order: Launch) -> Accepted | Rejected:
    """Begin a chain: its steps in their chosen modes and phases, the first of them ready."""
    p = Proceedings(rules, None, order.received_at, order.by, order.key)
    try:
        authorise(order.by, "launch")
        modes = chosen_modes(rules, order.modes, order.phases)
    except Rejection as rejection:
        return Rejected(rejection)
    p.add(ev.ChainLaunched, launch=order, steps=modes)
    advance(p)
    return Accepted(p.chain, tuple(p.events))


def chosen_modes(
    rules: Rules, modes: Mapping[str, Mode], phases: Mapping[str, tuple[str, ...]]
) -> dict[str, Mode]:
    """The steps of a chain in these phases, each with its chosen mode or else its usual one.

    Raises Rejection (launch_invalid, mode_not_offered) for a choice that there is not.
    """
    definition = rules.definition
    for step_id, chosen in phases.items():
        known = {phase.id for one in definition.steps if one.id == step_id for phase in one.phases}
        if not chosen or not set(chosen) <= known:
            raise _invalid(
                f"环节 {step_id} 没有所选分期；可选：{'、'.join(sorted(known)) or '无'}。",
                f"step {step_id} has no such phases; it has: {', '.join(sorted(known)) or 'none'}.",
            )
    keys = step_keys(definition, phases)
    for key, mode in modes.items():
        if key not in keys:
            raise _invalid(f"没有环节 {key}。", f"there is no step {key}.")
        intake.require_mode(rules.step(key), mode)
    return {key: modes.get(key, rules.step(key).modes[0]) for key in keys}


def _invalid(zh: str, en: str) -> Rejection:
    return Rejection(Reason.LAUNCH_INVALID, detail_zh=zh, detail_en=en)


def handle(rules: Rules, chain: Chain, envelope: cmd.Envelope) -> Accepted | Rejected:
    """Decide one command as of the moment it was received.

    Due moments up to then fire first, whenever the command is processed. Those after it that fired
    meanwhile are reversed by events where the command shows that they should not have.
    """
    due_first = tick(rules, chain, envelope.received_at)
    p = Proceedings(rules, due_first.chain, envelope.received_at, envelope.by, envelope.key)
    try:
        if p.chain.state is not ChainState.RUNNING:
            raise Rejection(Reason.CHAIN_CLOSED, state=p.chain.state.value)
        _HANDLERS[type(envelope.command)](p, envelope.command)
    except Rejection as rejection:
        return Rejected(rejection)
    return Accepted(p.chain, due_first.events + tuple(p.events))


_HANDED_IN: Final = frozenset({StepState.RECEIVED, StepState.CORRECTED})
_MOVED_BY_TIME: Final = RUNNING | _HANDED_IN | {StepState.STOPPED}


class DueMoment(NamedTuple):
    """Something that happens by itself at a moment unless somebody acts before."""

    moment: datetime
    rank: int
    key: str
    what: str
    fire: Callable[[Proceedings], None]


def tick(rules: Rules, chain: Chain, now: datetime) -> Accepted:
    """Let time pass until `now`: everything due by then happens, in order, at its own moment."""
    events: list[ev.AnyEvent] = []
    while (due := next_due(rules, chain)) is not None and due.moment <= now:
        p = Proceedings(rules, chain, due.moment, SYSTEM)
        due.fire(p)
        events.extend(p.events)
        chain = p.chain
    return Accepted(chain, tuple(events))


def next_due(rules: Rules, chain: Chain) -> DueMoment | None:
    """The next thing that will happen by itself, or None when only people can move the chain."""
    if chain.state is not ChainState.RUNNING:
        return None
    return min(_due_moments(rules, chain), key=lambda due: due[:3], default=None)


def _due_moments(rules: Rules, chain: Chain) -> Iterator[DueMoment]:
    # At the same moment: promises lapse first, then silence accepts, stops end, lights climb.
    yield from _promises_due(chain)
    for step in chain.steps.values():
        if step.state in _MOVED_BY_TIME:
            yield from _step_due(rules, step)


def _promises_due(chain: Chain) -> Iterator[DueMoment]:
    for one in chain.deficiencies.values():
        if one.state is DeficiencyState.OPEN:
            yield DueMoment(one.cure_before, 0, one.id, "lapse", partial(_lapse, one.id))
    for promise in chain.commitments.values():
        moment, key = promise.due_before, promise.id
        if promise.state is CommitmentState.IN_FORCE:
            yield DueMoment(moment, 0, key, "verify", partial(_commitment_due, key))
        elif promise.state is CommitmentState.RECTIFYING:
            yield DueMoment(moment, 0, key, "breach", partial(_rectification_over, key))


def _step_due(rules: Rules, step: Step) -> Iterator[DueMoment]:
    key = step.key
    if step.state in _HANDED_IN:
        if step.accept_by is not None:
            yield DueMoment(step.accept_by, 1, key, "silence", partial(_silence, key))
    elif step.state is StepState.STOPPED and step.clock is not None:
        planned_end, index = min(
            (stop.planned_end, index)
            for index, stop in enumerate(step.clock.stops)
            if stop.until is None
        )
        yield DueMoment(end_of(planned_end), 2, key, "resume", partial(_stop_over, step, index))
    elif (reached := ladder.next_rung(rules, step)) is not None:
        moment, rung = reached
        yield DueMoment(moment, 3, key, rung.id, partial(_rung_reached, key, rung))


def _lapse(key: str, p: Proceedings) -> None:
    promises.lapse(p, key)


def _commitment_due(key: str, p: Proceedings) -> None:
    p.add(ev.CommitmentDue, commitment=key)


def _rectification_over(key: str, p: Proceedings) -> None:
    promises.breach(p, key, "逾期未完成整改")


def _silence(key: str, p: Proceedings) -> None:
    intake.accept_by_silence(p, key)


def _stop_over(step: Step, index: int, p: Proceedings) -> None:
    clockwork.end_stop(p, step, index, automatic=True)


def _rung_reached(key: str, rung: Rung, p: Proceedings) -> None:
    ladder.fire(p, key, rung)
