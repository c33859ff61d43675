"""The wizard's project: one that is there already, or a new one with its codes checked."""

from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Response

from groundwork.api.answers import as_problem
from groundwork.api.errors import Problem
from groundwork.api.pages.acting import back_to
from groundwork.api.pages.asked import Asked
from groundwork.api.pages.cases import project_address
from groundwork.api.pages.drafts import Draft, keep_draft
from groundwork.api.pages.frame import Opened, Page, show
from groundwork.api.projects import KEEPERS, ProjectBody, create, creating
from groundwork.domain.policy import authorise
from groundwork.domain.rejections import Rejection
from groundwork.store.project_list import ProjectFilter, ProjectSort
from groundwork.store.saved_views import SavedViews

router = APIRouter(include_in_schema=False, prefix="/launch/project")

Reader = Annotated[Page, Depends(Opened("read_cases"))]
"""Also an officer, who alone may let a credit code pass whose check fails."""

FOUND: Final = 10
_FIELDS: Final = ("code", "name", "enterprise", "uscc", "district", "housekeeper")
_AT: Final = {
    "project_code_invalid": "code",
    "project_exists": "code",
    "uscc_invalid": "uscc",
    "uscc_check_digit": "uscc",
}
"""Beside which field a mistake of a whole code is shown."""


@router.get("")
async def get_project(page: Reader) -> Response:
    """Find a project, or describe a new one; the address may bring what was typed before."""
    _let_in(page)
    asked = Asked(page)
    return await _show(page, {name: asked[name] for name in _FIELDS}, asked["q"])


@router.post("")
async def post_project(page: Reader) -> Response:
    """Create the project, and go on with it."""
    _let_in(page)
    typed = {name: page.form.get(name) for name in (*_FIELDS, "uscc_override_reason")}
    try:
        body: ProjectBody = page.form.read(ProjectBody)
        page.request.state.action = creating(body)
        row, _ = await create(page.visit, body)
    except (Problem, Rejection) as error:
        return await _show(page, typed, "", as_problem(error))
    if not page.may("launch"):
        # An officer who let the code pass: the housekeeper goes on.
        return back_to(page, project_address(row["code"]), "said:created")
    draft = Draft(row["code"])
    await keep_draft(SavedViews(page.resources.database), page.actor.id, draft)
    return back_to(page, draft.address("/launch"), "said:created")


def _let_in(page: Page) -> None:
    """Raise Rejection for who may neither create a project nor let a code pass."""
    if not page.may("create_project"):
        authorise(page.actor, "override_uscc")


async def _show(
    page: Page, typed: dict[str, str], search: str, problem: Problem | None = None
) -> Response:
    mistakes = page.mistakes(problem)
    if problem is not None and (field := _AT.get(problem.code)):
        mistakes.fields = {field: mistakes.detail}
    found = []
    if search:
        which = ProjectFilter(search=search)
        rows = await page.resources.project_list.page(which, sort=ProjectSort.NEWEST, limit=FOUND)
        found = [row | {"href": Draft(row["code"]).address("/launch")} for row in rows.items]
    doubtful = problem is not None and problem.code == "uscc_check_digit"
    return show(
        page,
        "launch-project.html",
        200 if problem is None else 422,
        typed=typed | {"housekeeper": typed["housekeeper"] or _usual_housekeeper(page)},
        search=search,
        found=found,
        housekeepers=await _housekeepers(page),
        mistakes=mistakes,
        to_officer=_for_an_officer(page, typed) if doubtful else "",
        may_override=page.may("override_uscc"),
        may_create=page.may("create_project"),
    )


def _for_an_officer(page: Page, typed: dict[str, str]) -> str:
    """Where an officer finds the same form, filled in, to let the code pass with a reason."""
    asked = {name: typed[name] for name in _FIELDS if typed[name]}
    asked.setdefault("housekeeper", _usual_housekeeper(page))
    return f"{page.resources.settings.api_url}/launch/project?{urlencode(asked)}"


def _usual_housekeeper(page: Page) -> str:
    return page.actor.id if page.actor.role in KEEPERS else ""


async def _housekeepers(page: Page) -> list[tuple[str, str]]:
    """Who may look after a project, the reader first."""
    people = [
        (one.id, one.name)
        for one in await page.resources.people.all()
        if one.active and one.role in KEEPERS
    ]
    return sorted(people, key=lambda one: (one[0] != page.actor.id, one[1]))
