"""Papers (文书): documents to print and sign, written into files that print by themselves."""

from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from groundwork.console.desk import Desk, signed_in

app = typer.Typer(
    no_args_is_help=True,
    help="Papers to print and sign (文书).",
)

Chain = Annotated[
    str,
    typer.Argument(
        metavar="CHAIN",
        help="Id of a chain, or a project code (项目代码) if the project has one chain.",
    ),
]
File = Annotated[
    Path, typer.Option("--to", metavar="FILE", dir_okay=False, help="HTML file to write.")
]


@app.command("commitment")
@signed_in
def commitment(
    desk: Desk,
    chain: Chain,
    commitment: Annotated[
        str, typer.Argument(metavar="COMMITMENT", help="Its id, such as L17-commitment.")
    ],
    *,
    to: File,
) -> None:
    """Write the notice and the letter of a commitment (告知承诺书) into a file that prints."""
    _write(desk, chain, "commitment", commitment, to)


@app.command("tolerance")
@signed_in
def tolerance(
    desk: Desk,
    chain: Chain,
    deficiency: Annotated[
        str,
        typer.Argument(
            metavar="DEFICIENCY",
            help="Id of a deficiency, such as L07-pipeline-opinion; the notice names all that were"
            " told together.",
        ),
    ],
    *,
    to: File,
) -> None:
    """Write the notice of what was tolerated (容缺受理告知书) into a file that prints."""
    _write(desk, chain, "tolerance", deficiency, to)


@app.command("rectification")
@signed_in
def rectification(
    desk: Desk,
    chain: Chain,
    subject: Annotated[
        str,
        typer.Argument(
            metavar="SUBJECT",
            help="Id of a commitment, or key of a step in joint acceptance, such as C13.B1.",
        ),
    ],
    *,
    to: File,
) -> None:
    """Write the notice of what is to be put right (限期整改通知) into a file that prints."""
    _write(desk, chain, "rectification", subject, to)


@app.command("supervision-order")
@signed_in
def supervision_order(
    desk: Desk,
    chain: Chain,
    escalation: Annotated[
        str, typer.Argument(metavar="ESCALATION", help="Its id, such as L17-red_card.")
    ],
    *,
    to: File,
) -> None:
    """Write the supervision order (督办单) of an escalation into a file that prints by itself."""
    _write(desk, chain, "supervision-order", escalation, to)


def _write(desk: Desk, chain: str, kind: str, subject: str, to: Path) -> None:
    from groundwork.console.cases import chain_id

    path = f"/chains/{chain_id(desk, chain)}/papers/{kind}/{quote(subject, safe='')}"
    to.write_text(desk.paper(path), encoding="utf-8")
    screen = desk.screen
    screen.show({"file": str(to)}, screen.say(f"已写入 {to}", f"Written to {to}"))
