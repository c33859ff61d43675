"""How events of units, consultations and credit change a chain."""

from typing import Any

from groundwork.domain import events as ev
from groundwork.domain.facts import (
    Consultation,
    CreditCheck,
    CreditFiling,
    Opinion,
    OpinionKind,
    SiteRectification,
    Unit,
    UnitState,
)
from groundwork.domain.folding import apply, with_commitment, with_deficiency, with_step
from groundwork.domain.model import Chain, Step, StepState

# Units.


@apply.register
def _(event: ev.UnitAdded, chain: Chain) -> Chain:
    steps = {key: Step(key=key, mode=mode) for key, mode in event.steps.items()}
    chain = chain.model_copy(update={"steps": chain.steps | steps})
    if event.of is not None:
        return chain
    return _with_unit(chain, Unit(id=event.unit, name=event.name))


@apply.register
def _(event: ev.UnitDropped, chain: Chain) -> Chain:
    chain = _without_steps(chain, event.steps, event.reason)
    if event.of is not None:
        return chain
    gone = {"state": UnitState.DROPPED, "open_gates": frozenset[str]()}
    return _with_unit(chain, chain.units[event.unit].model_copy(update=gone))


@apply.register
def _(event: ev.UnitsMerged, chain: Chain) -> Chain:
    chain = _without_steps(chain, event.steps, event.reason)
    for promise, step in event.moved.items():
        if promise in chain.deficiencies:
            chain = with_deficiency(chain, promise, step=step)
        else:
            chain = with_commitment(chain, promise, step=step)
    if event.of is not None:
        return chain
    absorbed = {
        "state": UnitState.MERGED,
        "into": event.into,
        "open_gates": frozenset[str](),
    }
    return _with_unit(chain, chain.units[event.unit].model_copy(update=absorbed))


def _without_steps(chain: Chain, keys: tuple[str, ...], reason: str) -> Chain:
    for key in keys:
        prior = chain.steps[key].state
        chain = with_step(chain, key, state=StepState.DROPPED, prior=prior, cause=reason)
    return chain


def _with_unit(chain: Chain, unit: Unit) -> Chain:
    return chain.model_copy(update={"units": chain.units | {unit.id: unit}})


@apply.register
def _(event: ev.StepHeld, chain: Chain) -> Chain:
    return with_step(chain, event.step, state=StepState.WAITING, ready_at=None)


@apply.register
def _(event: ev.EquipmentRegistered, chain: Chain) -> Chain:
    facts = {"equipment": event.document, "without_equipment": event.without_equipment}
    return _with_unit(chain, chain.units[event.unit].model_copy(update=facts))


@apply.register
def _(event: ev.GateOpened, chain: Chain) -> Chain:
    unit = chain.units[event.unit]
    opened = unit.open_gates | {event.gate}
    return _with_unit(chain, unit.model_copy(update={"open_gates": opened}))


@apply.register
def _(event: ev.GateClosed, chain: Chain) -> Chain:
    unit = chain.units[event.unit]
    closed = unit.open_gates - {event.gate}
    return _with_unit(chain, unit.model_copy(update={"open_gates": closed}))


# Consultations.


@apply.register
def _(event: ev.ConsultationOpened, chain: Chain) -> Chain:
    before = chain.steps[event.step].consultation
    kept = before.opinions if before is not None else {}
    consultation = Consultation(
        round=event.round,
        departments=event.departments,
        opened_at=event.at,
        reply_on=event.reply_on,
        reply_before=event.reply_before,
        provisional=event.provisional,
        # A later round asks some again; what the others said stands.
        opinions={name: one for name, one in kept.items() if name not in event.departments},
        visit_on=before.visit_on if before is not None else None,
    )
    return with_step(chain, event.step, consultation=consultation)


@apply.register
def _(event: ev.OpinionGiven, chain: Chain) -> Chain:
    opinion = Opinion(department=event.department, kind=event.kind, text=event.text, at=event.at)
    return _with_opinions(chain, event.step, opinion)


@apply.register
def _(event: ev.SilenceCounted, chain: Chain) -> Chain:
    silent = OpinionKind.NO_OBJECTION
    said = (Opinion(department=one, kind=silent, at=event.at) for one in event.departments)
    return _with_opinions(chain, event.step, *said)


@apply.register
def _(event: ev.SiteVisitScheduled, chain: Chain) -> Chain:
    return _with_consultation(chain, event.step, visit_on=event.visit_on)


@apply.register
def _(event: ev.SiteVisitHeld, chain: Chain) -> Chain:
    held = {"visited_on": event.visited_on, "visited_by": event.officers}
    return _with_consultation(chain, event.step, **held)


def _with_opinions(chain: Chain, key: str, *opinions: Opinion) -> Chain:
    known = _consultation(chain, key).opinions
    fresh = {opinion.department: opinion for opinion in opinions}
    return _with_consultation(chain, key, opinions=known | fresh)


def _with_consultation(chain: Chain, key: str, **changes: Any) -> Chain:
    consultation = _consultation(chain, key).model_copy(update=changes)
    return with_step(chain, key, consultation=consultation)


def _consultation(chain: Chain, key: str) -> Consultation:
    consultation = chain.steps[key].consultation
    if consultation is None:
        raise ValueError(f"step {key} has no consultation")
    return consultation


@apply.register
def _(event: ev.SiteRectificationRequested, chain: Chain) -> Chain:
    asked = SiteRectification(requested_at=event.at, items=event.items, due_on=event.due_on)
    return with_step(chain, event.step, site_rectification=asked)


@apply.register
def _(event: ev.SiteRectificationSubmitted, chain: Chain) -> Chain:
    asked = chain.steps[event.step].site_rectification
    if asked is None:
        raise ValueError(f"nothing was to be put right on step {event.step}")
    done = asked.model_copy(update={"submitted_at": event.at})
    return with_step(chain, event.step, site_rectification=done)


# Credit.


@apply.register
def _(event: ev.CreditAsked, chain: Chain) -> Chain:
    check = CreditCheck(
        id=event.check,
        occasion=event.occasion,
        subjects=event.subjects,
        asked_at=event.at,
        step=event.step,
        commitment=event.commitment,
    )
    return chain.model_copy(update={"checks": chain.checks | {check.id: check}})


@apply.register
def _(event: ev.CreditAnswered, chain: Chain) -> Chain:
    answer = {"eligible": event.eligible, "grade": event.grade, "grounds": event.grounds}
    check = chain.checks[event.check].model_copy(update=answer)
    return chain.model_copy(update={"checks": chain.checks | {check.id: check}})


@apply.register
def _(event: ev.CreditCheckSkipped, chain: Chain) -> Chain:
    check = chain.checks[event.check].model_copy(update={"skipped_at": event.at})
    return chain.model_copy(update={"checks": chain.checks | {check.id: check}})


@apply.register
def _(event: ev.CreditFilingSkipped, chain: Chain) -> Chain:
    given_up = chain.filings[event.report].model_copy(update={"skipped_at": event.at})
    return chain.model_copy(update={"filings": chain.filings | {event.report: given_up}})


@apply.register
def _(event: ev.CreditFilingDue, chain: Chain) -> Chain:
    filing = CreditFiling(report=event.report, due_at=event.at)
    return chain.model_copy(update={"filings": chain.filings | {event.report.id: filing}})


@apply.register
def _(event: ev.CreditFiled, chain: Chain) -> Chain:
    filed = chain.filings[event.report].model_copy(update={"filed_at": event.at})
    return chain.model_copy(update={"filings": chain.filings | {event.report: filed}})
