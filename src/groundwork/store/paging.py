"""Cursor pagination: a page ends at a row, and the next one begins after that row's sort key.

Unlike an offset this costs the same on every page, and rows that come or go elsewhere neither
repeat nor hide others.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Column, Select, TypeDecorator, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from groundwork.store.errors import BadCursor

Row = dict[str, Any]


class Page(NamedTuple):
    """Some rows of a list, and the cursor of the page after them if there is one."""

    items: list[Row]
    next: str | None


class Order(NamedTuple):
    """By what a list is ordered: together the columns are unique, and each is selected."""

    columns: Sequence[Column[Any]]
    descending: bool = False


async def page(
    connection: AsyncConnection, query: Select[Any], order: Order, cursor: str | None, limit: int
) -> Page:
    """Up to `limit` rows after the cursor. Raises BadCursor."""
    columns, descending = order
    if cursor is not None:
        key = tuple_(*columns)
        last = tuple_(*_decode(cursor, columns), types=[column.type for column in columns])
        query = query.where(key < last if descending else key > last)
    directed = [column.desc() if descending else column for column in columns]
    result = await connection.execute(query.order_by(*directed).limit(limit + 1))
    rows = [dict(row) for row in result.mappings()]
    if len(rows) <= limit:
        return Page(rows, None)
    items = rows[:limit]
    return Page(items, _encode([items[-1][column.name] for column in columns]))


def _encode(values: list[Any]) -> str:
    return urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


def _decode(cursor: str, columns: Sequence[Column[Any]]) -> list[Any]:
    try:
        values = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        pairs = zip(columns, values, strict=True)
        return [_parsed(value, _python_type(column)) for column, value in pairs]
    except (ValueError, TypeError):
        raise BadCursor(
            "cursor: this is not a cursor of this list; leave it out to begin with the first page"
        ) from None


def _parsed(value: Any, kind: type) -> Any:
    if issubclass(kind, date):
        parsed = kind.fromisoformat(value)
        if isinstance(parsed, datetime) and parsed.tzinfo is None:
            raise ValueError("a moment without its offset")
        return parsed
    if type(value) is not kind:
        raise TypeError(f"expected {kind.__name__}")
    if isinstance(value, str) and "\0" in value:
        raise ValueError("PostgreSQL has no U+0000, and no list gave out a cursor with one")
    return value


def _python_type(column: Column[Any]) -> type:
    kind = column.type
    return (kind.impl_instance if isinstance(kind, TypeDecorator) else kind).python_type
