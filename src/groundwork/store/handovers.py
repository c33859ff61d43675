"""Handovers of steps from one person to another, kept so that one that was cut short goes on.

The plan is written down before the first step moves; each step then gets its outcome.
"""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.base import Frozen
from groundwork.store import vault
from groundwork.store.engine import autocommit, transaction
from groundwork.store.paging import Row
from groundwork.store.people_tables import HandoverRow, HandoverStepRow
from groundwork.store.reads import unit_name
from groundwork.store.tables import StepRow, table

_HANDOVER = table(HandoverRow)
_STEP = table(HandoverStepRow)
_HELD = table(StepRow)


class Handover(Frozen):
    """Who hands whose steps to whom, and why. The reason is for people, and stays out of cases."""

    id: str
    by_id: str
    source_id: str
    target_id: str
    department: str | None
    reason: str
    received_at: datetime

    @property
    def asked(self) -> tuple[str | None, ...]:
        """What tells a repetition from another request under the same key."""
        return (self.source_id, self.target_id, self.department, self.reason)


class Planned(NamedTuple):
    """A handover as it is kept, with its steps in order."""

    handover: Handover
    steps: list[Row]


class Handovers:
    """Keeps plans and outcomes."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find(self, handover_id: str) -> Planned | None:
        """The handover of that id, as far as it has come."""
        async with autocommit(self._engine) as connection:
            head = select(_HANDOVER).where(_HANDOVER.c.id == handover_id)
            found = (await connection.execute(head)).mappings()
            row = next(iter(await vault.opened(connection, _HANDOVER, found)), None)
            if row is None:
                return None
            steps = (
                select(
                    _STEP,
                    _HELD.c.state,
                    _HELD.c.due_on,
                    unit_name(_STEP.c.chain_id, _STEP.c.step),
                )
                .join(_HELD, (_HELD.c.chain_id == _STEP.c.chain_id) & (_HELD.c.key == _STEP.c.step))
                .where(_STEP.c.handover_id == handover_id)
            )
            rows = (await connection.execute(steps.order_by(_STEP.c.number))).mappings()
            handover = Handover.model_validate(vault.with_reason(row))
            return Planned(handover, [dict(one) for one in rows])

    async def plan(self, handover: Handover, steps: list[tuple[str, str]]) -> None:
        """Write the plan down, as (chain, step), unless it was written before."""
        rows = [
            {
                "handover_id": handover.id,
                "chain_id": chain_id,
                "step": step,
                "number": number,
                "outcome": "open",
                "refusal": None,
            }
            for number, (chain_id, step) in enumerate(steps, start=1)
        ]
        readable = handover.model_dump() | {"reason": "", "sealed_reason": handover.reason}
        async with transaction(self._engine) as connection:
            kept = await vault.sealed(connection, _HANDOVER, readable)
            once = insert(_HANDOVER).values(kept).on_conflict_do_nothing()
            # The driver counts no rows of an insert that may do nothing.
            written = await connection.execute(once.returning(_HANDOVER.c.id))
            if written.one_or_none() is not None and rows:
                await connection.execute(_STEP.insert(), rows)

    async def note(self, step: Row, outcome: str, refusal: dict[str, Any] | None = None) -> None:
        """Note what became of a step."""
        query = (
            update(_STEP)
            .where(
                _STEP.c.handover_id == step["handover_id"],
                _STEP.c.chain_id == step["chain_id"],
                _STEP.c.step == step["step"],
            )
            .values(outcome=outcome, refusal=refusal)
        )
        async with autocommit(self._engine) as connection:
            await connection.execute(query)
