"""Reads files of figures of effect and explains every mistake in them."""

from typing import Final

from groundwork.catalogue.mistakes import FieldPath, Said
from groundwork.catalogue.shape import fit, suggestion
from groundwork.catalogue.source import Document
from groundwork.catalogue.written import WrittenSource
from groundwork.catalogue.written_kpis import WrittenKpi, WrittenKpiFile, WrittenReference
from groundwork.domain.definition import Provenance, Text
from groundwork.domain.kpis import TIMES, Kpi, KpiBook, Measure, Reference

FOLDER: Final = "kpi"

_NEEDED: Final = {Measure.ROUTE_TIME: "route", Measure.SPAN: "until"}
"""What a measure needs besides the definition it belongs to."""


def kpi_file(document: Document) -> KpiBook | None:
    """The figures in a file, None when it has no readable form; mistakes are reported."""
    form, misfits = fit(document, WrittenKpiFile)
    if form is None:
        return None
    if not misfits and document.file.parent.name == FOLDER:
        _named_like_its_file(document, form)
    return _Resolver(document, form.sources).book(form)


def is_kpis(document: Document) -> bool:
    """Whether a file holds figures of effect rather than a chain."""
    data = document.data
    return isinstance(data, dict) and "figures" in data and "steps" not in data


def _named_like_its_file(document: Document, form: WrittenKpiFile) -> None:
    name = f"{form.id}-{form.version}"
    if document.file.stem != name:
        wrong = Said(
            f"“{name}”与文件名 {document.file.name} 不符。",
            f'"{name}" does not agree with the file name {document.file.name}.',
        )
        remedy = Said("请修改 id、version 或文件名。", "Change id, version or the file name.")
        document.report(("version",), wrong, remedy)


class _Resolver:
    """Turns the written form into figures, explaining what does not go together."""

    def __init__(self, document: Document, sources: dict[str, WrittenSource]) -> None:
        self._document = document
        self._sources = sources

    def book(self, form: WrittenKpiFile) -> KpiBook:
        known: set[str] = set()
        for number, figure in enumerate(form.figures):
            self._check(figure, ("figures", number), known)
        sample = form.small_sample
        return KpiBook(
            id=form.id,
            version=form.version,
            small_sample=sample.below,
            small_sample_source=self._source(sample.source, ("small_sample", "source"))[1],
            figures=tuple(
                self._kpi(figure, ("figures", number)) for number, figure in enumerate(form.figures)
            ),
        )

    def _check(self, figure: WrittenKpi, path: FieldPath, known: set[str]) -> None:
        if figure.id in known:
            wrong = Said(f"指标“{figure.id}”重复。", f'There are two figures "{figure.id}".')
            remedy = Said("请改用另一个 id。", "Give one of them another id.")
            self._document.report((*path, "id"), wrong, remedy)
        known.add(figure.id)
        if (figure.unit is None) == (figure.measure in TIMES):
            wrong = Said(
                "时长须有 unit，比率和件数不得有。", "Times need a unit, others have none."
            )
            remedy = Said("请补上或删去 unit。", "Add or remove the unit.")
            self._document.report((*path, "measure"), wrong, remedy)
        needed = _NEEDED.get(figure.measure)
        if needed and (getattr(figure, needed) is None or figure.definition is None):
            wrong = Said(
                f"{figure.measure} 须写明 definition 和 {needed}。",
                f"{figure.measure} needs a definition and {needed}.",
            )
            remedy = Said("请补上。", "Add them.")
            self._document.report((*path, "measure"), wrong, remedy)

    def _kpi(self, figure: WrittenKpi, path: FieldPath) -> Kpi:
        return Kpi(
            id=figure.id,
            name=Text(zh=figure.name.zh, en=figure.name.en),
            what=Text(zh=figure.what.zh, en=figure.what.en),
            measure=figure.measure,
            unit=figure.unit,
            whose=figure.whose,
            definition=figure.definition,
            route=figure.route,
            until=figure.until,
            baseline=self._reference(figure.baseline, (*path, "baseline")),
            target=self._reference(figure.target, (*path, "target")),
            reported=self._reference(figure.reported, (*path, "reported")),
        )

    def _reference(self, written: WrittenReference | None, path: FieldPath) -> Reference | None:
        if written is None:
            return None
        provenance, source = self._source(written.source, (*path, "source"))
        note = written.note
        return Reference(
            amount=written.amount,
            up_to=written.up_to,
            reported=written.reported,
            provenance=provenance,
            source=source,
            note=Text(zh=note.zh, en=note.en) if note else None,
        )

    def _source(self, tag: str, path: FieldPath) -> tuple[Provenance, str]:
        source = self._sources.get(tag)
        if source is None:
            wrong = Said(f"sources 中没有“{tag}”。", f'"{tag}" is not among the sources.')
            self._document.report(path, wrong, suggestion(tag, list(self._sources)))
            return Provenance.DEFAULT, tag
        return source.provenance, source.text
