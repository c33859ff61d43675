"""`groundwork credit`: somebody's credit, and the register's records."""

from datetime import date, datetime
from typing import Annotated, Literal

import typer

from groundwork.console.desk import Desk, Json, signed_in
from groundwork.console.options import a_date
from groundwork.console.screen import Block, Grid, Screen

app = typer.Typer(
    no_args_is_help=True,
    help="Credit (信用): show, add and repair records, list what is published.",
)

KindName = Literal[
    "false_commitment",
    "overdue_commitment",
    "non_conforming_commitment",
    "lapsed_deficiency",
    "failed_report",
    "penalty",
    "other",
]
SeverityName = Literal["minor", "general", "serious"]
Uscc = Annotated[
    str, typer.Argument(metavar="USCC", help="Unified social credit code (统一社会信用代码).")
]
Key = Annotated[
    str | None, typer.Option("--key", help="Idempotency key, to repeat a write that got no answer.")
]


@app.command("show")
@signed_in
def show(desk: Desk, uscc: Uscc) -> None:
    """Show a grade, who may commit (告知承诺) or be tolerated (容缺), why not, and every record."""
    from groundwork.console import words

    screen = desk.screen
    data = desk.get(f"/credit/subjects/{uscc}")
    asked = words.moment(datetime.fromisoformat(data["asked_at"]), screen.language)
    head = screen.say(
        f"{data['subject']} · 信用等级 {data['grade']} · 来源 {data['source']}（{asked}）",
        f"{data['subject']} · credit grade {data['grade']} · from {data['source']} ({asked})",
    )
    blocks: list[Block] = [head]
    for purpose, name in (
        ("commitment", screen.say("告知承诺", "Commitment")),
        ("tolerance", screen.say("容缺受理", "Tolerance")),
    ):
        verdict = data["eligibility"][purpose]
        may = screen.say("可以", "yes") if verdict["eligible"] else screen.say("不可以", "no")
        blocks.append(f"{name}{screen.say('：', ': ')}{may}")
        blocks += [
            f"  {one['why']}{screen.say('', ' ')}{one['remedy']}" for one in verdict["grounds"]
        ]
    if data["records"]:
        blocks.append(_grid(data["records"], screen))
    screen.show(data, *blocks)


@app.command("add")
@signed_in
def add(
    desk: Desk,
    uscc: Uscc,
    *,
    kind: Annotated[KindName, typer.Option(help="What it is about (类别).")],
    severity: Annotated[SeverityName, typer.Option(help="How grave it is (等级).")],
    decided: Annotated[
        date, typer.Option(parser=a_date, metavar="DATE", help="Day of the document (认定日).")
    ],
    document: Annotated[str, typer.Option(help="Number of the deciding document (文号).")],
    ends: Annotated[
        date | None,
        typer.Option(parser=a_date, metavar="DATE", help="Last day; else the longest allowed."),
    ] = None,
    publish: Annotated[
        date | None,
        typer.Option(parser=a_date, metavar="DATE", help="Public from that day (公示起始日)."),
    ] = None,
    reason: Annotated[
        str | None, typer.Option(help="Why a credit code stands although its check fails.")
    ] = None,
    key: Key = None,
) -> None:
    """Add a record to the register, about an enterprise or a third party (第三方机构)."""
    body = {
        "subject": uscc,
        "kind": kind,
        "severity": severity,
        "decided_on": decided.isoformat(),
        "document": document,
        "ends_on": ends and ends.isoformat(),
        "publish_on": publish and publish.isoformat(),
        "uscc_override_reason": reason,
    }
    record = desk.write("POST", "/credit/records", body, key)
    desk.screen.show(record, _grid([record], desk.screen))


@app.command("repair")
@signed_in
def repair(
    desk: Desk,
    record: Annotated[str, typer.Argument(metavar="RECORD", help="Id of the record: cr-….")],
    *,
    promise: Annotated[
        str, typer.Option(help="Where the public promise (信用承诺) stands, such as its number.")
    ],
    corrected: Annotated[
        bool, typer.Option("--corrected", help="What was wrong is corrected (已纠正).")
    ] = False,
    obligations_met: Annotated[
        bool, typer.Option("--obligations-met", help="Every obligation is met (已履行义务).")
    ] = False,
    key: Key = None,
) -> None:
    """Repair a record (信用修复). Publication, sharing and sanctions end together, from today."""
    from groundwork.console.faults import Misuse

    if not (corrected and obligations_met):
        raise Misuse(
            "修复须确认已纠正（--corrected）并已履行义务（--obligations-met）。 "
            "A repair needs both: --corrected and --obligations-met."
        )
    body = {"corrected": True, "obligations_met": True, "promise": promise}
    repaired = desk.write("POST", f"/credit/records/{record}/repair", body, key)
    desk.screen.show(
        repaired, desk.screen.say(f"已修复 {repaired['id']}", f"Repaired {repaired['id']}")
    )


@app.command("published")
@signed_in
def published(desk: Desk) -> None:
    """List what the public may see today (公示), newest first."""
    screen = desk.screen
    items = desk.all("/credit/published")
    columns = screen.say(
        "公示日,统一社会信用代码,类别,等级,认定日,截止日,文号",
        "Published,Credit code,Kind,Severity,Decided,Ends,Document",
    ).split(",")
    rows = [
        (
            one["publish_on"],
            one["subject"],
            one["kind_name"],
            one["severity_name"],
            one["decided_on"],
            one["ends_on"] or "—",
            one["document"],
        )
        for one in items
    ]
    screen.show({"items": items}, Grid(columns, rows))


def _grid(records: list[Json], screen: Screen) -> Grid:
    columns = screen.say(
        "编号,类别,等级,认定日,截止日,可修复日,修复日,是否有效,文号",
        "Id,Kind,Severity,Decided,Ends,Repairable,Repaired,Counts,Document",
    ).split(",")
    rows = [
        (
            one["id"],
            one["kind_name"],
            one["severity_name"],
            one["decided_on"],
            one["ends_on"] or "—",
            one["repairable_from"],
            one["repaired_on"] or "—",
            screen.say("有效", "yes") if one["counts"] else screen.say("无效", "no"),
            one["document"],
        )
        for one in records
    ]
    return Grid(columns, rows)
