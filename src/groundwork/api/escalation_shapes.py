"""What the escalation board looks like."""

from datetime import datetime

from groundwork.api.shapes import EscalationRowShape, Shape
from groundwork.domain.model import Light, Role


class NextLevelShape(Shape):
    """The rung that the step reaches next if nobody does anything, and when.

    `unanswered` when it is reached because nobody answers this card.
    """

    level: int
    rung: str
    name: str
    at: datetime
    unanswered: bool


class BoardCardShape(EscalationRowShape):
    """A card on the board; `next_level` is null where nothing comes after it."""

    appealable: bool
    next_level: NextLevelShape | None


class BoardLevelShape(Shape):
    """What stands open of one level; `count` includes the cards that are left out here."""

    level: int
    name: str
    light: Light
    count: int
    cards: list[BoardCardShape]


class NeedsShape(Shape):
    """How many cards need the role today, and why; one may count for several reasons."""

    total: int
    to_acknowledge: int
    answers_due: int
    appeals: int
    referrals: int


class BoardShape(Shape):
    """The escalation board as it stands at a moment, highest level first."""

    as_of: datetime
    role: Role
    needs_you: NeedsShape
    levels: list[BoardLevelShape]
