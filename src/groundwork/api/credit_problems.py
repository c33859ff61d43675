"""What can go wrong with credit records, credit codes and the credit bureau.

By code: the status, the title in both languages, and what is wrong and what to do in both.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

CREDIT_PROBLEMS: Final[Mapping[str, tuple[int, str, str, str, str]]] = MappingProxyType(
    {
        "credit_record_not_found": (
            404,
            "信用记录不存在",
            "No such credit record",
            "没有编号为 {record} 的信用记录。请核对编号。",
            "There is no credit record {record}. Compare the id.",
        ),
        "credit_kept_elsewhere": (
            409,
            "信用记录由信用平台管理",
            "The bureau keeps the records",
            "本系统已接入信用平台，信用记录的登记、修复和公示请在平台办理。",
            "A credit bureau is connected: records are added, repaired and published there.",
        ),
        "credit_repair_too_early": (
            409,
            "未满最短期限",
            "Too early to be repaired",
            "信用记录 {record} 自 {first_day} 起方可修复。请届时再办。",
            "The credit record {record} may be repaired from {first_day} on. Come back then.",
        ),
        "credit_nothing_to_repair": (
            409,
            "无须修复",
            "Nothing to repair",
            "信用记录 {record} 已修复，无须再办。",
            "The credit record {record} is repaired already: nothing is left to do.",
        ),
        "uscc_invalid": (
            422,
            "统一社会信用代码有误",
            "The unified social credit code is not valid",
            "{finding}",
            "{finding}",
        ),
        "uscc_check_digit": (
            422,
            "统一社会信用代码校验位不符",
            "The check character of the unified social credit code does not fit",
            "{finding}办法：由有权限的经办人在 uscc_override_reason 中写明理由后重新提交。",
            "{finding} To do so, a permitted officer sends the request with the reason in"
            " uscc_override_reason.",
        ),
        "credit_unavailable": (
            503,
            "信用平台不可用",
            "The credit bureau is unavailable",
            "{reason}",
            "{reason}",
        ),
    }
)
