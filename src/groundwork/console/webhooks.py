"""`groundwork webhooks` for administrators, and `groundwork feeds` for everybody."""

from typing import Annotated, Any

import typer

from groundwork.console.desk import Desk, signed_in
from groundwork.console.screen import Grid

app = typer.Typer(
    no_args_is_help=True, help="Other systems that are told of events, for administrators."
)
feeds = typer.Typer(
    no_args_is_help=True, help="Private links to due dates for calendar programs (日历订阅)."
)

WebhookId = Annotated[str, typer.Argument(metavar="WEBHOOK", help="Id of a webhook: w-….")]


@app.command("list")
@signed_in
def list_webhooks(desk: Desk) -> None:
    """List every subscription."""
    screen = desk.screen
    items = desk.get("/webhooks")["items"]
    columns = screen.say(
        "编号,名称,地址,事件,状态,原因", "Id,Label,Address,Events,State,Reason"
    ).split(",")
    names = ("id", "label", "url", "types", "state", "last_error")
    rows = [tuple(_cell(one[name]) for name in names) for one in items]
    screen.show({"items": items}, Grid(columns, rows))


@app.command("add")
@signed_in
def add_webhook(
    desk: Desk,
    label: Annotated[str, typer.Argument(help="What you call the other system.")],
    address: Annotated[str, typer.Argument(help="Its https address.")],
    *,
    event: Annotated[
        list[str] | None,
        typer.Option(help="A type of event to tell it of, repeatedly; all when left out."),
    ] = None,
) -> None:
    """Subscribe another system. Its signing secret is shown this once."""
    screen = desk.screen
    body = {"label": label, "url": address, "types": event or ["*"]}
    made = desk.write("POST", "/webhooks", body)
    screen.show(
        made,
        screen.say(f"已添加 {made['id']}，签名密钥：", f"Added {made['id']}. Its secret:"),
        made["secret"],
    )


@app.command("rotate")
@signed_in
def rotate(desk: Desk, webhook: WebhookId) -> None:
    """Make a new secret; for a day both sign. The new one is shown this once."""
    made = desk.write("POST", f"/webhooks/{webhook}/rotate")
    desk.screen.show(made, made["secret"])


@app.command("enable")
@signed_in
def enable(desk: Desk, webhook: WebhookId) -> None:
    """Use a webhook again, from the next event on."""
    desk.write("POST", f"/webhooks/{webhook}/enable")
    screen = desk.screen
    screen.show({"enabled": webhook}, screen.say(f"已启用 {webhook}", f"Enabled {webhook}"))


@app.command("disable")
@signed_in
def disable(desk: Desk, webhook: WebhookId) -> None:
    """Tell a webhook nothing any more."""
    desk.write("DELETE", f"/webhooks/{webhook}")
    screen = desk.screen
    screen.show({"disabled": webhook}, screen.say(f"已停用 {webhook}", f"Disabled {webhook}"))


@feeds.command("list")
@signed_in
def list_feeds(desk: Desk) -> None:
    """List your links, without their secret part."""
    screen = desk.screen
    items = desk.get("/feeds")["items"]
    columns = screen.say(
        "编号,名称,部门,语言,建立,撤销", "Id,Label,Department,Language,Made,Revoked"
    ).split(",")
    names = ("id", "label", "department", "language", "created_at", "revoked_at")
    rows = [tuple(_cell(one[name]) for name in names) for one in items]
    screen.show({"items": items}, Grid(columns, rows))


@feeds.command("add")
@signed_in
def add_feed(
    desk: Desk,
    label: Annotated[str, typer.Argument(help="Where you use it, such as 手机日历.")],
    *,
    english: Annotated[bool, typer.Option("--english", help="Dates in English.")] = False,
) -> None:
    """Make a link for a calendar program. It is shown this once: whoever has it sees the dates."""
    body = {"label": label, "language": "en" if english else "zh"}
    made = desk.write("POST", "/feeds", body)
    desk.screen.show(made, made["url"])


@feeds.command("revoke")
@signed_in
def revoke_feed(
    desk: Desk, feed: Annotated[str, typer.Argument(metavar="FEED", help="Id of a link: f-….")]
) -> None:
    """Refuse a link from now on."""
    desk.write("DELETE", f"/feeds/{feed}")
    screen = desk.screen
    screen.show({"revoked": feed}, screen.say(f"已撤销 {feed}", f"Revoked {feed}"))


def _cell(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value or "—")
