"""`groundwork people`, third part: what people may reach, and rights beyond their role."""

from typing import Annotated, Final, Literal
from urllib.parse import quote

import typer

from groundwork.console.desk import Desk, signed_in
from groundwork.console.people import PersonId, app, grants_grid

__all__ = ["app"]

PANEL: Final = "Grants"

KindName = Literal["enterprise", "park", "project", "right"]
Kind = Annotated[KindName, typer.Argument(metavar="KIND", help="What is given (授权类别).")]
Value = Annotated[
    str,
    typer.Argument(
        metavar="VALUE",
        help="The enterprise's unified social credit code, the park's district, the project's"
        " code, or the action such as read_payloads.",
    ),
]


@app.command("grant", rich_help_panel=PANEL)
@signed_in
def give(
    desk: Desk,
    person: PersonId,
    kind: Kind,
    value: Value,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why (事由). It is kept on record.")],
) -> None:
    """Give a person something to reach, or a right (授权)."""
    body = {"kind": kind, "value": value, "reason": reason}
    row = desk.write("POST", f"/people/{person}/grants", body)
    screen = desk.screen
    given = f"{row['kind']} {row['value']}"
    screen.show(row, screen.say(f"已授予 {person}：{given}", f"Given to {person}: {given}"))


@app.command("ungrant", rich_help_panel=PANEL)
@signed_in
def take(desk: Desk, person: PersonId, kind: Kind, value: Value) -> None:
    """Take back what was given to a person, at once (收回授权)."""
    desk.write("DELETE", f"/people/{person}/grants/{kind}/{quote(value, safe='')}")
    screen = desk.screen
    taken = f"{kind} {value}"
    screen.show(
        {"taken": {"kind": kind, "value": value}},
        screen.say(f"已收回 {person}：{taken}", f"Taken back from {person}: {taken}"),
    )


@app.command("grants", rich_help_panel=PANEL)
@signed_in
def list_grants(desk: Desk, person: PersonId) -> None:
    """List what a person was given (授权清单)."""
    items = desk.get(f"/people/{person}/grants")["items"]
    desk.screen.show({"items": items}, grants_grid(desk.screen, items))
