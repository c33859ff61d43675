"""What the read model says of cards: answers, appeals, annulments, and earlier releases."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain import events as ev
from groundwork.domain.definition import Unanswered
from groundwork.domain.model import Actor, Light, Role
from groundwork.store.audit import Audit
from groundwork.store.migrations import downgrade, migrate
from groundwork.store.migrations.versions.v0008_escalations import down_revision
from groundwork.store.recorder import Recorder
from tests.store.conftest import Execute
from tests.store.histories import OFFICER, History

OFFICE = Actor(id="p-office", role=Role.BUSINESS_ENVIRONMENT_OFFICE)
CARD = "L01-yellow_card"
DAY_AFTER = datetime(2026, 3, 20, 16, tzinfo=UTC)


def carded(**facts: Any) -> History:
    """A step with a yellow card that asks for an answer and may be appealed."""
    return (
        History()
        .open("L01")
        .add(
            ev.EscalationFired,
            step="L01",
            escalation=CARD,
            level=3,
            rung="yellow_card",
            light=Light.RED,
            recipients=("director",),
            answer_by=date(2026, 3, 20),
            unanswered=Unanswered.NEXT,
            appeal_by=date(2026, 3, 20),
            appeal_before=DAY_AFTER,
            **facts,
        )
    )


async def row(execute: Execute) -> Any:
    (found,) = await execute("SELECT * FROM escalation WHERE id = :id", id=CARD)
    return found


async def test_a_row_tells_until_when_an_answer_or_appeal_is_in_time(
    recorder: Recorder, execute: Execute
) -> None:
    await recorder.record(carded().batch())
    found = await row(execute)
    assert (found.answer_before, found.appeal_before) == (DAY_AFTER, DAY_AFTER)
    assert (found.answer_overdue, found.answered_by, found.appeal_state) == (False, None, None)


async def test_a_row_follows_a_card_to_its_end(
    recorder: Recorder, execute: Execute, audit: Audit
) -> None:
    history = carded().add(ev.AnswerOverdue, escalation=CARD)
    answered_at = history.now
    history.add(ev.EscalationAcknowledged, by=OFFICER, escalation=CARD, answer="two are ill")
    history.add(ev.EscalationAppealed, by=OFFICER, escalation=CARD, reason="the system was down")
    for batch in history.batches():
        await recorder.record(batch)
    pending = await row(execute)
    assert (pending.answer_overdue, pending.answer) == (True, "two are ill")
    assert (pending.answered_by, pending.answered_at) == (OFFICER.id, answered_at)
    assert (pending.appeal_state, pending.appeal_reason) == ("pending", "the system was down")
    history.add(ev.EscalationAnnulled, by=OFFICE, escalation=CARD, reason="it was")
    await recorder.record(history.batch(len(history.events)))
    annulled = await row(execute)
    assert (annulled.state, annulled.annulled_for) == ("annulled", "it was")
    assert (annulled.appeal_state, annulled.appeal_decided_by) == ("granted", OFFICE.id)
    assert await audit.refold() == []


@pytest.mark.parametrize("end", ["acknowledged", "annulled"])
async def test_rows_of_an_earlier_release_are_completed_from_the_events(
    database: str, engine: AsyncEngine, recorder: Recorder, audit: Audit, end: str
) -> None:
    history = History().open("L01").escalate("L01")
    if end == "acknowledged":
        history.add(ev.EscalationAcknowledged, by=OFFICER, escalation="L01-2", answer="so")
    else:
        history.add(ev.EscalationAnnulled, by=OFFICE, escalation="L01-2", reason="so")
    await recorder.record(history.batch())
    await _make_old(engine)
    downgrade(database, down_revision)
    migrate(database)
    assert await audit.refold() == []


async def _make_old(engine: AsyncEngine) -> None:
    """Take from the snapshot what an earlier release did not know."""
    new = ("answered_by", "answered_at", "annulled_for", "appeal", "answer_overdue")
    async with engine.begin() as connection:
        for field in new:
            await connection.execute(
                text("UPDATE chain SET snapshot = snapshot #- CAST(:path AS text[])"),
                {"path": ["escalations", "L01-2", field]},
            )
    await engine.dispose()


async def test_an_event_sent_again_after_an_upgrade_is_known(
    recorder: Recorder, execute: Execute
) -> None:
    history = History().open("L01").escalate("L01")
    last = len(history.events)
    await recorder.record(history.batch())
    await execute("ALTER TABLE event DISABLE TRIGGER USER")
    await execute("UPDATE event SET body = body - 'appeal_by' - 'because' WHERE seq = :n", n=last)
    assert await recorder.record(history.batch()) == last
