"""The shapes that enter and leave a chain's workflow."""

from pydantic import AwareDatetime

from groundwork.domain.base import Frozen
from groundwork.domain.events import AnyEvent
from groundwork.domain.model import Chain, ChainState, Launch

TASK_QUEUE = "groundwork"
NOT_YET = "not_yet"
"""The type of failure by which a chain asks to be given a command again a little later."""


class Handled(Frozen):
    """What became of an idempotency key: the digest of its command and the receipt's number."""

    digest: str
    seq: int


NOTE_FAILING = "note_failing"
"""The signal by which an activity that keeps failing tells its chain."""


class Failing(Frozen):
    """An activity that keeps failing: which, with what kind of error, and since when."""

    activity: str
    error: str
    since: AwareDatetime


class Carried(Frozen):
    """What a chain takes along when it continues as new."""

    chain: Chain
    handled: dict[str, Handled]
    failing: tuple[Failing, ...] = ()
    outbox: tuple[AnyEvent, ...] = ()
    """What is not recorded yet."""


class ChainInput(Frozen):
    """The input of a chain's workflow: what was launched, and, later, what is carried."""

    launch: Launch
    carried: Carried | None = None


class ChainOutcome(Frozen):
    """What a finished workflow returns: how the chain ended, and with which event."""

    state: ChainState
    seq: int
