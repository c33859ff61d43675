"""What a department's desk has to look at, in figures, and what it has done."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, func, literal, select, true
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.model import Light
from groundwork.store.engine import autocommit
from groundwork.store.paging import Order, Page, page
from groundwork.store.projection import STEP
from groundwork.store.reach import within_desk
from groundwork.store.reads import unit_name
from groundwork.store.tables import ProjectRow, table

_PROJECT = table(ProjectRow)

MOST_COUNTED: Final = 999
"""Nobody needs to know more exactly how much a department ever decided, and counting takes long."""

_DONE_ORDER: Final = Order([STEP.c.decided_at, STEP.c.chain_id, STEP.c.key], descending=True)


class DeskCounts(NamedTuple):
    """How many steps a department has open, of each kind that its inbox tells apart.

    `soon` are those to be acted on by the day asked for that are not overdue, `mine` those in the
    charge of the people asked for, and `opinions` the steps on which its opinion is awaited.
    `done`, which grows for ever, is one more than `MOST_COUNTED` where there are more.
    """

    open: int
    mine: int
    overdue: int
    soon: int
    paused: int
    done: int
    opinions: int


class Decided(NamedTuple):
    """A decided step's term, for an average."""

    accepted_at: datetime | None
    decided_at: datetime


class Desks:
    """Reads a department's desk. Nothing here writes, and each method is one statement."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def counts(
        self, department: str, *, people: Sequence[str] = (), soon: date
    ) -> DeskCounts:
        """The figures above a department's inbox; `soon` is the last day that counts as soon."""
        seen = within_desk(STEP.c.project_code, department)
        own, red = STEP.c.department == department, STEP.c.light == Light.RED
        conditions = (
            true(),
            STEP.c.assignee.in_(people),
            red,
            ~red & (STEP.c.act_by <= soon),
            STEP.c.light == Light.PAUSED,
        )
        counted = (func.count().filter(condition) for condition in conditions)
        opened = select(*counted).where(own, STEP.c.open, seen).subquery()
        # Each on its own goes by the index that has these steps alone: what is done long ago, or
        # is another department's, is not looked at.
        decided, awaited = (
            select(func.count()).select_from(found.subquery()).scalar_subquery()
            for found in (
                _steps(own, STEP.c.decided_at.is_not(None), seen).limit(MOST_COUNTED + 1),
                _steps(STEP.c.awaited != [], STEP.c.awaited.contains([department]), seen),
            )
        )
        query = select(*opened.c, decided, awaited)
        async with autocommit(self._engine) as connection:
            row = (await connection.execute(query)).one()
        return DeskCounts._make(row)

    async def done(self, department: str, *, cursor: str | None = None, limit: int = 50) -> Page:
        """What a department decided and that stands, the latest first."""
        query = (
            select(
                STEP,
                unit_name(STEP.c.chain_id, STEP.c.key),
                _PROJECT.c.name.label("project_name"),
                _PROJECT.c.enterprise,
            )
            .join(_PROJECT, _PROJECT.c.code == STEP.c.project_code)
            .where(
                STEP.c.department == department,
                STEP.c.decided_at.is_not(None),
                within_desk(STEP.c.project_code, department),
            )
        )
        async with autocommit(self._engine) as connection:
            return await page(connection, query, _DONE_ORDER, cursor, limit)

    async def decided_since(self, department: str, since: datetime) -> list[Decided]:
        """The terms of what a department decided from a moment on."""
        query = select(STEP.c.accepted_at, STEP.c.decided_at).where(
            STEP.c.department == department,
            STEP.c.decided_at >= since,
            within_desk(STEP.c.project_code, department),
        )
        async with autocommit(self._engine) as connection:
            return [Decided._make(row) for row in await connection.execute(query)]


def _steps(*which: ColumnElement[bool]) -> Select[Any]:
    """A one for every step of that kind."""
    return select(literal(1)).select_from(STEP).where(*which)
