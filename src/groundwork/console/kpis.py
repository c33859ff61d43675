"""Figures of effect (效能): as a table, as JSON, as an Excel workbook."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from groundwork.console.desk import Desk, Json, signed_in
from groundwork.console.options import a_date
from groundwork.console.screen import Block, Cell, Grid, Screen

Excel = Annotated[
    Path | None, typer.Option("--excel", metavar="FILE", help="Write an Excel workbook instead.")
]


@signed_in
def kpi(
    desk: Desk,
    figure: Annotated[
        str | None, typer.Argument(metavar="[FIGURE]", help="One figure, with its groups.")
    ] = None,
    *,
    cases: Annotated[bool, typer.Option("--cases", help="The cases behind FIGURE.")] = False,
    lights: Annotated[
        bool, typer.Option("--lights", help="What is open now: departments by lights (灯).")
    ] = False,
    since: Annotated[
        date | None,
        typer.Option("--from", parser=a_date, metavar="DATE", help="First day; else a year ago."),
    ] = None,
    until: Annotated[
        date | None,
        typer.Option("--to", parser=a_date, metavar="DATE", help="Last day; else today."),
    ] = None,
    definition: Annotated[
        str | None, typer.Option(metavar="ID", help="Only chains of this kind.")
    ] = None,
    variant: Annotated[str | None, typer.Option(help="Only standard or fast chains.")] = None,
    department: Annotated[
        str | None, typer.Option(metavar="ID", help="Only this department's (部门).")
    ] = None,
    district: Annotated[
        str | None, typer.Option(metavar="CODE", help="Only this division's (区划).")
    ] = None,
    step: Annotated[str | None, typer.Option(metavar="ID", help="Only this step's (环节).")] = None,
    excel: Excel = None,
) -> None:
    """Tell figures of effect (效能): how fast, how punctual, against which baseline."""
    from groundwork.console.faults import Misuse

    screen = desk.screen
    if cases and figure is None:
        raise Misuse("--cases 须写明指标。 --cases needs a FIGURE.")
    query = {
        "from": since,
        "to": until,
        "definition": definition,
        "variant": variant,
        "department": department,
        "district": district,
        "step": step,
    }
    if excel is not None and figure is not None and not cases:
        raise Misuse(
            "--excel 写出全部指标，或以 --cases 写出一项指标的案例。"
            " --excel writes all figures, or with --cases the cases of one."
        )
    if lights and (figure or cases or excel or any(query[n] for n in query if n != "department")):
        raise Misuse("--lights 只能与 --department 同用。 --lights goes with --department only.")
    if lights:
        data = desk.get("/kpis/lights", department=department)
        screen.show(data, _lights(data, screen))
        return
    path = f"/kpis/{figure}/cases" if cases else "/kpis"
    if excel is not None:
        desk.save_to(f"{path}.xlsx", excel, **query)
        screen.show({"file": str(excel)}, screen.say(f"已写入 {excel}", f"Wrote {excel}"))
        return
    if cases:
        items = desk.all(path, **query)
        count = screen.say(f"{len(items)} 件", f"Cases: {len(items)}")
        screen.show({"items": items}, count, *([_cases(items, screen)] if items else []))
        return
    data = desk.get("/kpis", **query)
    if figure is not None:
        known = [one["id"] for one in data["figures"]]
        if figure not in known:
            raise Misuse(
                f"没有指标 {figure}，可用：{'、'.join(known)}。"
                f" There is no figure {figure} here; there are: {', '.join(known)}."
            )
        data = {**data, "figures": [one for one in data["figures"] if one["id"] == figure]}
    screen.show(data, *_told(data, screen, in_full=figure is not None))


def _told(data: Json, screen: Screen, *, in_full: bool) -> list[Block]:
    period = f"{data['since']} — {data['until']}"
    running = screen.say(
        f"{data['running']} 条在办链条不计入用时", f"{data['running']} running chains left out"
    )
    blocks: list[Block] = [period + screen.aside(running)]
    columns = screen.say(
        "指标,编号,样本,中位数,P90,命中,基线,目标,压缩,备注",
        "Figure,Id,n,Median,P90,Hits,Baseline,Target,Compression,Remark",
    ).split(",")
    blocks.append(
        Grid(
            columns,
            [_figure(one, screen) for one in data["figures"]],
            numeric=frozenset(range(2, 9)),
        )
    )
    for one in data["figures"] if in_full else []:
        blocks += [one["what"], *_sources(one, screen)]
        blocks.append(_groups(one, screen))
    return blocks


def _figure(one: Json, screen: Screen) -> list[Cell]:
    summary = one["summary"]
    return [
        one["name"],
        one["id"],
        str(summary["n"]),
        _time(summary.get("median"), one, screen),
        _time(summary.get("p90"), one, screen),
        _share(summary),
        _reference(one["baseline"]),
        _reference(one["target"]),
        "—" if one["compression"] is None else f"{one['compression']:.1f}%",
        one["remark"] or "",
    ]


def _time(amount: int | None, one: Json, screen: Screen) -> str:
    from groundwork.console import words

    return "—" if amount is None else words.amount(amount, one["unit"], screen.language)


def _share(summary: Json) -> str:
    if summary.get("hits") is None:
        return "—"
    percent = summary["percent"]
    return str(summary["hits"]) if percent is None else f"{summary['hits']} ({percent:.1f}%)"


def _reference(one: Json | None) -> str:
    if one is None:
        return "—"
    return f"{one['amount']}–{one['up_to']}" if one["up_to"] else str(one["amount"])


def _sources(one: Json, screen: Screen) -> list[str]:
    names = {
        "baseline": screen.say("基线", "Baseline"),
        "target": screen.say("目标", "Target"),
        "reported": screen.say("公布数", "As published"),
    }
    lines = []
    for field, name in names.items():
        reference = one[field]
        if reference is not None:
            note = screen.aside(reference["note"]) if reference["note"] else ""
            amount = _reference(reference)
            lines.append(f"{name} {amount}{note}{screen.say('：', ': ')}{reference['source']}")
    return lines


def _groups(one: Json, screen: Screen) -> Grid:
    rows: list[list[Cell]] = [
        [
            found["name"],
            str(found["n"]),
            _time(found.get("median"), one, screen),
            _time(found.get("p90"), one, screen),
            _share(found),
        ]
        for group in ("months", "departments", "steps", "levels", "variants")
        for found in one[group]
    ]
    columns = screen.say("分组,样本,中位数,P90,命中", "Group,n,Median,P90,Hits").split(",")
    return Grid(columns, rows, numeric=frozenset({1, 2, 3, 4}))


def _cases(items: list[Json], screen: Screen) -> Grid:
    rows: list[list[Cell]] = [
        [
            one["project_name"] + screen.aside(one["enterprise"]),
            one["step_name"] or "—",
            one["began"] or "—",
            one["due"] or "—",
            one["ended"],
            "—" if one["value"] is None else str(one["value"]),
            str(one["stopped"]),
            screen.say("是", "yes") if one["hit"] else screen.say("否", "no"),
            one["chain_id"],
        ]
        for one in items
    ]
    columns = screen.say(
        "项目,环节,起,期限,止,用时,停表,命中,链条",
        "Project,Step,Began,Due,Ended,Time,Stopped,Hit,Chain",
    ).split(",")
    return Grid(columns, rows, numeric=frozenset({5, 6}))


def _lights(data: Json, screen: Screen) -> Grid:
    from groundwork.console import words

    shown = ("green", "yellow", "red", "paused")
    headings: list[Any] = [words.light(light, screen.language).text for light in shown]
    rows: list[list[Cell]] = [
        [
            one["name"],
            *(str(one["lights"].get(light, 0)) for light in shown),
            str(one["total"]),
        ]
        for one in data["departments"]
    ]
    columns = [screen.say("部门", "Department"), *headings, screen.say("合计", "All")]
    return Grid(columns, rows, numeric=frozenset({1, 2, 3, 4, 5}))
