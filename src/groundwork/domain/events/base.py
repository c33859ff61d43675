"""What every event says, and what kinds of events there are."""

from datetime import datetime

from groundwork.domain.base import Frozen
from groundwork.domain.model import Actor


class Event(Frozen):
    """What every event says: its number in the chain, when, by whom and on what basis.

    `at` is business time: when the cause was received or the due moment passed, whenever it was
    processed. `key` is the idempotency key of the command behind it, if there was one.
    """

    seq: int
    at: datetime
    by: Actor
    basis: str = ""
    key: str | None = None


class StepEvent(Event):
    """Something that happened to one step."""

    step: str


class DeficiencyEvent(Event):
    """Something that happened to one deficiency."""

    deficiency: str


class CommitmentEvent(Event):
    """Something that happened to one commitment."""

    commitment: str


class EscalationEvent(Event):
    """Something that happened to one escalation."""

    escalation: str
