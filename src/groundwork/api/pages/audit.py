"""For overseers: the signed heads of the record, refused attempts, and a check on request."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Response

from groundwork.api.audit_exports import told_head
from groundwork.api.pages.frame import Opened, Page, show
from groundwork.api.visit import Cursor
from groundwork.domain.definition import Text
from groundwork.store.ledger import Kind

router = APIRouter(include_in_schema=False)

Overseer = Annotated[Page, Depends(Opened("read_audit"))]

HEADS_SHOWN: Final = 14
DENIALS_SHOWN: Final = 30
FINDINGS_SHOWN: Final = 200

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
    check: Annotated[bool, Query()] = False,
    chain: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """The newest heads and refused attempts; with `check`, what a check finds now."""
    resources = page.resources
    trusted = resources.settings.audit_trusted
    heads = [told_head(one, trusted) for one in await resources.signed_heads.list(HEADS_SHOWN)]
    denials = await resources.denials.page(cursor=cursor, limit=DENIALS_SHOWN)
    names = await resources.people.names({one["actor"] for one in denials.items if one["actor"]})
    findings = None
    if check:
        await resources.load_definitions()
        only = chain.strip() or None
        findings = await resources.audit.verify(only)
        findings += await resources.audit.refold(only)
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
