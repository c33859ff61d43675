"""How a rollout, of a calendar or a definition, travels between workflow, activities and record."""

from enum import StrEnum

from pydantic import AwareDatetime, Field

from groundwork.domain.base import Frozen

CALENDAR_PAGE = "calendar_rollout_page"
"""The name of the activity that notes the progress and finds the next chains."""
CALENDAR_ADOPT = "calendar_rollout_adopt"
"""The name of the activity that lets some chains adopt the calendar."""

DEFINITION_PAGE = "definition_rollout_page"
DEFINITION_ADOPT = "definition_rollout_adopt"
"""The same for a definition, whose version is written `land-to-construction@1.2.0`."""


def adoption_key(version: str) -> str:
    """The idempotency key under which a chain adopts a version, whoever asks and how often."""
    return f"calendar.{version}"


def definition_key(content_hash: str) -> str:
    """The idempotency key under which a chain adopts a definition."""
    return f"definition.{content_hash}"


def rollout_id(version: str) -> str:
    """The id of the workflow that rolls a version out."""
    return f"calendar-rollout.{version}"


def definition_rollout_id(version: str) -> str:
    """The id of the workflow that rolls a definition out."""
    return f"definition-rollout.{version}"


def named_version(version: str) -> tuple[str, str]:
    """The chain's kind and the version that `land-to-construction@1.2.0` names."""
    kind, _, number = version.partition("@")
    return kind, number


class RolloutState(StrEnum):
    """Where a rollout is."""

    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    INCOMPLETE = "incomplete"
    SUPERSEDED = "superseded"


class RolloutProgress(Frozen):
    """How far a rollout is, in chains.

    `left` counts the running chains that still go by another version, those that failed among
    them; `ended` those that ended before their turn. `sweep` is how often all of them were looked
    for.
    """

    version: str
    state: RolloutState = RolloutState.RUNNING
    adopted: int = 0
    ended: int = 0
    failed: int = 0
    left: int = 0
    sweep: int = 1
    started_at: AwareDatetime
    updated_at: AwareDatetime


class RolloutOrder(Frozen):
    """What to roll out, and how gently.

    After a sweep with failures it pauses, longer every time, and sweeps again, `most_sweeps` times.
    It ends after a sweep that found nothing, `settle_seconds` after the one before: a chain that
    was launched during the publication is on record by then.
    """

    version: str
    page_size: int = 100
    at_once: int = 8
    pages_per_run: int = 200
    most_sweeps: int = 8
    pause_seconds: float = 10
    settle_seconds: float = 5
    carried: RolloutProgress | None = None
    after: str = ""
    found: int = 0


class RolloutPage(Frozen):
    """Asks for the chains after `after`, and hands in the progress to be noted."""

    progress: RolloutProgress
    after: str
    size: int


class FoundChains(Frozen):
    """The next chains that go by another version, in the order of their ids.

    `left` counts all of them; `superseded` when a later version was published meanwhile.
    """

    chains: tuple[str, ...] = ()
    left: int = 0
    superseded: bool = False


class Adoption(Frozen):
    """Asks for the adoption of a version by these chains, so many of them at once."""

    version: str
    chains: tuple[str, ...]
    at_once: int = Field(gt=0)


class AdoptionOutcome(Frozen):
    """How many chains adopted it, how many had ended, and how many failed."""

    adopted: int = 0
    ended: int = 0
    failed: int = 0
