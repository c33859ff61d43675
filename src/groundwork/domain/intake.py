"""From handing in to acceptance: receive, correct once, accept or refuse, exempt, withdraw."""

from datetime import datetime

from groundwork.domain import commands as cmd
from groundwork.domain import events as ev
from groundwork.domain.aftermath import drop_promises
from groundwork.domain.clock import Due
from groundwork.domain.commitments import require_in_force
from groundwork.domain.crediting import (
    PURPOSES,
    ask_credit,
    may_be_tolerated,
    require_not_barred,
    require_tolerance,
)
from groundwork.domain.deficiencies import open_deficiency
from groundwork.domain.definition import Material, Mode, StepDefinition
from groundwork.domain.facts import CreditOccasion
from groundwork.domain.flow import SILENCE_BASIS, advance, start_clock
from groundwork.domain.model import RECEIVABLE, RUNNING, Step, StepState
from groundwork.domain.policy import authorise
from groundwork.domain.proceedings import Proceedings
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.rules import Rules

_HANDED_IN = (StepState.RECEIVED, StepState.CORRECTED)
_UNDECIDED = RUNNING | set(_HANDED_IN) | {StepState.CORRECTION, StepState.STOPPED}


def choose_mode(p: Proceedings, command: cmd.ChooseMode) -> None:
    """Set how a step shall be handled, before it is handed in."""
    step, definition = p.step(command.step), p.definition(command.step)
    authorise(p.by, command.type, definition)
    if command.mode is Mode.EXEMPT:
        # Nobody exempts himself: whoever may launch may, and the department by its own command.
        authorise(p.by, "launch")
    step = p.as_received(step)
    p.require(step, command.type, StepState.WAITING, *RECEIVABLE)
    require_mode(definition, command.mode)
    require_not_barred(p.chain, step, command.mode)
    p.add(ev.ModeChosen, step=step.key, mode=command.mode)
    if command.mode is Mode.EXEMPT and step.state is StepState.READY:
        _exempt_as_defined(p, step.key, definition)


def require_mode(definition: StepDefinition, mode: Mode) -> None:
    """Go on only if the step offers the mode. Raises Rejection otherwise."""
    if mode not in definition.modes:
        known = ", ".join(offered.value for offered in definition.modes)
        raise Rejection(Reason.MODE_NOT_OFFERED, step=definition.id, mode=mode.value, known=known)


def _exempt_as_defined(p: Proceedings, key: str, definition: StepDefinition) -> None:
    if definition.exemption is not None:
        exemption = definition.exemption
        p.add(ev.StepExempted, step=key, ground=exemption.when.zh, basis=exemption.source)
        advance(p)


def receive(p: Proceedings, command: cmd.Receive) -> None:
    """Take the application in; from now on silence counts towards acceptance."""
    step, definition = p.step(command.step), p.definition(command.step)
    authorise(p.by, command.type, definition)
    step = p.as_received(step)
    p.require(step, command.type, *RECEIVABLE)
    if definition.settles_cures:
        raise Rejection(Reason.SETTLES_ITSELF, step=step.key)
    _require_known(definition, (*command.materials, *command.promised))
    require_not_barred(p.chain, step, step.mode)
    drop_promises(p, step.key)
    carried = (one.id for one in definition.materials if one.id in p.chain.launch.carried)
    materials = tuple(dict.fromkeys((*command.materials, *carried)))
    p.add(
        ev.StepReceived,
        step=step.key,
        materials=materials,
        accept_by=_accept_by(p, definition),
        promised=tuple(dict.fromkeys(one for one in command.promised if one not in materials)),
    )
    lacking = any(one.id not in materials for one in definition.materials)
    if step.mode is Mode.DEFICIENCY_TOLERANT and lacking:
        ask_credit(p, CreditOccasion.TOLERANCE, step.key)


def _accept_by(p: Proceedings, definition: StepDefinition) -> datetime | None:
    if definition.applicant_owned:
        return None
    return acceptance_window(p.rules, definition.id, p.at).moment


def acceptance_window(rules: Rules, key: str, handed_in: datetime) -> Due:
    """When silence on an application handed in at that moment accepts it."""
    return rules.window(handed_in, rules.definition.windows.acceptance, key)


def _require_known(definition: StepDefinition, materials: tuple[str, ...]) -> None:
    for material in materials:
        if definition.material(material) is None:
            known = ", ".join(one.id for one in definition.materials)
            raise Rejection(
                Reason.UNKNOWN_MATERIAL, step=definition.id, material=material, known=known
            )


def request_correction(p: Proceedings, command: cmd.RequestCorrection) -> None:
    """Send the one-time notice; an acceptance by silence that came after it is undone."""
    step, definition = p.step(command.step), p.definition(command.step)
    authorise(p.by, command.type, definition)
    if step.correction is not None:
        raise Rejection(Reason.ALREADY_CORRECTED, step=step.key)
    step = p.as_received(step)
    p.require(step, command.type, StepState.RECEIVED)
    _require_known(definition, command.materials)
    tolerable = _must_be_tolerated(p, step, definition)
    if tolerable and (not command.materials or set(command.materials) & set(tolerable)):
        raise Rejection(Reason.MUST_ACCEPT, step=step.key, missing=", ".join(tolerable))
    p.add(ev.CorrectionRequested, step=step.key, items=command.items, basis=SILENCE_BASIS)


def submit_correction(p: Proceedings, command: cmd.SubmitCorrection) -> None:
    """Take in what was corrected; the acceptance window starts afresh."""
    step, definition = p.step(command.step), p.definition(command.step)
    authorise(p.by, command.type, definition)
    p.require(step, command.type, StepState.CORRECTION)
    _require_known(definition, command.materials)
    p.add(
        ev.CorrectionSubmitted,
        step=step.key,
        materials=command.materials,
        accept_by=_accept_by(p, definition),
    )


