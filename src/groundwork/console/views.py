"""What people read: a chain, a department's inbox."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from groundwork.console.cases import ChainRef, chain_id, temporal_link
from groundwork.console.desk import Desk, Json, signed_in
from groundwork.console.escalations import escalation_grid
from groundwork.console.screen import Block, Cell, Grid, Screen
from groundwork.console.unit_views import unit_blocks

if TYPE_CHECKING:
    from groundwork.console.deadlines import Deadlines
    from groundwork.domain.calendar import Calendar

DECIDED = frozenset({"passed", "passed_with_tolerance", "failed", "exempt"})
CLOSED = frozenset({"closed", "dropped", "fulfilled", "breached", "lapsed", "refused", "archived"})


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
            metavar="WHAT",
            help="Why it is due when it is, day by day (时限台账): a step, the id of a deficiency, "
            "commitment or escalation, or acceptance:STEP.",
        ),
    ] = None,
) -> None:
    """Show where a chain stands: what blocks it (卡点), lights (灯), due dates (到期日)."""
    from groundwork.console.deadlines import Deadlines
    from groundwork.console.explaining import explanation, term

    target = chain_id(desk, chain)
    data = desk.get(f"/chains/{target}")
    data["forecast"] = desk.get(f"/chains/{target}/forecast")
    data["links"] = {"temporal_ui": temporal_link(desk, target)}
    screen = desk.screen
    deadlines = Deadlines(screen, _calendar(desk, data["calendar_version"]))
    blocks: list[Block] = [*_head(data, screen, deadlines), _steps(data, screen, deadlines)]
    blocks += _promises(data, screen, deadlines)
    blocks += unit_blocks(data, screen, deadlines)
    if timeline:
        data["timeline"] = list(_events(desk, target))
        blocks += ["", _timeline(data["timeline"], _names(data), screen, deadlines)]
    if explain is not None:
        of = _term_of(data, explain)
        tell = explanation if of is None else term
        data["explanation"] = (
            desk.get(f"/chains/{target}/steps/{explain}/explain")
            if of is None
            else desk.get(f"/chains/{target}/explain", of=of)
        )
        blocks += ["", *tell(data["explanation"], screen, deadlines)]
    screen.show(data, *blocks)


def _term_of(data: Json, what: str) -> str | None:
    """The term that is meant, as the API names it; None for a step's own limit."""
    if ":" in what:
        return what
    kinds = ("deficiency", "commitment", "escalation")
    sections = ("deficiencies", "commitments", "escalations")
    for kind, section in zip(kinds, sections, strict=True):
        if any(one["id"] == what for one in data[section]):
            return f"{kind}:{what}"
    return None


def _calendar(desk: Desk, version: str) -> "Calendar":
    """The calendar that a chain follows: this release's, or else the installation's."""
    from groundwork.catalogue.calendars import calendar_versions, load_calendar
    from groundwork.domain.calendar import Calendar

    if version in calendar_versions():
        return load_calendar(version)
    return Calendar.model_validate(desk.get(f"/calendars/{version}"))


def _head(data: Json, screen: Screen, deadlines: "Deadlines") -> Iterator[Block]:
    from groundwork.console import words
    from groundwork.console.explaining import split_words

    language = screen.language
    state = words.word(words.CHAIN_STATES, data["state"], language)
    variant = words.word(words.VARIANTS, data["variant"], language)
    yield f"{data['name']} · {data['project_name']}{screen.aside(data['enterprise'])}"
    yield f"{data['id']} · {data['definition_id']} {data['definition_version']} · {variant}"
    light = words.light(data["light"], language)
    yield light._replace(text=f"{light.text} · {state}")
    for split in data["splits"]:
        yield screen.say("各环节用时合计：", "Time used, all steps: ") + split_words(split, screen)
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
                words.word(words.STATES, step["state"], screen.language)
                + (screen.say("（自动）", " (by itself)") if step["resumed_by_itself"] else ""),
                words.word(words.MODES, step["mode"], screen.language),
                _used(step["split"]),
                *_deadline(step, screen, deadlines),
                deadlines.day(decided),
            ]
        )
    columns = screen.say(
        "环节,名称,部门,灯,状态,方式,部门/企业/其他,到期,剩余,办结",
        "Step,Name,Department,Light,State,Mode,Dept/Appl/Other,Due,Left,Decided",
    ).split(",")
    return Grid(columns, rows)


def _used(split: Json | None) -> str:
    """Whose time a step took: the department's, the applicant's, others'."""
    if split is None:
        return "—"
    department = split["department_days"] + split["acceptance_days"]
    if not (department or split["applicant_days"] or split["other_days"]):
        return "—"
    return f"{department}/{split['applicant_days']}/{split['other_days']}"


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
            ("commitment", one, _act_by(one), "；".join(one["obligations"]))
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
        blocks += ["", escalation_grid(data["escalations"], screen, deadlines)]
    return blocks


def _act_by(commitment: Json) -> str | None:
    """By when a commitment is to be kept or, once that is over, verified."""
    verifying = commitment["state"] == "awaiting_verification"
    day: str | None = commitment["verify_on"] if verifying else commitment["due_on"]
    return day or commitment["due_on"]


