"""Figures of effect and the cases behind them as Excel workbooks."""

from typing import Any, Final

from fastapi import Response

from groundwork.api.languages import said
from groundwork.api.sheets import MEDIA_TYPE, Cell, Column, workbook
from groundwork.api.visit import Visit
from groundwork.domain.definition import Text
from groundwork.domain.kpis import TIMES, Kpi, Measure
from groundwork.domain.names import UNITS
from groundwork.store.paging import Row

_GROUPS: Final = {
    "months": Text(zh="月份", en="Month"),
    "departments": Text(zh="部门", en="Department"),
    "steps": Text(zh="环节", en="Step"),
    "levels": Text(zh="督办级别", en="Level"),
    "variants": Text(zh="方案", en="Variant"),
}
_ALL: Final = Text(zh="合计", en="All")

_FIGURE_COLUMNS: Final = (
    (Text(zh="指标", en="Figure"), 26),
    (Text(zh="口径", en="What is measured"), 60),
    (Text(zh="单位", en="Unit"), 10),
    (Text(zh="分组", en="Group"), 10),
    (Text(zh="名称", en="Name"), 26),
    (Text(zh="样本数", en="Cases"), 8),
    (Text(zh="中位数", en="Median"), 8),
    (Text(zh="P90", en="P90"), 8),
    (Text(zh="命中数", en="Hits"), 8),
    (Text(zh="比率（%）", en="Percent"), 10),
    (Text(zh="基线", en="Baseline"), 8),
    (Text(zh="目标", en="Target"), 8),
    (Text(zh="压缩（%）", en="Compression (%)"), 10),
    (Text(zh="备注", en="Remark"), 40),
)
_CASE_COLUMNS: Final = (
    (Text(zh="项目代码", en="Project"), 26),
    (Text(zh="项目名称", en="Name"), 24),
    (Text(zh="企业", en="Enterprise"), 24),
    (Text(zh="链条编号", en="Chain"), 44),
    (Text(zh="部门", en="Department"), 14),
    (Text(zh="环节名称", en="Step"), 28),
    (Text(zh="编号", en="Id"), 16),
    (Text(zh="级别", en="Level"), 6),
    (Text(zh="起", en="Began"), 12),
    (Text(zh="期限", en="Due"), 12),
    (Text(zh="止", en="Ended"), 12),
    (Text(zh="用时", en="Time"), 8),
    (Text(zh="停表", en="Stopped"), 8),
    (Text(zh="命中", en="Hit"), 8),
)


async def figures_workbook(visit: Visit, data: dict[str, Any]) -> Response:
    """A row for each figure as a whole, and one for each of its groups."""
    rows: list[list[Cell]] = []
    for figure in data["figures"]:
        rows.append(_figure(visit, figure, said(_ALL, visit.language), "", figure["summary"]))
        for group, title in _GROUPS.items():
            rows += [
                _figure(visit, figure, said(title, visit.language), one["name"], one)
                for one in figure[group]
            ]
    return await _workbook(
        visit, Text(zh="效能指标", en="Figures"), "kpis.xlsx", _FIGURE_COLUMNS, rows
    )


def _figure(
    visit: Visit, figure: dict[str, Any], group: str, name: str, summary: dict[str, Any]
) -> list[Cell]:
    whole = summary is figure["summary"]
    baseline, target = figure["baseline"], figure["target"]
    return [
        figure["name"],
        figure["what"],
        said(UNITS[figure["unit"]], visit.language) if figure["unit"] else "",
        group,
        name,
        summary["n"],
        summary.get("median"),
        summary.get("p90"),
        summary.get("hits"),
        _decimal(summary.get("percent")),
        baseline["amount"] if whole and baseline else None,
        target["amount"] if whole and target else None,
        _decimal(figure["compression"]) if whole else None,
        figure["remark"] if whole else None,
    ]


async def cases_workbook(visit: Visit, kpi: Kpi, rows: list[Row]) -> Response:
    """The cases behind a figure, a row each."""
    timed = kpi.measure in TIMES
    lines: list[list[Cell]] = [
        [
            row["project_code"],
            row["project_name"],
            row["enterprise"],
            row["chain_id"],
            row["department_name"],
            row["step_name"],
            row["item"],
            row["level"],
            row["began"],
            row["due"],
            row["ended"],
            row["stopped"] if kpi.measure is Measure.STEP_STOPPED else row["value"],
            row["stopped"] if timed else None,
            None if timed else _yes(visit, hit=row["hit"]),
        ]
        for row in rows
    ]
    return await _workbook(
        visit, Text(zh="案例", en="Cases"), f"{kpi.id}.xlsx", _CASE_COLUMNS, lines
    )


def _yes(visit: Visit, *, hit: bool) -> str:
    return said(Text(zh="是", en="yes") if hit else Text(zh="否", en="no"), visit.language)


def _decimal(percent: float | None) -> Cell:
    return None if percent is None else f"{percent:.1f}"


async def _workbook(
    visit: Visit,
    title: Text,
    file: str,
    columns: tuple[tuple[Text, int], ...],
    rows: list[list[Cell]],
) -> Response:
    headings = [Column(said(heading, visit.language), width) for heading, width in columns]
    content = await workbook(said(title, visit.language), headings, rows)
    headers = {"Content-Disposition": f'attachment; filename="{file}"'}
    return Response(content, headers=headers, media_type=MEDIA_TYPE)
