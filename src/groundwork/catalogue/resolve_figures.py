"""Resolves what every written piece is made of: texts, sources and figures with their provenance.

Where something cannot be resolved a mistake is reported and a placeholder stands in.
"""

import re
from collections.abc import Mapping
from typing import Final

from groundwork.catalogue.mistakes import FieldPath, Said
from groundwork.catalogue.shape import suggestion
from groundwork.catalogue.source import Document
from groundwork.catalogue.written import WrittenDefaults, WrittenSource
from groundwork.catalogue.written_basics import (
    TAG,
    WrittenLimit,
    WrittenStatutory,
    WrittenText,
)
from groundwork.domain.definition import Limit, LimitUnit, Provenance, StatutoryLimit, Text

UNRESOLVED: Final = "?"
_TAG: Final = re.compile(TAG)


class Figures:
    """Looks tags up in a file's `sources` and fills in its `defaults`."""

    def __init__(
        self,
        document: Document,
        sources: Mapping[str, WrittenSource],
        defaults: WrittenDefaults,
        misfits: frozenset[FieldPath],
    ) -> None:
        self.document = document
        self._sources = sources
        self.defaults = defaults
        self.defaults_fit = not any(misfit[:1] == ("defaults",) for misfit in misfits)
        self._sources_fit = not any(misfit[:1] == ("sources",) for misfit in misfits)

    def statutory_limit(self, form: WrittenStatutory, path: FieldPath) -> StatutoryLimit:
        """A figure that the law sets for a step."""
        limit = self.figure(form, form.path_or(path), None)
        return StatutoryLimit(
            **dict(limit),
            at_least=form.at_least,
            part=text_or_none(form.part),
            case=text_or_none(form.case),
        )

    def limit(self, form: WrittenLimit, path: FieldPath, default_tag: str | None) -> Limit:
        """A limit on which a clock of ours runs, so never in months."""
        limit = self.figure(form, form.path_or(path), default_tag)
        if limit.unit is LimitUnit.MONTHS:
            self.document.report(
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

    def figure(self, form: WrittenLimit, path: FieldPath, default_tag: str | None) -> Limit:
        """A figure with its provenance and source; `default_tag` stands in for a missing tag."""
        amount, unit = form.figure
        written = form.tag or form.source or default_tag
        entry = self._sources.get(written or "")
        source = self.source(written, path)
        provenance = form.provenance
        if provenance is None and entry is not None:
            provenance = entry.provenance
        if provenance is None:
            provenance = Provenance.DEFAULT
            if source != UNRESOLVED:
                self.document.report(
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
            note=text_or_none(form.note),
        )

    def source(self, written: str | None, path: FieldPath) -> str:
        """A source spelled out: the text of a tag, or what is written if it is no tag."""
        if written is not None and written in self._sources:
            return self._sources[written].text
        if written is not None and not _TAG.fullmatch(written):
            return written
        if written is None and self.defaults_fit:
            wrong = Said("没有写明依据。", "The source is missing.")
            remedy = Said(
                "请写 source，或引用 sources 中的代号，如 20 wd XK42。",
                "Add source, or use a tag of sources, such as 20 wd XK42.",
            )
            self.document.report(path, wrong, remedy)
        elif written is not None and self._sources_fit:
            wrong = Said(
                f"依据代号“{written}”未定义。", f'The source tag "{written}" is not defined.'
            )
            self.document.report(path, wrong, suggestion(written, self._sources))
        return UNRESOLVED


def text(form: WrittenText) -> Text:
    """A text as the domain holds it."""
    return Text(zh=form.zh, en=form.en)


def text_or_none(form: WrittenText | None) -> Text | None:
    """A text, if there is one."""
    return None if form is None else text(form)
