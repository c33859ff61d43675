"""What a page says after a write: told once, by a code that the browser kept."""

from types import MappingProxyType
from typing import Final

from groundwork.api.languages import Language, said
from groundwork.domain.definition import Text
from groundwork.domain.names import ACTIONS

SAYINGS: Final = MappingProxyType(
    {
        key: Text(zh=zh, en=en)
        for key, zh, en in (
            ("signed_in", "已登录。", "You are signed in."),
            ("saved", "已保存。", "Saved."),
            ("removed", "已删除。", "Removed."),
            ("created", "已创建。", "Created."),
            ("sent", "已提交。", "Sent."),
            ("taken_back", "已撤回，未发出。", "Taken back: nothing was sent."),
            ("too_late", "已经发出，无法撤回。", "It has been sent and cannot be taken back."),
            (
                "partly_too_late",
                "尚未发出的已撤回，其余已经发出。",
                "Taken back, except for what has been sent already.",
            ),
            ("marked_read", "已全部标为已读。", "All marked as read."),
            ("launched", "链条已启动。", "The chain is launched."),
            (
                "code_renewed",
                "已换发跟踪码，旧码已失效。请把新码告知企业。",
                "The code is renewed; the old one works no more. Tell the enterprise the new one.",
            ),
            (
                "password_changed",
                "密码已修改，其他浏览器已退出。",
                "The password is changed; other browsers are signed out.",
            ),
            ("second_factor_off", "两步验证已停用。", "The second factor is off."),
            ("published", "已发布。", "Published."),
            ("rolled_out", "正在推行。", "It is being rolled out."),
        )
    }
)
"""What pages say after a write that is no command."""

_COMMANDS: Final = MappingProxyType(
    {
        "done": Text(zh="已完成：{name}。", en="Done: {name}."),
        "pending": Text(
            zh="已收到：{name}。结果稍后显示，无需重复提交。",
            en="Received: {name}. The result follows in a moment; do not send it again.",
        ),
        "held": Text(
            zh="{name}：片刻后发出，此前可以撤回。",
            en="“{name}” will be sent in a moment; until then you can take it back.",
        ),
    }
)


def flashed(code: str, language: Language) -> str:
    """The sentence of a code: `said:` and a key of SAYINGS, or what became of a verb.

    Empty for a code of somebody's own making.
    """
    kind, _, name = code.partition(":")
    if kind == "said" and name in SAYINGS:
        return said(SAYINGS[name], language)
    if kind in _COMMANDS and name in ACTIONS:
        return said(_COMMANDS[kind], language).format(name=said(ACTIONS[name], language))
    return ""
