"""`groundwork people`, second part: absences, delegations, and work that changes hands."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Final

import typer

from groundwork.console.desk import Desk, Json, new_key, signed_in
from groundwork.console.faults import Unreachable
from groundwork.console.options import a_date
from groundwork.console.people import PersonId, app
from groundwork.console.screen import Block, Grid

__all__ = ["app"]

PANEL: Final = "Duties"

FirstDay = Annotated[
    date, typer.Option("--from", parser=a_date, metavar="DAY", help="First day (起), included.")
]
LastDay = Annotated[
    date, typer.Option("--to", parser=a_date, metavar="DAY", help="Last day (止), included.")
]
Why = Annotated[str, typer.Option("--reason", help="Why (事由). It is kept on record.")]


@app.command("desks", rich_help_panel=PANEL)
@signed_in
def list_desks(
    desk: Desk, department: Annotated[str, typer.Argument(metavar="DEPARTMENT")]
) -> None:
    """List who is in office in a department, and who acts for whom now (在岗与代理)."""
    from groundwork.console import words

    screen = desk.screen
    items = desk.get(f"/departments/{department}/people")["items"]
    nobody = screen.say("无人代理", "nobody")
    rows = [
        (
            one["id"],
            one["name"],
            words.word(words.ROLES, one["role"], screen.language),
            "—" if one["deputy"] == one["id"] else one["deputy"] or nobody,
        )
        for one in items
    ]
    columns = screen.say("编号,姓名,角色,由谁代理", "Id,Name,Role,Stood in for by").split(",")
    screen.show({"items": items}, Grid(columns, rows))


@app.command("away", rich_help_panel=PANEL)
@signed_in
def set_absence(
    desk: Desk,
    person: PersonId,
    *,
    first_day: FirstDay,
    last_day: LastDay,
    substitute: Annotated[str, typer.Option(metavar="PERSON", help="Who stands in (代理人).")],
    reason: Why,
) -> None:
    """Register an absence with a substitute of the same department (请假与代理)."""
    body = {
        "first_day": first_day.isoformat(),
        "last_day": last_day.isoformat(),
        "substitute": substitute,
        "reason": reason,
    }
    row = desk.write("POST", f"/people/{person}/absences", body)
    screen = desk.screen
    screen.show(row, screen.say(f"已登记 {row['id']}", f"Registered {row['id']}"))


@app.command("absences", rich_help_panel=PANEL)
@signed_in
def list_absences(desk: Desk, person: PersonId) -> None:
    """List a person's absences, and those in which they stand in."""
    items = desk.get(f"/people/{person}/absences")["items"]
    desk.screen.show({"items": items}, _absences(desk, items))


@app.command("back", rich_help_panel=PANEL)
@signed_in
def end_absence(
    desk: Desk,
    person: PersonId,
    absence: Annotated[str, typer.Argument(metavar="ABSENCE", help="Id of the absence: a-….")],
) -> None:
    """End an absence now (销假)."""
    desk.write("DELETE", f"/people/{person}/absences/{absence}")
    screen = desk.screen
    screen.show({"ended": absence}, screen.say(f"已结束 {absence}", f"Ended {absence}"))


@app.command("delegate", rich_help_panel=PANEL)
@signed_in
def delegate(
    desk: Desk,
    person: PersonId,
    to: Annotated[str, typer.Argument(metavar="TO", help="Who may act in their place (受托人).")],
    *,
    actions: Annotated[
        list[str], typer.Option("--action", help="Such as extend (延期). Repeatable.")
    ],
    first_day: FirstDay,
    last_day: LastDay,
    reason: Why,
    chains: Annotated[
        list[str],
        typer.Option(
            "--chain",
            help="Only on this chain. Repeatable.",
            default_factory=list,
            show_default=False,
        ),
    ],
    steps: Annotated[
        list[str],
        typer.Option(
            "--step",
            help="Only on this step, such as L08. Repeatable.",
            default_factory=list,
            show_default=False,
        ),
    ],
) -> None:
    """Let somebody of the department do named things in a leader's place (委托)."""
    body = {
        "delegate": to,
        "actions": [action.replace("-", "_") for action in actions],
        "first_day": first_day.isoformat(),
        "last_day": last_day.isoformat(),
        "chains": chains,
        "steps": steps,
        "reason": reason,
    }
    row = desk.write("POST", f"/people/{person}/delegations", body)
    screen = desk.screen
    screen.show(row, screen.say(f"已委托 {row['id']}", f"Delegated {row['id']}"))


@app.command("delegations", rich_help_panel=PANEL)
@signed_in
def list_delegations(desk: Desk, person: PersonId) -> None:
    """List the delegations given by or to a person."""
    items = desk.get(f"/people/{person}/delegations")["items"]
    desk.screen.show({"items": items}, _delegations(desk, items))


@app.command("undelegate", rich_help_panel=PANEL)
@signed_in
def end_delegation(
    desk: Desk,
    person: PersonId,
    delegation: Annotated[str, typer.Argument(metavar="DELEGATION", help="Its id: d-….")],
) -> None:
    """Take a delegation back now (撤销委托)."""
    desk.write("DELETE", f"/people/{person}/delegations/{delegation}")
    screen = desk.screen
    screen.show({"ended": delegation}, screen.say(f"已撤销 {delegation}", f"Ended {delegation}"))


