"""One bag of materials (一袋式): which document serves which step, and what is still lacking.

A project hands a document in once. It is filed as a material of the catalogue, as the output of a
step, or as neither, and serves every step of every chain of the project that asks for it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from groundwork.domain.base import Frozen
from groundwork.domain.definition import (
    ChainDefinition,
    Limit,
    Material,
    Mode,
    StepDefinition,
    Text,
)
from groundwork.domain.documents import Scan, Unfit
from groundwork.domain.model import Chain


class FilingKind(StrEnum):
    """What a document is in the bag."""

    MATERIAL = "material"
    OUTPUT = "output"
    """What a step led to: a licence, an opinion."""
    FREE = "free"
    """An attachment that no step asks for."""


class Filing(Frozen):
    """What a document is filed as.

    `chain` and `code` are a definition's id and a material of it, or a step for an output. `part`
    is the unit or phase (`B1`, `A`) that alone it is about; None means all of them.
    """

    kind: FilingKind
    chain: str | None = None
    code: str | None = None
    part: str | None = None

    @property
    def reference(self) -> str | None:
        """Such as `land-to-construction/design-scheme`; None for an attachment."""
        return f"{self.chain}/{self.code}" if self.chain else None


class Edition(NamedTuple):
    """One version of a document."""

    number: int
    at: datetime
    scan: Scan


class Filed(NamedTuple):
    """A document as the bag needs to know it; its versions oldest first."""

    id: str
    filing: Filing
    editions: Sequence[Edition]

    def edition_at(self, at: datetime) -> Edition | None:
        """The version that was newest at a moment, unless that one turned out to be infected."""
        known = [one for one in self.editions if one.at <= at and one.scan is not Scan.INFECTED]
        return known[-1] if known else None

    @property
    def scan(self) -> Scan:
        """What the newest version that is not infected was found to be."""
        sound = [one.scan for one in self.editions if one.scan is not Scan.INFECTED]
        return sound[-1] if sound else Scan.INFECTED


class HandIn(NamedTuple):
    """A material that came to a step, as the record says."""

    chain_id: str
    definition: str
    step: str
    material: str
    at: datetime


class Use(NamedTuple):
    """Where a document was used, and which version of it that was."""

    document: str
    version: int
    hand_in: HandIn


class MaterialBook:
    """What materials and outputs there are, and which of different chains are the same paper.

    Chains may use one id for different papers: those of two chains are the same paper when id and
    Chinese name agree in some version of each.
    """

    def __init__(self, definitions: Iterable[ChainDefinition]) -> None:
        names: defaultdict[str, set[str]] = defaultdict(set)
        self._texts: dict[str, Text] = {}
        self._outputs: dict[str, Text] = {}
        for definition in definitions:
            for step in definition.steps:
                self._outputs[f"{definition.id}/{step.id}"] = step.output
                for material in step.materials:
                    reference = f"{definition.id}/{material.id}"
                    names[reference].add(material.name.zh)
                    self._texts[reference] = material.name
        self._names = {reference: frozenset(known) for reference, known in names.items()}

    def material(self, given: str, part: str | None = None) -> Filing:
        """The filing as a material: `chain/material`, or the material alone where that is clear.

        Raises Unfit (document_material_unknown).
        """
        if given in self._names:
            chain, _, code = given.partition("/")
            return Filing(kind=FilingKind.MATERIAL, chain=chain, code=code, part=part)
        meant = [one for one in self._names if one.partition("/")[2] == given]
        if not meant or any(not self._same(meant[0], other) for other in meant):
            known = ", ".join(meant or self._names)
            raise Unfit("document_material_unknown", material=given, known=known)
        return self.material(meant[0], part)

    def output(self, given: str, part: str | None = None) -> Filing:
        """The filing as what a step leads to: `chain/step`. Raises Unfit."""
        if given not in self._outputs:
            known = ", ".join(self._outputs)
            raise Unfit("document_material_unknown", material=given, known=known)
        chain, _, code = given.partition("/")
        return Filing(kind=FilingKind.OUTPUT, chain=chain, code=code, part=part)

    def name(self, filing: Filing) -> Text | None:
        """What a filing is called; None for an attachment, and for what no chain has any more."""
        texts = self._outputs if filing.kind is FilingKind.OUTPUT else self._texts
        return texts.get(filing.reference or "")

    def serves(self, filing: Filing, chain: str, key: str, material: Material | str) -> bool:
        """Whether a document so filed is a material of a step of a chain, by its definition's id.

        An output serves where the material is known to come from that step.
        """
        if filing.part is not None and filing.part != key.partition(".")[2]:
            return False
        wanted = material if isinstance(material, str) else material.id
        if filing.kind is FilingKind.OUTPUT:
            source = None if isinstance(material, str) else material.output_of
            full = source if source is None or "/" in source else f"{chain}/{source}"
            return full is not None and full == filing.reference
        if filing.kind is FilingKind.FREE or filing.code != wanted:
            return False
        return filing.chain == chain or self._same(f"{filing.chain}/{wanted}", f"{chain}/{wanted}")

    def _same(self, one: str, other: str) -> bool:
        nothing = frozenset[str]()
        return bool(self._names.get(one, nothing) & self._names.get(other, nothing))


class Presence(StrEnum):
    """Whether a material is in the bag."""

    PRESENT = "present"
    PENDING = "pending"
    """It is there, and waits for the virus scanner."""
    CARRIED = "carried"
    """It comes from the chain before, under its number."""
    MISSING = "missing"


class Need(NamedTuple):
    """A material that a step asks for, and what the bag has for it.

    `tolerable` and `committable` say whether it may follow later (容缺, 告知承诺), within `cure`,
    by the step's definition; whether this applicant may is for credit and the promise to say.
    """

    material: Material
    presence: Presence
    documents: tuple[str, ...]
    handed_in: bool
    tolerable: bool
    committable: bool

    @property
    def cure(self) -> Limit | None:
        """Within what limit it may follow; None where it may not."""
        return self.material.cure if self.tolerable or self.committable else None


class StepBag(NamedTuple):
    """What the bag has for one step; `mode` is the one the step runs in, None before launch."""

    key: str
    definition: StepDefinition
    mode: Mode | None
    needs: tuple[Need, ...]

    @property
    def ready(self) -> tuple[str, ...]:
        """The materials that can be handed in now: in the bag or carried, not handed in before."""
        there = {Presence.PRESENT, Presence.CARRIED}
        return tuple(
            one.material.id for one in self.needs if one.presence in there and not one.handed_in
        )

    @property
    def missing(self) -> tuple[str, ...]:
        """The materials that are neither in the bag nor handed in."""
        return tuple(
            one.material.id
            for one in self.needs
            if one.presence is Presence.MISSING and not one.handed_in
        )

    @property
    def may_follow(self) -> tuple[str, ...]:
        """Those of `missing` that may follow later in the step's mode."""
        lacking = set(self.missing)
        allowed = [
            one
            for one in self.needs
            if (self.mode is Mode.DEFICIENCY_TOLERANT and one.tolerable)
            or (self.mode is Mode.COMMITMENT and one.committable)
        ]
        return tuple(one.material.id for one in allowed if one.material.id in lacking)


