"""Units with their gates, consultations and credit look-ups, as `groundwork show` prints them."""

from typing import TYPE_CHECKING

from groundwork.console.desk import Json
from groundwork.console.screen import Block, Cell, Grid, Mark, Screen

if TYPE_CHECKING:
    from groundwork.console.deadlines import Deadlines


def unit_blocks(data: Json, screen: Screen, deadlines: "Deadlines") -> list[Block]:
    """What a chain says of its units, its open consultations and the credit it waits for."""
    blocks: list[Block] = []
    if data["units"]:
        blocks += ["", _units(data["units"], screen)]
    if conditions := _conditions(data["units"], screen):
        blocks += ["", conditions]
    if opinions := _opinions(data["steps"], screen, deadlines):
        blocks += ["", opinions]
    for check in data["checks"]:
        if check["pending"]:
            about = check["step"] or check["commitment"] or data["id"]
            blocks.append(f"{about} · {check['note']}")
        elif not check["eligible"]:
            blocks.append(f"{check['step'] or data['id']} · {'；'.join(check['grounds'])}")
    if data["predecessor"]:
        carried = "、".join(
            f"{one['step']} {one['material_name']} {one['document']}" for one in data["carried"]
        )
        before = screen.say("承接链条", "Follows")
        blocks.append(f"{before}: {data['predecessor']}{screen.aside(carried)}")
    return blocks


def _units(units: list[Json], screen: Screen) -> Grid:
    from groundwork.console import words

    rows: list[list[Cell]] = [
        [
            unit["id"],
            unit["name"],
            words.word(words.UNIT_STATES, unit["state"], screen.language)
            + screen.aside(unit["into"] or ""),
            screen.say("无", "none")
            if unit["without_equipment"]
            else unit["equipment"] or screen.say("未登记", "not registered"),
            gate_line(unit, screen),
        ]
        for unit in units
    ]
    columns = screen.say("单体,名称,状态,特种设备,门", "Unit,Name,State,Equipment,Gates").split(",")
    return Grid(columns, rows)


def gate_line(unit: Json, screen: Screen) -> str:
    """Every gate of a unit with how far it is; a dash for a unit that left the chain."""
    return " ".join(_gate(gate, screen) for gate in unit["gates"]) or "—"


def _gate(gate: Json, screen: Screen) -> str:
    met = sum(one["met"] for one in gate["conditions"])
    state = (
        screen.say("✓ 已打开", "✓ open")
        if gate["open"]
        else screen.say(f"✗ {met}/{len(gate['conditions'])}", f"✗ {met}/{len(gate['conditions'])}")
    )
    return f"{gate['name']} {state}"


def _conditions(units: list[Json], screen: Screen) -> Grid | None:
    """What is missing at the gates that are shut, and who holds it."""
    from groundwork.console import words

    rows: list[list[Cell]] = [
        [
            f"{unit['id']} {unit['name']}",
            gate["name"],
            Mark(f"✗ {one['name']}", "bold"),
            one["why"],
            one["holder"]["short"] if one["holder"] else "—",
            words.word(words.WAITING_ON, one["waiting_on"], screen.language),
        ]
        for unit in units
        for gate in unit["gates"]
        for one in gate["conditions"]
        if not one["met"]
    ]
    columns = screen.say(
        "单体,门,条件,原因,部门,等待", "Unit,Gate,Condition,Why,Department,Waits for"
    ).split(",")
    return Grid(columns, rows) if rows else None


def _opinions(steps: list[Json], screen: Screen, deadlines: "Deadlines") -> Grid | None:
    """Who was asked on a step and what they said."""
    rows: list[list[Cell]] = [
        [
            f"{step['key']} {step['name']}",
            one["department"]["short"],
            one["opinion_name"] or (screen.say("待反馈", "to reply") if one["asked"] else "—"),
            deadlines.day(step["consultation"]["reply_by"]),
            _visit(step["consultation"], screen, deadlines),
            one["text"],
        ]
        for step in steps
        if step["consultation"]
        for one in step["consultation"]["opinions"]
    ]
    columns = screen.say(
        "环节,部门,意见,反馈期限,踏勘,说明", "Step,Department,Opinion,Reply by,Visit,Text"
    ).split(",")
    return Grid(columns, rows) if rows else None


def _visit(consultation: Json, screen: Screen, deadlines: "Deadlines") -> str:
    """The day of the site visit, with the ids of who was there once it was held."""
    on = deadlines.day(consultation["visited_on"] or consultation["visit_on"])
    present = screen.say("、", ", ").join(consultation["visited_by"])
    return f"{on} {present}".rstrip()


def preview_blocks(data: Json, screen: Screen) -> list[Block]:
    """What a command would do."""
    blocks: list[Block] = [
        screen.say("预览，未写入任何内容。", "A preview: nothing was written."),
        *(
            f"· {event['sentence']}"
            + (screen.aside(screen.say("到期自动", "by itself")) if event["by_itself"] else "")
            for event in data["events"]
        ),
    ]
    rows = [
        (one["id"], one["name"], one["before"] or "—", one["after"] or "—")
        for one in data["changes"]
    ]
    if rows:
        columns = screen.say("对象,名称,之前,之后", "What,Name,Before,After").split(",")
        blocks += ["", Grid(columns, rows)]
    return blocks
