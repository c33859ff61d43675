"""Consultation between departments, and joint acceptance (会商、联合验收).

The lead asks all departments consulted at once. Each replies within the limit; silence is no
objection, of an internal opinion only. In joint acceptance one joint site visit comes before one
summary: everything to be put right is told once, and what was put right is inspected again.
"""

from groundwork.domain import commands as cmd
from groundwork.domain import events as ev
from groundwork.domain.calendar import end_of, local_date
from groundwork.domain.clockwork import STOP_BASIS, end_stop, require_stop
from groundwork.domain.definition import JointTerms, Limit, StepDefinition, StopReason
from groundwork.domain.facts import Consultation, OpinionKind
from groundwork.domain.model import RUNNING, Chain, DecisionResult, Step, StepState
from groundwork.domain.policy import authorise
from groundwork.domain.proceedings import Proceedings
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.stops import Stop

_AT_WORK = (*RUNNING, StepState.STOPPED)
_NEEDS_WORDS = frozenset({OpinionKind.AGREE_WITH_CONDITIONS, OpinionKind.DISAGREE})


def ask_departments(
    p: Proceedings, key: str, departments: tuple[str, ...], limit: Limit | None = None
) -> None:
    """Open a round of consultation. A definition without such limits has no consultations."""
    terms = p.rules.definition.joint
    if terms is None or not departments:
        return
    within = limit or terms.reply
    due = p.rules.window(p.at, within, key)
    before = p.chain.steps[key].consultation
    p.add(
        ev.ConsultationOpened,
        step=key,
        round=before.round + 1 if before else 1,
        departments=departments,
        reply_on=due.on,
        reply_before=due.moment,
        provisional=due.provisional,
        basis=within.source,
    )


def open_consultation(p: Proceedings, command: cmd.OpenConsultation) -> None:
    """Ask the departments consulted on a step, which joint acceptance does by itself."""
    step, definition = p.step(command.step), p.definition(command.step)
    authorise(p.by, command.type, definition)
    p.require(p.as_received(step), command.type, *_AT_WORK)
    if p.rules.definition.joint is None or not definition.consulted:
        raise Rejection(Reason.NOBODY_TO_CONSULT, step=step.key)
    if step.consultation is not None:
        raise Rejection(Reason.ALREADY_CONSULTED, step=step.key)
    ask_departments(p, step.key, definition.consulted)


def give_opinion(p: Proceedings, command: cmd.GiveOpinion) -> None:
    """Take in a department's opinion; one received in time replaces what silence counted as."""
    step = p.step(command.step)
    authorise(p.by, command.type)
    consultation = _open_round(step)
    p.require(p.as_received(step), command.type, *_AT_WORK)
    department = p.by.department
    if department is None or department not in consultation.departments:
        known = ", ".join(consultation.departments)
        raise Rejection(Reason.NOT_CONSULTED, step=step.key, departments=known)
    if p.at >= consultation.reply_before:
        day = consultation.reply_on.isoformat()
        raise Rejection(Reason.OPINION_TOO_LATE, step=step.key, reply_on=day)
    if command.opinion in _NEEDS_WORDS and not command.text.strip():
        raise Rejection(Reason.REASON_MISSING, field="text")
    p.add(
        ev.OpinionGiven,
        step=step.key,
        department=department,
        kind=command.opinion,
        text=command.text,
    )


def count_silence(p: Proceedings, key: str) -> None:
    """Let the silence of those who did not reply count as no objection."""
    pending = _open_round(p.chain.steps[key]).pending
    p.add(ev.SilenceCounted, step=key, departments=pending, basis=_terms(p, key).silence_source)


def schedule_visit(p: Proceedings, command: cmd.ScheduleVisit) -> None:
    """Set the day of the joint site visit; until it is held it may be moved."""
    step = _joint_step(p, command.step, command.type)
    if command.visit_on < local_date(p.at):
        raise Rejection(Reason.VISIT_IN_PAST, visit_on=command.visit_on.isoformat())
    if _open_round(step).visited_on is not None:
        raise Rejection(Reason.ALREADY_VISITED, step=step.key)
    p.add(ev.SiteVisitScheduled, step=step.key, visit_on=command.visit_on)


def record_visit(p: Proceedings, command: cmd.RecordVisit) -> None:
    """Record the joint site visit of this round, with who was there: there is one."""
    step = _joint_step(p, command.step, command.type)
    consultation = _open_round(step)
    if consultation.visited_on is not None:
        raise Rejection(Reason.ALREADY_VISITED, step=step.key)
    opened = local_date(consultation.opened_at)
    if not opened <= command.visited_on <= local_date(p.at):
        day = command.visited_on.isoformat()
        raise Rejection(Reason.VISIT_NOT_HELD, visited_on=day, opened_on=opened.isoformat())
    p.add(
        ev.SiteVisitHeld,
        step=step.key,
        visited_on=command.visited_on,
        findings=command.findings,
        officers=_require_officers(p, step, command),
    )


