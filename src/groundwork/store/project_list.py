"""The list of projects, each with its current chain: searched, filtered, sorted, page by page.

A project's current chain is the running one, else the one launched last (`CurrentChainRow`); a
project without a chain is in the list too. Texts are searched as parts of words, since Chinese has
no spaces to go by, and by ILIKE, since the trigram index is no part of every PostgreSQL.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    Select,
    Text,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.model import Chain, ChainState
from groundwork.store.engine import autocommit
from groundwork.store.paging import Order, Page, page
from groundwork.store.projection import COMMITMENT, DEFICIENCY, STEP
from groundwork.store.reach import reach_now, within
from groundwork.store.reads import unit_name
from groundwork.store.tables import ChainRow, CurrentChainRow, ProjectRow, table

NOT_LAUNCHED: Final = "not_launched"
"""The state of a project that has no chain yet."""

MOST_WORDS: Final = 8
"""How many words of a search count."""

_PROJECT = table(ProjectRow)
_CHAIN = table(ChainRow)
_CURRENT = table(CurrentChainRow)
_COLUMNS: Final = tuple(column.name for column in _PROJECT.columns)
_PROMISES = MappingProxyType({"open_commitments": COMMITMENT, "open_deficiencies": DEFICIENCY})


class ProjectSort(StrEnum):
    """By what projects are ordered: `risk` is the worst light first, then the next day."""

    NEWEST = "newest"
    RISK = "risk"
    DUE = "due"
    NAME = "name"
    LAUNCHED = "launched"


_SORTED_BY: Final = MappingProxyType(
    {
        ProjectSort.NEWEST: Order([_PROJECT.c.created_at, _PROJECT.c.code], descending=True),
        ProjectSort.RISK: Order([_CURRENT.c.risk, _CURRENT.c.act_by, _CURRENT.c.project_code]),
        ProjectSort.DUE: Order([_CURRENT.c.act_by, _CURRENT.c.project_code]),
        ProjectSort.NAME: Order([_PROJECT.c.name, _PROJECT.c.code]),
        ProjectSort.LAUNCHED: Order(
            [_CURRENT.c.launched_at, _CURRENT.c.project_code], descending=True
        ),
    }
)
"""Columns of one table each, which has an index of them."""


class ProjectFilter(NamedTuple):
    """Which projects to list; None means any. All but `search` is about the current chain.

    `search` is one or more words, each part of the project's name, enterprise or code. `department`
    keeps the chains in which it has an open step, one that waits on `waiting_on` if both are given.
    With `overdue`, a day, only chains are listed on which something should have been done before.
    """

    search: str | None = None
    light: str | None = None
    state: str | None = None
    definition: str | None = None
    district: str | None = None
    housekeeper: str | None = None
    department: str | None = None
    waiting_on: str | None = None
    open_commitments: bool | None = None
    open_deficiencies: bool | None = None
    overdue: date | None = None
    finished: bool | None = None


ALL_PROJECTS: Final = ProjectFilter()


class Choices(NamedTuple):
    """Which districts and housekeepers there are to choose from."""

    districts: list[str]
    housekeepers: list[str]


class ProjectList:
    """Lists projects."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def page(
        self,
        which: ProjectFilter = ALL_PROJECTS,
        *,
        sort: ProjectSort = ProjectSort.NEWEST,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        """Projects with the head of their current chain as `chain`, None before the first launch.

        The chain tells how many commitments and deficiencies are open. Raises BadCursor.
        """
        query = select(_PROJECT, _CURRENT).select_from(_BOTH).where(*_wanted(which))
        async with autocommit(self._engine) as connection:
            found = await page(connection, query, _SORTED_BY[sort], cursor, limit)
            chains = [row["chain_id"] for row in found.items if row["chain_id"] is not None]
            heads = {
                row["id"]: dict(row)
                for row in (await connection.execute(_heads(chains))).mappings()
            }
        items = [
            {name: row[name] for name in _COLUMNS} | {"chain": heads.get(row["chain_id"])}
            for row in found.items
        ]
        return Page(items, found.next)

    async def count(self, which: ProjectFilter = ALL_PROJECTS) -> int:
        """How many projects there are of that kind."""
        (count,) = await self.counts([which])
        return count

    async def counts(self, kinds: Sequence[ProjectFilter]) -> list[int]:
        """How many projects there are of each kind."""
        each = (
            select(func.count()).select_from(_source(one)).where(*_wanted(one)).scalar_subquery()
            for one in kinds
        )
        async with autocommit(self._engine) as connection:
            return list((await connection.execute(select(*each))).one())

    async def choices(self) -> Choices:
        """What projects can be told apart by."""
        columns = (_PROJECT.c.district, _PROJECT.c.housekeeper)
        found = (_distinct(column) for column in columns)
        async with autocommit(self._engine) as connection:
            row = (await connection.execute(select(*found))).one()
        return Choices(*(sorted(one or []) for one in row))

    async def snapshots(self, chains: Iterable[str]) -> dict[str, Chain]:
        """The folded aggregates of these chains."""
        query = select(_CHAIN.c.id, sql_cast(_CHAIN.c.snapshot, Text)).where(
            _CHAIN.c.id.in_(list(chains))
        )
        async with autocommit(self._engine) as connection:
            rows = (await connection.execute(query)).all()
        return {chain_id: Chain.model_validate_json(snapshot) for chain_id, snapshot in rows}

    async def chains_of(self, project_code: str) -> list[Chain]:
        """The folded chains of a project, the first launched first."""
        query = (
            select(sql_cast(_CHAIN.c.snapshot, Text))
            .where(_CHAIN.c.project_code == project_code)
            .order_by(_CHAIN.c.launched_at, _CHAIN.c.id)
        )
        async with autocommit(self._engine) as connection:
            snapshots = (await connection.execute(query)).scalars().all()
        return [Chain.model_validate_json(snapshot) for snapshot in snapshots]


