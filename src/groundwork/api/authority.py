"""The policy as a page for people: `docs/authority.md`, which a test holds to what is written here.

`python -m groundwork.api.authority > docs/authority.md` writes it anew.
"""

import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from groundwork.domain.definition import Text
from groundwork.domain.model import Role
from groundwork.domain.names import ACTIONS, ROLES
from groundwork.domain.policy import (
    OWN_DEPARTMENT,
    OWN_PARK,
    PERMITTED,
    RIGHTS,
    ROWS,
    Rows,
    permits,
    possible,
)

COLUMNS: Final = tuple(role for role in Role if role is not Role.SYSTEM)

_ROWS: Final[Mapping[Rows, Text]] = MappingProxyType(
    {
        Rows.ALL: Text(zh="全部", en="everything"),
        Rows.ENTERPRISES: Text(
            zh="授予其的企业的项目", en="projects of the enterprises given to them"
        ),
        Rows.PARKS: Text(zh="授予其的园区的项目", en="projects in the parks given to them"),
        Rows.PROJECTS: Text(zh="单独授予其的项目", en="projects given to them one by one"),
        Rows.KEPT: Text(zh="本人负责或录入的项目", en="projects they keep or entered themselves"),
        Rows.DEPARTMENT: Text(
            zh="有本部门牵头或会商环节的项目",
            en="projects in which their department leads a step or is consulted",
        ),
    }
)

_CONDITIONS: Final = (
    (OWN_DEPARTMENT, Text(zh="部门人员限本部门环节", en="desks: on their own department's steps")),
    (OWN_PARK, Text(zh="项目管家限授予的园区", en="housekeepers: in the parks given to them")),
    (RIGHTS, Text(zh="须管理员另行授权", en="with the right given by an administrator")),
)

OPEN_TO_ALL: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "GET /healthz": Text(zh="服务是否运行", en="whether the service lives"),
        "GET /readyz": Text(zh="服务是否就绪", en="whether the service is ready"),
        "GET /demonstration": Text(
            zh="是否演示，演示中的虚构人员", en="whether this is a demonstration, and its cast"
        ),
        "GET /assets/{name}": Text(zh="文书样式", en="the style sheet of papers"),
        "GET /static/{name}": Text(zh="网页样式和脚本", en="styles and scripts of pages"),
        "GET /sign-in": Text(zh="登录页", en="the page to sign in"),
        "POST /sign-in": Text(zh="登录", en="signing in"),
        "POST /sign-in/provider": Text(
            zh="转到统一身份认证登录", en="leads on to the identity provider"
        ),
        "GET /sign-in/callback": Text(
            zh="从统一身份认证返回并登录", en="coming back from the identity provider, signing in"
        ),
        "OPTIONS /codec/decode": Text(
            zh="浏览器在解码前的询问，不含数据", en="what a browser asks before it decodes; no data"
        ),
        "POST /codec/decode": Text(
            zh="为 Temporal 界面解码；自行核对令牌和 `read_payloads` 权限",
            en="decoding for the Temporal UI; asks for the right `read_payloads` itself",
        ),
        "POST /sign-out": Text(zh="退出", en="signing out"),
        "POST /sign-out/provider": Text(
            zh="统一身份认证系统通知某人已退出；自行核对其签名",
            en="the identity provider says who signed out; its signature lets it in",
        ),
        "GET /confirm": Text(
            zh="再次确认身份的页面，未登录的转到登录页", en="the page to confirm who one is"
        ),
        "GET /chains/{chain_id}/steps/{key}/{verb}": Text(
            zh="转到环节页，不读取任何内容", en="leads on to the step's page, and reads nothing"
        ),
        "GET /progress": Text(zh="公众进度查询页", en="the public's page of progress"),
        "POST /progress": Text(
            zh="凭跟踪码查询进度，限制次数", en="progress by tracking code, so many times"
        ),
        "GET /progress/{code}.json": Text(
            zh="凭跟踪码查询进度，限制次数", en="progress by tracking code, so many times"
        ),
        "GET /feeds/{token}.ics": Text(
            zh="凭私人链接读取日历，范围与本人相同",
            en="due dates by a private link, within the reach of whose it is",
        ),
    }
)
"""Addresses that ask nobody who they are, or ask by themselves, and what each gives."""

_HEAD: Final = """\
# 谁可以做什么 · Who may do what

<!-- Written by `python -m groundwork.api.authority`; a test holds it to the policy. -->

一张表管住接口、网页和命令行：角色（列）× 操作（行）× 条件。每个地址都写明需要哪项操作，没有写明的，
构建不通过。查询另按范围过滤：看不到的办件，与不存在的办件答复完全相同（404），并记入拒绝记录
（`out_of_reach`）。件数、亮灯和效能指标也只计范围之内的；运维只看得到全部在手环节的亮灯件数。代理人和受托人同时看到被代理人的范围。授权由管理员给出和收回，见
[人员与职责](people.md#授权)。

One policy holds API, pages and CLI: roles (columns) × actions (rows) × conditions. Every address
states its action; one that does not fails the build. Queries are narrowed to what is within reach
as well: what lies beyond is answered exactly as what does not exist (404), and written down as a
refused attempt (`out_of_reach`). Totals, lights and figures of effect count what is within reach,
too; operators see how many open steps there are of all, by light. Who acts for another reaches
what they reach. Administrators give and take reach ([people](people.md)).

## 看得到哪些办件 · Whose cases

| 角色 · Role | 范围 · Reach |
|---|---|
"""

_ACTIONS: Final = """
## 可以做什么 · Actions

●：可以 · may　○：只限企业自己的环节 · on the enterprise's own steps only　空白：不可以 · may not

"""

_OPEN: Final = """
## 不问身份或自行核对的地址 · Addresses that ask nobody, or ask by themselves

| 地址 · Address | 内容 · What it gives |
|---|---|
"""


def page() -> str:
    """The whole page, in Markdown."""
    return "".join(
        (
            _HEAD,
            *(f"| {_both(ROLES[role.value])} | {_reach(role)} |\n" for role in COLUMNS),
            _ACTIONS,
            _header(),
            *(_line(action) for action in PERMITTED),
            _OPEN,
            *(f"| `{address}` | {_both(what)} |\n" for address, what in OPEN_TO_ALL.items()),
        )
    )


def _reach(role: Role) -> str:
    rows = [row for row in Rows if row in ROWS[role]]
    nothing = Text(zh="不看办件内容", en="no case content")
    told = [_ROWS[row] for row in rows] or [nothing]
    zh, en = "；".join(one.zh for one in told), "; ".join(one.en for one in told)
    return f"{zh} · {en}"


def _header() -> str:
    names = " | ".join(ROLES[role.value].zh for role in COLUMNS)
    return f"| 操作 · Action | {names} | 条件 · Condition |\n|---|{':-:|' * len(COLUMNS)}---|\n"


def _line(action: str) -> str:
    marks = " | ".join(_mark(role, action) for role in COLUMNS)
    conditions = [_both(said) for actions, said in _CONDITIONS if action in actions]
    name = ACTIONS[action]
    return f"| {name.zh} · {name.en} `{action}` | {marks} | {'；'.join(conditions)} |\n"


def _mark(role: Role, action: str) -> str:
    if permits(role, action):
        return "●"
    return "○" if possible(role, action) else ""


def _both(text: Text) -> str:
    return f"{text.zh} · {text.en}"


if __name__ == "__main__":
    sys.stdout.write(page())