def _require_officers(p: Proceedings, step: Step, command: cmd.RecordVisit) -> tuple[str, ...]:
    """The officers who were on site: as many as the terms want, if they want any."""
    officers = tuple(dict.fromkeys(command.officers))
    needed = _terms(p, step.key).visit
    if needed is not None and len(officers) < needed.officers:
        raise Rejection(
            Reason.VISIT_OFFICERS_MISSING,
            step=step.key,
            needed=needed.officers,
            named=", ".join(officers) or "—",
        )
    return officers


def request_rectification(p: Proceedings, command: cmd.RequestRectification) -> None:
    """Tell once what is to be put right; the clock stops until then."""
    step = _joint_step(p, command.step, command.type)
    p.require(step, command.type, *RUNNING)
    if step.site_rectification is not None:
        raise Rejection(Reason.ALREADY_RECTIFIED, step=step.key)
    _require_complete(step)
    stop = Stop(
        reason=StopReason.RECTIFICATION,
        basis="；".join(command.items)[:2000],
        approver=p.by.id,
        since=p.at,
        planned_end=command.planned_end,
    )
    require_stop(p, step, p.definition(step.key), stop)
    p.undo_later_escalations(step.key)
    p.add(
        ev.SiteRectificationRequested,
        step=step.key,
        items=command.items,
        due_on=command.planned_end,
    )
    p.add(ev.ClockStopped, step=step.key, stop=stop, basis=STOP_BASIS)


def submit_rectification(p: Proceedings, command: cmd.SubmitRectification) -> None:
    """Take in the report; those who disagreed, or else all, look at it again."""
    step, definition = p.step(command.step), p.definition(command.step)
    authorise(p.by, command.type, definition)
    asked = step.site_rectification
    if asked is None or asked.submitted_at is not None:
        raise Rejection(Reason.NOTHING_TO_RECTIFY, step=step.key)
    if p.at >= end_of(asked.due_on):
        raise Rejection(Reason.RECTIFIED_TOO_LATE, step=step.key, due_on=asked.due_on.isoformat())
    step = p.as_received(step)
    p.require(step, command.type, StepState.STOPPED, *RUNNING)
    p.undo_later_escalations(step.key)
    p.add(ev.SiteRectificationSubmitted, step=step.key, document=command.document)
    stops = step.clock.stops if step.clock else ()
    for index, stop in enumerate(stops):
        if stop.reason is StopReason.RECTIFICATION and stop.until in {None, end_of(asked.due_on)}:
            end_stop(p, step, index)
    again = _open_round(step).against or definition.consulted
    ask_departments(p, step.key, again, _terms(p, step.key).reinspection)


def require_opinions(p: Proceedings, step: Step, result: DecisionResult) -> None:
    """Go on with a decision only if the departments consulted allow it. Raises Rejection."""
    if step.consultation is None:
        return
    if result is DecisionResult.FAIL:
        return
    if p.definition(step.key).joint:
        _require_complete(step)
    elif step.consultation.pending:
        raise _pending(step, step.consultation, step.consultation.pending)
    if step.consultation.against:
        against = ", ".join(step.consultation.against)
        raise Rejection(Reason.OPINION_AGAINST, step=step.key, departments=against)


def require_silence_counted(chain: Chain, envelope: cmd.Envelope) -> None:
    """Refuse what waits for every opinion if silence became one only after it was received.

    Raises Rejection (consultation_pending).
    """
    command = envelope.command
    if not isinstance(command, cmd.Decide | cmd.RequestRectification):
        return
    if isinstance(command, cmd.Decide) and command.result is DecisionResult.FAIL:
        return
    step = chain.steps[command.step]
    consultation = step.consultation
    if consultation is not None and (unheard := consultation.unheard(envelope.received_at)):
        raise _pending(step, consultation, unheard)


def _require_complete(step: Step) -> None:
    """Every department has replied, and the site was visited."""
    consultation = _open_round(step)
    if consultation.pending:
        raise _pending(step, consultation, consultation.pending)
    if consultation.visited_on is None:
        raise Rejection(Reason.VISIT_MISSING, step=step.key)


def _pending(step: Step, consultation: Consultation, departments: tuple[str, ...]) -> Rejection:
    return Rejection(
        Reason.CONSULTATION_PENDING,
        step=step.key,
        departments=", ".join(departments),
        reply_on=consultation.reply_on.isoformat(),
    )


def _joint_step(p: Proceedings, key: str, action: str) -> Step:
    """The step, if the actor may act on it and it is in joint acceptance."""
    step, definition = p.step(key), p.definition(key)
    authorise(p.by, action, definition)
    _require_joint(step, definition)
    step = p.as_received(step)
    p.require(step, action, *_AT_WORK)
    return step


def _require_joint(step: Step, definition: StepDefinition) -> None:
    if not definition.joint:
        raise Rejection(Reason.NOT_JOINT, step=step.key)


def _open_round(step: Step) -> Consultation:
    if step.consultation is None:
        raise Rejection(Reason.NOT_ASKED_YET, step=step.key)
    return step.consultation


def _terms(p: Proceedings, key: str) -> JointTerms:
    terms = p.rules.definition.joint
    if terms is None:
        raise Rejection(Reason.NOBODY_TO_CONSULT, step=key)
    return terms
