"""What inspectors take away: exports, signed heads, public keys and the file of one case."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from groundwork.api.answers import answer
from groundwork.api.audit_shapes import KeyShape, SignedHeadShape
from groundwork.api.case_facts import case_facts
from groundwork.api.case_file import case_file
from groundwork.api.documented import SIGNED_IN, documented
from groundwork.api.errors import Problem
from groundwork.api.projects import find_project
from groundwork.api.shapes import Listed
from groundwork.api.visit import Auditor, CatalogueReader, ChainId, PageSize
from groundwork.store.head_check import SignedHead
from groundwork.store.proof_export import Scope, proof_export
from groundwork.store.signatures import fingerprint, public_pem, signed
from groundwork.store.stamps import stamp_says

router = APIRouter(prefix="/audit", tags=["audit"])

LINES: Final = "application/jsonl"
PDF: Final = "application/pdf"


def _file(media_type: str, *codes: str) -> dict[int | str, dict[str, Any]]:
    binary = {"schema": {"type": "string", "format": "binary"}}
    return {200: {"content": {media_type: binary}}, **documented(*SIGNED_IN, *codes)}


@router.get("/heads", response_model=Listed[SignedHeadShape], responses=documented(*SIGNED_IN))
async def list_signed_heads(visit: Auditor, limit: PageSize = 100) -> Response:
    """The newest signed heads, newest first, each with whether its signature is good."""
    heads = await visit.resources.signed_heads.list(limit)
    trusted = visit.resources.settings.audit_trusted
    return answer({"items": [told_head(one, trusted) for one in heads], "next": None})


@router.get("/keys", response_model=Listed[KeyShape], responses=documented(*SIGNED_IN))
async def list_keys(visit: CatalogueReader) -> Response:
    """The public keys that signed heads, oldest first; open to everybody who is signed in."""
    keys = await visit.resources.signed_heads.keys()
    items = [
        {"fingerprint": fingerprint(key), "public_key": key, "pem": _pem(key), "since": since}
        for key, since in keys
    ]
    return answer({"items": items, "next": None})


@router.get("/export", responses=_file(LINES, "chain_not_found", "project_not_found"))
async def export_record(
    visit: Auditor,
    chain: Annotated[str | None, Query(max_length=200, description="One chain.")] = None,
    project: Annotated[
        str | None, Query(max_length=60, description="The chains of one project.")
    ] = None,
) -> StreamingResponse:
    """The record as JSON Lines with hashes, signed heads and manifest; without either, all of it.

    `groundwork audit verify FILE` checks it on any machine, without database or server.
    """
    if chain is not None and not await visit.resources.reads.projected_seq(chain):
        raise Problem("chain_not_found", chain=chain)
    if project is not None:
        project = (await find_project(visit, project))["code"]
    lines = proof_export(visit.resources.database, Scope(chain, project))
    # Begun before the answer is: afterwards nothing could be told of a failure.
    first = await anext(lines)
    name = chain or project or "record"
    return StreamingResponse(
        _joined(first, lines), media_type=LINES, headers=_saved(f"{name}.jsonl")
    )


@router.get("/chains/{chain_id}/case.pdf", responses=_file(PDF, "chain_not_found"))
async def print_case_file(visit: Auditor, chain_id: ChainId) -> Response:
    """The file of a case for inspectors, as PDF: everything that its decisions stand on."""
    facts = await case_facts(visit, chain_id)
    draw: Callable[[], bytes] = partial(case_file, facts)
    # Hundreds of events take a while to set; others are not to wait for it.
    content = await run_in_threadpool(draw)
    return Response(content, media_type=PDF, headers=_saved(f"{chain_id}.pdf"))


def told_head(head: SignedHead, trusted: frozenset[str]) -> dict[str, Any]:
    """A signed head as its readers need it, with what is wrong with it."""
    said, key = head.said(), fingerprint(head.public_key)
    good = signed(head.public_key, head.signature, head.statement.encode())
    return {
        "day": head.day,
        "signed_at": said.get("signed_at"),
        "chains": said.get("chains"),
        "events": said.get("events"),
        "denials": (said.get("denials") or {}).get("count"),
        "hash": head.hash,
        "statement": head.statement,
        "signature": head.signature,
        "key": key,
        "good": good and said.get("key") == key and (not trusted or key in trusted),
        "stamped_at": stamp_says(head.stamp, head.hash) if head.stamp else None,
    }


def _pem(key: str) -> str | None:
    try:
        return public_pem(key)
    except ValueError:  # the row was tampered with; the check tells of it
        return None


def _saved(name: str) -> dict[str, str]:
    return {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, '')}",
        "Cache-Control": "no-store",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for line in rest:
        yield line
