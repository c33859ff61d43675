"""What pages and the API read: Core selects that return plain rows, most urgent first."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Text, cast, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.model import Chain, EscalationState
from groundwork.store.engine import autocommit
from groundwork.store.paging import Order, Page, Row, page
from groundwork.store.projection import ESCALATION, STEP, UNIT
from groundwork.store.reach import within, within_desk
from groundwork.store.tables import ChainRow, EventRow, ProjectRow, table

_CHAIN = table(ChainRow)
_EVENT = table(EventRow)
_PROJECT = table(ProjectRow)

_PROJECT_NAMES = (_PROJECT.c.name.label("project_name"), _PROJECT.c.enterprise)


def unit_name(chain: ColumnElement[Any], step: ColumnElement[Any]) -> ColumnElement[Any]:
    """The name of the unit that a step belongs to, as `unit_name`; null for most steps."""
    named = select(UNIT.c.name).where(
        UNIT.c.chain_id == chain, UNIT.c.id == func.split_part(step, ".", 2)
    )
    return named.correlate_except(UNIT).scalar_subquery().label("unit_name")


_NEXT_UNIT = unit_name(_CHAIN.c.id, _CHAIN.c.next_due_step)
_HEAD = [column for column in _CHAIN.c if column.name not in {"snapshot", "head_hash"}]


class ChainFilter(NamedTuple):
    """Which chains to list; None means any.

    `type` is the workflow type and `definition` a definition's id. `department` keeps the chains in
    which that department has an open step.
    """

    state: str | None = None
    light: str | None = None
    type: str | None = None
    definition: str | None = None
    district: str | None = None
    housekeeper: str | None = None
    department: str | None = None
    project: str | None = None


ALL_CHAINS = ChainFilter()


class EscalationFilter(NamedTuple):
    """Which escalations to list; None means any.

    `recipient` is a role to which they were delivered, `appeal` the state of their appeal. They
    were reached from `since` on and before `until`.
    """

    state: str | None = None
    department: str | None = None
    level: int | None = None
    chain_id: str | None = None
    step: str | None = None
    recipient: str | None = None
    appeal: str | None = None
    since: datetime | None = None
    until: datetime | None = None


OPEN_ESCALATIONS = EscalationFilter(state=EscalationState.OPEN)


class Reads:
    """Reads the record. Nothing here writes, and each method is one statement."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def chains(
        self, which: ChainFilter = ALL_CHAINS, *, cursor: str | None = None, limit: int = 50
    ) -> Page:
        """Chains with their project's name, by the day on which something must be done next."""
        query = _where(
            select(*_HEAD, _NEXT_UNIT, *_PROJECT_NAMES)
            .join(_PROJECT)
            .where(within(_CHAIN.c.project_code)),
            {
                _CHAIN.c.state: which.state,
                _CHAIN.c.light: which.light,
                _CHAIN.c.type: which.type,
                _CHAIN.c.definition_id: which.definition,
                _CHAIN.c.district: which.district,
                _CHAIN.c.housekeeper: which.housekeeper,
                _CHAIN.c.project_code: which.project,
            },
        )
        if which.department is not None:
            open_there = (STEP.c.chain_id == _CHAIN.c.id, STEP.c.department == which.department)
            query = query.where(select(STEP.c.key).where(STEP.c.open, *open_there).exists())
        return await self._page(query, Order([_CHAIN.c.act_by, _CHAIN.c.id]), cursor, limit)

    async def chain(self, chain_id: str) -> Row | None:
        """The head of a chain with its project's name, and the aggregate as `snapshot`."""
        query = (
            select(
                *_HEAD,
                _NEXT_UNIT,
                _CHAIN.c.head_hash,
                cast(_CHAIN.c.snapshot, Text),
                *_PROJECT_NAMES,
            )
            .join(_PROJECT)
            .where(_CHAIN.c.id == chain_id, within(_CHAIN.c.project_code))
        )
        row = await self._one(query)
        return row | {"snapshot": Chain.model_validate_json(row["snapshot"])} if row else None

    async def steps(self, chain_id: str) -> list[Row]:
        """The steps of a chain, by key."""
        return await self._all(select(STEP).where(STEP.c.chain_id == chain_id).order_by(STEP.c.key))

    async def unit_names(self, chain_id: str) -> dict[str, str]:
        """What the units of a chain are called, by id."""
        query = select(UNIT.c.id, UNIT.c.name).where(UNIT.c.chain_id == chain_id)
        return {row["id"]: row["name"] for row in await self._all(query)}

    async def timeline(self, chain_id: str, *, after: int = 0, limit: int = 200) -> list[Row]:
        """What happened in a chain after that number, oldest first."""
        return await self._all(
            select(
                _EVENT.c.seq,
                _EVENT.c.type,
                _EVENT.c.at,
                _EVENT.c.recorded_at,
                _EVENT.c.actor_id,
                _EVENT.c.actor_role,
                _EVENT.c.actor_department,
                _EVENT.c.basis,
                _EVENT.c.body,
            )
            .where(_EVENT.c.chain_id == chain_id, _EVENT.c.seq > after)
            .order_by(_EVENT.c.seq)
            .limit(limit)
        )

    async def inbox(
        self,
        department: str,
        *,
        light: str | None = None,
        waiting_on: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        """The open steps of a department, by the day on which it must act: red ones come first."""
        query = _where(
            select(STEP, *_PROJECT_NAMES)
            .join(_PROJECT, _PROJECT.c.code == STEP.c.project_code)
            .where(
                STEP.c.department == department,
                STEP.c.open,
                within_desk(STEP.c.project_code, department),
            ),
            {STEP.c.light: light, STEP.c.waiting_on: waiting_on},
        )
        order = Order([STEP.c.act_by, STEP.c.chain_id, STEP.c.key])
        return await self._page(query, order, cursor, limit)

    async def escalations(
        self,
        which: EscalationFilter = OPEN_ESCALATIONS,
        *,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        """Escalations with their project's name, newest first; by default those still open."""
        query = _where(
            select(ESCALATION, unit_name(ESCALATION.c.chain_id, ESCALATION.c.step), *_PROJECT_NAMES)
            .join(_PROJECT, _PROJECT.c.code == ESCALATION.c.project_code)
            .where(within_desk(ESCALATION.c.project_code, which.department)),
            {
                ESCALATION.c.state: which.state,
                ESCALATION.c.department: which.department,
                ESCALATION.c.level: which.level,
                ESCALATION.c.chain_id: which.chain_id,
                ESCALATION.c.step: which.step,
                ESCALATION.c.appeal_state: which.appeal,
            },
        )
        if which.recipient is not None:
            query = query.where(ESCALATION.c.recipients.contains([which.recipient]))
        if which.since is not None:
            query = query.where(ESCALATION.c.at >= which.since)
        if which.until is not None:
            query = query.where(ESCALATION.c.at < which.until)
        order = Order([ESCALATION.c.at, ESCALATION.c.chain_id, ESCALATION.c.id], descending=True)
        return await self._page(query, order, cursor, limit)

    async def projects(
        self,
        *,
        district: str | None = None,
        housekeeper: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        """Projects, newest first."""
        query = _where(
            select(_PROJECT).where(within(_PROJECT.c.code)),
            {_PROJECT.c.district: district, _PROJECT.c.housekeeper: housekeeper},
        )
        order = Order([_PROJECT.c.created_at, _PROJECT.c.code], descending=True)
        return await self._page(query, order, cursor, limit)

    async def audit(
        self, *, chain_id: str | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page:
        """Audit rows with their hashes, of one chain or of all, in the order of recording."""
        query = _where(select(_EVENT), {_EVENT.c.chain_id: chain_id})
        order = Order([_EVENT.c.recorded_at, _EVENT.c.chain_id, _EVENT.c.seq])
        return await self._page(query, order, cursor, limit)

    async def projected_seq(self, chain_id: str) -> int:
        """The number of the chain's last recorded event; 0 when nothing is recorded."""
        row = await self._one(select(_CHAIN.c.seq).where(_CHAIN.c.id == chain_id))
        return int(row["seq"]) if row else 0

    async def receipt(self, chain_id: str, key: str) -> int | None:
        """The number of the last event that the command of that idempotency key caused."""
        query = select(func.max(_EVENT.c.seq).label("seq")).where(
            _EVENT.c.chain_id == chain_id, _EVENT.c.key == key
        )
        row = await self._one(query)
        return row["seq"] if row else None

    async def _page(self, query: Select[Any], order: Order, cursor: str | None, limit: int) -> Page:
        async with autocommit(self._engine) as connection:
            return await page(connection, query, order, cursor, limit)

    async def _all(self, query: Select[Any]) -> list[Row]:
        async with autocommit(self._engine) as connection:
            return [dict(row) for row in (await connection.execute(query)).mappings()]

    async def _one(self, query: Select[Any]) -> Row | None:
        async with autocommit(self._engine) as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return dict(row) if row else None


def _where(query: Select[Any], wanted: dict[ColumnElement[Any], Any]) -> Select[Any]:
    """Keep the rows that have the wanted values; None means any."""
    return query.where(*(column == value for column, value in wanted.items() if value is not None))
