"""`groundwork audit`: whether the record is whole, and what proves it to others."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundwork.console.desk import Desk, Door, Json, maybe_signed_in, signed_in
from groundwork.console.faults import ExitCode, Misuse
from groundwork.console.options import prints
from groundwork.console.screen import Block, Grid, Screen

if TYPE_CHECKING:
    from groundwork.store.proof_reading import Verdict

app = typer.Typer(
    no_args_is_help=True,
    help="The record (审计台账): verify, export, case, keygen, keys.",
)

OfChain = Annotated[
    str | None, typer.Option("--chain", metavar="ID", help="One chain; without it all of them.")
]


@app.command("verify")
@maybe_signed_in
def verify(
    door: Door,
    file: Annotated[
        Path | None,
        typer.Argument(
            exists=True,
            dir_okay=False,
            show_default=False,
            help="An export to check, without any server.",
        ),
    ] = None,
    *,
    chain: OfChain = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FINGERPRINT",
            help="With FILE: the key that may have signed; repeat it for several.",
        ),
    ] = None,
) -> None:
    """Check that nothing in the record was changed, dropped, moved or slipped in.

    Exit code 1 if something was.
    """
    if file is None:
        if key:
            raise Misuse("--key 只用于核验文件。 --key goes with a file only.")
        _tell(door.screen, door.desk().get("/audit/verify", chain=chain)["findings"])
        return
    if chain is not None:
        raise Misuse("--chain 与文件只能选择一个。 Give either --chain or a file, not both.")
    verdict = _check(file, key or ())
    findings = [finding.model_dump(mode="json") for finding in verdict.findings]
    facts = verdict.model_dump(mode="json", exclude={"findings"})
    _tell(door.screen, findings, facts, _proven(door.screen, verdict))


def _check(file: Path, trusted: Sequence[str]) -> "Verdict":
    from groundwork.store.proof_reading import verify_file

    with file.open("rb") as lines:
        return verify_file(lines, frozenset(trusted))


def _proven(screen: Screen, verdict: "Verdict") -> list[Block]:
    """What the file's signatures come to, for people who compare fingerprints."""
    if not verdict.counts:
        return [
            screen.say(
                "旧格式导出，不含签名。", "An export of the older format: without signatures."
            )
        ]
    if verdict.last_head is None:
        return [screen.say("文件不含每日签名。", "No head is signed in this file.")]
    rows = [(key, str(since)) for key, since in verdict.keys.items()]
    told: list[Block] = [
        screen.say(
            f"每日签名 {verdict.counts.get('signed_head', 0)} 个，最近 {verdict.last_head}，"
            f"其中有时间戳 {verdict.stamped} 个。请核对公钥指纹：",
            f"Signed heads: {verdict.counts.get('signed_head', 0)}, the newest of "
            f"{verdict.last_head}, time-stamped {verdict.stamped}. Compare the fingerprints:",
        ),
        Grid(screen.say("公钥指纹,起用", "Key,Since").split(","), rows),
    ]
    if verdict.unsigned:
        count = sum(verdict.unsigned.values())
        told.append(
            screen.say(
                f"{len(verdict.unsigned)} 条链条的最后 {count} 个事件晚于最近的签名。",
                f"Newer than the newest head: {count} events of {len(verdict.unsigned)} chains.",
            )
        )
    return told


def _tell(
    screen: Screen,
    findings: Sequence[Json],
    facts: Json | None = None,
    proven: Sequence[Block] = (),
) -> None:
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
        {"whole": not findings, "findings": findings, **(facts or {})},
        *([Grid(columns, rows)] if rows else []),
        *proven,
        verdict,
    )
    if findings:
        raise typer.Exit(ExitCode.REFUSED)


@app.command("export")
@signed_in
def export(
    desk: Desk,
    file: Annotated[
        Path, typer.Argument(dir_okay=False, allow_dash=True, help="`-`: standard output.")
    ],
    *,
    chain: Annotated[str | None, typer.Option("--chain", metavar="ID", help="One chain.")] = None,
    project: Annotated[
        str | None, typer.Option("--project", metavar="CODE", help="The chains of a project.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All chains, as without any.")] = False,
) -> None:
    """Write the record as JSON Lines with every hash and the signed heads.

    `audit verify FILE` checks it anywhere. Keep copies where whoever runs the database cannot
    change them.
    """
    if sum((chain is not None, project is not None, everything)) > 1:
        raise Misuse(
            "--chain、--project 与 --all 只能选择一个。 "
            "Give one of --chain, --project and --all, not several."
        )
    query = {"chain": chain, "project": project}
    if str(file) == "-":
        desk.save("/audit/export", sys.stdout.buffer, **query)
        return
    lines = desk.save_to("/audit/export", file, **query)
    desk.screen.show(
        {"file": str(file), "bytes": lines},
        desk.screen.say(f"已导出：{file}", f"Exported: {file}"),
    )


@app.command("case")
@signed_in
def case(
    desk: Desk,
    chain: Annotated[str, typer.Argument(metavar="CHAIN")],
    *,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", file_okay=False, help="Made if missing.")
    ],
) -> None:
    """Write what an inspector needs of one chain: the case file as PDF, and its export."""
    from urllib.parse import quote

    out.mkdir(parents=True, exist_ok=True)
    files = [out / f"{chain}.pdf", out / f"{chain}.jsonl"]
    desk.save_to(f"/audit/chains/{quote(chain)}/case.pdf", files[0])
    desk.save_to("/audit/export", files[1], chain=chain)
    desk.screen.show(
        {"files": [str(one) for one in files]},
        *(desk.screen.say(f"已写入：{one}", f"Written: {one}") for one in files),
    )


@app.command("keygen")
@prints
def keygen(
    screen: Screen,
    file: Annotated[Path, typer.Argument(dir_okay=False, help="Must not be there yet.")],
) -> None:
    """Make the private key that signs the record's heads, in a file for its owner alone."""
    from groundwork.console.signing import make_signing_key
    from groundwork.store.signatures import fingerprint

    public = make_signing_key(file).public
    screen.show(
        {"file": str(file), "public_key": public, "fingerprint": fingerprint(public)},
        screen.say(
            f"私钥已写入 {file}（仅本用户可读）。", f"The private key is in {file}, for you alone."
        ),
        screen.say(f"公钥：{public}", f"Public key: {public}"),
        screen.say(f"指纹：{fingerprint(public)}", f"Fingerprint: {fingerprint(public)}"),
    )


@app.command("keys")
@signed_in
def keys(desk: Desk) -> None:
    """The public keys that signed heads, with their fingerprints."""
    items = desk.get("/audit/keys")["items"]
    columns = desk.screen.say("公钥指纹,公钥,起用", "Fingerprint,Public key,Since").split(",")
    rows = [(one["fingerprint"], one["public_key"], one["since"]) for one in items]
    desk.screen.show({"items": items}, Grid(columns, rows))
