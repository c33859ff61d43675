"""One project: what is known of it, its chains, what could be launched next, and whom to ask."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Response

from groundwork.api.errors import FieldError, Problem
from groundwork.api.pages.acting import back_to
from groundwork.api.pages.cases import chain_address, project_address
from groundwork.api.pages.drawing.small import progress
from groundwork.api.pages.frame import Opened, Page, show
from groundwork.api.project_rows import told_outlook
from groundwork.api.projects import CHAINS_SHOWN, find_project
from groundwork.api.rows import chain_heads
from groundwork.domain.definition import Text
from groundwork.domain.model import ChainState
from groundwork.domain.names import CHAIN_STATES, VARIANTS, WAITING_ON
from groundwork.store.paging import Row
from groundwork.store.reads import ChainFilter

router = APIRouter(include_in_schema=False, prefix="/projects/{code}")

Reader = Annotated[Page, Depends(Opened("read_cases"))]
CodeKeeper = Annotated[Page, Depends(Opened("manage_tracking_codes"))]
Code = Annotated[str, Path(max_length=60)]

CONFIRMED: Final = "yes"


@router.get("")
async def get_project(page: Reader, code: Code) -> Response:
    """What is known of a project, its chains, and what could be launched next."""
    return await _project(page, code)


@router.post("/tracking-code")
async def renew_tracking_code(page: CodeKeeper, code: Code) -> Response:
    """Give the project another tracking code, once that is confirmed."""
    project = await find_project(page.visit, code)
    if page.form.get("confirm") != CONFIRMED:
        return await _project(page, code, _unconfirmed())
    await page.resources.tracking.renew(project["code"], page.actor.id)
    return back_to(page, f"{project_address(project['code'])}#tracking", "said:code_renewed")


async def _project(page: Page, code: str, problem: Problem | None = None) -> Response:
    project = await find_project(page.visit, code)
    resources = page.resources
    found = await resources.reads.chains(ChainFilter(project=project["code"]), limit=CHAINS_SHOWN)
    chains = await _told(page, found.items)
    tracking = None
    if page.may("manage_tracking_codes"):
        tracking = await resources.tracking.of(project["code"], page.actor.id)
    contacts = await _contacts(page, chains)
    known = {one for rows in contacts for one in rows["people"]}
    wanted = {project["housekeeper"], project["created_by"]} | known
    return show(
        page,
        "project.html",
        200 if problem is None else 422,
        project=project,
        chains=sorted(chains, key=lambda one: one["launched_at"], reverse=True),
        launches=_launches(page, project["code"], chains),
        tracking=tracking,
        progress_page=f"{resources.settings.api_url}/progress",
        contacts=contacts,
        people=await resources.people.names(wanted),
        mistakes=page.mistakes(problem),
        chain_states=CHAIN_STATES,
        variant_names=VARIANTS,
        waiting_names=WAITING_ON,
    )


async def _told(page: Page, rows: list[Row]) -> list[Row]:
    """The chains with how they stand, drawn."""
    resources, language, at = page.resources, page.language, page.visit.received_at
    outlooks = await resources.outlooks.of(rows, at)
    seen = await resources.visits.seen(page.actor.id, [row["id"] for row in rows])
    for head in chain_heads(rows, resources.shelf, language):
        one = outlooks.get(head["id"])
        last = seen.get(head["id"])
        head["href"] = chain_address(head["id"])
        head["changes"] = None if last is None else max(0, head["seq"] - last)
        head["outlook"] = told_outlook(resources, head, one, language)
        head["line"] = one and progress(one.settled, one.steps, language)
    return rows


def _launches(page: Page, code: str, chains: list[Row]) -> list[dict[str, Any]]:
    """The chains that the project has not, in their order, and what keeps them from a launch."""
    states = {one["definition_id"]: one["state"] for one in chains}
    newest = {one.definition.id: one.definition for one in page.resources.shelf}
    found = []
    for definition in sorted(newest.values(), key=lambda one: one.follows is not None):
        if definition.id in states:
            continue
        before = definition.follows
        ready = before is None or states.get(before) in {None, ChainState.COMPLETED}
        found.append(
            {
                "id": definition.id,
                "name": page.said(definition.name),
                "follows": before and page.resources.shelf.chain_name(before, page.language),
                "succeeds": before is not None and before in states,
                "ready": ready,
            }
        )
    return found


async def _contacts(page: Page, chains: list[Row]) -> list[dict[str, Any]]:
    """The departments that have an open step in a running chain, with who is in charge there."""
    held: dict[str, list[str]] = {}
    for chain in chains:
        if chain["state"] != ChainState.RUNNING:
            continue
        for step in await page.resources.reads.steps(chain["id"]):
            if step["open"]:
                people = held.setdefault(step["department"], [])
                if step["assignee"] and step["assignee"] not in people:
                    people.append(step["assignee"])
    shelf = page.resources.shelf
    return [
        {"department": shelf.department_name(one, page.language), "people": people}
        for one, people in sorted(held.items())
    ]


def _unconfirmed() -> Problem:
    detail = Text(zh="请勾选确认后再换发", en="tick the box before the code is renewed")
    field = FieldError("body", "#/confirm", "missing", detail)
    first = Text(zh=detail.zh, en=detail.en)
    return Problem("invalid_request", fields=[field], count=1, first=first)