def bag_for_step(
    book: MaterialBook,
    documents: Sequence[Filed],
    definition: ChainDefinition,
    key: str,
    chain: Chain | None = None,
) -> StepBag:
    """What a bag has for a step, so that its command can be filled in.

    `chain` is the running one, None before launch. Raises KeyError for a step that is not there.
    """
    step = definition.step(key)
    state = chain.steps[key] if chain else None
    handed_in = state.materials if state else ()
    carried = chain.launch.carried if chain else {}
    sound = [one for one in documents if one.scan is not Scan.INFECTED]
    needs = []
    for material in step.materials:
        serving = [one for one in sound if book.serves(one.filing, definition.id, key, material)]
        may_lack = material.cure is not None and not step.never_tolerable
        need = Need(
            material=material,
            presence=_presence(serving, carried=material.id in carried),
            documents=tuple(one.id for one in serving),
            handed_in=material.id in handed_in,
            tolerable=may_lack and Mode.DEFICIENCY_TOLERANT in step.modes,
            committable=may_lack and Mode.COMMITMENT in step.modes,
        )
        needs.append(need)
    return StepBag(key, step, state.mode if state else None, tuple(needs))


def _presence(serving: Sequence[Filed], *, carried: bool) -> Presence:
    if any(one.scan.readable for one in serving):
        return Presence.PRESENT
    if carried:
        return Presence.CARRIED
    return Presence.PENDING if serving else Presence.MISSING


def bag_of_chain(
    book: MaterialBook,
    documents: Sequence[Filed],
    definition: ChainDefinition,
    chain: Chain | None = None,
) -> list[StepBag]:
    """What a bag has for every step that asks for something, in the definition's order."""
    keys = chain.steps if chain else [step.id for step in definition.steps]
    asking = [key for key in keys if definition.step(key).materials]
    return [bag_for_step(book, documents, definition, key, chain) for key in asking]


def uses(
    book: MaterialBook,
    documents: Sequence[Filed],
    definitions: Mapping[str, ChainDefinition],
    hand_ins: Iterable[HandIn],
) -> list[Use]:
    """Where each document was used: it was in the bag when a material it serves was handed in.

    `definitions` are those that the chains are pinned to, by chain. What no definition knows any
    more is compared by its id alone.
    """
    found = []
    for one in hand_ins:
        material = _material_of(definitions.get(one.chain_id), one)
        for document in documents:
            edition = document.edition_at(one.at)
            if edition and book.serves(document.filing, one.definition, one.step, material):
                found.append(Use(document.id, edition.number, one))
    return found


def _material_of(definition: ChainDefinition | None, hand_in: HandIn) -> Material | str:
    if definition is None:
        return hand_in.material
    try:
        found = definition.step(hand_in.step).material(hand_in.material)
    except KeyError:
        found = None
    return found or hand_in.material
