"""What people read: a chain, a department's inbox, the escalations."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from groundwork.console.cases import ChainRef, chain_id, temporal_link
from groundwork.console.desk import Desk, Json, signed_in
from groundwork.console.screen import Block, Cell, Grid, Screen

if TYPE_CHECKING:
    from groundwork.console.deadlines import Deadlines
    from groundwork.domain.calendar import Calendar

DECIDED = frozenset({"passed", "passed_with_tolerance", "failed", "exempt"})
CLOSED = frozenset({"closed", "dropped", "fulfilled", "breached", "lapsed"})


@signed_in
def show(
    desk: Desk,
    chain: ChainRef,
    *,
    timeline: Annotated[
        bool, typer.Option("--timeline", help="Also everything that happened (大事记).")
    ] = False,
    explain: Annotated[
        str | None,
        typer.Option(
            metavar="STEP", help="Why this step is due when it is, day by day (时限台账)."
        ),
    ] = None,
) -> None:
    """Show where a chain stands: what blocks it (卡点), lights (灯), due dates (到期日)."""
    from groundwork.console.deadlines import Deadlines
    from groundwork.console.explaining import explanation

    target = chain_id(desk, chain)
    data = desk.get(f"/chains/{target}")
    data["forecast"] = desk.get(f"/chains/{target}/forecast")
    data["links"] = {"temporal_ui": temporal_link(desk, target)}
    screen = desk.screen
    deadlines = Deadlines(screen, _calendar(desk, data["calendar_version"]))
    blocks: list[Block] = [*_head(data, screen, deadlines), _steps(data, screen, deadlines)]
    blocks += _promises(data, screen, deadlines)
    if timeline:
        data["timeline"] = list(_events(desk, target))
        departments = {one["department"]["id"]: one["department"]["short"] for one in data["steps"]}
        blocks += ["", _timeline(data["timeline"], departments, screen, deadlines)]
    if explain is not None:
        data["explanation"] = desk.get(f"/chains/{target}/steps/{explain}/explain")
        blocks += ["", *explanation(data["explanation"], screen, deadlines)]
    screen.show(data, *blocks)


def _calendar(desk: Desk, version: str) -> "Calendar":
    """The calendar that a chain follows: this release's, or else the installation's."""
    from groundwork.catalogue.calendars import calendar_versions, load_calendar
    from groundwork.domain.calendar import Calendar

    if version in calendar_versions():
        return load_calendar(version)
    return Calendar.model_validate(desk.get(f"/calendars/{version}"))


def _head(data: Json, screen: Screen, deadlines: "Deadlines") -> Iterator[Block]:
    from groundwork.console import words

    language = screen.language
    state = words.word(words.CHAIN_STATES, data["state"], language)
    variant = words.word(words.VARIANTS, data["variant"], language)
    yield f"{data['name']} · {data['project_name']}{screen.aside(data['enterprise'])}"
    yield f"{data['id']} · {data['definition_id']} {data['definition_version']} · {variant}"
    light = words.light(data["light"], language)
    yield light._replace(text=f"{light.text} · {state}")
    if data["ending"]:
        yield data["ending"]
    if data["state"] != "running":
        finished = deadlines.moment(data["finished_at"])
        yield screen.say(f"结束：{finished}", f"Ended: {finished}")
        return
    forecast = data["forecast"]
    finish = deadlines.day(forecast["finish"], provisional=forecast["provisional"])
    left = forecast["remaining_working_days"]
    yield screen.say(
        f"预计办结：{finish}，还需 {left} 个工作日",
        f"Forecast: done on {finish}, {left} working days from now",
    )
    yield screen.say("卡点：", "Blocking: ") + _blocking(data, screen, deadlines)


def _blocking(data: Json, screen: Screen, deadlines: "Deadlines") -> str:
    """The first step of the critical path that is not settled, with who has it until when."""
    from groundwork.console import words

    steps = {step["key"]: step for step in data["steps"]}
    key = next(iter(data["forecast"]["critical_path"]), None)
    if key is None:
        return screen.say("无", "nothing")
    step = steps[key]
    waiting = words.word(words.WAITING_ON, step["waiting_on"], screen.language)
    department = step["department"]["name"]
    parts = [
        f"{key} {step['name']}",
        department,
        screen.say(f"等待{waiting}", f"waits for {waiting}"),
        *_deadline(step, screen, deadlines),
    ]
    return " · ".join(part for part in parts if part != "—")


def _deadline(step: Json, screen: Screen, deadlines: "Deadlines") -> tuple[str, str]:
    """By when its holder must act, and how long that is; a stopped clock has no such day."""
    if step["state"] in DECIDED:
        return "—", "—"
    if step["state"] == "stopped":
        return "—", screen.say("停表中", "clock stopped")
    due = _due_day(step, deadlines)
    return deadlines.day(due, provisional=step["due_provisional"]), deadlines.left(due)


def _due_day(step: Json, deadlines: "Deadlines") -> str | None:
    """By when its holder must act: the due date or, before acceptance, the end of the window."""
    if step["due_on"] or not step["accept_by"]:
        due: str | None = step["due_on"]
        return due
    # The window ends at 24:00, which is the first instant of the next day.
    from datetime import datetime, timedelta

    last = datetime.fromisoformat(step["accept_by"]) - timedelta(microseconds=1)
    return deadlines.local_day(last.isoformat())


def _steps(data: Json, screen: Screen, deadlines: "Deadlines") -> Grid:
    from groundwork.console import words

    rows: list[list[Cell]] = []
    for step in data["steps"]:
        decided = deadlines.local_day(step["decision"]["at"]) if step["decision"] else None
        rows.append(
            [
                step["key"],
                step["name"],
                step["department"]["short"],
                words.light(step["light"], screen.language),
                words.word(words.STATES, step["state"], screen.language),
                words.word(words.MODES, step["mode"], screen.language),
                *_deadline(step, screen, deadlines),
                deadlines.day(decided),
            ]
        )
    columns = screen.say(
        "环节,名称,部门,灯,状态,方式,到期,剩余,办结",
        "Step,Name,Department,Light,State,Mode,Due,Left,Decided",
    ).split(",")
    return Grid(columns, rows)


def _promises(data: Json, screen: Screen, deadlines: "Deadlines") -> list[Block]:
    """What is owed besides the steps, and the escalations."""
    from groundwork.console import words

    blocks: list[Block] = []
    owed = [
        *(
            ("deficiency", one, one["cure_by"], one["material_name"])
            for one in data["deficiencies"]
        ),
        *(
            ("commitment", one, one["due_on"], "；".join(one["obligations"]))
            for one in data["commitments"]
        ),
    ]
    rows = [
        (
            one["id"],
            screen.say("容缺", "deficiency")
            if kind == "deficiency"
            else screen.say("承诺", "promise"),
            what,
            words.word(words.PROMISE_STATES, one["state"], screen.language),
            deadlines.day(due, provisional=one["provisional"]),
            "—" if one["state"] in CLOSED else deadlines.left(due),
        )
        for kind, one, due, what in owed
    ]
    if rows:
        columns = screen.say("编号,类别,内容,状态,到期,剩余", "Id,Kind,What,State,Due,Left").split(
            ","
        )
        blocks += ["", Grid(columns, rows)]
    if data["escalations"]:
        blocks += ["", _escalations(data["escalations"], screen, deadlines)]
    return blocks


def _events(desk: Desk, chain: str) -> Iterator[Json]:
    cursor: str | None = None
    while True:
        page = desk.get(f"/chains/{chain}/timeline", cursor=cursor, limit=200)
        yield from page["items"]
        cursor = page["next"]
        if cursor is None:
            return


def _timeline(
    events: list[Json], departments: dict[str, str], screen: Screen, deadlines: "Deadlines"
) -> Grid:
    from groundwork.console import words

    rows = [
        (
            str(event["seq"]),
            deadlines.moment(event["at"]),
            event["name"],
            f"{event['step']} {event['step_name']}" if event["step"] else "",
            words.word(words.ROLES, event["actor_role"], screen.language),
            departments.get(event["actor_department"], event["actor_department"] or ""),
            event["basis"],
        )
        for event in events
    ]
    columns = screen.say(
        "序号,时间,事件,环节,经手,部门,依据", "No.,Time,Event,Step,By,Department,Basis"
    ).split(",")
    return Grid(columns, rows, numeric=frozenset({0}))


LightName = Literal["todo", "green", "yellow", "red", "paused", "done"]
Department = Annotated[
    str, typer.Argument(metavar="DEPARTMENT", help="Such as natural-resources (自然资源局).")
]


@signed_in
def inbox(
    desk: Desk,
    department: Department,
    *,
    light: Annotated[LightName | None, typer.Option(help="Only steps with this light.")] = None,
    waiting_on: Annotated[
        Literal["department", "applicant", "other"] | None,
        typer.Option(help="Only steps that are in this court."),
    ] = None,
) -> None:
    """List a department's open steps (部门收件箱)."""
    from groundwork.console import words
    from groundwork.console.deadlines import Deadlines

    screen, deadlines = desk.screen, Deadlines(desk.screen)
    items = desk.all(f"/departments/{department}/inbox", light=light, waiting_on=waiting_on)
    rows: list[list[Cell]] = [
        [
            words.light(one["light"], screen.language),
            f"{one['key']} {one['name']}",
            one["project_name"] + screen.aside(one["enterprise"]),
            words.word(words.STATES, one["state"], screen.language),
            words.word(words.WAITING_ON, one["waiting_on"], screen.language),
            deadlines.day(one["act_by"], provisional=one["due_provisional"]),
            deadlines.left(one["act_by"]),
            one["chain_id"],
        ]
        for one in items
    ]
    columns = screen.say(
        "灯,环节,项目,状态,等待,应办,剩余,链条",
        "Light,Step,Project,State,Waits for,Act by,Left,Chain",
    ).split(",")
    count = len(items)
    title = screen.say(f"{department}：{count} 个在办环节", f"{department}: {count} open steps")
    screen.show({"items": items}, title, *([Grid(columns, rows)] if rows else []))


