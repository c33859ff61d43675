"""`groundwork calendar` for administrators: versions in the store, added, previewed, published."""

import time
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from groundwork.console.desk import Desk, Json, signed_in
from groundwork.console.faults import Fault, Misuse
from groundwork.console.options import pairs
from groundwork.console.screen import Grid, Screen

LOOK_SECONDS: Final = 0.5
_ENDED: Final = {"done", "incomplete", "superseded"}

Version = Annotated[str, typer.Argument(help="Such as cn-2027.1.")]
File = Annotated[
    Path | None, typer.Option(metavar="FILE", exists=True, dir_okay=False, readable=True)
]
Days = Annotated[
    list[str], typer.Option(metavar="DAY=HOLIDAY", default_factory=list, show_default=False)
]


def join(app: typer.Typer) -> None:
    """Add these commands to the group."""
    for name, command in {
        "versions": list_versions,
        "add": add_version,
        "preview": preview_version,
        "publish": publish_version,
        "rollout": show_rollout,
    }.items():
        app.command(name)(command)


@signed_in
def list_versions(desk: Desk) -> None:
    """List the versions of the installation, their origin, and which one is in force."""
    screen, items = desk.screen, desk.all("/calendars")
    columns = screen.say(
        "版本,状态,来源,已公布至,停办天数,部门停办,说明",
        "Version,State,From,Published until,Days shut,Departments shut,Source",
    ).split(",")
    rows = [
        (
            one["version"],
            _state(screen, one),
            one["kind"],
            str(max(one["published"], default="—")),
            str(one["days_closed"]),
            str(len(one["departments_closed"])),
            one["source"],
        )
        for one in items
    ]
    screen.show(items, Grid(columns, rows, numeric=frozenset({4, 5})))


def _state(screen: Screen, one: Json) -> str:
    if one["in_force"]:
        return screen.say("现行", "in force")
    return screen.say("曾发布", "published before") if one["published_at"] else "—"


@signed_in
def add_version(
    desk: Desk,
    version: Version,
    *,
    source: Annotated[
        str, typer.Option(help="Where the days stand: a notice, an order, a file's origin.")
    ],
    ics: File = None,
    json_file: File = None,
    package: Annotated[
        bool, typer.Option("--package", help="From the installed chinesecalendar package.")
    ] = False,
    off: Days,
    worked: Days,
    ordinary: Annotated[
        list[str], typer.Option(metavar="DAY", default_factory=list, show_default=False)
    ],
    close: Annotated[
        list[str],
        typer.Option(
            metavar="FIRST[..LAST]=REASON",
            help="Days on which offices are shut.",
            default_factory=list,
            show_default=False,
        ),
    ],
    lift: Annotated[
        list[str],
        typer.Option(
            metavar="FIRST[..LAST]",
            help="Take closures back.",
            default_factory=list,
            show_default=False,
        ),
    ],
    department: Annotated[
        str | None, typer.Option(metavar="ID", help="Whose closures; else the whole city's.")
    ] = None,
    notice: Annotated[
        list[str],
        typer.Option(
            metavar="YEAR=NUMBER",
            help="Number of the year's notice (文号).",
            default_factory=list,
            show_default=False,
        ),
    ],
    no_make_up: Annotated[
        list[int],
        typer.Option(
            metavar="YEAR",
            help="The notice has no make-up workdays.",
            default_factory=list,
            show_default=False,
        ),
    ],
    base: Annotated[
        str | None, typer.Option(metavar="VERSION", help="What it changes; else the one in force.")
    ] = None,
    note: Annotated[str, typer.Option(help="Why, for the record.")] = "—",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
) -> None:
    """Add a version to the store, for ever. It is not in force before it is published.

    For example: groundwork calendar add cn-2026.2 --close 2026-09-22=台风停工 --source 防风指挥部
    """
    notices = _notices(notice, no_make_up)
    chosen: list[Json] = []
    if ics is not None:
        content = ics.read_text("utf-8", errors="replace")
        chosen.append({"kind": "icalendar", "content": content, "notices": notices})
    if json_file is not None:
        chosen.append({"kind": "json", "content": _json(json_file)})
    if package:
        chosen.append({"kind": "chinesecalendar"})
    if edits := _edits(off, worked, ordinary):
        chosen.append({"kind": "edit", "edits": edits, "notices": notices})
    if closures := _closures(close, lift, department):
        chosen.append({"kind": "closures", "closures": closures})
    if len(chosen) != 1:
        raise Misuse(
            "请选择一种来源：--ics、--json-file、--package、逐日修改（--off/--worked/--ordinary）"
            "或停办（--close/--lift）。 Choose one origin: --ics, --json-file, --package, days"
            " (--off, --worked, --ordinary) or closures (--close, --lift)."
        )
    about = {"version": version, "base": base, "source": source, "note": note, "preview": dry_run}
    _show_addition(desk.screen, desk.write("POST", "/calendars", chosen[0] | about))


