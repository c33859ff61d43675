"""`groundwork people erase`, `hold` and `release`: personal data that must go, or must stay."""

from typing import Annotated

import typer

from groundwork.console.desk import Desk, signed_in
from groundwork.console.people import PersonId, app
from groundwork.console.screen import Grid

__all__ = ["app"]

Reason = Annotated[str, typer.Option(help="Why (理由); no personal data.")]


@app.command("erase")
@signed_in
def erase(
    desk: Desk,
    person: PersonId,
    *,
    reason: Reason = "",
    preview: Annotated[
        bool, typer.Option("--preview", help="Only tell what would go, and what prevents it.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
) -> None:
    """Erase a person's data for good (删除个人信息): their key is destroyed, their id stays.

    Refused while they are active, have work left, or are held.
    """
    screen = desk.screen
    found = desk.get(f"/people/{person}/erasure")
    if preview or not yes:
        counted = [
            (screen.say("登录账户", "Accounts"), found["account"]),
            (screen.say("通知渠道", "Channels"), found["channels"]),
            (screen.say("日历链接", "Calendar links"), found["feeds"]),
            (screen.say("令牌和登录", "Tokens and sessions"), found["tokens"]),
            (screen.say("保存的视图", "Saved views"), found["views"]),
            (screen.say("未移交的环节", "Steps left"), found["steps"]),
            (screen.say("阻碍", "Prevented by"), found["why"] or "—"),
        ]
        columns = screen.say("内容,数量", "What,Number").split(",")
        if preview:
            screen.show(found, Grid(columns, [(name, str(value)) for name, value in counted]))
            return
        typer.confirm(
            screen.say(
                f"{person} 的姓名、登录名和渠道地址将永久无法读取，办理记录保留。继续？",
                f"Name, sign-in name and addresses of {person} will be unreadable for good; the"
                " record stays. Go on?",
            ),
            abort=True,
            err=True,
        )
    desk.write("POST", f"/people/{person}/erasure", {"reason": reason or "erase"})
    screen.show({"erased": person}, screen.say(f"已删除 {person}", f"Erased {person}"))


@app.command("hold")
@signed_in
def hold(desk: Desk, person: PersonId, *, reason: Reason) -> None:
    """Let nobody erase a person's data until it is released (依法保留)."""
    desk.write("PUT", f"/people/{person}/hold", {"reason": reason})
    screen = desk.screen
    screen.show({"held": person}, screen.say(f"已设为保留 {person}", f"Held {person}"))


@app.command("release")
@signed_in
def release(desk: Desk, person: PersonId) -> None:
    """End a hold (解除保留)."""
    desk.write("DELETE", f"/people/{person}/hold")
    screen = desk.screen
    screen.show({"released": person}, screen.say(f"已解除保留 {person}", f"Released {person}"))
