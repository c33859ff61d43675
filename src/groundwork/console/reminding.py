"""`groundwork remind`: one reminder for each of several steps and deficiencies (批量催办)."""

from typing import Annotated

import typer

from groundwork.console.cases import ChainRef, chain_id
from groundwork.console.desk import Desk, Json, signed_in
from groundwork.console.faults import Misuse
from groundwork.console.screen import Grid


@signed_in
def remind(
    desk: Desk,
    chain: ChainRef,
    subjects: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SUBJECT]...",
            help="Steps (环节) such as L17, or ids of deficiencies (容缺). None: all that "
            "somebody has in hand.",
        ),
    ] = None,
    *,
    note: Annotated[str, typer.Option(help="A note for the record (备注).")] = "",
    preview: Annotated[
        bool, typer.Option("--preview", help="Only tell what would be sent; nothing is.")
    ] = False,
) -> None:
    """Remind who has steps or missing materials in hand (催办); of each once a day."""
    target = chain_id(desk, chain)
    known = _known(desk.get(f"/chains/{target}"))
    wanted = subjects or [name for name, (_, waits) in known.items() if waits]
    if strange := [one for one in wanted if one not in known]:
        raise Misuse(
            f"没有环节或容缺事项 {'、'.join(strange)}。 "
            f"There is no step or deficiency {', '.join(strange)}."
        )
    if not wanted:
        screen = desk.screen
        screen.show({"subjects": []}, screen.say("没有可催办的事项。", "Nothing to remind of."))
        return
    asked = [{"chain": target, **known[one][0]} for one in wanted]
    body = {"subjects": asked, "note": note, "preview": preview}
    _show(desk, desk.write("POST", "/reminders", body))


def _known(data: Json) -> dict[str, tuple[Json, bool]]:
    """What can be named, as the API wants it, and whether somebody has it in hand."""
    from groundwork.domain.reminding import REACHED

    steps = {
        one["key"]: ({"step": one["key"]}, one["waiting_on"] in REACHED) for one in data["steps"]
    }
    missing = {
        one["id"]: ({"step": one["step"], "deficiency": one["id"]}, one["state"] == "open")
        for one in data["deficiencies"]
    }
    return steps | missing


def _show(desk: Desk, report: Json) -> None:
    screen = desk.screen
    said = {
        "would": screen.say("将催办", "would be sent"),
        "sent": screen.say("已催办", "sent"),
        "open": screen.say("已收到，稍后发出", "received, goes out soon"),
        "refused": screen.say("未催办", "not sent"),
    }
    rows = [
        (one["deficiency"] or one["step"], said[one["outcome"]] + screen.aside(one["detail"] or ""))
        for one in report["subjects"]
    ]
    columns = screen.say("事项,结果", "What,Outcome").split(",")
    screen.show(report, Grid(columns, rows))
