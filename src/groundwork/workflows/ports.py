"""The shapes that enter and leave a chain's workflow."""

from groundwork.domain.base import Frozen
from groundwork.domain.model import Chain, ChainState, Launch

TASK_QUEUE = "groundwork"
NOT_YET = "not_yet"
"""The type of failure by which a chain asks to be given a command again a little later."""


class Handled(Frozen):
    """What became of an idempotency key: the digest of its command and the receipt's number."""

    digest: str
    seq: int


class Carried(Frozen):
    """What a chain takes along when it continues as new."""

    chain: Chain
    handled: dict[str, Handled]


class ChainInput(Frozen):
    """The input of a chain's workflow: what was launched, and, later, what is carried."""

    launch: Launch
    carried: Carried | None = None


class ChainOutcome(Frozen):
    """What a finished workflow returns: how the chain ended, and with which event."""

    state: ChainState
    seq: int
