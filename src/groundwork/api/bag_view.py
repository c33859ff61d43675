"""A project's bag as API and pages show it: documents with their uses, and what steps lack."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from groundwork.api.rows import kind_of
from groundwork.api.visit import Visit
from groundwork.domain.bag import (
    Filed,
    Need,
    StepBag,
    Use,
    bag_for_step,
    bag_of_chain,
    uses,
)
from groundwork.domain.definition import ChainDefinition
from groundwork.domain.documents import FORMATS
from groundwork.domain.model import Chain
from groundwork.domain.names import FILINGS, PRESENCES, SCANS
from groundwork.domain.rejections import Reason, Rejection
from groundwork.store.documents import as_filed, filing_of
from groundwork.store.paging import Row
from groundwork.store.reads import ChainFilter

_CHAINS = 200
"""No project has as many."""


class Running(NamedTuple):
    """A chain of the project, and the definition that it is pinned to."""

    chain: Chain
    definition: ChainDefinition


async def running_chains(visit: Visit, project: str) -> list[Running]:
    """The chains of a project."""
    resources = visit.resources
    page = await resources.reads.chains(ChainFilter(project=project), limit=_CHAINS)
    found = []
    for head in sorted(page.items, key=lambda row: row["launched_at"]):
        row = await resources.reads.chain(head["id"])
        if row is not None:
            chain: Chain = row["snapshot"]
            definition = await resources.definition(chain.definition.hash)
            found.append(Running(chain, definition))
    return found


async def documents_view(visit: Visit, project: str, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Documents of a project as they are shown, from their rows with `versions`."""
    by_document: defaultdict[str, list[Use]] = defaultdict(list)
    for use in await uses_of(visit, project, [as_filed(row) for row in rows]):
        by_document[use.document].append(use)
    return [_document(visit, row, by_document[row["id"]]) for row in rows]


async def uses_of(visit: Visit, project: str, documents: Sequence[Filed]) -> list[Use]:
    """Where documents of a project were used."""
    hand_ins = await visit.resources.document_desk.documents.hand_ins(project)
    if not hand_ins:
        return []
    chains = await running_chains(visit, project)
    definitions = {one.chain.id: one.definition for one in chains}
    return uses(visit.resources.materials, documents, definitions, hand_ins)


async def project_bag(visit: Visit, project: str, chain: str | None = None) -> list[dict[str, Any]]:
    """What a project's bag has for its chains, or for the named chain, launched or not.

    Raises Problem (definition_not_found).
    """
    resources = visit.resources
    documents = await resources.document_desk.documents.filed(project)
    found: list[tuple[ChainDefinition, Chain | None]] = [
        (one.definition, one.chain)
        for one in await running_chains(visit, project)
        if chain in {None, one.definition.id}
    ]
    if chain is not None and not found:
        found = [(resources.shelf.find(chain).definition, None)]
    return [
        {
            "chain": running.id if running else None,
            "definition": definition.id,
            "name": visit.said(definition.name),
            "steps": [
                step_bag_view(visit, definition, bag, running)
                for bag in bag_of_chain(resources.materials, documents, definition, running)
            ],
        }
        for definition, running in found
    ]


async def step_bag(
    visit: Visit, chain: Chain, definition: ChainDefinition, key: str, project: str
) -> StepBag:
    """What the bag has for a step of a running chain: a page fills its form from `ready`.

    Raises Rejection (unknown_step).
    """
    if key not in chain.steps:
        raise Rejection(Reason.UNKNOWN_STEP, step=key, known=", ".join(chain.steps))
    resources = visit.resources
    documents = await resources.document_desk.documents.filed(project)
    return bag_for_step(resources.materials, documents, definition, key, chain)


def step_bag_view(
    visit: Visit, definition: ChainDefinition, bag: StepBag, chain: Chain | None
) -> dict[str, Any]:
    """What the bag has for a step, as it is shown."""
    unit = chain.units.get(bag.key.partition(".")[2]) if chain else None
    shelf = visit.resources.shelf
    return {
        "step": bag.key,
        "name": shelf.step_name(
            definition.id, bag.key, visit.language, unit.name if unit else None
        ),
        "mode": bag.mode.value if bag.mode else None,
        "needs": [_need(visit, one) for one in bag.needs],
        "ready": list(bag.ready),
        "missing": list(bag.missing),
        "may_follow": list(bag.may_follow),
    }


def _need(visit: Visit, need: Need) -> dict[str, Any]:
    cure = need.cure
    return {
        "material": need.material.id,
        "name": visit.said(need.material.name),
        "presence": need.presence.value,
        "presence_name": visit.said(PRESENCES[need.presence.value]),
        "documents": list(need.documents),
        "handed_in": need.handed_in,
        "tolerable": need.tolerable,
        "committable": need.committable,
        "cure": {"amount": cure.amount, "unit": cure.unit.value} if cure else None,
    }


def _document(visit: Visit, row: Row, where: Iterable[Use]) -> dict[str, Any]:
    filing = filing_of(row)
    called = visit.resources.materials.name(filing)
    return {
        "id": row["id"],
        "project": row["project_code"],
        "kind": filing.kind.value,
        "kind_name": visit.said(FILINGS[filing.kind.value]),
        "filed_as": filing.reference,
        "part": filing.part,
        "title": row["title"]
        or (visit.said(called) if called else row["versions"][-1]["file_name"]),
        "scan": row["versions"][-1]["scan"],
        "created_at": row["created_at"],
        "created_by": row["created_by"],
        "versions": [_version(visit, one) for one in row["versions"]],
        "uses": [_use(visit, one) for one in where],
    }


def _version(visit: Visit, row: Row) -> dict[str, Any]:
    same = ("number", "file_name", "size", "sha256", "scan", "kept", "uploaded_at", "uploaded_by")
    return {name: row[name] for name in same} | {
        "media_type": FORMATS[row["extension"]].media_type,
        "scan_name": visit.said(SCANS[row["scan"]]),
    }


def _use(visit: Visit, use: Use) -> dict[str, Any]:
    hand_in = use.hand_in
    shelf = visit.resources.shelf
    return {
        "chain": hand_in.chain_id,
        "step": hand_in.step,
        "step_name": shelf.step_name(kind_of(hand_in.chain_id), hand_in.step, visit.language),
        "material": hand_in.material,
        "version": use.version,
        "at": hand_in.at,
    }
