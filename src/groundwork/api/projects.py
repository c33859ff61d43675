"""Projects: what chains are about, named by their national codes."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Request, Response

from groundwork.api.answers import answer
from groundwork.api.bodies import Line, Remark, ShortLine
from groundwork.api.demonstration import play_enterprise
from groundwork.api.documented import SIGNED_IN, WRITING, documented
from groundwork.api.errors import FieldError, Problem
from groundwork.api.receipts import PREFIX
from groundwork.api.rows import chain_heads
from groundwork.api.shapes import ProjectDetail, ProjectShape
from groundwork.api.visit import IdempotencyKey, May, Reader, Visit
from groundwork.domain.base import Frozen
from groundwork.domain.definition import Text
from groundwork.domain.grants import GrantKind
from groundwork.domain.identifiers import check_project_code, check_uscc, lies_elsewhere
from groundwork.domain.model import Role
from groundwork.domain.policy import OWN_PARK, authorise
from groundwork.store.errors import ProjectExists
from groundwork.store.projects import NewProject
from groundwork.store.reads import ChainFilter

router = APIRouter(prefix="/projects", tags=["projects"])

KEEPERS: Final = frozenset({Role.HOUSEKEEPER, Role.ADMINISTRATOR})
"""Who may be in charge of a project; an administrator stands in for everybody."""

CHAINS_SHOWN: Final = 200


class ProjectBody(Frozen):
    """A project to create.

    `district` is the region in the code unless given, `housekeeper` whoever creates the project if
    that is one. `uscc_override_reason` says why a credit code stands although its check fails.
    """

    code: ShortLine
    name: Line
    enterprise: Line
    uscc: ShortLine
    uscc_override_reason: Remark | None = None
    district: ShortLine | None = None
    housekeeper: ShortLine | None = None


@router.post(
    "",
    status_code=201,
    response_model=ProjectShape,
    responses={
        200: {"model": ProjectShape, "description": "It was there already, just like this."},
        **documented(
            *WRITING,
            "project_code_invalid",
            "uscc_invalid",
            "uscc_check_digit",
            "project_exists",
            "park_not_given",
            "district_elsewhere",
        ),
    },
)
async def create_project(
    request: Request,
    visit: Annotated[Visit, Depends(May("create_project", "override_uscc"))],
    key: IdempotencyKey,  # asked for like everywhere; the project's code tells a repeat
    body: ProjectBody,
) -> Response:
    """Create a project.

    A credit code whose check fails is only a warning: an officer may send the project with the
    reason in `uscc_override_reason`, since real codes exist that fail.
    """
    request.state.action = creating(body)
    row, created = await create(visit, body)
    if not created:
        return answer(row, 200)
    return answer(row, 201, {"Location": f"{PREFIX}/projects/{row['code']}"})


@router.get(
    "/{code}",
    response_model=ProjectDetail,
    responses=documented(*SIGNED_IN, "project_not_found"),
)
async def get_project(
    visit: Reader,
    code: Annotated[str, Path(max_length=60, description="Such as 2603-440784-04-01-558123.")],
) -> Response:
    """A project and its chains."""
    project = await find_project(visit, code)
    page = await visit.resources.reads.chains(
        ChainFilter(project=project["code"]), limit=CHAINS_SHOWN
    )
    heads = chain_heads(page.items, visit.resources.shelf, visit.language)
    return answer(project | {"chains": heads})


async def find_project(visit: Visit, code: str) -> dict[str, Any]:
    """The project of that code, however it is written. Raises Problem (project_not_found)."""
    await visit.resources.sight.require_project(visit.reach, code)
    project = await visit.resources.projects.get(check_project_code(code).value)
    if project is None:
        raise Problem("project_not_found", project=code)
    return project


def creating(body: ProjectBody) -> str:
    """The action that creating the project is, by the policy."""
    return "override_uscc" if body.uscc_override_reason else "create_project"


async def create(visit: Visit, body: ProjectBody) -> tuple[dict[str, Any], bool]:
    """The project, and whether it was created just now. Raises Problem, Rejection."""
    authorise(visit.actor, creating(body))
    project = await _checked(visit, body)
    _require_park(visit, creating(body), project)
    try:
        row = await visit.resources.projects.create(project)
    except ProjectExists:
        return await _existing(visit, project), False
    await play_enterprise(visit.resources, project.uscc)
    return row, True


def _require_park(visit: Visit, action: str, project: NewProject) -> None:
    """Raise Problem for a housekeeper in somebody else's park.

    park_not_given for a district that is not theirs, district_elsewhere for one of theirs that is
    claimed of a project whose code names another region.
    """
    if action not in OWN_PARK or visit.actor.role is not Role.HOUSEKEEPER:
        return
    if not visit.reach.holds(GrantKind.PARK, project.district):
        raise Problem("park_not_given", district=project.district)
    region = check_project_code(project.code).region or ""
    if lies_elsewhere(project.district, region):
        raise Problem("district_elsewhere", district=project.district, region=region)


async def _checked(visit: Visit, body: ProjectBody) -> NewProject:
    code, uscc = check_project_code(body.code), check_uscc(body.uscc)
    if code.errors:
        raise Problem("project_code_invalid", finding=code.errors[0].message)
    if uscc.errors:
        raise Problem("uscc_invalid", finding=uscc.errors[0].message)
    if uscc.warnings and not body.uscc_override_reason:
        raise Problem("uscc_check_digit", finding=uscc.warnings[0].message)
    return NewProject(
        code=code.value,
        name=body.name,
        enterprise=body.enterprise,
        uscc=uscc.value,
        uscc_override_reason=body.uscc_override_reason if uscc.warnings else None,
        district=body.district or code.region or "",
        housekeeper=await _housekeeper(visit, body.housekeeper),
        created_by=visit.actor.id,
    )


async def _housekeeper(visit: Visit, given: str | None) -> str:
    if given is None and visit.actor.role in KEEPERS:
        return visit.actor.id
    person = await visit.resources.people.get(given) if given else None
    if person is None or not person.active or person.role not in KEEPERS:
        detail = Text(zh="请填写在岗项目管家的编号", en="must be the id of an active housekeeper")
        fields = [FieldError("body", "#/housekeeper", "housekeeper_unknown", detail)]
        first = Text(zh=f"housekeeper：{detail.zh}", en=f"housekeeper {detail.en}")
        raise Problem("invalid_request", fields=fields, count=1, first=first)
    return person.id


async def _existing(visit: Visit, project: NewProject) -> dict[str, Any]:
    """The project that holds the code, if it says the same; whoever created it."""
    row = await visit.resources.projects.get(project.code) or {}
    if project.model_dump(exclude={"created_by"}).items() <= row.items():
        return row
    raise Problem("project_exists", project=project.code)
