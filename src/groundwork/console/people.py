"""`groundwork people`: who may act, and their tokens; for administrators."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from groundwork.console.desk import Desk, Json, signed_in
from groundwork.console.faults import Fault
from groundwork.console.options import a_moment
from groundwork.console.screen import Block, Grid, Screen

app = typer.Typer(
    no_args_is_help=True,
    help="People and tokens (人员与令牌), for administrators.",
)

RoleName = Literal[
    "housekeeper",
    "project_manager",
    "officer",
    "section_head",
    "deputy_leader",
    "director",
    "data_bureau",
    "business_environment_office",
    "liaison_leader",
    "supervisor",
    "ops",
    "administrator",
]
PersonId = Annotated[str, typer.Argument(metavar="PERSON", help="Id of a person, such as p-1f2e….")]
ScopeName = Literal["read", "act", "admin"]
SignInName = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Name to sign in with (登录名); without it, the id."),
]
Save = Annotated[
    str | None,
    typer.Option(
        "--save",
        metavar="NAME",
        help="Save the token under this name for --as, and do not show it.",
    ),
]


@app.command("list")
@signed_in
def list_people(desk: Desk) -> None:
    """List everybody who may act, or might once."""
    from groundwork.console import words

    screen = desk.screen
    items = desk.get("/people")["items"]
    rows = [
        (
            one["id"],
            one["name"],
            words.word(words.ROLES, one["role"], screen.language),
            one["department"] or "—",
            screen.say("在岗", "active") if one["active"] else screen.say("停用", "inactive"),
        )
        for one in items
    ]
    columns = screen.say("编号,姓名,角色,部门,状态", "Id,Name,Role,Department,State").split(",")
    screen.show({"items": items}, Grid(columns, rows))


@app.command("show")
@signed_in
def show_person(desk: Desk, person: PersonId) -> None:
    """Show a person: tokens without secrets, what they were given, and who they are elsewhere."""
    from groundwork.console import words

    screen = desk.screen
    data = desk.get(f"/people/{person}")
    data["tokens"] = desk.get(f"/people/{person}/tokens")["items"]
    data["grants"] = desk.get(f"/people/{person}/grants")["items"]
    data["identities"] = desk.get(f"/people/{person}/identities")["items"]
    role = words.word(words.ROLES, data["role"], screen.language)
    rows = [
        (
            one["id"],
            one["label"],
            *(_moment(one[name], screen.language) for name in _TIMES),
        )
        for one in data["tokens"]
    ]
    columns = screen.say(
        "令牌,用途,签发,失效,撤销,最近使用", "Token,Label,Issued,Expires,Revoked,Last used"
    ).split(",")
    head = " · ".join(part for part in (data["id"], data["name"], role, data["department"]) if part)
    blocks: list[Block] = [head, *([Grid(columns, rows)] if rows else [])]
    blocks += [grants_grid(screen, data["grants"])] if data["grants"] else []
    links = [
        (
            *(one["id"], one["kind"], one["subject"]),
            *(_moment(one[name], screen.language) for name in ("linked_at", "last_used_at")),
        )
        for one in data["identities"]
    ]
    named = screen.say("关联,类别,身份,建立,最近使用", "Link,Kind,Subject,Since,Last used")
    blocks += [Grid(named.split(","), links)] if links else []
    screen.show(data, *blocks)


def grants_grid(screen: Screen, items: list[Json]) -> Grid:
    """What somebody was given, as a table."""
    from groundwork.console import words

    rows = [
        (
            words.word(words.GRANTS, one["kind"], screen.language),
            one["value"],
            one["granted_by"],
            _moment(one["granted_at"], screen.language),
        )
        for one in items
    ]
    return Grid(screen.say("授权,内容,授权人,时间", "Grant,Of,Given by,At").split(","), rows)


_TIMES = ("created_at", "expires_at", "revoked_at", "last_used_at")


def _moment(at: str | None, language: Any) -> str:
    from groundwork.console import words

    return words.moment(datetime.fromisoformat(at), language) if at else "—"


@app.command("add")
@signed_in
def add_person(
    desk: Desk,
    name: Annotated[str, typer.Argument(help="Name (姓名). It is kept apart from the record.")],
    *,
    role: Annotated[RoleName, typer.Option(help="What the person may do (角色).")],
    department: Annotated[
        str | None, typer.Option(help="For those who work on a department's steps (部门).")
    ] = None,
    save: Save = None,
    password: Annotated[
        bool, typer.Option("--password", help="Print a one-time password to sign in with.")
    ] = False,
    sign_in_name: SignInName = None,
) -> None:
    """Add a person. With --save a token is issued at once and saved for --as.

    With --password they can sign in on the pages, and choose a password of their own there.
    """
    screen = desk.screen
    body = {"name": name, "role": role} | ({"department": department} if department else {})
    person = desk.write("POST", "/people", body)
    blocks: list[Block] = [screen.say(f"已添加 {person['id']}", f"Added {person['id']}")]
    if save is not None:
        scope: ScopeName = "admin" if role == "administrator" else "act"
        issued = _issue(desk, person["id"], "groundwork people add", scope=scope)
        person["token_file"] = _saved(issued, save)
        blocks.append(
            screen.say(
                f"令牌已存入 {person['token_file']}", f"Token saved in {person['token_file']}"
            )
        )
    if password or sign_in_name:
        try:
            handed = _hand_out(desk, person["id"], sign_in_name)
        except Fault:
            # The person is there now: say under which id, to go on with `reset-password`.
            screen.show(person, *blocks)
            raise
        person["one_time"] = handed
        blocks += _told(screen, handed)
    screen.show(person, *blocks)


@app.command("reset-password")
@signed_in
def reset_password(
    desk: Desk,
    person: PersonId,
    *,
    sign_in_name: SignInName = None,
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help="Take the second factor away as well.")
    ] = False,
) -> None:
    """Print a one-time password for a person, once, and sign them out everywhere (重置密码)."""
    handed = _hand_out(desk, person, sign_in_name, second_factor=second_factor)
    desk.screen.show(handed, *_told(desk.screen, handed))


@app.command("token")
@signed_in
def issue_token(
    desk: Desk,
    person: PersonId,
    *,
    label: Annotated[str, typer.Option(help="Where it is used, for people.")] = "groundwork",
    expires: Annotated[
        datetime | None,
        typer.Option(parser=a_moment, metavar="MOMENT", help="Such as 2026-12-31T18:00+08:00."),
    ] = None,
    scope: Annotated[
        ScopeName, typer.Option(help="What it is good for, of what the person may do.")
    ] = "act",
    save: Save = None,
) -> None:
    """Issue a token. It is shown this once; only its hash is kept. Without --expires it lapses."""
    screen = desk.screen
    issued = _issue(desk, person, label, expires, scope=scope)
    if save is None:
        screen.show(
            issued, screen.say(f"令牌 {issued['id']}：", f"Token {issued['id']}:"), issued["secret"]
        )
        return
    path = _saved(issued, save)
    screen.show(
        {"id": issued["id"], "person_id": person, "token_file": path},
        screen.say(f"令牌 {issued['id']} 已存入 {path}", f"Token {issued['id']} saved in {path}"),
    )


@app.command("revoke")
@signed_in
def revoke_token(
    desk: Desk,
    person: PersonId,
    token: Annotated[str, typer.Argument(metavar="TOKEN", help="Id of the token: t-….")],
) -> None:
    """Refuse a token from now on."""
    desk.write("DELETE", f"/people/{person}/tokens/{token}")
    screen = desk.screen
    screen.show({"revoked": token}, screen.say(f"已撤销 {token}", f"Revoked {token}"))


@app.command("link")
@signed_in
def link(
    desk: Desk,
    person: PersonId,
    subject: Annotated[
        str, typer.Argument(metavar="SUBJECT", help="The provider's id of them: `sub`.")
    ],
    *,
    system: Annotated[
        bool, typer.Option("--system", help="It is a system's, with client credentials.")
    ] = False,
) -> None:
    """Have a subject of the identity provider mean a person here (关联身份认证)."""
    body = {"subject": subject, "kind": "system" if system else "person"}
    linked = desk.write("POST", f"/people/{person}/identities", body)
    screen = desk.screen
    screen.show(linked, screen.say(f"已关联 {linked['id']}", f"Linked: {linked['id']}"))


@app.command("unlink")
@signed_in
def unlink(
    desk: Desk,
    person: PersonId,
    link_id: Annotated[str, typer.Argument(metavar="LINK", help="Id of the link: l-….")],
) -> None:
    """End a link, and sign the person out everywhere (解除关联)."""
    desk.write("DELETE", f"/people/{person}/identities/{link_id}")
    screen = desk.screen
    screen.show({"ended": link_id}, screen.say(f"已解除 {link_id}", f"Ended {link_id}"))


@app.command("deactivate")
@signed_in
def deactivate(
    desk: Desk,
    person: PersonId,
    *,
    leave_work: Annotated[
        bool,
        typer.Option(
            "--leave-work", help="Even though open work is left; it stays in their charge."
        ),
    ] = False,
) -> None:
    """Refuse a person and all their tokens from now on (离岗). What they did stays on record.

    Refused while open work is left: see `people work`, and hand it over with `people reassign`.
    """
    query = "?leave_work=true" if leave_work else ""
    desk.write("DELETE", f"/people/{person}{query}")
    screen = desk.screen
    screen.show({"deactivated": person}, screen.say(f"已停用 {person}", f"Deactivated {person}"))


def _hand_out(
    desk: Desk, person: str, sign_in_name: str | None, *, second_factor: bool = False
) -> Json:
    body: Json = {"sign_in_name": sign_in_name} if sign_in_name else {}
    body |= {"second_factor": True} if second_factor else {}
    return desk.write("POST", f"/people/{person}/password", body)


def _told(screen: Screen, handed: Json) -> list[Block]:
    until = _moment(handed["lapses_at"], screen.language)
    return [
        screen.say(
            f"登录名 {handed['sign_in_name']}，一次性密码（只显示这一次，{until}前有效）：",
            f"Sign-in name {handed['sign_in_name']}; one-time password, shown this once, good"
            f" until {until}:",
        ),
        handed["password"],
    ]


def _issue(
    desk: Desk,
    person: str,
    label: str,
    expires: datetime | None = None,
    *,
    scope: ScopeName = "act",
) -> Json:
    body = {"label": label, "scope": scope} | (
        {"expires_at": expires.isoformat()} if expires else {}
    )
    return desk.write("POST", f"/people/{person}/tokens", body)


def _saved(issued: Json, name: str) -> str:
    from groundwork.console import tokens
    from groundwork.runtime.demonstration import in_use
    from groundwork.runtime.settings import load_settings

    path: Path = tokens.save(in_use(load_settings()).data_dir, name, issued["secret"])
    return str(path)
