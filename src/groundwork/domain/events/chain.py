"""What can happen to a chain as a whole."""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from groundwork.domain.base import Frozen
from groundwork.domain.definition import Limit, Mode
from groundwork.domain.events.base import Event
from groundwork.domain.model import DefinitionRef, Launch


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


class TermKind(StrEnum):
    """What kind of open term has a due date."""

    STEP = "step"
    ACCEPTANCE = "acceptance"
    DEFICIENCY = "deficiency"
    COMMITMENT = "commitment"
    VERIFICATION = "verification"
    OPINION = "opinion"
    ANSWER = "answer"
    APPEAL = "appeal"


class Term(Frozen):
    """An open term before and after a calendar or a definition was adopted.

    `key` is a step's key, or the id of a deficiency, commitment or escalation. `moment` is the
    first instant that is too late from now on. `provisional` says it of the date after.
    """

    kind: TermKind
    key: str
    step: str
    department: str
    before: date
    after: date
    moment: datetime
    provisional: bool = False

    @property
    def moved(self) -> bool:
        """Whether the date is another one."""
        return self.before != self.after


class CalendarAdopted(Event):
    """The chain counts by another calendar from now on; every open term, before and after."""

    type: Literal["calendar_adopted"] = "calendar_adopted"
    version: str
    previous: str
    terms: tuple[Term, ...]


class DefinitionAdopted(Event):
    """The chain goes by a newer version of its definition from now on.

    `added` are new steps in their modes, `removed` steps that nobody had begun. `limits` are what
    running clocks count from now on, `terms` the open terms that the definition moved.
    """

    type: Literal["definition_adopted"] = "definition_adopted"
    definition: DefinitionRef
    previous: DefinitionRef
    added: dict[str, Mode] = Field(default_factory=dict)
    removed: tuple[str, ...] = ()
    limits: dict[str, Limit] = Field(default_factory=dict)
    terms: tuple[Term, ...] = ()


AnyChainEvent = (
    ChainLaunched
    | ChainCompleted
    | ChainWithdrawn
    | ChainTerminated
    | PreReviewConverted
    | CalendarAdopted
    | DefinitionAdopted
)
"""Any event of the chain as a whole."""