def accept(p: Proceedings, command: cmd.Accept) -> None:
    """Accept the application: the clock starts, and tolerated materials get their cure dates."""
    step, definition = p.step(command.step), p.definition(command.step)
    authorise(p.by, command.type, definition)
    step = p.as_received(step)
    p.require(step, command.type, *_HANDED_IN)
    lacking = _tolerable_lack(p, step, definition)
    start_clock(p, step.key)
    for material in lacking:
        open_deficiency(p, step.key, material)


def accept_by_silence(p: Proceedings, key: str) -> None:
    """Accept because nobody answered within the window; dated back to the receipt."""
    step, definition = p.chain.steps[key], p.rules.step(key)
    start_clock(p, key, by_silence=True)
    if step.mode is Mode.DEFICIENCY_TOLERANT and may_be_tolerated(p.chain, key):
        for material in definition.materials:
            if _tolerable(definition, material) and material.id not in step.materials:
                open_deficiency(p, key, material)


def _tolerable(definition: StepDefinition, material: Material) -> bool:
    """Whether the material may be lacking; on a red line none may, whatever else is written."""
    return material.cure is not None and not definition.never_tolerable


def _tolerable_lack(p: Proceedings, step: Step, definition: StepDefinition) -> tuple[Material, ...]:
    """The materials that are lacking and may be tolerated. Raises Rejection if others lack too."""
    lacking = _lacking(step, definition)
    if step.mode is Mode.COMMITMENT:
        require_in_force(p, step)
    refused = [one.id for one in lacking if not _may_follow(p, step, definition, one)]
    if refused:
        raise Rejection(Reason.MATERIALS_MISSING, step=step.key, missing=", ".join(refused))
    limit = p.rules.definition.windows.max_tolerated_materials
    if len(lacking) > limit:
        raise Rejection(Reason.TOO_MANY_TOLERATED, step=step.key, count=len(lacking), limit=limit)
    # A signed commitment covers what is lacking; its own day replaces the cure dates.
    if step.mode is Mode.COMMITMENT:
        return ()
    if lacking:
        require_tolerance(p, step)
    return lacking


def _lacking(step: Step, definition: StepDefinition) -> tuple[Material, ...]:
    return tuple(one for one in definition.materials if one.id not in step.materials)


def _may_follow(p: Proceedings, step: Step, definition: StepDefinition, material: Material) -> bool:
    """Whether the material may be handed in later: by the step's mode and, where promises have
    terms, because the applicant promised it in writing."""
    if not _tolerable(definition, material):
        return False
    if step.mode is not Mode.DEFICIENCY_TOLERANT or p.rules.definition.promises is None:
        return step.mode in PURPOSES
    return material.id in step.promised


def _must_be_tolerated(p: Proceedings, step: Step, definition: StepDefinition) -> tuple[str, ...]:
    """The materials for whose lack alone the application must not be turned down.

    The main materials are complete, the rest was promised in writing, credit stands in no way:
    then it must be accepted (《广东省优化营商环境条例》第三十二条). None where that does not hold.
    """
    lacking = _lacking(step, definition)
    tolerant = step.mode is Mode.DEFICIENCY_TOLERANT and p.rules.definition.promises is not None
    few = len(lacking) <= p.rules.definition.windows.max_tolerated_materials
    follows = all(_may_follow(p, step, definition, one) for one in lacking)
    if tolerant and few and follows and may_be_tolerated(p.chain, step.key):
        return tuple(one.id for one in lacking)
    return ()


def refuse_acceptance(p: Proceedings, command: cmd.RefuseAcceptance) -> None:
    """Refuse to accept, with the reason; the applicant may hand in again."""
    step, definition = p.step(command.step), p.definition(command.step)
    authorise(p.by, command.type, definition)
    step = p.as_received(step)
    p.require(step, command.type, *_HANDED_IN)
    tolerable = _must_be_tolerated(p, step, definition)
    if tolerable and command.ground in {None, cmd.RefusalGround.INCOMPLETE}:
        raise Rejection(Reason.MUST_ACCEPT, step=step.key, missing=", ".join(tolerable))
    drop_promises(p, step.key)
    p.add(ev.AcceptanceRefused, step=step.key, reason=command.reason, basis=SILENCE_BASIS)


def begin_review(p: Proceedings, command: cmd.BeginReview) -> None:
    """Note that the department began its review."""
    step, definition = p.step(command.step), p.definition(command.step)
    authorise(p.by, command.type, definition)
    p.require(p.as_received(step), command.type, StepState.ACCEPTED)
    p.add(ev.ReviewBegun, step=step.key)


def exempt(p: Proceedings, command: cmd.Exempt) -> None:
    """Declare a step not needed; what builds on it may go on."""
    step, definition = p.step(command.step), p.definition(command.step)
    authorise(p.by, command.type, definition)
    require_mode(definition, Mode.EXEMPT)
    p.require(p.as_received(step), command.type, StepState.READY, *_HANDED_IN)
    source = definition.exemption.source if definition.exemption else ""
    drop_promises(p, step.key)
    p.add(ev.StepExempted, step=step.key, ground=command.ground, basis=source)
    advance(p)


def withdraw_step(p: Proceedings, command: cmd.WithdrawStep) -> None:
    """Take one application back; it may be handed in again."""
    step, definition = p.step(command.step), p.definition(command.step)
    authorise(p.by, command.type, definition)
    p.require(p.as_received(step), command.type, *_UNDECIDED)
    p.undo_later_escalations(step.key)
    drop_promises(p, step.key)
    p.add(ev.StepWithdrawn, step=step.key, reason=command.reason)
