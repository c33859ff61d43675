"""`groundwork forecast`: when a chain will be done, and which steps may not be late."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer

from groundwork.console import launching
from groundwork.console.cases import chain_id
from groundwork.console.desk import Door, Json, maybe_signed_in
from groundwork.console.faults import Misuse
from groundwork.console.options import a_date
from groundwork.console.screen import Block, Cell, Grid, Mark, Screen

Start = Annotated[
    date | None,
    typer.Option(parser=a_date, metavar="DATE", help="Day of the launch; else today."),
]


@maybe_signed_in
def forecast(
    door: Door,
    chain_type: Annotated[
        str | None,
        typer.Argument(
            metavar="[CHAIN_TYPE]",
            help="A chain not yet launched: land-to-construction (拿地即动工).",
        ),
    ] = None,
    *,
    chain: Annotated[
        str | None,
        typer.Option(metavar="CHAIN", help="A running chain instead: its id or project code."),
    ] = None,
    variant: launching.VariantChoice = "standard",
    start: Start = None,
    modes: launching.ModeChoices,
    phases: launching.PhaseChoices,
    units: launching.UnitChoices,
    days: Annotated[
        list[str],
        typer.Option(
            "--days",
            metavar="STEP=N",
            help="Calendar days of a step without a promised limit, such as L06=30. Repeatable.",
            default_factory=list,
            show_default=False,
        ),
    ],
    version: launching.DefinitionVersion = None,
    calendar: launching.CalendarVersion = None,
) -> None:
    """Forecast a chain's end: critical path (关键路径) and slack (可延误天数).

    A chain not yet launched needs no server; a running one is asked for at the API.
    """
    if (chain is None) == (chain_type is None):
        raise Misuse(
            "请给出 CHAIN_TYPE 或 --chain，只能选择一个。 Give either CHAIN_TYPE or --chain."
        )
    if chain is not None:
        desk = door.desk()
        data = desk.get(f"/chains/{chain_id(desk, chain)}/forecast")
    else:
        data = _reckoned(
            door.screen,
            launching.rules(chain_type or "", version, calendar),
            launching.variant(variant),
            start,
            modes=launching.modes(modes),
            phases=launching.phases(phases),
            units=launching.units(units),
            unlimited_days=launching.days(days),
        )
    door.screen.show(data, *_told(data, door.screen))


def _reckoned(screen: Screen, rules: Any, variant: Any, start: date | None, **chosen: Any) -> Json:
    """What the API would say, from the pure core."""
    from groundwork.api.chain_view import in_language
    from groundwork.domain.calendar import start_of
    from groundwork.domain.forecast import forecast as reckon

    begin = start_of(start) if start else datetime.now(UTC)
    view: Json = in_language(
        reckon(rules, variant, begin, **chosen).model_dump(mode="json"), screen.language
    )
    return view


def _told(data: Json, screen: Screen) -> list[Block]:
    from groundwork.console import words

    language = screen.language

    def day(on: str) -> str:
        return words.day(date.fromisoformat(on), language)

    provisional = screen.say("（暂定）", " (provisional)") if data["provisional"] else ""
    working, calendar_days = data["working_days"], data["calendar_days"]
    variant = words.word(words.VARIANTS, data["variant"], language)
    rows: list[list[Cell]] = [
        [
            Mark(f"◆ {step['step']}", "bold")
            if step["step"] in data["critical_path"]
            else f"  {step['step']}",
            step["name"],
            words.word(words.MODES, step["mode"], language),
            words.word(words.STATES, step["state"], language),
            _limit(step["limit"], screen),
            day(step["earliest_start"]),
            day(step["earliest_finish"]),
            day(step["latest_finish"]),
            "—" if step["slack"] is None else str(step["slack"]),
            step["remark"] or "",
        ]
        for step in data["steps"]
    ]
    columns = screen.say(
        "环节,名称,方式,状态,时限,最早开始,最早办结,最迟办结,可延误,说明",
        "Step,Name,Mode,State,Limit,Earliest start,Earliest end,Latest end,Slack,Remark",
    ).split(",")
    path = " → ".join(data["critical_path"])
    return [
        screen.say(
            f"{variant}：{day(data['begins'])}启动，预计 {day(data['finish'])}办结{provisional}",
            f"{variant}: from {day(data['begins'])}, done on {day(data['finish'])}{provisional}",
        ),
        screen.say(
            f"共 {working} 个工作日（{calendar_days} 个日历天）",
            f"{working} working days ({calendar_days} calendar days)",
        ),
        screen.say(f"关键路径 ◆：{path}", f"Critical path ◆: {path}"),
        Grid(columns, rows, numeric=frozenset({8})),
        *(
            screen.say(
                f"{route['name']}：{route['working_days']} 个工作日"
                f"（公布口径 {route['published']}）",
                f"{route['name']}: {route['working_days']} working days"
                f" (published: {route['published']})",
            )
            for route in data["routes"]
        ),
    ]


def _limit(limit: Json | None, screen: Screen) -> str:
    from groundwork.console import words

    return words.amount(limit["amount"], limit["unit"], screen.language) if limit else "—"
