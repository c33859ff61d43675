"""Resolves what every written piece is made of: texts, sources and figures with their provenance.

Where something cannot be resolved a mistake is reported and a placeholder stands in.
"""

import re
from collections.abc import Mapping
from datetime import time
from typing import Final

from groundwork.catalogue.mistakes import FieldPath, Said
from groundwork.catalogue.shape import suggestion
from groundwork.catalogue.source import Document
from groundwork.catalogue.written import WrittenDefaults, WrittenSource
from groundwork.catalogue.written_basics import (
    TAG,
    WrittenCutOff,
    WrittenLimit,
    WrittenStatutory,
    WrittenText,
)
from groundwork.domain.definition import CutOff, Limit, LimitUnit, Provenance, StatutoryLimit, Text

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
        self._windows_fit = not any(misfit[:1] == ("windows",) for misfit in misfits)
        self.cut_off: CutOff | None = None

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
        source = self.source(written, path)
        return Limit(
            amount=amount,
            unit=unit,
            counts_first_day=form.counts_first_day,
            rolls_forward=form.rolls_forward,
            cut_off=self._cut_off_of(form, unit, path),
            provenance=self._provenance(form.provenance, written, source, path),
            source=source,
            note=text_or_none(form.note),
        )

    def closing(self, form: WrittenCutOff) -> CutOff:
        """When business closes, from which `until: close_of_business` takes it."""
        path = form.path_or(("windows", "close_of_business"))
        source = self.source(form.source, path)
        return CutOff(
            at=time.fromisoformat(form.at),
            provenance=self._provenance(form.provenance, form.source, source, path),
            source=source,
        )

    def _cut_off_of(self, form: WrittenLimit, unit: LimitUnit, path: FieldPath) -> CutOff | None:
        """When the last day of a limit ends, if before 24:00; hours have no last day to end."""
        closes = form.until == "close_of_business"
        if unit is LimitUnit.HOURS and (closes or not form.rolls_forward):
            wrong = Said(
                "按小时计的时限没有最后一日：不能写 until 或 rolls_forward。",
                "A limit in hours has no last day: until and rolls_forward mean nothing to it.",
            )
            self.document.report(path, wrong, Said("请删除。", "Remove them."))
        elif closes and self.cut_off is None and self._windows_fit:
            wrong = Said("没有写明下班时间。", "The close of business is not given.")
            remedy = Said(
                "请在链条文件的 windows 中写 close_of_business，如 17:30 P。",
                "Add close_of_business to the windows of the chain file, such as 17:30 P.",
            )
            self.document.report(path, wrong, remedy)
        return self.cut_off if closes else None

    def _provenance(
        self, provenance: Provenance | None, written: str | None, source: str, path: FieldPath
    ) -> Provenance:
        """Whose word a figure is: what is written, or else what its source tag says."""
        entry = self._sources.get(written or "")
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
        return provenance

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
