"""The list of projects: searched, filtered, sorted, on screen and as an Excel workbook."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from groundwork.api.answers import answer
from groundwork.api.documented import SIGNED_IN, documented
from groundwork.api.errors import Problem
from groundwork.api.project_list_shapes import ProjectRowShape
from groundwork.api.project_rows import name_head, project_rows
from groundwork.api.shapes import Listed
from groundwork.api.sheets import MEDIA_TYPE, Cell, Column, workbook
from groundwork.api.visit import Cursor, PageSize, Reader, Visit
from groundwork.domain.calendar import local_date
from groundwork.domain.definition import Text
from groundwork.domain.model import ChainState, Light, WaitingOn
from groundwork.domain.names import CHAIN_STATES, WAITING_ON
from groundwork.rehearsal.bars import SIGNS
from groundwork.store.paging import Row
from groundwork.store.project_list import NOT_LAUNCHED, ProjectFilter, ProjectSort
from groundwork.store.promises import MOST_ROWS

router = APIRouter(tags=["projects"])

State = Literal["running", "completed", "withdrawn", "terminated", "not_launched"]
Word = Annotated[str | None, Query(max_length=60)]

_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}},
    **documented(*SIGNED_IN, "cursor_invalid", "list_too_long"),
}


def _filter(
    request: Request,
    *,
    search: Annotated[
        str | None,
        Query(
            max_length=100,
            description="Words that each stand somewhere in name, enterprise or code.",
        ),
    ] = None,
    light: Annotated[Light | None, Query(description="The worst light of its steps.")] = None,
    state: Annotated[State | None, Query(description="State of the current chain.")] = None,
    definition: Word = None,
    district: Word = None,
    housekeeper: Word = None,
    department: Annotated[
        str | None, Query(max_length=60, description="Projects in which it has an open step.")
    ] = None,
    waiting_on: Annotated[
        WaitingOn | None,
        Query(description="Whose turn it is: on the department's step, else on the chain."),
    ] = None,
    open_commitments: Annotated[
        bool | None, Query(description="With or without open commitments.")
    ] = None,
    open_deficiencies: Annotated[
        bool | None, Query(description="With or without open deficiencies.")
    ] = None,
    overdue: Annotated[
        bool, Query(description="Only where something should have happened already.")
    ] = False,
    finished: Annotated[
        bool | None, Query(description="Only those whose chain has ended, or only the others.")
    ] = None,
) -> ProjectFilter:
    """The filters of the list."""
    received: datetime = request.state.received_at
    return ProjectFilter(
        search=search,
        light=light,
        state=state,
        definition=definition,
        district=district,
        housekeeper=housekeeper,
        department=department,
        waiting_on=waiting_on,
        open_commitments=open_commitments,
        open_deficiencies=open_deficiencies,
        overdue=local_date(received) if overdue else None,
        finished=finished,
    )


Which = Annotated[ProjectFilter, Depends(_filter)]
Sort = Annotated[
    ProjectSort,
    Query(
        description="`newest`, `risk` (worst light, then next day), `due` (next day), `name`,"
        " `launched` (last launched first)."
    ),
]


@router.get("/projects", response_model=Listed[ProjectRowShape], responses=_ANSWERS)
async def list_projects(
    request: Request,
    visit: Reader,
    which: Which,
    *,
    cursor: Cursor = None,
    limit: PageSize = 50,
    sort: Sort = ProjectSort.NEWEST,
) -> Response:
    """Projects, each with how its current chain stands; newest first unless sorted otherwise.

    With `Accept` naming Excel's type the whole list comes as a workbook.
    """
    if MEDIA_TYPE in request.headers.get("accept", ""):
        return await _workbook(visit, which, sort)
    page = await visit.resources.project_list.page(which, sort=sort, cursor=cursor, limit=limit)
    rows = await project_rows(
        visit.resources,
        page.items,
        reader=visit.actor.id,
        language=visit.language,
        at=visit.received_at,
    )
    return answer({"items": rows, "next": page.next})


@router.get("/projects.xlsx", response_class=Response, responses=_ANSWERS)
async def export_projects(visit: Reader, which: Which, sort: Sort = ProjectSort.NEWEST) -> Response:
    """The list of projects as an Excel workbook. Without forecasts, which are made page by page."""
    return await _workbook(visit, which, sort)


async def _workbook(visit: Visit, which: ProjectFilter, sort: ProjectSort) -> Response:
    page = await visit.resources.project_list.page(which, sort=sort, limit=MOST_ROWS)
    if page.next is not None:
        raise Problem("list_too_long", limit=MOST_ROWS)
    for row in page.items:
        if row["chain"] is not None:
            await name_head(
                visit.resources, row["chain"], language=visit.language, at=visit.received_at
            )
    content = await workbook(
        visit.said(_TITLE),
        [Column(visit.said(heading), width) for heading, width, _ in _COLUMNS],
        [[cell(visit, row) for _, _, cell in _COLUMNS] for row in page.items],
    )
    headers = {"Content-Disposition": 'attachment; filename="projects.xlsx"'}
    return Response(content, headers=headers, media_type=MEDIA_TYPE)


def _own(name: str) -> Callable[[Visit, Row], Cell]:
    return lambda _, row: row[name]


def _of_chain(name: str) -> Callable[[Visit, Row], Cell]:
    return lambda _, row: row["chain"][name] if row["chain"] else None


def _day(name: str) -> Callable[[Visit, Row], Cell]:
    """The local day of a moment of the chain."""
    moment = _of_chain(name)

    def cell(visit: Visit, row: Row) -> Cell:
        at: Any = moment(visit, row)
        return local_date(at) if at else None

    return cell


def _light(visit: Visit, row: Row) -> Cell:
    return visit.said(SIGNS[Light(row["chain"]["light"])].word) if row["chain"] else None


def _waiting_on(visit: Visit, row: Row) -> Cell:
    return visit.said(WAITING_ON[row["chain"]["waiting_on"]]) if row["chain"] else None


def _state(visit: Visit, row: Row) -> Cell:
    names = {state.value: CHAIN_STATES[state] for state in ChainState}
    names[NOT_LAUNCHED] = Text(zh="未启动", en="not launched")
    return visit.said(names[row["chain"]["state"] if row["chain"] else NOT_LAUNCHED])


def _department(_: Visit, row: Row) -> Cell:
    department = row["chain"]["next_due_department"] if row["chain"] else None
    return str(department["name"]) if department else None


_TITLE: Final = Text(zh="项目列表", en="Projects")

_COLUMNS: Final[tuple[tuple[Text, int, Callable[[Visit, Row], Cell]], ...]] = (
    (Text(zh="项目代码", en="Project"), 26, _own("code")),
    (Text(zh="项目名称", en="Name"), 28, _own("name")),
    (Text(zh="企业", en="Enterprise"), 28, _own("enterprise")),
    (Text(zh="区划", en="District"), 10, _own("district")),
    (Text(zh="项目管家", en="Housekeeper"), 16, _own("housekeeper")),
    (Text(zh="链条", en="Chain"), 18, _of_chain("name")),
    (Text(zh="状态", en="State"), 12, _state),
    (Text(zh="亮灯", en="Light"), 10, _light),
    (Text(zh="等待", en="Waits for"), 10, _waiting_on),
    (Text(zh="最近到期", en="Next due"), 12, _of_chain("next_due_on")),
    (Text(zh="剩余工作日", en="Working days left"), 10, _of_chain("working_days_left")),
    (Text(zh="到期环节", en="Step due next"), 28, _of_chain("next_due_step_name")),
    (Text(zh="责任部门", en="Department"), 16, _department),
    (Text(zh="未了承诺", en="Open commitments"), 10, _of_chain("open_commitments")),
    (Text(zh="未补容缺", en="Open deficiencies"), 10, _of_chain("open_deficiencies")),
    (Text(zh="启动日期", en="Launched"), 12, _day("launched_at")),
    (Text(zh="办结日期", en="Finished"), 12, _day("finished_at")),
)
