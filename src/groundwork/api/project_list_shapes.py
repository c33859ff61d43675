"""What the list of projects looks like, for OpenAPI and for tests."""

from datetime import date, datetime

from groundwork.api.shapes import NamedShape, ProjectShape, Shape
from groundwork.domain.model import ChainState, Light, WaitingOn


class BlockingShape(Shape):
    """The step that holds a chain up: the first on its critical path that is not settled."""

    step: str
    name: str
    department: NamedShape


class OutlookShape(Shape):
    """When a chain will be done, and when it was promised to be.

    `promised` follows from the limits promised at the launch; `behind` counts the working days by
    which `finish` lies after it, and is negative when it is earlier. Of `steps` in all,
    `settled` need nothing more.
    """

    blocking: BlockingShape | None
    finish: date
    remaining_working_days: int
    promised: date
    behind: int
    provisional: bool
    settled: int
    steps: int


class CurrentChainShape(Shape):
    """A project's current chain: the running one, else the one launched last.

    `working_days_left` is until `next_due_on`, negative when that is over. `changes` counts what
    happened since the caller's last visit; null if they never were there. `outlook` is null where
    the calendar does not reach.
    """

    id: str
    name: str
    definition_id: str
    state: ChainState
    light: Light
    waiting_on: WaitingOn
    next_due_on: date | None
    next_due_step: str | None
    next_due_step_name: str | None
    next_due_department: NamedShape | None
    working_days_left: int | None
    provisional: bool
    launched_at: datetime
    finished_at: datetime | None
    seq: int
    open_commitments: int
    open_deficiencies: int
    changes: int | None
    outlook: OutlookShape | None


class ProjectRowShape(ProjectShape):
    """A project in the list, with its current chain; null before its first launch."""

    chain: CurrentChainShape | None