def _show_addition(screen: Screen, added: Json) -> None:
    columns = screen.say("日期,原为,改为,名称,部门", "Day,Before,After,Name,Department").split(",")
    rows = [
        (one["day"], one["before"], one["after"], one["name"], one["department"] or "")
        for one in added["changed"]
    ]
    said = [
        screen.say(
            f"日历 {added['version']}（以 {added['base']} 为基础）："
            f"{'已保存，尚未启用' if added['added'] else '未新增'}，{len(rows)} 天有变化。",
            f"Calendar {added['version']} (from {added['base']}): "
            f"{'kept, not in force yet' if added['added'] else 'nothing was added'}, "
            f"{len(rows)} days differ.",
        )
    ]
    if added["left_out"]:
        years = ", ".join(str(year) for year in added["left_out"])
        said.append(
            screen.say(
                f"{years} 年没有放假通知的文号，未采用其日期，仍为暂定。",
                f"{years}: no notice was stated, so its days are left out and it is provisional.",
            )
        )
    screen.show(added, *said, *([Grid(columns, rows)] if rows else []))


@signed_in
def preview_version(desk: Desk, version: Version) -> None:
    """Say what a version would change on all running chains, before it is published."""
    screen = desk.screen
    path = f"/calendars/{version}/preview"
    found = desk.get(path, afresh="true")
    if found["state"] != "ready":
        with screen.busy("正在测算…", "Reckoning…"):
            while found["state"] != "ready":
                time.sleep(LOOK_SECONDS)
                found = desk.get(path)
    columns = screen.say(
        "部门,链条,推后,提前,最多推后,最多提前,立即超期,不再超期,新增督办,消除灯色,暂定",
        "Department,Chains,Later,Earlier,Most later,Most earlier,Late,Relieved,Cards,Eased,"
        "Provisional",
    ).split(",")
    names = ("chains", "later", "earlier", "most_later", "most_earlier")
    more = ("late", "relieved", "appearing", "vanishing", "provisional")
    rows = [
        (who, *(str(tally[name]) for name in (*names, *more)))
        for who, tally in (
            (screen.say("合计", "Sum"), found["total"]),
            *found["departments"].items(),
        )
    ]
    late = [(one["chain"], key) for one in found["chains"] for key in one["late"]]
    late_columns = screen.say("链条,将立即超期的环节", "Chain,Step that would be late").split(",")
    screen.show(
        found,
        screen.say(
            f"日历 {version}：查看了 {found['looked_at']} 条在办链条。",
            f"Calendar {version}: {found['looked_at']} running chains were looked at.",
        ),
        Grid(columns, rows, numeric=frozenset(range(1, len(columns)))),
        *([Grid(late_columns, late)] if late else []),
    )


