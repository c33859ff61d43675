"""The list of projects, each with its current chain: searched, filtered, sorted, page by page.

A project's current chain is the running one, else the one launched last; a project without a chain
is in the list too. Texts are searched as parts of words, since Chinese has no spaces to go by, and
by ILIKE, since the trigram index is no part of every PostgreSQL.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    Select,
    Subquery,
    Text,
    case,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.model import Chain, ChainState, Light
from groundwork.store.engine import autocommit
from groundwork.store.paging import Order, Page, page
from groundwork.store.projection import COMMITMENT, DEFICIENCY, NO_DAY, STEP
from groundwork.store.reach import within
from groundwork.store.reads import unit_name
from groundwork.store.tables import ChainRow, ProjectRow, table

NOT_LAUNCHED: Final = "not_launched"
"""The state of a project that has no chain yet."""

MOST_WORDS: Final = 8
"""How many words of a search count."""

_PROJECT = table(ProjectRow)
_CHAIN = table(ChainRow)
_COLUMNS: Final = tuple(column.name for column in _PROJECT.columns)
_PROMISES = MappingProxyType({"open_commitments": COMMITMENT, "open_deficiencies": DEFICIENCY})

_RISK: Final = (Light.RED, Light.YELLOW, Light.PAUSED, Light.GREEN, Light.TODO, Light.DONE)
_LONG_AGO: Final = datetime(1, 1, 2, tzinfo=UTC)


class ProjectSort(StrEnum):
    """By what projects are ordered: `risk` is the worst light first, then the next day."""

    NEWEST = "newest"
    RISK = "risk"
    DUE = "due"
    NAME = "name"
    LAUNCHED = "launched"


_SORTED_BY: Final = MappingProxyType(
    {
        ProjectSort.NEWEST: (("created_at", "code"), True),
        ProjectSort.RISK: (("risk", "act_by", "code"), False),
        ProjectSort.DUE: (("act_by", "code"), False),
        ProjectSort.NAME: (("name", "code"), False),
        ProjectSort.LAUNCHED: (("launched_order", "code"), True),
    }
)


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
        rows = _listed(which)
        names, descending = _SORTED_BY[sort]
        columns = cast(list[Column[Any]], [rows.c[name] for name in names])
        order = Order(columns, descending)
        async with autocommit(self._engine) as connection:
            found = await page(connection, select(rows), order, cursor, limit)
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
        query = select(func.count()).select_from(_listed(which))
        async with autocommit(self._engine) as connection:
            return int((await connection.execute(query)).scalar_one())

    async def choices(self) -> Choices:
        """What projects can be told apart by."""
        districts, housekeepers = (
            select(func.array_agg(column.distinct()))
            .where(within(_PROJECT.c.code))
            .scalar_subquery()
            for column in (_PROJECT.c.district, _PROJECT.c.housekeeper)
        )
        async with autocommit(self._engine) as connection:
            row = (await connection.execute(select(districts, housekeepers))).one()
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


def _listed(which: ProjectFilter) -> Subquery:
    """Every project of that kind, with the columns that lists are ordered by."""
    current = (
        select(
            _CHAIN.c.id,
            _CHAIN.c.state,
            _CHAIN.c.light,
            _CHAIN.c.waiting_on,
            _CHAIN.c.definition_id,
            _CHAIN.c.act_by,
            _CHAIN.c.launched_at,
        )
        .where(_CHAIN.c.project_code == _PROJECT.c.code)
        .order_by(_CHAIN.c.state != ChainState.RUNNING, _CHAIN.c.launched_at.desc(), _CHAIN.c.id)
        .limit(1)
        .lateral("current")
    )
    risk = case({light.value: rank for rank, light in enumerate(_RISK)}, value=current.c.light)
    query: Select[Any] = select(
        _PROJECT,
        current.c.id.label("chain_id"),
        func.coalesce(risk, len(_RISK), type_=Integer).label("risk"),
        func.coalesce(current.c.act_by, NO_DAY).label("act_by"),
        func.coalesce(current.c.launched_at, _LONG_AGO).label("launched_order"),
    ).select_from(_PROJECT.outerjoin(current, true()))
    seen = within(_PROJECT.c.code)
    narrowed = (*_searched(which.search), *_narrowed(which, current.c))
    return query.where(seen, *narrowed).subquery("listed")


def _searched(search: str | None) -> Iterable[ColumnElement[bool]]:
    """Every word stands somewhere in one of the texts; wildcards in it are plain characters."""
    texts = (_PROJECT.c.name, _PROJECT.c.enterprise, _PROJECT.c.code)
    for word in (search or "").split()[:MOST_WORDS]:
        yield or_(*(text.icontains(word, autoescape=True) for text in texts))


def _narrowed(which: ProjectFilter, current: Any) -> Iterable[ColumnElement[bool]]:
    equal = {
        _PROJECT.c.district: which.district,
        _PROJECT.c.housekeeper: which.housekeeper,
        current.light: which.light,
        current.definition_id: which.definition,
    }
    yield from (column == wanted for column, wanted in equal.items() if wanted is not None)
    if which.state == NOT_LAUNCHED:
        yield current.id.is_(None)
    elif which.state is not None:
        yield current.state == which.state
    if which.department is not None:
        held = [STEP.c.chain_id == current.id, STEP.c.open, STEP.c.department == which.department]
        if which.waiting_on is not None:
            held.append(STEP.c.waiting_on == which.waiting_on)
        yield select(literal(1)).select_from(STEP).where(*held).correlate_except(STEP).exists()
    elif which.waiting_on is not None:
        yield current.waiting_on == which.waiting_on
    for name, promise in _PROMISES.items():
        wanted = getattr(which, name)
        if wanted is not None:
            are_open = (promise.c.chain_id == current.id, promise.c.closed_at.is_(None))
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
