"""Putting a calendar in force: its impact first, then the publication, then how far it spread."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response

from groundwork.api.calendar_publishing import impact_of, publish_calendar, rollout_of
from groundwork.api.calendar_shapes import PublishBody
from groundwork.api.calendars import calendar_heads
from groundwork.api.errors import Problem
from groundwork.api.pages.acting import back_to
from groundwork.api.pages.attempts import attempt
from groundwork.api.pages.frame import Opened, Page, show
from groundwork.api.people import wrong
from groundwork.api.problems import PROBLEMS
from groundwork.api.rows import kind_of
from groundwork.domain.definition import Text
from groundwork.domain.events import TermKind
from groundwork.domain.rollout import RolloutState

router = APIRouter(include_in_schema=False, prefix="/calendars/{version}")

Manager = Annotated[Page, Depends(Opened("manage_calendars"))]

PATIENCE_SECONDS: Final = 1.5
"""How long a page waits for a preview before it shows how far it is, and comes again."""

_TERMS: Final = {
    TermKind.STEP: Text(zh="办理期限", en="step"),
    TermKind.ACCEPTANCE: Text(zh="受理期限", en="acceptance"),
    TermKind.DEFICIENCY: Text(zh="容缺补齐", en="cure"),
    TermKind.COMMITMENT: Text(zh="承诺履行", en="commitment"),
    TermKind.VERIFICATION: Text(zh="承诺核查", en="verification"),
    TermKind.OPINION: Text(zh="会商回复", en="opinion"),
    TermKind.ANSWER: Text(zh="督办答复", en="answer"),
    TermKind.APPEAL: Text(zh="督办申诉", en="appeal"),
}
_STATES: Final = {
    RolloutState.RUNNING: Text(zh="正在推行", en="under way"),
    RolloutState.WAITING: Text(zh="等待重试", en="waiting to try again"),
    RolloutState.DONE: Text(zh="已完成", en="done"),
    RolloutState.INCOMPLETE: Text(zh="未能全部完成", en="not complete"),
    RolloutState.SUPERSEDED: Text(zh="已被新版本取代", en="superseded"),
}
_UNCONFIRMED: Final = Text(zh="请先勾选，确认已看过影响", en="must be ticked: you saw the impact")


@router.get("/impact")
async def get_impact(page: Manager, version: str) -> Response:
    """What the version would change, or how far it has spread."""
    return await _page(page, version)


@router.post("/publish")
async def publish(page: Manager, version: str) -> Response:
    """Put the version in force."""
    done = await attempt(_publish(page, version))
    if done.problem is not None:
        return await _page(page, version, done.problem)
    return back_to(page, f"/calendars/{version}/impact", "said:published")


async def _publish(page: Page, version: str) -> Response:
    if not page.form.get("confirmed"):
        raise wrong("confirmed", "missing", _UNCONFIRMED)
    body = page.form.read(PublishBody)
    return await publish_calendar(page.visit, page.form.key, version, body)


async def _page(page: Page, version: str, problem: Problem | None = None) -> Response:
    await page.resources.calendar(version)
    head = next(one for one in await calendar_heads(page.visit) if one["version"] == version)
    rollout = await rollout_of(page.visit, version) if head["published_at"] else None
    impact = None
    if not head["in_force"]:
        afresh = bool(page.request.query_params.get("afresh"))
        impact = await impact_of(page.visit, version, PATIENCE_SECONDS, afresh=afresh)
        name_all(page, impact)
    shown = [one["chain"] for one in impact["chains"]] if impact else []
    shown += [one["chain_id"] for one in rollout["failures"]] if rollout else []
    running = rollout is not None and rollout["state"] in {"running", "waiting", None}
    return show(
        page,
        "calendar-impact.html",
        200 if problem is None else 422,
        head=head,
        impact=impact,
        rollout=rollout,
        names=await page.resources.projects.names(shown),
        rollout_state=told(page, rollout),
        refresh=(impact is not None and impact["state"] != "ready" and problem is None)
        or (running and problem is None),
        mistakes=page.mistakes(problem),
        form=page.form,
    )


def told(page: Page, rollout: dict[str, Any] | None) -> str:
    """Where a rollout is, in words; its failures get the words for why, too."""
    for failure in rollout["failures"] if rollout else ():
        failure["why"] = _why(page, failure["reason"])
    if rollout is None or rollout["state"] is None:
        return page.say("尚未开始", "not begun")
    return page.said(_STATES[RolloutState(rollout["state"])])


def _why(page: Page, code: str) -> str:
    """What the code of a failure means; one of another release stands for itself."""
    return page.said(PROBLEMS[code].title) if code in PROBLEMS else code


def name_all(page: Page, impact: dict[str, Any]) -> None:
    """Give everything in an impact the name that people know it by."""
    shelf, language = page.resources.shelf, page.language
    impact["departments"] = [
        (shelf.department_name(one, language), tally)
        for one, tally in sorted(impact["departments"].items())
    ]
    for chain in impact["chains"]:
        kind = kind_of(chain["chain"])
        chain["kind"] = shelf.chain_name(kind, language)
        for term in chain["moved"]:
            term["name"] = page.said(_TERMS[TermKind(term["kind"])])
            term["step_name"] = shelf.step_name(kind, term["step"], language)
            term["department_name"] = shelf.department_name(term["department"], language)
        for rising in (*chain["appearing"], *chain["vanishing"]):
            rising["name"] = shelf.rung_name(kind, rising["rung"], language)
            rising["step_name"] = shelf.step_name(kind, rising["step"], language)
