"""A newer version of a definition for chains that run: what it would change, and its rollout."""

from dataclasses import replace
from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Path, Query, Response

from groundwork.api.adoption_previews import PARTICULARS, Preview, told_apart
from groundwork.api.answers import answer
from groundwork.api.calendar_shapes import RolloutShape
from groundwork.api.chains import find_chain
from groundwork.api.documented import SIGNED_IN, WRITING, documented
from groundwork.api.rollout_view import rollout_view
from groundwork.api.shelf import Published
from groundwork.api.upgrade_shapes import (
    ChainUpgradeShape,
    UpgradeBody,
    UpgradePreviewShape,
    UpgradeShape,
)
from groundwork.api.visit import ChainId, Cursor, DefinitionManager, IdempotencyKey, PageSize, Visit
from groundwork.domain.impact import upgrade_impact
from groundwork.domain.model import Chain, DefinitionRef
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.rollout import RolloutOrder
from groundwork.runtime.gateway import EngineSilent

router = APIRouter(tags=["catalogue"])

Kind = Annotated[str, Path(max_length=60, description="Such as land-to-construction.")]
To = Annotated[str | None, Query(max_length=60, description="The newest version unless given.")]
PATIENCE_SECONDS: Final = 5.0
"""How long an answer waits for a preview before it tells how far it is."""
MOST_SWEEPS: Final = 3
"""What a definition does not fit stays unfit; only what failed by chance is worth another look."""

log = structlog.stdlib.get_logger(__name__)


@router.get(
    "/chains/{chain_id}/upgrade",
    response_model=ChainUpgradeShape,
    responses=documented(
        *SIGNED_IN, "chain_not_found", "definition_not_found", "chain_closed", "date_out_of_range"
    ),
)
async def preview_chain_upgrade(
    visit: DefinitionManager, chain_id: ChainId, version: To = None
) -> Response:
    """What going by a newer version would change on one chain, or why it does not fit.

    The command `adopt_definition` then carries it out.
    """
    _, chain = await find_chain(visit, chain_id)
    published = visit.resources.shelf.find(chain.definition.id, version)
    return answer(await _of_one(visit, chain, published))


async def _of_one(visit: Visit, chain: Chain, published: Published) -> dict[str, Any]:
    to = _reference(published)
    rules = await visit.resources.rules(chain)
    knowing = replace(rules, definitions={to.hash: published.definition}.__getitem__)
    impact, obstacles = None, None
    try:
        impact = told_apart(upgrade_impact(knowing, chain, to, visit.received_at))
    except Rejection as rejection:
        if rejection.reason is not Reason.DEFINITION_UNFIT:
            raise
        obstacles = rejection.params[f"detail_{visit.language}"]
    return {
        "chain": chain.id,
        "version": chain.definition.version,
        "to": to.model_dump(),
        "fits": obstacles is None,
        "obstacles": obstacles,
        "impact": impact,
    }


@router.get(
    "/catalogue/{chain}/upgrade/preview",
    response_model=UpgradePreviewShape,
    responses=documented(*SIGNED_IN, "definition_not_found"),
)
async def preview_upgrade(
    visit: DefinitionManager,
    chain: Kind,
    version: To = None,
    afresh: Annotated[bool, Query(description="Look again, also where one is ready.")] = False,
) -> Response:
    """What the version would change on all running chains of older ones, and which it does not fit.

    Ask again until `state` is ready.
    """
    published = visit.resources.shelf.find(chain, version)
    return answer(await upgrade_impact_of(visit, published, PATIENCE_SECONDS, afresh=afresh))


async def upgrade_impact_of(
    visit: Visit, published: Published, patience: float, *, afresh: bool = False
) -> dict[str, Any]:
    """What is known of a version's impact after so many seconds at most."""
    catalogue = {one.hash: one.definition for one in visit.resources.shelf}
    preview = await visit.resources.upgrade_previews.look(
        named(published), catalogue, afresh=afresh, patience=patience
    )
    return preview.shown() | _unfit(visit, preview)


def _unfit(visit: Visit, preview: Preview) -> dict[str, Any]:
    found = preview.found.unfit
    told = [
        {"chain": one.chain, "obstacles": one.en if visit.language == "en" else one.zh}
        for one in found[:PARTICULARS]
    ]
    return {"unfit": told, "unfit_count": len(found)}


@router.post(
    "/catalogue/{chain}/upgrade",
    response_model=UpgradeShape,
    responses=documented(*WRITING, "definition_not_found", "engine_unavailable"),
)
async def upgrade_chains(
    visit: DefinitionManager,
    key: IdempotencyKey,  # not looked at: a chain adopts a version once
    chain: Kind,
    body: UpgradeBody,
) -> Response:
    """Let all running chains of older versions go by this one, as far as it fits them.

    Asked again it starts again, which leaves alone what has adopted the version.
    """
    resources = visit.resources
    published = resources.shelf.find(chain, body.version)
    await resources.definitions.save(published.hash, published.definition)
    order = RolloutOrder(version=named(published), most_sweeps=MOST_SWEEPS)
    try:
        await (await resources.link.rollouts()).start_definition(order)
    except EngineSilent:
        log.warning("rollout could not be started", definition=order.version)
        raise
    log.info("definition is rolled out", definition=order.version, by=visit.actor.id)
    return answer({"definition": _reference(published).model_dump()})


@router.get(
    "/catalogue/{chain}/upgrade",
    response_model=RolloutShape,
    responses=documented(*SIGNED_IN, "definition_not_found", "cursor_invalid"),
)
async def show_upgrade(
    visit: DefinitionManager,
    chain: Kind,
    version: To = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Response:
    """How far the version has spread, and the chains that failed, with the code of why."""
    spreads = named(visit.resources.shelf.find(chain, version))
    return answer(await rollout_view(visit.resources.upgrades, spreads, cursor, limit))


def _reference(published: Published) -> DefinitionRef:
    definition = published.definition
    return DefinitionRef(id=definition.id, version=definition.version, hash=published.hash)


def named(published: Published) -> str:
    """How a version is written in rollouts: `land-to-construction@1.2.0`."""
    return f"{published.definition.id}@{published.definition.version}"
