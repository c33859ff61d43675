"""`groundwork ops skip`: let a chain go on without what it asked of the world in vain."""

from typing import Annotated, Any

import typer

from groundwork.console.cases import Key
from groundwork.console.desk import Desk, signed_in
from groundwork.console.faults import Fault
from groundwork.console.operating import ChainId, Preview, Yes
from groundwork.console.options import reason as why

Errand = Annotated[
    str,
    typer.Argument(
        metavar="ERRAND", help="What the chain calls it, as `ops diagnose` lists it: credit-2."
    ),
]
Why = Annotated[str, why("it stays in the audit for ever")]

BeforeItFailed = Annotated[
    bool, typer.Option("--before-it-failed", help="Also if no attempt has failed so far.")
]


def join(app: typer.Typer) -> None:
    """Add this command to the group."""
    app.command("skip")(skip)


@signed_in
def skip(
    desk: Desk,
    chain: ChainId,
    errand: Errand,
    reason: Why,
    *,
    preview: Preview = False,
    before_it_failed: BeforeItFailed = False,
    yes: Yes = False,
    key: Key = None,
) -> None:
    """Skip a look-up or filing of credit that will never succeed, with the reason on record.

    Says first what follows. It takes the right skip_errand, and nothing of the case is shown.
    For example: groundwork ops skip CHAIN credit-2 --reason "bureau closed down"
    """
    waits = desk.get(f"/chains/{chain}/errands")["errands"]
    found = next((one for one in waits if one["errand"] == errand), None)
    if found is None and (preview or key is None):
        raise Fault(_unfit(errand, waits))
    if found is not None:
        told = _told(desk, found)
        early = [] if found["failed"] or before_it_failed else [_unfit(errand, waits)]
        if preview:
            desk.screen.show({"chain": chain, "skipped": False, **found}, told, *early)
            return
        if early:
            raise Fault(*early)
        if not yes:
            typer.confirm(told, abort=True, err=True)
    body = {"errand": errand, "reason": reason, "before_it_failed": before_it_failed}
    receipt = desk.write("POST", f"/chains/{chain}/commands/skip_errand", body, key, follow=False)
    desk.screen.show(
        {"chain": chain, "skipped": True, "errand": errand, "seq": receipt["seq"]},
        desk.screen.say(
            f"已跳过 {errand}，记为第 {receipt['seq']} 号事件。",
            f"{errand} is skipped: event {receipt['seq']} on record says so.",
        ),
    )


def _told(desk: Desk, found: dict[str, Any]) -> str:
    tried = desk.screen.say(
        f"{found['errand']}：{found['activity']}，自 {found['since']} 起等待，"
        f"已尝试 {found['attempts']} 次（{found['error'] or '—'}）。",
        f"{found['errand']}: {found['activity']}, awaited since {found['since']}, "
        f"attempt {found['attempts']} ({found['error'] or '—'}).",
    )
    return f"{tried}\n{found['consequence']}"


def _unfit(errand: str, waits: list[dict[str, Any]]) -> str:
    from groundwork.domain.rejections import Reason, sentence
    from groundwork.domain.skipping import NEVER

    pending = [one["errand"] for one in waits]
    reason = Reason.NEVER_SKIPPED if errand in NEVER else Reason.NO_SUCH_ERRAND
    if errand in pending:
        reason = Reason.ERRAND_NOT_FAILED
    params = {"errand": errand, "pending": ", ".join(pending) or "—"}
    return f"{sentence(reason, params, 'zh')} {sentence(reason, params, 'en')}"
