"""The ledgers of promises (承诺台账、容缺台账): commitments and deficiencies, most urgent first."""

from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, Table, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.store.engine import autocommit
from groundwork.store.paging import Order, Page, Row, page
from groundwork.store.projection import COMMITMENT, DEFICIENCY, NO_DAY, UNIT
from groundwork.store.reach import within_desk
from groundwork.store.reads import unit_name
from groundwork.store.tables import ChainRow, ProjectRow, table

_CHAIN = table(ChainRow)
_PROJECT = table(ProjectRow)

MOST_ROWS: Final = 5000
"""How many rows a whole ledger may have; more are refused, not cut off."""


class PromiseFilter(NamedTuple):
    """Which promises to list; None means any. `open_only` leaves out those that are settled.

    `due_from` and `due_to` are days by which something must happen, both included; with `overdue`
    only open ones before that day are listed. `unit` is a unit's id.
    """

    open_only: bool = True
    department: str | None = None
    chain_id: str | None = None
    state: str | None = None
    project: str | None = None
    unit: str | None = None
    district: str | None = None
    housekeeper: str | None = None
    due_from: date | None = None
    due_to: date | None = None
    overdue: date | None = None


OPEN_PROMISES = PromiseFilter()


class PromiseReads:
    """Lists deficiencies and commitments, the most urgent first."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def deficiencies(
        self, which: PromiseFilter = OPEN_PROMISES, *, cursor: str | None = None, limit: int = 50
    ) -> Page:
        """Tolerated missing materials with their project's name, by the day they must follow."""
        return await self._page(DEFICIENCY, DEFICIENCY.c.cure_by, which, cursor, limit)

    async def commitments(
        self, which: PromiseFilter = OPEN_PROMISES, *, cursor: str | None = None, limit: int = 50
    ) -> Page:
        """Commitments with their project's name, by the day on which something must happen."""
        return await self._page(COMMITMENT, COMMITMENT.c.act_by, which, cursor, limit)

    async def every_deficiency(self, which: PromiseFilter) -> list[Row] | None:
        """All of them at one moment; None when there are more than MOST_ROWS."""
        return _all(await self.deficiencies(which, limit=MOST_ROWS))

    async def every_commitment(self, which: PromiseFilter) -> list[Row] | None:
        """All of them at one moment; None when there are more than MOST_ROWS."""
        return _all(await self.commitments(which, limit=MOST_ROWS))

    async def _page(
        self, of: Table, day: Any, which: PromiseFilter, cursor: str | None, limit: int
    ) -> Page:
        query = (
            select(
                of,
                _unit_of(of).label("unit"),
                unit_name(of.c.chain_id, of.c.step),
                _PROJECT.c.name.label("project_name"),
                _PROJECT.c.enterprise,
                _CHAIN.c.district,
                _CHAIN.c.housekeeper,
            )
            .join(_PROJECT, _PROJECT.c.code == of.c.project_code)
            .join(_CHAIN, _CHAIN.c.id == of.c.chain_id)
            .where(within_desk(of.c.project_code, which.department))
        )
        order = Order([day, of.c.chain_id, of.c.id])
        async with autocommit(self._engine) as connection:
            found = await page(connection, _narrowed(query, of, day, which), order, cursor, limit)
        for row in found.items:
            if row.get("act_by") == NO_DAY:
                row["act_by"] = None
        return found


def _all(found: Page) -> list[Row] | None:
    return None if found.next else found.items


def _unit_of(of: Table) -> ColumnElement[Any]:
    """The id of the unit that the promise's step is taken for."""
    part = func.split_part(of.c.step, ".", 2)
    of_unit = select(UNIT.c.id).where(UNIT.c.chain_id == of.c.chain_id, UNIT.c.id == part)
    return of_unit.correlate_except(UNIT).scalar_subquery()


def _narrowed(query: Select[Any], of: Table, day: Any, which: PromiseFilter) -> Select[Any]:
    equal: dict[ColumnElement[Any], Any] = {
        of.c.department: which.department,
        of.c.chain_id: which.chain_id,
        of.c.state: which.state,
        of.c.project_code: which.project,
        _CHAIN.c.district: which.district,
        _CHAIN.c.housekeeper: which.housekeeper,
        _unit_of(of): which.unit,
    }
    query = query.where(*(column == one for column, one in equal.items() if one is not None))
    if which.open_only or which.overdue is not None:
        query = query.where(of.c.closed_at.is_(None))
    if which.due_from is not None:
        query = query.where(day >= which.due_from)
    if which.due_to is not None:
        query = query.where(day <= which.due_to)
    if which.overdue is not None:
        query = query.where(day < which.overdue)
    return query
