"""Turns the written form into the domain's definition: short forms, defaults and source tags.

The result is always complete. Where something cannot be resolved a mistake is reported and a
placeholder stands in, so that the checks of meaning still see the whole chain.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from groundwork.catalogue.mistakes import FieldPath, Said
from groundwork.catalogue.resolve_figures import UNRESOLVED, Figures, text
from groundwork.catalogue.resolve_promises import gate, joint, notice, promises, units
from groundwork.catalogue.source import Document
from groundwork.catalogue.written import (
    WrittenBar,
    WrittenChain,
    WrittenCredit,
    WrittenDefaults,
    WrittenExemption,
    WrittenMaterial,
    WrittenPromise,
    WrittenRung,
    WrittenSource,
    WrittenStep,
    WrittenTerms,
)
from groundwork.catalogue.written_basics import WrittenLimit
from groundwork.domain.credit import CreditKind, Severity
from groundwork.domain.definition import (
    BreachSeverity,
    ChainDefinition,
    CreditBar,
    CreditPolicy,
    CreditTerms,
    Department,
    Edge,
    EligibilityLoss,
    Exemption,
    Limit,
    LimitUnit,
    Material,
    OtherLadder,
    Phase,
    Provenance,
    Route,
    Rung,
    Stage,
    StepDefinition,
    Variant,
    Windows,
)


class Ladders(NamedTuple):
    """The ladder that a chain's steps climb, and those that some of them climb instead."""

    usual: Sequence[Rung]
    others: Sequence[OtherLadder] = ()


def chain(
    document: Document,
    form: WrittenChain,
    ladders: Ladders,
    misfits: frozenset[FieldPath] = frozenset(),
    credit: CreditPolicy | None = None,
) -> ChainDefinition:
    """The definition that a chain file writes down, with the given ladders and credit policy.

    `misfits` were left out of the form and reported already; what they cause is not reported again.
    """
    resolver = _Resolver(document, form.sources, form.defaults, misfits)
    return resolver.chain(form, ladders, credit)


def rungs(
    document: Document,
    forms: Sequence[WrittenRung],
    sources: Mapping[str, WrittenSource],
    misfits: frozenset[FieldPath] = frozenset(),
) -> tuple[Rung, ...]:
    """The rungs of a ladder, from a ladder file or from within a chain file."""
    resolver = _Resolver(document, sources, WrittenDefaults(), misfits)
    return tuple(resolver.rung(form) for form in forms)


def credit_policy(
    document: Document,
    form: WrittenCredit,
    sources: Mapping[str, WrittenSource],
    misfits: frozenset[FieldPath] = frozenset(),
) -> CreditPolicy:
    """A credit policy, from a file of its own or from within a chain file."""
    return _Resolver(document, sources, WrittenDefaults(), misfits).credit(form)


