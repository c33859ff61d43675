"""The escalation board: what stands open, level by level, and how much of it needs a role today."""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Text, and_, cast, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.model import AppealState, Chain, EscalationState
from groundwork.store.engine import autocommit
from groundwork.store.paging import Row
from groundwork.store.projection import ESCALATION
from groundwork.store.reads import unit_name
from groundwork.store.tables import ChainRow, ProjectRow, table

_CHAIN = table(ChainRow)
_PROJECT = table(ProjectRow)

_IS_OPEN = ESCALATION.c.state == EscalationState.OPEN
_IS_APPEALED = and_(
    ESCALATION.c.appeal_state == AppealState.PENDING,
    ESCALATION.c.state.in_([EscalationState.OPEN, EscalationState.ACKNOWLEDGED]),
)


class Needs(NamedTuple):
    """How many cards need somebody today, and why; one card may need him for several reasons."""

    total: int
    to_acknowledge: int
    answers_due: int
    appeals: int
    referrals: int


class BoardReads:
    """Reads the board. Nothing here writes, and each method is one statement."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def cards(
        self, *, department: str | None = None, recipient: str | None = None, per_level: int = 50
    ) -> list[Row]:
        """What stands open or waits for the decision of an appeal, highest level and newest first.

        At most `per_level` of a level, each with the level's whole `count`.
        """
        newest = (ESCALATION.c.at.desc(), ESCALATION.c.chain_id, ESCALATION.c.id)
        standing = (
            select(
                ESCALATION,
                unit_name(ESCALATION.c.chain_id, ESCALATION.c.step),
                _PROJECT.c.name.label("project_name"),
                _PROJECT.c.enterprise,
                func.count().over(partition_by=ESCALATION.c.level).label("count"),
                func.row_number().over(partition_by=ESCALATION.c.level, order_by=newest).label("n"),
            )
            .join(_PROJECT, _PROJECT.c.code == ESCALATION.c.project_code)
            .where(or_(_IS_OPEN, _IS_APPEALED), *_which(department, recipient))
            .subquery()
        )
        query = (
            select(standing)
            .where(standing.c.n <= per_level)
            .order_by(standing.c.level.desc(), standing.c.n)
        )
        rows = await self._rows(query)
        for row in rows:
            del row["n"]
        return rows

    async def needs(
        self, role: str, *, today: date, department: str | None = None, decides: bool = False
    ) -> Needs:
        """How much needs a role today; `decides` says whether it decides appeals and referrals."""
        delivered = ESCALATION.c.recipients.contains([role])
        acknowledge = and_(_IS_OPEN, delivered, ESCALATION.c.human_decides.is_(False))
        due = and_(acknowledge, ESCALATION.c.answer_by <= today)
        may_decide = literal(decides)
        appeals = and_(_IS_APPEALED, may_decide)
        referrals = and_(_IS_OPEN, ESCALATION.c.human_decides, may_decide)
        query = select(
            func.count().filter(or_(acknowledge, appeals, referrals)).label("total"),
            func.count().filter(acknowledge).label("to_acknowledge"),
            func.count().filter(due).label("answers_due"),
            func.count().filter(appeals).label("appeals"),
            func.count().filter(referrals).label("referrals"),
        ).where(*_which(department, None))
        (row,) = await self._rows(query)
        return Needs(**row)

    async def chains(self, ids: Iterable[str]) -> dict[str, Chain]:
        """The aggregates of these chains, by id."""
        wanted = sorted(set(ids))
        if not wanted:
            return {}
        query = select(_CHAIN.c.id, cast(_CHAIN.c.snapshot, Text).label("snapshot")).where(
            _CHAIN.c.id.in_(wanted)
        )
        return {
            row["id"]: Chain.model_validate_json(row["snapshot"]) for row in await self._rows(query)
        }

    async def _rows(self, query: Any) -> list[Row]:
        async with autocommit(self._engine) as connection:
            rows = (await connection.execute(query)).mappings()
            # A subquery's names are of a type of their own, which JSON does not take for text.
            return [{str(name): value for name, value in row.items()} for row in rows]


def _which(department: str | None, recipient: str | None) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if department is not None:
        wanted.append(ESCALATION.c.department == department)
    if recipient is not None:
        wanted.append(ESCALATION.c.recipients.contains([recipient]))
    return wanted
