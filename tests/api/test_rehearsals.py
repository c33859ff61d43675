"""Rehearsals in the background: once per question, one at a time, not too many, not for ever."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from groundwork.api import rehearsals as module
from groundwork.api.errors import Problem
from groundwork.api.rehearsals import MOST_WAITING, Rehearsal, Rehearsals
from groundwork.catalogue.loader import get
from groundwork.rehearsal.rehearse import rules_for
from groundwork.rehearsal.script import Choices
from groundwork.rehearsal.typical import ANY_PROJECT
from groundwork.rehearsal.varied import Question
from groundwork.runtime.settings import Settings

MONDAY = datetime(2026, 3, 2, 3, tzinfo=UTC)


def question(days: int = 0) -> Question:
    rules = rules_for(get("land-to-construction"))
    return Question(rules, MONDAY + timedelta(days=days), Choices(), ANY_PROJECT)


async def over(rehearsal: Rehearsal) -> None:
    while not rehearsal.over:
        await asyncio.sleep(0.05)


@pytest.fixture
def rehearsals(settings: Settings) -> Rehearsals:
    return Rehearsals(settings)


async def test_a_question_is_played_once_and_remembered(rehearsals: Rehearsals) -> None:
    begun = rehearsals.begin(question())
    assert rehearsals.begin(question()) is begun
    await over(begun)
    assert begun.state == "ready"
    assert begun.result is not None
    assert begun.result.on_engine is False
    assert begun.result.finish is not None
    assert begun.result.finish > date(2026, 3, 2)
    assert rehearsals.find(question()) is begun
    assert rehearsals.find(question(7)) is None


async def test_what_leads_beyond_all_calendars_fails_and_says_so(rehearsals: Rehearsals) -> None:
    far = question()._replace(start=datetime(9999, 11, 1, tzinfo=UTC))
    begun = rehearsals.begin(far)
    await over(begun)
    assert begun.state == "failed"
    assert begun.beyond
    assert rehearsals.begin(far) is not begun
    await rehearsals.close()


async def test_too_many_at_once_are_turned_away(rehearsals: Rehearsals) -> None:
    for days in range(MOST_WAITING):
        rehearsals.begin(question(days))
    with pytest.raises(Problem) as turned:
        rehearsals.begin(question(100))
    assert turned.value.code == "too_many_requests"
    await rehearsals.close()


async def test_it_is_forgotten_after_its_time(
    rehearsals: Rehearsals, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = rehearsals.begin(question())
    await over(begun)
    monkeypatch.setattr(module, "KEPT_SECONDS", 0.0)
    assert rehearsals.find(question()) is None
