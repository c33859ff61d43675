"""A chain file as far as it could be read: what every rule looks at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from groundwork.catalogue.mistakes import FieldPath
from groundwork.catalogue.source import Document, child
from groundwork.catalogue.written import WrittenChain
from groundwork.domain.definition import ChainDefinition, StepDefinition


@dataclass(frozen=True)
class Reading:
    """The file, its written form and the definition it leads to.

    `misfits` says what had to be left out of the form. Rules keep silent where that could be the
    reason for what they see, so that one mistake is not explained twice. `chains` are the files of
    every chain that there is beside this one, by its id.
    """

    document: Document
    form: WrittenChain
    chain: ChainDefinition
    misfits: frozenset[FieldPath]
    chains: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)

    def steps(self) -> Iterator[tuple[FieldPath, StepDefinition]]:
        """Each step with its place."""
        for form, step in zip(self.form.steps, self.chain.steps, strict=True):
            yield form.path_or(()), step

    def fits(self, *path: str | int) -> bool:
        """Whether nothing had to be left out at the path or within it."""
        return not any(misfit[: len(path)] == path for misfit in self.misfits)

    def declared(self, section: str) -> frozenset[str] | None:
        """The ids that a section declares, of unusable entries too; None if ids are unusable."""
        return self._declared.get(section)

    @cached_property
    def _declared(self) -> dict[str, frozenset[str]]:
        declared: dict[str, frozenset[str]] = {}
        for section in ("departments", "stages", "steps"):
            entries = child(self.document.data, section)
            unusable = any(
                misfit == (section,) or (misfit[:1] == (section,) and misfit[2:] == ("id",))
                for misfit in self.misfits
            )
            if isinstance(entries, list) and not unusable:
                ids = (child(entry, "id") for entry in entries)
                declared[section] = frozenset(one for one in ids if isinstance(one, str))
        return declared

    @cached_property
    def faulty_steps(self) -> frozenset[str]:
        """Ids of the steps of which something had to be left out."""
        places = {misfit[:2] for misfit in self.misfits if misfit[:1] == ("steps",)}
        entries = child(self.document.data, "steps")
        ids = (child(child(entries, place[1]), "id") for place in places if len(place) > 1)
        return frozenset(one for one in ids if isinstance(one, str))

    @property
    def whole(self) -> bool:
        """Whether all steps could be read as they were written."""
        return self.fits("steps")