class _Resolver(Figures):
    def chain(
        self,
        form: WrittenChain,
        ladders: Ladders,
        credit: CreditPolicy | None,
    ) -> ChainDefinition:
        if form.windows.close_of_business is not None:
            self.cut_off = self.closing(form.windows.close_of_business)
        return ChainDefinition(
            id=form.id,
            version=form.version,
            name=text(form.name),
            workflow_type=form.workflow_type,
            departments=tuple(
                Department(id=d.id, name=text(d.name), short=text(d.short))
                for d in form.departments
            ),
            stages=tuple(Stage(id=s.id, name=text(s.name), lead=s.lead) for s in form.stages),
            steps=tuple(self._step(step) for step in form.steps),
            routes=tuple(
                Route(
                    id=route.id,
                    name=text(route.name),
                    steps=tuple(route.steps),
                    working_days=route.working_days,
                    source=self.source(route.source, (*route.path_or(()), "source")),
                )
                for route in form.routes
            ),
            windows=self._windows(form),
            ladder=tuple(ladders.usual),
            ladders=tuple(ladders.others),
            follows=form.follows,
            promises=promises(self, form.promises),
            joint=joint(self, form.joint),
            units=units(self, form.units),
            gates=tuple(gate(self, one) for one in form.gates),
            credit=credit,
        )

    def credit(self, form: WrittenCredit) -> CreditPolicy:
        written = {one: getattr(form.terms, one.value) for one in Severity}
        breaches = {one: getattr(form.breaches, one.value, None) for one in CreditKind}
        loss = form.loss.months
        return CreditPolicy(
            terms={severity: self._terms(terms) for severity, terms in written.items()},
            breaches={
                kind: BreachSeverity(
                    severity=breach.severity,
                    source=self.source(breach.source, (*breach.path_or(()), "source")),
                )
                for kind, breach in breaches.items()
                if breach is not None
            },
            commitment=self._bar(form.commitment),
            tolerance=self._bar(form.tolerance),
            third_parties=self._bar(form.third_parties),
            loss=EligibilityLoss(
                kinds=tuple(form.loss.kinds),
                months=self._months(loss, (*form.loss.path_or(()), "months")),
            ),
        )

    def _terms(self, form: WrittenTerms) -> CreditTerms:
        path = form.path_or(())
        return CreditTerms(
            minimum=self._months(form.minimum, (*path, "minimum")),
            maximum=self._months(form.maximum, (*path, "maximum")),
        )

    def _bar(self, form: WrittenBar) -> CreditBar:
        return CreditBar(
            severities=tuple(form.severities),
            kinds=tuple(form.kinds),
            source=self.source(form.source, (*form.path_or(()), "source")),
        )

    def _months(self, form: WrittenLimit, path: FieldPath) -> Limit:
        """A period of the credit rules, which count in months only."""
        limit = self.figure(form, form.path_or(path), None)
        if limit.unit is not LimitUnit.MONTHS:
            wrong = Said("信用期限按月计算。", "Credit counts in months.")
            remedy = Said("请写作 6 mo。", "Write it like 6 mo.")
            self.document.report(form.path_or(path), wrong, remedy)
        return limit

    def rung(self, form: WrittenRung) -> Rung:
        path = form.path_or(())
        answer, appeal = form.answer_within, form.appeal_within
        return Rung(
            level=form.level,
            id=form.id,
            name=text(form.name),
            light=form.light,
            trigger=form.trigger,
            share=form.share,
            days_left=form.days_left,
            days_past_due=form.days_past_due,
            hours_past_due=form.hours_past_due,
            recipients=tuple(form.recipients),
            answer_within=None
            if answer is None
            else self.limit(answer, (*path, "answer_within"), None),
            unanswered=form.unanswered,
            appeal_within=None
            if appeal is None
            else self.limit(appeal, (*path, "appeal_within"), None),
            supervision_order=form.supervision_order,
            human_decides=form.human_decides,
            source=self.source(form.source, (*path, "source")),
        )

    def _step(self, form: WrittenStep) -> StepDefinition:
        path = form.path_or(())
        return StepDefinition(
            id=form.id,
            name=text(form.name),
            stage=form.stage,
            lead=form.lead,
            consulted=tuple(form.consulted),
            after=tuple(Edge(step=e.step, variants=tuple(e.variants)) for e in form.after),
            statutory=tuple(
                self.statutory_limit(limit, (*path, "statutory", i))
                for i, limit in enumerate(form.statutory)
            ),
            promised=self._promised(form.promised, (*path, "promised")),
            modes=tuple(form.modes),
            exemption=self._exemption(form.exemption, (*path, "exemption")),
            materials=tuple(self._material(material) for material in form.materials),
            stops=tuple(form.stops),
            extension=self._extension(form, path),
            output=text(form.output),
            pre_review=form.pre_review,
            conversion_gate=form.conversion_gate,
            applicant_owned=form.applicant_owned,
            ex_officio=form.ex_officio,
            never_tolerable=form.never_tolerable,
            phases=tuple(Phase(id=phase.id, name=text(phase.name)) for phase in form.phases),
            per_unit=form.per_unit,
            confirms_units=form.confirms_units,
            joint=form.joint,
            settles_cures=form.settles_cures,
            commitment=notice(self, form.commitment),
        )

    def _extension(self, form: WrittenStep, path: FieldPath) -> Limit:
        if form.extension is not None:
            return self.limit(form.extension, (*path, "extension"), None)
        if self.defaults.extension is not None:
            return self.limit(self.defaults.extension, ("defaults", "extension"), None)
        if self.defaults_fit:
            wrong = Said(
                f"环节 {form.id} 没有规定可延长多久。",
                f"Step {form.id} does not say its extension.",
            )
            remedy = Said(
                "请写 extension，或在 defaults 中统一规定。",
                "Add extension, here or once under defaults.",
            )
            self.document.report(path, wrong, remedy)
        return Limit(amount=0, provenance=Provenance.DEFAULT, source=UNRESOLVED)

    def _promised(self, form: WrittenPromise | None, path: FieldPath) -> dict[Variant, Limit]:
        if form is None:
            return {}
        written = {Variant.STANDARD: form.standard, Variant.FAST: form.fast}
        return {
            variant: self.limit(limit, (*path, variant.value), self.defaults.promised)
            for variant, limit in written.items()
            if limit is not None
        }

    def _exemption(self, form: WrittenExemption | None, path: FieldPath) -> Exemption | None:
        if form is None:
            return None
        written = form.source or self.defaults.exemption
        return Exemption(when=text(form.when), source=self.source(written, (*path, "source")))

    def _material(self, form: WrittenMaterial) -> Material:
        path = (*form.path_or(()), "cure")
        cure = form.cure
        return Material(
            id=form.id,
            name=text(form.name),
            cure=None if cure is None else self.limit(cure, path, self.defaults.cure),
            output_of=form.output_of,
        )

    def _windows(self, form: WrittenChain) -> Windows:
        windows = form.windows
        path: FieldPath = ("windows",)
        return Windows(
            acceptance=self.limit(windows.acceptance, (*path, "acceptance"), None),
            commitment_verification=self.limit(
                windows.commitment_verification, (*path, "commitment_verification"), None
            ),
            rectification=self.limit(windows.rectification, (*path, "rectification"), None),
            max_tolerated_materials=windows.max_tolerated_materials,
            max_tolerated_source=self.source(
                windows.max_tolerated_source, (*path, "max_tolerated_source")
            ),
            cure_extension_percent=windows.cure_extension_percent,
            cure_extension_source=self.source(
                windows.cure_extension_source, (*path, "cure_extension_source")
            ),
            close_of_business=self.cut_off,
        )
