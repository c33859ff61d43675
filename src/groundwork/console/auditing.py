"""`groundwork audit`: whether the record is whole, and a copy of it to keep elsewhere."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundwork.console.desk import Desk, Door, Json, maybe_signed_in, signed_in
from groundwork.console.faults import ExitCode, Misuse
from groundwork.console.screen import Grid, Screen

if TYPE_CHECKING:
    from groundwork.store.ledger import Finding

app = typer.Typer(
    no_args_is_help=True,
    help="The record (审计台账): verify, export.",
)

OfChain = Annotated[
    str | None, typer.Option("--chain", metavar="ID", help="One chain; without it all of them.")
]


@app.command("verify")
@maybe_signed_in
def verify(
    door: Door,
    *,
    chain: OfChain = None,
    file: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="An export to check, without any server."),
    ] = None,
) -> None:
    """Check that nothing in the record was changed, dropped, moved or slipped in.

    Exit code 1 if something was.
    """
    if file is not None and chain is not None:
        raise Misuse("--chain 与 --file 只能选择一个。 Give either --chain or --file, not both.")
    if file is not None:
        _tell(door.screen, [finding.model_dump(mode="json") for finding in _check(file)])
    else:
        _tell(door.screen, door.desk().get("/audit/verify", chain=chain)["findings"])


def _check(file: Path) -> "list[Finding]":
    from groundwork.store.export import verify_export

    with file.open("rb") as lines:
        return verify_export(lines)


def _tell(screen: Screen, findings: Sequence[Json]) -> None:
    columns = screen.say("链条,事件,问题,说明", "Chain,Event,What,Detail").split(",")
    rows = [
        (one["chain_id"] or "—", str(one["seq"] or "—"), one["kind"], one["detail"])
        for one in findings
    ]
    count = len(findings)
    verdict = screen.say(
        f"发现 {count} 处问题。" if count else "台账完整，未发现问题。",
        f"Found to be wrong: {count}." if count else "The record is whole.",
    )
    screen.show(
        {"whole": not findings, "findings": findings},
        *([Grid(columns, rows)] if rows else []),
        verdict,
    )
    if findings:
        raise typer.Exit(ExitCode.REFUSED)


@app.command("export")
@signed_in
def export(
    desk: Desk,
    *,
    chain: OfChain = None,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", dir_okay=False, help="Else standard output."),
    ] = None,
) -> None:
    """Write the record as JSON Lines, with every hash; `audit verify --file` checks it anywhere.

    Keep copies where whoever runs the database cannot change them.
    """
    import orjson

    chains = [chain] if chain else [head["id"] for head in desk.all("/chains")]
    count = 0
    with to.open("wb") if to else nullcontext(sys.stdout.buffer) as output:
        for line in _lines(desk, chains):
            output.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
            count += "event" in line
    if to is not None:
        desk.screen.show(
            {"file": str(to), "chains": len(chains), "events": count},
            desk.screen.say(
                f"已导出 {len(chains)} 条链条、{count} 个事件：{to}",
                f"Exported {len(chains)} chains, {count} events: {to}",
            ),
        )


def _lines(desk: Desk, chains: Sequence[str]) -> Iterator[Json]:
    """The lines of an export as `groundwork.store.export` describes them."""
    for chain in chains:
        rows = sorted(desk.all(f"/audit/chains/{chain}"), key=lambda row: int(row["seq"]))
        for row in rows:
            yield {
                "chain_id": chain,
                "seq": row["seq"],
                "recorded_at": row["recorded_at"],
                "prev_hash": row["prev_hash"],
                "hash": row["hash"],
                "event": row["body"],
            }
        yield {"chain_id": chain, "head": {"seq": rows[-1]["seq"], "hash": rows[-1]["hash"]}}
