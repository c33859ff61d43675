"""What can go wrong with notices, channels, webhooks and calendar links.

By code: the status, the title in both languages, and what is wrong and what to do in both.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

POST_PROBLEMS: Final[Mapping[str, tuple[int, str, str, str, str]]] = MappingProxyType(
    {
        "notice_not_found": (
            404,
            "通知不存在",
            "No such notice",
            "您没有编号为 {notice} 的通知。请核对编号。",
            "You have no notice {notice}. Compare the id.",
        ),
        "channel_not_found": (
            404,
            "渠道不存在",
            "No such channel",
            "您没有编号为 {channel} 的通知渠道。请核对编号。",
            "You have no channel {channel}. Compare the id.",
        ),
        "webhook_not_found": (
            404,
            "Webhook 不存在",
            "No such webhook",
            "没有编号为 {webhook} 的 Webhook。请核对编号。",
            "There is no webhook {webhook}. Compare the id.",
        ),
        "feed_not_found": (
            404,
            "日历链接不存在",
            "No such calendar link",
            "您没有编号为 {feed} 的日历链接。请核对编号。",
            "You have no calendar link {feed}. Compare the id.",
        ),
        "channel_not_active": (
            409,
            "渠道未启用",
            "The channel is not active",
            "渠道 {channel} 已停用。请先启用，再发送测试。",
            "The channel {channel} is not in use. Enable it first, then send a test.",
        ),
        "channel_address_invalid": (
            422,
            "渠道地址无法使用",
            "The channel's address cannot be used",
            "渠道地址无法使用。请填写 mailto: 加邮箱地址，"
            "或 docs/notices.md 所列类型的 Apprise 地址。",
            "The channel's address cannot be used. Write mailto: and an e-mail address, or an"
            " Apprise URL of a kind that docs/notices.md lists.",
        ),
        "webhook_address_refused": (
            422,
            "Webhook 地址不被允许",
            "The webhook's address is refused",
            "Webhook 地址不被允许（{reason}）。须为公网 https 地址；内网主机由运维列入"
            " GROUNDWORK_TRUSTED_HOSTS。",
            "The webhook's address is refused ({reason}). It must be https and public; operators"
            " list inner hosts in GROUNDWORK_TRUSTED_HOSTS.",
        ),
    }
)
