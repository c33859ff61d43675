"""`groundwork backup` and `restore`: the installation in a folder, and back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundwork.console.engine import logged
from groundwork.console.faults import ExitCode
from groundwork.console.options import prints
from groundwork.console.screen import Block, Grid, Screen

if TYPE_CHECKING:
    from groundwork.console.backup_manifest import Manifest
    from groundwork.console.restoring import Restored

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", file_okay=False)]


@prints
def backup(
    screen: Screen,
    folder: Folder,
    *,
    documents: Annotated[
        bool,
        typer.Option(
            "--documents/--no-documents", help="Whether the contents of documents are copied too."
        ),
    ] = True,
    with_keys: Annotated[
        bool,
        typer.Option("--with-keys", help="Copy key files too. Whoever has both can sign anew."),
    ] = False,
) -> None:
    """Copy the whole installation into a folder, while it runs (备份).

    The record, the contents of documents and, where `groundwork up` brings Temporal, the chains'
    own state, all of one moment. The folder must not be there yet, or be empty.
    """
    from groundwork.console.backing_up import BackingUp
    from groundwork.runtime.loop import run

    making = BackingUp(logged(), folder.absolute(), documents=documents, keys=with_keys)
    with screen.busy("正在备份……", "Backing up…"):
        manifest = run(making.run())
    screen.show(
        {"folder": str(folder), **manifest.model_dump(mode="json", exclude={"files"})},
        *_made(screen, folder, manifest),
    )
    if manifest.missing_documents:
        raise typer.Exit(ExitCode.REFUSED)


@prints
def restore(
    screen: Screen,
    folder: Folder,
    *,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Also where data is: ours is set aside, a database named by DATABASE_URL emptied.",
        ),
    ] = False,
) -> None:
    """Restore a backup where nothing is yet, check it, and say what to do next (恢复).

    Exit code 1 if the record is not whole, or documents lack their contents.
    """
    from groundwork.console.restoring import Restoring
    from groundwork.runtime.loop import run

    restoring = Restoring(logged(), folder.absolute(), force=force)
    with screen.busy("正在恢复并核验……", "Restoring and checking…"):
        restored = run(restoring.run())
    screen.show(_facts(restored), *_told(screen, restored))
    if not restored.whole:
        raise typer.Exit(ExitCode.REFUSED)


def _made(screen: Screen, folder: Path, manifest: "Manifest") -> list[Block]:
    size = sum(one.size for one in manifest.files.values()) / 1024**2
    told: list[Block] = [
        screen.say(
            f"已备份到 {folder}：链条 {manifest.chains} 条，事件 {manifest.events} 个，"
            f"文件 {len(manifest.files)} 个，共 {size:.1f} MiB。",
            f"Backed up into {folder}: {manifest.chains} chains, {manifest.events} events, "
            f"{len(manifest.files)} files, {size:.1f} MiB.",
        )
    ]
    if manifest.engine == "external":
        told.append(
            screen.say(
                "Temporal 为外部服务，请按其自身办法备份。",
                "Temporal is a server of your own: back it up by its own means.",
            )
        )
    apart = [one.setting for one in manifest.keys if one.file is None]
    if apart:
        told.append(
            screen.say(
                f"以下密钥未包含，请另行保管：{'、'.join(apart)}",
                f"Not included, to be kept apart: the keys of {', '.join(apart)}",
            )
        )
    if manifest.missing_documents:
        told.append(_missing(screen, manifest.missing_documents))
    return told


def _facts(restored: "Restored") -> dict[str, Any]:
    return {
        "whole": restored.whole,
        "made_at": restored.manifest.made_at,
        "chains": restored.manifest.chains,
        "events": restored.manifest.events,
        "chains_continue": restored.with_engine,
        "findings": [one.model_dump(mode="json") for one in restored.findings],
        "missing_documents": restored.missing_documents,
        "set_aside": [str(path) for path in restored.set_aside],
    }


def _told(screen: Screen, restored: "Restored") -> list[Block]:
    manifest = restored.manifest
    told: list[Block] = [
        screen.say(
            f"已恢复到 {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC 的状态："
            f"链条 {manifest.chains} 条，事件 {manifest.events} 个。",
            f"Restored as of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC: "
            f"{manifest.chains} chains, {manifest.events} events.",
        )
    ]
    if restored.findings:
        columns = screen.say("链条,事件,问题,说明", "Chain,Event,What,Detail").split(",")
        rows = [
            (one.chain_id or "—", str(one.seq or "—"), str(one.kind), one.detail)
            for one in restored.findings
        ]
        told.append(Grid(columns, rows))
    else:
        told.append(screen.say("台账完整，未发现问题。", "The record is whole."))
    if restored.missing_documents:
        told.append(_missing(screen, restored.missing_documents))
    told += [
        screen.say(f"原有数据移至 {path}", f"What was there lies in {path}")
        for path in restored.set_aside
    ]
    told.append(_next_step(screen, with_engine=restored.with_engine))
    return told


def _next_step(screen: Screen, *, with_engine: bool) -> str:
    if with_engine:
        return screen.say(
            "请运行 groundwork up，链条将从备份的时刻继续。",
            "Start `groundwork up`: chains go on from the moment of the backup.",
        )
    return screen.say(
        "链条的运行状态在 Temporal 中，未随备份恢复；请运行 groundwork reconcile 核对两者。",
        "The chains' own state is with Temporal and was not restored: hold both against each "
        "other with `groundwork reconcile`.",
    )


def _missing(screen: Screen, digests: tuple[str, ...] | list[str]) -> str:
    return screen.say(
        f"{len(digests)} 份材料内容缺失，首个 SHA-256：{digests[0]}",
        f"The contents of {len(digests)} documents are missing; the first SHA-256: {digests[0]}",
    )
