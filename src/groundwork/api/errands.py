"""What a chain asks of the world and waits for, for operators: no word of the case itself."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response
from temporalio.service import RPCError

from groundwork.api.answers import answer
from groundwork.api.documented import SIGNED_IN, documented
from groundwork.api.errors import Problem
from groundwork.api.shapes import Shape
from groundwork.api.visit import ChainId, ErrandSkipper, Visit
from groundwork.domain.commands import SkipErrand
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.skipping import CONSEQUENCES
from groundwork.runtime.gateway import EngineSilent
from groundwork.runtime.repair import Awaited, Condition, UnknownChain, condition

router = APIRouter(prefix="/chains/{chain_id}", tags=["chains"])


class ErrandShape(Shape):
    """An errand; `attempts` and `error` are those of the worst attempt of its kind.

    One that has not `failed` is skipped only with `before_it_failed`.
    """

    errand: str
    activity: str
    since: datetime
    attempts: int
    error: str | None
    failed: bool
    consequence: str


class ErrandsShape(Shape):
    """What a chain waits for from the world outside."""

    chain: str
    errands: list[ErrandShape]


@router.get(
    "/errands",
    response_model=ErrandsShape,
    responses=documented(*SIGNED_IN, "chain_not_found", "engine_unavailable"),
)
async def list_errands(visit: ErrandSkipper, chain_id: ChainId) -> Response:
    """What the chain waits for from the world outside, and what follows if it is skipped.

    The command `skip_errand` then carries that out.
    """
    try:
        found = await _found(visit, chain_id)
    except UnknownChain:
        raise Problem("chain_not_found", chain=chain_id) from None
    return answer(
        {"chain": chain_id, "errands": [_shown(visit, found, one) for one in found.awaits]}
    )


async def require_failed(visit: Visit, chain_id: str, command: Any) -> None:
    """Go on with what skips an errand only if an attempt at it has failed, or if that is meant.

    What the chain does not wait for is left to the core, which may have carried it out already.
    Raises Rejection (errand_not_failed), EngineSilent.
    """
    if not isinstance(command, SkipErrand) or command.before_it_failed:
        return
    try:
        found = await _found(visit, chain_id)
    except UnknownChain:
        return  # whoever carries it out says so
    for one in found.awaits:
        if one.errand == command.errand and not found.has_failed(one):
            raise Rejection(Reason.ERRAND_NOT_FAILED, errand=one.errand)


async def _found(visit: Visit, chain_id: str) -> Condition:
    """How the chain stands with the engine. Raises UnknownChain, EngineSilent."""
    try:
        found = await condition(await visit.resources.link.client(), chain_id)
    except RPCError as error:
        raise EngineSilent(error.status.name) from error
    if found.seq is None:
        raise EngineSilent("no worker answers for the chain")
    return found


def _shown(visit: Visit, found: Condition, one: Awaited) -> dict[str, Any]:
    alike = [tried for tried in found.trying if tried.activity == one.activity]
    worst = max(alike, key=lambda tried: tried.attempt, default=None)
    return {
        **one._asdict(),
        "attempts": worst.attempt if worst else 0,
        "error": worst.error if worst else None,
        "failed": found.has_failed(one),
        "consequence": visit.said(CONSEQUENCES[one.activity]),
    }