@app.command("work", rich_help_panel=PANEL)
@signed_in
def show_work(
    desk: Desk,
    person: PersonId,
    department: Annotated[str | None, typer.Option(help="Only this department's steps.")] = None,
) -> None:
    """Show what a person has in hand (在手工作): steps, absences, delegations."""
    screen = desk.screen
    work = desk.get(f"/people/{person}/work", department=department)
    parts: tuple[tuple[str, str, str, Any], ...] = (
        ("承办环节", "Steps in their charge", "steps", _steps),
        ("代理他人", "Stands in for others", "standing_in", _absences),
        ("本人请假", "Own absences", "away", _absences),
        ("委托", "Delegations", "delegations", _delegations),
    )
    blocks: list[Block] = []
    for zh, en, name, grid in parts:
        blocks.append(f"{screen.say(zh, en)}: {len(work[name])}")
        if work[name]:
            blocks.append(grid(desk, work[name]))
    screen.show(work, *blocks)


@app.command("reassign", rich_help_panel=PANEL)
@signed_in
def reassign(
    desk: Desk,
    source: Annotated[str, typer.Argument(metavar="FROM", help="Whose steps (原承办人).")],
    to: Annotated[str, typer.Argument(metavar="TO", help="Who takes them over (新承办人).")],
    *,
    reason: Why,
    department: Annotated[str | None, typer.Option(help="Only this department's steps.")] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Only list what would move; nothing changes.")
    ] = False,
    key: Annotated[
        str | None, typer.Option(help="Go on with a handover that was cut short, by its key.")
    ] = None,
) -> None:
    """Hand all open steps of a person to another (批量移交), step by step, each once.

    Holds, stops, lights and dates of the steps stay as they are.
    """
    body = {"to": to, "department": department, "reason": reason, "preview": preview}
    path, key = f"/people/{source}/reassign", key or new_key()
    report = desk.write("POST", path, body, key)
    while report["open"] and not preview:
        before = report["open"]
        report = desk.write("POST", path, body, key)
        if report["open"] == before:
            raise Unreachable(
                f"流程引擎未答复，尚有 {before} 个环节待移交；稍后加 --key {key} 继续。 "
                f"The engine does not answer; {before} steps are left: go on with --key {key}."
            )
    screen = desk.screen
    counts = screen.say(
        f"移交 {report['done']} · 未移交 {report['refused']} · 待移交 {report['open']}",
        f"Moved {report['done']} · refused {report['refused']} · open {report['open']}",
    )
    screen.show(report, counts, *([_moved(desk, report["steps"])] if report["steps"] else []))


def _moved(desk: Desk, items: Sequence[Json]) -> Grid:
    from groundwork.console import words

    screen = desk.screen
    said = {
        "open": screen.say("待移交", "open"),
        "done": screen.say("已移交", "moved"),
        "refused": screen.say("未移交", "refused"),
    }
    rows = [
        (
            one["chain_id"],
            f"{one['step']} {one['step_name']}",
            words.word(words.STATES, one["state"], screen.language),
            one["due_on"] or "—",
            said[one["outcome"]] + screen.aside(one["detail"] or ""),
        )
        for one in items
    ]
    columns = screen.say("链条,环节,状态,到期,结果", "Chain,Step,State,Due,Outcome").split(",")
    return Grid(columns, rows)


def _steps(desk: Desk, items: Sequence[Json]) -> Grid:
    from groundwork.console import words

    screen = desk.screen
    rows = [
        (
            words.light(one["light"], screen.language),
            f"{one['step']} {one['step_name']}",
            one["project_name"],
            words.word(words.STATES, one["state"], screen.language),
            one["due_on"] or "—",
            one["chain_id"],
        )
        for one in items
    ]
    columns = screen.say("灯,环节,项目,状态,到期,链条", "Light,Step,Project,State,Due,Chain")
    return Grid(columns.split(","), rows)


def _absences(desk: Desk, items: Sequence[Json]) -> Grid:
    screen = desk.screen
    rows = [
        (
            one["id"],
            one["person_id"],
            one["substitute_id"],
            one["first_day"],
            one["last_day"],
            screen.say("已结束", "ended") if one["ended_at"] else "—",
        )
        for one in items
    ]
    columns = screen.say("编号,请假人,代理人,起,止,状态", "Id,Away,Substitute,From,To,State")
    return Grid(columns.split(","), rows)


def _delegations(desk: Desk, items: Sequence[Json]) -> Grid:
    from groundwork.domain.names import ACTIONS

    screen = desk.screen

    def called(action: str) -> str:
        name = ACTIONS.get(action)
        return screen.say(name.zh, name.en) if name else action

    rows = [
        (
            one["id"],
            one["delegator_id"],
            one["delegate_id"],
            screen.say("、", ", ").join(called(action) for action in one["actions"]),
            ", ".join((*one["chains"], *one["steps"])) or screen.say("不限", "no limit"),
            one["first_day"],
            one["last_day"],
            screen.say("已撤销", "ended") if one["ended_at"] else "—",
        )
        for one in items
    ]
    columns = screen.say(
        "编号,委托人,受托人,事项,范围,起,止,状态", "Id,From,To,Actions,Limits,First,Last,State"
    )
    return Grid(columns.split(","), rows)