@signed_in
def escalations(
    desk: Desk,
    *,
    department: Annotated[str | None, typer.Option(help="Only this department's.")] = None,
    level: Annotated[int | None, typer.Option(min=1, help="Only this rung of the ladder.")] = None,
    chain: Annotated[str | None, typer.Option(metavar="ID", help="Only this chain's.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also those that were dealt with.")
    ] = False,
) -> None:
    """List escalations (督办): those that are open, or all."""
    from groundwork.console.deadlines import Deadlines

    screen = desk.screen
    query: dict[str, Any] = {"department": department, "level": level, "chain": chain}
    items = desk.all("/escalations", **query, open=not everything)
    count = len(items)
    title = screen.say(f"督办 {count} 件", f"Escalations: {count}")
    grid = _escalations(items, screen, Deadlines(screen))
    screen.show({"items": items}, title, *([grid] if items else []))


def _escalations(items: list[Json], screen: Screen, deadlines: "Deadlines") -> Grid:
    from groundwork.console import words

    rows: list[list[Cell]] = [
        [
            words.light(one["light"], screen.language),
            one["name"],
            f"{one['step']} {one.get('step_name', '')}".rstrip(),
            deadlines.moment(one["at"]),
            "、".join(words.word(words.ROLES, role, screen.language) for role in one["recipients"]),
            deadlines.day(one["answer_by"]),
            words.word(words.ESCALATION_STATES, one["state"], screen.language),
            one["id"],
        ]
        for one in items
    ]
    columns = screen.say(
        "灯,督办,环节,时间,送达,答复期限,状态,编号",
        "Light,Rung,Step,Since,Sent to,Answer by,State,Id",
    ).split(",")
    return Grid(columns, rows)
