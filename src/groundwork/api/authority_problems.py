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
        "credit_subject_not_found": (
            404,
            "未找到该信用主体",
            "No such subject of credit",
            "在您可查看的范围内没有这个企业。请核对统一社会信用代码；需要查看的，请联系系统管理员授权。",
            "There is no such enterprise within your reach. Compare the unified social credit code;"
            " if you need to see it, ask an administrator.",
        ),
        "park_not_given": (
            403,
            "不在您的园区",
            "Not in your park",
            "区划 {district} 不在您负责的园区内。请核对区划，或联系系统管理员授权。",
            "District {district} is not one of your parks. Compare the district, or ask an"
            " administrator to give it to you.",
        ),
        "district_elsewhere": (
            403,
            "区划与项目代码不符",
            "The district is not where the code says",
            "项目代码所在地区为 {region}，不含区划 {district}。请核对代码和区划；"
            "确在本园区的项目，请联系系统管理员录入。",
            "The project code names region {region}, which district {district} is not in. Compare"
            " both; if the project is in your park all the same, ask an administrator to enter it.",
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
