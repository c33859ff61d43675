"""Turns the written form into the domain's definition: short forms, defaults and source tags.

The result is always complete. Where something cannot be resolved a mistake is reported and a
placeholder stands in, so that the checks of meaning still see the whole chain.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from groundwork.catalogue.mistakes import FieldPath, Said
from groundwork.catalogue.shape import suggestion
from groundwork.catalogue.source import Document
from groundwork.catalogue.written import (
    TAG,
    WrittenChain,
    WrittenDefaults,
    WrittenExemption,
    WrittenLimit,
    WrittenMaterial,
    WrittenPromise,
    WrittenRung,
    WrittenSource,
    WrittenStatutory,
    WrittenStep,
    WrittenText,
)
from groundwork.domain.definition import (
    ChainDefinition,
    Department,
    Edge,
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
    StatutoryLimit,
    StepDefinition,
    Text,
    Variant,
    Windows,
)

_TAG: Final = re.compile(TAG)
_UNRESOLVED: Final = "?"


def chain(
    document: Document,
    form: WrittenChain,
    ladder: Sequence[Rung],
    ladders: Sequence[OtherLadder] = (),
    misfits: frozenset[FieldPath] = frozenset(),
) -> ChainDefinition:
    """The definition that a chain file writes down, climbing the given ladders.

    `misfits` were left out of the form and reported already; what they cause is not reported again.
    """
    resolver = _Resolver(document, form.sources, form.defaults, misfits)
    return resolver.chain(form, ladder, ladders)


def rungs(
    document: Document,
    forms: Sequence[WrittenRung],
    sources: Mapping[str, WrittenSource],
    misfits: frozenset[FieldPath] = frozenset(),
) -> tuple[Rung, ...]:
    """The rungs of a ladder, from a ladder file or from within a chain file."""
    resolver = _Resolver(document, sources, WrittenDefaults(), misfits)
    return tuple(resolver.rung(form) for form in forms)


class _Resolver:
    def __init__(
        self,
        document: Document,
        sources: Mapping[str, WrittenSource],
        defaults: WrittenDefaults,
        misfits: frozenset[FieldPath],
    ) -> None:
        self._document = document
        self._sources = sources
        self._defaults = defaults
        self._defaults_fit = not any(misfit[:1] == ("defaults",) for misfit in misfits)
        self._sources_fit = not any(misfit[:1] == ("sources",) for misfit in misfits)

    def chain(
        self, form: WrittenChain, ladder: Sequence[Rung], ladders: Sequence[OtherLadder]
    ) -> ChainDefinition:
        return ChainDefinition(
            id=form.id,
            version=form.version,
            name=_text(form.name),
            workflow_type=form.workflow_type,
            departments=tuple(
                Department(id=d.id, name=_text(d.name), short=_text(d.short))
                for d in form.departments
            ),
            stages=tuple(Stage(id=s.id, name=_text(s.name), lead=s.lead) for s in form.stages),
            steps=tuple(self._step(step) for step in form.steps),
            routes=tuple(
                Route(
                    id=route.id,
                    name=_text(route.name),
                    steps=tuple(route.steps),
                    working_days=route.working_days,
                    source=self._source(route.source, (*route.path_or(()), "source")),
                )
                for route in form.routes
            ),
            windows=self._windows(form),
            ladder=tuple(ladder),
            ladders=tuple(ladders),
        )

    def rung(self, form: WrittenRung) -> Rung:
        path = form.path_or(())
        answer, appeal = form.answer_within, form.appeal_within
        return Rung(
            level=form.level,
            id=form.id,
            name=_text(form.name),
            light=form.light,
            trigger=form.trigger,
            share=form.share,
            days_left=form.days_left,
            days_past_due=form.days_past_due,
            hours_past_due=form.hours_past_due,
            recipients=tuple(form.recipients),
            answer_within=None
            if answer is None
            else self._limit(answer, (*path, "answer_within"), None),
            unanswered=form.unanswered,
            appeal_within=None
            if appeal is None
            else self._limit(appeal, (*path, "appeal_within"), None),
            supervision_order=form.supervision_order,
            human_decides=form.human_decides,
            source=self._source(form.source, (*path, "source")),
        )

    def _step(self, form: WrittenStep) -> StepDefinition:
        path = form.path_or(())
        return StepDefinition(
            id=form.id,
            name=_text(form.name),
            stage=form.stage,
            lead=form.lead,
            consulted=tuple(form.consulted),
            after=tuple(Edge(step=e.step, variants=tuple(e.variants)) for e in form.after),
            statutory=tuple(
                self._statutory(limit, (*path, "statutory", i))
                for i, limit in enumerate(form.statutory)
            ),
            promised=self._promised(form.promised, (*path, "promised")),
            modes=tuple(form.modes),
            exemption=self._exemption(form.exemption, (*path, "exemption")),
            materials=tuple(self._material(material) for material in form.materials),
            stops=tuple(form.stops),
            extension=self._extension(form, path),
            output=_text(form.output),
            pre_review=form.pre_review,
            conversion_gate=form.conversion_gate,
            applicant_owned=form.applicant_owned,
            ex_officio=form.ex_officio,
            never_tolerable=form.never_tolerable,
            phases=tuple(Phase(id=phase.id, name=_text(phase.name)) for phase in form.phases),
        )

    def _extension(self, form: WrittenStep, path: FieldPath) -> Limit:
        if form.extension is not None:
            return self._limit(form.extension, (*path, "extension"), None)
        if self._defaults.extension is not None:
            return self._limit(self._defaults.extension, ("defaults", "extension"), None)
        if self._defaults_fit:
            wrong = Said(
                f"环节 {form.id} 没有规定可延长多久。",
                f"Step {form.id} does not say its extension.",
            )
            remedy = Said(
                "请写 extension，或在 defaults 中统一规定。",
                "Add extension, here or once under defaults.",
            )
            self._document.report(path, wrong, remedy)
        return Limit(amount=0, provenance=Provenance.DEFAULT, source=_UNRESOLVED)

    def _promised(self, form: WrittenPromise | None, path: FieldPath) -> dict[Variant, Limit]:
        if form is None:
            return {}
        written = {Variant.STANDARD: form.standard, Variant.FAST: form.fast}
        return {
            variant: self._limit(limit, (*path, variant.value), self._defaults.promised)
            for variant, limit in written.items()
            if limit is not None
        }

    def _exemption(self, form: WrittenExemption | None, path: FieldPath) -> Exemption | None:
        if form is None:
            return None
        written = form.source or self._defaults.exemption
        return Exemption(when=_text(form.when), source=self._source(written, (*path, "source")))

    def _material(self, form: WrittenMaterial) -> Material:
        path = (*form.path_or(()), "cure")
        cure = form.cure
        return Material(
            id=form.id,
            name=_text(form.name),
            cure=None if cure is None else self._limit(cure, path, self._defaults.cure),
        )

    def _windows(self, form: WrittenChain) -> Windows:
        windows = form.windows
        path: FieldPath = ("windows",)
        return Windows(
            acceptance=self._limit(windows.acceptance, (*path, "acceptance"), None),
            commitment_verification=self._limit(
                windows.commitment_verification, (*path, "commitment_verification"), None
            ),
            rectification=self._limit(windows.rectification, (*path, "rectification"), None),
            max_tolerated_materials=windows.max_tolerated_materials,
            max_tolerated_source=self._source(
                windows.max_tolerated_source, (*path, "max_tolerated_source")
            ),
            cure_extension_percent=windows.cure_extension_percent,
            cure_extension_source=self._source(
                windows.cure_extension_source, (*path, "cure_extension_source")
            ),
        )

    def _statutory(self, form: WrittenStatutory, path: FieldPath) -> StatutoryLimit:
        limit = self._figure(form, form.path_or(path), None)
        return StatutoryLimit(
            **dict(limit),
            at_least=form.at_least,
            part=_text_or_none(form.part),
            case=_text_or_none(form.case),
        )

    def _limit(self, form: WrittenLimit, path: FieldPath, default_tag: str | None) -> Limit:
        """A limit on which a clock of ours runs, so never in months."""
        limit = self._figure(form, form.path_or(path), default_tag)
        if limit.unit is LimitUnit.MONTHS:
            self._document.report(
                form.path_or(path),
                Said(
                    "月只能用于法定时限。",
                    "Months occur in statutory limits only; no clock runs on them.",
                ),
                Said(
                    "请改用工作日（wd）或自然日（cd）。",
                    "Use working days (wd) or calendar days (cd).",
                ),
            )
        return limit

    def _figure(self, form: WrittenLimit, path: FieldPath, default_tag: str | None) -> Limit:
        amount, unit = form.figure
        written = form.tag or form.source or default_tag
        entry = self._sources.get(written or "")
        source = self._source(written, path)
        provenance = form.provenance
        if provenance is None and entry is not None:
            provenance = entry.provenance
        if provenance is None:
            provenance = Provenance.DEFAULT
            if source != _UNRESOLVED:
                self._document.report(
                    path,
                    Said("没有写明性质（provenance）。", "The provenance is missing."),
                    Said(
                        "请写 statutory、promised 或 default，或引用 sources 中的代号。",
                        "Write statutory, promised or default, or use a tag of sources.",
                    ),
                )
        return Limit(
            amount=amount,
            unit=unit,
            counts_first_day=form.counts_first_day,
            provenance=provenance,
            source=source,
            note=_text_or_none(form.note),
        )

    def _source(self, written: str | None, path: FieldPath) -> str:
        """A source spelled out: the text of a tag, or what is written if it is no tag."""
        if written is not None and written in self._sources:
            return self._sources[written].text
        if written is not None and not _TAG.fullmatch(written):
            return written
        if written is None and self._defaults_fit:
            wrong = Said("没有写明依据。", "The source is missing.")
            remedy = Said(
                "请写 source，或引用 sources 中的代号，如 20 wd XK42。",
                "Add source, or use a tag of sources, such as 20 wd XK42.",
            )
            self._document.report(path, wrong, remedy)
        elif written is not None and self._sources_fit:
            wrong = Said(
                f"依据代号“{written}”未定义。", f'The source tag "{written}" is not defined.'
            )
            self._document.report(path, wrong, suggestion(written, self._sources))
        return _UNRESOLVED


def _text(form: WrittenText) -> Text:
    return Text(zh=form.zh, en=form.en)


def _text_or_none(form: WrittenText | None) -> Text | None:
    return None if form is None else _text(form)
