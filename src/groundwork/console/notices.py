"""`groundwork notices`: what you were told, and on which channels you want to be told."""

from typing import Annotated, Any, Literal

import typer

from groundwork.console.desk import Desk, signed_in
from groundwork.console.screen import Grid, Screen

app = typer.Typer(no_args_is_help=True, help="What you were told, and your channels (通知与渠道).")

ChannelId = Annotated[str, typer.Argument(metavar="CHANNEL", help="Id of a channel: c-….")]
Rhythm = Annotated[
    Literal["immediate", "daily", "weekly"] | None,
    typer.Option(help="At once, or in a digest (即时、每日或每周摘要)."),
]
ReadIn = Annotated[
    Literal["zh", "en"] | None, typer.Option("--in", help="Language of what is sent there.")
]
Quiet = Annotated[
    str | None,
    typer.Option(metavar="FROM-UNTIL", help="Quiet hours, such as 22:00-07:30; `none` ends them."),
]


@app.command("list")
@signed_in
def list_notices(
    desk: Desk,
    *,
    unread: Annotated[bool, typer.Option("--unread", help="Those not read yet only.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 20,
) -> None:
    """List your notices, newest first."""
    screen = desk.screen
    data = desk.get("/notices", unread=str(unread).lower(), limit=limit)
    columns = screen.say("编号,时间,通知,链条", "Id,Time,Notice,Chain").split(",")
    rows = [
        (
            one["id"],
            _moment(one["at"], screen),
            ("" if one["read_at"] else "● ") + one["title"],
            one["chain"] or "—",
        )
        for one in data["items"]
    ]
    count = data["unread"]
    screen.show(data, Grid(columns, rows), screen.say(f"未读 {count} 条", f"Unread: {count}"))


@app.command("read")
@signed_in
def read(
    desk: Desk,
    notice: Annotated[
        str | None, typer.Argument(metavar="[NOTICE]", help="Id of a notice; none: all.")
    ] = None,
) -> None:
    """Mark a notice read, or all of them."""
    path = f"/notices/{notice}/read" if notice else "/notices/read"
    data = desk.write("POST", path)
    screen = desk.screen
    screen.show(data, screen.say(f"未读 {data['unread']} 条", f"Unread: {data['unread']}"))


@app.command("channels")
@signed_in
def list_channels(desk: Desk) -> None:
    """List your channels, without their addresses."""
    _show(desk.screen, desk.get("/channels")["items"])


@app.command("add-channel")
@signed_in
def add_channel(
    desk: Desk,
    label: Annotated[str, typer.Argument(help="What you call it, such as 工作邮箱.")],
    *,
    address: Annotated[
        str,
        typer.Option(
            prompt=True,
            hide_input=True,
            help="mailto:you@example.cn or an Apprise URL. Asked for when left out, so that"
            " others cannot see it. Never shown again.",
        ),
    ],
    rhythm: Rhythm = None,
    read_in: ReadIn = None,
    quiet: Quiet = None,
) -> None:
    """Add a channel of yours: e-mail, WeCom, DingTalk, Feishu, SMS."""
    body = {"label": label, "url": address} | _preferences(rhythm, read_in, quiet)
    _show(desk.screen, [desk.write("POST", "/channels", body)])


@app.command("set-channel")
@signed_in
def set_channel(
    desk: Desk,
    channel: ChannelId,
    *,
    rhythm: Rhythm = None,
    read_in: ReadIn = None,
    quiet: Quiet = None,
    state: Annotated[
        Literal["active", "disabled"] | None,
        typer.Option(help="Use it again, also after it was dead; or no longer."),
    ] = None,
) -> None:
    """Change what you want of a channel."""
    body = _preferences(rhythm, read_in, quiet) | ({"state": state} if state else {})
    _show(desk.screen, [desk.write("PATCH", f"/channels/{channel}", body)])


@app.command("test-channel")
@signed_in
def test_channel(desk: Desk, channel: ChannelId) -> None:
    """Send a test notice on a channel."""
    data = desk.write("POST", f"/channels/{channel}/test")
    screen = desk.screen
    screen.show(
        data,
        screen.say(
            "测试通知已交付投递，请查收；未收到的，用 notices channels 查看原因。",
            "The test notice is on its way. If it does not arrive, `notices channels` says why.",
        ),
    )


@app.command("health")
@signed_in
def health(desk: Desk) -> None:
    """How the post is, for operators: deliveries by status, channels and webhooks that fail."""
    screen = desk.screen
    data = desk.get("/post/health")
    counts = [
        (kind, status, str(number))
        for kind in ("deliveries", "calls")
        for status, number in data[kind].items()
    ]
    failing = [
        (one["id"], _state(one["state"], screen), str(one["failures"]), one["last_error"] or "—")
        for one in (*data["channels"], *data["webhooks"])
    ]
    screen.show(
        data,
        Grid(screen.say("类别,状态,数量", "Kind,Status,Number").split(","), counts),
        Grid(screen.say("编号,状态,失败,原因", "Id,State,Failures,Reason").split(","), failing),
    )


def _preferences(rhythm: str | None, read_in: str | None, quiet: str | None) -> dict[str, Any]:
    from groundwork.console.faults import Misuse

    given: dict[str, Any] = {"rhythm": rhythm, "language": read_in}
    chosen = {name: value for name, value in given.items() if value is not None}
    if quiet is None:
        return chosen
    if quiet == "none":
        return chosen | {"quiet_since": None, "quiet_until": None}
    since, separator, until = quiet.partition("-")
    if not separator:
        raise Misuse(f"“{quiet}”应写作 22:00-07:30。 Write {quiet} like 22:00-07:30.")
    return chosen | {"quiet_since": since, "quiet_until": until}


def _show(screen: Screen, channels: list[dict[str, Any]]) -> None:
    columns = screen.say(
        "编号,名称,类型,语言,节奏,安静时段,状态,最近送达,原因",
        "Id,Label,Kind,Language,Rhythm,Quiet,State,Last sent,Reason",
    ).split(",")
    rows = [
        (
            one["id"],
            one["label"],
            one["scheme"],
            one["language"],
            one["rhythm"],
            f"{one['quiet_since']}–{one['quiet_until']}" if one["quiet_since"] else "—",
            _state(one["state"], screen),
            _moment(one["last_ok_at"], screen),
            one["last_error"] or "—",
        )
        for one in channels
    ]
    screen.show({"items": channels}, Grid(columns, rows))


def _state(state: str, screen: Screen) -> str:
    words = {"active": "启用", "disabled": "已停用", "dead": "■ 失效"}
    return screen.say(words.get(state, state), "■ dead" if state == "dead" else state)


def _moment(at: str | None, screen: Screen) -> str:
    from datetime import datetime

    from groundwork.console import words

    return words.moment(datetime.fromisoformat(at), screen.language) if at else "—"
