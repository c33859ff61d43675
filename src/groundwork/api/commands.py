"""Commands on a chain: one address per verb, so that each is documented with its own fields."""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Annotated, Any, Final, get_args

import structlog
from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, create_model

from groundwork.api.answers import answer, as_problem
from groundwork.api.documented import LAW, SIGNED_IN, WRITING, documented
from groundwork.api.errands import require_failed
from groundwork.api.errors import Problem
from groundwork.api.receipts import MARK, receipt_answer, seen
from groundwork.api.recent import GRAVE, require_recent
from groundwork.api.shapes import ReceiptShape
from groundwork.api.standing import judged_as
from groundwork.api.visit import (
    RECEIPT_PATTERN,
    ChainId,
    IdempotencyKey,
    May,
    OnBehalfOf,
    Reader,
    Visit,
)
from groundwork.domain.base import Frozen
from groundwork.domain.calendar import HorizonError
from groundwork.domain.commands import AnyCommand, Envelope
from groundwork.domain.model import ChainState
from groundwork.runtime.gateway import ChainNotFound, CoreFault, Refused

KINDS: Final[tuple[type[Frozen], ...]] = get_args(get_args(AnyCommand)[0])
"""Every kind of command, in the order in which a step lives through them."""

POLL_WAIT: Final = timedelta(seconds=1)
"""How long somebody who asks for a receipt waits for the engine."""

router = APIRouter(prefix="/chains/{chain_id}", tags=["commands"])
log = structlog.stdlib.get_logger(__name__)


def verb_of(kind: type[Frozen]) -> str:
    """The verb of a kind of command: its `type`."""
    verb: str = kind.model_fields["type"].default
    return verb


def body_of(kind: type[Frozen]) -> type[BaseModel]:
    """The fields of a command without its verb, which the address already says."""
    fields: dict[str, Any] = {
        name: (field.annotation, field)
        for name, field in kind.model_fields.items()
        if name != "type"
    }
    return create_model(f"{kind.__name__}Body", __base__=Frozen, __doc__=kind.__doc__, **fields)


def _endpoint(kind: type[Frozen]) -> Callable[..., Coroutine[Any, Any, Response]]:
    verb, body = verb_of(kind), body_of(kind)

    async def endpoint(
        *,
        visit: Any,
        chain_id: ChainId,
        key: IdempotencyKey,
        content: Any,
        on_behalf_of: OnBehalfOf = None,
    ) -> Response:
        if verb in GRAVE:
            await require_recent(visit)
        asked = {
            "key": key,
            "by": visit.actor,
            "received_at": visit.received_at,
            "command": content.model_dump() | {"type": verb},
        }
        envelope = await judged_as(visit, chain_id, Envelope.model_validate(asked), on_behalf_of)
        return await _carry_out(visit, chain_id, envelope)

    endpoint.__name__ = verb
    endpoint.__doc__ = kind.__doc__
    endpoint.__annotations__["visit"] = Annotated[Visit, Depends(May(verb, command=True))]
    endpoint.__annotations__["content"] = body
    return endpoint


_BESIDES: Final = (
    "chain_not_found",
    "date_out_of_range",
    "engine_unavailable",
    "assignee_unfit",
    "officers_unfit",
    "confirmation_required",
)

for _kind in KINDS:
    router.add_api_route(
        f"/commands/{verb_of(_kind)}",
        _endpoint(_kind),
        methods=["POST"],
        response_model=ReceiptShape,
        responses={
            202: {"model": ReceiptShape, "description": "Not known, or not to be seen yet."},
            **documented(*WRITING, *LAW, *_BESIDES),
        },
    )


async def carried(visit: Visit, chain_id: str, envelope: Envelope) -> int | None:
    """Carry out a command; the number of its event, None while the engine is silent.

    Raises Problem (chain_not_found, chain_closed), HorizonError, Rejection, Refused, and
    EngineSilent where it takes the engine's word whether the command may be given.
    """
    await require_failed(visit, chain_id, envelope.command)
    try:
        return await visit.resources.delivery.carry(chain_id, envelope)
    except ChainNotFound:
        raise await _why_gone(visit, chain_id) from None
    except CoreFault as fault:
        # Of an error inside the core only its name comes back across the engine.
        if str(fault) == HorizonError.__name__:
            raise HorizonError(envelope.command.type) from None
        log.error("the core failed", verb=envelope.command.type, error=str(fault))
        raise


async def _carry_out(visit: Visit, chain_id: str, envelope: Envelope) -> Response:
    seq = await carried(visit, chain_id, envelope)
    projected = seq is not None and await seen(lambda: _shows(visit, chain_id, seq))
    return receipt_answer(
        chain_id, envelope.key, visit.language, seq=seq, projected=projected, digest=envelope.digest
    )


async def _shows(visit: Visit, chain_id: str, seq: int | None) -> bool:
    return seq is not None and await visit.resources.reads.projected_seq(chain_id) >= seq


async def _why_gone(visit: Visit, chain_id: str) -> Problem:
    """The engine runs no such chain: it ended, or there never was one."""
    row = await visit.resources.reads.chain(chain_id)
    if row is None or row["state"] == ChainState.RUNNING:
        return Problem("chain_not_found", chain=chain_id)
    return Problem("chain_closed", state=row["state"])


@router.get(
    "/receipts/{receipt}",
    response_model=ReceiptShape,
    responses={
        202: {"model": ReceiptShape, "description": "Not known, or not to be seen yet."},
        **documented(*SIGNED_IN, "chain_not_found", "engine_unavailable"),
    },
)
async def get_receipt(
    visit: Reader,
    chain_id: ChainId,
    receipt: Annotated[
        str,
        Path(
            pattern=RECEIPT_PATTERN,
            description="As `Location` named it; a write's idempotency key alone will do.",
        ),
    ],
) -> Response:
    """What became of a write that was answered with 202.

    The record is asked first, then the engine, if the receipt tells more than the key.
    """
    reads = visit.resources.reads
    key, _, digest = receipt.partition(MARK)
    seq = await reads.receipt(chain_id, key)
    if seq is not None:
        return receipt_answer(chain_id, key, visit.language, seq=seq, projected=True)
    kept = await visit.resources.delivery.kept(chain_id, key)
    if kept is not None and kept.refusal is not None:
        params: dict[str, Any] = {**kept.refusal.params}
        return _refused(visit, chain_id, key, Problem(kept.refusal.code, **params))
    if not digest:
        return receipt_answer(chain_id, key, visit.language, seq=None, projected=False)
    gateway = await visit.resources.link.gateway()
    try:
        outcome = await gateway.outcome(chain_id, f"{key}.{digest}", POLL_WAIT)
    except Refused as refused:
        return _refused(visit, chain_id, key, as_problem(refused))
    except ChainNotFound:
        # Or the engine knows the chain but not the write, which then has not reached it.
        if not await reads.projected_seq(chain_id):
            raise Problem("chain_not_found", chain=chain_id) from None
        outcome = None
    return receipt_answer(
        chain_id,
        key,
        visit.language,
        seq=outcome.seq if outcome else None,
        projected=False,
        digest=digest,
    )


def _refused(visit: Visit, chain_id: str, key: str, refused: Problem) -> Response:
    problem = refused.body(visit.language, visit.request_id)
    return answer(
        {
            "chain": chain_id,
            "key": key,
            "status": "refused",
            "seq": None,
            "projected": False,
            "problem": problem,
        }
    )
