"""Resolves what a chain says about promises, joint acceptance, units and gates."""

from groundwork.catalogue.resolve_figures import Figures, text
from groundwork.catalogue.written_promises import (
    WrittenGate,
    WrittenJoint,
    WrittenNotice,
    WrittenPromises,
    WrittenUnits,
    WrittenVisit,
)
from groundwork.domain.definition import (
    BreachKind,
    CommitmentNotice,
    Gate,
    GateCondition,
    JointTerms,
    PromiseTerms,
    UnitTerms,
    VisitTerms,
)


def notice(figures: Figures, form: WrittenNotice | None) -> CommitmentNotice | None:
    """What is told before a step's commitment is signed."""
    if form is None:
        return None
    path, limit = form.path_or(()), form.limit
    return CommitmentNotice(
        conditions=tuple(text(one) for one in form.conditions),
        checks=tuple(text(one) for one in form.checks),
        basis=figures.source(form.basis, (*path, "basis")),
        limit=None if limit is None else figures.limit(limit, (*path, "limit"), None),
    )


def promises(figures: Figures, form: WrittenPromises | None) -> PromiseTerms | None:
    """What holds for every promise of a chain."""
    if form is None:
        return None
    path, follows = form.path_or(()), form.consequences
    return PromiseTerms(
        undertakings=tuple(text(one) for one in form.undertakings),
        undertakings_source=figures.source(
            form.undertakings_source, (*path, "undertakings_source")
        ),
        reminders=tuple(form.reminders),
        reminders_source=figures.source(form.reminders_source, (*path, "reminders_source")),
        verification=figures.limit(form.verification, (*path, "verification"), None),
        officers=form.officers,
        officers_source=figures.source(form.officers_source, (*path, "officers_source")),
        publication=figures.limit(form.publication, (*path, "publication"), None),
        consequences={
            BreachKind.FALSE: follows.false_commitment,
            BreachKind.OVERDUE: follows.overdue_commitment,
            BreachKind.NON_CONFORMING: follows.non_conforming_commitment,
        },
        consequences_source=figures.source(
            form.consequences_source, (*path, "consequences_source")
        ),
    )


def joint(figures: Figures, form: WrittenJoint | None) -> JointTerms | None:
    """The limits of consultation and joint acceptance."""
    if form is None:
        return None
    path = form.path_or(())
    return JointTerms(
        visit=_visit(figures, form.visit),
        reply=figures.limit(form.reply, (*path, "reply"), None),
        reinspection=figures.limit(form.reinspection, (*path, "reinspection"), None),
        silence_source=figures.source(form.silence_source, (*path, "silence_source")),
    )


def _visit(figures: Figures, form: WrittenVisit | None) -> VisitTerms | None:
    if form is None:
        return None
    source = figures.source(form.source, (*form.path_or(()), "source"))
    return VisitTerms(officers=form.officers, source=source)


def units(figures: Figures, form: WrittenUnits | None) -> UnitTerms | None:
    """What units are called, and how many there may be."""
    if form is None:
        return None
    source = figures.source(form.source, (*form.path_or(()), "source"))
    return UnitTerms(name=text(form.name), most=form.most, source=source)


def gate(figures: Figures, form: WrittenGate) -> Gate:
    """What is allowed to a unit, and on which conditions."""
    return Gate(
        id=form.id,
        name=text(form.name),
        permits=text(form.permits),
        conditions=tuple(
            GateCondition(
                id=one.id,
                name=text(one.name),
                kind=one.kind,
                step=one.step,
                holder=one.holder,
                source=figures.source(one.source, (*one.path_or(()), "source")),
            )
            for one in form.conditions
        ),
        closes_chain=form.closes_chain,
    )
