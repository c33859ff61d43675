"""`groundwork catalogue upgrade`: a newer version of a definition for chains that run."""

import time
from typing import Annotated, Any, Final

import typer

from groundwork.console.desk import Desk, Json, signed_in
from groundwork.console.faults import Fault
from groundwork.console.screen import Block, Grid, Screen

LOOK_SECONDS: Final = 0.5
_ENDED: Final = {"done", "incomplete", "superseded"}

Kind = Annotated[
    str, typer.Argument(metavar="CHAIN_TYPE", help="Such as land-to-construction (拿地即动工).")
]
To = Annotated[
    str | None, typer.Option("--version", help="Version to go by; else the release's newest.")
]
Wait = Annotated[bool, typer.Option("--wait", help="Follow the rollout to its end.")]


def join(app: typer.Typer) -> None:
    """Add these commands to the group."""
    app.command("upgrade")(upgrade)
    app.command("rollout")(rollout)


@signed_in
def upgrade(
    desk: Desk,
    kind: Kind,
    *,
    version: To = None,
    chain: Annotated[
        str | None, typer.Option("--chain", metavar="ID", help="One chain; else all that run.")
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Only say what would change, and what does not fit.")
    ] = False,
    wait: Wait = False,
) -> None:
    """Let running chains go by a newer version of their definition, as far as it fits them.

    For example: groundwork catalogue upgrade land-to-construction --preview
    """
    if chain is not None:
        _one(desk, chain, version, preview=preview)
    elif preview:
        _show_all(desk.screen, _previewed(desk, kind, version))
    else:
        begun = desk.write("POST", f"/catalogue/{kind}/upgrade", {"version": version})
        if wait:
            _follow(desk, kind, begun["definition"]["version"])
            return
        number = begun["definition"]["version"]
        desk.screen.show(
            begun,
            desk.screen.say(
                f"正在推行定义 {kind} {number}。进度：groundwork catalogue rollout {kind}",
                f"{kind} {number} is being rolled out. "
                f"Follow it with: groundwork catalogue rollout {kind}",
            ),
        )


@signed_in
def rollout(desk: Desk, kind: Kind, version: To = None, *, wait: Wait = False) -> None:
    """Say how far a version has spread over the running chains, and which failed."""
    if wait:
        _follow(desk, kind, version)
    else:
        _show_progress(desk.screen, _progress(desk, kind, version))


def _one(desk: Desk, chain: str, version: str | None, *, preview: bool) -> None:
    found = desk.get(f"/chains/{chain}/upgrade", **_asked(version))
    if preview:
        _show_one(desk.screen, found)
        return
    if not found["fits"]:
        raise Fault(
            f"{chain} 不能改用该版本：{found['obstacles']} "
            f"{chain} cannot go by this version: {found['obstacles']}"
        )
    to = found["to"]
    command = {"version": to["version"], "hash": to["hash"]}
    receipt = desk.write("POST", f"/chains/{chain}/commands/adopt_definition", command)
    desk.screen.show(
        receipt,
        desk.screen.say(
            f"{chain} 现按定义 {to['version']} 办理。", f"{chain} goes by {to['version']} now."
        ),
    )


def _asked(version: str | None) -> dict[str, str]:
    return {"version": version} if version else {}


def _previewed(desk: Desk, kind: str, version: str | None) -> Json:
    path = f"/catalogue/{kind}/upgrade/preview"
    found = desk.get(path, afresh="true", **_asked(version))
    if found["state"] != "ready":
        with desk.screen.busy("正在测算…", "Reckoning…"):
            while found["state"] != "ready":
                time.sleep(LOOK_SECONDS)
                found = desk.get(path, **_asked(version))
    return found


def _show_all(screen: Screen, found: Json) -> None:
    total = found["total"]
    columns = screen.say(
        "链条,新增环节,取消环节,期限变化,立即超期,不再超期",
        "Chain,Steps added,Steps removed,Dates moved,Late at once,No longer late",
    ).split(",")
    rows = [
        (
            one["chain"],
            _listed(one["added"]),
            _listed(one["removed"]),
            _moves(one["moved"]),
            _listed(one["late"]),
            _listed(one["relieved"]),
        )
        for one in found["chains"]
    ]
    blocks: list[Block] = [
        screen.say(
            f"定义 {found['version']}：查看了 {found['looked_at']} 条在办链条，"
            f"期限推后 {total['later']}、提前 {total['earlier']}，立即超期 {total['late']}；"
            f"不适用 {found['unfit_count']} 条。",
            f"Definition {found['version']}: {found['looked_at']} running chains were looked at; "
            f"dates later {total['later']}, earlier {total['earlier']}, late {total['late']}; "
            f"it does not fit {found['unfit_count']}.",
        )
    ]
    if rows:
        blocks.append(Grid(columns, rows))
    if found["unfit"]:
        heads = screen.say("不适用的链条,原因", "Chain it does not fit,Why").split(",")
        blocks.append(Grid(heads, [(one["chain"], one["obstacles"]) for one in found["unfit"]]))
    screen.show(found, *blocks)


def _show_one(screen: Screen, found: Json) -> None:
    said = f"{found['chain']}：{found['version']} → {found['to']['version']}"
    if not found["fits"]:
        screen.show(found, f"{said}：{found['obstacles']}")
        return
    impact = found["impact"]
    columns = screen.say("期限,环节,原为,改为", "Term,Step,Before,After").split(",")
    rows = [(one["kind"], one["step"], one["before"], one["after"]) for one in impact["moved"]]
    blocks: list[Block] = [
        said,
        screen.say(
            f"新增环节 {_listed(impact['added'])}；取消环节 {_listed(impact['removed'])}；"
            f"立即超期 {_listed(impact['late'])}；不再超期 {_listed(impact['relieved'])}。",
            f"Steps added: {_listed(impact['added'])}; removed: {_listed(impact['removed'])}; "
            f"late at once: {_listed(impact['late'])}; "
            f"no longer late: {_listed(impact['relieved'])}.",
        ),
    ]
    screen.show(found, *blocks, *([Grid(columns, rows)] if rows else []))


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "—"


def _moves(terms: list[Json]) -> str:
    return ", ".join(f"{one['step']} {one['before']} → {one['after']}" for one in terms) or "—"


def _progress(desk: Desk, kind: str, version: str | None) -> Json:
    return desk.get(f"/catalogue/{kind}/upgrade", **_asked(version))


def _follow(desk: Desk, kind: str, version: str | None) -> None:
    with desk.screen.busy("正在推行…", "Rolling out…"):
        while (now := _progress(desk, kind, version))["state"] not in _ENDED:
            time.sleep(LOOK_SECONDS)
    _show_progress(desk.screen, now)


def _show_progress(screen: Screen, now: Any) -> None:
    state = now["state"] or screen.say("未开始", "not begun")
    columns = screen.say("链条,原因,次数,时间", "Chain,Reason,Attempts,At").split(",")
    rows = [
        (one["chain_id"], one["reason"], str(one["attempts"]), one["at"]) for one in now["failures"]
    ]
    screen.show(
        now,
        screen.say(
            f"定义 {now['version']}：{state} · 已改用 {now['adopted']} · 已结束 {now['ended']} · "
            f"失败 {now['failed']} · 剩余 {now['left']}",
            f"Definition {now['version']}: {state} · adopted {now['adopted']} · "
            f"ended {now['ended']} · failed {now['failed']} · left {now['left']}",
        ),
        *([Grid(columns, rows, numeric=frozenset({2}))] if rows else []),
    )
