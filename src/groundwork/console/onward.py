"""`groundwork what-if`: what a running chain would come to if people acted so from now on."""

from datetime import date
from typing import Annotated, Any

import typer

from groundwork.console import launching
from groundwork.console.cases import chain_id
from groundwork.console.desk import Desk, Json, signed_in
from groundwork.console.screen import Block, Cell, Grid, Screen


def _days(help_text: str) -> Any:
    """An option that takes working days."""
    return typer.Option(min=0, max=250, metavar="DAYS", help=help_text)


@signed_in
def what_if(
    desk: Desk,
    chain: Annotated[
        str, typer.Argument(metavar="CHAIN", help="A running chain: its id or project code.")
    ],
    *,
    share: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=1000,
            help="Percent of what is left of each limit that departments take; 130 is late.",
        ),
    ] = None,
    steps: Annotated[
        list[str],
        typer.Option(
            "--step",
            metavar="STEP=PERCENT",
            help="The same for one step (环节), such as L04=200. Repeatable.",
            default_factory=list,
            show_default=False,
        ),
    ],
    handing_in: Annotated[int | None, _days("How soon the enterprise hands in.")] = None,
    accepting: Annotated[int | None, _days("How soon departments accept (受理).")] = None,
    confirming: Annotated[int | None, _days("How soon cures are confirmed (补齐).")] = None,
    unlimited: Annotated[int | None, _days("How long steps without a limit take.")] = None,
    correcting: Annotated[
        int | None,
        _days("How long corrections (补正) take; else nothing has to be corrected."),
    ] = None,
) -> None:
    """Play a running chain on from where it stands, as people are supposed to act (假如这样办).

    Days are working days. Nothing is written, nobody is told, the chain itself is not touched.
    For example: groundwork what-if CHAIN --share 130 --step L04=200 --correcting 5
    """
    asked: Json = {
        "share": share,
        "handing_in": handing_in,
        "accepting": accepting,
        "confirming": confirming,
        "unlimited": unlimited,
        "correcting": correcting,
    }
    body = {name: value for name, value in asked.items() if value is not None}
    data = desk.ask(
        f"/chains/{chain_id(desk, chain)}/rehearse",
        body | {"steps": dict(launching.percents(steps))},
    )
    desk.screen.show(data, *_told(data, desk.screen))


def _told(data: Json, screen: Screen) -> list[Block]:
    escalations, hindered = data["escalations"], data["hindered"]
    told: list[Block] = [
        _finish(data, screen),
        screen.say(
            f"用满时限的预测：{_day(data['forecast'], screen)}；"
            f"启动时的承诺：{_day(data['promised'], screen)}。",
            f"Forecast if every limit is used: {_day(data['forecast'], screen)}; "
            f"promised at the launch: {_day(data['promised'], screen)}.",
        ),
        _steps(data["steps"], screen),
        screen.say(
            f"会触发的督办：{len(escalations)} 件（未发出）",
            f"Escalations that would fire: {len(escalations)} (none was sent)",
        ),
    ]
    if escalations:
        told.append(_fired(escalations, screen))
    if hindered:
        told.append(screen.say("办不成的事：", "What could not be done:"))
        never = screen.say("所等的事情没有发生", "what it waits for never happens")
        told += [f"- {one['action']} · {one['why'] or never}" for one in hindered]
    return told


def _finish(data: Json, screen: Screen) -> str:
    if data["finish"] is None:
        return screen.say("这样办，办不完。", "If so, it is never done.")
    day, late = _day(data["finish"], screen), data["behind"]
    provisional = screen.say("（暂定）", " (provisional)") if data["provisional"] else ""
    if late > 0:
        against = screen.say(f"比承诺晚 {late} 个工作日", f"{late} working days after the promise")
    elif late < 0:
        against = screen.say(f"比承诺早 {-late} 个工作日", f"{-late} working days before it")
    else:
        against = screen.say("正是承诺的日子", "on the very day promised")
    return screen.say(
        f"这样办，{day}办结{provisional}，{against}。",
        f"If so, done on {day}{provisional}, {against}.",
    )


def _steps(steps: list[Json], screen: Screen) -> Grid:
    from groundwork.console import words

    rows: list[list[Cell]] = [
        [
            f"{one['step']} {one['name']}",
            words.word(words.STATES, one["state"], screen.language),
            _day(one["due_on"], screen),
            _day(one["decided_on"], screen),
            str(one["late_by"] or "—"),
        ]
        for one in steps
    ]
    columns = screen.say(
        "环节,状态,到期,办结,超期（工作日）", "Step,State,Due,Decided,Late (working days)"
    ).split(",")
    return Grid(columns, rows, numeric=frozenset({4}))


def _fired(escalations: list[Json], screen: Screen) -> Grid:
    from groundwork.console import words

    rows: list[list[Cell]] = [
        [
            words.light(one["light"], screen.language),
            one["rung"],
            f"{one['step']} {one['name']}",
            _day(one["on"], screen),
            screen.say("、", ", ").join(
                words.word(words.ROLES, role, screen.language) for role in one["recipients"]
            ),
        ]
        for one in escalations
    ]
    columns = screen.say("灯,督办,环节,日期,会告知", "Light,Rung,Step,Day,Would be told").split(",")
    return Grid(columns, rows)


def _day(on: str | None, screen: Screen) -> str:
    from groundwork.console import words

    return words.day(date.fromisoformat(on), screen.language) if on else "—"
