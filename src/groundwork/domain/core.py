"""The core: launch a chain, handle a command, let time pass.

Pure functions of the rules, the chain, the command and the time. They never read a clock, and a
rejection changes nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from groundwork.domain import (
    assigning,
    clockwork,
    commitments,
    crediting,
    deciding,
    deficiencies,
    intake,
    joint,
    ladder,
    reminding,
    replanning,
    skipping,
    units,
    upgrading,
)
from groundwork.domain import commands as cmd
from groundwork.domain import events as ev
from groundwork.domain.calendar import end_of
from groundwork.domain.credit import CreditAnswer
from groundwork.domain.crediting import PURPOSES, ask_credit
from groundwork.domain.definition import Mode, Rung
from groundwork.domain.due import DueMoment, promises_due
from groundwork.domain.facts import CreditOccasion, UnitChoice
from groundwork.domain.flow import advance
from groundwork.domain.gates import settle_gates
from groundwork.domain.model import (
    RUNNING,
    SYSTEM,
    Chain,
    ChainState,
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


def recheck_credit(p: Proceedings, command: cmd.RecheckCredit) -> None:
    """Ask for the enterprise's credit afresh; what is decided on trust follows the new answer."""
    authorise(p.by, command.type)
    if p.rules.definition.credit is None:
        raise Rejection(Reason.NO_CREDIT_RULES)
    ask_credit(p, CreditOccasion.LAUNCH)
    skipping.ask_again(p)


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
        cmd.ReplanStop: clockwork.replan_stop,
        cmd.ResumeClock: clockwork.resume_clock,
        cmd.Extend: clockwork.extend,
        cmd.Decide: deciding.decide,
        cmd.Revoke: deciding.revoke,
        cmd.Annul: deciding.annul,
        cmd.ConcludeRecheck: deciding.conclude_recheck,
        cmd.Assign: assigning.assign,
        cmd.Remind: reminding.remind,
        cmd.WithdrawChain: deciding.withdraw_chain,
        cmd.TerminateChain: deciding.terminate_chain,
        cmd.AdoptCalendar: replanning.adopt_calendar,
        cmd.AdoptDefinition: upgrading.adopt_definition,
        cmd.OpenConsultation: joint.open_consultation,
        cmd.GiveOpinion: joint.give_opinion,
        cmd.ScheduleVisit: joint.schedule_visit,
        cmd.RecordVisit: joint.record_visit,
        cmd.RequestRectification: joint.request_rectification,
        cmd.SubmitRectification: joint.submit_rectification,
        cmd.DraftCommitment: commitments.draft_commitment,
        cmd.SignCommitment: commitments.sign_commitment,
        cmd.SubmitPerformance: commitments.submit_performance,
        cmd.VerifyCommitment: commitments.verify_commitment,
        cmd.SubmitCure: deficiencies.submit_cure,
        cmd.ConfirmCure: deficiencies.confirm_cure,
        cmd.RefuseCure: deficiencies.refuse_cure,
        cmd.ExtendCure: deficiencies.extend_cure,
        cmd.Acknowledge: ladder.acknowledge,
        cmd.AppealEscalation: ladder.appeal_escalation,
        cmd.UpholdEscalation: ladder.uphold_escalation,
        cmd.AnnulEscalation: ladder.annul_escalation,
        cmd.DecideReferral: ladder.decide_referral,
        cmd.AddUnit: units.add_unit,
        cmd.DropUnit: units.drop_unit,
        cmd.MergeUnits: units.merge_units,
        cmd.RegisterEquipment: units.register_equipment,
        cmd.RecheckCredit: recheck_credit,
        cmd.SkipErrand: skipping.skip_errand,
    }
)


def launch(rules: Rules, order: Launch) -> Accepted | Rejected:
    """Begin a chain: its steps in their chosen modes and phases, the first of them ready."""
    p = Proceedings(rules, None, order.received_at, order.by, order.key)
    try:
        authorise(order.by, "launch")
        modes = chosen_modes(rules, order.modes, order.phases, order.units)
    except Rejection as rejection:
        return Rejected(rejection)
    p.add(ev.ChainLaunched, launch=order, steps=modes)
    if PURPOSES.keys() & set(modes.values()):
        ask_credit(p, CreditOccasion.LAUNCH)
    advance(p)
    return Accepted(p.chain, tuple(p.events))