@signed_in
def publish_version(
    desk: Desk,
    version: Version,
    note: Annotated[str, typer.Option(help="Why, for the record.")] = "—",
    wait: Annotated[bool, typer.Option("--wait", help="Follow the rollout to its end.")] = False,
) -> None:
    """Put a version in force: new chains count by it, running ones are re-planned.

    Publishing it again starts the rollout again, for chains that failed.
    """
    done = desk.write("POST", f"/calendars/{version}/publish", {"note": note})
    if not done["rollout_started"]:
        raise Fault(
            f"日历 {version} 已启用，但流程引擎没有答复，推行尚未开始；请稍后再次发布。 "
            f"{version} is in force, but the engine does not answer: publish it again later to "
            f"start the rollout."
        )
    if wait:
        _follow(desk, version)
        return
    desk.screen.show(
        done,
        desk.screen.say(
            f"日历 {version} 已启用，正在重新计算在办链条。"
            f"进度：groundwork calendar rollout {version}",
            f"{version} is in force and running chains are being re-planned. "
            f"Follow it with: groundwork calendar rollout {version}",
        ),
    )


@signed_in
def show_rollout(
    desk: Desk,
    version: Version,
    wait: Annotated[bool, typer.Option("--wait", help="Follow it to its end.")] = False,
) -> None:
    """Say how far a version has spread, and which chains failed."""
    if wait:
        _follow(desk, version)
    else:
        _show_progress(desk.screen, desk.get(f"/calendars/{version}/rollout"))


def _follow(desk: Desk, version: str) -> None:
    path = f"/calendars/{version}/rollout"
    with desk.screen.busy("正在推行…", "Rolling out…"):
        while (now := desk.get(path))["state"] not in _ENDED:
            time.sleep(LOOK_SECONDS)
    _show_progress(desk.screen, now)


def _show_progress(screen: Screen, now: Json) -> None:
    state = now["state"] or screen.say("未开始", "not begun")
    columns = screen.say("链条,原因,次数,时间", "Chain,Reason,Attempts,At").split(",")
    rows = [
        (one["chain_id"], one["reason"], str(one["attempts"]), one["at"]) for one in now["failures"]
    ]
    screen.show(
        now,
        screen.say(
            f"日历 {now['version']}：{state} · 已启用 {now['adopted']} · 已结束 {now['ended']} · "
            f"失败 {now['failed']} · 剩余 {now['left']}",
            f"Calendar {now['version']}: {state} · adopted {now['adopted']} · "
            f"ended {now['ended']} · failed {now['failed']} · left {now['left']}",
        ),
        *([Grid(columns, rows, numeric=frozenset({2}))] if rows else []),
    )


def _notices(given: list[str], no_make_up: list[int]) -> Json:
    numbers = pairs(given, "--notice")
    if stray := next((year for year in no_make_up if str(year) not in numbers), None):
        raise Misuse(
            f"--no-make-up {stray}：请同时用 --notice {stray}=文号 说明依据。 "
            f"--no-make-up {stray}: state the notice too, with --notice {stray}=NUMBER."
        )
    return {
        year: {"number": number, "no_make_up": int(year) in no_make_up}
        for year, number in numbers.items()
        if year.isdecimal()
    }


def _edits(off: list[str], worked: list[str], ordinary: list[str]) -> list[Json]:
    named = [("off", pairs(off, "--off")), ("worked", pairs(worked, "--worked"))]
    edits: list[Json] = [
        {"day": _day(day), "kind": kind, "holiday": holiday}
        for kind, days in named
        for day, holiday in days.items()
    ]
    return edits + [{"day": _day(day), "kind": "ordinary"} for day in ordinary]


def _closures(close: list[str], lift: list[str], department: str | None) -> list[Json]:
    closed = [(span, reason, False) for span, reason in pairs(close, "--close").items()]
    lifted = [(span, "—", True) for span in lift]
    return [
        {
            "first": _day(span.partition("..")[0]),
            "last": _day(span.partition("..")[2] or span),
            "department": department,
            "reason": reason,
            "lifted": is_lifted,
        }
        for span, reason, is_lifted in closed + lifted
    ]


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Misuse(
            f"“{text}”不是日期，请写作 2027-01-01。 {text} is no day: write it like 2027-01-01."
        ) from None


def _json(path: Path) -> Any:
    import orjson

    try:
        return orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise Fault(
            f"{path} 第 {error.lineno} 行不是 JSON。 {path} line {error.lineno}: this is not JSON."
        ) from None
