"""`groundwork calendar`: working days, holidays, and the day on which a term is over."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from groundwork.console.desk import Desk, Door, maybe_signed_in
from groundwork.console.options import a_date, prints
from groundwork.console.screen import Grid, Screen

app = typer.Typer(
    no_args_is_help=True,
    help="The working-day calendar (工作日历): reckon, add versions, publish them.",
)

Version = Annotated[
    str | None,
    typer.Option("--calendar", metavar="VERSION", help="Such as cn-2026.1; else the newest."),
]


Department = Annotated[
    str | None,
    typer.Option(
        "--department",
        metavar="ID",
        help="By the closures of this department as well (asks the API).",
    ),
]


@app.command("due")
@maybe_signed_in
def show_due(
    door: Door,
    begin: Annotated[
        date,
        typer.Option(
            "--from", parser=a_date, metavar="DATE", help="Day of the event; it does not count."
        ),
    ],
    working_days: Annotated[
        int, typer.Option("--working-days", min=0, max=3650, help="Length of the term (工作日).")
    ],
    version: Version = None,
    department: Department = None,
) -> None:
    """Say when a number of working days is over, day by day (到期日).

    Without a server by the calendars of this release; another version, or a department, is asked
    for at the API. For example: groundwork calendar due --from 2026-09-30 --working-days 1
    """
    from groundwork.catalogue.calendars import (
        calendar_versions,
        is_calendar_version,
        load_calendar,
        newest_calendar_version,
    )
    from groundwork.console import words
    from groundwork.console.ledgers import ledger_data, ledger_grid
    from groundwork.domain.calendar import start_of
    from groundwork.domain.clock import window
    from groundwork.domain.definition import Limit, Provenance

    screen = door.screen
    stored = version is not None and is_calendar_version(version)
    if department is not None or (stored and version not in calendar_versions()):
        _show_due_there(door.desk(), begin, working_days, version, department)
        return
    calendar = load_calendar(version or newest_calendar_version())
    term = Limit(amount=working_days, provenance=Provenance.DEFAULT, source="--working-days")
    due = window(start_of(begin), term, calendar)
    provisional = screen.say("（暂定）", " (provisional)") if due.provisional else ""
    screen.show(
        {
            "due": due.on.isoformat(),
            "provisional": due.provisional,
            "calendar": calendar.version,
            "ledger": ledger_data(due.ledger, screen.language),
        },
        screen.say(
            f"到期日：{words.day(due.on, 'zh')}{provisional} · 日历 {calendar.version}",
            f"Due: {words.day(due.on, 'en')}{provisional} · calendar {calendar.version}",
        ),
        ledger_grid(due.ledger, screen),
    )


def _show_due_there(
    desk: Desk, begin: date, working_days: int, version: str | None, department: str | None
) -> None:
    from groundwork.console import words

    screen = desk.screen
    query = {"from": begin.isoformat(), "calendar": version, "department": department}
    found = desk.get("/calendar/due", working_days=working_days, **query)
    provisional = screen.say("（暂定）", " (provisional)") if found["provisional"] else ""
    on = date.fromisoformat(found["due_on"])
    columns = screen.say("日期,第几日,说明", "Day,Number,Note").split(",")
    rows = [(one["day"], str(one["number"] or ""), one["note"]) for one in found["ledger"]]
    screen.show(
        {
            "due": found["due_on"],
            "provisional": found["provisional"],
            "calendar": found["calendar"],
            "department": department,
            "ledger": found["ledger"],
        },
        screen.say(
            f"到期日：{words.day(on, 'zh')}{provisional} · 日历 {found['calendar']}",
            f"Due: {words.day(on, 'en')}{provisional} · calendar {found['calendar']}",
        ),
        Grid(columns, rows, numeric=frozenset({1})),
    )


@app.command("list")
@prints
def list_calendars(screen: Screen) -> None:
    """List the versions of the calendar and the years for which notices were published."""
    from groundwork.catalogue.calendars import calendar_versions, load_calendar
    from groundwork.console.words import said

    calendars = [load_calendar(version) for version in calendar_versions()]
    data = [
        {
            "version": one.version,
            "name": said(one.name, screen.language) if one.name else None,
            "region": one.region,
            "published": list(one.published),
            "days_off": len(one.days_off),
            "days_worked": len(one.days_worked),
            "source": one.source,
        }
        for one in calendars
    ]
    columns = screen.say(
        "版本,名称,已公布年份,放假天数,调休上班天数",
        "Version,Name,Years published,Days off,Make-up days",
    ).split(",")
    rows = [
        (
            one.version,
            said(one.name, screen.language) if one.name else "",
            f"{one.published[0]}–{one.published[-1]}" if one.published else "—",
            str(len(one.days_off)),
            str(len(one.days_worked)),
        )
        for one in calendars
    ]
    screen.show(data, Grid(columns, rows, numeric=frozenset({3, 4})))


@app.command("import")
@prints
def import_version(
    screen: Screen,
    version: Annotated[str, typer.Argument(help="Name of the new version, such as cn-2027.1.")],
    to: Annotated[
        Path,
        typer.Option("--to", metavar="DIR", file_okay=False, help="Folder to write the file into."),
    ] = Path(),
) -> None:
    """Write a calendar file from the notices in the installed chinesecalendar package.

    A published version is never overwritten with other days.
    """
    from pydantic import ValidationError

    from groundwork.catalogue.calendar_import import import_calendar, write_calendar
    from groundwork.console.faults import Misuse

    try:
        content = import_calendar(version)
    except ValidationError:
        raise Misuse(
            f"“{version}”不是日历版本，请写作 cn-2027.1。 "
            f"{version} is no calendar version: write it like cn-2027.1."
        ) from None
    to.mkdir(parents=True, exist_ok=True)
    path = write_calendar(content, to)
    years = sorted(content.years)
    screen.show(
        {"file": str(path), "version": version, "published": years},
        screen.say(
            f"已写入 {path}（{years[0]}—{years[-1]} 年）",
            f"Wrote {path} ({years[0]} to {years[-1]})",
        ),
    )
