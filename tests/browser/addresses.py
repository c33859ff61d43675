"""Where the things of the park are today: its projects' codes name the month of their launch."""

from datetime import UTC, datetime
from typing import Final

from groundwork.demonstration.park import PlannedProject, read_park_file
from tests.demonstration import stage

TODAY: Final = datetime.now(UTC)
"""The moment at which the park of this test run is opened."""

SOME: Final = (180001, 180038, 180260, 180519, 180630, 180704, 180852, 180926, 181074, 181555)
"""Projects enough to have something on every page; the last one is not launched."""


def among(project: str, serials: tuple[int, ...]) -> bool:
    """Whether a project of the park is one of these."""
    return any(str(serial) in project for serial in serials)


def planned(as_of: datetime) -> dict[int, PlannedProject]:
    """Those projects as they stand at a moment."""
    park = read_park_file()
    rest = [one for one in park.ids if not among(one, SOME)]
    projects = park.planned(stage.casting(), as_of, without=rest)
    return dict(zip(SOME, projects, strict=True))


_PARK: Final = planned(TODAY)


def _chain(serial: int) -> str:
    (plan,) = _PARK[serial].plans
    return plan.launch.chain_id


LAND: Final = _chain(180001)
"""A red chain, with escalations."""
HALLS: Final = _chain(180038)
"""Halls in use, and one more to be built."""
OLD: Final = _chain(180260)
"""Another red chain, far behind."""
LETTER: Final = _chain(180630)
"""A letter to be signed."""
LACKING: Final = _chain(180926)
"""A cure that was handed in."""
MISSING: Final = {"zh": _chain(180519), "en": _chain(180852)}
"""Chains for whose plan the same opinion must follow."""
CODE: Final = _PARK[180001].code
"""The project of the red chain."""
NOT_LAUNCHED: Final = _PARK[181555].code
"""A project without a chain."""