def _events(desk: Desk, chain: str) -> Iterator[Json]:
    cursor: str | None = None
    while True:
        page = desk.get(f"/chains/{chain}/timeline", cursor=cursor, limit=200)
        yield from page["items"]
        cursor = page["next"]
        if cursor is None:
            return


def _names(data: Json) -> dict[str, str]:
    """What departments, units and gates are called, by their ids."""
    steps, units = data["steps"], data["units"]
    departments = [one["department"] for one in steps]
    departments += [one for step in steps for one in step["consulted"]]
    gates = [gate for unit in units for gate in unit["gates"]]
    holders = [one["holder"] for gate in gates for one in gate["conditions"] if one["holder"]]
    return (
        {one["id"]: one["name"] for one in gates}
        | {one["id"]: f"{one['id']} {one['name']}" for one in units}
        | {one["id"]: one["short"] for one in departments + holders}
    )


def _about(event: Json, names: dict[str, str]) -> str:
    """The step that something happened to, or else the unit, with the gate that moved."""
    if event["step"]:
        return f"{event['step']} {event['step_name']}"
    told = (event["body"].get(part) for part in ("unit", "gate"))
    return " · ".join(names.get(one, one) for one in told if one)


def _timeline(
    events: list[Json], names: dict[str, str], screen: Screen, deadlines: "Deadlines"
) -> Grid:
    from groundwork.console import words

    rows = [
        (
            str(event["seq"]),
            deadlines.moment(event["at"]),
            event["name"],
            _about(event, names),
            words.word(words.ROLES, event["actor_role"], screen.language)
            + screen.aside(_instead(event, screen)),
            names.get(event["actor_department"], event["actor_department"] or ""),
            event["basis"],
        )
        for event in events
    ]
    columns = screen.say(
        "序号,时间,事件,环节,经手,部门,依据", "No.,Time,Event,Step,By,Department,Basis"
    ).split(",")
    return Grid(columns, rows, numeric=frozenset({0}))


def _instead(event: Json, screen: Screen) -> str:
    """That somebody acted for another; empty when they acted for themselves."""
    by = event["body"]["by"]
    if "on_behalf_of" not in by:
        return ""
    return screen.say(f"{by['id']} 代 {by['on_behalf_of']}", f"{by['id']} for {by['on_behalf_of']}")


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
    opinions: Annotated[
        bool,
        typer.Option("--opinions", help="Steps on which it must give its opinion (会商) instead."),
    ] = False,
    mine: Annotated[
        bool, typer.Option("--mine", help="Only steps in your charge, or whom you stand in for.")
    ] = False,
) -> None:
    """List a department's open steps (部门收件箱), or the opinions it owes."""
    from groundwork.console import words
    from groundwork.console.deadlines import Deadlines

    screen, deadlines = desk.screen, Deadlines(desk.screen)
    if opinions:
        _owed_opinions(desk, department, deadlines)
        return
    narrowed = {"light": light, "waiting_on": waiting_on, "mine": mine or None}
    items = desk.all(f"/departments/{department}/inbox", **narrowed)
    rows: list[list[Cell]] = [
        [
            words.light(one["light"], screen.language),
            f"{one['key']} {one['name']}",
            one["project_name"] + screen.aside(one["enterprise"]),
            words.word(words.STATES, one["state"], screen.language),
            words.word(words.WAITING_ON, one["waiting_on"], screen.language),
            deadlines.day(one["act_by"], provisional=one["due_provisional"]),
            deadlines.left(one["act_by"]),
            one["assignee"] or "—",
            one["chain_id"],
        ]
        for one in items
    ]
    columns = screen.say(
        "灯,环节,项目,状态,等待,应办,剩余,承办人,链条",
        "Light,Step,Project,State,Waits for,Act by,Left,Assignee,Chain",
    ).split(",")
    count = len(items)
    title = screen.say(f"{department}：{count} 个在办环节", f"{department}: {count} open steps")
    screen.show({"items": items}, title, *([Grid(columns, rows)] if rows else []))


def _owed_opinions(desk: Desk, department: str, deadlines: "Deadlines") -> None:
    screen = desk.screen
    items = desk.all(f"/departments/{department}/consultations")
    rows: list[list[Cell]] = [
        [
            f"{one['key']} {one['name']}",
            one["project_name"] + screen.aside(one["enterprise"]),
            deadlines.day(one["reply_on"]),
            deadlines.left(one["reply_on"]),
            deadlines.day(one["visit_on"]),
            one["chain_id"],
        ]
        for one in items
    ]
    columns = screen.say(
        "环节,项目,反馈期限,剩余,踏勘,链条", "Step,Project,Reply by,Left,Visit,Chain"
    ).split(",")
    count = len(items)
    title = screen.say(
        f"{department}：{count} 项待反馈意见", f"{department}: {count} opinions to give"
    )
    screen.show({"items": items}, title, *([Grid(columns, rows)] if rows else []))
