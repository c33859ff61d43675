"""The audit trail as the record keeps it, and whether it is whole."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from groundwork.api.answers import answer
from groundwork.api.documented import SIGNED_IN, documented
from groundwork.api.errors import Problem
from groundwork.api.shapes import AuditRow, DenialShape, Listed, VerificationShape
from groundwork.api.visit import Auditor, ChainId, Cursor, PageSize

router = APIRouter(prefix="/audit", tags=["audit"])


@router.get(
    "/chains/{chain_id}",
    response_model=Listed[AuditRow],
    responses=documented(*SIGNED_IN, "cursor_invalid", "chain_not_found"),
)
async def list_audit_rows(
    visit: Auditor, chain_id: ChainId, cursor: Cursor = None, limit: PageSize = 100
) -> Response:
    """Every event of a chain with its hashes, in the order of recording."""
    reads = visit.resources.reads
    page = await reads.audit(chain_id=chain_id, cursor=cursor, limit=limit)
    if not page.items and not await reads.projected_seq(chain_id):
        raise Problem("chain_not_found", chain=chain_id)
    return answer(page._asdict())


@router.get(
    "/verify",
    response_model=VerificationShape,
    responses=documented(*SIGNED_IN, "chain_not_found"),
)
async def verify(
    visit: Auditor,
    chain: Annotated[
        str | None, Query(max_length=200, description="One chain; without it all of them.")
    ] = None,
) -> Response:
    """Check hashes, numbers and heads, and fold the read model again from its events.

    `whole` says that nothing is wrong. Over all chains this reads the whole record.
    """
    resources = visit.resources
    if chain is not None and not await resources.reads.projected_seq(chain):
        raise Problem("chain_not_found", chain=chain)
    findings = await resources.check_record(chain)
    return answer(
        {
            "whole": not findings,
            "chain": chain,
            "findings": [finding.model_dump() for finding in findings],
        }
    )


@router.get(
    "/denials",
    response_model=Listed[DenialShape],
    responses=documented(*SIGNED_IN, "cursor_invalid"),
)
async def list_denials(visit: Auditor, cursor: Cursor = None, limit: PageSize = 100) -> Response:
    """Attempts that the policy refused, newest first."""
    page = await visit.resources.denials.page(cursor=cursor, limit=limit)
    return answer(page._asdict())
