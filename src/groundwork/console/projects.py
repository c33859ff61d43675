"""The list of projects (项目列表), public progress (公开进度) and tracking codes (跟踪码)."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote

import typer

from groundwork.console.desk import Desk, Json, signed_in
from groundwork.console.screen import Cell, Grid, Screen

if TYPE_CHECKING:
    from groundwork.console.deadlines import Deadlines

LightName = Literal["red", "yellow", "paused", "green", "done"]
StateName = Literal["running", "completed", "withdrawn", "terminated", "not_launched"]
SortName = Literal["risk", "due", "name", "launched", "newest"]
Court = Literal["department", "applicant", "other", "nobody"]


@signed_in
def projects(
    desk: Desk,
    *,
    search: Annotated[
        str | None, typer.Option(metavar="WORDS", help="Parts of name, enterprise or code.")
    ] = None,
    light: Annotated[LightName | None, typer.Option(help="Only with this worst light.")] = None,
    state: Annotated[StateName | None, typer.Option(help="Only in this state.")] = None,
    definition: Annotated[
        str | None, typer.Option("--chain-type", metavar="TYPE", help="Only on this chain.")
    ] = None,
    district: Annotated[
        str | None, typer.Option(metavar="CODE", help="Only this division's (区划).")
    ] = None,
    housekeeper: Annotated[
        str | None, typer.Option(metavar="ID", help="Only this housekeeper's (项目管家).")
    ] = None,
    department: Annotated[
        str | None, typer.Option(metavar="ID", help="Only where it has an open step (部门).")
    ] = None,
    waiting_on: Annotated[
        Court | None, typer.Option(help="Only what is in this court (等待).")
    ] = None,
    commitments: Annotated[
        bool, typer.Option("--commitments", help="Only with open commitments (承诺).")
    ] = False,
    deficiencies: Annotated[
        bool, typer.Option("--deficiencies", help="Only with open deficiencies (容缺).")
    ] = False,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is late (逾期).")] = False,
    finished: Annotated[
        bool | None, typer.Option("--finished/--unfinished", help="Only ended chains, or the rest.")
    ] = None,
    sort: Annotated[SortName, typer.Option(help="Order; risk puts the worst first.")] = "risk",
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many rows to show.")] = 50,
    excel: Annotated[
        Path | None,
        typer.Option("--excel", metavar="FILE", help="Write an Excel workbook instead."),
    ] = None,
) -> None:
    """List projects (项目列表): light, what blocks each, next day, forecast and promise."""
    query: dict[str, Any] = {
        "search": search,
        "light": light,
        "state": state,
        "definition": definition,
        "district": district,
        "housekeeper": housekeeper,
        "department": department,
        "waiting_on": waiting_on,
        "open_commitments": commitments or None,
        "open_deficiencies": deficiencies or None,
        "overdue": overdue or None,
        "finished": finished,
        "sort": sort,
    }
    screen = desk.screen
    if excel is not None:
        desk.save_to("/projects.xlsx", excel, **query)
        screen.show({"file": str(excel)}, screen.say(f"已写入 {excel}", f"Wrote {excel}"))
        return
    page = desk.get("/projects", **query, limit=limit)
    _show_projects(screen, page)


def _show_projects(screen: Screen, page: Json) -> None:
    from groundwork.console.deadlines import Deadlines

    deadlines, items = Deadlines(screen), page["items"]
    columns = screen.say(
        "灯,项目,卡点,部门,最近到期,剩余,预计办结,较承诺,承诺/容缺,代码",
        "Light,Project,Blocked by,Department,Next due,Left,Forecast,Against promise,"
        "Commitments/deficiencies,Code",
    ).split(",")
    rows = [_project(one, screen, deadlines) for one in items]
    title = screen.say(f"项目：{len(items)} 个", f"Projects: {len(items)}")
    if page["next"]:
        title += screen.say("，还有更多，请增加筛选条件", ", and more: narrow the list")
    screen.show(page, title, *([Grid(columns, rows)] if rows else []))


def _project(one: Json, screen: Screen, deadlines: "Deadlines") -> list[Cell]:
    from groundwork.console import words

    name, chain = one["name"] + screen.aside(one["enterprise"]), one["chain"]
    if chain is None:
        return [screen.say("未启动", "not launched"), name, *["—"] * 7, one["code"]]
    outlook = chain["outlook"] or {}
    blocking = outlook.get("blocking")
    return [
        words.light(chain["light"], screen.language),
        name,
        f"{blocking['step']} {blocking['name']}" if blocking else "—",
        blocking["department"]["name"] if blocking else "—",
        deadlines.day(chain["next_due_on"], provisional=chain["provisional"]),
        deadlines.left(chain["next_due_on"]),
        deadlines.day(outlook.get("finish"), provisional=outlook.get("provisional", False)),
        _against(outlook.get("behind"), screen),
        f"{chain['open_commitments']}/{chain['open_deficiencies']}",
        one["code"],
    ]


def _against(behind: int | None, screen: Screen) -> str:
    """How many working days later or earlier than promised."""
    from groundwork.console import words

    if behind is None:
        return "—"
    amount = words.amount(abs(behind), "working_days", screen.language)
    if behind > 0:
        return screen.say(f"晚 {amount}", f"{amount} later")
    return (
        screen.say(f"早 {amount}", f"{amount} earlier")
        if behind
        else screen.say("如期", "as promised")
    )


@signed_in
def track(
    desk: Desk,
    code: Annotated[str, typer.Argument(metavar="CODE", help="The tracking code (跟踪码).")],
) -> None:
    """Show what the applicant sees with a tracking code (公开进度)."""
    told = desk.public(f"/progress/{quote(code, safe='')}.json")
    screen, blocks = desk.screen, list[str]()
    for chain in told["chains"]:
        blocks += _progress(chain, screen)
    empty = [screen.say("尚未启动审批链条。", "No chain is launched yet.")]
    screen.show(told, *(blocks or empty))


def _progress(chain: Json, screen: Screen) -> Iterable[str]:
    yield f"{chain['name']} · {chain['state_name']}"
    stages = (
        f"{one['name']} {one['done']}/{one['total']} {one['state_name']}" for one in chain["stages"]
    )
    yield screen.say("阶段：", "Stages: ") + screen.say("；", "; ").join(stages)
    for one in chain["now"]:
        yield screen.say("正在办理：", "Now: ") + _line(one, one["department"], one["state_name"])
    for one in chain["next"]:
        yield screen.say("下一环节：", "Next: ") + _line(one, one["department"])
    for one in chain["todo"]:
        what = one["deed_name"] + (screen.aside(one["material"]) if one["material"] else "")
        yield screen.say("请您办理：", "For you to do: ") + _line(one, what)
    yield screen.say("按承诺应于 ", "Promised: ") + chain["promised_day"]
    if chain["expected"]:
        expected = f"{chain['expected']['day']} · {chain['expected']['left']}"
        yield screen.say("预计办结：", "Expected: ") + expected


def _line(one: Json, *more: str) -> str:
    term = one["term"]
    unit = f" {one['unit']}" if one["unit"] else ""
    days = [term["day"], term["left"]] if term else []
    return " · ".join([f"{one['name']}{unit}", *more, *days])


@signed_in
def tracking_code(
    desk: Desk,
    project: Annotated[str, typer.Argument(metavar="PROJECT", help="The project's code.")],
    *,
    renew: Annotated[
        bool, typer.Option("--renew", help="Give it another one; the old one stops.")
    ] = False,
) -> None:
    """Show a project's tracking code (跟踪码), to hand to the applicant."""
    path = f"/projects/{quote(project, safe='')}/tracking-code"
    row = desk.write("POST", path) if renew else desk.get(path)
    screen = desk.screen
    label = screen.say("跟踪码", "Tracking code")
    screen.show(
        row, f"{label}: {row['code']}" if screen.language == "en" else f"{label}：{row['code']}"
    )
