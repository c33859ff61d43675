"""The launch wizard (启动向导): what is missing before a launch, and the launch itself."""

from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Response

from groundwork.api.answers import as_problem
from groundwork.api.errors import Problem
from groundwork.api.launches import launch
from groundwork.api.pages.acting import back_to
from groundwork.api.pages.cases import chain_address, documents_address
from groundwork.api.pages.drafts import DRAFTS, Draft, drop_draft
from groundwork.api.pages.frame import Opened, Page, show
from groundwork.api.pages.launch_tasks import TaskList, successor_address
from groundwork.api.pages.wizard import Wizard
from groundwork.api.tracking import code_of
from groundwork.domain.model import Chain, ChainState
from groundwork.domain.names import MODES, VARIANTS
from groundwork.domain.rejections import Rejection
from groundwork.runtime.gateway import EngineSilent, Refused
from groundwork.store.project_list import NOT_LAUNCHED, ProjectFilter, ProjectSort
from groundwork.store.reads import ChainFilter
from groundwork.store.saved_views import SavedViews

router = APIRouter(include_in_schema=False, prefix="/launch")

Launcher = Annotated[Page, Depends(Opened("launch"))]

_SHOWN: Final = 12


@router.get("")
async def get_launch(page: Launcher) -> Response:
    """Where to begin or go on, or the tasks of the launch that the address tells of."""
    draft = Draft.of(page.request.query_params.multi_items())
    if draft == Draft():
        return show(page, "launch-start.html", **await _beginnings(page))
    return _tasks(page, await Wizard.of(page, draft))


@router.post("")
async def post_launch(page: Launcher) -> Response:
    """Launch the chain, or give the draft up."""
    draft = Draft.of(page.request.query_params.multi_items())
    views = SavedViews(page.resources.database)
    if page.form.get("verb") == "forget":
        await drop_draft(views, page.actor.id, draft.project)
        return back_to(page, "/launch", "said:removed")
    try:
        done = await launch(page.visit, page.form.key, draft.body)
    except (Problem, Rejection, Refused, EngineSilent) as error:
        return _tasks(page, await Wizard.of(page, draft), as_problem(error))
    await drop_draft(views, page.actor.id, draft.project)
    if not done.projected:
        # Perhaps nobody has answered yet: the page asks again until the record shows the chain.
        return back_to(page, f"/launch/done?chain={quote(done.chain)}", "said:sent")
    return back_to(page, f"/launch/done?chain={quote(done.chain)}", "said:launched")


@router.get("/done")
async def get_done(page: Launcher, chain: Annotated[str, Query(max_length=200)]) -> Response:
    """What was launched, and the tracking code to be handed to the applicant."""
    row = await page.resources.reads.chain(chain)
    project = chain.partition(".")[2]
    code: dict[str, Any] | None = None
    if page.may("manage_tracking_codes"):
        code = await code_of(page.visit, project)
    return show(
        page,
        "launch-done.html",
        chain=chain,
        row=row,
        href=chain_address(chain),
        code=code,
        documents=documents_address(project),
    )


def _tasks(page: Page, wizard: Wizard, problem: Problem | None = None) -> Response:
    tasks = TaskList(wizard)
    return show(
        page,
        "launch.html",
        200 if problem is None else 422,
        wizard=wizard,
        draft=wizard.draft,
        tasks=tasks.tasks,
        obstacles=tasks.obstacles,
        running=chain_address(wizard.running.id) if wizard.running else "",
        mistakes=page.mistakes(problem),
        mode_names=MODES,
        variant_names=VARIANTS,
    )


async def _beginnings(page: Page) -> dict[str, Any]:
    """Drafts, projects that have no chain yet, and chains that another may follow."""
    views = await SavedViews(page.resources.database).of(page.actor.id, DRAFTS)
    drafts = [(Draft.read(one["query"]), one) for one in views]
    names = {draft.project: await page.resources.projects.get(draft.project) for draft, _ in drafts}
    kept = [
        {
            "name": project["name"],
            "enterprise": project["enterprise"],
            "code": draft.project,
            "chain": page.resources.shelf.chain_name(draft.chain, page.language),
            "since": one["created_at"],
            "href": draft.address("/launch"),
        }
        for draft, one in drafts
        if (project := names[draft.project]) is not None
    ]
    known = {one["code"] for one in kept}
    waiting = await page.resources.project_list.page(
        ProjectFilter(state=NOT_LAUNCHED, housekeeper=_whose(page)),
        sort=ProjectSort.NEWEST,
        limit=_SHOWN,
    )
    return {
        "drafts": kept,
        "waiting": [
            row | {"href": Draft(row["code"]).address("/launch")}
            for row in waiting.items
            if row["code"] not in known
        ],
        "successors": await _successors(page),
    }


def _whose(page: Page) -> str | None:
    """A housekeeper sees their own projects, an administrator everybody's."""
    return page.actor.id if page.actor.role.value == "housekeeper" else None


async def _successors(page: Page) -> list[dict[str, Any]]:
    """Completed chains of the reader's projects that another chain may follow."""
    found = []
    heads = await page.resources.reads.chains(
        ChainFilter(state=ChainState.COMPLETED, housekeeper=_whose(page)), limit=_SHOWN
    )
    for head in heads.items:
        try:
            following = page.resources.shelf.following(head["definition_id"]).definition
        except Problem:
            continue
        wanted = f"{following.id}.{head['project_code']}"
        row = await page.resources.reads.chain(head["id"])
        if row is None or await page.resources.reads.chain(wanted) is not None:
            continue
        before: Chain = row["snapshot"]
        found.append(
            {
                "project": row["project_name"],
                "code": head["project_code"],
                "finished_at": before.finished_at,
                "before": page.resources.shelf.chain_name(head["definition_id"], page.language),
                "following": page.said(following.name),
                "href": successor_address(before, following),
            }
        )
    return found
