"""Where a reader may go: the places of the navigation, by role."""

from typing import Final, NamedTuple
from urllib.parse import quote

from groundwork.domain.definition import Text
from groundwork.domain.model import Actor


class Place(NamedTuple):
    """An entry of the navigation, and the action that opens it."""

    href: str
    name: Text
    action: str

    def holds(self, path: str) -> bool:
        """Whether an address lies in this place."""
        return path == self.href or (self.href != "/" and path.startswith(f"{self.href}/"))


def _place(href: str, zh: str, en: str, action: str) -> Place:
    return Place(href, Text(zh=zh, en=en), action)


_COMMON: Final = (
    _place("/projects", "项目", "Projects", "read_cases"),
    _place("/launch", "启动", "Launch", "launch"),
)
_BESIDES: Final = (
    _place("/escalations", "督办", "Escalations", "read_cases"),
    _place("/commitments", "承诺", "Commitments", "read_cases"),
    _place("/deficiencies", "容缺", "Deficiencies", "read_cases"),
    _place("/kpis", "效能", "Figures", "read_kpis"),
    _place("/calendars", "日历", "Calendar", "read_catalogue"),
    _place("/definitions", "定义", "Definitions", "manage_definitions"),
    _place("/audit", "审计", "Audit", "read_audit"),
    _place("/ops", "运维", "Operations", "watch_post"),
)


def places(actor: Actor) -> tuple[Place, ...]:
    """Every place of the navigation, in order; the policy says which are open to whom."""
    home = _place("/", "首页", "Home", "read_catalogue")
    if actor.department is None:
        return (home, *_COMMON, *_BESIDES)
    inbox = _place(inbox_address(actor.department), "收件箱", "Inbox", "read_cases")
    return (home, inbox, *_COMMON, *_BESIDES)


def inbox_address(department: str) -> str:
    """Where a department's inbox is."""
    return f"/inbox/{quote(department)}"
