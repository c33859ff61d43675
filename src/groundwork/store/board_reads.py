"""The escalation board: what stands open, level by level, and how much of it needs a role today."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Text, and_, cast, exists, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.model import AppealState, Chain, EscalationState
from groundwork.store.engine import autocommit
from groundwork.store.paging import Row
from groundwork.store.projection import ESCALATION
from groundwork.store.reach import within_desk
from groundwork.store.reads import unit_name
from groundwork.store.tables import ChainRow, ProjectRow, StepRow, table

_CHAIN = table(ChainRow)
_PROJECT = table(ProjectRow)
_STEP = table(StepRow)

_IS_OPEN = ESCALATION.c.state == EscalationState.OPEN
_IS_APPEALED = and_(
    ESCALATION.c.appeal_state == AppealState.PENDING,
    ESCALATION.c.state.in_([EscalationState.OPEN, EscalationState.ACKNOWLEDGED]),
)
_OF_STEP = and_(_STEP.c.chain_id == ESCALATION.c.chain_id, _STEP.c.key == ESCALATION.c.step)
_GOES_ON = exists().where(_OF_STEP, _STEP.c.open)
"""Its step is not decided."""
_IS_UPPERMOST = exists().where(_OF_STEP, _STEP.c.open, _STEP.c.level == ESCALATION.c.level)
"""Its step is not decided and stands on the card's level."""
_IS_ANSWERED = and_(ESCALATION.c.state == EscalationState.ACKNOWLEDGED, _IS_UPPERMOST)

_IS_OWED = ESCALATION.c.answer_by.is_not(None)
"""An explanation is due on it, whatever became of the step."""


class Standing(StrEnum):
    """Which cards to show.

    `now` is each open step's uppermost card, answered or not, and what asks for a decision or an
    explanation; `waiting` whatever nobody acknowledged or an appeal's decision is due on; `open`
    and `appealed` are the two parts of that; `answered` are acknowledged while the step goes on.
    """

    NOW = "now"

    WAITING = "waiting"
    OPEN = "open"
    APPEALED = "appealed"
    ANSWERED = "answered"


_STANDING = {
    Standing.WAITING: or_(_IS_OPEN, _IS_APPEALED),
    Standing.OPEN: _IS_OPEN,
    Standing.APPEALED: _IS_APPEALED,
    Standing.ANSWERED: _IS_ANSWERED,
    Standing.NOW: or_(
        and_(_IS_OPEN, or_(_IS_UPPERMOST, ESCALATION.c.human_decides, _IS_OWED)),
        _IS_APPEALED,
        _IS_ANSWERED,
    ),
}


class Whose(NamedTuple):
    """For whom the board is read: a role, its department at a desk, and whether it decides
    appeals and referrals.
    """

    role: str
    department: str | None = None
    decides: bool = False


class BoardFilter(NamedTuple):
    """Which cards to show; `whose` keeps those that somebody is needed for today."""

    standing: Standing = Standing.WAITING
    department: str | None = None
    recipient: str | None = None
    level: int | None = None
    whose: Whose | None = None


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

    async def cards(self, which: BoardFilter, per_level: int = 50) -> list[Row]:
        """The cards that pass the filter, highest level and newest first.

        At most `per_level` of a level, each with the level's whole `count`.
        """
        wanted = [_STANDING[which.standing], *_which(which.department, which.recipient)]
        if which.level is not None:
            wanted.append(ESCALATION.c.level == which.level)
        if which.whose is not None:
            wanted += [_needed(which.whose), *_which(which.whose.department, None)]
        newest = (ESCALATION.c.at.desc(), ESCALATION.c.chain_id, ESCALATION.c.id)
        numbered = (
            select(
                ESCALATION,
                unit_name(ESCALATION.c.chain_id, ESCALATION.c.step),
                _PROJECT.c.name.label("project_name"),
                _PROJECT.c.enterprise,
                func.count().over(partition_by=ESCALATION.c.level).label("count"),
                func.row_number().over(partition_by=ESCALATION.c.level, order_by=newest).label("n"),
            )
            .join(_PROJECT, _PROJECT.c.code == ESCALATION.c.project_code)
            .where(*wanted)
            .subquery()
        )
        query = (
            select(numbered)
            .where(numbered.c.n <= per_level)
            .order_by(numbered.c.level.desc(), numbered.c.n)
        )
        rows = await self._rows(query)
        for row in rows:
            del row["n"]
        return rows

    async def needs(
        self, role: str, *, today: date, department: str | None = None, decides: bool = False
    ) -> Needs:
        """How much needs a role today; `decides` says whether it decides appeals and referrals."""
        acknowledge, appeals, referrals = _reasons(Whose(role, department, decides))
        due = and_(acknowledge, ESCALATION.c.answer_by <= today)
        query = select(
            func.count().filter(or_(acknowledge, appeals, referrals)).label("total"),
            func.count().filter(acknowledge).label("to_acknowledge"),
            func.count().filter(due).label("answers_due"),
            func.count().filter(appeals).label("appeals"),
            func.count().filter(referrals).label("referrals"),
        ).where(*_which(department, None))
        (row,) = await self._rows(query)
        return Needs(**row)

    async def needs_by_level(self, whose: Whose) -> list[tuple[int, int]]:
        """How many cards need somebody today, for each level that has some, highest first."""
        query = (
            select(ESCALATION.c.level, func.count().label("count"))
            .where(_needed(whose), *_which(whose.department, None))
            .group_by(ESCALATION.c.level)
            .order_by(ESCALATION.c.level.desc())
        )
        return [(row["level"], row["count"]) for row in await self._rows(query)]

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


def _reasons(
    whose: Whose,
) -> tuple[ColumnElement[bool], ColumnElement[bool], ColumnElement[bool]]:
    """Why a card needs somebody: to be acknowledged, to decide an appeal, to decide a referral."""
    delivered = ESCALATION.c.recipients.contains([whose.role])
    may_decide = literal(whose.decides)
    # A card that asks for no answer asks for nothing once its step is decided.
    asks = and_(_IS_OPEN, ESCALATION.c.human_decides.is_(False), or_(_IS_OWED, _GOES_ON))
    return (
        and_(asks, delivered),
        and_(_IS_APPEALED, may_decide),
        and_(_IS_OPEN, ESCALATION.c.human_decides, may_decide),
    )


def _needed(whose: Whose) -> ColumnElement[bool]:
    return or_(*_reasons(whose))


def _which(department: str | None, recipient: str | None) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [within_desk(ESCALATION.c.project_code, department)]
    if department is not None:
        wanted.append(ESCALATION.c.department == department)
    if recipient is not None:
        wanted.append(ESCALATION.c.recipients.contains([recipient]))
    return wanted
