"""For overseers: the signed heads of the record, refused attempts, and a check on request."""

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Response

from groundwork.api.audit import check_record
from groundwork.api.audit_exports import told_head
from groundwork.api.pages.frame import Opened, Page, show
from groundwork.api.visit import Cursor
from groundwork.domain.definition import Text
from groundwork.store.ledger import Finding, Kind

router = APIRouter(include_in_schema=False)

Overseer = Annotated[Page, Depends(Opened("read_audit"))]

HEADS_SHOWN: Final = 14
DENIALS_SHOWN: Final = 30
FINDINGS_SHOWN: Final = 200
LONGEST_ID: Final = 200

KINDS: Final = {
    Kind.CHANGED: Text(zh="被改动", en="changed"),
    Kind.MISSING: Text(zh="缺失", en="missing"),
    Kind.REORDERED: Text(zh="顺序变动", en="moved"),
    Kind.ADDED: Text(zh="被插入", en="slipped in"),
    Kind.UNLINKED: Text(zh="前后不衔接", en="does not follow"),
    Kind.HEAD: Text(zh="链尾不符", en="wrong end"),
    Kind.SIGNATURE: Text(zh="签名不符", en="wrong signature"),
    Kind.UNREADABLE: Text(zh="无法读取", en="unreadable"),
    Kind.READ_MODEL: Text(zh="视图与记录不符", en="lists differ"),
}


@router.get("/audit")
async def get_audit(
    page: Overseer,
    cursor: Cursor = None,
    chain: Annotated[str, Query(max_length=LONGEST_ID)] = "",
) -> Response:
    """The newest heads and refused attempts; `chain` is put into the form that asks for a check."""
    return await _audit_page(page, cursor, chain)


@router.post("/audit")
async def check(page: Overseer) -> Response:
    """The same, with what a check finds now of one chain or, if none is named, of all."""
    chain = page.form.get("chain")[:LONGEST_ID]
    return await _audit_page(page, None, chain, await check_record(page.resources, chain or None))


async def _audit_page(
    page: Page, cursor: str | None, chain: str = "", findings: Sequence[Finding] | None = None
) -> Response:
    resources = page.resources
    trusted = resources.settings.audit_trusted
    heads = [told_head(one, trusted) for one in await resources.signed_heads.list(HEADS_SHOWN)]
    denials = await resources.denials.page(cursor=cursor, limit=DENIALS_SHOWN)
    names = await resources.people.names({one["actor"] for one in denials.items if one["actor"]})
    return show(
        page,
        "audit.html",
        heads=heads,
        keys=sorted({one["key"] for one in heads}),
        denials=denials.items,
        next_cursor=denials.next,
        first=cursor is None,
        names=names,
        findings=findings and findings[:FINDINGS_SHOWN],
        found=None if findings is None else len(findings),
        kinds=KINDS,
        chain=chain,
    )
