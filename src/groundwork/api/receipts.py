"""Receipts: what a caller holds of a write whose outcome it cannot see yet."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, Literal
from urllib.parse import quote

from fastapi import Response

from groundwork.api.answers import answer
from groundwork.api.languages import Language, said
from groundwork.domain.definition import Text
from groundwork.store.errors import StoreError

PREFIX: Final = "/api/v1"
MARK: Final = "~"
"""Between a key and the digest of what was asked with it; no key holds one."""

LOOKS: Final = (0.0, 0.005, 0.01, 0.02, 0.04, 0.08, 0.145)
"""Seconds before each look at the record: 300 ms in all."""

Status = Literal["pending", "done", "refused"]

_NOTES: Final = {
    "unknown": Text(
        zh="流程引擎尚未答复。请查询 Location；以同一幂等键原样重发也不会重复办理。",
        en="The engine has not answered yet. Ask Location; sending the same request with the same"
        " key again does no harm.",
    ),
    "invisible": Text(
        zh="请求已执行，查询页面稍后更新。",
        en="This was carried out; reads will show it in a moment.",
    ),
}


def receipt_url(chain_id: str, key: str, digest: str | None = None) -> str:
    """Where the outcome of a write can be asked for."""
    receipt = f"{key}{MARK}{digest}" if digest else key
    return f"{PREFIX}/chains/{quote(chain_id)}/receipts/{quote(receipt)}"


async def seen(look: Callable[[], Coroutine[Any, Any, bool]]) -> bool:
    """Whether the record shows something within the time that a caller is kept waiting."""
    try:
        for pause in LOOKS:
            await asyncio.sleep(pause)
            if await look():
                return True
    except StoreError:
        # The engine has the command; the record follows when the database is back.
        return False
    return False


def receipt_answer(
    chain_id: str,
    key: str,
    language: Language,
    *,
    seq: int | None,
    projected: bool,
    digest: str | None = None,
    created: bool = False,
) -> Response:
    """The answer to a write: done and to be seen, done but not to be seen yet, or not known."""
    status: Status = "pending" if seq is None else "done"
    body: dict[str, Any] = {
        "chain": chain_id,
        "key": key,
        "status": status,
        "seq": seq,
        "projected": projected,
    }
    if projected:
        place = {"Location": f"{PREFIX}/chains/{quote(chain_id)}"} if created else {}
        return answer(body, 201 if created else 200, place)
    body["note"] = said(_NOTES["unknown" if seq is None else "invisible"], language)
    headers = {"Location": receipt_url(chain_id, key, digest), "Retry-After": "1"}
    return answer(body, 202, headers)