def chosen_modes(
    rules: Rules,
    modes: Mapping[str, Mode],
    phases: Mapping[str, tuple[str, ...]],
    chosen_units: Sequence[UnitChoice] = (),
) -> dict[str, Mode]:
    """The steps of a chain in these phases and units, each in its chosen mode or else its usual.

    A mode that is chosen for a step holds for all its phases or units.

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
    _require_fitting_units(rules, chosen_units)
    keys = step_keys(definition, phases, [unit.id for unit in chosen_units])
    wholes = {key.partition(".")[0] for key in keys}
    for key, mode in modes.items():
        if key not in keys and key not in wholes:
            raise _invalid(f"没有环节 {key}。", f"there is no step {key}.")
        intake.require_mode(rules.step(key), mode)
    return {key: _chosen(rules, modes, key) for key in keys}


def _chosen(rules: Rules, modes: Mapping[str, Mode], key: str) -> Mode:
    whole = key.partition(".")[0]
    return modes.get(key) or modes.get(whole) or rules.step(key).modes[0]


def _require_fitting_units(rules: Rules, chosen: Sequence[UnitChoice]) -> None:
    """Units go with a chain that has them: at least one, at most so many, each id once."""
    terms, ids = rules.definition.units, [unit.id for unit in chosen]
    if terms is None:
        if chosen:
            raise _invalid("该链条不分单体。", "this chain has no units.")
        return
    if not chosen:
        raise _invalid(
            "请填写单体（units），至少一个，如 B1=1号厂房。",
            "name its units, at least one, such as B1=Workshop 1.",
        )
    if len(set(ids)) < len(ids):
        raise _invalid("单体编号重复。", "a unit's id is used twice.")
    if len(ids) > terms.most:
        raise _invalid(f"单体最多 {terms.most} 个。", f"there may be {terms.most} units at most.")


def _invalid(zh: str, en: str) -> Rejection:
    return Rejection(Reason.LAUNCH_INVALID, detail_zh=zh, detail_en=en)


def handle(
    rules: Rules, chain: Chain, envelope: cmd.Envelope, *, let_pass: bool = False
) -> Accepted | Rejected:
    """Decide one command as of the moment it was received.

    Due moments up to then fire first, whenever the command is processed. Those after it that fired
    meanwhile are reversed by events where the command shows that they should not have.

    `let_pass` says that it was let pass before, perhaps by an earlier release: such a command is
    carried out as it was, whatever is refused for the first time since (ADR 0028).
    """
    due_first = tick(rules, chain, envelope.received_at)
    p = Proceedings(rules, due_first.chain, envelope.received_at, envelope.by, envelope.key)
    try:
        running = p.chain.state is ChainState.RUNNING
        # What a chain that has ended puts on record may fail for ever as well.
        if not running and not isinstance(envelope.command, cmd.SkipErrand):
            raise Rejection(Reason.CHAIN_CLOSED, state=p.chain.state.value)
        _HANDLERS[type(envelope.command)](p, envelope.command)
        if not let_pass:
            joint.require_silence_counted(due_first.chain, envelope)
        if running:
            settle_gates(p)
    except Rejection as rejection:
        return Rejected(rejection)
    return Accepted(p.chain, due_first.events + tuple(p.events))


def credit_answered(rules: Rules, chain: Chain, check: str, answer: CreditAnswer) -> Accepted:
    """Take in what the source answered to a look-up that the chain waits for.

    Its business time is the moment of asking: eligibility is judged as of then, however long the
    source was away.
    """
    asked = chain.checks[check].asked_at
    return _on_return(rules, chain, asked, lambda p: crediting.answered(p, check, answer))


def credit_filed(rules: Rules, chain: Chain, report: str) -> Accepted:
    """Note that the source has a record that the chain put there, as of when it was due."""
    return _on_return(
        rules, chain, chain.filings[report].due_at, lambda p: crediting.filed(p, report)
    )


def _on_return(
    rules: Rules, chain: Chain, at: datetime, take_in: Callable[[Proceedings], None]
) -> Accepted:
    p = Proceedings(rules, chain, at, SYSTEM)
    take_in(p)
    if p.chain.state is ChainState.RUNNING:
        advance(p)
    return Accepted(p.chain, tuple(p.events))


_HANDED_IN: Final = frozenset({StepState.RECEIVED, StepState.CORRECTED})
_AT_WORK: Final = RUNNING | {StepState.STOPPED}
_MOVED_BY_TIME: Final = _AT_WORK | _HANDED_IN


def tick(rules: Rules, chain: Chain, now: datetime) -> Accepted:
    """Let time pass until `now`: everything due by then happens, in order, at its own moment."""
    events: list[ev.AnyEvent] = []
    while (due := next_due(rules, chain)) is not None and due.moment <= now:
        p = Proceedings(rules, chain, due.moment, SYSTEM)
        due.fire(p)
        settle_gates(p)
        events.extend(p.events)
        chain = p.chain
    return Accepted(chain, tuple(events))


def next_due(rules: Rules, chain: Chain) -> DueMoment | None:
    """The next thing that will happen by itself, or None when only people can move the chain."""
    if chain.state is not ChainState.RUNNING:
        return None
    return min(_due_moments(rules, chain), key=lambda due: due[:3], default=None)


def _due_moments(rules: Rules, chain: Chain) -> Iterator[DueMoment]:
    # At the same moment: promises lapse first, then silence accepts, stops end, lights climb and
    # cards go unanswered.
    yield from promises_due(rules, chain)
    for step in chain.steps.values():
        if step.state in _MOVED_BY_TIME:
            yield from _step_due(rules, chain, step)
    for card in chain.escalations.values():
        if (over := ladder.answer_due(card)) is not None:
            yield DueMoment(over, 4, card.id, "unanswered", partial(_unanswered, card.id))


def _step_due(rules: Rules, chain: Chain, step: Step) -> Iterator[DueMoment]:
    key = step.key
    if step.consultation is not None and step.consultation.pending and step.state in _AT_WORK:
        silent = step.consultation.reply_before
        yield DueMoment(silent, 1, key, "no_objection", partial(_no_objection, key))
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
    elif (reached := ladder.next_rung(rules, chain, step)) is not None:
        fire = partial(_rung_reached, key, reached.rung, reached.because)
        yield DueMoment(reached.moment, 3, key, reached.rung.id, fire)


def _no_objection(key: str, p: Proceedings) -> None:
    joint.count_silence(p, key)


def _silence(key: str, p: Proceedings) -> None:
    intake.accept_by_silence(p, key)


def _stop_over(step: Step, index: int, p: Proceedings) -> None:
    clockwork.end_stop(p, step, index, automatic=True)


def _rung_reached(key: str, rung: Rung, because: str | None, p: Proceedings) -> None:
    ladder.fire(p, key, rung, because)


def _unanswered(key: str, p: Proceedings) -> None:
    p.add(ev.AnswerOverdue, escalation=key)
