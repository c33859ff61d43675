"""The lists that people look at all day, read as fast as the driver can.

`HotLists` gives what `Reads` gives for a fifth of the processor time: connections of its own,
statements that are put together once, and rows that leave the database as JSON already.
"""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final, NamedTuple

from psycopg import AsyncConnection, OperationalError
from psycopg.errors import QueryCanceled
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composable, Composed, Identifier, Placeholder
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from sqlalchemy import URL, Column, Table

from groundwork.store.engine import database_url
from groundwork.store.errors import clean_errors
from groundwork.store.paging import Order, _decode, _encode
from groundwork.store.reach import reach_parameter, within_sql
from groundwork.store.reads import ALL_CHAINS, ChainFilter
from groundwork.store.tables import ChainRow, StepRow, table

WAIT_SECONDS: Final = 1.0
"""How long a reader waits for a connection while the database is away.

The pool also gives up after so long, and begins anew when the next reader asks.
"""
STATEMENT_MILLISECONDS: Final = 5_000

_CHAIN = table(ChainRow)
_STEP = table(StepRow)

_CHAIN_ORDER = Order([_CHAIN.c.act_by, _CHAIN.c.id])
_INBOX_ORDER = Order([_STEP.c.act_by, _STEP.c.chain_id, _STEP.c.key])
_CONSULTATION_ORDER = Order([_STEP.c.reply_on, _STEP.c.chain_id, _STEP.c.key])

Names = str
"""A JSON object with the names of chains (`chain`) and of their steps (`chain/step`)."""

_LISTS: Final = SQL(
    "SELECT row_to_json(item)::text, {order} FROM {table}"
    " JOIN project ON project.code = {table}.project_code"
    " CROSS JOIN LATERAL (SELECT {shown}, project.name AS project_name, project.enterprise) item"
    " WHERE {conditions} ORDER BY {order} LIMIT %(limit)s"
)
_OPEN_THERE: Final = SQL(
    "EXISTS (SELECT FROM step"
    " WHERE step.chain_id = chain.id AND step.open AND step.department = %(department)s)"
)
_CHAIN_CONDITIONS: Final = {"department": _OPEN_THERE, "reach": within_sql(_CHAIN.name)}
_INBOX_CONDITIONS: Final = {
    "reach": within_sql(_STEP.name),
    "assignee": SQL("step.assignee = ANY(%(assignee)s)"),
    "kind": SQL("split_part(step.chain_id, '.', 1) = %(kind)s"),
    "text": SQL(
        "(item.name ILIKE %(text)s OR project.name ILIKE %(text)s"
        " OR project.enterprise ILIKE %(text)s OR step.project_code ILIKE %(text)s"
        " OR step.key ILIKE %(text)s)"
    ),
    "due_by": SQL("(step.act_by <= %(due_by)s AND step.light <> 'red')"),
}
"""Filters of an inbox that are no plain comparison of a column."""
_NAME: Final = SQL("COALESCE(%(names)s::jsonb ->> ({key}), {otherwise}) AS {name}")
_STEP_NAME: Final = SQL(
    "COALESCE(%(names)s::jsonb ->> ({kind} || '/' || {step}),"
    " (%(names)s::jsonb ->> ({kind} || '/' || split_part({step}, '.', 1))) || COALESCE("
    "' · ' || (SELECT unit.name FROM unit"
    " WHERE unit.chain_id = {chain} AND unit.id = split_part({step}, '.', 2)), ''),"
    " {step}) AS {name}"
)
"""A phase has a name of its own; a unit's is put behind that of its step."""
_OF_STEP: Final = _STEP_NAME.format(
    kind=SQL("split_part(step.chain_id, '.', 1)"),
    step=SQL("step.key"),
    chain=SQL("step.chain_id"),
    name=Identifier("name"),
)
_NO_DAY: Final = SQL("NULLIF(act_by, '9999-12-31') AS act_by")


class JsonPage(NamedTuple):
    """Some items of a list, each a JSON object, and the cursor of the page after them."""

    items: list[str]
    next: str | None


