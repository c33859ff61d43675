"""The ledgers of promises: 承诺台账 and 容缺台账, as lists and as Excel workbooks."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response

from groundwork.api.answers import answer
from groundwork.api.documented import SIGNED_IN, documented
from groundwork.api.errors import Problem
from groundwork.api.languages import Language, said
from groundwork.api.papers import commitment_papers, tolerance_paper
from groundwork.api.rows import kind_of, with_step_names
from groundwork.api.shapes import CommitmentRowShape, DeficiencyRowShape, Listed
from groundwork.api.sheets import MEDIA_TYPE, Cell, Column, workbook
from groundwork.api.visit import Cursor, PageSize, Reader, Visit
from groundwork.domain.base import Day
from groundwork.domain.calendar import local_date
from groundwork.domain.definition import Text
from groundwork.domain.model import CommitmentState, DeficiencyState
from groundwork.domain.names import BREACHES, PROMISE_STATES
from groundwork.store.paging import Row
from groundwork.store.promises import MOST_ROWS, PromiseFilter

router = APIRouter(tags=["work"])

_Word = Annotated[str | None, Query(max_length=60)]

_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}},
    **documented(*SIGNED_IN, "cursor_invalid", "list_too_long"),
}


def _filter(
    request: Request,
    *,
    open_only: Annotated[
        bool, Query(alias="open", description="Leave out what is settled.")
    ] = True,
    department: _Word = None,
    chain: Annotated[str | None, Query(max_length=200)] = None,
    project: _Word = None,
    unit: Annotated[str | None, Query(max_length=20, description="A building's id.")] = None,
    district: _Word = None,
    housekeeper: _Word = None,
    due_from: Annotated[Day | None, Query(description="Due on that day or later.")] = None,
    due_to: Annotated[Day | None, Query(description="Due on that day or earlier.")] = None,
    overdue: Annotated[bool, Query(description="Only what should have happened already.")] = False,
) -> PromiseFilter:
    """The filters that both ledgers have."""
    received: datetime = request.state.received_at
    return PromiseFilter(
        open_only=open_only,
        department=department,
        chain_id=chain,
        project=project,
        unit=unit,
        district=district,
        housekeeper=housekeeper,
        due_from=due_from,
        due_to=due_to,
        overdue=local_date(received) if overdue else None,
    )


Which = Annotated[PromiseFilter, Depends(_filter)]


@router.get("/deficiencies", response_model=Listed[DeficiencyRowShape], responses=_ANSWERS)
async def list_deficiencies(
    request: Request,
    visit: Reader,
    which: Which,
    *,
    cursor: Cursor = None,
    limit: PageSize = 50,
    state: DeficiencyState | None = None,
) -> Response:
    """Tolerated missing materials, by the day on which they must follow.

    With `Accept` naming Excel's type the whole list comes as a workbook.
    """
    which = _with_state(which, state)
    if MEDIA_TYPE in request.headers.get("accept", ""):
        return await _all_deficiencies(visit, which)
    page = await visit.resources.promises.deficiencies(which, cursor=cursor, limit=limit)
    return answer({"items": deficiency_rows(visit, page.items), "next": page.next})


@router.get("/deficiencies.xlsx", response_class=Response, responses=_ANSWERS)
async def export_deficiencies(
    visit: Reader, which: Which, state: DeficiencyState | None = None
) -> Response:
    """The ledger of deficiencies (容缺台账) as an Excel workbook."""
    return await _all_deficiencies(visit, _with_state(which, state))


@router.get("/commitments", response_model=Listed[CommitmentRowShape], responses=_ANSWERS)
async def list_commitments(
    request: Request,
    visit: Reader,
    which: Which,
    *,
    cursor: Cursor = None,
    limit: PageSize = 50,
    state: CommitmentState | None = None,
) -> Response:
    """Promises, by the day on which they must be kept or verified; letters nobody signed come last.

    With `Accept` naming Excel's type the whole list comes as a workbook.
    """
    which = _with_state(which, state)
    if MEDIA_TYPE in request.headers.get("accept", ""):
        return await _all_commitments(visit, which)
    page = await visit.resources.promises.commitments(which, cursor=cursor, limit=limit)
    return answer({"items": commitment_rows(visit, page.items), "next": page.next})


@router.get("/commitments.xlsx", response_class=Response, responses=_ANSWERS)
async def export_commitments(
    visit: Reader, which: Which, state: CommitmentState | None = None
) -> Response:
    """The ledger of commitments (承诺台账) as an Excel workbook."""
    return await _all_commitments(visit, _with_state(which, state))


def _with_state(which: PromiseFilter, state: str | None) -> PromiseFilter:
    """Whoever asks for a state wants those that are settled, too, if the state is a settled one."""
    return which if state is None else which._replace(state=state, open_only=False)


async def _all_deficiencies(visit: Visit, which: PromiseFilter) -> Response:
    rows = await visit.resources.promises.every_deficiency(which)
    return await _workbook(visit, DEFICIENCIES, deficiency_rows(visit, _bounded(rows)))


async def _all_commitments(visit: Visit, which: PromiseFilter) -> Response:
    rows = await visit.resources.promises.every_commitment(which)
    return await _workbook(visit, COMMITMENTS, commitment_rows(visit, _bounded(rows)))


def _bounded(rows: list[Row] | None) -> list[Row]:
    if rows is None:
        raise Problem("list_too_long", limit=MOST_ROWS)
    return rows


def commitment_rows(visit: Visit, rows: list[Row]) -> list[Row]:
    """Rows of the ledger with the names of their steps and the addresses of their papers."""
    for row in with_step_names(rows, visit.resources.shelf, visit.language):
        drafted, rectified = row["drafted_at"] is not None, row["rectified"]
        papers = commitment_papers(row["chain_id"], row["id"], drafted=drafted, rectified=rectified)
        row.update(papers)
    return rows


def deficiency_rows(visit: Visit, rows: list[Row]) -> list[Row]:
    """Rows of the ledger with the names of their steps and materials, and their papers."""
    shelf = visit.resources.shelf
    for row in with_step_names(rows, shelf, visit.language):
        kind = kind_of(row["chain_id"])
        row["material_name"] = shelf.material_name(
            kind, row["step"], row["material"], visit.language
        )
        row["paper"] = tolerance_paper(row["chain_id"], row["id"])
    return rows


class _Sheet(NamedTuple):
    """A ledger as a workbook: its title, its columns, and what stands in each."""

    title: Text
    file: str
    columns: Sequence[tuple[Text, int, Callable[[Visit, Row], Cell]]]


def _column(
    zh: str, en: str, width: int, cell: Callable[[Visit, Row], Cell]
) -> tuple[Text, int, Callable[[Visit, Row], Cell]]:
    return Text(zh=zh, en=en), width, cell


def _field(name: str) -> Callable[[Visit, Row], Cell]:
    return lambda _, row: row[name]


def _day(name: str) -> Callable[[Visit, Row], Cell]:
    """The local day of a moment."""
    return lambda _, row: local_date(row[name]) if row[name] else None


def _state(visit: Visit, row: Row) -> Cell:
    return said(PROMISE_STATES[row["state"]], visit.language)


def _department(visit: Visit, row: Row) -> Cell:
    return visit.resources.shelf.department_name(row["department"], visit.language)


def _yes(name: str) -> Callable[[Visit, Row], Cell]:
    yes: dict[Language, str] = {"zh": "是", "en": "yes"}
    return lambda visit, row: yes[visit.language] if row[name] else ""


def _breach(visit: Visit, row: Row) -> Cell:
    return said(BREACHES[row["breach"]], visit.language) if row["breach"] else ""


def _obligations(visit: Visit, row: Row) -> Cell:
    return ("；" if visit.language == "zh" else "; ").join(row["obligations"])


_COMMON: Final = (
    _column("项目代码", "Project", 26, _field("project_code")),
    _column("项目名称", "Name", 24, _field("project_name")),
    _column("企业", "Enterprise", 24, _field("enterprise")),
    _column("区划", "District", 10, _field("district")),
    _column("项目管家", "Housekeeper", 16, _field("housekeeper")),
    _column("环节", "Step", 10, _field("step")),
    _column("环节名称", "Name of the step", 28, _field("step_name")),
    _column("部门", "Department", 14, _department),
    _column("编号", "Id", 20, _field("id")),
    _column("状态", "State", 16, _state),
)

COMMITMENTS: Final = _Sheet(
    Text(zh="承诺台账", en="Commitments"),
    "commitments.xlsx",
    (
        *_COMMON,
        _column("承诺内容", "Promised", 40, _obligations),
        _column("签署日期", "Signed", 12, _day("signed_at")),
        _column("履行期限", "Due", 12, _field("due_on")),
        _column("暂定", "Provisional", 8, _yes("provisional")),
        _column("报告履行", "Reported", 12, _day("performed_at")),
        _column("核查期限", "Verify by", 12, _field("verify_on")),
        _column("逾期未核查", "Not verified", 10, _yes("unverified")),
        _column("公示期满", "Published until", 12, _field("publish_on")),
        _column("限期整改", "Rectified", 10, _yes("rectified")),
        _column("违诺情形", "Breach", 16, _breach),
        _column("第三方数", "Third parties", 10, _field("third_parties")),
        _column("办结日期", "Closed", 12, _day("closed_at")),
    ),
)

DEFICIENCIES: Final = _Sheet(
    Text(zh="容缺台账", en="Deficiencies"),
    "deficiencies.xlsx",
    (
        *_COMMON,
        _column("所缺材料", "Missing", 30, _field("material_name")),
        _column("容缺日期", "Opened", 12, _day("opened_at")),
        _column("补正期限", "Due", 12, _field("cure_by")),
        _column("暂定", "Provisional", 8, _yes("provisional")),
        _column("已延期", "Extended", 8, _yes("extended")),
        _column("提交日期", "Handed in", 12, _day("submitted_at")),
        _column("了结日期", "Closed", 12, _day("closed_at")),
    ),
)


async def _workbook(visit: Visit, sheet: _Sheet, rows: list[Row]) -> Response:
    content = await workbook(
        said(sheet.title, visit.language),
        [Column(said(heading, visit.language), width) for heading, width, _ in sheet.columns],
        [[cell(visit, row) for _, _, cell in sheet.columns] for row in rows],
    )
    headers = {"Content-Disposition": f'attachment; filename="{sheet.file}"'}
    return Response(content, headers=headers, media_type=MEDIA_TYPE)
