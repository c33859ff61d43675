"""Escalations (督办): the list, its history, and the board."""

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from groundwork.console.desk import Desk, Json, signed_in
from groundwork.console.faults import Misuse
from groundwork.console.screen import Block, Cell, Grid, Screen

if TYPE_CHECKING:
    from groundwork.console.deadlines import Deadlines

Day = Annotated[str | None, typer.Option(metavar="DATE", help="Reached on this day or later.")]

_REASONS: Final = (
    ("answers_due", "今日须答复", "answers due"),
    ("to_acknowledge", "待签收", "to acknowledge"),
    ("appeals", "待裁申诉", "appeals to decide"),
    ("referrals", "待研判移送", "referrals to decide"),
)


@signed_in
def escalations(
    desk: Desk,
    *,
    board: Annotated[
        bool,
        typer.Option("--board", help="The board (督办看板): what stands open, by level, and next."),
    ] = False,
    department: Annotated[str | None, typer.Option(help="Only this department's.")] = None,
    recipient: Annotated[
        str | None, typer.Option(metavar="ROLE", help="Only those delivered to this role (送达).")
    ] = None,
    role: Annotated[
        str | None,
        typer.Option(metavar="ROLE", help="With --board: whom to count for; else yourself."),
    ] = None,
    level: Annotated[int | None, typer.Option(min=1, help="Only this rung of the ladder.")] = None,
    chain: Annotated[str | None, typer.Option(metavar="ID", help="Only this chain's.")] = None,
    step: Annotated[str | None, typer.Option(help="Only this step's (环节).")] = None,
    appeal: Annotated[
        Literal["pending", "granted", "dismissed"] | None,
        typer.Option(help="Only those with such an appeal (申诉)."),
    ] = None,
    since: Day = None,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="Reached on this day or earlier.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also those that were dealt with: the history (历史).")
    ] = False,
) -> None:
    """List escalations (督办): those that are open, all in a period, or the board."""
    from groundwork.console.deadlines import Deadlines

    screen = desk.screen
    more: dict[str, Any] = {
        "level": level,
        "chain": chain,
        "step": step,
        "appeal": appeal,
        "since": since,
        "until": until,
    }
    if board:
        unfit = [f"--{name}" for name, value in more.items() if value is not None]
        unfit += ["--all"] if everything else []
        if unfit:
            words = " ".join(unfit)
            raise Misuse(f"{words} 不适用于 --board。 {words} does not go with --board.")
        which = {"department": department, "recipient": recipient, "role": role}
        data = desk.get("/escalations/board", **which)
        screen.show(data, *_board(data, screen, Deadlines(screen)))
        return
    if role is not None:
        raise Misuse("--role 只用于 --board。 --role goes with --board only.")
    query = more | {"department": department, "recipient": recipient}
    items = desk.all("/escalations", **query, open=not everything)
    count = len(items)
    title = screen.say(f"督办 {count} 件", f"Escalations: {count}")
    grid = escalation_grid(items, screen, Deadlines(screen))
    screen.show({"items": items}, title, *([grid] if items else []))


def escalation_grid(items: list[Json], screen: Screen, deadlines: "Deadlines") -> Grid:
    """Escalations as a table, those of a chain or of a list."""
    from groundwork.console import words

    rows: list[list[Cell]] = [
        [
            words.light(one["light"], screen.language),
            one["name"],
            f"{one['step']} {one.get('step_name', '')}".rstrip(),
            deadlines.moment(one["at"]),
            _roles(one, screen),
            deadlines.day(one["answer_by"]),
            _state(one, screen),
            one["id"],
        ]
        for one in items
    ]
    columns = screen.say(
        "灯,督办,环节,时间,送达,答复期限,状态,编号",
        "Light,Rung,Step,Since,Sent to,Answer by,State,Id",
    ).split(",")
    return Grid(columns, rows)


def _roles(one: Json, screen: Screen) -> str:
    from groundwork.console import words

    return "、".join(words.word(words.ROLES, role, screen.language) for role in one["recipients"])


def _state(one: Json, screen: Screen) -> str:
    """The state of a card, with what is overdue and how its appeal stands."""
    from groundwork.console import words

    parts = [words.word(words.ESCALATION_STATES, one["state"], screen.language)]
    if one["answer_overdue"]:
        parts.append(screen.say("逾期未答复", "answer overdue"))
    # A chain shows the appeal itself, a list its columns.
    appeal = one["appeal_state"] if "appeal_state" in one else (one["appeal"] or {}).get("state")
    if appeal is not None:
        parts.append(words.word(words.APPEAL_STATES, appeal, screen.language))
    return screen.say("，", ", ").join(parts)


def _board(data: Json, screen: Screen, deadlines: "Deadlines") -> list[Block]:
    from groundwork.console import words

    needs = data["needs_you"]
    role = words.word(words.ROLES, data["role"], screen.language)
    why = [f"{screen.say(zh, en)} {needs[name]}" for name, zh, en in _REASONS if needs[name]]
    today = screen.say(f"{role}今日须处理 {needs['total']} 件", f"{role}: {needs['total']} today")
    blocks: list[Block] = [today + (screen.aside(", ".join(why)) if why else "")]
    columns = screen.say(
        "环节,项目,时间,送达,答复期限,状态,下一级,链条,编号",
        "Step,Project,Since,Sent to,Answer by,State,Next,Chain,Id",
    ).split(",")
    for level in data["levels"]:
        light = words.light(level["light"], screen.language)
        blocks += ["", light._replace(text=f"{light.text} · {level['name']} {level['count']}")]
        rows: list[list[Cell]] = [
            [
                f"{one['step']} {one['step_name']}",
                one["project_name"] + screen.aside(one["enterprise"]),
                deadlines.moment(one["at"]),
                _roles(one, screen),
                deadlines.day(one["answer_by"]),
                _state(one, screen),
                _next(one["next_level"], deadlines),
                one["chain_id"],
                one["id"],
            ]
            for one in level["cards"]
        ]
        blocks.append(Grid(columns, rows))
    return blocks


def _next(following: Json | None, deadlines: "Deadlines") -> str:
    return f"{following['name']} {deadlines.moment(following['at'])}" if following else "—"
