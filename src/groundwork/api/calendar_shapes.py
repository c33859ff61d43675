"""What calendars look like: additions, previews and rollouts, and what is sent to add one."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from groundwork.api.bodies import Line, Remark, ShortLine
from groundwork.api.shapes import Shape
from groundwork.catalogue.calendar_notice import Notice
from groundwork.catalogue.calendar_sources import Closure, Edit
from groundwork.domain.base import Frozen
from groundwork.domain.calendar import DayKind
from groundwork.domain.impact import Rising, Tally
from groundwork.domain.rollout import RolloutState

MOST_DAYS = 400
MOST_YEARS = 40
VERSION = r"^[a-z]{2,12}-[0-9]{4}\.[0-9]{1,4}$"

Version = Annotated[str, Field(pattern=VERSION, description="Such as `cn-2027.1`.")]
Notices = Annotated[dict[int, Notice], Field(default_factory=dict, max_length=MOST_YEARS)]


class _Addition(Frozen):
    """What every addition says. `base` is the version in force unless given."""

    version: Version
    base: ShortLine | None = None
    source: Line
    note: Remark = "—"
    preview: Annotated[
        bool, Field(description="Only say what would be added; nothing is kept.")
    ] = False


class PackageAddition(_Addition):
    """A version from the notices in the installed `chinesecalendar` package."""

    kind: Literal["chinesecalendar"]


class IcsAddition(_Addition):
    """A version from an iCalendar file. Years without a stated notice are left out."""

    kind: Literal["icalendar"]
    content: Annotated[str, Field(max_length=500_000)]
    notices: Notices


class JsonAddition(_Addition):
    """A version from `{"years": {"2027": {"notice", "off", "worked", "no_make_up"}}}`."""

    kind: Literal["json"]
    content: dict[str, Any]


class EditAddition(_Addition):
    """The base with some days changed."""

    kind: Literal["edit"]
    edits: Annotated[tuple[Edit, ...], Field(min_length=1, max_length=MOST_DAYS)]
    notices: Notices


class ClosureAddition(_Addition):
    """The base with offices shut on further days: all of them, or one department's."""

    kind: Literal["closures"]
    closures: Annotated[tuple[Closure, ...], Field(min_length=1, max_length=MOST_DAYS)]


Addition = Annotated[
    PackageAddition | IcsAddition | JsonAddition | EditAddition | ClosureAddition,
    Field(discriminator="kind"),
]


class PublishBody(Frozen):
    """Why a version is put in force."""

    note: Remark = "—"


class ChangedDay(Shape):
    """A day that is something else than in the base; `department` where only it is shut."""

    day: date
    before: DayKind
    after: DayKind
    name: str
    department: str | None


class AdditionShape(Shape):
    """A version that was or could be added. `left_out` years stay provisional."""

    version: str
    base: str
    hash: str
    added: bool
    published: list[int]
    left_out: list[int]
    source: str
    changed: list[ChangedDay]


class MovedShape(Shape):
    """A term that would move; `days` are calendar days, negative for an earlier date."""

    kind: str
    key: str
    step: str
    department: str
    before: date
    after: date
    days: int
    provisional: bool


class ChainImpactShape(Shape):
    """What the version would do to one chain."""

    chain: str
    moved: list[MovedShape]
    late: list[str]
    relieved: list[str]
    appearing: list[Rising]
    vanishing: list[Rising]


class Reckoning(Shape):
    """What a version would do to all running chains in sum; `reckoning` until all are looked at.

    `missing` are those that cannot be reckoned because their definition is not at hand.
    """

    version: str
    state: Literal["reckoning", "ready"]
    as_of: datetime
    looked_at: int
    expected: int
    total: Tally
    departments: dict[str, Tally]
    missing: list[str]


class PreviewShape(Reckoning):
    """What a calendar would do to all running chains; `chains` tells the first ones apart."""

    chains: list[ChainImpactShape]


class FailureShape(Shape):
    """A chain that could not adopt the version yet, and the code of why."""

    chain_id: str
    reason: str
    attempts: int
    at: datetime


class RolloutShape(Shape):
    """How far a rollout is; `state` is null before it has begun. `left` counts running chains."""

    version: str
    state: RolloutState | None
    adopted: int
    ended: int
    failed: int
    left: int
    sweep: int
    started_at: datetime | None
    updated_at: datetime | None
    failures: list[FailureShape]
    next: str | None


class PublicationShape(Shape):
    """A version in force, and whether its rollout could be started."""

    version: str
    published_at: datetime
    rollout_started: bool
