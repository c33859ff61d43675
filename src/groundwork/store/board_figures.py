"""Beside the board: what was settled lately, who was told of a card, and three figures."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.model import EscalationState, Light
from groundwork.store import vault
from groundwork.store.engine import autocommit
from groundwork.store.notice_tables import NoticeRow
from groundwork.store.paging import Row
from groundwork.store.projection import ESCALATION
from groundwork.store.reach import within, within_desk
from groundwork.store.reads import unit_name
from groundwork.store.tables import PersonRow, ProjectRow, StepRow, table

_PROJECT = table(ProjectRow)
_STEP = table(StepRow)
_NOTICE = table(NoticeRow)
_PERSON = table(PersonRow)

MOST_SETTLED = 50
MOST_ENDED = 5000
"""The lengths of lists; nothing follows from them."""

_STOOD = ESCALATION.c.state.in_([EscalationState.OPEN, EscalationState.ACKNOWLEDGED])
_OF_STEP = (_STEP.c.chain_id == ESCALATION.c.chain_id) & (_STEP.c.key == ESCALATION.c.step)


class Told(NamedTuple):
    """Somebody who was told of a card, and when they read it."""

    person_id: str
    name: str
    role: str
    at: datetime
    read_at: datetime | None


class Late(NamedTuple):
    """A department and how many of its open steps are overdue."""

    department: str
    steps: int


CardKey = tuple[str, str, datetime]
"""A card by its chain, its step and the moment at which it was reached."""


class BoardFigures:
    """Reads what stands beside the board. Each method is one statement."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def settled(self, since: datetime, department: str | None = None) -> list[Row]:
        """The highest card of each step that was decided since, the newest first.

        Those that somebody must still answer are left out: they stand on the board.
        `first_at` is when the step was first escalated, `decided_at` when it was decided.
        """
        first = func.min(ESCALATION.c.at).over(partition_by=(ESCALATION.c.chain_id, _STEP.c.key))
        rank = func.row_number().over(
            partition_by=(ESCALATION.c.chain_id, _STEP.c.key), order_by=ESCALATION.c.level.desc()
        )
        ranked = (
            select(
                ESCALATION,
                unit_name(ESCALATION.c.chain_id, ESCALATION.c.step),
                _PROJECT.c.name.label("project_name"),
                _PROJECT.c.enterprise,
                _STEP.c.decided_at,
                first.label("first_at"),
                rank.label("n"),
            )
            .join(_PROJECT, _PROJECT.c.code == ESCALATION.c.project_code)
            .join(_STEP, _OF_STEP)
            .where(_STOOD, _STEP.c.decided_at >= since, ESCALATION.c.at <= _STEP.c.decided_at)
            .where(within_desk(ESCALATION.c.project_code, department))
        )
        if department is not None:
            ranked = ranked.where(ESCALATION.c.department == department)
        of = ranked.subquery()
        answered = of.c.state == EscalationState.ACKNOWLEDGED
        query = (
            select(of)
            .where(of.c.n == 1, or_(answered, and_(of.c.answer_by.is_(None), ~of.c.human_decides)))
            .order_by(of.c.decided_at.desc(), of.c.chain_id, of.c.id)
            .limit(MOST_SETTLED)
        )
        rows = await self._rows(query)
        for row in rows:
            del row["n"]
        return rows

    async def ended(
        self, since: datetime, department: str | None = None
    ) -> Sequence[tuple[datetime, datetime]]:
        """For each step decided since that was escalated: when it first was, and when decided."""
        first = func.min(ESCALATION.c.at).label("first_at")
        query = (
            select(first, _STEP.c.decided_at)
            .join(_STEP, _OF_STEP)
            .where(_STOOD, _STEP.c.decided_at >= since, ESCALATION.c.at <= _STEP.c.decided_at)
            .where(within_desk(ESCALATION.c.project_code, department))
            .group_by(_STEP.c.chain_id, _STEP.c.key, _STEP.c.decided_at)
            .limit(MOST_ENDED)
        )
        if department is not None:
            query = query.where(ESCALATION.c.department == department)
        return [(row["first_at"], row["decided_at"]) for row in await self._rows(query)]

    async def latest(self) -> Late | None:
        """The department with most overdue steps; None when nobody has any."""
        count = func.count().label("steps")
        query = (
            select(_STEP.c.department, count)
            .where(_STEP.c.open, _STEP.c.light == Light.RED, within(_STEP.c.project_code))
            .group_by(_STEP.c.department)
            .order_by(count.desc(), _STEP.c.department)
            .limit(1)
        )
        rows = await self._rows(query)
        return Late(**rows[0]) if rows else None

    async def told(self, chains: Iterable[str], rules: Iterable[str]) -> dict[CardKey, list[Told]]:
        """Whom notices by these rules told of cards of these chains."""
        wanted = sorted(set(chains))
        if not wanted:
            return {}
        query = (
            select(
                _NOTICE.c.chain_id,
                _NOTICE.c.step,
                _NOTICE.c.at.label("reached_at"),
                _NOTICE.c.person_id,
                _PERSON.c.id,
                _PERSON.c.name,
                _PERSON.c.role,
                _NOTICE.c.created_at.label("at"),
                _NOTICE.c.read_at,
            )
            .join(_PERSON, _PERSON.c.id == _NOTICE.c.person_id)
            .where(_NOTICE.c.chain_id.in_(wanted), _NOTICE.c.rule.in_(list(rules)))
            .order_by(_NOTICE.c.created_at, _NOTICE.c.id)
        )
        found: dict[CardKey, list[Told]] = {}
        async with autocommit(self._engine) as connection:
            rows = (await connection.execute(query)).mappings()
            named = await vault.opened(connection, _PERSON, rows)
        for row in named:
            key = (row["chain_id"], row["step"], row["reached_at"])
            found.setdefault(key, []).append(Told(*(row[name] for name in Told._fields)))
        return found

    async def _rows(self, query: Any) -> list[Row]:
        async with autocommit(self._engine) as connection:
            rows = (await connection.execute(query)).mappings()
            return [{str(name): value for name, value in row.items()} for row in rows]
