"""What somebody can be reminded of (催办): open steps that a department or applicant holds."""

from datetime import date
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.model import ChainState
from groundwork.domain.reminding import REACHED
from groundwork.store.engine import autocommit
from groundwork.store.paging import Order, Page, page
from groundwork.store.projection import NO_DAY, STEP
from groundwork.store.reach import within
from groundwork.store.reads import unit_name
from groundwork.store.tables import ChainRow, ProjectRow, table

_CHAIN: Final = table(ChainRow)
_PROJECT: Final = table(ProjectRow)


class ReminderFilter(NamedTuple):
    """Which steps to list; None means any. `before`: only what was to be done before that day."""

    housekeeper: str | None = None
    project: str | None = None
    waiting_on: str | None = None
    before: date | None = None


ANY_STEP: Final = ReminderFilter()


class Reminders:
    """Lists steps that somebody has in hand, of all departments, the most urgent first."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def steps(
        self, which: ReminderFilter = ANY_STEP, *, cursor: str | None = None, limit: int = 50
    ) -> Page:
        """Open steps of running chains with their project's name. Raises BadCursor."""
        columns = [STEP.c[name] for name in _SHOWN]
        query = (
            select(
                *columns,
                STEP.c.key.label("step"),
                unit_name(STEP.c.chain_id, STEP.c.key),
                _PROJECT.c.name.label("project_name"),
                _PROJECT.c.enterprise,
            )
            .join(_PROJECT, _PROJECT.c.code == STEP.c.project_code)
            .join(_CHAIN, _CHAIN.c.id == STEP.c.chain_id)
            .where(
                STEP.c.open,
                STEP.c.waiting_on.in_(REACHED),
                _CHAIN.c.state == ChainState.RUNNING,
                within(STEP.c.project_code),
            )
        )
        equal = {
            _CHAIN.c.housekeeper: which.housekeeper,
            STEP.c.project_code: which.project,
            STEP.c.waiting_on: which.waiting_on,
        }
        query = query.where(*(column == one for column, one in equal.items() if one is not None))
        if which.before is not None:
            query = query.where(STEP.c.act_by < which.before)
        order = Order([STEP.c.act_by, STEP.c.chain_id, STEP.c.key])
        async with autocommit(self._engine) as connection:
            found = await page(connection, query, order, cursor, limit)
        for row in found.items:
            if row["act_by"] == NO_DAY:
                row["act_by"] = None
        return found


_SHOWN: Final = (
    *("chain_id", "key", "project_code", "department", "state", "light"),
    *("waiting_on", "act_by", "due_provisional"),
)
