"""What can happen to a chain as a whole."""

from typing import Literal

from groundwork.domain.definition import Mode
from groundwork.domain.events.base import Event
from groundwork.domain.model import Launch


class ChainLaunched(Event):
    """A housekeeper started the chain."""

    type: Literal["chain_launched"] = "chain_launched"
    launch: Launch
    steps: dict[str, Mode]


class ChainCompleted(Event):
    """Every step is settled and nothing promised is open any more."""

    type: Literal["chain_completed"] = "chain_completed"


class ChainWithdrawn(Event):
    """The applicant withdrew the whole chain (撤件)."""

    type: Literal["chain_withdrawn"] = "chain_withdrawn"
    reason: str


class ChainTerminated(Event):
    """The chain ended without its purpose (终止), for example because the land was not won."""

    type: Literal["chain_terminated"] = "chain_terminated"
    reason: str


class PreReviewConverted(Event):
    """The land was won by the pre-review's applicant: its results take legal effect (转正)."""

    type: Literal["pre_review_converted"] = "pre_review_converted"
    steps: tuple[str, ...]


AnyChainEvent = (
    ChainLaunched | ChainCompleted | ChainWithdrawn | ChainTerminated | PreReviewConverted
)
"""Any event of the chain as a whole."""