class HotLists:
    """Chains and inboxes, page by page. Open it before use; close it at the end."""

    def __init__(self, url: str | URL, *, pool_size: int = 8) -> None:
        plain = database_url(url).set(drivername="postgresql")
        self._pool: AsyncConnectionPool[AsyncConnection[TupleRow]] = AsyncConnectionPool(
            plain.render_as_string(hide_password=False),
            kwargs={
                "autocommit": True,
                "application_name": "groundwork lists",
                "options": f"-c statement_timeout={STATEMENT_MILLISECONDS} -c timezone=UTC",
            },
            min_size=1,
            max_size=pool_size,
            timeout=WAIT_SECONDS,
            reconnect_timeout=WAIT_SECONDS,
            open=False,
        )

    async def open(self) -> None:
        """Begin to connect. The database does not have to answer yet."""
        await self._pool.open(wait=False)

    async def close(self) -> None:
        """End every connection."""
        await self._pool.close()

    async def chains(
        self,
        which: ChainFilter = ALL_CHAINS,
        *,
        names: Names,
        cursor: str | None = None,
        limit: int = 50,
    ) -> JsonPage:
        """Chains by the day on which something must be done next.

        With their project's name, their own as `name`, and the next step's as `next_due_step_name`.
        """
        wanted = _given(which._asdict()) | _given({"reach": reach_parameter()})
        statement = _chains(tuple(wanted), follows=cursor is not None)
        return await self._page(statement, wanted | {"names": names}, _CHAIN_ORDER, cursor, limit)

    async def inbox(  # noqa: PLR0913 -- a list's filters and its page, each by its name
        self,
        department: str,
        *,
        names: Names,
        light: str | None = None,
        waiting_on: str | None = None,
        assignees: Sequence[str] | None = None,
        kind: str | None = None,
        text: str | None = None,
        due_by: date | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> JsonPage:
        """The open steps of a department with their names, by the day on which it must act.

        `act_by` is null where no limit runs; such steps come last. `assignees` keeps the steps in
        the charge of one of them, `kind` those of chains of that definition, `due_by` those that
        must be acted on by then and are not overdue, and `text` those whose step, project or
        enterprise holds it.
        """
        wanted = _given({"department": department, "light": light, "waiting_on": waiting_on})
        wanted |= _given({"assignee": None if assignees is None else list(assignees)})
        wanted |= _given({"kind": kind, "due_by": due_by, "text": text and _holding(text)})
        wanted |= _given({"reach": reach_parameter(department)})
        statement = _inbox(tuple(wanted), follows=cursor is not None)
        return await self._page(statement, wanted | {"names": names}, _INBOX_ORDER, cursor, limit)

    async def consultations(
        self, department: str, *, names: Names, cursor: str | None = None, limit: int = 50
    ) -> JsonPage:
        """The steps on which a department's opinion is awaited, by the day to reply by."""
        wanted = {"department": department} | _given({"reach": reach_parameter(department)})
        statement = _consultations(limited="reach" in wanted, follows=cursor is not None)
        parameters = wanted | {"names": names}
        return await self._page(statement, parameters, _CONSULTATION_ORDER, cursor, limit)

    async def _page(
        self,
        statement: bytes,
        parameters: dict[str, Any],
        order: Order,
        cursor: str | None,
        limit: int,
    ) -> JsonPage:
        parameters["limit"] = limit + 1
        if cursor is not None:
            last = _decode(cursor, order.columns)
            parameters |= {
                f"after_{column.name}": value
                for column, value in zip(order.columns, last, strict=True)
            }
        with clean_errors():
            rows = await self._fetch(statement, parameters)
        items = [row[0] for row in rows[:limit]]
        return JsonPage(items, _encode(list(rows[limit - 1][1:])) if len(rows) > limit else None)

    async def _fetch(self, statement: bytes, parameters: dict[str, Any]) -> list[TupleRow]:
        try:
            return await self._fetch_once(statement, parameters)
        except (PoolTimeout, QueryCanceled):
            raise
        except OperationalError:
            # The database was restarted: connections from before are of no use.
            await self._pool.check()
            return await self._fetch_once(statement, parameters)

    async def _fetch_once(self, statement: bytes, parameters: dict[str, Any]) -> list[TupleRow]:
        async with self._pool.connection() as connection:
            return await (await connection.execute(statement, parameters)).fetchall()


def _holding(text: str) -> str:
    """The pattern of whatever holds a text; what it contains means itself."""
    escaped = text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"


def _given(asked: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if value is not None}


@lru_cache(maxsize=256)
def _chains(wanted: tuple[str, ...], *, follows: bool) -> bytes:
    """The list of chains under these filters; `follows` when it goes on after a cursor."""
    renamed = {"definition": "definition_id", "project": "project_code"}
    conditions = [
        _CHAIN_CONDITIONS.get(name) or _equal(_CHAIN.c[renamed.get(name, name)], Placeholder(name))
        for name in wanted
    ]
    hidden = {"snapshot", "head_hash", "act_by"}
    shown = [
        *(_name(column) for column in _CHAIN.c if column.name not in hidden),
        _named("name", SQL("definition_id"), SQL("definition_id")),
        _STEP_NAME.format(
            kind=SQL("definition_id"),
            step=SQL("next_due_step"),
            chain=SQL("chain.id"),
            name=Identifier("next_due_step_name"),
        ),
    ]
    return _list(_CHAIN, shown, conditions, _CHAIN_ORDER, follows=follows)


@lru_cache(maxsize=128)
def _inbox(wanted: tuple[str, ...], *, follows: bool) -> bytes:
    """A department's open steps under these filters."""
    conditions = [
        SQL("step.open"),
        *(
            _INBOX_CONDITIONS.get(name) or _equal(_STEP.c[name], Placeholder(name))
            for name in wanted
        ),
    ]
    hidden = {"open", "decided_at", "result", "act_by", "awaited", "reply_on", "visit_on"}
    shown = [
        *(_name(column) for column in _STEP.c if column.name not in hidden),
        _NO_DAY,
        _OF_STEP,
    ]
    return _list(_STEP, shown, conditions, _INBOX_ORDER, follows=follows)


@lru_cache(maxsize=4)
def _consultations(*, limited: bool, follows: bool) -> bytes:
    """The steps that await a department's opinion; `limited` to the reader's reach."""
    conditions: list[Composable] = [
        SQL("step.awaited <> '{}'::text[] AND step.awaited @> ARRAY[%(department)s]::text[]")
    ]
    conditions += [within_sql(_STEP.name)] if limited else []
    shown = [
        *(
            _name(_STEP.c[name])
            for name in ("chain_id", "key", "unit", "project_code", "stage", "state", "light")
        ),
        SQL("step.department AS lead"),
        _OF_STEP,
        *(_name(_STEP.c[name]) for name in ("reply_on", "visit_on", "due_on", "due_provisional")),
    ]
    return _list(_STEP, shown, conditions, _CONSULTATION_ORDER, follows=follows)


def _list(
    of: Table,
    shown: Sequence[Composable],
    conditions: Sequence[Composable],
    order: Order,
    *,
    follows: bool,
) -> bytes:
    columns = [_name(column) for column in order.columns]
    if follows:
        after = [Placeholder(f"after_{column.name}") for column in order.columns]
        conditions = [*conditions, SQL("({}) > ({})").format(_commas(columns), _commas(after))]
    return _LISTS.format(
        shown=_commas(shown),
        table=Identifier(of.name),
        conditions=SQL(" AND ").join(conditions) if conditions else SQL("true"),
        order=_commas(columns),
    ).as_bytes()


def _named(name: str, key: SQL, otherwise: SQL) -> Composed:
    return _NAME.format(name=Identifier(name), key=key, otherwise=otherwise)


def _equal(column: Column[Any], value: Placeholder) -> Composed:
    return SQL("{} = {}").format(_name(column), value)


def _name(column: Column[Any]) -> Identifier:
    return Identifier(column.table.name, column.name)


def _commas(parts: Sequence[Composable]) -> Composed:
    joined: Composed = SQL(", ").join(parts)
    return joined
