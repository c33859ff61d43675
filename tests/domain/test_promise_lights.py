"""The lights of promises: every state has one, and what waits for nobody is never late."""

import pytest

from groundwork.domain.model import CommitmentState as C
from groundwork.domain.model import DeficiencyState as D
from groundwork.domain.model import Light
from groundwork.domain.views import commitment_light, deficiency_light


@pytest.mark.parametrize(
    ("state", "reminded", "overdue", "light"),
    [
        (D.OPEN, False, False, Light.GREEN),
        (D.OPEN, True, False, Light.YELLOW),
        (D.OPEN, True, True, Light.RED),
        (D.SUBMITTED, True, True, Light.GREEN),
        (D.CLOSED, True, True, Light.DONE),
        (D.DROPPED, False, True, Light.DONE),
        (D.LAPSED, False, False, Light.RED),
    ],
)
def test_a_deficiency(state: D, reminded: bool, overdue: bool, light: Light) -> None:
    assert deficiency_light(state, reminded=reminded, overdue=overdue) is light


@pytest.mark.parametrize(
    ("state", "outcome", "reminded", "overdue", "light"),
    [
        (C.DRAFT, None, False, False, Light.YELLOW),
        (C.SIGNED, None, False, False, Light.GREEN),
        (C.IN_FORCE, None, False, False, Light.GREEN),
        (C.IN_FORCE, None, True, False, Light.YELLOW),
        (C.IN_FORCE, None, True, True, Light.RED),
        (C.AWAITING_VERIFICATION, None, False, False, Light.YELLOW),
        (C.AWAITING_VERIFICATION, None, False, True, Light.RED),
        (C.RECTIFYING, None, False, False, Light.YELLOW),
        (C.REFUSED, None, False, True, Light.RED),
        (C.FULFILLED, C.FULFILLED, True, True, Light.DONE),
        (C.BREACHED, C.BREACHED, False, True, Light.RED),
        (C.ARCHIVED, C.FULFILLED, False, True, Light.DONE),
        (C.ARCHIVED, C.BREACHED, False, True, Light.RED),
        (C.DROPPED, None, False, True, Light.DONE),
    ],
)
def test_a_commitment(
    state: C, outcome: C | None, reminded: bool, overdue: bool, light: Light
) -> None:
    assert commitment_light(state, outcome, reminded=reminded, overdue=overdue) is light


def test_every_state_has_a_light() -> None:
    for deficiency in D:
        assert deficiency_light(deficiency, reminded=False, overdue=False) in Light
    for commitment in C:
        assert commitment_light(commitment, None, reminded=False, overdue=False) in Light
