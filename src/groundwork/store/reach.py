"""Whose rows a statement may return: the one condition that every query of cases carries.

The reach of who asks is set where they come in and travels with their request, as its language
does; what runs by itself, such as a worker, has no reader and sees everything.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from psycopg.sql import SQL, Composed, Identifier
from sqlalchemy import ColumnElement, Text, any_, bindparam, false, literal, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.reach import EVERYTHING, Reach
from groundwork.store.engine import autocommit
from groundwork.store.people_tables import ProjectKeyRow
from groundwork.store.tables import table

_KEY = table(ProjectKeyRow)
_REACH: Final[ContextVar[Reach]] = ContextVar("reach", default=EVERYTHING)


def look_with(reach: Reach) -> None:
    """From here on, what this request or task reads is limited to the reach."""
    _REACH.set(reach)


@contextmanager
def looking_with(reach: Reach) -> Iterator[None]:
    """Read with another reach for a while, as for somebody else."""
    token = _REACH.set(reach)
    try:
        yield
    finally:
        _REACH.reset(token)


def reach_now() -> Reach:
    """With what reach rows are read now."""
    return _REACH.get()


def reach_into(department: str | None) -> Reach:
    """With what reach rows of one department, or of all, are read now: whoever is of a department
    reaches all of its rows.
    """
    reach = _REACH.get()
    whole = department is not None and reach.holds("department", department)
    return EVERYTHING if whole else reach


def within(project_code: ColumnElement[Any]) -> ColumnElement[bool]:
    """The condition that the project of that code is within the reader's reach."""
    reach = _REACH.get()
    if reach.everything:
        return true()
    if not reach.keys:
        return false()
    keys = bindparam("reach", sorted(reach.keys), type_=ARRAY(Text()))
    shared = (_KEY.c.project_code == project_code, _KEY.c.key == any_(keys))
    return select(literal(1)).select_from(_KEY).where(*shared).correlate_except(_KEY).exists()


def within_desk(project_code: ColumnElement[Any], department: str | None) -> ColumnElement[bool]:
    """The same for rows of one department (`reach_into`)."""
    return true() if reach_into(department).everything else within(project_code)


def within_sql(table_name: str) -> Composed:
    """The same as `within` for a statement of the driver's, on the table's `project_code`; its
    parameter is `reach` (`reach_parameter`).
    """
    return SQL(
        "EXISTS (SELECT FROM project_key WHERE project_key.project_code = {}"
        " AND project_key.key = ANY(%(reach)s))"
    ).format(Identifier(table_name, "project_code"))


def reach_parameter(department: str | None = None) -> list[str] | None:
    """The keys that such a statement asks for; None when it needs no condition."""
    reach = reach_into(department)
    return None if reach.everything else sorted(reach.keys)


class ProjectKeys:
    """Reads what keys projects hold."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def one_within(self, key: str) -> bool:
        """Whether a project that holds the key is within the reader's reach."""
        held = _KEY.alias("held")
        query = select(literal(1)).where(held.c.key == key, within(held.c.project_code)).limit(1)
        async with autocommit(self._engine) as connection:
            return (await connection.execute(query)).one_or_none() is not None

    async def of(self, codes: Iterable[str]) -> dict[str, frozenset[str]]:
        """The keys of these projects; one that is not there has none."""
        wanted = sorted(set(codes))
        found: dict[str, set[str]] = {code: set() for code in wanted}
        query = select(_KEY).where(_KEY.c.project_code.in_(wanted))
        async with autocommit(self._engine) as connection:
            for code, key in await connection.execute(query):
                found[code].add(key)
        return {code: frozenset(keys) for code, keys in found.items()}
