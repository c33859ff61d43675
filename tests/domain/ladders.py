"""The small world on other ladders: cards with answers and appeals, and hours."""

from functools import cache

from groundwork.domain.definition import OtherLadder, Unanswered
from groundwork.domain.rules import Rules
from tests.domain.small import HOURS, LADDER, STEPS, limit, rung
from tests.domain.worlds import rules_of

CARDS = (
    *LADDER[:2],
    rung(
        3,
        "yellow_card",
        days_past_due=1,
        answer_within=limit(1),
        unanswered=Unanswered.NEXT,
        appeal_within=limit(2),
    ),
    rung(
        4,
        "red_card",
        days_past_due=4,
        answer_within=limit(2),
        unanswered=Unanswered.MARK,
        appeal_within=limit(2),
        supervision_order=True,
    ),
    LADDER[4],
)
"""The ladder whose cards must be answered and may be appealed."""

HOTLINE = (
    rung(1, "yellow", share=50),
    rung(2, "red", hours_past_due=0),
    rung(
        3,
        "yellow_card",
        hours_past_due=1,
        answer_within=limit(2, HOURS),
        unanswered=Unanswered.MARK,
        appeal_within=limit(3, HOURS),
    ),
)


@cache
def carded_rules() -> Rules:
    """The small world on a ladder with answers and appeals, and an hour ladder for A10."""
    hotline = OtherLadder(id="hotline-1.0.0", steps=("A10",), rungs=HOTLINE)
    return rules_of(*STEPS, ladder=CARDS, ladders=(hotline,))
