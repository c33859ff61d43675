"""What helps where a chain's history cannot be read, in Chinese and in English."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from groundwork.console.reconciling import Comparison

KEY_MISSING: Final = (
    "本机密钥环缺少其密钥：请把本安装的 payload-keys.json 复制到本机，或在工作进程所在的机器上运行",
    "The key ring here lacks its key: copy payload-keys.json of the installation to "
    "this machine, or run this on the machine of a worker",
)
NEVER_RECORDED: Final = (
    "不是经接口启动的，或其输入已损坏，台账从无记录：请在 Temporal 界面终止它（More Actions）",
    "Something else than the API started it, or its input is damaged, and nothing of it was ever "
    "recorded: terminate it in the Temporal UI (More Actions)",
)
_REMEDIES: Final = {
    "key_missing": KEY_MISSING,
    "damaged": (
        "数据已损坏：用 groundwork ops restart 按台账继续",
        "It is damaged: let the chain go on from its record with groundwork ops restart",
    ),
    "other_code": (
        "本版本无法重放：请用写入它的版本运行，或用 groundwork ops restart 按台账继续",
        "This release cannot replay it: use the release that made it, or let the chain go on from "
        "its record with groundwork ops restart",
    ),
    "gone": (
        "引擎已不再保留其一部分：请恢复较新的台账备份",
        "Part of it is kept no more: restore a newer backup of the record",
    ),
}


def remedy(found: "Comparison") -> tuple[str, str]:
    """What helps where a history cannot be read."""
    if found.why == "damaged" and not found.recorded:
        return NEVER_RECORDED
    return _REMEDIES[found.why or "other_code"]
