"""`groundwork reconcile`: hold chains against their record, and mend what was agreed to."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from groundwork.console.engine import logged
from groundwork.console.faults import ExitCode, Fault
from groundwork.console.operating import Yes
from groundwork.console.options import prints
from groundwork.console.remedies import remedy
from groundwork.console.screen import Grid, Screen

if TYPE_CHECKING:
    from groundwork.console.reconciling import Comparison, Looked, Mended
    from groundwork.runtime.settings import Settings

_BEHIND: Final = "record_behind"
_BEGUN: Final = frozenset({"no_chain", "chain_behind"})
"""How a chain stands to its record where it is begun from it."""


@prints
def reconcile(
    screen: Screen,
    *,
    mend: Annotated[
        bool,
        typer.Option(
            "--mend",
            help="Record what the record lacks, and let chains that are behind go on from it.",
        ),
    ] = False,
    engine_lost: Annotated[
        bool,
        typer.Option(
            "--engine-lost",
            help="With --mend: also if the engine knows hardly any chain, its database being lost.",
        ),
    ] = False,
    yes: Yes = False,
) -> None:
    """Hold every chain against its record, after one of both was restored alone (核对).

    Exit code 1 if some do not agree and were not mended.
    """
    from groundwork.runtime.demonstration import in_use
    from groundwork.runtime.loop import run

    settings = logged(in_use)
    with screen.busy("正在核对链条与台账……", "Holding chains against their record…"):
        looked = run(_looked(settings))
    unlike = [one for one in looked.found if one.standing != "agree"]
    done = {one.chain: _unmended(one) for one in unlike}
    mendable = [one.chain for one in unlike if one.standing in _BEGUN | {_BEHIND}]
    if mend and mendable:
        _require_right_place(settings, looked, engine_lost=engine_lost)
        if not yes:
            typer.confirm(_plan(screen, looked), abort=True, err=True)
        with screen.busy("正在处理……", "Mending…"):
            done |= {one.found.chain: one for one in run(_mended(settings, mendable))}
    # One that came to agree before it was mended has nothing left to be told.
    if _show(screen, looked, [one for one in done.values() if one.found.standing != "agree"]):
        raise typer.Exit(ExitCode.REFUSED)


def _unmended(found: "Comparison") -> "Mended":
    from groundwork.console.reconciling import Mended

    return Mended(found)


def _show(screen: Screen, looked: "Looked", unlike: "list[Mended]") -> int:
    """Tell what was found and mended; how many are left to be mended."""
    data = [
        {
            "chain": one.found.chain,
            "standing": one.found.standing.value,
            "recorded": one.found.recorded,
            "known": one.found.known,
            "mended": one.mended,
            "reason": one.reason or (one.found.why.value if one.found.why else ""),
        }
        for one in unlike
    ]
    count, left = len(looked.found), sum(not one.mended for one in unlike)
    at = {"address": looked.address, "namespace": looked.namespace, "astray": looked.astray}
    screen.show(
        at | {"chains": count, "agree": count - len(unlike), "items": data},
        _place(screen, looked),
        *([_unlike(screen, unlike)] if unlike else []),
        *([screen.say(*_wrong_place(looked))] if looked.astray and left else []),
        screen.say(
            f"共核对 {count} 条链条，不一致 {len(unlike)} 条，待处理 {left} 条。",
            f"Chains: {count}; not in agreement: {len(unlike)}; left to be mended: {left}.",
        ),
    )
    return left


def _require_right_place(settings: "Settings", looked: "Looked", *, engine_lost: bool) -> None:
    """Raise Fault where mending would begin chains a second time, or such as nobody can read.

    Raises WrongNamespace where it must never be done.
    """
    from groundwork.console.reconciling import require_live

    require_live(looked.namespace, settings)
    if looked.keyless:
        zh, en = remedy(looked.keyless[0])
        raise Fault(
            f"有 {len(looked.keyless)} 条在办链条的历史无法解密：{zh}。 "
            f"Histories of running chains that cannot be decrypted: {len(looked.keyless)}. {en}."
        )
    if looked.astray and not engine_lost:
        zh, en = _wrong_place(looked)
        raise Fault(
            f"{zh}引擎数据确已丢失的，加 --engine-lost。 {en} If the engine's database is really "
            "lost, add --engine-lost."
        )


def _wrong_place(looked: "Looked") -> tuple[str, str]:
    return (
        f"流程引擎（{looked.address}，命名空间 {looked.namespace}）"
        "几乎不认识台账中的在办链条：地址或命名空间可能有误，"
        "请核对 TEMPORAL_ADDRESS 与 TEMPORAL_NAMESPACE。",
        f"The engine at {looked.address}, namespace {looked.namespace}, knows hardly any of the "
        "running chains on record: address or namespace is likely wrong, look at TEMPORAL_ADDRESS "
        "and TEMPORAL_NAMESPACE.",
    )


def _place(screen: Screen, looked: "Looked") -> str:
    return screen.say(
        f"流程引擎：{looked.address}，命名空间 {looked.namespace}。",
        f"Engine: {looked.address}, namespace {looked.namespace}.",
    )


def _plan(screen: Screen, looked: "Looked") -> str:
    """What is going to be done, and where."""
    behind = sum(one.standing == _BEHIND for one in looked.found)
    begun = sum(one.standing in _BEGUN for one in looked.found)
    done = screen.say(
        f"将补记 {behind} 条链条的台账；从台账重新开始 {begun} 条链条；其余不动。继续吗？",
        f"Chains whose record is given what it lacks: {behind}; that begin again from their "
        f"record: {begun}; the others stay as they are. Go on?",
    )
    return f"{_place(screen, looked)} {done}"


async def _looked(settings: "Settings") -> "Looked":
    from groundwork.console.backing_up import open_database
    from groundwork.console.reconciling import Reconciling

    async with open_database(settings) as url:
        return await Reconciling(settings, url).run()


async def _mended(settings: "Settings", chains: list[str]) -> "list[Mended]":
    from groundwork.console.backing_up import open_database
    from groundwork.console.reconciling import Reconciling

    async with open_database(settings) as url:
        return await Reconciling(settings, url).mend(chains)


def _unlike(screen: Screen, unlike: "list[Mended]") -> Grid:
    words = {
        "record_behind": screen.say("台账较旧", "record is behind"),
        "chain_behind": screen.say("链条较旧", "chain is behind"),
        "no_chain": screen.say("链条不在运行", "chain does not run"),
        "conflict": screen.say("内容冲突", "they contradict each other"),
        "unreadable": screen.say("历史无法读取", "history cannot be read"),
    }
    columns: list[str] = screen.say(
        "链条,状况,台账事件,链条事件,处理", "Chain,What,On record,Known,Mended"
    ).split(",")
    rows = [
        (
            one.found.chain,
            words[one.found.standing.value],
            str(one.found.recorded),
            str(one.found.known),
            screen.say("已处理", "yes") if one.mended else one.reason or _help(screen, one.found),
        )
        for one in unlike
    ]
    return Grid(columns, rows, numeric=frozenset({2, 3}))


def _help(screen: Screen, found: "Comparison") -> str:
    return screen.say(*remedy(found)) if found.why else "—"