_BOTH: Final = _CURRENT.join(_PROJECT)


def _source(which: ProjectFilter) -> FromClause:
    """Where projects of a kind are counted: by what is said of their chains alone, if that does."""
    of_project = which.search or which.district or which.housekeeper
    return _CURRENT if of_project is None else _BOTH


def _wanted(which: ProjectFilter) -> Iterable[ColumnElement[bool]]:
    """What holds of every project of a kind that the reader may see."""
    yield within(_CURRENT.c.project_code)
    yield from _searched(which.search)
    yield from _narrowed(which)


def _distinct(column: Column[Any]) -> Any:
    """The values of a column of projects that the reader may see.

    Without a limit they are fetched one after the other by the column's index: there are few, and
    many projects.
    """
    if not reach_now().everything:
        seen = select(func.array_agg(column.distinct())).where(within(_PROJECT.c.code))
        return seen.scalar_subquery()
    walk = select(func.min(column).label("value")).cte(f"each_{column.name}", recursive=True)
    following = select(func.min(column)).where(column > walk.c.value).scalar_subquery()
    walk = walk.union_all(select(following).where(walk.c.value.is_not(None)))
    found = select(func.array_agg(walk.c.value)).where(walk.c.value.is_not(None))
    return found.scalar_subquery()


def _searched(search: str | None) -> Iterable[ColumnElement[bool]]:
    """Every word stands somewhere in one of the texts; wildcards in it are plain characters."""
    texts = (_PROJECT.c.name, _PROJECT.c.enterprise, _PROJECT.c.code)
    for word in (search or "").split()[:MOST_WORDS]:
        yield or_(*(text.icontains(word, autoescape=True) for text in texts))


def _narrowed(which: ProjectFilter) -> Iterable[ColumnElement[bool]]:
    current = _CURRENT.c
    equal = {
        _PROJECT.c.district: which.district,
        _PROJECT.c.housekeeper: which.housekeeper,
        current.light: which.light,
        current.definition_id: which.definition,
    }
    yield from (column == wanted for column, wanted in equal.items() if wanted is not None)
    if which.state == NOT_LAUNCHED:
        yield current.chain_id.is_(None)
    elif which.state is not None:
        yield current.state == which.state
    if which.department is not None:
        held = [
            STEP.c.chain_id == current.chain_id,
            STEP.c.open,
            STEP.c.department == which.department,
        ]
        if which.waiting_on is not None:
            held.append(STEP.c.waiting_on == which.waiting_on)
        yield select(literal(1)).select_from(STEP).where(*held).correlate_except(STEP).exists()
    elif which.waiting_on is not None:
        yield current.waiting_on == which.waiting_on
    for name, promise in _PROMISES.items():
        wanted = getattr(which, name)
        if wanted is not None:
            are_open = (promise.c.chain_id == current.chain_id, promise.c.closed_at.is_(None))
            found = select(literal(1)).select_from(promise).where(*are_open)
            there = found.correlate_except(promise).exists()
            yield there if wanted else ~there
    if which.overdue is not None:
        yield current.state == ChainState.RUNNING
        yield current.act_by < which.overdue
    if which.finished is not None:
        over = func.coalesce(current.state != ChainState.RUNNING, False)
        yield over if which.finished else ~over


def _heads(chains: list[str]) -> Select[Any]:
    """What a list says of these chains."""
    counts = (
        select(func.count())
        .select_from(promise)
        .where(promise.c.chain_id == _CHAIN.c.id, promise.c.closed_at.is_(None))
        .correlate_except(promise)
        .scalar_subquery()
        .label(name)
        for name, promise in _PROMISES.items()
    )
    next_department = (
        select(STEP.c.department)
        .where(STEP.c.chain_id == _CHAIN.c.id, STEP.c.key == _CHAIN.c.next_due_step)
        .correlate_except(STEP)
        .scalar_subquery()
        .label("next_due_department")
    )
    return select(
        _CHAIN.c.id,
        _CHAIN.c.definition_id,
        _CHAIN.c.calendar_version,
        _CHAIN.c.state,
        _CHAIN.c.light,
        _CHAIN.c.waiting_on,
        _CHAIN.c.next_due_on,
        _CHAIN.c.next_due_step,
        next_department,
        unit_name(_CHAIN.c.id, _CHAIN.c.next_due_step),
        _CHAIN.c.provisional,
        _CHAIN.c.launched_at,
        _CHAIN.c.finished_at,
        _CHAIN.c.seq,
        *counts,
    ).where(_CHAIN.c.id.in_(chains))
