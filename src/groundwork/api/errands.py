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
from groundwork.domain.skipping import CONSEQUENCES
from groundwork.runtime.gateway import EngineSilent
from groundwork.runtime.repair import Awaited, Condition, UnknownChain, condition

router = APIRouter(prefix="/chains/{chain_id}", tags=["chains"])


class ErrandShape(Shape):
    """An errand; `attempts` and `error` are those of the worst attempt of its kind."""

    errand: str
    activity: str
    since: datetime
    attempts: int
    error: str | None
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
        found = await condition(await visit.resources.link.client(), chain_id)
    except UnknownChain:
        raise Problem("chain_not_found", chain=chain_id) from None
    except RPCError as error:
        raise EngineSilent(error.status.name) from error
    if found.seq is None:
        raise EngineSilent("no worker answers for the chain")
    return answer(
        {"chain": chain_id, "errands": [_shown(visit, found, one) for one in found.awaits]}
    )


def _shown(visit: Visit, found: Condition, one: Awaited) -> dict[str, Any]:
    alike = [tried for tried in found.trying if tried.activity == one.activity]
    worst = max(alike, key=lambda tried: tried.attempt, default=None)
    return {
        **one._asdict(),
        "attempts": worst.attempt if worst else 0,
        "error": worst.error if worst else None,
        "consequence": visit.said(CONSEQUENCES[one.activity]),
    }
