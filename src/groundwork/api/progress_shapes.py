"""What public progress and tracking codes look like, for OpenAPI and for tests."""

from datetime import date, datetime

from groundwork.api.shapes import Shape
from groundwork.domain.model import ChainState, Light, StepState, WaitingOn
from groundwork.domain.progress import Deed, StageState


class PublicTermShape(Shape):
    """A day, in words with its weekday (`day`), and how many working days are left (`left`).

    `working_days_left` is 0 on the day itself and negative when it is over.
    """

    on: date
    day: str
    working_days_left: int
    left: str
    provisional: bool


class PublicStageShape(Shape):
    """A stage and how many of its steps are finished."""

    id: str
    name: str
    state: StageState
    state_name: str
    done: int
    total: int


class PublicStepShape(Shape):
    """A step at work, or one that comes next; `term` is by when it must be decided or accepted."""

    step: str
    name: str
    unit: str | None
    department: str
    state: StepState
    state_name: str
    light: Light
    waiting_on: WaitingOn
    waiting_on_name: str
    term: PublicTermShape | None


class PublicToDoShape(Shape):
    """One thing that the applicant must do now."""

    deed: Deed
    deed_name: str
    step: str
    name: str
    unit: str | None
    material: str | None
    term: PublicTermShape | None


class PublicChainShape(Shape):
    """A chain as its applicant may see it.

    `promised_on` follows from what was promised at the launch, `expected` from how it stands now.
    """

    definition: str
    name: str
    state: ChainState
    state_name: str
    stage: str | None
    stages: list[PublicStageShape]
    now: list[PublicStepShape]
    next: list[PublicStepShape]
    todo: list[PublicToDoShape]
    launched_on: date
    promised_on: date
    promised_day: str
    expected: PublicTermShape | None
    finished_on: date | None


class ProgressShape(Shape):
    """What a tracking code tells: the project's chains, none before the first is launched."""

    code: str
    as_of: datetime
    chains: list[PublicChainShape]


class TrackingCodeShape(Shape):
    """A project's tracking code, and the address at which it tells how far the project is."""

    project: str
    code: str
    url: str
    issued_at: datetime
    issued_by: str
