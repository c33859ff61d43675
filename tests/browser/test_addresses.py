"""What the pages of these tests show is in the park on whatever day they are run."""

from datetime import datetime

import pytest

from groundwork.domain.model import Chain, CommitmentState, DeficiencyState, EscalationState
from tests.browser.addresses import planned

DAYS = (
    "2026-02-24T08:30+08:00",  # the first day after the Spring Festival
    "2026-11-26T11:00+08:00",
    "2026-11-26T20:00+08:00",  # the day's work is done
    "2026-12-31T23:59+08:00",
)


@pytest.fixture(params=DAYS)
def park(request: pytest.FixtureRequest) -> dict[int, Chain]:
    """The chains as they stand then, by their projects."""
    projects = planned(datetime.fromisoformat(request.param)).items()
    return {serial: one.plans[0].chain for serial, one in projects if one.plans}


def test_every_thing_is_there(park: dict[int, Chain]) -> None:
    land, halls, letter = park[180001], park[180038], park[180630]
    assert "L17-yellow_card" in land.escalations
    assert "C13.B1" in halls.steps
    assert letter.commitments["L07-commitment"].state is CommitmentState.DRAFT
    opinions = [
        park[serial].deficiencies["L07-pipeline-opinion"] for serial in (180519, 180852, 180926)
    ]
    assert [one.state for one in opinions] == [
        DeficiencyState.OPEN,
        DeficiencyState.OPEN,
        DeficiencyState.SUBMITTED,
    ]


@pytest.mark.parametrize("serial", [180001, 180260])
def test_somebody_must_answer_an_escalation(park: dict[int, Chain], serial: int) -> None:
    cards = park[serial].escalations.values()
    assert any(one.state is EscalationState.OPEN and one.answer_by for one in cards)
