"""Last visits: what of a chain is new to the caller."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from groundwork.api.answers import answer
from groundwork.api.documented import SIGNED_IN, WRITING, documented
from groundwork.api.errors import Problem
from groundwork.api.reader_shapes import SeenShape
from groundwork.api.visit import ChainId, IdempotencyKey, Reader, Visit
from groundwork.domain.base import Frozen

router = APIRouter(prefix="/chains", tags=["chains"])


class SeenBody(Frozen):
    """How far the caller has seen; nothing: as far as it goes."""

    seq: Annotated[int | None, Field(ge=0, le=2**31 - 1)] = None


@router.get(
    "/{chain_id}/seen",
    response_model=SeenShape,
    responses=documented(*SIGNED_IN, "chain_not_found"),
)
async def get_seen(visit: Reader, chain_id: ChainId) -> Response:
    """What of a chain you have seen, and how much is new."""
    seq = await _last_event(visit, chain_id)
    seen = (await visit.resources.visits.seen(visit.actor.id, [chain_id])).get(chain_id)
    changes = None if seen is None else max(0, seq - seen)
    return answer({"chain": chain_id, "seen": seen, "seq": seq, "changes": changes})


@router.post(
    "/{chain_id}/seen",
    status_code=204,
    response_class=Response,
    responses=documented(*WRITING, "chain_not_found"),
)
async def note_seen(
    visit: Reader,
    key: IdempotencyKey,  # not looked at: doing it twice is doing it once
    chain_id: ChainId,
    body: SeenBody,
) -> Response:
    """Say that you have seen a chain. It is written a moment later; seen never falls."""
    seq = await _last_event(visit, chain_id)
    seen = seq if body.seq is None else min(body.seq, seq)
    visit.resources.visits.note(visit.actor.id, chain_id, seen)
    return Response(status_code=204)


async def _last_event(visit: Visit, chain_id: str) -> int:
    seq = await visit.resources.reads.projected_seq(chain_id)
    if not seq:
        raise Problem("chain_not_found", chain=chain_id)
    return seq
