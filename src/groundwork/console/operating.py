"""`groundwork ops`: find what is stuck, and say what is the matter with a chain.

These commands speak to the engine and the database themselves, with the settings of a worker: they
are for when nothing else answers.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple, cast

import typer

from groundwork.console.engine import logged, reach
from groundwork.console.faults import ExitCode, Fault
from groundwork.console.interventions import noted
from groundwork.console.options import prints
from groundwork.console.options import reason as why
from groundwork.console.remedies import KEY_MISSING, NEVER_RECORDED
from groundwork.console.screen import Grid, Screen

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine
    from temporalio.client import Client

    from groundwork.console.reconciling import Comparison, Reconciling
    from groundwork.runtime.repair import Condition
    from groundwork.runtime.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    help="When something is wrong (运维): find it, and mend it.",
)

ALIVE: Final = frozenset({"running", "completed"})
"""How the engine sees a chain that goes on, or that came to its end."""

LOSING: Final = frozenset({"unreadable", "conflict"})
"""How a chain stands to its record where what it did since cannot be recorded."""

FORKED: Final = frozenset({"chain_behind", "conflict", "no_chain"})
"""How a chain stands to its record where it cannot go on, however well it seems."""

KEYLESS: Final = "key_missing"
"""Why a history cannot be read where the key ring of this machine is another one."""

NOT_ON_SHELF: Final = "NotOnShelf"
OTHER_CODE: Final = "other_code"
UNREADABLE: Final = frozenset({"ValueError", "KeyLacking", "KeyRingError"})
"""Kinds of errors by which workflow tasks fail, as `Condition.task_error` names them."""

ChainId = Annotated[str, typer.Argument(metavar="CHAIN", help="The chain's id.")]
Reason = Annotated[str, why("Temporal shows it in clear")]
Preview = Annotated[bool, typer.Option("--preview", help="Only tell what would be done.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask again.")]


class Finding(NamedTuple):
    """Something that is the matter, and what to do."""

    code: str
    zh: str
    en: str


@app.command("stuck")
@prints
def stuck(screen: Screen) -> None:
    """List the chains that do not get on. Exit code 1 if there are any."""

    async def look(at: "Place") -> list[dict[str, Any]]:
        from groundwork.runtime.repair import stuck as all_stuck

        return [
            {"chain": one.chain, "failing": one.failing or "workflow task"}
            async for one in all_stuck(at.client)
        ]

    found = asked(look)
    rows = [(one["chain"], one["failing"]) for one in found]
    screen.show(
        {"stuck": found},
        Grid(screen.say("链条,反复失败的", "Chain,What keeps failing").split(","), rows)
        if rows
        else screen.say("没有卡住的链条。", "No chain is stuck."),
    )
    if found:
        raise typer.Exit(ExitCode.REFUSED)


@app.command("diagnose")
@prints
def diagnose(screen: Screen, chain: ChainId) -> None:
    """Say what is the matter with a chain, and what to do. Exit code 1 if something is."""

    async def look(at: "Place") -> "tuple[Condition, int]":
        from groundwork.runtime.repair import condition
        from groundwork.store.reads import Reads

        return await condition(at.client, chain), await Reads(at.database).projected_seq(chain)

    found, recorded = asked(look)
    told = findings(found, recorded)
    screen.show(
        {
            "chain": chain,
            "status": found.status,
            "seq": found.seq,
            "recorded": recorded,
            "trying": [one._asdict() for one in found.trying],
            "awaits": [one._asdict() for one in found.awaits],
            "findings": [one.code for one in told],
        },
        screen.say(
            f"引擎：{found.status}，事件 {_or(found.seq)} 个；台账：{recorded} 个。",
            f"Engine: {found.status}, {_or(found.seq)} events; record: {recorded}.",
        ),
        *(
            f"{one.activity} · {screen.say('第', 'attempt ')}{one.attempt}"
            f"{screen.say(' 次尝试', '')} · {one.error or '—'}"
            for one in found.trying
        ),
        *(
            screen.say(
                f"等待 {one.errand}（{one.activity}）", f"awaits {one.errand} ({one.activity})"
            )
            for one in found.awaits
        ),
        *(f"- {screen.say(one.zh, one.en)}" for one in told),
        *([] if told else [screen.say("一切正常。", "All is well.")]),
    )
    if told:
        raise typer.Exit(ExitCode.REFUSED)


@app.command("wake")
@prints
def wake(
    screen: Screen,
    reason: Reason,
    *,
    query: Annotated[
        str | None, typer.Option("--query", help="Only these, as the Temporal UI would list them.")
    ] = None,
    preview: Preview = False,
) -> None:
    """Have open chains look again what is due, some dozens in a second; nothing else changes.

    For example: groundwork ops wake --query 'Light="red"' --reason "engine was away"
    """

    async def send(at: "Place") -> int:
        from groundwork.runtime.repair import count, open_chains
        from groundwork.runtime.repair import wake as tell

        wanted = open_chains(query)
        found = await count(at.client, wanted)
        if found and not preview:
            await tell(at.client, wanted, reason)
            noted("wake", count=found, reason=reason)
        return found

    found = asked(send)
    screen.show(
        {"chains": found, "told": not preview},
        screen.say(
            f"{'将通知' if preview else '正在通知'} {found} 条链条重新检查。",
            f"Chains {'that would be' if preview else 'being'} told to look again: {found}.",
        ),
    )


@app.command("restart")
@prints
def restart(
    screen: Screen,
    chain: ChainId,
    reason: Reason,
    *,
    preview: Preview = False,
    yes: Yes = False,
    although_well: Annotated[
        bool, typer.Option("--although-well", help="Also if it gets on by all that can be seen.")
    ] = False,
    keys_lost: Annotated[
        bool,
        typer.Option("--keys-lost", help="Also if the key of its history is lost for good."),
    ] = False,
) -> None:
    """Let a chain that cannot go on go on from its record, as a new execution.

    Its old execution ends and stays to be looked at. What it did that is not on record is recorded
    first, unless its history cannot be read.
    """

    async def look(at: "Place") -> "tuple[Comparison, Condition | None]":
        from groundwork.runtime.repair import condition

        found = await at.reconciling.look(chain)
        asks = found.kept and found.why != KEYLESS
        return found, await condition(at.client, chain) if asks else None

    found, stands = cast("tuple[Comparison, Condition | None]", asked(look))
    _require_restartable(found)
    if found.why == KEYLESS and not keys_lost:
        raise Fault(_keyless(chain))
    if not although_well and stands and found.standing not in FORKED and gets_on(stands):
        raise Fault(
            f"链条 {chain} 一切正常：工作进程能够应答，没有反复失败；确须重启的，加 "
            f"--although-well。 Chain {chain} gets on: a worker answers for it and nothing of it "
            "fails. If it must be restarted all the same, add --although-well."
        )
    readable = found.standing not in LOSING
    told = screen.say(
        f"{chain}：从台账第 {max(found.recorded, found.known)} 号事件继续，不丢失任何事件。"
        if readable
        else f"{chain}：从台账第 {found.recorded} 号事件继续；引擎中之后的事件无法补记，将丢失。",
        f"{chain}: goes on from event {max(found.recorded, found.known)}; nothing is lost."
        if readable
        else f"{chain}: goes on from event {found.recorded} on record; whatever the engine has"
        " after it cannot be recorded and is lost.",
    )
    if not preview:
        if not yes:
            typer.confirm(told, abort=True, err=True)

        async def act(at: "Place") -> None:
            await at.reconciling.restart(chain, reason)

        asked(act)
    data = {"chain": chain, "recorded": found.recorded, "known": found.known}
    screen.show(data | {"restarted": not preview}, told)


def _require_restartable(found: "Comparison") -> None:
    """Raise Fault for a chain that has no record to go on from, or has ended."""
    if not found.recorded:
        raise Fault(
            f"台账中没有链条 {found.chain}。 The record has no chain {found.chain}: check its id."
        )
    if not found.kept:
        raise Fault(
            f"流程引擎中没有链条 {found.chain}：请核对地址与命名空间；确已丢失的，用 groundwork "
            f"reconcile --mend 按台账继续。 The engine knows no chain {found.chain}: look at "
            "address and namespace; if it is lost, groundwork reconcile --mend lets it go on from "
            "its record."
        )
    if found.ended:
        raise Fault(
            f"链条 {found.chain} 已结束，无须继续。 Chain {found.chain} has ended: there is "
            "nothing to go on with."
        )


def gets_on(stands: "Condition") -> bool:
    """Whether a worker answers for a chain, and nothing of it fails."""
    failing = stands.failing or any(one.error for one in stands.trying)
    return stands.seq is not None and stands.task_attempt <= 1 and not failing


def _keyless(chain: str) -> str:
    zh, en = KEY_MISSING
    return (
        f"无法读取 {chain} 的历史：{zh}；密钥确已遗失的，加 --keys-lost。 "
        f"The history of {chain} cannot be read. {en}. If the key is lost for good, add "
        "--keys-lost."
    )


def findings(found: "Condition", recorded: int) -> "list[Finding]":
    """What is the matter with a chain in that condition, of which so many events are on record."""
    told = []
    if found.task_attempt > 1:
        told.append(_why_the_task_fails(found, recorded))
    elif found.unreadable:
        zh, en = KEY_MISSING
        told.append(Finding(KEYLESS, f"{zh}。", f"{en}."))
    if found.status not in ALIVE:
        told.append(
            Finding(
                "ended_early",
                "它在引擎中未办结就终止了：请先运行 groundwork reconcile 核对，再加 --mend "
                "按台账继续。",
                "The engine ended it before its time: look with groundwork reconcile, then let it "
                "go on from the record with --mend.",
            )
        )
    if _nobody_answers(found):
        told.append(
            Finding(
                "no_answer",
                "没有工作进程作答：请启动 groundwork worker。",
                "No worker answers for it: start groundwork worker.",
            )
        )
    if any(one.error == "RecordGap" for one in found.trying):
        told.append(
            Finding(
                "record_gap",
                "台账缺少事件：请先运行 groundwork reconcile 核对，再加 --mend 补记。",
                "The record lacks events: look with groundwork reconcile, then mend with --mend.",
            )
        )
    elif found.seq is not None and recorded < found.seq:
        told.append(
            Finding(
                "record_behind",
                "台账滞后：通常数秒内自行追上；否则请检查数据库。",
                "The record is behind: it catches up by itself within seconds; else look at the "
                "database.",
            )
        )
    told += [
        Finding(
            f"failing_{one.activity}",
            f"{one.activity} 反复失败（{one.error}）：见 docs/ops/troubles.md。",
            f"{one.activity} keeps failing ({one.error}): see docs/ops/troubles.md.",
        )
        for one in found.trying
        if one.attempt > 1 and one.error != "RecordGap"
    ]
    return told


def _nobody_answers(found: "Condition") -> bool:
    """Whether no worker does. One that fails at the chain's task, or whose answer cannot be read
    here, is there.
    """
    there = found.task_attempt > 1 or found.unreadable
    return found.seq is None and found.status == "running" and not there


def _why_the_task_fails(found: "Condition", recorded: int) -> Finding:
    """By the kind of the error, or else that the log tells."""
    error = found.task_error
    if error == NOT_ON_SHELF:
        return Finding(
            "definition_missing",
            "工作进程缺少该链条所用的定义或日历：请用带来该版本的发行版运行 groundwork prepare，"
            "再重启工作进程。",
            "Workers lack the definition or calendar that it is pinned to: run groundwork prepare "
            "with the release that brought it, and restart the workers.",
        )
    if error == OTHER_CODE:
        return Finding(
            "other_code",
            "本版本无法重放其历史：请启动上一版本的工作进程，或用 groundwork ops restart 按台账"
            "继续。",
            "This release cannot replay its history: start workers of the release before, or let "
            "it go on from its record with groundwork ops restart.",
        )
    if error in UNREADABLE:
        return Finding(
            "payload_unreadable",
            "其数据无法读取：请先用 groundwork doctor 核对密钥环；数据确已损坏的，用 "
            "groundwork ops restart 按台账继续。",
            "A payload of it cannot be read: check the key rings with groundwork doctor; if it is "
            "damaged, let the chain go on from its record with groundwork ops restart.",
        )
    if not (found.began or recorded):
        zh, en = NEVER_RECORDED
        return Finding(
            "never_began",
            f"其第一个工作流任务就失败：{zh}。",
            f"Its workflow task fails since the first one. {en}.",
        )
    return Finding(
        "task_fails",
        "工作流任务反复失败：原因见工作进程日志中该链条的条目（docs/ops/troubles.md）。",
        "Its workflow task fails: a worker's log says why, in the lines that name the chain "
        "(docs/ops/troubles.md).",
    )


def _or(number: int | None) -> str:
    return "?" if number is None else str(number)


class Place(NamedTuple):
    """What a command looks at and mends."""

    settings: "Settings"
    client: "Client"
    database: "AsyncEngine"
    reconciling: "Reconciling"


def asked(question: Callable[[Place], Awaitable[Any]]) -> Any:
    """What the engine and the record say. Raises what they raise."""
    from groundwork.runtime.loop import run

    async def ask() -> Any:
        async with _opened() as place:
            return await question(place)

    return run(ask())


@asynccontextmanager
async def _opened() -> AsyncIterator[Place]:
    from groundwork.console.reconciling import Reconciling
    from groundwork.runtime.demonstration import in_use
    from groundwork.runtime.keyrings import vault_keys
    from groundwork.runtime.settings import SettingsError
    from groundwork.runtime.whereabouts import running_up
    from groundwork.store import vault
    from groundwork.store.engine import create_engine

    settings = logged(in_use)
    up = running_up(settings.data_dir)
    url = settings.database_url.get_secret_value() if settings.database_url else None
    url = url or (up.database_url if up else None)
    if url is None:
        raise SettingsError(
            "没有在运行的 groundwork up，也未设置 DATABASE_URL。 "
            "Neither does groundwork up run here, nor is DATABASE_URL set."
        )
    vault.use(vault_keys(settings))
    address = up.temporal_address if up and settings.embeds_temporal else None
    database = create_engine(url)
    try:
        client = await reach(settings, address)
        yield Place(settings, client, database, Reconciling(settings, url, address))
    finally:
        await database.dispose()
