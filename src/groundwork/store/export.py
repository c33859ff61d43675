"""The record as JSON Lines, to be kept elsewhere and checked without a database.

One line per event, in order, and after each chain a line with its head:

    {"chain_id", "seq", "recorded_at", "prev_hash", "hash", "event"}
    {"chain_id", "head": {"seq", "hash"}}

An export that was kept is also the answer to somebody who rewrites a whole history: no forged chain
ends in the hash that the export has for the same number.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.store.audit import entries, heads, one_moment
from groundwork.store.ledger import ChainCheck, Entry, Finding, Head, Kind


async def export(engine: AsyncEngine, chain_id: str | None = None) -> AsyncIterator[bytes]:
    """The lines of one chain or of all, each with its line feed."""
    async with one_moment(engine) as connection:
        async for current, head in heads(connection, chain_id):
            for entry in await entries(connection, current):
                yield _line(
                    {
                        "chain_id": current,
                        "seq": entry.seq,
                        "recorded_at": entry.recorded_at,
                        "prev_hash": entry.prev_hash,
                        "hash": entry.hash,
                        "event": entry.body,
                    }
                )
            if head is not None:
                yield _line({"chain_id": current, "head": {"seq": head.seq, "hash": head.hash}})


def verify_export(lines: Iterable[bytes | str]) -> list[Finding]:
    """Find events that were changed, dropped, moved or slipped in since they were recorded."""
    findings: list[Finding] = []
    check = None
    for number, line in enumerate(lines, start=1):
        parsed = _parse(line)
        if parsed is None:
            findings.append(_unreadable(number))
            continue
        chain_id, content = parsed
        if check is None or check.chain_id != chain_id:
            findings += _unfinished(check)
            check = ChainCheck(chain_id, None)
        if isinstance(content, Entry):
            findings += check.show(content)
        else:
            check.head = content
            findings += check.finish()
            check = None
    return findings + list(_unfinished(check))


def _unfinished(check: ChainCheck | None) -> Iterator[Finding]:
    return check.finish() if check else iter(())


def _parse(line: bytes | str) -> tuple[str, Entry | Head] | None:
    try:
        content = orjson.loads(line)
        if "head" in content:
            return content["chain_id"], Head(content["head"]["seq"], content["head"]["hash"])
        return content["chain_id"], Entry(
            seq=content["seq"],
            recorded_at=datetime.fromisoformat(content["recorded_at"]),
            body=content["event"],
            prev_hash=content["prev_hash"],
            hash=content["hash"],
        )
    except (KeyError, TypeError, ValueError):
        return None


def _unreadable(number: int) -> Finding:
    detail = f"line {number} is not a line of an export"
    return Finding(chain_id="", seq=None, kind=Kind.UNREADABLE, detail=detail)


def _line(content: dict[str, Any]) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE)
