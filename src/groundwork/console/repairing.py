"""`groundwork ops`: mend what `diagnose` found: record anew, set back, and see a worker leave."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from groundwork.console.faults import ExitCode, Fault, Misuse
from groundwork.console.interventions import noted
from groundwork.console.operating import ChainId, Place, Preview, Yes, asked
from groundwork.console.options import prints
from groundwork.console.options import reason as why
from groundwork.console.remedies import remedy
from groundwork.console.screen import Grid, Screen

if TYPE_CHECKING:
    from groundwork.console.reconciling import Mended
    from groundwork.runtime.resetting import Point
    from groundwork.runtime.workforce import Workforce


_BEYOND: Final = frozenset({"conflict", "unreadable", "no_chain", "chain_behind"})
"""How a chain stands to its record where its history has nothing to add to it."""


def join(app: typer.Typer) -> None:
    """Add these commands to the group."""
    app.command("rerecord")(rerecord)
    app.command("reset")(reset)
    app.command("workers")(workers)


@prints
def rerecord(screen: Screen, chain: ChainId, *, preview: Preview = False) -> None:
    """Record what the record lacks of a chain, made anew from the engine's history.

    It adds and never changes: where the two contradict each other it refuses.
    """

    async def look(at: Place) -> "Mended":
        return await at.reconciling.rerecord(chain, mend=not preview)

    done: Mended = asked(look)
    found = done.found
    why = done.reason or found.standing
    if found.why:
        zh, en = remedy(found)
        raise Fault(f"无法读取 {chain} 的历史：{zh}。 The history of {chain} cannot be read. {en}.")
    if found.standing in _BEYOND or done.reason:
        raise Fault(
            f"无法从引擎历史补记 {chain}（{why}）：见 docs/ops/troubles.md。 "
            f"{chain} cannot be recorded from the engine's history ({why}): see "
            "docs/ops/troubles.md."
        )
    lacking = len(found.events)
    screen.show(
        {"chain": chain, "recorded": found.recorded, "lacking": lacking, "done": done.mended},
        screen.say(
            f"{chain}：台账有 {found.recorded} 个事件，"
            f"{'已补记' if done.mended else '缺'} {lacking} 个。",
            f"{chain}: {found.recorded} events on record, {lacking} "
            f"{'recorded anew' if done.mended else 'missing'}.",
        ),
    )


@prints
def reset(
    screen: Screen,
    chain: ChainId,
    *,
    to: Annotated[
        int | None,
        typer.Option(
            "--to", metavar="EVENT", help="Which point, by its number; without it they are listed."
        ),
    ] = None,
    reason: Annotated[str | None, why("Temporal shows it in clear")] = None,
    preview: Preview = False,
    yes: Yes = False,
) -> None:
    """Set a chain's execution back to a point of its history; what came after is sent again.

    The record is never changed: events that come again must be those on record.
    For example: groundwork ops reset CHAIN --to 31 --reason "damaged by release 0.3.0"
    """

    async def look(at: Place) -> "list[Point]":
        from groundwork.runtime.resetting import points

        return await points(at.client, chain)

    found: list[Point] = asked(look)
    if to is None:
        _list(screen, chain, found)
        return
    point = next((one for one in found if one.event == to), None)
    if point is None:
        raise Fault(
            f"{chain} 的历史中没有可回到的第 {to} 号事件：不加 --to 可列出。 "
            f"The history of {chain} has no point {to} to go back to: without --to they are listed."
        )
    verbs = ", ".join(point.again) or "—"
    told = screen.say(
        f"{chain}：回到第 {to} 号历史事件之前，其后的命令将重新执行：{verbs}。台账不变。",
        f"{chain}: back to before event {to} of its history; sent again: {verbs}. The record "
        "stays as it is.",
    )
    if not preview:
        if not reason:
            raise Misuse("请用 --reason 说明理由。 Say why with --reason.")
        if not yes:
            typer.confirm(told, abort=True, err=True)

        async def act(at: Place) -> str:
            from groundwork.runtime.resetting import reset as set_back

            return await set_back(at.client, chain, to, reason)

        asked(act)
        noted("reset", chain=chain, reason=reason)
    screen.show({"chain": chain, "to": to, "again": list(point.again), "reset": not preview}, told)


def _list(screen: Screen, chain: str, found: "list[Point]") -> None:
    from groundwork.domain.calendar import SHANGHAI

    heads = screen.say("事件,时间,其后的命令", "Event,At,Commands after it").split(",")
    rows = [
        (
            str(one.event),
            f"{one.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
            ", ".join(one.again) or "—",
        )
        for one in found
    ]
    told = [{"event": one.event, "at": one.at, "again": one.again} for one in found]
    screen.show(
        {"chain": chain, "points": told},
        Grid(heads, rows)
        if rows
        else screen.say(
            "没有可回到的历史事件：请按台账继续（groundwork ops restart）。",
            "There is no point to go back to: let it go on from its record with "
            "groundwork ops restart.",
        ),
    )


@prints
def workers(screen: Screen) -> None:
    """List the workers that ask for work, as to see one leave. Exit code 1 if there is none."""

    from groundwork.domain.calendar import SHANGHAI

    async def look(at: Place) -> "Workforce":
        from groundwork.runtime.workforce import workforce

        return await workforce(at.client, at.settings.task_queue)

    found: Workforce = asked(look)
    heads = screen.say("进程,推进链条,执行活动", "Process,Carries chains,Acts").split(",")
    deciding = {one.name: one.seen_at for one in found.deciding}
    acting = {one.name: one.seen_at for one in found.acting}
    names = sorted(deciding.keys() | acting.keys())
    seen = [
        {"worker": name, "deciding": deciding.get(name), "acting": acting.get(name)}
        for name in names
    ]
    rows = [
        (
            name,
            *(
                f"{of[name].astimezone(SHANGHAI):%H:%M:%S}" if name in of else "—"
                for of in (deciding, acting)
            ),
        )
        for name in names
    ]
    screen.show(
        {"workers": seen},
        Grid(heads, rows)
        if rows
        else screen.say("没有工作进程。", "No worker asks for work: start groundwork worker."),
    )
    if not rows:
        raise typer.Exit(ExitCode.REFUSED)
