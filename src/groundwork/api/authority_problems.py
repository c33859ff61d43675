"""What can go wrong with what people are given and may reach.

By code: the status, the title in both languages, and what is wrong and what to do in both.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

AUTHORITY_PROBLEMS: Final[Mapping[str, tuple[int, str, str, str, str]]] = MappingProxyType(
    {
        "grant_not_found": (
            404,
            "没有这项授权",
            "No such grant",
            "{person} 没有这项授权。请用 groundwork people grants 查看。",
            "{person} was not given that. See groundwork people grants.",
        ),
        "grant_unfit": (
            422,
            "不能授予此人",
            "Cannot be given to this person",
            "不能授予 {person}：该角色用不到这类授权，或代码有误，或人员已离岗。",
            "It cannot be given to {person}: their role has no use for it, the code is wrong, or"
            " they left.",
        ),
    }
)
"""Codes of persons only: what was meant to be given is not said back."""
