"""What can go wrong with tracking codes, public progress and saved views.

By code: the status, the title in both languages, and what is wrong and what to do in both.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

READER_PROBLEMS: Final[Mapping[str, tuple[int, str, str, str, str]]] = MappingProxyType(
    {
        "tracking_code_unknown": (
            404,
            "没有这个跟踪码",
            "No such tracking code",
            "没有项目使用这个跟踪码，它可能已经更换。请向项目管家或项目经理索取现用的跟踪码。",
            "No project has this tracking code; it may have been renewed. Ask the housekeeper or"
            " the project manager for the one in use.",
        ),
        "tracking_code_mistyped": (
            422,
            "跟踪码输入有误",
            "The tracking code is mistyped",
            "这不是完整的跟踪码，请逐字核对：共20个字符，分五组，不含元音字母，"
            "也不含0、1、B、G、L、Q、S、Z。",
            "This cannot be a tracking code. Compare it character by character: 20 of them in five"
            " groups, without vowels and without 0, 1, B, G, L, Q, S or Z.",
        ),
        "request_too_slow": (
            408,
            "请求传输过慢",
            "The request comes too slowly",
            "请求内容传输过慢，连接已断开。请检查网络后重试；写入请使用同一幂等键。",
            "The request's content came too slowly. Check the network and try again, writes with"
            " the same idempotency key.",
        ),
        "request_too_long": (
            503,
            "办理超时",
            "It took too long",
            "服务器未能及时办完，请稍后以同一幂等键重试。",
            "It could not be done in time. Try again, writes with the same idempotency key.",
        ),
        "too_many_requests": (
            429,
            "查询过于频繁",
            "Too many requests",
            "查询过于频繁，请在 {seconds} 秒后重试。",
            "There were too many look-ups from here. Try again in {seconds} seconds.",
        ),
        "view_not_found": (
            404,
            "视图不存在",
            "No such view",
            "您没有编号为 {view} 的视图，它可能已被删除。",
            "You keep no view {view}; it may have been deleted.",
        ),
        "view_exists": (
            409,
            "视图名称已使用",
            "The name is taken",
            "您在这个列表中已有名为“{name}”的视图，请换一个名称。",
            "You keep a view named “{name}” of this list already. Choose another name.",
        ),
        "too_many_views": (
            409,
            "视图过多",
            "Too many views",
            "每个列表最多保存 {limit} 个视图，请先删除不用的。",
            "You keep {limit} views of this list, as many as there may be. Delete one first.",
        ),
    }
)
