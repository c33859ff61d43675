"""The ledgers of promises (承诺台账、容缺台账): on screen, on paper, in Excel."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import typer

from groundwork.console.desk import Desk, Json, signed_in
from groundwork.console.options import a_date
from groundwork.console.screen import Cell, Grid, Screen

if TYPE_CHECKING:
    from groundwork.console.deadlines import Deadlines

State = Annotated[
    str | None, typer.Option(metavar="STATE", help="Only in this state, such as in_force or open.")
]
DueFrom = Annotated[
    date | None, typer.Option(parser=a_date, metavar="DATE", help="Due on that day or later.")
]
DueTo = Annotated[
    date | None, typer.Option(parser=a_date, metavar="DATE", help="Due on that day or earlier.")
]
Department = Annotated[
    str | None, typer.Option(metavar="ID", help="Only this department's (部门).")
]
District = Annotated[str | None, typer.Option(metavar="CODE", help="Only this division's (区划).")]
Housekeeper = Annotated[
    str | None, typer.Option(metavar="ID", help="Only this housekeeper's (项目管家).")
]
Project = Annotated[str | None, typer.Option(metavar="CODE", help="Only this project's (项目).")]
Unit = Annotated[str | None, typer.Option(metavar="ID", help="Only this building's (单体).")]
Chain = Annotated[str | None, typer.Option(metavar="ID", help="Only this chain's.")]
Overdue = Annotated[bool, typer.Option("--overdue", help="Only what is late (逾期).")]
Everything = Annotated[bool, typer.Option("--all", help="Also those that are settled.")]
Excel = Annotated[
    Path | None, typer.Option("--excel", metavar="FILE", help="Write an Excel workbook instead.")
]
Paper = Annotated[
    Path | None,
    typer.Option("--print", metavar="FILE", help="Write a page to print on A4 (HTML) instead."),
]

_PAGE: Final = """\
<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title><style>
@page {{ size: A4 landscape; margin: 12mm }}
body {{ font: 10pt/1.4 "Noto Serif CJK SC", "SimSun", serif; color: #000 }}
h1 {{ font-size: 14pt; text-align: center }}
table {{ border-collapse: collapse; width: 100% }}
thead {{ display: table-header-group }}
tr {{ break-inside: avoid }}
th, td {{ border: 0.5pt solid #000; padding: 1.5mm; text-align: left; vertical-align: top }}
</style></head><body><h1>{title}</h1><p>{note}</p>
<table><thead><tr>{head}</tr></thead><tbody>
{rows}
</tbody></table></body></html>
"""


class _Ledger(NamedTuple):
    """A ledger: its address, what it is called, and its columns."""

    path: str
    title: tuple[str, str]
    columns: tuple[str, str]
    row: "Callable[[Json, Screen, Deadlines], list[Cell]]"


def _common(one: Json, screen: Screen) -> list[Cell]:
    from groundwork.console import words

    return [
        one["project_name"] + screen.aside(one["enterprise"]),
        f"{one['step']} {one['step_name']}",
        words.word(words.PROMISE_STATES, one["state"], screen.language),
    ]


def _commitment(one: Json, screen: Screen, deadlines: "Deadlines") -> list[Cell]:
    return [
        *_common(one, screen),
        "；".join(one["obligations"]),
        deadlines.day(one["due_on"], provisional=one["provisional"]),
        deadlines.day(one["verify_on"]),
        "—" if one["closed_at"] else deadlines.left(one["act_by"]),
        one["id"],
        one["chain_id"],
    ]


def _deficiency(one: Json, screen: Screen, deadlines: "Deadlines") -> list[Cell]:
    return [
        *_common(one, screen),
        one["material_name"],
        deadlines.day(one["cure_by"], provisional=one["provisional"]),
        "—" if one["closed_at"] else deadlines.left(one["cure_by"]),
        one["id"],
        one["chain_id"],
    ]


COMMITMENTS: Final = _Ledger(
    "/commitments",
    ("承诺台账", "Commitments"),
    (
        "项目,环节,状态,承诺内容,履行期限,核查期限,剩余,编号,链条",
        "Project,Step,State,Promised,Due,Verify by,Left,Id,Chain",
    ),
    _commitment,
)
DEFICIENCIES: Final = _Ledger(
    "/deficiencies",
    ("容缺台账", "Deficiencies"),
    (
        "项目,环节,状态,所缺材料,补正期限,剩余,编号,链条",
        "Project,Step,State,Missing,Due,Left,Id,Chain",
    ),
    _deficiency,
)


def _listing(ledger: _Ledger, name: str, about: str) -> Callable[..., None]:
    """The command that lists a ledger; all of them are asked in the same words."""

    def listing(
        desk: Desk,
        *,
        state: State = None,
        due_from: DueFrom = None,
        due_to: DueTo = None,
        department: Department = None,
        district: District = None,
        housekeeper: Housekeeper = None,
        project: Project = None,
        unit: Unit = None,
        chain: Chain = None,
        overdue: Overdue = False,
        everything: Everything = False,
        excel: Excel = None,
        paper: Paper = None,
    ) -> None:
        query = {
            "state": state,
            "due_from": due_from,
            "due_to": due_to,
            "department": department,
            "district": district,
            "housekeeper": housekeeper,
            "project": project,
            "unit": unit,
            "chain": chain,
            "overdue": overdue,
            "open": not everything,
        }
        _show(desk, ledger, query, excel, paper)

    listing.__name__, listing.__doc__ = name, about
    return signed_in(listing)


commitments: Final = _listing(
    COMMITMENTS, "commitments", "List commitments (承诺台账), the most urgent first."
)
deficiencies: Final = _listing(
    DEFICIENCIES, "deficiencies", "List deficiencies (容缺台账), the most urgent first."
)


def _show(
    desk: Desk, ledger: _Ledger, query: dict[str, Any], excel: Path | None, paper: Path | None
) -> None:
    from groundwork.console.deadlines import Deadlines

    screen = desk.screen
    if excel is not None:
        desk.save_to(f"{ledger.path}.xlsx", excel, **query)
        screen.show({"file": str(excel)}, screen.say(f"已写入 {excel}", f"Wrote {excel}"))
        return
    items = desk.all(ledger.path, **query)
    deadlines = Deadlines(screen)
    columns = screen.say(*ledger.columns).split(",")
    grid = Grid(columns, [ledger.row(one, screen, deadlines) for one in items])
    title = screen.say(*ledger.title)
    count = screen.say(f"{title}：{len(items)} 件", f"{title}: {len(items)}")
    if paper is not None:
        as_of = screen.say("打印日期：", "Printed on ") + deadlines.today.isoformat()
        paper.write_text(_page(title, f"{count} · {as_of}", grid, screen), encoding="utf-8")
        screen.show({"file": str(paper)}, screen.say(f"已写入 {paper}", f"Wrote {paper}"))
        return
    screen.show({"items": items}, count, *([grid] if items else []))


def _page(title: str, note: str, grid: Grid, screen: Screen) -> str:
    """The table as a page for the printer; every text is escaped."""
    from html import escape

    def cells(tag: str, texts: list[str]) -> str:
        return "".join(f"<{tag}>{escape(text)}</{tag}>" for text in texts)

    rows = [
        f"<tr>{cells('td', [cell if isinstance(cell, str) else cell.text for cell in row])}</tr>"
        for row in grid.rows
    ]
    return _PAGE.format(
        lang=screen.language,
        title=escape(title),
        note=escape(note),
        head=cells("th", list(grid.columns)),
        rows="\n".join(rows),
    )
