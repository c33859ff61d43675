"""For overseers: the signed heads of the record, refused attempts, and a check on request."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import RedirectResponse

from groundwork.api.audit_exports import told_head
from groundwork.api.pages.frame import Opened, Page, show
from groundwork.api.visit import Cursor
from groundwork.domain.definition import Text
from groundwork.store.ledger import Kind

router = APIRouter(include_in_schema=False)

Overseer = Annotated[Page, Depends(Opened("read_audit"))]

HEADS_SHOWN: Final = 14
DENIALS_SHOWN: Final = 30
LONGEST_ID: Final = 200

KINDS: Final = {
    Kind.CHANGED.value: Text(zh="被改动", en="changed"),
    Kind.MISSING.value: Text(zh="缺失", en="missing"),
    Kind.REORDERED.value: Text(zh="顺序变动", en="moved"),
    Kind.ADDED.value: Text(zh="被插入", en="slipped in"),
    Kind.UNLINKED.value: Text(zh="前后不衔接", en="does not follow"),
    Kind.HEAD.value: Text(zh="链尾不符", en="wrong end"),
    Kind.SIGNATURE.value: Text(zh="签名不符", en="wrong signature"),
    Kind.UNREADABLE.value: Text(zh="无法读取", en="unreadable"),
    Kind.READ_MODEL.value: Text(zh="视图与记录不符", en="lists differ"),
}


@router.get("/audit")
async def get_audit(
    page: Overseer,
    cursor: Cursor = None,
    chain: Annotated[str, Query(max_length=LONGEST_ID)] = "",
) -> Response:
    """The newest heads and refused attempts; `chain` is put into the form that asks for a check."""
    resources = page.resources
    trusted = resources.settings.audit_trusted
    heads = [told_head(one, trusted) for one in await resources.signed_heads.list(HEADS_SHOWN)]
    denials = await resources.denials.page(cursor=cursor, limit=DENIALS_SHOWN)
    last = await resources.checks.kept.last()
    people = {one["actor"] for one in denials.items if one["actor"]}
    names = await resources.people.names(people | ({last["asked_by"]} if last else set()))
    return show(
        page,
        "audit.html",
        heads=heads,
        keys=sorted({one["key"] for one in heads}),
        denials=denials.items,
        next_cursor=denials.next,
        first=cursor is None,
        names=names,
        check=_told(last) if last else None,
        kinds=KINDS,
        chain=chain,
    )


@router.post("/audit")
async def check(page: Overseer) -> Response:
    """Have one chain checked or, if none is named, all; the page shows how far that is."""
    chain = page.form.get("chain")[:LONGEST_ID]
    await page.resources.checks.begin(chain or None, page.actor.id)
    return RedirectResponse("/audit#check", 303)


def _told(last: dict[str, Any]) -> dict[str, Any]:
    """A check with its `state`, and how much of it is done in percent."""
    if last["ended_at"] is None:
        state = "lost" if last["lost"] else "under_way"
    else:
        state = "lost" if last["found"] is None else "wrong" if last["found"] else "whole"
    return last | {"state": state, "percent": 100 * last["done"] // max(1, last["total"])}
