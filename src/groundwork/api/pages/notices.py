"""Notices (通知): what the reader was told, project by project, and why it was they who were."""

from dataclasses import replace
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Response

from groundwork.api.errors import Problem
from groundwork.api.languages import Language, half, said
from groundwork.api.pages.acting import back_to
from groundwork.api.pages.escalations import card_address
from groundwork.api.pages.frame import Opened, Page, show
from groundwork.api.visit import Cursor
from groundwork.api.words import event_name
from groundwork.catalogue.notices import load_notices
from groundwork.domain import addressing
from groundwork.domain.definition import Text
from groundwork.domain.names import ROLES
from groundwork.domain.notices import NoticeRule
from groundwork.store.paging import Row

router = APIRouter(include_in_schema=False)

Reader = Annotated[Page, Depends(Opened("receive_notices"))]

PER_PAGE: Final = 50

_GROUPS: Final = {
    addressing.RECIPIENTS: Text(zh="督办阶梯写明的人", en="whom the ladder names"),
    addressing.CONSULTED: Text(zh="被征求意见的部门", en="departments that are consulted"),
    addressing.IN_HAND: Text(
        zh="手上有未办结申请的部门", en="departments with an application in hand"
    ),
    addressing.MOVED: Text(zh="期限有变的部门", en="departments whose dates moved"),
    addressing.ASSIGNEE: Text(zh="被指定承办的人", en="whoever was put in charge"),
}


@router.get("/notices")
async def get_notices(page: Reader, cursor: Cursor = None) -> Response:
    """The reader's notices, newest first, those of a project together."""
    unread = bool(page.request.query_params.get("unread"))
    found = await page.resources.notices.page(
        page.actor.id, unread=unread, cursor=cursor, limit=PER_PAGE
    )
    groups: dict[str, dict[str, Any]] = {}
    for row in found.items:
        code = row["project_code"] or ""
        group = groups.setdefault(code, {"code": code, "name": row["project_name"], "items": []})
        group["items"].append(_shown(page, row))
    return show(
        page,
        "notices.html",
        groups=list(groups.values()),
        unread_only=unread,
        next_cursor=found.next,
        first="/notices" + ("?unread=1" if unread else "") if cursor else None,
    )


@router.get("/notices/{notice}")
async def open_notice(page: Reader, notice: str) -> Response:
    """One notice, in full; opening it is reading it."""
    row = await page.resources.notices.one(page.actor.id, notice)
    if row is None:
        raise Problem("notice_not_found", notice=notice)
    if row["read_at"] is None:
        left = await page.resources.notices.read(page.actor.id, notice)
        page = replace(page, unread=left or 0)
    return show(page, "notice.html", one=_shown(page, row), about=await _about(page, row))


@router.post("/notices/read")
async def read_all(page: Reader) -> Response:
    """Mark all read."""
    await page.resources.notices.read(page.actor.id)
    return back_to(page, "/notices", "said:marked_read")


@router.post("/notices/{notice}/read")
async def read_one(page: Reader, notice: str) -> Response:
    """Mark one read and come back."""
    if await page.resources.notices.read(page.actor.id, notice) is None:
        raise Problem("notice_not_found", notice=notice)
    return back_to(page, page.form.get("next", "/notices"), "said:saved")


def _shown(page: Page, row: Row) -> dict[str, Any]:
    body = page.said(Text.model_validate(row["body"]))
    # What the text leads to by an address, the page leads to by a link.
    lines = [line for line in body.splitlines() if not line.startswith(("http://", "https://"))]
    return {
        "id": row["id"],
        "title": page.said(Text.model_validate(row["title"])),
        "lines": [line for line in lines if line.strip()],
        "urgent": row["urgent"],
        "at": row["at"],
        "read_at": row["read_at"],
        "due_on": row["due_on"],
        "project_name": row["project_name"],
        "why": why(row["rule"], page.language),
    }


def why(rule_id: str, language: Language) -> str:
    """Why somebody is told by a rule: what happened, whom it tells, and where it comes from."""
    book = load_notices()
    rule = next((one for one in book.rules if one.id == rule_id), None)
    if rule is None:
        return said(_OWN, language)
    told = said(_BETWEEN, language).join(said(_called(name), language) for name in rule.tell)
    source = book.sources[rule.source].text
    return said(_WHY, language).format(
        event=said(_event(rule), language),
        told=told,
        source=half(source, language),
    )


_OWN: Final = Text(zh="系统自身的通知。", en="A notice about the system itself.")
_BETWEEN: Final = Text(zh="、", en=", ")
_WHY: Final = Text(
    zh="发生“{event}”时告知：{told}。依据：{source}。",
    en="“{event}” tells: {told}. Basis: {source}.",
)


def _event(rule: NoticeRule) -> Text:
    return event_name(rule.event)


def _called(name: str) -> Text:
    return ROLES.get(name) or _GROUPS.get(name) or Text(zh=name, en=name)


async def _about(page: Page, row: Row) -> tuple[str, str] | None:
    """Where to go from a notice, and what is there; None for one about nothing."""
    chain_id = row["chain_id"]
    if chain_id is None:
        return None
    if row["seq"] is not None:
        after = row["seq"] - 1
        events = await page.resources.reads.timeline(chain_id, after=after, limit=1)
        card = next((one["body"].get("escalation") for one in events), None)
        if card:
            return card_address(chain_id, card), page.say("去看这件督办", "Go to the card")
    if row["step"]:
        step = f"/chains/{quote(chain_id)}/steps/{quote(row['step'])}"
        return step, page.say("去看这个环节", "Go to the step")
    return f"/chains/{quote(chain_id)}", page.say("去看这条链条", "Go to the chain")
